// SPDX-License-Identifier: GPL-3.0-or-later
// vocab.json and merges.txt over bytes, as GPT2Tokenizer and RobertaTokenizer read them.
#include "text/byte_level.h"
#include "text/legacy.h"

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

} // namespace engine::text
