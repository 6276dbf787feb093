// SPDX-License-Identifier: GPL-3.0-or-later
// vocab.pkl and vocab.txt, as Transformer-XL's class reads them.
#include "engine/error.h"
#include "files/mapped_file.h"
#include "files/pickle.h"
#include "text/legacy.h"
#include "text/moses_detokenizer.h"
#include "text/moses_steps.h"
#include "text/strings.h"
#include "text/unicode.h"
#include "text/word_level.h"

#include <algorithm>
#include <unordered_set>

namespace engine::text {

namespace {

using files::PickleKind;
using files::PickleValue;

struct Words {
    std::shared_ptr<const Vocabulary> vocabulary;
    std::optional<std::int64_t> unknown;
};

// The value of a text key; None when there is none.
std::optional<PickleValue> entry(const PickleValue &dictionary, std::string_view key)
{
    for (std::size_t at = 0; at < dictionary.entryCount(); ++at)
        if (dictionary.key(at).is(PickleKind::Text) && dictionary.key(at).text() == key)
            return dictionary.value(at);
    return std::nullopt;
}

std::vector<std::string> readList(const std::string &where, const PickleValue &list)
{
    std::vector<std::string> words;
    std::unordered_set<std::string_view> seen;
    for (std::size_t at = 0; at < list.size(); ++at) {
        const PickleValue word = list[at];
        const std::string place = where + ": idx2sym[" + std::to_string(at) + "]";
        if (!word.is(PickleKind::Text) || word.text().empty() || firstInvalidByte(word.text()))
            failFile(place + ": expected a word, found " + word.describe());
        if (!seen.insert(word.text()).second)
            failFile(place + " repeats the word \"" + std::string(word.text()) + "\"");
        words.emplace_back(word.text());
    }
    return words;
}

// The dictionary of the class's state: a plain pickle, or the fourth of five in a stream of torch.save (a magic number,
// the version of the protocol and facts about the machine come first). It may hold objects of any class; they are
// stepped over.
std::shared_ptr<const files::PickleTree> readState(const std::string &where, std::span<const std::byte> bytes)
{
    const files::PickleOptions options = {.allows = [](std::string_view) { return true; }};
    auto tree = files::readPickle(where, bytes, options);
    constexpr int kPicklesBefore = 3;
    const bool isStream = tree->root().is(PickleKind::BigInt) || tree->root().is(PickleKind::Int);
    for (int skipped = 0; isStream && skipped < kPicklesBefore; ++skipped) {
        bytes = bytes.subspan(tree->bytesRead());
        tree = files::readPickle(where, bytes, options);
    }
    return tree;
}

Words readPickled(const std::filesystem::path &file)
{
    const auto mapped = files::MappedFile::open(file);
    if (mapped->bytes().size() > kLargestVocabularyFile)
        failFile(file.string() + ": expected at most " + std::to_string(kLargestVocabularyFile) + " bytes, found " +
                 std::to_string(mapped->bytes().size()));
    mapped->ensureIntact();
    const auto tree = readState(file.string(), mapped->bytes());
    const PickleValue state = tree->root();
    const std::optional<PickleValue> list = entry(state, "idx2sym");
    if (!list || !list->is(PickleKind::List) || list->size() == 0)
        failFile(file.string() + ": expected a dictionary with a list of words \"idx2sym\", found " +
                 (list ? list->describe() : state.describe()));
    Words words = {.vocabulary = std::make_shared<Vocabulary>(readList(file.string(), *list)), .unknown = {}};
    if (const std::optional<PickleValue> unknown = entry(state, "unk_idx"); unknown && unknown->is(PickleKind::Int))
        words.unknown = unknown->integer();
    if (words.unknown && words.vocabulary->token(*words.unknown).empty())
        failFile(file.string() + ": unk_idx: expected an id from 0 to " +
                 std::to_string(words.vocabulary->idEnd() - 1) + ", found " + std::to_string(*words.unknown));
    return words;
}

// The first word of each line; one that comes again is left out.
Words readLines(const std::filesystem::path &file)
{
    const std::string content = files::readText(file, kLargestVocabularyFile);
    if (const auto byte = firstInvalidByte(content))
        failFile(file.string() + ": not valid UTF-8 at byte " + std::to_string(*byte));
    std::vector<std::string> words;
    std::unordered_set<std::string> seen;
    std::size_t number = 0;
    for (std::size_t begin = 0; begin < content.size(); ++number) {
        const std::size_t end = std::min(content.find('\n', begin), content.size());
        const NormalizedText line = alignedText(decodeUtf8(std::string_view(content).substr(begin, end - begin)));
        begin = end + 1;
        const std::vector<Word> parts = wordsBetween(line, isPythonSpace);
        if (parts.empty())
            failFile(file.string() + ": line " + std::to_string(number + 1) + " is empty, expected a word");
        std::string word = utf8(std::span(line).subspan(parts.front().begin, parts.front().end - parts.front().begin));
        if (seen.insert(word).second)
            words.push_back(std::move(word));
    }
    if (words.empty())
        failFile(file.string() + ": expected one word a line, found none");
    return {.vocabulary = std::make_shared<Vocabulary>(std::move(words)), .unknown = {}};
}

std::string languageOf(const files::Config &config)
{
    if (config.has("delimiter") && config.text("delimiter", "").empty())
        config.fail("delimiter", "null (words, not characters)", "\"\"");
    const std::string language = config.text("language", "en");
    if (std::ranges::find(mosesLanguages(), language) == mosesLanguages().end()) {
        std::string known;
        for (const std::string_view name : mosesLanguages())
            known += (known.empty() ? "one of " : ", ") + std::string(name);
        config.fail("language", known, "\"" + language + "\"");
    }
    return language;
}

// Where never_split is silent, the special tokens. The reference takes them for regular expressions.
std::vector<std::u32string> protectedTokens(const Settings &settings)
{
    std::vector<std::string> tokens = settings.config.texts("never_split");
    if (tokens.empty())
        for (const SpecialToken &special : settings.special)
            tokens.push_back(special.token.content);
    std::vector<std::u32string> decoded;
    for (const std::string &token : tokens) {
        if (token.empty() || token.find_first_of("\\.^$*+?{}[]|()") != std::string::npos)
            settings.config.fail("never_split", "words without the signs of regular expressions", "\"" + token + "\"");
        decoded.push_back(decodeUtf8(token));
    }
    return decoded;
}

std::int64_t unknownWord(const Words &words, const std::filesystem::path &file)
{
    if (words.unknown)
        return *words.unknown;
    for (const std::string_view token : {"<UNK>", "<unk>"})
        if (const auto id = words.vocabulary->id(token))
            return *id;
    failFile(file.string() + ": the vocabulary has neither \"<unk>\" nor \"<UNK>\"");
}

Pipeline buildWordLevel(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    const bool hasLines = std::filesystem::exists(directory / spec.otherFiles.front());
    const std::filesystem::path file = directory / (hasLines ? spec.otherFiles.front() : spec.files.front());
    const Words words = hasLines ? readLines(file) : readPickled(file);
    Pipeline pipeline;
    pipeline.vocabulary = words.vocabulary;
    pipeline.settings = readSettings(directory, spec);
    const files::Config &config = pipeline.settings.config;
    const bool lowers = config.boolean("lower_case", false);
    const std::string language = languageOf(config);
    LegacyTokens tokens(pipeline, {.lowersCase = lowers});
    tokens.read(directory);
    const std::int64_t unknown = unknownWord(words, file);
    pipeline.unknown = unknown;
    pipeline.postProcessor = legacyPostProcessor(pipeline, file, spec);
    pipeline.segmenter =
        std::make_unique<LegacySegmenter>(LegacySegmenter::Options{.lowersCase = lowers, .tokens = tokens.uncut()});
    pipeline.preTokenizer = std::make_unique<MosesSteps>(
        MosesSteps::Options{.lowersText = lowers,
                            .tokenizer = {.language = language,
                                          .splitsHyphens = true,
                                          .protectedTokens = protectedTokens(pipeline.settings)},
                            .splitsNumbers = true,
                            .looksUpWords = true});
    pipeline.model = std::make_unique<WordLevel>(pipeline.vocabulary, unknown);
    pipeline.decoder = std::make_unique<MosesDetokenizer>(language);
    return pipeline;
}

} // namespace

LegacyReader legacyWordLevel()
{
    return [](const std::filesystem::path &directory, const TokenizerSpec &spec) {
        return std::make_shared<PipelineTokenizer>(buildWordLevel(directory, spec));
    };
}

} // namespace engine::text
