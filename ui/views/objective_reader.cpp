// SPDX-License-Identifier: GPL-3.0-or-later
// What the makers of objective pictures share, and the table of them.
#include "ui/views/objective_pictures.h"

#include "ui/state/texts.h"

#include <algorithm>
#include <array>

namespace ui {

namespace {

ObjectiveRow toQt(const std::vector<std::optional<std::string>> &row)
{
    ObjectiveRow out;
    out.reserve(row.size());
    for (const auto &cell : row)
        out.push_back(cell ? std::optional(fromUtf8(*cell)) : std::nullopt);
    return out;
}

} // namespace

std::span<const ObjectiveKind> objectiveKinds()
{
    static constexpr std::array kKinds{
        ObjectiveKind{"next-word", nextWordPicture},
        ObjectiveKind{"xlnet-permutation", orderPicture},
        ObjectiveKind{"bert-masking", maskingPicture},
        ObjectiveKind{"bert-next-sentence", sentencePairPicture},
        ObjectiveKind{"albert-sentence-order", sentencePairPicture},
        ObjectiveKind{"roberta-masking", epochsPicture},
        ObjectiveKind{"distilbert-losses", lossesPicture},
        ObjectiveKind{"xlm", languagesPicture},
        ObjectiveKind{"electra", replacedPicture},
        ObjectiveKind{"bart-noise", noisePicture},
        ObjectiveKind{"pegasus-gap-sentences", gapPicture},
        ObjectiveKind{"t5-span-corruption", sentinelPicture},
        ObjectiveKind{"mbart-denoising", denoisingPicture},
        ObjectiveKind{"prophetnet-future-ngram", ngramPicture},
    };
    return kKinds;
}

const ObjectiveKind *objectiveKind(std::string_view id)
{
    const auto all = objectiveKinds();
    const auto found = std::ranges::find(all, id, &ObjectiveKind::id);
    return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> objectivesWithPictures()
{
    std::vector<std::string> ids;
    for (const ObjectiveKind &kind : objectiveKinds())
        ids.emplace_back(kind.id);
    return ids;
}

const engine::ObjectiveField *FieldReader::find(const std::string &name) const
{
    const auto found = std::ranges::find(m_fields, name, &engine::ObjectiveField::name);
    return found == m_fields.end() ? nullptr : &*found;
}

ObjectiveRow FieldReader::row(const std::string &name) const
{
    const engine::ObjectiveField *field = find(name);
    return field != nullptr && !field->rows.empty() ? toQt(field->rows.front()) : ObjectiveRow();
}

std::vector<ObjectiveRow> FieldReader::rows(const std::string &name) const
{
    std::vector<ObjectiveRow> out;
    if (const engine::ObjectiveField *field = find(name))
        for (const auto &row : field->rows)
            out.push_back(toQt(row));
    return out;
}

QString FieldReader::cell(const std::string &name) const
{
    const ObjectiveRow only = row(name);
    return only.empty() ? QString() : only.front().value_or(QString());
}

std::vector<std::size_t> FieldReader::numbers(const std::string &name) const
{
    std::vector<std::size_t> out;
    for (const auto &cell : row(name))
        if (cell)
            out.push_back(cell->toULongLong());
    return out;
}

MaskingChoices maskingChoices(const FieldReader &choices, const std::string &prefix)
{
    MaskingChoices out;
    for (std::size_t i = 0;; ++i) {
        const std::string entry = prefix + "." + std::to_string(i) + ".";
        if (!choices.has(entry + "position"))
            return out;
        MaskingChoice &choice = out[choices.number(entry + "position")];
        choice.action = choices.cell(entry + "action");
        choice.token = choices.cell(entry + "token");
        choice.isForced = choices.cell(entry + "forced") == QLatin1String("true");
        if (choices.has(entry + "draw"))
            choice.draw = choices.real(entry + "draw");
    }
}

LaneTone toneOf(const MaskingChoice &choice)
{
    if (choice.action == QLatin1String("mask"))
        return LaneTone::Masked;
    return choice.action == QLatin1String("random") ? LaneTone::Changed : LaneTone::Chosen;
}

QString whyOf(const MaskingChoice &choice)
{
    QString what = ObjectiveWords::tr("it stays, and must be said all the same");
    if (choice.action == QLatin1String("mask"))
        what = ObjectiveWords::tr("the mask takes its place");
    else if (choice.action == QLatin1String("random"))
        what = ObjectiveWords::tr("a random word takes its place: “%1”").arg(choice.token);
    if (choice.isForced || !choice.draw)
        return ObjectiveWords::tr("chosen by hand: %1").arg(what);
    const QString range = choice.action == QLatin1String("mask")     ? ObjectiveWords::tr("below 0.8")
                          : choice.action == QLatin1String("random") ? ObjectiveWords::tr("from 0.8 to 0.9")
                                                                     : ObjectiveWords::tr("0.9 or more");
    return ObjectiveWords::tr("chosen; drew %1, which is %2: %3").arg(*choice.draw, 0, 'f', 4).arg(range, what);
}

QString shareText(double share)
{
    return QStringLiteral("%1 %").arg(QLocale().toString(share * 100.0, 'f', share > 0.0 && share < 0.1 ? 1 : 0));
}

Lane lane(const QString &title, const ObjectiveRow &words, LaneTone tone)
{
    Lane out{.title = title, .cells = {}};
    for (const auto &word : words)
        out.cells.push_back(word ? std::optional(LaneCell{.text = *word, .tone = tone}) : std::nullopt);
    return out;
}

std::set<std::size_t> forcedPositions(const engine::ObjectiveRequest &request)
{
    std::set<std::size_t> out;
    for (const engine::ForcedChoice &choice : request.forced)
        if (!choice.action.ends_with("gap"))
            out.insert(choice.position);
    return out;
}

QColor partColour(std::size_t part)
{
    // Okabe and Ito, 2008; towards the card, so that the text stays what is read.
    static const std::array<QColor, 6> kColours{QColor(0x56, 0xb4, 0xe9), QColor(0xe6, 0x9f, 0x00),
                                                QColor(0x00, 0x9e, 0x73), QColor(0xcc, 0x79, 0xa7),
                                                QColor(0xf0, 0xe4, 0x42), QColor(0xd5, 0x5e, 0x00)};
    const QColor &colour = kColours[part % kColours.size()];
    const QColor card = Theme::current().card;
    const auto between = [](float from, float to) { return from + (to - from) * 0.35F; };
    return QColor::fromRgbF(between(card.redF(), colour.redF()), between(card.greenF(), colour.greenF()),
                            between(card.blueF(), colour.blueF()));
}

const engine::ObjectiveCase &caseNamed(const ObjectiveScene &scene, std::string_view name)
{
    const auto &cases = scene.answer.result.cases;
    const auto found = std::ranges::find(cases, name, &engine::ObjectiveCase::name);
    return found == cases.end() ? cases.front() : *found;
}

TokenLanes decoderLanes(const ObjectiveRow &reads, const ObjectiveRow &says)
{
    TokenLanes lanes;
    lanes.lanes.push_back(lane(ObjectiveWords::tr("reads"), reads, LaneTone::Plain));
    if (!lanes.lanes.front().cells.empty() && lanes.lanes.front().cells.front())
        lanes.lanes.front().cells.front()->tone = LaneTone::Special;
    lanes.lanes.push_back(lane(ObjectiveWords::tr("must say"), says, LaneTone::Asked));
    return lanes;
}

ObjectiveRow shifted(const QString &start, const ObjectiveRow &targets)
{
    ObjectiveRow out{start};
    for (std::size_t i = 0; i + 1 < targets.size(); ++i)
        out.push_back(targets[i]);
    return out;
}

} // namespace ui
