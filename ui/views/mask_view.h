// SPDX-License-Identifier: GPL-3.0-or-later
// The mask of the selected layer as the rule that the engine applied: "mask".
#pragma once

#include "ui/views/cells_view.h"

namespace ui {

struct PairCounts {
    std::int64_t visible = 0;
    std::int64_t all = 0;
    bool isEstimate = false; // of a mask of tens of millions of pairs without a formula
};
// By the kind's formula where there is one, else pair by pair.
[[nodiscard]] PairCounts countPairs(const engine::MaskRule &rule, std::int64_t batch, const Matrix &pairs);

class MaskView final : public CellsView {
    Q_OBJECT
public:
    explicit MaskView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("mask"); }
    [[nodiscard]] QStringList exportExtensions() const override;

protected:
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    [[nodiscard]] HeatContent makeContent() override;
    [[nodiscard]] StripText describe(const Cell &cell) const override;
    [[nodiscard]] StripText describeAll() const override;
    [[nodiscard]] QString heading() const override;
    [[nodiscard]] bool dependsOnHead() const override { return false; }

private:
    PairCounts m_counts;
};

} // namespace ui
