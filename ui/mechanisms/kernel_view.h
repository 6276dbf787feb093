// SPDX-License-Identifier: GPL-3.0-or-later
// Convolution kernels that every token makes for itself, beside the attention heads of the same block: "kernels"
#pragma once

#include "ui/mechanisms/mechanism_view.h"
#include "ui/paint/heat_map.h"

#include <vector>

namespace ui {

class KernelView final : public MechanismView {
    Q_OBJECT
public:
    explicit KernelView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("kernels"); }

protected:
    [[nodiscard]] bool read() override;
    void follow() override;
    void lay(Column &column) const override;
    [[nodiscard]] NumberTable numbers() const override;
    [[nodiscard]] StripText usualText() const override;
    [[nodiscard]] std::int64_t places() const override { return m_length; }

private:
    struct Map { // one of the two pictures
        HeatMapGeometry geometry;
        const MaxPyramid *values = nullptr;
    };
    void layMaps(Column &column) const;
    void paintKernels(QPainter &painter, const Map &map, double top) const;
    void paintAttention(QPainter &painter, const Map &map, double top) const;
    [[nodiscard]] StripText sayKernel(const Cell &cell) const;
    [[nodiscard]] StripText sayAttention(const Cell &cell) const;
    void layToken(Column &column) const;
    void layPairOfBars(Column &column, const std::vector<ValueRow> &left, const std::vector<ValueRow> &right) const;
    [[nodiscard]] std::int64_t token() const;
    [[nodiscard]] float kernel(std::int64_t token, std::int64_t tap) const;    // of the chosen head
    [[nodiscard]] float attention(std::int64_t query, std::int64_t key) const; // likewise; 0 without a record
    [[nodiscard]] double attentionInside() const; // of the chosen token's attention, what lies within the kernel's span

    const engine::MechanismRecord *m_record = nullptr;    // (rows, heads, length, width)
    const engine::AttentionRecord *m_attention = nullptr; // of the same block; null: not kept
    std::int64_t m_row = 0;
    std::int64_t m_head = 0;
    std::int64_t m_length = 0;
    std::int64_t m_width = 0;
    MaxPyramid m_kernelMap;
    MaxPyramid m_attentionMap;
    std::vector<QString> m_labels;
};

} // namespace ui
