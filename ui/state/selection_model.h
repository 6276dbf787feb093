// SPDX-License-Identifier: GPL-3.0-or-later
// The one selection that all views share; views never connect to each other.
#pragma once

#include "engine/trace.h"

#include <QObject>

#include <cstdint>
#include <optional>

namespace ui {

struct Selection {
    engine::Stack stack = engine::Stack::Encoder;
    int layer = 0;
    int head = 0;
    std::int64_t row = 0;                      // of the batch: a choice of multiple choice, else 0
    std::optional<std::int64_t> query;         // token index
    std::optional<std::int64_t> key;           // token index
    std::optional<std::int64_t> step;          // position on the tape of a generation
    bool operator==(const Selection &) const = default;
};

class SelectionModel : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;
    [[nodiscard]] const Selection &current() const noexcept { return m_current; }
    void select(const Selection &selection); // emits changed() only when it differs
    void selectHead(int layer, int head);
    void selectPair(std::optional<std::int64_t> query, std::optional<std::int64_t> key);
    void selectStep(std::optional<std::int64_t> step);

signals:
    void changed(const ui::Selection &selection);

private:
    Selection m_current;
};

} // namespace ui
