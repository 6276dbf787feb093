// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/feature_panel.h"

#include "ui/panels/rows.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/undo_text.h"
#include "ui/panels/vector_strip.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"

#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

const engine::FeatureResult *features(const TaskResultPtr &result)
{
    return result ? std::get_if<engine::FeatureResult>(&result->payload) : nullptr;
}

double norm(std::span<const float> values)
{
    double sum = 0.0;
    for (const float value : values)
        sum += static_cast<double>(value) * static_cast<double>(value);
    return std::sqrt(sum);
}

} // namespace

FeaturePanel::FeaturePanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_sentence(new SentenceCard(context.undo, {.title = tr("Text"),
                                                 .hint = tr("click a token to see its vector"),
                                                 .placeholder = tr("Type a text")})),
      m_vector(new Card), m_strip(new VectorStrip), m_norms(new Card(tr("Length of every token's vector"), QString())),
      m_bars(new BarList)
{
    column().addWidget(m_sentence);
    addExamplesHere();
    m_vector->body().addWidget(m_strip);
    m_norms->body().addWidget(m_bars);
    for (Card *card : {m_vector, m_norms}) {
        card->hide();
        column().addWidget(card);
    }
    column().addStretch(1);
    m_bars->setClickable(true);
    connect(m_bars, &BarList::activated, this, [this](int row) { showVector(row); });
    connect(m_sentence, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_sentence, &SentenceCard::tokenClicked, this, [this](int token) { showVector(token); });
}

void FeaturePanel::modelChanged()
{
    m_sentence->setModel(model());
}

engine::TaskRequest FeaturePanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_sentence->text());
    return request;
}

void FeaturePanel::setRequest(const engine::TaskRequest &request)
{
    m_sentence->setText(fromUtf8(request.text));
}

void FeaturePanel::focusInput()
{
    m_sentence->field().setFocus();
}

void FeaturePanel::showRun(const ShownRun &run)
{
    m_shown = run.result;
    const engine::FeatureResult *result = features(m_shown);
    const bool hasVectors = result != nullptr && result->lastHiddenState.rank() == 2;
    m_vector->setVisible(hasVectors);
    m_norms->setVisible(hasVectors);
    if (!hasVectors)
        return;
    constexpr std::int64_t kMostShown = 40;
    const std::int64_t length = std::min(result->lastHiddenState.size(0), kMostShown);
    const auto hidden = static_cast<std::size_t>(result->lastHiddenState.size(1));
    const auto values = result->lastHiddenState.floats();
    std::vector<double> norms;
    for (std::int64_t i = 0; i < length; ++i)
        norms.push_back(norm(values.subspan(static_cast<std::size_t>(i) * hidden, hidden)));
    const double largest = norms.empty() ? 1.0 : std::max(*std::max_element(norms.begin(), norms.end()), 1e-12);
    std::vector<BarRow> rows;
    for (std::size_t i = 0; i < norms.size(); ++i) {
        const QString name = i < m_shown->display.size() ? fromUtf8(m_shown->display[i]) : QString::number(i);
        rows.push_back({.label = chipText(name), .number = QString::number(norms[i], 'f', 2), .share = norms[i] / largest});
    }
    m_bars->setRows(std::move(rows));
    showVector(std::nullopt);
}

void FeaturePanel::showVector(std::optional<std::int64_t> token)
{
    const engine::FeatureResult *result = features(m_shown);
    if (result == nullptr || result->lastHiddenState.rank() != 2 || result->lastHiddenState.size(0) == 0)
        return;
    const bool isPooled = !token && !result->pooled.isNull();
    const std::int64_t row = std::clamp<std::int64_t>(token.value_or(0), 0, result->lastHiddenState.size(0) - 1);
    const auto hidden = static_cast<std::size_t>(result->lastHiddenState.size(1));
    const auto values = isPooled ? result->pooled.floats()
                                 : result->lastHiddenState.floats().subspan(static_cast<std::size_t>(row) * hidden, hidden);
    double sum = 0.0;
    for (const float value : values)
        sum += static_cast<double>(value);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    const QString what = isPooled ? tr("The whole text is") : tr("Token %1 is").arg(row + 1);
    const QString hint = tr("length %1 · mean %2 · from %3 to %4 · %5")
                             .arg(norm(values), 0, 'f', 2)
                             .arg(sum / static_cast<double>(values.size()), 0, 'f', 3)
                             .arg(static_cast<double>(*least), 0, 'f', 2)
                             .arg(static_cast<double>(*most), 0, 'f', 2)
                             .arg(millisecondsText(m_shown->elapsedMs));
    m_vector->headline().setParts(what, hint, tr("a vector of %1 numbers").arg(values.size()));
    m_strip->setValues({values.begin(), values.end()});
    if (token)
        selection().selectPair(row, std::nullopt);
}

} // namespace ui
