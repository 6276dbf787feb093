// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/state/engine_client.h"
#include "ui/state/run_controller.h"

#include <QWidget>

class QMenu;

namespace ui {

class PillButton;

// What is open, and what can be done with it: compare, export, run or stop.
class HeaderBar : public QWidget {
    Q_OBJECT
public:
    explicit HeaderBar(QWidget *parent = nullptr);

    struct Shown {
        LoadedModelPtr model;
        bool isBundled = false;
    };
    void showModel(const Shown &shown);
    void showWork(Work work);
    void setMenus(QMenu *compare, QMenu *exports);
    [[nodiscard]] PillButton &runButton() noexcept { return *m_run; }
    [[nodiscard]] const QString &summary() const noexcept { return m_summary; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    void runRequested();
    void stopRequested();

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    PillButton *m_compare;
    PillButton *m_export;
    PillButton *m_run;
    QString m_title, m_summary;
    QColor m_dot;
    Work m_work = Work::None;
};

// "bert-mini · bundled · 0.9 M parameters · f16"
[[nodiscard]] QString modelSummary(const HeaderBar::Shown &shown);

} // namespace ui
