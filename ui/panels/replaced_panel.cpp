// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/replaced_panel.h"

#include "ui/panels/sentence_card.h"
#include "ui/panels/undo_text.h"
#include "ui/shell/bar_list.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QVBoxLayout>

#include <algorithm>

namespace ui {

namespace {

constexpr std::size_t kMostBars = 8;

const engine::ReplacedTokensResult *detected(const TaskResultPtr &result)
{
    return result ? std::get_if<engine::ReplacedTokensResult>(&result->payload) : nullptr;
}

// Tokens of the text itself, the most suspicious first.
std::vector<engine::ReplacedToken> suspects(const engine::ReplacedTokensResult &result, const engine::Encoding &encoding)
{
    std::vector<engine::ReplacedToken> tokens;
    for (const engine::ReplacedToken &token : result.tokens) {
        if (token.token < encoding.sequence.size() && encoding.sequence[token.token] >= 0)
            tokens.push_back(token);
    }
    std::ranges::stable_sort(tokens, std::ranges::greater(), &engine::ReplacedToken::logit);
    return tokens;
}

} // namespace

QColor replacedColour(double probability)
{
    const Theme &theme = Theme::current();
    const auto share = static_cast<float>(std::clamp(probability, 0.0, 1.0));
    const auto between = [share](float from, float to) { return from + share * (to - from); };
    return QColor::fromRgbF(between(theme.chip.redF(), theme.warning.redF()),
                            between(theme.chip.greenF(), theme.warning.greenF()),
                            between(theme.chip.blueF(), theme.warning.blueF()));
}

ReplacedPanel::ReplacedPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_sentence(new SentenceCard(context.undo, {.title = tr("Sentence"),
                                                 .hint = tr("change a word and see whether the model notices"),
                                                 .placeholder = tr("Type a sentence with a word that does not belong")})),
      m_answer(new Card), m_bars(new BarList)
{
    column().addWidget(m_sentence);
    addExamplesHere();
    m_answer->body().addWidget(m_bars);
    m_answer->hide();
    column().addWidget(m_answer);
    column().addStretch(1);
    m_bars->setClickable(true);
    m_sentence->setDecorator([this](std::size_t token, TokenChip &chip) { decorate(token, chip); });
    connect(m_sentence, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_sentence, &SentenceCard::tokenClicked, this, &ReplacedPanel::select);
    connect(m_bars, &BarList::activated, this, [this](int row) {
        if (static_cast<std::size_t>(row) < m_barTokens.size())
            select(m_barTokens[static_cast<std::size_t>(row)]);
    });
}

void ReplacedPanel::modelChanged()
{
    m_sentence->setModel(model());
}

engine::TaskRequest ReplacedPanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_sentence->text());
    return request;
}

void ReplacedPanel::setRequest(const engine::TaskRequest &request)
{
    m_sentence->setText(fromUtf8(request.text));
}

void ReplacedPanel::focusInput()
{
    m_sentence->field().setFocus();
}

void ReplacedPanel::decorate(std::size_t token, TokenChip &chip) const
{
    const engine::ReplacedTokensResult *result = detected(m_shown);
    const bool isFresh = result != nullptr && m_shown->encoding.ids == m_sentence->encoding().ids;
    if (!isFresh || token >= result->tokens.size() || chip.isDim)
        return;
    const double probability = result->tokens[token].probability;
    chip.below = probabilityText(probability);
    chip.fill = replacedColour(probability);
    chip.tip += QStringLiteral("\n") + tr("replaced with probability %1").arg(chip.below);
}

void ReplacedPanel::showRun(const ShownRun &run)
{
    m_shown = run.result;
    const engine::ReplacedTokensResult *result = detected(m_shown);
    m_answer->setVisible(result != nullptr);
    if (result != nullptr)
        showTokens(*result);
    m_sentence->retokenize();
}

void ReplacedPanel::showTokens(const engine::ReplacedTokensResult &result)
{
    const std::vector<engine::ReplacedToken> tokens = suspects(result, m_shown->encoding);
    std::vector<BarRow> rows;
    m_barTokens.clear();
    QStringList replaced;
    for (const engine::ReplacedToken &token : tokens) {
        const QString name = chipText(fromUtf8(m_shown->display.at(token.token)));
        if (token.isReplaced())
            replaced << name;
        if (rows.size() >= kMostBars)
            continue;
        BarRow row{.label = name, .number = probabilityText(token.probability), .share = token.probability};
        row.isStrong = token.isReplaced();
        row.tip = tr("token %1, logit %2").arg(token.token).arg(static_cast<double>(token.logit), 0, 'f', 2);
        rows.push_back(std::move(row));
        m_barTokens.push_back(static_cast<int>(token.token));
    }
    m_bars->setRows(std::move(rows));
    const QString hint = millisecondsText(m_shown->elapsedMs);
    if (replaced.isEmpty())
        m_answer->headline().setParts(tr("Every token looks original"), hint);
    else
        m_answer->headline().setParts(tr("Replaced, it seems"), hint, replaced.join(QStringLiteral(", ")));
}

void ReplacedPanel::select(int token)
{
    selection().selectPair(token, std::nullopt);
    m_sentence->chips().setCurrent(token);
}

} // namespace ui
