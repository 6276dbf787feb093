// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/pipeline.h"

#include "engine/error.h"
#include "text/strings.h"
#include "text/unicode.h"

#include <algorithm>
#include <unordered_map>

namespace engine::text {

namespace {

// Words of one text and their pieces: most words of a long text come again.
class WordCache {
public:
    explicit WordCache(const SubwordModel &model) : m_model(model) {}

    [[nodiscard]] const std::vector<Piece> &pieces(std::span<const Character> word)
    {
        if (word.size() > kLongestWord || m_words.size() >= kMostWords) {
            m_uncached.clear();
            m_model.tokenize(word, m_uncached);
            return m_uncached;
        }
        const auto [found, isNew] = m_words.try_emplace(plain(word));
        if (isNew)
            m_model.tokenize(word, found->second);
        return found->second;
    }

private:
    static constexpr std::size_t kLongestWord = 64;
    static constexpr std::size_t kMostWords = std::size_t{1} << 16;

    const SubwordModel &m_model;
    std::unordered_map<std::u32string, std::vector<Piece>> m_words;
    std::vector<Piece> m_uncached;
};

Offset offsetOf(std::span<const Character> characters)
{
    return {.begin = characters.front().begin, .end = characters.back().end};
}

TextToken::Spaces spacesAround(std::span<const Character> characters)
{
    const auto isLetter = [](const Character &c) { return !isWhiteSpace(c.value); };
    const auto before = std::ranges::find_if(characters, isLetter) - characters.begin();
    const auto after = std::find_if(characters.rbegin(), characters.rend(), isLetter) - characters.rbegin();
    return {.before = before, .after = after};
}

struct Token {
    std::int64_t id = 0;
    std::span<const Character> characters; // what it stands for
    std::span<const Character> word = {};  // that it is a piece of; empty: it is a token of its own
    Piece piece = {};
    bool isCutOut = false; // a special or added token
};

} // namespace

PipelineTokenizer::PipelineTokenizer(Pipeline pipeline) : m_pipeline(std::move(pipeline))
{
    for (const auto &[id, token] : m_pipeline.added)
        m_addedIds.emplace(token, id);
}

std::string_view PipelineTokenizer::text(std::int64_t id) const
{
    const auto found = m_pipeline.added.find(id);
    return found != m_pipeline.added.end() ? std::string_view(found->second) : m_pipeline.vocabulary->token(id);
}

std::optional<std::int64_t> PipelineTokenizer::id(std::string_view token) const
{
    const auto found = m_addedIds.find(token);
    return found != m_addedIds.end() ? std::optional(found->second) : m_pipeline.vocabulary->id(token);
}

std::int64_t PipelineTokenizer::size() const
{
    return m_pipeline.vocabulary->size() + static_cast<std::int64_t>(m_pipeline.added.size());
}

const std::map<std::string, std::int64_t, std::less<>> &PipelineTokenizer::specialTokens() const
{
    return m_pipeline.special;
}

const std::vector<std::string> &PipelineTokenizer::modelInputNames() const
{
    return m_pipeline.settings.modelInputNames;
}

std::optional<std::int64_t> PipelineTokenizer::modelMaxLength() const
{
    return m_pipeline.settings.modelMaxLength;
}

std::string PipelineTokenizer::display(std::int64_t id) const
{
    if (m_pipeline.added.contains(id) || m_pipeline.specialIds.contains(id))
        return token(id);
    return m_pipeline.model->display(text(id));
}

const PreTokenizer *PipelineTokenizer::chosenSteps(const EncodeOptions &options) const
{
    if (options.wordsAreGiven) {
        if (!m_pipeline.givenWords)
            failArgument("this tokenizer (" + kind() + ") does not take words that are split already");
        return m_pipeline.givenWords.get();
    }
    if (!options.sourceLanguage || m_pipeline.languages.empty())
        return nullptr;
    const auto found = m_pipeline.languages.find(*options.sourceLanguage);
    if (found != m_pipeline.languages.end())
        return found->second.get();
    std::string known;
    for (const auto &[language, steps] : m_pipeline.languages)
        known += (known.empty() ? "" : ", ") + language;
    failArgument("the language is \"" + *options.sourceLanguage + "\", expected one of " + known);
}

template <typename Use>
void PipelineTokenizer::forEachToken(std::string_view text, const EncodeOptions &options, Use use) const
{
    const bool hasOwnSide = options.isTarget && m_pipeline.target;
    WordCache cache(hasOwnSide ? *m_pipeline.target->model : *m_pipeline.model);
    const PreTokenizer *chosen = chosenSteps(options);
    const PreTokenizer &usual = hasOwnSide ? *m_pipeline.target->preTokenizer : *m_pipeline.preTokenizer;
    NormalizedText whole = alignedText(decodeUtf8(text));
    std::vector<Segment> segments;
    if (chosen == nullptr)
        segments = m_pipeline.segmenter->cut(std::move(whole));
    else if (!whole.empty())
        segments.push_back({.text = std::move(whole)});
    for (Segment &segment : segments) {
        if (segment.id) {
            use(Token{.id = *segment.id, .characters = segment.text, .isCutOut = true});
            continue;
        }
        for (const Word &word : (chosen != nullptr ? *chosen : usual).split(segment.text)) {
            const std::span<const Character> characters =
                std::span(segment.text).subspan(word.begin, word.end - word.begin);
            if (word.isWhole) {
                const std::optional<std::int64_t> found = id(utf8(characters));
                if (!found && !m_pipeline.unknown)
                    continue;
                use(Token{.id = found ? *found : *m_pipeline.unknown, .characters = characters});
                continue;
            }
            for (const Piece &piece : cache.pieces(characters))
                use(Token{.id = piece.id,
                          .characters = characters.subspan(piece.begin, piece.end - piece.begin),
                          .word = characters,
                          .piece = piece});
        }
    }
}

TextTokens PipelineTokenizer::tokenize(std::string_view text, const EncodeOptions &options) const
{
    TextTokens tokens;
    forEachToken(text, options, [&](const Token &token) {
        tokens.push_back({.id = token.id, .offset = offsetOf(token.characters)});
        if (token.isCutOut)
            tokens.back().spaces = spacesAround(token.characters);
    });
    return tokens;
}

std::vector<std::string> PipelineTokenizer::pieces(std::string_view text, const EncodeOptions &options) const
{
    std::vector<std::string> pieces;
    forEachToken(text, options, [&](const Token &token) {
        const bool isUnknown = m_pipeline.unknown == token.id && !token.isCutOut;
        if (!isUnknown)
            pieces.emplace_back(this->text(token.id));
        else
            pieces.push_back(token.word.empty() ? utf8(token.characters)
                                                : m_pipeline.model->spelling(token.word, token.piece));
    });
    return pieces;
}

Truncated PipelineTokenizer::truncated(Sequences sequences, const EncodeOptions &options) const
{
    if (options.maxLength && *options.maxLength < 1)
        failArgument("the maximum length is " + std::to_string(*options.maxLength) + ", expected at least 1");
    const std::optional<std::int64_t> limit =
        options.maxLength ? options.maxLength : m_pipeline.settings.modelMaxLength;
    if (options.truncation == Truncation::None || !limit)
        return {.kept = std::move(sequences)};
    const std::int64_t special = options.addSpecialTokens ? m_pipeline.postProcessor.specialTokens(sequences) : 0;
    const TruncationRequest request = {.room = *limit - special,
                                       .strategy = options.truncation,
                                       .side = options.truncationSide,
                                       .returnsOverflow = options.returnsOverflow,
                                       .stride = options.stride};
    return m_pipeline.behaviour == Behaviour::Legacy ? truncateLikeLegacy(std::move(sequences), request)
                                                     : truncateLikeJson(std::move(sequences), request);
}

std::optional<std::int64_t> PipelineTokenizer::language(const EncodeOptions &options) const
{
    if (!m_pipeline.languageCodes) {
        if (options.targetLanguage || (options.sourceLanguage && m_pipeline.languages.empty()))
            failArgument("this tokenizer (" + kind() + ") knows no languages to choose from");
        return std::nullopt;
    }
    const LanguageCodes &languages = *m_pipeline.languageCodes;
    const std::optional<std::string> &asked = options.isTarget ? options.targetLanguage : options.sourceLanguage;
    const std::optional<std::string> &own = options.isTarget ? languages.target : languages.source;
    const std::string side = options.isTarget ? "target" : "source";
    if (!asked && !own)
        failArgument("this tokenizer needs a " + side + " language");
    const std::string &code = asked ? *asked : *own;
    const auto found = languages.ids.find(code);
    if (found != languages.ids.end())
        return found->second;
    std::string known;
    for (const auto &[name, id] : languages.ids)
        known += (known.empty() ? "" : ", ") + name;
    failArgument("the " + side + " language is \"" + code + "\", expected one of " + known);
}

Encoding PipelineTokenizer::encode(std::string_view text, const std::optional<std::string> &pair,
                                   const EncodeOptions &options) const
{
    const std::optional<std::int64_t> languageId = language(options);
    Sequences sequences = {.first = tokenize(text, options)};
    // The Rust classes take an empty second text for none.
    if (pair && (m_pipeline.behaviour == Behaviour::Legacy || !pair->empty()))
        sequences.second = tokenize(*pair, options);
    Truncated cut = truncated(std::move(sequences), options);
    const PostProcessor::Options assembly = {.addsSpecialTokens = options.addSpecialTokens,
                                             .token = [this](std::int64_t id) { return this->text(id); },
                                             .language = languageId};
    Encoding encoding = m_pipeline.postProcessor.assemble(std::move(cut.kept), assembly);
    encoding.removedByTruncation = cut.removedCount;
    addOverflow(encoding, cut, assembly);
    return encoding;
}

void PipelineTokenizer::addOverflow(Encoding &encoding, Truncated &truncated,
                                    const PostProcessor::Options &options) const
{
    for (Sequences &window : truncated.windows)
        encoding.overflow.push_back(m_pipeline.postProcessor.assemble(std::move(window), options));
    if (!truncated.removed)
        return;
    Encoding removed = PostProcessor().assemble({.first = std::move(*truncated.removed)},
                                                {.addsSpecialTokens = false, .token = options.token});
    removed.sequence.assign(removed.size(), truncated.removedFrom);
    removed.typeIds.assign(removed.size(), truncated.removedFrom);
    encoding.overflow.push_back(std::move(removed));
}

std::string PipelineTokenizer::decode(std::span<const std::int64_t> ids, const DecodeOptions &options) const
{
    std::string text = m_pipeline.behaviour == Behaviour::Legacy ? decodeLegacy(ids, options.skipSpecialTokens)
                                                                 : decodeJson(ids, options.skipSpecialTokens);
    return options.cleanUpSpaces.value_or(m_pipeline.settings.cleansUp) ? cleanedUp(std::move(text)) : text;
}

// Runs of vocabulary tokens are decoded together; added tokens stand between them, apart by a space.
std::string PipelineTokenizer::decodeLegacy(std::span<const std::int64_t> ids, bool skipsSpecial) const
{
    std::string out;
    bool isFirst = true;
    const auto add = [&](std::string_view part) {
        if (!isFirst)
            out += ' ';
        out += part;
        isFirst = false;
    };
    std::vector<std::string_view> run;
    const auto flush = [&] {
        if (!run.empty())
            add(m_pipeline.decoder->decode(run));
        run.clear();
    };
    for (const std::int64_t id : ids) {
        if (skipsSpecial && m_pipeline.specialIds.contains(id))
            continue;
        if (const auto added = m_pipeline.added.find(id); added != m_pipeline.added.end()) {
            flush();
            add(added->second);
            continue;
        }
        std::string_view token = text(id);
        if (token.empty() && m_pipeline.unknown)
            token = text(*m_pipeline.unknown);
        if (!token.empty())
            run.push_back(token);
    }
    flush();
    return out;
}

std::string PipelineTokenizer::decodeJson(std::span<const std::int64_t> ids, bool skipsSpecial) const
{
    std::vector<std::string_view> tokens;
    for (const std::int64_t id : ids) {
        const std::string_view token = text(id);
        if (!token.empty() && !(skipsSpecial && m_pipeline.specialIds.contains(id)))
            tokens.push_back(token);
    }
    return m_pipeline.decoder->decode(tokens);
}

} // namespace engine::text
