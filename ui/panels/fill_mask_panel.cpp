// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/fill_mask_panel.h"

#include "ui/panels/rows.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/undo_text.h"
#include "ui/shell/bar_list.h"
#include "ui/shell/card.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"

#include <QLineEdit>
#include <QVBoxLayout>

#include <set>

namespace ui {

namespace {

constexpr std::size_t kCandidates = 6;

const engine::FillMaskResult *filled(const TaskResultPtr &result)
{
    return result ? std::get_if<engine::FillMaskResult>(&result->payload) : nullptr;
}

QStringList separated(const QString &words)
{
    QStringList list;
    for (const QString &word : words.split(QLatin1Char(','))) {
        if (!word.trimmed().isEmpty())
            list << word.trimmed();
    }
    return list;
}

double probabilityOf(const engine::FillMaskResult &result, const engine::FilledMask &mask, std::int64_t id)
{
    for (const engine::Candidate &candidate : mask.candidates) {
        if (candidate.id == id)
            return candidate.rawProbability > 0.0 ? candidate.rawProbability : candidate.probability;
    }
    return probabilityAt(result.logits, static_cast<std::int64_t>(mask.position), id);
}

} // namespace

FillMaskPanel::FillMaskPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_sentence(new SentenceCard(context.undo, {.title = tr("Sentence"),
                                                 .hint = tr("click a word to mask it"),
                                                 .placeholder = tr("Type a sentence, then click a word below to mask it")})),
      m_only(new QLineEdit), m_answers(new QWidget), m_changes(new Card), m_changeBars(new BarList)
{
    auto *answers = new QVBoxLayout(m_answers);
    answers->setContentsMargins(0, 0, 0, 0);
    answers->setSpacing(14);
    m_only->setPlaceholderText(tr("any word, or a choice: bread, soup, honey"));
    m_only->setAccessibleName(tr("Words that may stand in place of the mask"));
    m_only->setClearButtonEnabled(true);
    auto *only = new Card(tr("Only these words"), tr("separated by commas; empty: the whole vocabulary"));
    only->body().addWidget(m_only);
    column().addWidget(m_sentence);
    column().addWidget(only);
    addExamplesHere();
    column().addWidget(m_answers);
    m_changes->body().addWidget(m_changeBars);
    m_changes->hide();
    column().addWidget(m_changes);
    column().addStretch(1);
    m_sentence->setDecorator([this](std::size_t token, TokenChip &chip) {
        const engine::Encoding &encoding = m_sentence->encoding();
        chip.isAccent = !maskToken().isEmpty() && fromUtf8(encoding.tokens[token]) == maskToken();
        chip.isClickable = chip.isAccent || encoding.specialTokensMask[token] == 0;
        chip.isDim = chip.isDim && !chip.isAccent;
    });
    connect(m_sentence, &SentenceCard::tokenClicked, this, &FillMaskPanel::toggleMask);
    connect(m_sentence, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_only, &QLineEdit::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_only, &QLineEdit::returnPressed, this, &TaskPanel::runRequested);
}

QString FillMaskPanel::maskToken() const
{
    return model() ? fromUtf8(model()->info().maskToken) : QString();
}

void FillMaskPanel::modelChanged()
{
    m_masked.reset();
    m_sentence->setModel(model());
}

engine::TaskRequest FillMaskPanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_sentence->text());
    request.topK = kCandidates;
    for (const QString &word : separated(m_only->text()))
        request.candidates.push_back(toUtf8(word));
    return request;
}

void FillMaskPanel::setRequest(const engine::TaskRequest &request)
{
    m_masked.reset();
    m_sentence->setText(fromUtf8(request.text));
    QStringList words;
    for (const std::string &word : request.candidates)
        words << fromUtf8(word);
    m_only->setText(words.join(QStringLiteral(", ")));
}

QString FillMaskPanel::obstacle() const
{
    const QString missing = TaskPanel::obstacle();
    if (!missing.isEmpty())
        return missing;
    if (!maskToken().isEmpty() && !m_sentence->text().contains(maskToken()))
        return tr("Nothing is masked yet: click a word, or type %1.").arg(maskToken());
    return {};
}

void FillMaskPanel::focusInput()
{
    m_sentence->field().setFocus();
}

void FillMaskPanel::putText(const QString &text)
{
    m_sentence->setText(text);
    if (obstacle().isEmpty())
        emit runRequested();
}

void FillMaskPanel::toggleMask(int token)
{
    const engine::Encoding &encoding = m_sentence->encoding();
    const auto index = static_cast<std::size_t>(token);
    if (token < 0 || index >= encoding.size() || maskToken().isEmpty())
        return;
    QString text = m_sentence->text();
    const TextRange range = toUtf16(text, encoding.offsets[index]);
    if (range.length() <= 0)
        return; // a token that stands for no text
    const QString word = text.mid(range.begin, range.length());
    if (word == maskToken()) {
        if (!m_masked || m_masked->place != range.begin)
            return; // nobody knows what stood there
        text.replace(range.begin, range.length(), m_masked->word);
        m_masked.reset();
    } else {
        m_masked = Masked{.place = range.begin, .word = word};
        text.replace(range.begin, range.length(), maskToken());
    }
    putText(text);
}

void FillMaskPanel::accept(std::size_t mask, std::size_t candidate)
{
    const engine::FillMaskResult *result = filled(m_shown);
    if (result == nullptr || mask >= result->masks.size() || candidate >= result->masks[mask].candidates.size())
        return;
    QString text = m_sentence->text();
    qsizetype place = -1;
    for (std::size_t i = 0; i <= mask; ++i) {
        place = text.indexOf(maskToken(), place + 1);
        if (place < 0)
            return; // the text was changed since
    }
    const QString word = fromUtf8(result->masks[mask].candidates[candidate].token).trimmed();
    text.replace(place, maskToken().size(), word);
    m_masked.reset();
    putText(text);
}

void FillMaskPanel::showRun(const ShownRun &run)
{
    m_shown = run.result;
    while (QLayoutItem *item = m_answers->layout()->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    const engine::FillMaskResult *result = filled(run.result);
    m_answers->setVisible(result != nullptr);
    if (result != nullptr) {
        showMasks(*result, run.result->elapsedMs);
        if (!result->masks.empty())
            selection().selectPair(static_cast<std::int64_t>(result->masks.front().position), std::nullopt);
    }
    showChanges(run);
}

void FillMaskPanel::showMasks(const engine::FillMaskResult &result, double elapsedMs)
{
    for (std::size_t m = 0; m < result.masks.size(); ++m) {
        const auto &candidates = result.masks[m].candidates;
        auto *card = new Card;
        auto *bars = new BarList;
        std::vector<BarRow> rows;
        for (const engine::Candidate &candidate : candidates) {
            BarRow row{.label = chipText(fromUtf8(candidate.token)),
                       .number = probabilityText(candidate.probability),
                       .share = candidate.probability};
            row.isStrong = rows.empty();
            row.note = tr("⏎ accept");
            row.isLink = true;
            row.tip = tr("id %1, logit %2. Click to put it into the sentence.")
                          .arg(candidate.id)
                          .arg(static_cast<double>(candidate.logit), 0, 'f', 2);
            rows.push_back(std::move(row));
        }
        bars->setRows(std::move(rows));
        bars->setAccessibleName(tr("Candidates for the masked word"));
        const QString title = result.masks.size() == 1 ? tr("The masked word is most likely")
                                                       : tr("Masked word %1 is most likely").arg(m + 1);
        if (!candidates.empty()) {
            const engine::Candidate &best = candidates.front();
            card->headline().setParts(title, answerHint(best.probability, elapsedMs), chipText(fromUtf8(best.token)));
        }
        card->body().addWidget(bars);
        connect(bars, &BarList::activated, this, [this, m](int row) { accept(m, static_cast<std::size_t>(row)); });
        m_answers->layout()->addWidget(card);
    }
}

void FillMaskPanel::showChanges(const ShownRun &run)
{
    const engine::FillMaskResult *now = filled(run.result);
    const engine::FillMaskResult *before = filled(run.baseline);
    m_changes->hide();
    if (now == nullptr || before == nullptr || now->masks.empty() || before->masks.empty())
        return;
    const engine::FilledMask &newMask = now->masks.front();
    const engine::FilledMask &oldMask = before->masks.front();
    std::vector<NamedValue> values;
    std::set<std::int64_t> seen;
    for (const auto *mask : {&newMask, &oldMask}) {
        for (const engine::Candidate &candidate : mask->candidates) {
            if (!seen.insert(candidate.id).second)
                continue;
            values.push_back({.name = chipText(fromUtf8(candidate.token)),
                              .before = probabilityOf(*before, oldMask, candidate.id),
                              .after = probabilityOf(*now, newMask, candidate.id)});
        }
    }
    constexpr std::size_t kMostShown = 6;
    std::vector<BarRow> rows = differenceRows(std::move(values), kMostShown);
    if (rows.empty())
        return;
    m_changes->headline().setParts(tr("What changed"), tr("against %1").arg(run.baselineName));
    m_changeBars->setRows(std::move(rows));
    m_changes->show();
}

} // namespace ui
