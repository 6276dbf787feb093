// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/tagging_panel.h"

#include "ui/panels/lit_text.h"
#include "ui/panels/rows.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/undo_text.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"

#include <QVBoxLayout>

namespace ui {

namespace {

const engine::TokenClassificationResult *tagged(const TaskResultPtr &result)
{
    return result ? std::get_if<engine::TokenClassificationResult>(&result->payload) : nullptr;
}

// The label without the mark of its place in a span: "B-PER" → "PER".
QString bareLabel(const std::string &label)
{
    const QString text = fromUtf8(label);
    const bool isMarked = text.size() > 2 && text[1] == QLatin1Char('-') && QStringLiteral("BIESLU").contains(text[0]);
    return isMarked ? text.mid(2) : text;
}

} // namespace

TaggingPanel::TaggingPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_sentence(new SentenceCard(context.undo, {.title = tr("Sentence"),
                                                 .hint = tr("click a token to see all its labels"),
                                                 .placeholder = tr("Type a sentence")})),
      m_spans(new Card), m_lit(new LitText), m_token(new Card), m_tokenBars(new BarList)
{
    column().addWidget(m_sentence);
    addExamplesHere();
    m_spans->body().addWidget(m_lit);
    m_spans->hide();
    column().addWidget(m_spans);
    m_token->body().addWidget(m_tokenBars);
    m_token->hide();
    column().addWidget(m_token);
    column().addStretch(1);
    m_sentence->setDecorator([this](std::size_t token, TokenChip &chip) { decorate(token, chip); });
    connect(m_sentence, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_sentence, &SentenceCard::tokenClicked, this, &TaggingPanel::showToken);
}

void TaggingPanel::modelChanged()
{
    m_colours.clear();
    m_sentence->setModel(model());
}

engine::TaskRequest TaggingPanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_sentence->text());
    return request;
}

void TaggingPanel::setRequest(const engine::TaskRequest &request)
{
    m_sentence->setText(fromUtf8(request.text));
}

void TaggingPanel::focusInput()
{
    m_sentence->field().setFocus();
}

bool TaggingPanel::isFresh() const
{
    return m_shown && m_shown->encoding.ids == m_sentence->encoding().ids;
}

void TaggingPanel::decorate(std::size_t token, TokenChip &chip) const
{
    const engine::TokenClassificationResult *tags = tagged(m_shown);
    if (tags == nullptr || !isFresh() || token >= tags->tokens.size() || chip.isDim)
        return;
    const engine::ScoredLabel &best = tags->tokens[token].best;
    chip.below = fromUtf8(best.label);
    chip.tip += QStringLiteral("\n%1 %2").arg(chip.below, probabilityText(best.probability));
    const auto colour = m_colours.find(bareLabel(best.label));
    if (colour != m_colours.end())
        chip.fill = labelColour(colour->second);
}

void TaggingPanel::showRun(const ShownRun &run)
{
    m_shown = run.result;
    m_token->hide();
    const engine::TokenClassificationResult *tags = tagged(m_shown);
    m_spans->setVisible(tags != nullptr);
    if (tags != nullptr)
        showSpans(*tags);
    m_sentence->retokenize();
}

void TaggingPanel::showSpans(const engine::TokenClassificationResult &tags)
{
    for (const engine::LabelledSpan &span : tags.spans)
        m_colours.try_emplace(fromUtf8(span.label), m_colours.size());
    const QString text = m_sentence->text();
    std::vector<LitRange> lit;
    const auto &offsets = m_shown->encoding.offsets;
    for (const engine::LabelledSpan &span : tags.spans) {
        if (span.beginToken >= span.endToken || span.endToken > offsets.size())
            continue;
        const engine::Offset place{.begin = offsets[span.beginToken].begin, .end = offsets[span.endToken - 1].end};
        lit.push_back({.range = toUtf16(text, place),
                       .colour = labelColour(m_colours[fromUtf8(span.label)]),
                       .label = fromUtf8(span.label)});
    }
    m_lit->setLit(text, std::move(lit));
    const QString hint = millisecondsText(m_shown->elapsedMs);
    constexpr std::size_t kMostNamed = 6;
    QStringList names;
    for (const engine::LabelledSpan &span : tags.spans) {
        if (names.size() < static_cast<qsizetype>(kMostNamed))
            names << QStringLiteral("%1 (%2)").arg(fromUtf8(span.text), fromUtf8(span.label));
    }
    if (tags.spans.size() > kMostNamed)
        names << tr("%1 more").arg(tags.spans.size() - kMostNamed);
    if (names.isEmpty())
        m_spans->headline().setParts(tr("Nothing is named here"), hint);
    else
        m_spans->headline().setParts(tr("Found"), hint, names.join(QStringLiteral(", ")));
}

void TaggingPanel::showToken(int token)
{
    const engine::TokenClassificationResult *tags = tagged(m_shown);
    selection().selectPair(token, std::nullopt);
    m_sentence->chips().setCurrent(token);
    if (tags == nullptr || !isFresh() || static_cast<std::size_t>(token) >= tags->tokens.size())
        return;
    const engine::TokenLabel &label = tags->tokens[static_cast<std::size_t>(token)];
    const QString name = fromUtf8(m_shown->encoding.tokens[static_cast<std::size_t>(token)]);
    m_token->headline().setParts(tr("“%1” is").arg(name), answerHint(label.best.probability, m_shown->elapsedMs),
                                 fromUtf8(label.best.label));
    m_tokenBars->setRows(labelRows(label.scores));
    m_token->show();
}

} // namespace ui
