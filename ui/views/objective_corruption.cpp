// SPDX-License-Identifier: GPL-3.0-or-later
// Texts that are corrupted for an encoder and written anew by a decoder: BART, mBART, T5, Pegasus.
#include "ui/views/objective_pictures.h"

#include <algorithm>

namespace ui {

namespace {

constexpr QLatin1String kEnd("</s>");

// Whether a kind of noise takes words away; the others only move them.
bool takesWords(const std::string &noise)
{
    return noise != "sentence-permutation" && noise != "document-rotation";
}

QString noiseTitle(const QString &noise)
{
    if (noise == QLatin1String("token-masking"))
        return ObjectiveWords::tr("Token masking");
    if (noise == QLatin1String("token-deletion"))
        return ObjectiveWords::tr("Token deletion");
    if (noise == QLatin1String("text-infilling"))
        return ObjectiveWords::tr("Text infilling");
    if (noise == QLatin1String("sentence-permutation"))
        return ObjectiveWords::tr("Sentence permutation");
    if (noise == QLatin1String("document-rotation"))
        return ObjectiveWords::tr("Document rotation");
    return ObjectiveWords::tr("Sentence permutation, then text infilling");
}

QString noiseHint(const QString &noise)
{
    if (noise == QLatin1String("token-masking"))
        return ObjectiveWords::tr("a mask a word: the model sees where and how many");
    if (noise == QLatin1String("token-deletion"))
        return ObjectiveWords::tr("no trace: the model must find out where");
    if (noise == QLatin1String("text-infilling"))
        return ObjectiveWords::tr("a mask a span, whatever its length, none included");
    if (noise == QLatin1String("sentence-permutation"))
        return ObjectiveWords::tr("the sentences change places");
    if (noise == QLatin1String("document-rotation"))
        return ObjectiveWords::tr("the text begins elsewhere: find the beginning");
    return {};
}

// Which sentence each word is of, to be seen wherever it goes; `stop` ends one.
std::vector<std::size_t> sentenceOf(const ObjectiveRow &words, QLatin1String stop)
{
    std::vector<std::size_t> out;
    std::size_t sentence = 0;
    for (const auto &word : words) {
        out.push_back(sentence);
        if (word == stop)
            ++sentence;
    }
    return out;
}

std::set<std::size_t> originsOf(const ObjectiveRow &origin)
{
    std::set<std::size_t> out;
    for (const auto &place : origin)
        if (place)
            out.insert(place->toULongLong());
    return out;
}

// The text itself: words that the corruption takes away are struck out and can be clicked.
struct Original {
    ObjectiveRow words;
    std::vector<std::size_t> sentences;
    std::set<std::size_t> forced;
    bool isChoosable = false; // words can be taken away by hand
};

Lane originalLane(const Original &text, const std::set<std::size_t> &left, ObjectivePicture &picture)
{
    Lane out{.title = ObjectiveWords::tr("text"), .cells = {}};
    for (std::size_t i = 0; i < text.words.size(); ++i) {
        LaneCell cell{.text = text.words[i].value_or(QString()), .fill = partColour(text.sentences[i])};
        const bool isGone = !left.contains(i);
        cell.tone = isGone ? LaneTone::Gone : LaneTone::Plain;
        cell.isForced = text.forced.contains(i);
        if (cell.text == kEnd) {
            cell.tone = LaneTone::Special;
        } else if (text.isChoosable) {
            cell.click = picture.add({ObjectiveClick::Kind::Position, i, isGone});
            const QString by = cell.isForced ? ObjectiveWords::tr("by hand") : ObjectiveWords::tr("by the dice");
            cell.why = isGone ? ObjectiveWords::tr("taken away %1; click to leave it").arg(by)
                              : ObjectiveWords::tr("left %1; click to take it away").arg(by);
        }
        out.cells.push_back(std::move(cell));
    }
    return out;
}

// What the encoder reads, and where each word stood.
struct Corrupted {
    ObjectiveRow words;
    ObjectiveRow origin;
    std::set<std::size_t> hidden = {}; // places whose word is masked although it is known which
};

TokenLanes corruptedLanes(const Corrupted &text, const std::vector<std::size_t> &sentences)
{
    Lane words{.title = ObjectiveWords::tr("reads"), .cells = {}};
    Lane places{.title = ObjectiveWords::tr("stood at"), .cells = {}};
    for (std::size_t i = 0; i < text.words.size(); ++i) {
        LaneCell cell{.text = text.words[i].value_or(QString())};
        const bool hasPlace = i < text.origin.size() && text.origin[i].has_value();
        const bool isMask =
            !hasPlace || cell.text.startsWith(QLatin1String("<mask")) || cell.text.startsWith(QLatin1String("[MASK"));
        if (isMask) {
            const bool isCode = !hasPlace && i + 1 == text.words.size() && cell.text.contains(QLatin1Char('_')) &&
                                !cell.text.contains(QLatin1Char('<'));
            cell.tone = isCode ? LaneTone::Special : LaneTone::Masked;
            cell.why =
                isCode ? ObjectiveWords::tr("the language") : ObjectiveWords::tr("stands for what was taken away");
        } else if (const auto at = text.origin[i]->toULongLong(); at < sentences.size()) {
            cell.fill = partColour(sentences[at]);
            cell.why = ObjectiveWords::tr("word %1 of the text, here word %2").arg(at + 1).arg(i + 1);
        }
        words.cells.push_back(std::move(cell));
        places.cells.push_back(hasPlace
                                   ? std::optional(LaneCell{.text = QString::number(text.origin[i]->toULongLong() + 1),
                                                            .tone = LaneTone::Note})
                                   : std::nullopt);
    }
    TokenLanes lanes;
    lanes.lanes = {std::move(words), std::move(places)};
    return lanes;
}

ObjectiveSection decoderSection(const ObjectiveRow &reads, const ObjectiveRow &says)
{
    return {.title = ObjectiveWords::tr("Decoder"),
            .hint = ObjectiveWords::tr("one word at a time, never seeing what comes after"),
            .picture = decoderLanes(reads, says)};
}

// One kind of noise, or several in a row: text, what is left after each, what the encoder reads.
void addSteps(const engine::ObjectiveCase &entry, const Original &text, ObjectivePicture &picture)
{
    const FieldReader expected(entry.expected);
    std::size_t steps = 0;
    while (expected.has("steps." + std::to_string(steps) + ".noise"))
        ++steps;
    for (std::size_t i = 0; i < steps; ++i) {
        const std::string prefix = "steps." + std::to_string(i) + ".";
        const QString noise = expected.cell(prefix + "noise");
        picture.sections.push_back(
            {.title = steps > 1 ? QStringLiteral("%1. %2").arg(i + 1).arg(noiseTitle(noise)) : noiseTitle(noise),
             .hint = noiseHint(noise),
             .picture =
                 corruptedLanes({.words = expected.row(prefix + "words"), .origin = expected.row(prefix + "origin")},
                                text.sentences)});
    }
}

// Places of the text whose words the encoder still reads.
std::set<std::size_t> leftIn(const FieldReader &expected)
{
    const ObjectiveRow input = expected.row("input");
    const ObjectiveRow origin = expected.row("input_origin");
    auto left = originsOf(origin);
    for (std::size_t i = 0; i < input.size() && i < origin.size(); ++i)
        if (origin[i] && input[i] == QLatin1String("<mask>"))
            left.erase(origin[i]->toULongLong());
    return left;
}

ObjectiveSection textSection(const Original &text, const std::set<std::size_t> &left, ObjectivePicture &picture)
{
    TokenLanes lanes;
    lanes.lanes.push_back(originalLane(text, left, picture));
    return {.title = ObjectiveWords::tr("Text"),
            .hint = text.isChoosable ? ObjectiveWords::tr("click a word to take it away or to leave it")
                                     : ObjectiveWords::tr("a colour a sentence"),
            .picture = std::move(lanes)};
}

bool isForcedOut(const engine::ObjectiveRequest &request, std::size_t position)
{
    return std::ranges::find(request.forced, engine::ForcedChoice{position, "chosen"}) != request.forced.end();
}

StripText readSummary(std::size_t left, std::size_t all)
{
    return {ObjectiveWords::tr("The encoder reads %1 of %2 words").arg(left).arg(all),
            ObjectiveWords::tr("%1 are masked, filled over or gone; the decoder must write the whole text as it was.")
                .arg(all - left)};
}

} // namespace

ObjectivePicture noisePicture(const ObjectiveScene &scene)
{
    ObjectivePicture picture;
    const FieldReader expected(scene.answer.result.cases.front().expected);
    const ObjectiveRow tokens = expected.row("target");
    const auto &noise = scene.request.noise;
    const Original text{.words = tokens,
                        .sentences = sentenceOf(tokens, QLatin1String(".")),
                        .forced = forcedPositions(scene.request),
                        .isChoosable = noise.empty() || std::ranges::any_of(noise, takesWords)};
    std::set<std::size_t> left = leftIn(expected);
    picture.summary = readSummary(left.size(), tokens.size());
    if (noise.empty()) { // each kind takes other words
        left.clear();
        for (std::size_t i = 0; i < tokens.size(); ++i)
            if (!isForcedOut(scene.request, i))
                left.insert(i);
        picture.summary = {
            ObjectiveWords::tr("Five kinds of noise, each for itself"),
            ObjectiveWords::tr("Choose above which of them to combine. Whatever they do, the decoder must "
                               "write the whole text as it was.")};
    }
    picture.sections.push_back(textSection(text, left, picture));
    for (const engine::ObjectiveCase &entry : scene.answer.result.cases)
        addSteps(entry, text, picture);
    picture.sections.push_back(decoderSection(shifted(kEnd, tokens), tokens));
    return picture;
}

ObjectivePicture denoisingPicture(const ObjectiveScene &scene)
{
    ObjectivePicture picture;
    const engine::ObjectiveCase &entry = scene.answer.result.cases.front();
    const FieldReader expected(entry.expected);
    ObjectiveRow tokens;
    for (const ObjectiveRow &sentence : FieldReader(entry.given).rows("sentences"))
        tokens.insert(tokens.end(), sentence.begin(), sentence.end());
    const Original text{.words = tokens,
                        .sentences = sentenceOf(tokens, kEnd),
                        .forced = forcedPositions(scene.request),
                        .isChoosable = true};
    const auto left = leftIn(expected);
    picture.summary = readSummary(left.size(), tokens.size());
    picture.sections.push_back(textSection(text, left, picture));
    addSteps(entry, text, picture);
    picture.sections.push_back(
        {.title = ObjectiveWords::tr("Encoder"),
         .hint = ObjectiveWords::tr("the language comes last"),
         .picture =
             corruptedLanes({.words = expected.row("input"), .origin = expected.row("input_origin")}, text.sentences)});
    picture.sections.push_back(decoderSection(expected.row("decoder_input"), expected.row("targets")));
    return picture;
}

ObjectivePicture sentinelPicture(const ObjectiveScene &scene)
{
    ObjectivePicture picture;
    const engine::ObjectiveCase &entry = scene.answer.result.cases.front();
    const FieldReader expected(entry.expected);
    const ObjectiveRow tokens = FieldReader(entry.given).row("tokens");
    const Original text{.words = tokens,
                        .sentences = sentenceOf(tokens, QLatin1String(".")),
                        .forced = forcedPositions(scene.request),
                        .isChoosable = true};
    const ObjectiveRow origin = expected.row("input_origin");
    const auto left = originsOf(origin);
    TokenLanes original;
    original.lanes.push_back(originalLane(text, left, picture));
    picture.sections.push_back({.title = ObjectiveWords::tr("Text"),
                                .hint = ObjectiveWords::tr("click a word to drop it or to leave it"),
                                .picture = std::move(original)});
    picture.sections.push_back(
        {.title = ObjectiveWords::tr("Encoder"),
         .hint = ObjectiveWords::tr("a run of dropped words is one sentinel"),
         .picture = corruptedLanes({.words = expected.row("input"), .origin = origin}, text.sentences)});
    const ObjectiveRow target = expected.row("target");
    ObjectiveSection decoder = decoderSection(shifted(QStringLiteral("<pad>"), target), target);
    decoder.hint = ObjectiveWords::tr("each sentinel, then the words that it stands for");
    picture.sections.push_back(std::move(decoder));
    const auto dropped = tokens.size() - left.size();
    picture.summary = {
        ObjectiveWords::tr("%1 of %2 words dropped (%3)")
            .arg(dropped)
            .arg(tokens.size())
            .arg(
                shareText(static_cast<double>(dropped) / static_cast<double>(std::max<std::size_t>(1, tokens.size())))),
        ObjectiveWords::tr("The target has %1 tokens instead of %2: a model that writes only what is missing "
                           "learns faster. The rule: 15 % of the words, in spans of 3 on average.")
            .arg(target.size())
            .arg(tokens.size())};
    return picture;
}

namespace {

std::vector<ValueRow> scoreRows(const std::vector<ObjectiveRow> &sentences, const ObjectiveRow &scores,
                                const std::set<std::size_t> &gaps)
{
    std::vector<ValueRow> rows;
    for (std::size_t i = 0; i < sentences.size(); ++i) {
        QStringList words;
        for (const auto &word : sentences[i])
            words << word.value_or(QString());
        const double score = i < scores.size() ? scores[i].value_or(QString()).toDouble() : 0.0;
        rows.push_back({.label = QStringLiteral("%1 · %2").arg(i + 1).arg(words.join(QLatin1Char(' '))),
                        .value = score,
                        .number = QString::number(score, 'f', 3),
                        .note = gaps.contains(i) ? ObjectiveWords::tr("gap") : QString(),
                        .isSelected = gaps.contains(i)});
    }
    return rows;
}

// Sentences as they stand, gaps struck out; a click makes one or fills it.
TokenLanes gapLanes(const std::vector<ObjectiveRow> &sentences, const std::set<std::size_t> &gaps,
                    const engine::ObjectiveRequest &request, ObjectivePicture &picture)
{
    TokenLanes lanes;
    for (std::size_t i = 0; i < sentences.size(); ++i) {
        QStringList words;
        for (const auto &word : sentences[i])
            words << word.value_or(QString());
        LaneCell cell{.text = words.join(QLatin1Char(' ')), .fill = partColour(i)};
        cell.tone = gaps.contains(i) ? LaneTone::Gone : LaneTone::Plain;
        cell.isForced = std::ranges::any_of(request.forced, [i](const engine::ForcedChoice &choice) {
            return choice.position == i && choice.action.ends_with("gap");
        });
        cell.click = picture.add({ObjectiveClick::Kind::Sentence, i, gaps.contains(i)});
        cell.why =
            cell.isForced ? ObjectiveWords::tr("chosen by hand; click for the other way, then for the scores again")
            : gaps.contains(i) ? ObjectiveWords::tr("a gap, because its score is among the highest; click to keep it")
                               : ObjectiveWords::tr("kept: others score higher; click to make it a gap");
        lanes.lanes.push_back({.title = QString::number(i + 1), .cells = {std::move(cell)}});
    }
    return lanes;
}

} // namespace

ObjectivePicture gapPicture(const ObjectiveScene &scene)
{
    ObjectivePicture picture;
    const engine::ObjectiveCase &entry = scene.answer.result.cases.front();
    const FieldReader expected(entry.expected);
    const auto sentences = FieldReader(entry.given).rows("sentences");
    const auto chosen = expected.numbers("gap_sentences");
    const std::set<std::size_t> gaps(chosen.begin(), chosen.end());
    picture.sections.push_back({.title = ObjectiveWords::tr("Sentences"),
                                .hint = ObjectiveWords::tr("click one to make it a gap or to keep it"),
                                .picture = gapLanes(sentences, gaps, scene.request, picture)});
    picture.sections.push_back({.title = ObjectiveWords::tr("Importance"),
                                .hint = ObjectiveWords::tr("overlap with all other sentences, ROUGE-1 F1"),
                                .picture = scoreRows(sentences, expected.row("rouge1_f1"), gaps)});

    std::vector<std::size_t> sentenceOfWord;
    for (std::size_t i = 0; i < sentences.size(); ++i)
        sentenceOfWord.insert(sentenceOfWord.end(), sentences[i].size(), i);
    const ObjectiveRow origin = expected.row("input_origin");
    const ObjectiveRow masked = expected.row("mlm_targets");
    const auto forced = forcedPositions(scene.request);
    TokenLanes encoder = corruptedLanes({.words = expected.row("input"), .origin = origin}, sentenceOfWord);
    Lane &reads = encoder.lanes.front();
    for (std::size_t i = 0; i < reads.cells.size(); ++i) {
        if (i >= origin.size() || !origin[i])
            continue;
        const bool isMasked = i < masked.size() && masked[i].has_value();
        const auto position = origin[i]->toULongLong();
        reads.cells[i]->click = picture.add({ObjectiveClick::Kind::Position, position, isMasked});
        reads.cells[i]->isForced = forced.contains(position);
        reads.cells[i]->tone = isMasked ? LaneTone::Changed : LaneTone::Plain;
        reads.cells[i]->why = isMasked ? ObjectiveWords::tr("one of the 15 % of words that the encoder itself must say")
                                       : ObjectiveWords::tr("left as it is; click to mask it");
    }
    encoder.lanes[1] = lane(ObjectiveWords::tr("it must say"), masked, LaneTone::Asked);
    picture.sections.push_back({.title = ObjectiveWords::tr("Encoder"),
                                .hint = ObjectiveWords::tr("[MASK1] for a sentence, [MASK2] for a word"),
                                .picture = std::move(encoder)});
    const ObjectiveRow target = expected.row("target");
    ObjectiveSection decoder = decoderSection(shifted(QStringLiteral("<pad>"), target), target);
    decoder.hint = ObjectiveWords::tr("the gap sentences together, in the order of the text");
    picture.sections.push_back(std::move(decoder));
    picture.summary = {
        ObjectiveWords::tr("%1 of %2 sentences left out").arg(gaps.size()).arg(sentences.size()),
        ObjectiveWords::tr("Those that overlap most with the rest are a summary of sorts: writing them is "
                           "practice for summarizing.")};
    return picture;
}

} // namespace ui
