// SPDX-License-Identifier: GPL-3.0-or-later
// Probabilities at the selected token, and every token with its numbers: "tokens".
#pragma once

#include "ui/views/picture_view.h"
#include "ui/views/probabilities.h"
#include "ui/views/tables.h"

class QTableWidget;

namespace ui {

class TokensView final : public PictureView {
    Q_OBJECT
public:
    explicit TokensView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("tokens"); }
    void paintExport(QPainter &painter, const QSize &size) override;
    [[nodiscard]] QStringList exportExtensions() const override;

protected:
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    [[nodiscard]] int pictureHeight(int width) const override;
    void contentsChanged() override;
    void selectionChanged() override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    [[nodiscard]] NumberTable tokenTable() const;
    [[nodiscard]] double barsHeight() const;
    double paintProbabilities(QPainter &painter, const QRectF &area) const;
    void paintTable(QPainter &painter, const QRectF &area) const;
    void fillTable();
    void copySelection();
    void arrange();

    QTableWidget *m_table;
    Probabilities m_probabilities;
    std::optional<std::int64_t> m_shownToken;
    bool m_isStale = true;
};

} // namespace ui
