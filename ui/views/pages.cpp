// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/pages.h"

#include "ui/mechanisms/mechanism_page.h"
#include "ui/state/theme.h"
#include "ui/views/attention_data.h"
#include "ui/views/grid_view.h"
#include "ui/views/heat_map_view.h"
#include "ui/views/layers_view.h"
#include "ui/views/lines_view.h"
#include "ui/views/mask_view.h"
#include "ui/views/model_view.h"
#include "ui/views/neuron_view.h"
#include "ui/views/objective_page.h"
#include "ui/views/tokens_view.h"
#include "ui/views/xray_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QPainter>
#include <QScrollArea>
#include <QVBoxLayout>

namespace ui {

namespace {

constexpr int kHeat = 0;
constexpr int kLines = 1;
constexpr int kGridMode = 2;
constexpr int kNeuron = 3;

QComboBox *makePicker(const QString &name, QWidget *parent)
{
    auto *picker = new QComboBox(parent);
    picker->setAccessibleName(name);
    picker->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    return picker;
}

// Items numbered from 1 as people count; their data is what the engine counts.
void fill(QComboBox &picker, const std::vector<int> &values, const QString &pattern)
{
    picker.clear();
    for (const int value : values)
        picker.addItem(pattern.arg(value + 1), value);
    picker.setVisible(values.size() > 1);
}

std::vector<int> upTo(std::int64_t count)
{
    std::vector<int> values;
    for (int i = 0; i < static_cast<int>(count); ++i)
        values.push_back(i);
    return values;
}

} // namespace

AttentionControls::AttentionControls(SelectionModel &selection, const Options &options, QWidget *parent)
    : QWidget(parent), m_selection(selection), m_options(options), m_stack(makePicker(tr("Stack"), this)),
      m_layer(makePicker(tr("Layer"), this)), m_head(makePicker(tr("Head"), this)),
      m_row(makePicker(tr("Choice"), this))
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(kGrid);
    for (QComboBox *picker : {m_stack, m_layer, m_head, m_row}) {
        row->addWidget(picker);
        picker->hide();
        connect(picker, &QComboBox::activated, this, &AttentionControls::choose);
    }
    row->addStretch(1);
    connect(&selection, &SelectionModel::changed, this, &AttentionControls::refresh);
}

void AttentionControls::addLeading(QWidget *widget)
{
    static_cast<QHBoxLayout *>(layout())->insertWidget(0, widget);
}

void AttentionControls::show(const TaskResultPtr &result)
{
    m_result = result;
    refresh();
}

void AttentionControls::refresh()
{
    m_isFilling = true;
    const ChosenAttention chosen = chooseAttention(m_result, m_selection.current());
    for (QComboBox *picker : {m_stack, m_layer, m_head, m_row})
        picker->setVisible(static_cast<bool>(chosen));
    if (chosen) {
        m_stack->clear();
        for (const engine::Stack stack : stacksOf(m_result))
            m_stack->addItem(stackTitle(stack), static_cast<int>(stack));
        m_stack->setVisible(m_stack->count() > 1);
        m_stack->setCurrentIndex(m_stack->findData(static_cast<int>(chosen.record->stack)));
        std::vector<int> layers;
        for (const engine::AttentionRecord *record : recordsOfStack(m_result, m_selection.current()))
            layers.push_back(record->layer);
        fill(*m_layer, layers, tr("Layer %1"));
        m_layer->setCurrentIndex(m_layer->findData(chosen.record->layer));
        fill(*m_head, m_options.hasHead ? upTo(chosen.record->heads()) : std::vector<int>{}, tr("Head %1"));
        m_head->setCurrentIndex(chosen.head);
        const bool hasChoices = std::holds_alternative<engine::ChoiceResult>(m_result->payload);
        fill(*m_row, upTo(chosen.record->rows()), hasChoices ? tr("Choice %1") : tr("Passage %1"));
        m_row->setCurrentIndex(static_cast<int>(chosen.row));
    }
    m_isFilling = false;
}

void AttentionControls::choose()
{
    if (m_isFilling)
        return;
    Selection next = m_selection.current();
    if (m_stack->count() > 0)
        next.stack = static_cast<engine::Stack>(m_stack->currentData().toInt());
    if (m_layer->count() > 0)
        next.layer = m_layer->currentData().toInt();
    if (m_head->count() > 0)
        next.head = m_head->currentData().toInt();
    if (m_row->count() > 0)
        next.row = m_row->currentData().toInt();
    m_selection.select(next);
}

ScrolledPage::ScrolledPage(QWidget *parent)
    : InspectorPage(parent), m_outer(new QVBoxLayout(this)), m_scroll(new QScrollArea(this))
{
    m_outer->setContentsMargins(3, kGrid, 0, 0); // the inspector keeps its own distance
    m_outer->setSpacing(kGrid);
    auto *content = new QWidget;
    m_column = new QVBoxLayout(content);
    m_column->setContentsMargins(0, 0, 4, 2 * kGrid);
    m_column->setSpacing(2 * kGrid);
    m_column->addStretch(1); // an alignment of the layout would go by the views' usual width, not by the present one
    m_scroll->setWidget(content);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->viewport()->setAutoFillBackground(false);
    content->setAutoFillBackground(false);
    m_outer->addWidget(m_scroll, 1);
}

void ScrolledPage::addFixed(QWidget *widget)
{
    m_outer->insertWidget(m_outer->count() - 1, widget);
}

void ScrolledPage::add(QWidget *widget)
{
    m_column->insertWidget(m_column->count() - 1, widget);
}

void ScrolledPage::bringUp(const QString &) {}

void ScrolledPage::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::current().card);
}

AttentionPage::AttentionPage(SelectionModel &selection, QWidget *parent)
    : ScrolledPage(parent), m_mode(makePicker(tr("Picture of the attention"), this)),
      m_direction(makePicker(tr("Direction of the lines"), this)), m_heat(new HeatMapView(selection)),
      m_lines(new LinesView(selection)), m_grid(new GridView(selection)), m_neuron(new NeuronView(selection))
{
    auto *controls = new AttentionControls(selection, {.hasHead = true});
    m_mode->addItems({tr("Heat map"), tr("Lines"), tr("Grid"), tr("Query · key")});
    m_direction->addItems({tr("Side by side"), tr("Above each other")});
    controls->addLeading(m_direction);
    controls->addLeading(m_mode);
    addFixed(controls);
    for (View *view : views())
        add(view);
    connect(m_mode, &QComboBox::currentIndexChanged, this, &AttentionPage::chooseMode);
    connect(m_direction, &QComboBox::currentIndexChanged, this,
            [this](int index) { m_lines->setHorizontal(index == 1); });
    connect(m_heat, &View::shown, controls, &AttentionControls::show);
    chooseMode(kHeat);
}

std::vector<View *> AttentionPage::views() const
{
    return {m_heat, m_lines, m_neuron, m_grid};
}

void AttentionPage::chooseMode(int index)
{
    m_heat->setVisible(index == kHeat);
    m_lines->setVisible(index == kLines);
    m_grid->setVisible(index == kHeat || index == kGridMode);
    m_neuron->setVisible(index == kNeuron);
    m_direction->setVisible(index == kLines);
}

void AttentionPage::bringUp(const QString &viewId)
{
    if (viewId == m_heat->viewId())
        m_mode->setCurrentIndex(kHeat);
    else if (viewId == m_lines->viewId())
        m_mode->setCurrentIndex(kLines);
    else if (viewId == m_grid->viewId())
        m_mode->setCurrentIndex(kGridMode);
    else if (viewId == m_neuron->viewId())
        m_mode->setCurrentIndex(kNeuron);
}

namespace {

InspectorTab singleTab(const QString &title, View *view, QWidget *parent)
{
    auto *page = new ScrolledPage(parent);
    page->add(view);
    return {view->viewId(), title, page, {view}};
}

InspectorTab maskTab(SelectionModel &selection, QWidget *parent)
{
    auto *view = new MaskView(selection);
    InspectorTab tab = singleTab(InspectorPage::tr("Mask"), view, parent);
    auto *controls = new AttentionControls(selection, {.hasHead = false});
    static_cast<ScrolledPage *>(tab.page)->addFixed(controls);
    QObject::connect(view, &View::shown, controls, &AttentionControls::show);
    return tab;
}

InspectorTab objectiveTab(SelectionModel &selection, QWidget *parent)
{
    auto *page = new ObjectivePage(selection, parent);
    return {page->view().viewId(), InspectorPage::tr("Training"), page, {&page->view()}};
}

} // namespace

std::vector<InspectorTab> makeInspector(SelectionModel &selection, QWidget *parent)
{
    auto *attention = new AttentionPage(selection, parent);
    return {
        singleTab(InspectorPage::tr("Tokens"), new TokensView(selection), parent),
        {QStringLiteral("attention"), InspectorPage::tr("Attention"), attention, attention->views()},
        maskTab(selection, parent),
        mechanismTab(selection, parent),
        singleTab(InspectorPage::tr("Layers"), new LayersView(selection), parent),
        singleTab(InspectorPage::tr("Tokenizer"), new XrayView(selection), parent),
        singleTab(InspectorPage::tr("Model"), new ModelView(selection), parent),
        objectiveTab(selection, parent),
    };
}

} // namespace ui
