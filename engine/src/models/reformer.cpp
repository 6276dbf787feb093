// SPDX-License-Identifier: GPL-3.0-or-later
// Reformer: Kitaev et al. 2020, "Reformer: The Efficient Transformer".
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/reversible_chunked.h"
#include "text/tokenizer_classes.h"

#include <algorithm>

namespace engine::models {
namespace {

using heads::HeadPtr;
using layers::Linear;

constexpr std::int64_t kMost = std::int64_t{1} << 31;
constexpr std::int64_t kMostBuckets = std::int64_t{1} << 24;

std::vector<bool> hashesOf(const files::Config &config)
{
    const auto kinds = config.texts("attn_layers");
    if (kinds.empty())
        return ReversibleChunkedOptions{}.hashes;
    std::vector<bool> hashes;
    for (const auto &kind : kinds) {
        if (kind != "lsh" && kind != "local")
            config.fail("attn_layers", "lsh or local for each layer", kind);
        hashes.push_back(kind == "lsh");
    }
    return hashes;
}

ReversibleChunkedOptions::Chunks chunksOf(const files::Config &config, const std::string &prefix)
{
    ReversibleChunkedOptions::Chunks chunks;
    chunks.length = config.integer(prefix + "_attn_chunk_length", chunks.length, 1, kMost);
    chunks.before = config.integer(prefix + "_num_chunks_before", chunks.before, 0, 1024);
    chunks.after = config.integer(prefix + "_num_chunks_after", chunks.after, 0, 1024);
    return chunks;
}

std::vector<std::int64_t> factorsOf(const files::Config &config)
{
    auto factors = config.integers("num_buckets", {}, {.minimum = 2, .maximum = kMostBuckets});
    std::int64_t product = 1;
    for (const auto factor : factors) {
        if (factor % 2 != 0)
            config.fail("num_buckets", "even numbers", std::to_string(factor));
        if (factor > kMostBuckets / product)
            config.fail("num_buckets", "at most " + std::to_string(kMostBuckets) + " buckets", "more");
        product *= factor;
    }
    return factors;
}

std::vector<layers::AxialPositions::Axis> axesOf(const files::Config &config, std::int64_t hidden)
{
    if (!config.boolean("axial_pos_embds", true))
        return {};
    constexpr files::Config::Range kPositive{.minimum = 1, .maximum = kMost};
    auto axes = ReversibleChunkedOptions{}.axes;
    const auto sizes = config.integers("axial_pos_shape", {}, kPositive);
    const auto features = config.integers("axial_pos_embds_dim", {}, kPositive);
    if (!sizes.empty() && !features.empty() && sizes.size() != features.size())
        config.fail("axial_pos_embds_dim", std::to_string(sizes.size()) + " numbers, as axial_pos_shape has",
                    std::to_string(features.size()));
    axes.resize(std::max({sizes.size(), features.size(), std::size_t{2}}));
    std::int64_t width = 0;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        axes[i].size = i < sizes.size() ? sizes[i] : axes[i].size;
        axes[i].features = i < features.size() ? features[i] : axes[i].features;
        width += axes[i].features;
    }
    if (width != hidden)
        config.fail("axial_pos_embds_dim", "a sum of hidden_size " + std::to_string(hidden), std::to_string(width));
    return axes;
}

ReversibleChunkedOptions optionsOf(const files::Config &config)
{
    ReversibleChunkedOptions o;
    o.vocabulary = config.integer("vocab_size", o.vocabulary, 1, kMost);
    o.hidden = config.integer("hidden_size", o.hidden, 1, kMost);
    o.heads = config.integer("num_attention_heads", o.heads, 1, 10000);
    o.headSize = config.integer("attention_head_size", o.headSize, 1, 1 << 20);
    o.intermediate = config.integer("feed_forward_size", o.intermediate, 1, kMost);
    o.maxPositions = config.integer("max_position_embeddings", o.maxPositions, 1, kMost);
    o.epsilon = config.number("layer_norm_eps", o.epsilon);
    o.activation = ops::activationFromName(config.text("hidden_act", "relu"));
    o.isCausal = config.boolean("is_decoder", false);
    o.hashes = hashesOf(config);
    o.local = chunksOf(config, "local");
    o.hashed = chunksOf(config, "lsh");
    o.rounds = config.integer("num_hashes", o.rounds, 1, 1024);
    o.bucketFactors = factorsOf(config);
    o.axes = axesOf(config, o.hidden);
    o.padId = config.integer("pad_token_id", o.padId, 0, o.vocabulary - 1);
    o.blockRows = config.integer("chunk_size_feed_forward", 0, 0, kMost);
    std::int64_t places = o.axes.empty() ? kMost : 1; // of the grid: may be fewer than the positions
    for (const auto &axis : o.axes)
        places = std::min(kMost, places * axis.size);
    o.maxPositions = std::min(o.maxPositions, places);
    return o;
}

std::int64_t bothStreams(const HeadContext &c)
{
    return 2 * c.backbone.hiddenSize();
}

HeadPtr wordHead(const HeadContext &c)
{
    const auto vocabulary = c.backbone.vocabularySize();
    const auto w = c.weights / "lm_head";
    const Tensor matrix = (w / "decoder").tensor("weight", {vocabulary, bothStreams(c)});
    return heads::wordScores({.decoder = Linear(matrix, w.tensor("bias", {vocabulary}))});
}

HeadPtr classes(const HeadContext &c)
{
    const auto hidden = c.backbone.hiddenSize();
    const auto labels = static_cast<std::int64_t>(c.config.labels().size());
    const auto w = c.weights / "classifier";
    return heads::rowScores(
        {.pooling = heads::poolPosition(0),
         .chain = {{Linear(w / "dense", {.inputs = bothStreams(c), .outputs = hidden}), ops::Activation::Tanh},
                   {Linear(w / "out_proj", {.inputs = hidden, .outputs = labels})}}});
}

HeadPtr spans(const HeadContext &c)
{
    return heads::spanScores({c.weights / "qa_outputs", {.inputs = bothStreams(c), .outputs = 2}});
}

bool isDecoder(const files::Config &config)
{
    return config.boolean("is_decoder", false);
}

bool isEncoder(const files::Config &config)
{
    return !isDecoder(config);
}

std::vector<HeadSpec> headTable()
{
    const std::string words = "lm_head.decoder.weight";
    return {
        {.id = "text-generation",
         .className = "ReformerModelWithLMHead",
         .tasks = {TaskKind::TextGeneration},
         .evidence = words,
         .condition = isDecoder,
         .bind = wordHead},
        {.id = "fill-mask",
         .className = "ReformerForMaskedLM",
         .tasks = {TaskKind::FillMask},
         .evidence = words,
         .condition = isEncoder,
         .bind = wordHead},
        {.id = "text-classification",
         .className = "ReformerForSequenceClassification",
         .tasks = {TaskKind::TextClassification},
         .evidence = "classifier.out_proj.weight",
         .bind = classes,
         .labels = [](const files::Config &config) { return config.labels(); }},
        {.id = "question-answering",
         .className = "ReformerForQuestionAnswering",
         .tasks = {TaskKind::QuestionAnswering},
         .evidence = "qa_outputs.weight",
         .bind = spans},
    };
}

} // namespace

Family reformer()
{
    return {
        .info = {.id = "reformer",
                 .title = "Reformer",
                 .category = Category::Autoregressive,
                 .tasks = {TaskKind::TextGeneration, TaskKind::FillMask, TaskKind::TextClassification,
                           TaskKind::QuestionAnswering},
                 .description = "Reads very long texts: attention inside hash buckets and chunks, axial positions, "
                                "reversible layers."},
        .tokenizer = text::tokenizerClass("ReformerTokenizer"),
        .names = {.prefixes = {"reformer."},
                  .aliases = {{"lm_head.bias", "lm_head.decoder.bias"}},
                  .ignored = {"mask_value_float16", "mask_value_float32"}},
        .heads = headTable(),
        .dimensions =
            [](const files::Config &config) {
                const auto o = optionsOf(config);
                return Dimensions{static_cast<int>(o.hashes.size()), static_cast<int>(o.heads), o.hidden, o.vocabulary,
                                  usablePositions(o)};
            },
        .backbone =
            [](const files::Config &config, const checkpoint::Weights &weights) {
                return reversibleChunked(weights / "reformer", optionsOf(config));
            },
    };
}

} // namespace engine::models
