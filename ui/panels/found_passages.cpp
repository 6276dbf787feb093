// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/found_passages.h"

#include "ui/panels/lit_text.h"
#include "ui/shell/card.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QVBoxLayout>

#include <algorithm>
#include <numeric>

namespace ui {

namespace {

constexpr std::size_t kMostShown = 20;

// The places of spans in a text; the best one in the first colour.
std::vector<LitRange> litIn(const QString &text, const std::vector<const engine::ReadSpan *> &spans,
                            engine::Offset engine::ReadSpan::*place)
{
    std::vector<LitRange> lit;
    for (std::size_t i = 0; i < spans.size(); ++i) {
        const engine::Offset offset = spans[i]->*place;
        if (offset.begin < offset.end)
            lit.push_back({.range = toUtf16(text, offset),
                           .colour = labelColour(i == 0 ? 0 : 1),
                           .label = QString::number(spans[i]->score, 'f', 1)});
    }
    return lit;
}

} // namespace

FoundPassages::FoundPassages(QWidget *parent) : QWidget(parent), m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(kGrid + kGrid / 2);
    setAccessibleName(tr("Passages"));
}

void FoundPassages::setEntries(const std::vector<Entry> &entries)
{
    while (QLayoutItem *item = m_column->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (std::size_t i = 0; i < std::min(entries.size(), kMostShown); ++i) {
        const Entry &entry = entries[i];
        const QString title = fromUtf8(entry.found.passage.title);
        const QString text = fromUtf8(entry.found.passage.text);
        auto *heading = new Headline;
        heading->setParts(title.isEmpty() ? tr("Passage %1").arg(entry.found.id) : title, entry.hint);
        m_column->addWidget(heading);
        if (const auto inTitle = litIn(title, entry.spans, &engine::ReadSpan::titlePlace); !inTitle.empty()) {
            auto *lit = new LitText;
            lit->setLit(title, inTitle);
            m_column->addWidget(lit);
        }
        auto *body = new LitText;
        body->setLit(text, litIn(text, entry.spans, &engine::ReadSpan::textPlace));
        m_column->addWidget(body);
    }
    if (entries.size() > kMostShown)
        m_column->addWidget(new DimLabel(tr("and %1 more").arg(entries.size() - kMostShown)));
}

void FoundPassages::showFound(const std::vector<engine::FoundPassage> &passages)
{
    std::vector<Entry> entries;
    for (const engine::FoundPassage &found : passages)
        entries.push_back(
            {.found = found,
             .hint = tr("score %1 · p = %2").arg(found.score, 0, 'f', 3).arg(probabilityText(found.probability)),
             .spans = {}});
    setEntries(entries);
}

void FoundPassages::showRead(const engine::ReadingResult &reading)
{
    std::vector<std::size_t> order(reading.passages.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return reading.passages[a].relevance > reading.passages[b].relevance;
    });
    std::vector<Entry> entries;
    for (const std::size_t at : order) {
        const engine::ReadPassage &passage = reading.passages[at];
        Entry entry{.found = passage.found, .hint = tr("relevance %1").arg(passage.relevance, 0, 'f', 3), .spans = {}};
        if (passage.found.probability > 0.0)
            entry.hint += tr(" · found with score %1").arg(passage.found.score, 0, 'f', 3);
        for (const engine::ReadSpan &span : reading.spans)
            if (span.passage == at)
                entry.spans.push_back(&span);
        entries.push_back(std::move(entry));
    }
    setEntries(entries);
}

} // namespace ui
