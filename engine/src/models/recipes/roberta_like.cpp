// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/roberta_like.h"

#include <utility>

namespace engine::models {
namespace {

using heads::HeadPtr;

constexpr char kModel[] = "roberta";
constexpr char kWords[] = "lm_head.dense.weight";

BertLikeOptions optionsOf(const files::Config &config, std::int64_t vocabulary)
{
    const auto options = bertLikeOptions(config, {.vocabulary = vocabulary, .padding = 1});
    requireWholeHeads(config, options);
    return options;
}

HeadPtr maskedWords(const HeadContext &c)
{
    return wordHead(c, {.transform = "lm_head.dense",
                        .norm = "lm_head.layer_norm",
                        .decoder = "lm_head.decoder",
                        .bias = "lm_head",
                        .epsilon = c.config.number("layer_norm_eps", 1e-12)});
}

HeadPtr textClasses(const HeadContext &c)
{
    return heads::rowScores({.pooling = heads::poolPosition(0),
                             .chain = chain(c, {{.name = "classifier.dense", .activation = ops::Activation::Tanh},
                                                {.name = "classifier.out_proj", .outputs = labelCount(c)}})});
}

} // namespace

std::vector<TaskKind> robertaTasks()
{
    return {TaskKind::FillMask,          TaskKind::TextClassification, TaskKind::TokenClassification,
            TaskKind::QuestionAnswering, TaskKind::MultipleChoice,     TaskKind::TextGeneration,
            TaskKind::FeatureExtraction};
}

std::vector<HeadSpec> robertaHeads(const std::string &classPrefix)
{
    return encoderHeads({.classPrefix = classPrefix,
                         .wordsEvidence = kWords,
                         .classesEvidence = "classifier.out_proj.weight",
                         .words = maskedWords,
                         .textClasses = textClasses,
                         .choices = pooledChoices});
}

checkpoint::NameRules robertaNames(const std::string &model)
{
    return {.prefixes = {model + "."},
            .endings = olderNormNames(),
            .aliases = {{"lm_head.bias", "lm_head.decoder.bias"},
                        {model + ".embeddings.word_embeddings.weight", "lm_head.decoder.weight"}},
            .ignored = {"embeddings.position_ids", "lm_head.decoder.weight", "lm_head.decoder.bias"}};
}

Family robertaLike(RobertaLike family)
{
    const auto vocabulary = family.vocabulary;
    auto specs = robertaHeads(family.classPrefix);
    specs.insert(specs.begin(), languageModel(family.classPrefix + "ForCausalLM", kWords, maskedWords));
    return {
        .info = std::move(family.info),
        .tokenizer = std::move(family.tokenizer),
        .names = robertaNames(kModel),
        .heads = std::move(specs),
        .dimensions =
            [vocabulary](const files::Config &config) {
                const auto o = optionsOf(config, vocabulary);
                return Dimensions{o.layers, o.heads, o.hidden, o.vocabulary, o.longestText()};
            },
        .backbone =
            [vocabulary](const files::Config &config, const checkpoint::Weights &weights) {
                return bertLike(weights / kModel, optionsOf(config, vocabulary));
            },
    };
}

} // namespace engine::models
