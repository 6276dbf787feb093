// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/state/engine_client.h"
#include "ui/views/views.h"

#include <QWidget>

#include <vector>

class QStackedWidget;

namespace ui {

class FlowLayout;
class PillButton;

// The views, in tabs.
class Inspector : public QWidget {
    Q_OBJECT
public:
    explicit Inspector(SelectionModel &selection, QWidget *parent = nullptr);

    void show(const LoadedModelPtr &model, const TaskResultPtr &result);
    void setModels(const std::vector<engine::FoundModel> &models);
    void setInputs(const engine::TaskRequest &inputs);
    void setEngine(EngineClient &engine);
    [[nodiscard]] bool isWaiting() const; // some view for an answer
    [[nodiscard]] QVariantMap state() const; // of the views that have one, by their ids
    void restoreState(const QVariantMap &state);
    View *showView(const QString &id); // a view's or a tab's id; null when there is none
    [[nodiscard]] View *currentView() const;
    [[nodiscard]] const std::vector<InspectorTab> &tabs() const noexcept { return m_tabs; }
    void chooseTab(int index);
    [[nodiscard]] QSize sizeHint() const override { return {520, 600}; }

signals:
    void viewChanged();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    std::vector<InspectorTab> m_tabs;
    std::vector<PillButton *> m_buttons;
    QStackedWidget *m_stack;
    int m_current = 0;
};

} // namespace ui
