// SPDX-License-Identifier: GPL-3.0-or-later
// vocab.json and merges.txt over bytes, as GPT2Tokenizer and RobertaTokenizer read them.
#include "text/byte_level.h"
#include "text/legacy.h"
#include "text/unicode.h"

namespace engine::text {

namespace {

Pipeline buildByteLevel(const std::filesystem::path &directory, const TokenizerSpec &spec,
                        LegacyByteLevelOptions options)
{
    const std::filesystem::path file = directory / "vocab.json";
    Pipeline pipeline;
    pipeline.vocabulary = readVocabularyJson(file);
    pipeline.settings = readSettings(directory, spec);
    BpeMerges merges(MergeOrder::RankByRank);
    readMerges(directory / "merges.txt", {}, [&](const std::string &where, const MergeLine &line) {
        addMerge(merges, *pipeline.vocabulary, where, line);
    });
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

LegacyReader bytesAsTokens(std::int64_t firstId)
{
    return [firstId](const std::filesystem::path &directory, const TokenizerSpec &spec) {
        std::vector<std::string> tokens(static_cast<std::size_t>(firstId));
        for (const char32_t c : byteCharacters())
            appendUtf8(tokens.emplace_back(), c);
        Pipeline pipeline;
        pipeline.vocabulary = std::make_shared<Vocabulary>(std::move(tokens));
        pipeline.settings = readSettings(directory, spec);
        pipeline.segmenter = std::make_unique<LegacySegmenter>(LegacySegmenter::Options{});
        pipeline.preTokenizer =
            std::make_unique<ByteLevelPreTokenizer>(ByteLevelPreTokenizer::Options{.usesPattern = false});
        pipeline.model = std::make_unique<ByteLevelBpe>(pipeline.vocabulary, BpeMerges(MergeOrder::RankByRank),
                                                        ByteLevelBpe::Options{});
        pipeline.decoder = std::make_unique<ByteLevelDecoder>();
        return std::make_shared<PipelineTokenizer>(std::move(pipeline));
    };
}

} // namespace engine::text
