// SPDX-License-Identifier: GPL-3.0-or-later
// vocab.json and merges.txt over bytes, as GPT2Tokenizer and RobertaTokenizer read them.
#include "engine/error.h"
#include "files/mapped_file.h"
#include "text/builders.h"
#include "text/byte_level.h"
#include "text/legacy.h"
#include "text/unicode.h"

namespace engine::text {

namespace {

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

Pipeline buildByteLevel(const std::filesystem::path &directory, const TokenizerSpec &spec,
                        LegacyByteLevelOptions options)
{
    const std::filesystem::path file = directory / "vocab.json";
    Pipeline pipeline;
    pipeline.vocabulary = readVocabularyJson(file);
    pipeline.settings = readSettings(directory, spec);
    BpeMerges merges = readMerges(directory / "merges.txt", *pipeline.vocabulary);
    LegacyTokens tokens(pipeline, {});
    tokens.read(directory);
    const files::Config &config = pipeline.settings.config;
    TokenizerSpec around = spec;
    if (config.boolean("add_bos_token", false)) {
        around.single = "bos_token A";
        around.pair = "bos_token A bos_token:1 B:1";
    }
    pipeline.postProcessor = legacyPostProcessor(pipeline, file, around);
    const PrefixSpace prefix = options.prefixesOnlyWords ? PrefixSpace::BeforeWords : PrefixSpace::Always;
    pipeline.segmenter = std::make_unique<LegacySegmenter>(LegacySegmenter::Options{
        .prefix = config.boolean("add_prefix_space", false) ? prefix : PrefixSpace::Never, .tokens = tokens.uncut()});
    pipeline.preTokenizer = std::make_unique<ByteLevelPreTokenizer>(ByteLevelPreTokenizer::Options{});
    pipeline.model = std::make_unique<ByteLevelBpe>(pipeline.vocabulary, std::move(merges),
                                                    ByteLevelBpe::Options{.unknown = pipeline.unknown});
    pipeline.decoder = std::make_unique<ByteLevelDecoder>();
    return pipeline;
}

} // namespace

LegacyReader legacyByteLevel(LegacyByteLevelOptions options)
{
    return [options](const std::filesystem::path &directory, const TokenizerSpec &spec) {
        return std::make_shared<PipelineTokenizer>(buildByteLevel(directory, spec, options));
    };
}

} // namespace engine::text
