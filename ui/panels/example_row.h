// SPDX-License-Identifier: GPL-3.0-or-later
// "Try: …" — examples that work, one click each.
#pragma once

#include "engine/task.h"

#include <QWidget>

#include <vector>

namespace ui {

class FlowLayout;

class ExampleRow : public QWidget {
    Q_OBJECT
public:
    explicit ExampleRow(QWidget *parent = nullptr);
    void setExamples(const std::vector<engine::TaskRequest> &examples);

signals:
    void chosen(int index);

private:
    FlowLayout *m_flow;
};

} // namespace ui
