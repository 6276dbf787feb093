// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/encoder_heads.h"

#include <utility>

namespace engine::models {
namespace {

using heads::Dense;
using heads::HeadPtr;
using layers::LayerNorm;
using layers::Linear;

bool isDecoder(const files::Config &config)
{
    return config.boolean("is_decoder", false);
}

bool isEncoder(const files::Config &config)
{
    return !isDecoder(config);
}

std::vector<std::string> labels(const files::Config &config)
{
    return config.labels();
}

HeadPtr pooled(const HeadContext &c, std::int64_t outputs, bool scoresChoices)
{
    return heads::rowScores({.pooling = heads::poolBackbone(),
                             .chain = chain(c, {{.name = "classifier", .outputs = outputs}}),
                             .scoresChoices = scoresChoices});
}

} // namespace

HeadPtr wordHead(const HeadContext &c, const WordHead &parts)
{
    const Tensor &words = c.backbone.wordEmbeddings();
    const auto vocabulary = words.size(0);
    const auto width = words.size(1);
    const Tensor matrix = c.config.boolean("tie_word_embeddings", true)
                              ? words
                              : (c.weights / parts.decoder).tensor("weight", {vocabulary, width});
    const Linear dense(c.weights / parts.transform, {.inputs = c.backbone.hiddenSize(), .outputs = width});
    return heads::wordScores({.transform = Dense{dense, parts.activation},
                              .norm = LayerNorm(c.weights / parts.norm, width, parts.epsilon),
                              .decoder = Linear(matrix, (c.weights / parts.bias).tensor("bias", {vocabulary})),
                              .output = parts.output});
}

std::vector<Dense> chain(const HeadContext &c, const std::vector<Link> &links)
{
    std::vector<Dense> out;
    auto width = c.backbone.hiddenSize();
    for (const auto &link : links) {
        const auto outputs = link.outputs > 0 ? link.outputs : c.backbone.hiddenSize();
        out.push_back({Linear(c.weights / link.name, {.inputs = width, .outputs = outputs}), link.activation});
        width = outputs;
    }
    return out;
}

std::int64_t labelCount(const HeadContext &c)
{
    return static_cast<std::int64_t>(c.config.labels().size());
}

HeadPtr tokenClasses(const HeadContext &c)
{
    return heads::tokenScores({.chain = chain(c, {{.name = "classifier", .outputs = labelCount(c)}})});
}

HeadPtr answerSpans(const HeadContext &c)
{
    return heads::spanScores({c.weights / "qa_outputs", {.inputs = c.backbone.hiddenSize(), .outputs = 2}});
}

HeadPtr pooledClasses(const HeadContext &c)
{
    return pooled(c, labelCount(c), false);
}

HeadPtr pooledChoices(const HeadContext &c)
{
    return pooled(c, 1, true);
}

HeadPtr summarisedChoices(const HeadContext &c, const heads::SummaryOptions &options)
{
    const auto summary = heads::sequenceSummary(c.config, c.weights / "sequence_summary", options);
    return heads::rowScores({.pooling = summary.pooling,
                             .chain = {{Linear(c.weights / "classifier", {.inputs = summary.outputs, .outputs = 1})}},
                             .scoresChoices = true});
}

std::vector<HeadSpec> encoderHeads(const EncoderHeads &family)
{
    const std::string classifier = "classifier.weight";
    const bool sharesNames = family.classesEvidence.empty();
    const auto named = [&](const char *rest) { return family.classPrefix + rest; };
    return {
        {.id = "fill-mask",
         .className = named("ForMaskedLM"),
         .tasks = {TaskKind::FillMask},
         .evidence = family.wordsEvidence,
         .condition = isEncoder,
         .bind = family.words},
        {.id = "text-classification",
         .className = named("ForSequenceClassification"),
         .tasks = {TaskKind::TextClassification},
         .evidence = sharesNames ? classifier : family.classesEvidence,
         .isOnlyByName = sharesNames,
         .bind = family.textClasses,
         .labels = labels},
        {.id = "token-classification",
         .className = named("ForTokenClassification"),
         .tasks = {TaskKind::TokenClassification},
         .evidence = classifier,
         .isOnlyByName = true,
         .bind = tokenClasses,
         .labels = labels},
        {.id = "multiple-choice",
         .className = named("ForMultipleChoice"),
         .tasks = {TaskKind::MultipleChoice},
         .evidence = classifier,
         .isOnlyByName = true,
         .bind = family.choices},
        {.id = "question-answering",
         .className = named("ForQuestionAnswering"),
         .tasks = {TaskKind::QuestionAnswering},
         .evidence = "qa_outputs.weight",
         .bind = answerSpans},
        {.id = "feature-extraction",
         .className = named("Model"),
         .tasks = {TaskKind::FeatureExtraction},
         .bind = [](const HeadContext &) { return heads::features(); }},
    };
}

HeadSpec languageModel(std::string className, std::string evidence, BindHead bind)
{
    return {.id = "text-generation",
            .className = std::move(className),
            .tasks = {TaskKind::TextGeneration},
            .evidence = std::move(evidence),
            .condition = isDecoder,
            .bind = std::move(bind)};
}

std::vector<std::pair<std::string, std::string>> olderNormNames()
{
    return {{"LayerNorm.weight", "LayerNorm.gamma"}, {"LayerNorm.bias", "LayerNorm.beta"}};
}

} // namespace engine::models
