// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/legacy.h"

#include "engine/error.h"
#include "files/json_text.h"
#include "files/mapped_file.h"
#include "text/builders.h"
#include "text/strings.h"
#include "text/unicode.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace engine::text {

namespace {

std::string lowered(std::string_view token)
{
    NormalizedText text = alignedText(decodeUtf8(token));
    lowercase(text);
    return utf8(text);
}

// "cls_token A sep_token B:1": see TokenizerSpec.
class TemplateReader {
public:
    TemplateReader(const Pipeline &pipeline, const std::filesystem::path &file) : m_pipeline(pipeline), m_file(file) {}

    [[nodiscard]] Template read(std::string_view text) const
    {
        Template pieces;
        while (!text.empty()) {
            const std::size_t space = std::min(text.find(' '), text.size());
            pieces.push_back(piece(text.substr(0, space)));
            text.remove_prefix(std::min(space + 1, text.size()));
        }
        return pieces;
    }

private:
    [[nodiscard]] TemplatePiece piece(std::string_view word) const
    {
        const std::size_t colon = std::min(word.find(':'), word.size());
        std::string_view name = word.substr(0, colon);
        TemplatePiece piece;
        if (name.ends_with('?')) {
            name.remove_suffix(1);
            piece.isOnlyOnce = true;
        }
        if (colon < word.size())
            std::from_chars(word.data() + colon + 1, word.data() + word.size(), piece.typeId);
        if (name == "A" || name == "B") {
            piece.kind = name == "A" ? TemplatePiece::Kind::FirstText : TemplatePiece::Kind::SecondText;
            return piece;
        }
        if (name == "language") {
            piece.kind = TemplatePiece::Kind::Language;
            return piece;
        }
        const auto found = m_pipeline.special.find(name);
        if (found == m_pipeline.special.end())
            failFile(m_file.string() + ": the tokenizer has no " + std::string(name) + ", which it puts around texts");
        piece.kind = TemplatePiece::Kind::Special;
        piece.ids = {found->second};
        return piece;
    }

    const Pipeline &m_pipeline;
    const std::filesystem::path &m_file;
};

} // namespace

void LegacyTokens::read(const std::filesystem::path &directory)
{
    readFile(directory / "added_tokens.json");
    addSpecial();
}

void LegacyTokens::readFile(const std::filesystem::path &file)
{
    std::int64_t expected = size();
    for (const auto &[token, id] : readAddedTokens(file)) {
        if (id != expected)
            failFile(file.string() + ": token \"" + token + "\": expected the id " + std::to_string(expected) +
                     " (they follow the vocabulary without a gap), found " + std::to_string(id));
        ++expected;
        const bool isSpecial =
            std::ranges::any_of(m_pipeline.settings.special, [&content = token](const SpecialToken &special) {
                return special.token.content == content;
            });
        const std::string content = m_options.lowersCase && !isSpecial ? lowered(token) : token;
        if (!idOf(content))
            add(content);
        m_uncut.insert(content);
    }
}

void LegacyTokens::addSpecial()
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

void LegacyTokens::keepWhole(const std::string &content)
{
    if (idOf(content))
        m_uncut.insert(content);
}

// A bare string strips the white space on both sides; a token object says itself.
std::vector<LegacySegmenter::Token> LegacyTokens::uncut() const
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

std::optional<std::int64_t> LegacyTokens::idOf(std::string_view token) const
{
    const auto found = m_ids.find(token);
    return found != m_ids.end() ? std::optional(found->second) : m_pipeline.vocabulary->id(token);
}

std::int64_t LegacyTokens::size() const
{
    return m_pipeline.vocabulary->idEnd() + static_cast<std::int64_t>(m_pipeline.added.size());
}

void LegacyTokens::add(const std::string &content)
{
    const std::int64_t id = size();
    m_pipeline.added.emplace(id, content);
    m_ids.emplace(content, id);
}

PostProcessor legacyPostProcessor(const Pipeline &pipeline, const std::filesystem::path &file,
                                  const TokenizerSpec &spec)
{
    const TemplateReader reader(pipeline, file);
    return {.single = reader.read(spec.single), .pair = reader.read(spec.pair), .typesNeedSpecialTokens = true};
}

std::optional<LanguageCodes> readLanguageCodes(const Pipeline &pipeline, const std::filesystem::path &file,
                                               const TokenizerSpec &spec)
{
    if (spec.languages.empty())
        return std::nullopt;
    LanguageCodes codes;
    for (const std::string &code : spec.languages) {
        const std::optional<std::int64_t> id = pipeline.vocabulary->id(code);
        if (!id)
            failFile(file.string() + ": the language code \"" + code + "\" is not in the vocabulary");
        codes.ids.emplace(code, *id);
    }
    const files::Config &config = pipeline.settings.config;
    const auto read = [&](std::string_view key, std::string_view fallback) {
        std::string code = config.text(key, fallback);
        if (!codes.ids.contains(code))
            config.fail(key, "one of the tokenizer's languages", "\"" + code + "\"");
        return code;
    };
    codes.source = read("src_lang", spec.sourceLanguage);
    if (config.has("tgt_lang"))
        codes.target = read("tgt_lang", "");
    return codes;
}

std::int64_t requiredUnknown(const Pipeline &pipeline, const std::filesystem::path &file)
{
    const AddedToken *unknown = pipeline.settings.find("unk_token");
    if (!pipeline.unknown)
        failFile(file.string() + ": the unknown token " + (unknown ? "\"" + unknown->content + "\" " : std::string()) +
                 "is not in the vocabulary");
    return *pipeline.unknown;
}

std::shared_ptr<const Vocabulary> readVocabularyJson(const std::filesystem::path &file)
{
    const nlohmann::json object =
        files::parseJson(file, files::readText(file, kLargestVocabularyFile), files::DuplicateKeys::Refused);
    return readVocabularyObject(file, object, {});
}

void readMerges(const std::filesystem::path &file, MergeFile format,
                const std::function<void(const std::string &where, const MergeLine &line)> &use)
{
    const std::string content = files::readText(file, kLargestVocabularyFile);
    if (const auto byte = firstInvalidByte(content))
        failFile(file.string() + ": not valid UTF-8 at byte " + std::to_string(*byte));
    std::size_t begin = 0;
    std::size_t number = 0;
    for (std::size_t end = content.find('\n'); end != std::string::npos; end = content.find('\n', begin)) {
        std::string_view line = std::string_view(content).substr(begin, end - begin);
        begin = end + 1;
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if ((++number == 1 && format.hasHeader) || line.empty())
            continue;
        if (format.hasCounts && std::ranges::count(line, ' ') == 2)
            line = line.substr(0, line.rfind(' '));
        const std::string where = file.string() + ": line " + std::to_string(number);
        use(where, splitMerge(where, line));
    }
}

} // namespace engine::text
