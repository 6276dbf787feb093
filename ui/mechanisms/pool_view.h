// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks that pool their states: which tokens every state stands for, block by block, and how states come back to full
// length: "pooling"
#pragma once

#include "ui/mechanisms/mechanism_view.h"

#include "engine/mask_rule.h"

#include <vector>

namespace ui {

// Layers that follow each other with the same states.
struct PoolStage {
    engine::Stack stack = engine::Stack::Encoder;
    int firstLayer = 0;
    int layers = 0;
    std::int64_t pairs = 0;                   // query × key in one head, over its layers
    std::vector<engine::PositionSpan> states; // the positions that each stands for
};
// Empty where no layer pools.
[[nodiscard]] std::vector<PoolStage> poolStages(const engine::Trace &trace);

class PoolView final : public MechanismView {
    Q_OBJECT
public:
    explicit PoolView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("pooling"); }

protected:
    [[nodiscard]] bool read() override;
    void lay(Column &column) const override;
    [[nodiscard]] NumberTable numbers() const override;
    [[nodiscard]] StripText usualText() const override;
    [[nodiscard]] std::int64_t places() const override { return m_length; }

private:
    void layStages(Column &column) const;
    void layCost(Column &column) const;
    void paintStage(QPainter &painter, const QRectF &line, const PoolStage &stage) const;
    [[nodiscard]] QString titleOf(const PoolStage &stage) const;
    [[nodiscard]] StripText describe(std::size_t stage, std::int64_t position) const;
    [[nodiscard]] const PoolStage &lastPooled() const;
    [[nodiscard]] bool comesBack() const; // to full length, in another stack
    [[nodiscard]] QString tokensOf(const engine::PositionSpan &span) const;

    std::vector<PoolStage> m_stages;
    std::int64_t m_length = 0;
    std::vector<QString> m_labels;
};

} // namespace ui
