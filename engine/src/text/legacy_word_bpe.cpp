// SPDX-License-Identifier: GPL-3.0-or-later
// vocab.json and merges.txt over the characters of words, as the classes of GPT, CTRL, XLM and FlauBERT read them.
#include "text/bert.h"
#include "text/legacy.h"
#include "text/moses_steps.h"
#include "text/unicode.h"
#include "text/word_bpe.h"

namespace engine::text {

namespace {

bool isMoses(WordSteps steps)
{
    return steps == WordSteps::Moses || steps == WordSteps::MosesFrench;
}

std::unique_ptr<const PreTokenizer> mosesEnglish(std::string_view language, const files::Config &config)
{
    return std::make_unique<MosesSteps>(
        MosesSteps::Options{.replacesPunctuation = true,
                            .foldsRomanian = language == "ro",
                            .tokenizer = {.language = std::string(language)},
                            .lowersWords = config.boolean("do_lowercase_and_remove_accent", true)});
}

std::unique_ptr<const PreTokenizer> mosesFrench(const files::Config &config)
{
    return std::make_unique<MosesSteps>(MosesSteps::Options{.composes = true,
                                                            .lowersText = config.boolean("do_lowercase", false),
                                                            .replacesPunctuation = true,
                                                            .tokenizer = {.language = "fr"}});
}

void setSteps(Pipeline &pipeline, WordSteps steps)
{
    const files::Config &config = pipeline.settings.config;
    if (isMoses(steps))
        pipeline.givenWords = std::make_unique<SpacePreTokenizer>();
    switch (steps) {
    case WordSteps::Bert:
        pipeline.preTokenizer = std::make_unique<BasicTokenizer>(BasicTokenizer::Options{});
        return;
    case WordSteps::LineWords:
        pipeline.preTokenizer = std::make_unique<LineWordPreTokenizer>();
        return;
    case WordSteps::Moses:
        pipeline.preTokenizer = mosesEnglish("en", config);
        for (const std::string_view language : mosesLanguages())
            pipeline.languages.emplace(language, mosesEnglish(language, config));
        return;
    case WordSteps::MosesFrench:
        pipeline.preTokenizer = mosesFrench(config);
        return;
    }
}

// What the class says about the case of all text outside special tokens.
bool lowersCase(const files::Config &config, WordSteps steps)
{
    return steps == WordSteps::Bert ||
           (steps == WordSteps::Moses && config.boolean("do_lowercase_and_remove_accent", true));
}

Pipeline buildWordBpe(const std::filesystem::path &directory, const TokenizerSpec &spec, WordSteps steps)
{
    const std::filesystem::path file = directory / "vocab.json";
    Pipeline pipeline;
    pipeline.vocabulary = readVocabularyJson(file);
    pipeline.settings = readSettings(directory, spec);
    const bool lowers = lowersCase(pipeline.settings.config, steps);
    LegacyTokens tokens(pipeline, {.lowersCase = lowers});
    tokens.read(directory);
    const bool continues = steps == WordSteps::LineWords;
    auto model = std::make_unique<WordBpe>(
        pipeline.vocabulary,
        WordBpe::Options{.spelling = continues ? WordBpe::Spelling::Continuation : WordBpe::Spelling::EndOfWord,
                         .unknown = requiredUnknown(pipeline, file)});
    readMerges(directory / "merges.txt", {.hasHeader = !isMoses(steps), .hasCounts = isMoses(steps)},
               [&](const std::string &, const MergeLine &line) { model->add(line.left, line.right); });
    pipeline.model = std::move(model);
    pipeline.postProcessor = legacyPostProcessor(pipeline, file, spec);
    pipeline.segmenter =
        std::make_unique<LegacySegmenter>(LegacySegmenter::Options{.lowersCase = lowers, .tokens = tokens.uncut()});
    setSteps(pipeline, steps);
    if (continues)
        pipeline.decoder = std::make_unique<ContinuationDecoder>();
    else
        pipeline.decoder = std::make_unique<EndOfWordDecoder>();
    return pipeline;
}

} // namespace

LegacyReader legacyWordBpe(WordSteps steps)
{
    return [steps](const std::filesystem::path &directory, const TokenizerSpec &spec) {
        return std::make_shared<PipelineTokenizer>(buildWordBpe(directory, spec, steps));
    };
}

} // namespace engine::text
