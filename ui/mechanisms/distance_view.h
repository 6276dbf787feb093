// SPDX-License-Identifier: GPL-3.0-or-later
// What is added to a score for the distance between query and key alone, a curve a head: "distances"
#pragma once

#include "ui/mechanisms/mechanism_view.h"
#include "ui/paint/curves.h"

#include <vector>

namespace ui {

struct DistanceBias {
    engine::Stack stack = engine::Stack::Encoder;
    Curves curves;                     // a line a head
    std::vector<std::int64_t> buckets; // the bucket of each distance; empty: not kept
};
// One a stack that has such a bias.
[[nodiscard]] std::vector<DistanceBias> distanceBiases(const engine::Trace &trace);

class DistanceView final : public MechanismView {
    Q_OBJECT
public:
    explicit DistanceView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("distances"); }

protected:
    [[nodiscard]] bool read() override;
    void lay(Column &column) const override;
    [[nodiscard]] NumberTable numbers() const override;
    [[nodiscard]] StripText usualText() const override;

private:
    void layCurves(Column &column) const;
    void layFavourites(Column &column) const;
    [[nodiscard]] const DistanceBias &chosen() const; // of the selected stack
    [[nodiscard]] std::size_t head() const;
    [[nodiscard]] StripText describe(std::size_t head, std::int64_t distance) const;

    std::vector<DistanceBias> m_biases;
};

} // namespace ui
