// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/feature_panel.h"

#include "ui/panels/rows.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/similarity_grid.h"
#include "ui/panels/undo_text.h"
#include "ui/panels/vector_strip.h"
#include "ui/shell/pill_button.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"

#include "engine/export.h"

#include <QFileDialog>
#include <QMessageBox>
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

QString poolingTitle(engine::TextPooling pooling)
{
    switch (pooling) {
    case engine::TextPooling::ClassToken:
        return FeaturePanel::tr("Class token");
    case engine::TextPooling::Mean:
        return FeaturePanel::tr("Mean of all tokens");
    case engine::TextPooling::Pooler:
        break;
    }
    return FeaturePanel::tr("Pooler");
}

} // namespace

FeaturePanel::FeaturePanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_sentence(new SentenceCard(context.undo, {.title = tr("Text"),
                                                 .hint = tr("click a token to see its vector"),
                                                 .placeholder = tr("Type a text")})),
      m_vector(new Card), m_strip(new VectorStrip), m_norms(new Card(tr("Length of every token's vector"), QString())),
      m_bars(new BarList),
      m_others(new SentenceCard(context.undo, {.title = tr("Compare with"),
                                               .hint = tr("one text a line"),
                                               .placeholder = tr("Further texts, to see which are near to each other"),
                                               .showsTokens = false})),
      m_similar(new Card(tr("How near they are"), tr("cosine of every pair"))), m_grid(new SimilarityGrid)
{
    column().addWidget(m_sentence);
    column().addWidget(m_others);
    addExamplesHere();
    m_vector->body().addWidget(m_strip);
    m_norms->body().addWidget(m_bars);
    addPoolings();
    for (Card *card : {m_similar, m_vector, m_norms}) {
        card->hide();
        column().addWidget(card);
    }
    column().addStretch(1);
    m_bars->setClickable(true);
    connect(m_bars, &BarList::activated, this, [this](int row) { showVector(row); });
    connect(m_sentence, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_others, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_sentence, &SentenceCard::tokenClicked, this, [this](int token) { showVector(token); });
}

void FeaturePanel::addPoolings()
{
    for (const engine::TextPooling pooling : engine::allTextPoolings()) {
        auto *button = new PillButton(poolingTitle(pooling), PillKind::Tab);
        button->setCheckable(true);
        m_poolings.push_back(button);
        m_similar->addToHeading(button);
        connect(button, &QAbstractButton::clicked, this, [this, pooling] {
            m_pooling = pooling;
            showSimilarities();
        });
    }
    auto *write = new PillButton(tr("Export vectors"), PillKind::Link);
    m_similar->addToHeading(write);
    connect(write, &QAbstractButton::clicked, this, &FeaturePanel::writeVectors);
    m_similar->body().addWidget(m_grid);
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
    for (const QString &line : m_others->text().split(QLatin1Char('\n'))) {
        if (!line.trimmed().isEmpty())
            request.furtherTexts.push_back(toUtf8(line.trimmed()));
    }
    return request;
}

void FeaturePanel::setRequest(const engine::TaskRequest &request)
{
    m_sentence->setText(fromUtf8(request.text));
    QStringList lines;
    for (const std::string &text : request.furtherTexts)
        lines << fromUtf8(text);
    m_others->setText(lines.join(QLatin1Char('\n')));
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
    showSimilarities();
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

void FeaturePanel::showSimilarities()
{
    const engine::FeatureResult *result = features(m_shown);
    const bool hasSeveral = result != nullptr && result->texts.size() > 1;
    m_similar->setVisible(hasSeveral);
    if (!hasSeveral)
        return;
    const auto poolings = engine::allTextPoolings();
    if (result->texts.front().vector(m_pooling).isNull())
        m_pooling = engine::TextPooling::Mean;
    for (std::size_t i = 0; i < m_poolings.size(); ++i) {
        m_poolings[i]->setVisible(!result->texts.front().vector(poolings[i]).isNull());
        m_poolings[i]->setChecked(poolings[i] == m_pooling);
    }
    QStringList texts;
    for (const engine::TextVectors &text : result->texts)
        texts << fromUtf8(text.text);
    const auto cosines = engine::similarities(*result, m_pooling);
    m_grid->setSimilarities(texts, {cosines.floats().begin(), cosines.floats().end()});
}

void FeaturePanel::writeVectors()
{
    auto *dialog = new QFileDialog(this, tr("Export vectors"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({QStringLiteral("CSV (*.csv)"), QStringLiteral("JSON (*.json)"), QStringLiteral("NumPy (*.npy)")});
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &file) {
        try {
            engine::exportVectors(file.toStdString(), *m_shown, m_pooling);
        } catch (const engine::Error &error) {
            QMessageBox::warning(this, tr("Export vectors"), QString::fromUtf8(error.what()));
        }
    });
    dialog->open();
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
