// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/inspector.h"

#include "ui/shell/flow_layout.h"
#include "ui/shell/pill_button.h"
#include "ui/state/theme.h"

#include <QPainter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

Inspector::Inspector(SelectionModel &selection, QWidget *parent) : QWidget(parent), m_stack(new QStackedWidget)
{
    auto *bar = new QWidget;
    auto *flow = new FlowLayout(4, bar);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    bar->setSizePolicy(policy);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(13, 10, 12, 0);
    column->setSpacing(kGrid);
    column->addWidget(bar);
    column->addWidget(m_stack, 1);
    m_tabs = makeInspector(selection, m_stack);
    for (std::size_t i = 0; i < m_tabs.size(); ++i) {
        auto *button = new PillButton(m_tabs[i].title, PillKind::Tab);
        button->setCheckable(true);
        flow->addWidget(button);
        m_buttons.push_back(button);
        m_stack->addWidget(m_tabs[i].page);
        connect(button, &PillButton::clicked, this, [this, i] { chooseTab(static_cast<int>(i)); });
    }
    setAccessibleName(tr("Inspector"));
    if (!m_tabs.empty())
        chooseTab(0);
}

void Inspector::show(const LoadedModelPtr &model, const TaskResultPtr &result)
{
    for (const InspectorTab &tab : m_tabs) {
        for (View *view : tab.views)
            view->show(model, result);
    }
}

void Inspector::setModels(const std::vector<engine::FoundModel> &models)
{
    for (const InspectorTab &tab : m_tabs) {
        for (View *view : tab.views)
            view->setModels(models);
    }
}

void Inspector::setInputs(const engine::TaskRequest &inputs)
{
    for (const InspectorTab &tab : m_tabs) {
        for (View *view : tab.views)
            view->setInputs(inputs);
    }
}

void Inspector::setEngine(EngineClient &engine)
{
    for (const InspectorTab &tab : m_tabs) {
        for (View *view : tab.views)
            view->setEngine(engine);
    }
}

bool Inspector::isWaiting() const
{
    return std::ranges::any_of(m_tabs, [](const InspectorTab &tab) { return std::ranges::any_of(tab.views, &View::isWaiting); });
}

QVariantMap Inspector::state() const
{
    QVariantMap state;
    for (const InspectorTab &tab : m_tabs) {
        for (const View *view : tab.views) {
            if (const QVariantMap own = view->state(); !own.isEmpty())
                state.insert(view->viewId(), own);
        }
    }
    return state;
}

void Inspector::restoreState(const QVariantMap &state)
{
    for (const InspectorTab &tab : m_tabs) {
        for (View *view : tab.views) {
            if (const auto own = state.constFind(view->viewId()); own != state.constEnd())
                view->restoreState(own->toMap());
        }
    }
}

void Inspector::chooseTab(int index)
{
    m_current = index;
    for (std::size_t i = 0; i < m_buttons.size(); ++i)
        m_buttons[i]->setChecked(static_cast<int>(i) == index);
    m_stack->setCurrentIndex(index);
    emit viewChanged();
}

View *Inspector::showView(const QString &id)
{
    for (std::size_t i = 0; i < m_tabs.size(); ++i) {
        for (View *view : m_tabs[i].views) {
            if (view->viewId() != id)
                continue;
            chooseTab(static_cast<int>(i));
            m_tabs[i].page->bringUp(id);
            return view;
        }
        if (m_tabs[i].id == id) {
            chooseTab(static_cast<int>(i));
            return currentView();
        }
    }
    return nullptr;
}

View *Inspector::currentView() const
{
    if (m_tabs.empty())
        return nullptr;
    const auto &views = m_tabs[static_cast<std::size_t>(m_current)].views;
    for (View *view : views) {
        if (view->isVisibleTo(this))
            return view;
    }
    return views.empty() ? nullptr : views.front();
}

void Inspector::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::current().card);
    painter.fillRect(QRect(0, 0, 1, height()), Theme::current().cardBorder);
}

} // namespace ui
