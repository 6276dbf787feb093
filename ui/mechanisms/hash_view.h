// SPDX-License-Identifier: GPL-3.0-or-later
// Attention in chunks of a list, sorted by hash bucket or as the text stands: what each round compares, how the list is
// sorted, how near it comes to full attention. "hashing"
#pragma once

#include "ui/mechanisms/chunk_rule.h"
#include "ui/mechanisms/mechanism_view.h"

namespace ui {

class HashView final : public MechanismView {
    Q_OBJECT
public:
    explicit HashView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("hashing"); }

protected:
    [[nodiscard]] bool read() override;
    void follow() override;
    void lay(Column &column) const override;
    [[nodiscard]] NumberTable numbers() const override;
    [[nodiscard]] StripText usualText() const override;
    [[nodiscard]] std::int64_t places() const override { return m_rule.layout.length; }

private:
    void layRounds(Column &column) const;
    void layPairs(Column &column) const;
    void layList(Column &column) const;
    void layAgreement(Column &column) const;
    void layReruns(Column &column) const;
    void paintList(QPainter &painter, const QRectF &upper, const QRectF &lower) const;
    [[nodiscard]] StripText describe(const Cell &pair) const;
    [[nodiscard]] StripText describePlace(std::int64_t position) const;
    [[nodiscard]] std::int64_t round() const; // that is shown

    const engine::AttentionRecord *m_record = nullptr;
    ChunkRule m_rule;
    std::vector<double> m_agreement;   // after 1, 2, … rounds; empty: vectors were not kept
    std::vector<std::int64_t> m_pairs; // likewise
    std::int64_t m_allPairs = 0;
    std::vector<QString> m_labels;
};

} // namespace ui
