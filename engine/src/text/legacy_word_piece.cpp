// SPDX-License-Identifier: GPL-3.0-or-later
// vocab.txt, as BertTokenizer and its relatives read it.
#include "engine/error.h"
#include "text/bert.h"
#include "text/builders.h"
#include "text/legacy.h"
#include "text/unicode.h"
#include "text/word_piece.h"

namespace engine::text {

namespace {

std::unique_ptr<const PreTokenizer> basicTokenizer(const Settings &settings, const LegacyWordPieceOptions &defaults)
{
    BasicTokenizer::Options options;
    options.bert.lowersCase = settings.config.boolean("do_lower_case", defaults.lowersCase);
    options.bert.splitsChinese = settings.config.boolean("tokenize_chinese_chars", true);
    options.bert.stripsAccents = optionalBoolean(settings.config, "strip_accents");
    for (const std::string &word : settings.config.texts("never_split"))
        options.wholeWords.insert(decodeUtf8(word));
    options.keptWords = options.wholeWords;
    for (const SpecialToken &special : settings.special)
        options.keptWords.insert(decodeUtf8(special.token.content));
    return std::make_unique<BasicTokenizer>(std::move(options));
}

Pipeline buildWordPiece(const std::filesystem::path &directory, const TokenizerSpec &spec,
                        const LegacyWordPieceOptions &options)
{
    const std::filesystem::path file = directory / spec.files.front();
    Pipeline pipeline;
    pipeline.vocabulary = readVocabularyLines(file);
    pipeline.settings = readSettings(directory, spec);
    const Settings &settings = pipeline.settings;
    const bool splitsWords = settings.config.boolean("do_basic_tokenize", true);
    const bool lowersCase =
        splitsWords && options.lowersTextFirst && settings.config.boolean("do_lower_case", options.lowersCase);
    LegacyTokens tokens(pipeline, {.lowersCase = lowersCase});
    tokens.read(directory);
    if (!options.wholeTokenKey.empty())
        tokens.keepWhole(settings.config.text(options.wholeTokenKey, options.wholeToken));
    const std::int64_t unknown = requiredUnknown(pipeline, file);
    pipeline.postProcessor = legacyPostProcessor(pipeline, file, spec);
    pipeline.segmenter =
        std::make_unique<LegacySegmenter>(LegacySegmenter::Options{.lowersCase = lowersCase, .tokens = tokens.uncut()});
    if (splitsWords)
        pipeline.preTokenizer = basicTokenizer(settings, options);
    else
        pipeline.preTokenizer = std::make_unique<SpacePreTokenizer>();
    pipeline.model = std::make_unique<WordPiece>(pipeline.vocabulary, WordPieceOptions{.unknown = unknown});
    pipeline.decoder = std::make_unique<WordPieceJoiner>("##");
    return pipeline;
}

} // namespace

LegacyReader legacyWordPiece(LegacyWordPieceOptions options)
{
    return [options = std::move(options)](const std::filesystem::path &directory, const TokenizerSpec &spec) {
        return std::make_shared<PipelineTokenizer>(buildWordPiece(directory, spec, options));
    };
}

} // namespace engine::text
