// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/sampler_fields.h"

#include "engine/words.h"
#include "ui/state/texts.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <array>
#include <cmath>

namespace ui {

namespace {

using engine::GenerationOptions;
using engine::Tokenizer;

constexpr std::size_t kHistoryNodes = 4000; // of beams; what a person can look at

std::int64_t divisorUpTo(std::int64_t number, std::int64_t most)
{
    std::int64_t divisor = std::clamp<std::int64_t>(most, 1, number);
    while (number % divisor != 0)
        --divisor;
    return divisor;
}

void setBeams(GenerationOptions &options, double value)
{
    options.beams = std::llround(value);
    options.beamGroups = divisorUpTo(options.beams, options.beamGroups);
}

constexpr std::array kFields = {
    SamplerField{"temperature", QT_TRANSLATE_NOOP("ui::SamplerCard", "Temperature"), FieldGroup::Main,
                 FieldNeeds::Sampling, 0.1, 2.0, 0.05, 2, [](const GenerationOptions &o) { return o.temperature; },
                 [](GenerationOptions &o, double v) { o.temperature = v; }},
    SamplerField{"top-k", QT_TRANSLATE_NOOP("ui::SamplerCard", "Top-k"), FieldGroup::Main, FieldNeeds::Sampling, 0, 100,
                 1, 0, [](const GenerationOptions &o) { return static_cast<double>(o.topK); },
                 [](GenerationOptions &o, double v) { o.topK = std::llround(v); },
                 QT_TRANSLATE_NOOP("ui::SamplerCard", "off")},
    SamplerField{"top-p", QT_TRANSLATE_NOOP("ui::SamplerCard", "Top-p"), FieldGroup::Main, FieldNeeds::Sampling, 0.05,
                 1.0, 0.01, 2, [](const GenerationOptions &o) { return o.topP; },
                 [](GenerationOptions &o, double v) { o.topP = v; }},
    SamplerField{"repetition", QT_TRANSLATE_NOOP("ui::SamplerCard", "Repetition"), FieldGroup::Main,
                 FieldNeeds::Nothing, 1.0, 2.0, 0.05, 2, [](const GenerationOptions &o) { return o.repetitionPenalty; },
                 [](GenerationOptions &o, double v) { o.repetitionPenalty = v; }},
    SamplerField{"beams", QT_TRANSLATE_NOOP("ui::SamplerCard", "Beams"), FieldGroup::Main, FieldNeeds::Nothing, 1, 8, 1,
                 0, [](const GenerationOptions &o) { return static_cast<double>(o.beams); }, &setBeams},
    SamplerField{"new-tokens", QT_TRANSLATE_NOOP("ui::SamplerCard", "New tokens"), FieldGroup::Main,
                 FieldNeeds::Nothing, 1, 200, 1, 0,
                 [](const GenerationOptions &o) { return static_cast<double>(o.maxNewTokens); },
                 [](GenerationOptions &o, double v) { o.maxNewTokens = std::llround(v); }},
    SamplerField{"min-tokens", QT_TRANSLATE_NOOP("ui::SamplerCard", "At least"), FieldGroup::More, FieldNeeds::Nothing,
                 0, 100, 1, 0, [](const GenerationOptions &o) { return static_cast<double>(o.minNewTokens); },
                 [](GenerationOptions &o, double v) { o.minNewTokens = std::llround(v); },
                 QT_TRANSLATE_NOOP("ui::SamplerCard", "off")},
    SamplerField{"no-repeat", QT_TRANSLATE_NOOP("ui::SamplerCard", "No n-gram twice"), FieldGroup::More,
                 FieldNeeds::Nothing, 0, 8, 1, 0,
                 [](const GenerationOptions &o) { return static_cast<double>(o.noRepeatNgram); },
                 [](GenerationOptions &o, double v) { o.noRepeatNgram = std::llround(v); },
                 QT_TRANSLATE_NOOP("ui::SamplerCard", "off")},
    SamplerField{"samples", QT_TRANSLATE_NOOP("ui::SamplerCard", "Samples"), FieldGroup::More,
                 FieldNeeds::SamplingWithoutBeams, 1, 8, 1, 0,
                 [](const GenerationOptions &o) { return static_cast<double>(o.returnSequences); },
                 [](GenerationOptions &o, double v) { o.returnSequences = std::llround(v); }},
    SamplerField{"length-penalty", QT_TRANSLATE_NOOP("ui::SamplerCard", "Length penalty"), FieldGroup::More,
                 FieldNeeds::Beams, -1.0, 3.0, 0.1, 1, [](const GenerationOptions &o) { return o.lengthPenalty; },
                 [](GenerationOptions &o, double v) { o.lengthPenalty = v; }},
    SamplerField{"groups", QT_TRANSLATE_NOOP("ui::SamplerCard", "Beam groups"), FieldGroup::More, FieldNeeds::Beams, 1,
                 8, 1, 0, [](const GenerationOptions &o) { return static_cast<double>(o.beamGroups); },
                 [](GenerationOptions &o, double v) { o.beamGroups = divisorUpTo(o.beams, std::llround(v)); }},
    SamplerField{"diversity", QT_TRANSLATE_NOOP("ui::SamplerCard", "Diversity"), FieldGroup::More, FieldNeeds::Beams,
                 0.0, 4.0, 0.1, 1, [](const GenerationOptions &o) { return o.diversityPenalty; },
                 [](GenerationOptions &o, double v) { o.diversityPenalty = v; }},
};

std::vector<std::string> piecesOf(const QString &text)
{
    std::vector<std::string> pieces;
    for (QString piece : text.split(QLatin1Char('|'), Qt::SkipEmptyParts)) {
        piece.replace(QStringLiteral("\\n"), QStringLiteral("\n"));
        pieces.push_back(toUtf8(piece));
    }
    return pieces;
}

QString joinedPieces(QStringList pieces)
{
    pieces.removeDuplicates();
    return pieces.join(QLatin1Char('|')).replace(QLatin1Char('\n'), QStringLiteral("\\n"));
}

QString nameOf(std::optional<std::int64_t> id, const Tokenizer &tokenizer)
{
    return id ? fromUtf8(tokenizer.token(*id)) : QString();
}

std::optional<std::int64_t> tokenOf(const QString &name, const Tokenizer &tokenizer)
{
    const QString text = name.trimmed();
    return text.isEmpty() ? std::nullopt : std::optional(engine::namedToken(tokenizer, toUtf8(text)));
}

constexpr std::array kWords = {
    SamplerWords{"bad-words", QT_TRANSLATE_NOOP("ui::SamplerCard", "Never"),
                 QT_TRANSLATE_NOOP("ui::SamplerCard", "words, set apart by |"),
                 [](const GenerationOptions &o, const Tokenizer &tokenizer) {
                     QStringList words;
                     for (const auto &ids : o.badWords)
                         words << fromUtf8(tokenizer.decode(ids, {})).trimmed();
                     return joinedPieces(words);
                 },
                 [](GenerationOptions &o, const QString &text, const Tokenizer &tokenizer) {
                     o.badWords.clear();
                     for (const std::string &word : piecesOf(text))
                         for (auto &ids : engine::spellings(tokenizer, fromUtf8(word).trimmed().toStdString()))
                             o.badWords.push_back(std::move(ids));
                 }},
    SamplerWords{"stop", QT_TRANSLATE_NOOP("ui::SamplerCard", "Stop at"),
                 QT_TRANSLATE_NOOP("ui::SamplerCard", "strings, set apart by | ; \\n is a new line"),
                 [](const GenerationOptions &o, const Tokenizer &) {
                     QStringList strings;
                     for (const std::string &string : o.stopStrings)
                         strings << fromUtf8(string);
                     return joinedPieces(strings);
                 },
                 [](GenerationOptions &o, const QString &text, const Tokenizer &) { o.stopStrings = piecesOf(text); }},
    SamplerWords{
        "first-token", QT_TRANSLATE_NOOP("ui::SamplerCard", "First token"),
        QT_TRANSLATE_NOOP("ui::SamplerCard", "after the one that a row starts with"),
        [](const GenerationOptions &o, const Tokenizer &tokenizer) { return nameOf(o.forcedFirstToken, tokenizer); },
        [](GenerationOptions &o, const QString &text, const Tokenizer &tokenizer) {
            o.forcedFirstToken = tokenOf(text, tokenizer);
        }},
    SamplerWords{
        "last-token", QT_TRANSLATE_NOOP("ui::SamplerCard", "Last token"),
        QT_TRANSLATE_NOOP("ui::SamplerCard", "where the length ends a row"),
        [](const GenerationOptions &o, const Tokenizer &tokenizer) { return nameOf(o.forcedLastToken, tokenizer); },
        [](GenerationOptions &o, const QString &text, const Tokenizer &tokenizer) {
            o.forcedLastToken = tokenOf(text, tokenizer);
        }},
};

} // namespace

std::span<const SamplerField> samplerFields()
{
    return kFields;
}

std::span<const SamplerWords> samplerWords()
{
    return kWords;
}

QString samplerText(const char *text)
{
    return QCoreApplication::translate("ui::SamplerCard", text);
}

bool isNeedMet(FieldNeeds needs, const GenerationOptions &options)
{
    switch (needs) {
    case FieldNeeds::Nothing:
        return true;
    case FieldNeeds::Sampling:
        return options.sample;
    case FieldNeeds::Beams:
        return options.beams > 1;
    case FieldNeeds::SamplingWithoutBeams:
        return options.sample && options.beams == 1;
    }
    return true;
}

GenerationOptions searchOptions(GenerationOptions options)
{
    if (options.sample || options.beams == 1)
        options.beamGroups = 1;
    else
        options.beamGroups = divisorUpTo(options.beams, options.beamGroups);
    if (options.beams > 1) {
        options.returnSequences = options.beams;
        options.beamHistory = kHistoryNodes;
    } else if (!options.sample) {
        options.returnSequences = 1;
    }
    options.minNewTokens = std::min(options.minNewTokens, options.maxNewTokens);
    return options;
}

} // namespace ui
