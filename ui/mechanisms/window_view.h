// SPDX-License-Identifier: GPL-3.0-or-later
// Attention inside a window with global tokens: the rule, what a token draws on through the layers, what it saves.
// "window"
#pragma once

#include "ui/mechanisms/mechanism_view.h"
#include "ui/paint/pairs.h"

#include <vector>

namespace ui {

// One layer's rule for one row of the batch.
struct WindowRule {
    std::int64_t length = 0;
    std::int64_t reach = 0;            // positions to each side
    std::vector<std::int64_t> globals; // ascending

    [[nodiscard]] bool isGlobal(std::int64_t position) const;
    // Pairs of query and key that are scored.
    [[nodiscard]] std::int64_t pairs() const;
};
// The keys that a query sees.
[[nodiscard]] Sees seesOf(const WindowRule &rule);
// Reasons: 1 inside the window, 2 through a global token.
[[nodiscard]] PairPicture pairsOf(const WindowRule &rule);

// Of the records "window", first layer first; `row` of the batch.
[[nodiscard]] std::vector<WindowRule> windowRules(const engine::Trace &trace, std::int64_t row);
// The global tokens of a run whose attention has such; empty: it has none of the kind.
[[nodiscard]] std::optional<std::vector<std::int64_t>> globalTokensOf(const TaskResultPtr &result);
[[nodiscard]] std::vector<std::int64_t> withToggled(std::vector<std::int64_t> globals, std::int64_t token);

class WindowView final : public MechanismView {
    Q_OBJECT
public:
    explicit WindowView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("window"); }

protected:
    [[nodiscard]] bool read() override;
    void follow() override;
    void lay(Column &column) const override;
    [[nodiscard]] NumberTable numbers() const override;
    [[nodiscard]] StripText usualText() const override;
    void actOnSelection() override;
    [[nodiscard]] std::int64_t places() const override { return m_layers.empty() ? 0 : m_layers.front().length; }

private:
    void layRule(Column &column) const;
    void layReach(Column &column) const;
    void layCost(Column &column) const;
    [[nodiscard]] StripText describe(const Cell &pair) const;
    [[nodiscard]] std::int64_t token() const; // the selected one, else the middle one
    void toggleGlobal(std::int64_t token) const;

    std::vector<WindowRule> m_layers; // of the selected row, first layer first
    std::size_t m_layer = 0;
    const engine::AttentionRecord *m_record = nullptr; // of the selected layer; null: not kept
    std::int64_t m_row = 0;                            // of the batch
    std::vector<QString> m_labels;
    Reach m_reach;
};

} // namespace ui
