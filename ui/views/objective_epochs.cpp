// SPDX-License-Identifier: GPL-3.0-or-later
// A text that is seen again and again: RoBERTa's masks change, BERT's are those of a few copies.
#include "ui/views/objective_pictures.h"

#include <algorithm>

namespace ui {

namespace {

Square squareOf(const MaskingChoice &choice)
{
    const Theme &theme = Theme::current();
    Square square{.fill = theme.accent, .glyph = QStringLiteral("M")};
    if (choice.action == QLatin1String("random")) {
        square.fill = theme.warning;
        square.glyph = QStringLiteral("R");
    } else if (choice.action == QLatin1String("keep")) {
        square.fill = theme.accentGround;
        square.glyph = QStringLiteral("=");
    }
    square.isForced = choice.isForced;
    square.why = whyOf(choice);
    return square;
}

struct Seen {
    Squares squares;
    std::set<std::size_t> asked; // positions that some epoch asked for
};

// One row an epoch; `copies` says which list of choices each epoch has.
struct Epochs {
    std::string prefix; // of the choices: "epochs", "masks"
    std::vector<std::size_t> copies;
};

Seen seenIn(const engine::ObjectiveCase &entry, const Epochs &epochs, ObjectivePicture &picture)
{
    Seen out;
    const FieldReader given(entry.given);
    const FieldReader choices(entry.choices);
    const ObjectiveRow tokens = given.row("tokens");
    const auto candidates = given.numbers("candidates");
    for (const std::size_t position : candidates)
        out.squares.labels.columns.push_back(tokens[position].value_or(QString()));
    for (std::size_t epoch = 0; epoch < epochs.copies.size(); ++epoch) {
        const auto chosen = maskingChoices(choices, epochs.prefix + "." + std::to_string(epochs.copies[epoch]));
        out.squares.labels.rows.push_back(ObjectiveWords::tr("epoch %1").arg(epoch + 1));
        std::vector<Square> row;
        for (const std::size_t position : candidates) {
            const auto found = chosen.find(position);
            Square square = found == chosen.end() ? Square{.fill = Theme::current().chip,
                                                           .why = ObjectiveWords::tr("not asked for in this epoch")}
                                                  : squareOf(found->second);
            square.click = picture.add({ObjectiveClick::Kind::Position, position, found != chosen.end()});
            if (found != chosen.end())
                out.asked.insert(position);
            row.push_back(std::move(square));
        }
        out.squares.rows.push_back(std::move(row));
    }
    return out;
}

// Whole sentences in inputs of a certain length.
ObjectiveSection packing(const engine::ObjectiveCase &entry)
{
    const FieldReader given(entry.given);
    const FieldReader expected(entry.expected);
    TokenLanes lanes;
    const auto addInput = [&](const std::vector<ObjectiveRow> &parts) {
        Lane row{.title = ObjectiveWords::tr("input %1").arg(lanes.lanes.size() + 1), .cells = {}};
        for (const ObjectiveRow &part : parts) {
            if (part.size() < 2) {
                row.cells.push_back(LaneCell{.text = QStringLiteral("</s>"), .tone = LaneTone::Special});
                continue;
            }
            const auto document = part[0].value_or(QString()).toULongLong();
            row.cells.push_back(LaneCell{.text = ObjectiveWords::tr("text %1, sentence %2")
                                                     .arg(document + 1)
                                                     .arg(part[1].value_or(QString()).toULongLong() + 1),
                                         .fill = partColour(document)});
        }
        lanes.lanes.push_back(std::move(row));
    };
    for (std::size_t i = 0; expected.has("inputs." + std::to_string(i)); ++i)
        addInput(expected.rows("inputs." + std::to_string(i)));
    if (lanes.lanes.empty())
        addInput(expected.rows("inputs"));
    return {.title = ObjectiveWords::tr("Packing"),
            .hint = ObjectiveWords::tr("inputs of %1 words here, 512 tokens in the paper").arg(given.cell("longest")),
            .text =
                ObjectiveWords::tr("Whole sentences fill an input, across texts; there is no next-sentence objective."),
            .picture = std::move(lanes)};
}

} // namespace

ObjectivePicture epochsPicture(const ObjectiveScene &scene)
{
    ObjectivePicture picture;
    const engine::ObjectiveCase &changing = caseNamed(scene, "dynamic");
    const engine::ObjectiveCase &fixed = caseNamed(scene, "static");
    std::vector<std::size_t> all;
    for (std::size_t i = 0; FieldReader(changing.expected).has("epochs." + std::to_string(i) + ".input"); ++i)
        all.push_back(i);
    std::vector<std::size_t> copies = FieldReader(fixed.expected).numbers("mask_of_epoch");
    const std::size_t shared = std::min(all.size(), copies.size()); // as many of each, to compare
    copies.resize(shared);
    all.resize(shared);
    const Seen dynamic = seenIn(changing, {.prefix = "epochs", .copies = all}, picture);
    const Seen fixedOnes = seenIn(fixed, {.prefix = "masks", .copies = copies}, picture);
    const auto words = dynamic.squares.labels.columns.size();
    const auto asked = [&](const Seen &seen) {
        return ObjectiveWords::tr("%1 of %2 words asked for").arg(seen.asked.size()).arg(words);
    };
    QStringList turns;
    for (const std::size_t copy : copies)
        turns << QString::number(copy + 1);
    picture.summary = {
        ObjectiveWords::tr("The same text in %1 epochs").arg(shared),
        ObjectiveWords::tr("M masked, R another word, = kept but asked for. Changing masks ask for %1 words, "
                           "those of a few copies for %2.")
            .arg(dynamic.asked.size())
            .arg(fixedOnes.asked.size())};
    picture.sections.push_back(
        {.title = ObjectiveWords::tr("Dynamic: RoBERTa"), .hint = asked(dynamic), .picture = dynamic.squares});
    picture.sections.push_back(
        {.title = ObjectiveWords::tr("Static: BERT"),
         .hint = ObjectiveWords::tr("%1; copies %2").arg(asked(fixedOnes), turns.join(QLatin1Char(' '))),
         .picture = fixedOnes.squares});
    picture.sections.push_back(packing(caseNamed(scene, "packing")));
    return picture;
}

} // namespace ui
