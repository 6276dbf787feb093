// SPDX-License-Identifier: GPL-3.0-or-later
// Two sentences and what is to be said of them: BERT's next sentence, ALBERT's order.
#include "ui/views/objective_pictures.h"

#include <algorithm>

namespace ui {

namespace {

QString sentenceText(const ObjectiveRow &words)
{
    QStringList parts;
    for (const auto &word : words)
        parts << word.value_or(QString());
    return parts.join(QLatin1Char(' '));
}

// A document's sentences, one under another.
struct Document {
    std::vector<ObjectiveRow> sentences;
    std::set<std::size_t> used; // by the pair
    bool isChoosable = false;   // its sentences can be the first of the pair
};

TokenLanes sentenceLanes(const Document &document, ObjectivePicture &picture)
{
    TokenLanes lanes;
    for (std::size_t i = 0; i < document.sentences.size(); ++i) {
        LaneCell cell{.text = sentenceText(document.sentences[i])};
        cell.tone = document.used.contains(i) ? LaneTone::Chosen : LaneTone::Plain;
        if (document.isChoosable && i + 1 < document.sentences.size()) {
            cell.click = picture.add({ObjectiveClick::Kind::First, i, document.used.contains(i)});
            cell.why = ObjectiveWords::tr("click to begin the pair here");
        }
        lanes.lanes.push_back({.title = QString::number(i + 1), .cells = {std::move(cell)}});
    }
    return lanes;
}

struct Pair {
    std::vector<Document> documents;
    bool isGenuine = true; // as the text has it
    bool isForced = false;
    QString yes, no; // what is to be said
};

Pair nextSentence(const FieldReader &given, const FieldReader &choices)
{
    Pair pair{.documents = {},
              .isGenuine = choices.cell("next") == QLatin1String("true"),
              .yes = ObjectiveWords::tr("IsNext (0)"),
              .no = ObjectiveWords::tr("NotNext (1)")};
    for (std::size_t i = 0; given.has("documents." + std::to_string(i)); ++i)
        pair.documents.push_back({.sentences = given.rows("documents." + std::to_string(i)), .used = {}});
    if (pair.documents.empty())
        return pair;
    const std::size_t first = choices.number("sentence");
    pair.documents.front().isChoosable = true;
    pair.documents.front().used.insert(first);
    if (pair.isGenuine)
        pair.documents.front().used.insert(first + 1);
    else if (const auto other = choices.number("other_document"); other < pair.documents.size())
        pair.documents[other].used.insert(choices.number("other_sentence"));
    return pair;
}

Pair sentenceOrder(const FieldReader &given, const FieldReader &choices)
{
    const std::size_t first = choices.number("sentence");
    return {.documents = {{.sentences = given.rows("document"), .used = {first, first + 1}, .isChoosable = true}},
            .isGenuine = choices.cell("swapped") != QLatin1String("true"),
            .yes = ObjectiveWords::tr("in order (0)"),
            .no = ObjectiveWords::tr("swapped (1)")};
}

TokenLanes inputLanes(const FieldReader &expected)
{
    Lane reads = lane(ObjectiveWords::tr("reads"), expected.row("input"), LaneTone::Plain);
    Lane segments = lane(ObjectiveWords::tr("segment"), expected.row("segments"), LaneTone::Note);
    for (std::size_t i = 0; i < reads.cells.size(); ++i) {
        LaneCell &cell = *reads.cells[i];
        const bool isSpecial = cell.text == QLatin1String("[CLS]") || cell.text == QLatin1String("[SEP]");
        cell.tone = isSpecial ? LaneTone::Special : LaneTone::Plain;
        if (!isSpecial && i < segments.cells.size() && segments.cells[i])
            cell.fill = partColour(segments.cells[i]->text.toULongLong());
    }
    TokenLanes lanes;
    lanes.lanes = {std::move(reads), std::move(segments)};
    return lanes;
}

QString whyOf(const Pair &pair, bool isNext)
{
    if (pair.isForced)
        return ObjectiveWords::tr("set by hand; click to change it");
    if (pair.isGenuine)
        return ObjectiveWords::tr(
            "half of the pairs are as the text has them, and the dice chose this half; click to change it");
    return isNext ? ObjectiveWords::tr("the dice took the second sentence from the other document; click to change it")
                  : ObjectiveWords::tr("the dice swapped the two; click to change it");
}

} // namespace

ObjectivePicture sentencePairPicture(const ObjectiveScene &scene)
{
    ObjectivePicture picture;
    const engine::ObjectiveCase &entry = scene.answer.result.cases.front();
    const FieldReader given(entry.given);
    const FieldReader choices(entry.choices);
    const FieldReader expected(entry.expected);
    const bool isNext = choices.has("next");
    Pair pair = isNext ? nextSentence(given, choices) : sentenceOrder(given, choices);
    pair.isForced = scene.request.follows.has_value();

    for (std::size_t i = 0; i < pair.documents.size(); ++i)
        picture.sections.push_back(
            {.title = i == 0 ? ObjectiveWords::tr("Text") : ObjectiveWords::tr("Another document"),
             .hint = i == 0 ? ObjectiveWords::tr("click the sentence that the pair begins with") : QString(),
             .picture = sentenceLanes(pair.documents[i], picture)});
    picture.sections.push_back({.title = ObjectiveWords::tr("What it reads"), .picture = inputLanes(expected)});
    LaneCell label{.text = pair.isGenuine ? pair.yes : pair.no, .tone = LaneTone::Asked};
    label.isForced = pair.isForced;
    label.click = picture.add({ObjectiveClick::Kind::Follows, 0, pair.isGenuine});
    label.why = whyOf(pair, isNext);
    TokenLanes answer;
    answer.lanes.push_back({.title = ObjectiveWords::tr("must say"), .cells = {label}});
    picture.sections.push_back({.title = ObjectiveWords::tr("What it must say"),
                                .hint = ObjectiveWords::tr("read from [CLS]; click to change it"),
                                .picture = std::move(answer)});
    picture.summary = {label.text, whyOf(pair, isNext)};
    return picture;
}

} // namespace ui
