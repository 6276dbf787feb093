// SPDX-License-Identifier: GPL-3.0-or-later
// How one pair's score comes about: query · key by dimension, then the softmax: "neuron".
#pragma once

#include "ui/paint/bars.h"
#include "ui/views/attention_data.h"
#include "ui/views/picture_view.h"

namespace ui {

// Of one head's query and key vectors.
struct PairScore {
    std::vector<float> query, key, products; // d each; products = query · key · scale
    double score = 0.0;                      // their sum, before mask and position terms
};

class NeuronView final : public PictureView {
    Q_OBJECT
public:
    explicit NeuronView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("neuron"); }
    void paintExport(QPainter &painter, const QSize &size) override;
    [[nodiscard]] QStringList exportExtensions() const override;

protected:
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    [[nodiscard]] int pictureHeight(int width) const override;

private:
    struct Pair;
    [[nodiscard]] std::optional<Pair> currentPair() const;
    [[nodiscard]] std::optional<PairScore> scoreOf(const Pair &pair) const;
    double paintVectors(QPainter &painter, const QRectF &area, const PairScore &score) const;
};

} // namespace ui
