// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/bert.h"
#include "text/byte_level.h"
#include "text/json_readers.h"
#include "text/library_classes.h"
#include "text/pre_tokenizers.h"
#include "text/unicode.h"

#include <nlohmann/json.hpp>

namespace engine::text {

namespace {

Delimiters readDelimiters(const JsonPart &part, Delimiters fallback)
{
    static const std::map<std::string, Delimiters> kKinds = {{"Removed", Delimiters::Removed},
                                                             {"Isolated", Delimiters::Isolated},
                                                             {"Contiguous", Delimiters::Contiguous},
                                                             {"MergedWithPrevious", Delimiters::MergedWithPrevious},
                                                             {"MergedWithNext", Delimiters::MergedWithNext}};
    if (part.isNull())
        return fallback;
    const auto found = kKinds.find(part.text());
    if (found == kKinds.end())
        part.fail("expected Removed, Isolated, Contiguous, MergedWithPrevious or MergedWithNext, found \"" +
                  part.text() + "\"");
    return found->second;
}

std::unique_ptr<const PreTokenizer> readSplit(const JsonPart &part)
{
    return std::make_unique<PatternSplitter>(
        readPattern(part.at("pattern")),
        PatternSplitter::Options{.delimiters = readDelimiters(part.at("behavior"), Delimiters::Removed),
                                 .isInverted = part.at("invert").boolean(false)});
}

std::unique_ptr<const PreTokenizer> readMetaspace(const JsonPart &part)
{
    MetaspacePreTokenizer::Options options;
    if (const JsonPart replacement = part.at("replacement"); !replacement.isNull())
        options.replacement = replacement.character();
    options.addsPrefix = part.at("add_prefix_space").boolean(true);
    return std::make_unique<MetaspacePreTokenizer>(options);
}

class PreTokenizerReader {
public:
    explicit PreTokenizerReader(const files::Config &config) : m_config(config) {}

    [[nodiscard]] std::unique_ptr<const PreTokenizer> read(const JsonPart &part, int depth) const
    {
        const std::string type = part.type();
        if (type == "Sequence")
            return readSequence(part, depth);
        if (type == "ByteLevel")
            return std::make_unique<ByteLevelPreTokenizer>(ByteLevelPreTokenizer::Options{
                .addsPrefixSpace = m_config.boolean("add_prefix_space", part.at("add_prefix_space").boolean(true)),
                .usesPattern = part.at("use_regex").boolean(true)});
        if (type == "BertPreTokenizer")
            return std::make_unique<BertPreTokenizer>();
        if (type == "Metaspace")
            return readMetaspace(part);
        if (type == "Split")
            return readSplit(part);
        if (type == "Whitespace")
            return std::make_unique<WordSplitter>();
        if (type == "WhitespaceSplit")
            return std::make_unique<CharacterSplitter>(isWhiteSpace, Delimiters::Removed);
        if (type == "Punctuation")
            return std::make_unique<CharacterSplitter>(isLibraryPunctuation,
                                                       readDelimiters(part.at("behavior"), Delimiters::Isolated));
        if (type == "Digits")
            return std::make_unique<CharacterSplitter>(
                isNumber, part.at("individual_digits").boolean(false) ? Delimiters::Isolated : Delimiters::Contiguous);
        part.failType(type);
    }

private:
    [[nodiscard]] std::unique_ptr<const PreTokenizer> readSequence(const JsonPart &part, int depth) const
    {
        if (depth >= kDeepestSequence)
            part.fail("sequences are nested deeper than " + std::to_string(kDeepestSequence));
        std::vector<std::unique_ptr<const PreTokenizer>> parts;
        const std::vector<JsonPart> list = part.at("pretokenizers").list();
        for (std::size_t at = 0; at < list.size(); ++at) {
            if (at + 1 < list.size() && isByteLevel(list[at]))
                list[at].fail("ByteLevel is supported as the last part of a Sequence, found it before others");
            parts.push_back(read(list[at], depth + 1));
        }
        return std::make_unique<PreTokenizerSequence>(std::move(parts));
    }

    const files::Config &m_config;
};

} // namespace

std::unique_ptr<const PreTokenizer> readPreTokenizer(const JsonPart &part, const files::Config &config)
{
    if (part.isNull())
        return std::make_unique<WholeText>();
    return PreTokenizerReader(config).read(part, 0);
}

bool isByteLevel(const JsonPart &preTokenizer)
{
    if (preTokenizer.isNull())
        return false;
    if (preTokenizer.type() != "Sequence")
        return preTokenizer.type() == "ByteLevel";
    const std::vector<JsonPart> list = preTokenizer.at("pretokenizers").list();
    return !list.empty() && isByteLevel(list.back());
}

} // namespace engine::text
