// SPDX-License-Identifier: GPL-3.0-or-later
// Single words that are hidden or replaced: BERT, XLM, ELECTRA.
#include "ui/views/objective_pictures.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ui {

namespace {

constexpr double kChosenShare = 0.15;

bool isSpecial(const QString &token)
{
    return token.size() > 2 && ((token.startsWith(QLatin1Char('[')) && token.endsWith(QLatin1Char(']'))) ||
                                (token.startsWith(QLatin1Char('<')) && token.endsWith(QLatin1Char('>'))));
}

struct MaskedText {
    ObjectiveRow input;
    ObjectiveRow targets;
    MaskingChoices choices;
    std::set<std::size_t> candidates;
    std::set<std::size_t> forced; // positions that a person decided about
};

Lane readsLane(const MaskedText &text, ObjectivePicture &picture)
{
    Lane out{.title = ObjectiveWords::tr("reads"), .cells = {}};
    for (std::size_t i = 0; i < text.input.size(); ++i) {
        LaneCell cell{.text = text.input[i].value_or(QString())};
        const auto chosen = text.choices.find(i);
        cell.isForced = text.forced.contains(i);
        if (chosen != text.choices.end()) {
            cell.tone = toneOf(chosen->second);
            cell.why = whyOf(chosen->second);
        } else if (!text.candidates.contains(i)) {
            cell.tone = LaneTone::Special;
            cell.why = ObjectiveWords::tr("a special token: never chosen");
        } else {
            cell.why = cell.isForced ? ObjectiveWords::tr("left alone by hand: nothing is asked here")
                                     : ObjectiveWords::tr("not chosen: nothing is asked here; click to choose it");
        }
        if (text.candidates.contains(i))
            cell.click = picture.add({ObjectiveClick::Kind::Position, i, chosen != text.choices.end()});
        out.cells.push_back(std::move(cell));
    }
    return out;
}

Lane whyLane(const MaskedText &text)
{
    Lane out{.title = ObjectiveWords::tr("why"), .cells = {}};
    for (std::size_t i = 0; i < text.input.size(); ++i) {
        const auto chosen = text.choices.find(i);
        if (chosen == text.choices.end()) {
            out.cells.emplace_back();
            continue;
        }
        const QString drawn =
            chosen->second.draw ? QString::number(*chosen->second.draw, 'f', 2) : ObjectiveWords::tr("by hand");
        const QString action = chosen->second.action == QLatin1String("mask")     ? ObjectiveWords::tr("mask")
                               : chosen->second.action == QLatin1String("random") ? ObjectiveWords::tr("random")
                                                                                  : ObjectiveWords::tr("keep");
        out.cells.push_back(LaneCell{.text = drawn + QStringLiteral(" · ") + action, .tone = LaneTone::Note});
    }
    return out;
}

TokenLanes maskedLanes(const MaskedText &text, ObjectivePicture &picture)
{
    TokenLanes lanes;
    lanes.lanes.push_back(readsLane(text, picture));
    lanes.lanes.push_back(lane(ObjectiveWords::tr("must say"), text.targets, LaneTone::Asked));
    lanes.lanes.push_back(whyLane(text));
    return lanes;
}

std::size_t wanted(std::size_t candidates, double share)
{
    return std::max<std::size_t>(1, static_cast<std::size_t>(std::nearbyint(share * static_cast<double>(candidates))));
}

struct Counts {
    std::size_t mask = 0, random = 0, keep = 0;
    [[nodiscard]] std::size_t all() const { return mask + random + keep; }
};

Counts countsOf(const MaskingChoices &choices)
{
    Counts counts;
    for (const auto &[position, choice] : choices) {
        counts.mask += choice.action == QLatin1String("mask") ? 1 : 0;
        counts.random += choice.action == QLatin1String("random") ? 1 : 0;
        counts.keep += choice.action == QLatin1String("keep") ? 1 : 0;
    }
    return counts;
}

ObjectiveSection counters(const MaskedText &text)
{
    const Counts counts = countsOf(text.choices);
    const auto share = [](std::size_t part, std::size_t of) {
        return of > 0 ? static_cast<double>(part) / static_cast<double>(of) : 0.0;
    };
    const auto row = [&](const QString &label, std::size_t part, std::size_t of, double asked) {
        const QString number = ObjectiveWords::tr("%1 of %2 = %3").arg(part).arg(of).arg(shareText(share(part, of)));
        return ValueRow{.label = label,
                        .value = share(part, of),
                        .number = number,
                        .note = ObjectiveWords::tr("rule: %1").arg(shareText(asked))};
    };
    std::vector<ValueRow> rows{
        row(ObjectiveWords::tr("chosen"), counts.all(), text.candidates.size(), kChosenShare),
        row(ObjectiveWords::tr("masked"), counts.mask, counts.all(), 0.8),
        row(ObjectiveWords::tr("random word"), counts.random, counts.all(), 0.1),
        row(ObjectiveWords::tr("kept"), counts.keep, counts.all(), 0.1),
    };
    rows.front().isSelected = true;
    return {.title = ObjectiveWords::tr("Counted"),
            .hint = ObjectiveWords::tr("few words, so the shares jump; over a corpus they settle"),
            .picture = std::move(rows),
            .largest = 1.0};
}

MaskedText maskedText(const engine::ObjectiveCase &entry, const ObjectiveScene &scene)
{
    const FieldReader given(entry.given);
    const FieldReader choices(entry.choices);
    const FieldReader expected(entry.expected);
    const auto candidates = given.numbers("candidates");
    return {.input = expected.row("input"),
            .targets = expected.row("targets"),
            .choices = maskingChoices(choices, "masking"),
            .candidates = {candidates.begin(), candidates.end()},
            .forced = forcedPositions(scene.request)};
}

StripText maskingSummary(const MaskedText &text)
{
    const Counts counts = countsOf(text.choices);
    const auto due = wanted(text.candidates.size(), kChosenShare);
    return {ObjectiveWords::tr("%1 of %2 words asked for").arg(counts.all()).arg(text.candidates.size()),
            ObjectiveWords::tr(
                "15 % would be %1. %2 masked, %3 replaced, %4 kept. Click a word to choose it or to leave it "
                "alone.")
                .arg(due)
                .arg(counts.mask)
                .arg(counts.random)
                .arg(counts.keep)};
}

// Two rows of notes under the words: where each counts from, and its language.
void addLanguages(const FieldReader &expected, TokenLanes &lanes)
{
    Lane places = lane(ObjectiveWords::tr("position"), expected.row("positions"), LaneTone::Note);
    Lane languages = lane(ObjectiveWords::tr("language"), expected.row("languages"), LaneTone::Note);
    std::map<QString, std::size_t> parts;
    for (std::size_t i = 0; i < languages.cells.size(); ++i) {
        if (!languages.cells[i])
            continue;
        const auto part = parts.emplace(languages.cells[i]->text, parts.size()).first->second;
        languages.cells[i]->tone = LaneTone::Plain;
        languages.cells[i]->fill = partColour(part);
    }
    lanes.lanes.push_back(std::move(places));
    lanes.lanes.push_back(std::move(languages));
}

} // namespace

ObjectivePicture maskingPicture(const ObjectiveScene &scene)
{
    ObjectivePicture picture;
    const MaskedText text = maskedText(scene.answer.result.cases.front(), scene);
    picture.summary = maskingSummary(text);
    picture.sections.push_back({.title = ObjectiveWords::tr("Masked words"),
                                .hint = ObjectiveWords::tr("what it reads, what it must say, and why"),
                                .picture = maskedLanes(text, picture)});
    picture.sections.push_back(counters(text));
    return picture;
}

ObjectivePicture languagesPicture(const ObjectiveScene &scene)
{
    ObjectivePicture picture;
    for (const engine::ObjectiveCase &entry : scene.answer.result.cases) {
        const FieldReader expected(entry.expected);
        ObjectiveSection section;
        TokenLanes lanes;
        if (entry.name == "clm") {
            section.title = ObjectiveWords::tr("CLM");
            section.hint = ObjectiveWords::tr("each word from those before it");
            lanes = decoderLanes(expected.row("input"), expected.row("targets"));
        } else {
            const MaskedText text = maskedText(entry, scene);
            const bool isPair = entry.name == "tlm";
            section.title = isPair ? ObjectiveWords::tr("TLM") : ObjectiveWords::tr("MLM");
            section.hint = isPair ? ObjectiveWords::tr("a sentence and its translation: each may help the other")
                                  : ObjectiveWords::tr("masked words, one language");
            lanes = maskedLanes(text, picture);
            picture.summary = maskingSummary(text);
            picture.summary.text =
                ObjectiveWords::tr("More than BERT's 15 % here, so that something is hidden on both sides. "
                                   "Every word carries an embedding of its language; positions begin "
                                   "again in the translation.");
        }
        addLanguages(expected, lanes);
        section.picture = std::move(lanes);
        picture.sections.push_back(std::move(section));
    }
    if (!scene.request.textPair)
        picture.sections.push_back(
            {.title = ObjectiveWords::tr("TLM"),
             .text = ObjectiveWords::tr("Type a translation above to see both texts in one input.")});
    return picture;
}

ObjectivePicture replacedPicture(const ObjectiveScene &scene)
{
    ObjectivePicture picture;
    const engine::ObjectiveCase &entry = scene.answer.result.cases.front();
    const FieldReader expected(entry.expected);
    const ObjectiveRow tokens = FieldReader(entry.given).row("tokens");
    const auto positions = FieldReader(entry.choices).numbers("positions");
    const std::set<std::size_t> chosen(positions.begin(), positions.end());
    const auto forced = forcedPositions(scene.request);
    Lane text = lane(ObjectiveWords::tr("text"), tokens, LaneTone::Plain);
    Lane hidden = lane(ObjectiveWords::tr("generator reads"), expected.row("generator_input"), LaneTone::Plain);
    Lane filled = lane(ObjectiveWords::tr("discriminator reads"), expected.row("discriminator_input"), LaneTone::Plain);
    Lane labels{.title = ObjectiveWords::tr("it must say"), .cells = {}};
    const ObjectiveRow marks = expected.row("labels");
    std::size_t replaced = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const bool isReplaced = i < marks.size() && marks[i] == QLatin1String("1");
        const bool isChosen = chosen.contains(i);
        replaced += isReplaced ? 1 : 0;
        if (isSpecial(tokens[i].value_or(QString()))) {
            text.cells[i]->tone = hidden.cells[i]->tone = filled.cells[i]->tone = LaneTone::Special;
        } else {
            text.cells[i]->click = picture.add({ObjectiveClick::Kind::Position, i, isChosen});
            text.cells[i]->isForced = forced.contains(i);
            text.cells[i]->why = isChosen ? ObjectiveWords::tr("hidden from the generator; click to leave it alone")
                                          : ObjectiveWords::tr("shown to both; click to hide it from the generator");
        }
        if (isChosen) {
            hidden.cells[i]->tone = LaneTone::Masked;
            hidden.cells[i]->why = ObjectiveWords::tr("the generator fills this place with a sample of its own");
            filled.cells[i]->tone = isReplaced ? LaneTone::Changed : LaneTone::Chosen;
            filled.cells[i]->why =
                isReplaced ? ObjectiveWords::tr("sampled instead of “%1”").arg(tokens[i].value_or(QString()))
                           : ObjectiveWords::tr("the sample is the word itself: it counts as original");
        }
        labels.cells.push_back(
            LaneCell{.text = isReplaced ? ObjectiveWords::tr("replaced") : ObjectiveWords::tr("original"),
                     .tone = isReplaced ? LaneTone::Asked : LaneTone::Note});
    }
    TokenLanes lanes;
    lanes.lanes = {std::move(text), std::move(hidden),
                   lane(ObjectiveWords::tr("it must say"), expected.row("generator_targets"), LaneTone::Asked),
                   std::move(filled), std::move(labels)};
    picture.summary = {
        ObjectiveWords::tr("%1 hidden, %2 replaced").arg(chosen.size()).arg(replaced),
        ObjectiveWords::tr("The generator answers for %1 words, the discriminator for all %2: more is learned "
                           "from each text. Samples are drawn from a small list of words here.")
            .arg(chosen.size())
            .arg(tokens.size())};
    picture.sections.push_back({.title = ObjectiveWords::tr("Generator, then discriminator"),
                                .hint = ObjectiveWords::tr("one corrupts, the other tells"),
                                .picture = std::move(lanes)});
    return picture;
}

} // namespace ui
