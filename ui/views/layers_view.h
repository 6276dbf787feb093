// SPDX-License-Identifier: GPL-3.0-or-later
// What each block did: hidden-state norms, change between layers, milliseconds: "layers".
#pragma once

#include "ui/paint/heat_map.h"
#include "ui/paint/bars.h"
#include "ui/views/picture_view.h"

namespace ui {

// (layer, token) of one stack and row of the batch; layer 0 = embeddings.
struct HiddenNumbers {
    std::vector<float> norms;   // layers × tokens
    std::vector<float> changes; // (layers − 1) × tokens: 1 − cosine to the layer before
    std::int64_t layers = 0;
    std::int64_t tokens = 0;
};
[[nodiscard]] HiddenNumbers hiddenNumbers(const engine::Trace &trace, engine::Stack stack, std::int64_t row);

class LayersView final : public PictureView {
    Q_OBJECT
public:
    explicit LayersView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("layers"); }
    void paintExport(QPainter &painter, const QSize &size) override;
    [[nodiscard]] QStringList exportExtensions() const override;

protected:
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    [[nodiscard]] int pictureHeight(int width) const override;
    void contentsChanged() override;
    void selectionChanged() override;

private:
    struct Section;
    void prepare();
    double paintHeat(QPainter &painter, const QRectF &area, const Section &section) const;
    double paintTimes(QPainter &painter, const QRectF &area) const;
    [[nodiscard]] std::vector<ValueRow> timeRows() const;

    HiddenNumbers m_numbers;
    std::vector<QString> m_tokens;
    std::int64_t m_row = 0;
    engine::Stack m_stack = engine::Stack::Encoder;
    bool m_isStale = true;
};

} // namespace ui
