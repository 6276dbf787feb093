// SPDX-License-Identifier: GPL-3.0-or-later
// BERT: Devlin et al. 2018, "BERT: Pre-training of Deep Bidirectional Transformers".
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/bert_like.h"
#include "text/tokenizer_classes.h"

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

// Masked-word scores; the output matrix is the word embedding unless the file says that it is its own.
HeadPtr words(const HeadContext &c, const std::string &output)
{
    const auto o = bertLikeOptions(c.config);
    const auto w = c.weights / "cls" / "predictions";
    const Tensor bias = w.tensor("bias", {o.vocabulary});
    const Tensor matrix = c.config.boolean("tie_word_embeddings", true)
                              ? c.backbone.wordEmbeddings()
                              : (w / "decoder").tensor("weight", {o.vocabulary, o.hidden});
    return heads::wordScores(
        {.transform = Dense{Linear(w / "transform" / "dense", {.inputs = o.hidden, .outputs = o.hidden}), o.activation},
         .norm = LayerNorm(w / "transform" / "LayerNorm", o.hidden, o.epsilon),
         .decoder = Linear(matrix, bias),
         .output = output});
}

HeadPtr maskedWords(const HeadContext &c)
{
    return words(c, "logits");
}

HeadPtr pooledRow(const HeadContext &c, const std::string &name, std::int64_t outputs, const std::string &output)
{
    const auto hidden = c.backbone.hiddenSize();
    return heads::rowScores({.pooling = heads::poolBackbone(),
                             .chain = {{Linear(c.weights / "cls" / name, {.inputs = hidden, .outputs = outputs})}},
                             .output = output});
}

HeadPtr nextSentence(const HeadContext &c)
{
    return pooledRow(c, "seq_relationship", 2, "logits");
}

HeadPtr pretraining(const HeadContext &c)
{
    return heads::together({words(c, "prediction_logits"), pooledRow(c, "seq_relationship", 2, "seq_relationship_logits")});
}

Linear classifier(const HeadContext &c, std::int64_t outputs)
{
    return {c.weights / "classifier", {.inputs = c.backbone.hiddenSize(), .outputs = outputs}};
}

HeadPtr textClasses(const HeadContext &c)
{
    const auto count = static_cast<std::int64_t>(c.config.labels().size());
    return heads::rowScores({.pooling = heads::poolBackbone(), .chain = {{classifier(c, count)}}});
}

HeadPtr choices(const HeadContext &c)
{
    return heads::rowScores(
        {.pooling = heads::poolBackbone(), .chain = {{classifier(c, 1)}}, .scoresChoices = true});
}

HeadPtr tokenClasses(const HeadContext &c)
{
    return heads::tokenScores({.chain = {{classifier(c, static_cast<std::int64_t>(c.config.labels().size()))}}});
}

HeadPtr spans(const HeadContext &c)
{
    return heads::spanScores({c.weights / "qa_outputs", {.inputs = c.backbone.hiddenSize(), .outputs = 2}});
}

std::vector<HeadSpec> headTable()
{
    const std::string words = "cls.predictions.transform.dense.weight";
    const std::string pair = "cls.seq_relationship.weight";
    const std::string classifier = "classifier.weight";
    return {
        {.id = "text-generation", .className = "BertLMHeadModel", .tasks = {TaskKind::TextGeneration},
         .evidence = words, .condition = isDecoder, .bind = maskedWords},
        {.id = "fill-mask", .className = "BertForMaskedLM", .tasks = {TaskKind::FillMask},
         .evidence = words, .condition = isEncoder, .bind = maskedWords},
        {.id = "next-sentence", .className = "BertForNextSentencePrediction", .tasks = {TaskKind::NextSentence},
         .evidence = pair, .bind = nextSentence},
        {.id = "pretraining", .className = "BertForPreTraining", .tasks = {}, .evidence = words,
         .isOnlyByName = true, .bind = pretraining},
        {.id = "text-classification", .className = "BertForSequenceClassification",
         .tasks = {TaskKind::TextClassification}, .evidence = classifier, .isOnlyByName = true, .bind = textClasses,
         .labels = labels},
        {.id = "token-classification", .className = "BertForTokenClassification",
         .tasks = {TaskKind::TokenClassification}, .evidence = classifier, .isOnlyByName = true, .bind = tokenClasses,
         .labels = labels},
        {.id = "multiple-choice", .className = "BertForMultipleChoice", .tasks = {TaskKind::MultipleChoice},
         .evidence = classifier, .isOnlyByName = true, .bind = choices},
        {.id = "question-answering", .className = "BertForQuestionAnswering", .tasks = {TaskKind::QuestionAnswering},
         .evidence = "qa_outputs.weight", .bind = spans},
        {.id = "feature-extraction", .className = "BertModel", .tasks = {TaskKind::FeatureExtraction},
         .bind = [](const HeadContext &) { return heads::features(); }},
    };
}

} // namespace

Family bert()
{
    return {
        .info = {.id = "bert",
                 .title = "BERT",
                 .category = Category::Autoencoding,
                 .tasks = {TaskKind::FillMask, TaskKind::NextSentence, TaskKind::TextClassification,
                           TaskKind::TokenClassification, TaskKind::QuestionAnswering, TaskKind::MultipleChoice,
                           TaskKind::TextGeneration, TaskKind::FeatureExtraction},
                 .description = "Sees the whole sentence at once; learned by restoring masked words and by telling "
                                "whether one sentence follows another."},
        .tokenizer = text::tokenizerClass("BertTokenizer"),
        .names = {.prefixes = {"bert."},
                  .endings = {{"LayerNorm.weight", "LayerNorm.gamma"}, {"LayerNorm.bias", "LayerNorm.beta"}},
                  .aliases = {{"cls.predictions.bias", "cls.predictions.decoder.bias"},
                              {"bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"}},
                  .ignored = {"embeddings.position_ids", "cls.predictions.decoder.weight",
                              "cls.predictions.decoder.bias"}},
        .heads = headTable(),
        .dimensions =
            [](const files::Config &config) {
                const auto o = bertLikeOptions(config);
                return Dimensions{o.layers, o.heads, o.hidden, o.vocabulary, o.maxPositions};
            },
        .backbone = [](const files::Config &config, const checkpoint::Weights &weights) {
            return bertLike(weights / "bert", bertLikeOptions(config));
        },
    };
}

} // namespace engine::models
