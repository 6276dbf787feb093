// SPDX-License-Identifier: GPL-3.0-or-later
// What the attention of every layer cost in this run: pairs scored, memory as it was computed against full squares,
// time. Of every model: "ledger"
#pragma once

#include "ui/mechanisms/mechanism_view.h"

#include <vector>

namespace ui {

struct LedgerLine {
    engine::Stack stack = engine::Stack::Encoder;
    int layer = 0;
    std::int64_t queries = 0;
    std::int64_t keys = 0;
    std::int64_t nativeBytes = 0; // of all heads, as computed
    std::int64_t denseBytes = 0;  // as squares of 32-bit floats
    double milliseconds = -1.0;   // of the whole block; < 0: not measured
};
[[nodiscard]] std::vector<LedgerLine> attentionLedger(const engine::Trace &trace);

class LedgerView final : public MechanismView {
    Q_OBJECT
public:
    explicit LedgerView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("ledger"); }

protected:
    [[nodiscard]] bool read() override;
    void lay(Column &column) const override;
    [[nodiscard]] NumberTable numbers() const override;
    [[nodiscard]] StripText usualText() const override;
    [[nodiscard]] bool staysVisible() const override { return true; }

private:
    std::vector<LedgerLine> m_lines;
    std::int64_t m_native = 0;
    std::int64_t m_dense = 0;
};

} // namespace ui
