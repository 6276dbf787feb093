// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/state/engine_client.h"
#include "ui/state/run_controller.h"

#include <QStatusBar>

class QLabel;

namespace ui {

// "Ready   10 tokens   forward 1.9 ms · 2 threads          attention 4.7 KB kept"
class StatusLine : public QStatusBar {
    Q_OBJECT
public:
    explicit StatusLine(QWidget *parent = nullptr);
    void showWork(Work work);
    void showResult(const LoadedModelPtr &model, const TaskResultPtr &result);
    [[nodiscard]] QString text() const;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QLabel *m_state;
    QLabel *m_tokens;
    QLabel *m_time;
    QLabel *m_kept;
};

} // namespace ui
