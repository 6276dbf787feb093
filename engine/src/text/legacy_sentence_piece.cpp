// SPDX-License-Identifier: GPL-3.0-or-later
// spiece.model and its relatives, as the Python classes read them.
#include "text/legacy.h"

#include "engine/error.h"
#include "text/builders.h"
#include "text/language_code.h"
#include "text/python_cleaner.h"
#include "text/sentence_piece.h"
#include "text/sentence_piece_file.h"
#include "text/sentence_piece_normalizer.h"
#include "text/unicode.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace engine::text {

namespace {

using FilePointer = std::shared_ptr<const SentencePieceFile>;

constexpr std::int64_t kMostExtraTokens = 1 << 20;

// A whole text, rewritten by one normaliser after the other, as one word.
class RewrittenText final : public PreTokenizer {
public:
    explicit RewrittenText(std::vector<std::shared_ptr<const Normalizer>> parts) : m_parts(std::move(parts)) {}

    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override
    {
        for (const auto &part : m_parts)
            part->apply(text);
        if (text.empty())
            return {};
        return {{.begin = 0, .end = text.size()}};
    }

private:
    std::vector<std::shared_ptr<const Normalizer>> m_parts;
};

// Ids of the class: tokens in front, the model's pieces moved up by an offset, tokens behind. The class's own tokens
// win where they meet pieces.
struct Layout {
    std::vector<std::string> first = {}; // "": no token of the class
    std::int64_t offset = 0;
    std::vector<std::string> last = {};
};

std::shared_ptr<const Vocabulary> vocabularyOf(const SentencePieceFile &file, const Layout &layout)
{
    std::vector<std::string> tokens = layout.first;
    const std::size_t end = file.pieces.size() + static_cast<std::size_t>(layout.offset);
    tokens.resize(std::max(tokens.size(), end));
    for (std::size_t at = 0; at < file.pieces.size(); ++at) {
        std::string &place = tokens[at + static_cast<std::size_t>(layout.offset)];
        if (place.empty())
            place = file.pieces[at].text;
    }
    tokens.insert(tokens.end(), layout.last.begin(), layout.last.end());
    std::map<std::string_view, std::size_t> seen;
    for (std::size_t id = 0; id < tokens.size(); ++id) {
        if (tokens[id].empty())
            continue;
        if (const auto [found, isNew] = seen.emplace(tokens[id], id); !isNew)
            failFile(file.file.string() + ": the token \"" + tokens[id] + "\" would have the ids " +
                     std::to_string(found->second) + " and " + std::to_string(id));
    }
    return std::make_shared<Vocabulary>(std::move(tokens));
}

void addSpecial(Settings &settings, const std::vector<std::string> &contents)
{
    for (const std::string &content : contents) {
        const bool isThere = std::ranges::any_of(
            settings.special, [&](const SpecialToken &special) { return special.token.content == content; });
        if (!isThere)
            settings.special.push_back({.name = {}, .token = {.content = content, .isSpecial = true, .isPlain = true}});
    }
}

std::vector<std::string> additionalTokens(const Settings &settings)
{
    std::vector<std::string> contents;
    for (const SpecialToken &special : settings.special)
        if (special.name.empty())
            contents.push_back(special.token.content);
    return contents;
}

const std::string &requiredContent(const std::filesystem::path &file, const Settings &settings, std::string_view name)
{
    const AddedToken *token = settings.find(name);
    if (token == nullptr)
        failFile(file.string() + ": the tokenizer has no " + std::string(name));
    return token->content;
}

// T5: <extra_id_0> has the last id.
Layout sentinelLayout(Settings &settings)
{
    constexpr std::int64_t kDefaultCount = 100;
    const std::int64_t count = settings.config.integer("extra_ids", kDefaultCount, 0, kMostExtraTokens);
    Layout layout;
    std::vector<std::string> sentinels;
    for (std::int64_t k = 0; k < count; ++k)
        sentinels.push_back("<extra_id_" + std::to_string(k) + ">");
    layout.last.assign(sentinels.rbegin(), sentinels.rend());
    addSpecial(settings, sentinels);
    return layout;
}

// Pegasus: padding, end, two masks, and tokens of the pretraining up to the offset.
Layout gapSentenceLayout(const std::filesystem::path &file, Settings &settings)
{
    constexpr std::int64_t kDefaultOffset = 103;
    const std::int64_t offset = settings.config.integer("offset", kDefaultOffset, 0, kMostExtraTokens);
    const bool hasSentenceMask =
        !settings.config.json().contains("mask_token_sent") || settings.config.has("mask_token_sent");
    const std::string sentenceMask = settings.config.text("mask_token_sent", "<mask_1>");
    std::vector<std::string> additional = additionalTokens(settings);
    const bool isStated = !additional.empty();
    if (hasSentenceMask && std::ranges::find(additional, sentenceMask) == additional.end())
        additional.insert(additional.begin(), sentenceMask);
    // The reference names what it fills up a stated list with by its place, and its own list from 2.
    for (std::int64_t k = isStated ? std::ssize(additional) : 2; k < offset - (isStated ? 1 : 0); ++k)
        additional.push_back("<unk_" + std::to_string(k) + ">");
    addSpecial(settings, additional);
    Layout layout = {
        .first = {requiredContent(file, settings, "pad_token"), requiredContent(file, settings, "eos_token")},
        .offset = offset};
    if (hasSentenceMask) {
        layout.first.push_back(sentenceMask);
        layout.first.push_back(requiredContent(file, settings, "mask_token"));
    }
    for (std::int64_t k = 1; k < offset - 1 && k < std::ssize(additional); ++k) {
        layout.first.resize(std::max(layout.first.size(), static_cast<std::size_t>(k) + 4));
        layout.first[static_cast<std::size_t>(k) + 3] = additional[static_cast<std::size_t>(k)];
    }
    return layout;
}

std::set<std::string, std::less<>> specialTexts(const Settings &settings)
{
    std::set<std::string, std::less<>> texts;
    for (const SpecialToken &special : settings.special)
        texts.insert(special.token.content);
    return texts;
}

FilePointer readFile(const std::filesystem::path &path)
{
    return std::make_shared<const SentencePieceFile>(readSentencePieceFile(path));
}

// Puts the pipeline of one directory together.
class Builder {
public:
    Builder(const std::filesystem::path &directory, const TokenizerSpec &spec,
            const LegacySentencePieceOptions &options)
        : m_directory(directory), m_spec(spec), m_options(options)
    {
        m_pipeline.settings = readSettings(directory, spec);
    }

    [[nodiscard]] Pipeline withOneModel()
    {
        const std::filesystem::path path = m_directory / m_spec.files.front();
        const FilePointer file = readFile(path);
        const Layout layout = layoutOf(path);
        addSpecial(m_pipeline.settings, m_spec.languages);
        m_pipeline.vocabulary = vocabularyOf(*file, layout);
        surround(path);
        m_pipeline.decoder = decoderOf(file);
        const auto normalizer = std::make_shared<SentencePieceNormalizer>(file);
        std::vector<std::shared_ptr<const Normalizer>> parts = {normalizer};
        if (m_options.cleansText)
            parts.insert(parts.begin(), cleaner());
        m_pipeline.preTokenizer = std::make_unique<RewrittenText>(std::move(parts));
        m_pipeline.model = std::make_unique<SentencePiece>(
            file, SentencePiece::Options{.vocabulary = m_pipeline.vocabulary,
                                         .unknown = requiredUnknown(m_pipeline, path),
                                         .cutsNumbers = m_options.cleansText ? normalizer : nullptr});
        return std::move(m_pipeline);
    }

    // Marian: a model for each side, and the ids of both in vocab.json.
    [[nodiscard]] Pipeline withTwoModels()
    {
        const FilePointer source = readFile(m_directory / m_spec.files.front());
        const FilePointer target = readFile(m_directory / m_spec.files[1]);
        const std::filesystem::path vocabularyFile = m_directory / "vocab.json";
        if (m_pipeline.settings.config.boolean("separate_vocabs", false))
            m_pipeline.settings.config.fail("separate_vocabs", "false (one vocab.json for both sides)", "true");
        m_pipeline.vocabulary = readVocabularyJson(vocabularyFile);
        surround(vocabularyFile);
        m_pipeline.decoder = decoderOf(target);
        const std::int64_t unknown = requiredUnknown(m_pipeline, vocabularyFile);
        TargetSide from = sideOf(source, unknown);
        m_pipeline.preTokenizer = std::move(from.preTokenizer);
        m_pipeline.model = std::move(from.model);
        m_pipeline.target = sideOf(target, unknown);
        return std::move(m_pipeline);
    }

private:
    [[nodiscard]] Layout layoutOf(const std::filesystem::path &file)
    {
        switch (m_options.layout) {
        case SentencePieceLayout::Sentinels:
            return sentinelLayout(m_pipeline.settings);
        case SentencePieceLayout::GapSentences:
            return gapSentenceLayout(file, m_pipeline.settings);
        case SentencePieceLayout::Fixed:
            break;
        }
        return {.first = m_options.firstTokens, .offset = m_options.offset, .last = m_options.lastTokens};
    }

    [[nodiscard]] bool lowersCase() const
    {
        return m_pipeline.settings.config.boolean("do_lower_case", m_options.lowersCase);
    }

    [[nodiscard]] std::shared_ptr<const Normalizer> cleaner() const
    {
        const files::Config &config = m_pipeline.settings.config;
        return std::make_shared<PythonCleaner>(
            PythonCleaner::Options{.removesSpaces = config.boolean("remove_space", true),
                                   .keepsAccents = config.boolean("keep_accents", false),
                                   .lowersCase = lowersCase()});
    }

    [[nodiscard]] std::unique_ptr<const Decoder> decoderOf(const FilePointer &file) const
    {
        return std::make_unique<SentencePieceDecoder>(
            file, SentencePieceDecoder::Options{.special = m_options.special,
                                                .specialTokens = specialTexts(m_pipeline.settings)});
    }

    // What stands around the model in all classes: special tokens and languages. `file` has the vocabulary.
    void surround(const std::filesystem::path &file)
    {
        const bool lowers = m_options.cleansText && lowersCase();
        LegacyTokens tokens(m_pipeline, {.lowersCase = lowers});
        tokens.read(m_directory);
        if (m_options.cutsFirstTokensOut)
            std::ranges::for_each(m_options.firstTokens, [&](const std::string &token) { tokens.keepWhole(token); });
        m_pipeline.segmenter =
            std::make_unique<LegacySegmenter>(LegacySegmenter::Options{.lowersCase = lowers, .tokens = tokens.uncut()});
        m_pipeline.postProcessor = legacyPostProcessor(m_pipeline, file, m_spec);
        if (m_options.marksSpecialInText) {
            m_pipeline.postProcessor.specialInText = m_pipeline.specialIds;
            if (m_pipeline.unknown)
                m_pipeline.postProcessor.specialInText.erase(*m_pipeline.unknown);
        }
        m_pipeline.languageCodes = readLanguageCodes(m_pipeline, file, m_spec);
    }

    [[nodiscard]] TargetSide sideOf(const FilePointer &file, std::int64_t unknown) const
    {
        std::vector<std::shared_ptr<const Normalizer>> parts = {std::make_shared<SentencePieceNormalizer>(file)};
        return {.preTokenizer =
                    std::make_unique<LanguageCodeSplitter>(std::make_unique<RewrittenText>(std::move(parts))),
                .model = std::make_unique<SentencePiece>(
                    file, SentencePiece::Options{.vocabulary = m_pipeline.vocabulary, .unknown = unknown})};
    }

    const std::filesystem::path &m_directory;
    const TokenizerSpec &m_spec;
    const LegacySentencePieceOptions &m_options;
    Pipeline m_pipeline;
};

} // namespace

LegacyReader legacySentencePiece(LegacySentencePieceOptions options)
{
    return [options = std::move(options)](const std::filesystem::path &directory, const TokenizerSpec &spec) {
        return std::make_shared<PipelineTokenizer>(Builder(directory, spec, options).withOneModel());
    };
}

LegacyReader legacyTwoSentencePieces(LegacySentencePieceOptions options)
{
    return [options = std::move(options)](const std::filesystem::path &directory, const TokenizerSpec &spec) {
        return std::make_shared<PipelineTokenizer>(Builder(directory, spec, options).withTwoModels());
    };
}

} // namespace engine::text
