// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/selection_model.h"

namespace ui {

void SelectionModel::select(const Selection &selection)
{
    if (m_current == selection)
        return;
    m_current = selection;
    emit changed(m_current);
}

void SelectionModel::selectHead(int layer, int head)
{
    Selection next = m_current;
    next.layer = layer;
    next.head = head;
    select(next);
}

void SelectionModel::selectPair(std::optional<std::int64_t> query, std::optional<std::int64_t> key)
{
    Selection next = m_current;
    next.query = query;
    next.key = key;
    select(next);
}

void SelectionModel::selectStep(std::optional<std::int64_t> step)
{
    Selection next = m_current;
    next.step = step;
    select(next);
}

} // namespace ui
