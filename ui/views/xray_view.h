// SPDX-License-Identifier: GPL-3.0-or-later
// What the tokenizer did with the text, stage by stage, and what other vocabularies make of it: "xray".
#pragma once

#include "ui/views/picture_view.h"

#include "engine/explanation.h"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace ui {

class XrayView final : public PictureView {
    Q_OBJECT
public:
    explicit XrayView(SelectionModel &selection, QWidget *parent = nullptr);
    ~XrayView() override;
    [[nodiscard]] QString viewId() const override { return QStringLiteral("xray"); }
    void paintExport(QPainter &painter, const QSize &size) override;
    [[nodiscard]] QStringList exportExtensions() const override;

    // Checkpoints whose vocabularies are shown beside this one's. Their tokenizers are read in the background.
    void setModels(const std::vector<engine::FoundModel> &models) override;

protected:
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    [[nodiscard]] int pictureHeight(int width) const override;
    void contentsChanged() override;
    void showEvent(QShowEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    // The same text through another vocabulary.
    struct Other {
        QString name;
        QString kind;
        std::vector<QString> tokens;
        QString problem; // why there are none
    };

    void explain();
    void compare();
    void take(const QString &name, Other other);
    [[nodiscard]] std::vector<const engine::ExplainedWord *> words() const;
    double paintAll(QPainter *painter, const QRectF &area) const;
    double paintSegments(QPainter *painter, const QRectF &area) const;
    double paintWords(QPainter *painter, const QRectF &area) const;
    double paintWord(QPainter *painter, const QRectF &area, const engine::ExplainedWord &word) const;
    double paintOthers(QPainter *painter, const QRectF &area) const;

    std::optional<engine::TokenizerExplanation> m_explanation;
    QString m_problem;
    bool m_isShortened = false;
    bool m_isStale = true;
    std::size_t m_chosen = 0; // word whose inner steps are open
    std::vector<engine::FoundModel> m_models;
    std::map<QString, Other> m_others;             // by name
    std::shared_ptr<std::atomic<bool>> m_isWanted; // lowered when the answers under way are for nobody any more
    mutable std::vector<QRectF> m_rows;            // where the words were painted, for the mouse
};

} // namespace ui
