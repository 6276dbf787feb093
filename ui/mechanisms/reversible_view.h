// SPDX-License-Identifier: GPL-3.0-or-later
// What need not be kept where layers can be run backwards and the feed-forward goes block by block: "reversible"
#pragma once

#include "ui/mechanisms/mechanism_view.h"

namespace ui {

class ReversibleView final : public MechanismView {
    Q_OBJECT
public:
    explicit ReversibleView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("reversible"); }

protected:
    [[nodiscard]] bool read() override;
    void lay(Column &column) const override;
    [[nodiscard]] NumberTable numbers() const override;
    [[nodiscard]] StripText usualText() const override;

private:
    std::int64_t m_layers = 0;
    std::int64_t m_streams = 0; // bytes, of both
    std::int64_t m_inner = 0;   // bytes, of the feed-forward at a time
    std::int64_t m_innerAtOnce = 0;
};

} // namespace ui
