// SPDX-License-Identifier: GPL-3.0-or-later
// vocab.txt, vocab.json + merges.txt and added_tokens.json, as the Python classes read them.
#include "text/builders.h"

#include "engine/error.h"
#include "files/json_text.h"
#include "files/mapped_file.h"
#include "text/bert.h"
#include "text/byte_level.h"
#include "text/unicode.h"
#include "text/word_piece.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace engine::text {

namespace {

std::string lowered(std::string_view token)
{
    NormalizedText text = alignedText(decodeUtf8(token));
    lowercase(text);
    return utf8(text);
}

// Special and added tokens with their ids: those that the vocabulary lacks follow it.
class TokenTable {
public:
    TokenTable(Pipeline &pipeline, bool lowersCase) : m_pipeline(pipeline), m_lowersCase(lowersCase) {}

    void readFile(const std::filesystem::path &file)
    {
        std::int64_t expected = size();
        for (const auto &[token, id] : readAddedTokens(file)) {
            if (id != expected)
                failFile(file.string() + ": token \"" + token + "\": expected the id " + std::to_string(expected) +
                         " (they follow the vocabulary without a gap), found " + std::to_string(id));
            ++expected;
            const bool isSpecial = std::ranges::any_of(m_pipeline.settings.special, [&](const SpecialToken &special) {
                return special.token.content == token;
            });
            const std::string content = m_lowersCase && !isSpecial ? lowered(token) : token;
            if (!idOf(content))
                add(content);
            m_uncut.insert(content);
        }
    }

    void addSpecial()
    {
        const AddedToken *unknown = m_pipeline.settings.find("unk_token");
        for (const SpecialToken &special : m_pipeline.settings.special) {
            const std::string &content = special.token.content;
            if (!idOf(content) && !(unknown != nullptr && unknown->content == content))
                add(content);
            const std::optional<std::int64_t> id = idOf(content);
            if (!id)
                continue;
            m_uncut.insert(content);
            m_pipeline.specialIds.insert(*id);
            if (!special.name.empty())
                m_pipeline.special[special.name] = *id;
        }
        if (unknown != nullptr)
            m_pipeline.unknown = idOf(unknown->content);
    }

    // A bare string strips the white space on both sides; a token object says itself.
    [[nodiscard]] std::vector<LegacySegmenter::Token> uncut() const
    {
        std::vector<LegacySegmenter::Token> tokens;
        for (const std::string &content : m_uncut) {
            LegacySegmenter::Token token = {
                .content = decodeUtf8(content), .id = *idOf(content), .stripsLeft = true, .stripsRight = true};
            for (const SpecialToken &special : m_pipeline.settings.special) {
                if (special.token.content != content || special.token.isPlain)
                    continue;
                token.stripsLeft = special.token.stripsLeft;
                token.stripsRight = special.token.stripsRight;
            }
            tokens.push_back(std::move(token));
        }
        return tokens;
    }

    [[nodiscard]] std::optional<std::int64_t> idOf(std::string_view token) const
    {
        const auto found = m_ids.find(token);
        return found != m_ids.end() ? std::optional(found->second) : m_pipeline.vocabulary->id(token);
    }

private:
    [[nodiscard]] std::int64_t size() const
    {
        return m_pipeline.vocabulary->idEnd() + static_cast<std::int64_t>(m_pipeline.added.size());
    }

    void add(const std::string &content)
    {
        const std::int64_t id = size();
        m_pipeline.added.emplace(id, content);
        m_ids.emplace(content, id);
    }

    Pipeline &m_pipeline;
    bool m_lowersCase;
    std::map<std::string, std::int64_t, std::less<>> m_ids;
    std::set<std::string> m_uncut;
};

TemplatePiece specialPiece(std::int64_t id, std::int64_t typeId)
{
    return {.kind = TemplatePiece::Kind::Special, .ids = {id}, .typeId = typeId};
}

// [CLS] A [SEP] and [CLS] A [SEP] B [SEP]
PostProcessor bertPostProcessor(std::int64_t cls, std::int64_t sep)
{
    const TemplatePiece first = {.kind = TemplatePiece::Kind::FirstText};
    const TemplatePiece second = {.kind = TemplatePiece::Kind::SecondText, .typeId = 1};
    return {.single = {specialPiece(cls, 0), first, specialPiece(sep, 0)},
            .pair = {specialPiece(cls, 0), first, specialPiece(sep, 0), second, specialPiece(sep, 1)}};
}

PostProcessor beginningPostProcessor(std::int64_t bos)
{
    const TemplatePiece first = {.kind = TemplatePiece::Kind::FirstText};
    const TemplatePiece second = {.kind = TemplatePiece::Kind::SecondText, .typeId = 1};
    return {.single = {specialPiece(bos, 0), first},
            .pair = {specialPiece(bos, 0), first, specialPiece(bos, 1), second}};
}

std::int64_t requiredSpecial(const Pipeline &pipeline, const std::filesystem::path &file, std::string_view name)
{
    const auto found = pipeline.special.find(name);
    if (found == pipeline.special.end())
        failFile(file.string() + ": the tokenizer has no " + std::string(name) + ", which it puts around texts");
    return found->second;
}

std::unique_ptr<const PreTokenizer> basicTokenizer(const Settings &settings, const TokenizerSpec &spec)
{
    BasicTokenizer::Options options;
    options.bert.lowersCase = settings.config.boolean("do_lower_case", spec.lowerCase);
    options.bert.splitsChinese = settings.config.boolean("tokenize_chinese_chars", true);
    options.bert.stripsAccents = optionalBoolean(settings.config, "strip_accents");
    for (const std::string &word : settings.config.texts("never_split"))
        options.wholeWords.insert(decodeUtf8(word));
    options.keptWords = options.wholeWords;
    for (const SpecialToken &special : settings.special)
        options.keptWords.insert(decodeUtf8(special.token.content));
    return std::make_unique<BasicTokenizer>(std::move(options));
}

BpeMerges readMerges(const std::filesystem::path &file, const Vocabulary &vocabulary)
{
    const std::string content = files::readText(file, kLargestVocabularyFile);
    if (const auto byte = firstInvalidByte(content))
        failFile(file.string() + ": not valid UTF-8 at byte " + std::to_string(*byte));
    BpeMerges merges(MergeOrder::RankByRank);
    std::size_t begin = 0;
    std::size_t number = 0;
    // The first line is a header; what follows the last line break does not count.
    for (std::size_t end = content.find('\n'); end != std::string::npos; end = content.find('\n', begin)) {
        std::string_view line = std::string_view(content).substr(begin, end - begin);
        begin = end + 1;
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (++number == 1 || line.empty())
            continue;
        const std::string where = file.string() + ": line " + std::to_string(number);
        addMerge(merges, vocabulary, where, splitMerge(where, line));
    }
    return merges;
}

} // namespace

Pipeline buildLegacyWordPiece(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    const std::filesystem::path file = directory / "vocab.txt";
    Pipeline pipeline;
    pipeline.vocabulary = readVocabularyLines(file);
    pipeline.settings = readSettings(directory, spec);
    const Settings &settings = pipeline.settings;
    const bool splitsWords = settings.config.boolean("do_basic_tokenize", true);
    const bool lowersCase = splitsWords && settings.config.boolean("do_lower_case", spec.lowerCase);
    TokenTable table(pipeline, lowersCase);
    table.readFile(directory / "added_tokens.json");
    table.addSpecial();
    const AddedToken *unknown = settings.find("unk_token");
    if (!pipeline.unknown)
        failFile(file.string() + ": the unknown token " + (unknown ? "\"" + unknown->content + "\" " : std::string()) +
                 "is not in the vocabulary");
    pipeline.postProcessor =
        bertPostProcessor(requiredSpecial(pipeline, file, "cls_token"), requiredSpecial(pipeline, file, "sep_token"));
    pipeline.postProcessor.typesNeedSpecialTokens = true;
    pipeline.segmenter =
        std::make_unique<LegacySegmenter>(LegacySegmenter::Options{.lowersCase = lowersCase, .tokens = table.uncut()});
    if (splitsWords)
        pipeline.preTokenizer = basicTokenizer(settings, spec);
    else
        pipeline.preTokenizer = std::make_unique<SpacePreTokenizer>();
    pipeline.model = std::make_unique<WordPiece>(pipeline.vocabulary, WordPieceOptions{.unknown = *pipeline.unknown});
    pipeline.decoder = std::make_unique<WordPieceJoiner>("##");
    return pipeline;
}

Pipeline buildLegacyByteLevel(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    const std::filesystem::path file = directory / "vocab.json";
    const nlohmann::json object =
        files::parseJson(file, files::readText(file, kLargestVocabularyFile), files::DuplicateKeys::Refused);
    Pipeline pipeline;
    pipeline.vocabulary = readVocabularyObject(file, object, {});
    pipeline.settings = readSettings(directory, spec);
    BpeMerges merges = readMerges(directory / "merges.txt", *pipeline.vocabulary);
    TokenTable table(pipeline, false);
    table.readFile(directory / "added_tokens.json");
    table.addSpecial();
    const files::Config &config = pipeline.settings.config;
    if (config.boolean("add_bos_token", false))
        pipeline.postProcessor = beginningPostProcessor(requiredSpecial(pipeline, file, "bos_token"));
    pipeline.postProcessor.typesNeedSpecialTokens = true;
    pipeline.segmenter = std::make_unique<LegacySegmenter>(LegacySegmenter::Options{
        .addsPrefixSpace = config.boolean("add_prefix_space", spec.addPrefixSpace), .tokens = table.uncut()});
    pipeline.preTokenizer = std::make_unique<ByteLevelPreTokenizer>(ByteLevelPreTokenizer::Options{});
    pipeline.model = std::make_unique<ByteLevelBpe>(pipeline.vocabulary, std::move(merges),
                                                    ByteLevelBpe::Options{.unknown = pipeline.unknown});
    pipeline.decoder = std::make_unique<ByteLevelDecoder>();
    return pipeline;
}

} // namespace engine::text
