// SPDX-License-Identifier: GPL-3.0-or-later
// Transformer-XL: Dai et al. 2019, "Attentive Language Models Beyond a Fixed-Length Context".
#include "heads/adaptive.h"
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/segment_recurrent.h"
#include "text/tokenizer_classes.h"

#include <string>

namespace engine::models {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 31;
constexpr int kMostClusters = 64;

layers::AdaptiveShape wordsOf(const files::Config &config)
{
    auto words = SegmentRecurrentOptions{}.words;
    words.vocabulary = config.integer("vocab_size", words.vocabulary, 1, kMost);
    words.features = config.integer("d_model", words.features, 1, kMost);
    words.width = config.integer("d_embed", words.width, 1, kMost);
    words.divisor = config.integer("div_val", words.divisor, 1, kMost);
    words.cutoffs = config.integers("cutoffs", words.cutoffs, {.minimum = 0, .maximum = kMost});
    if (words.clusters() > kMostClusters)
        config.fail("cutoffs", "at most " + std::to_string(kMostClusters - 1) + " numbers",
                    std::to_string(words.cutoffs.size()));
    for (std::size_t i = 0; i < words.clusters(); ++i)
        if (words.begin(i) >= words.end(i) || words.widthOf(i) < 1)
            config.fail("cutoffs",
                        "growing numbers below vocab_size " + std::to_string(words.vocabulary) +
                            ", and d_embed enough to be divided by div_val for each",
                        std::to_string(words.end(i)));
    return words;
}

SegmentRecurrentOptions optionsOf(const files::Config &config)
{
    SegmentRecurrentOptions o;
    o.words = wordsOf(config);
    o.layers = static_cast<int>(config.integer("n_layer", o.layers, 0, 10000));
    o.heads = config.integer("n_head", o.heads, 1, 10000);
    o.headSize = config.integer("d_head", o.headSize, 1, kMost);
    o.intermediate = config.integer("d_inner", o.intermediate, 1, kMost);
    o.memory = config.integer("mem_len", o.memory, 0, kMost);
    o.clampLength = config.integer("clamp_len", o.clampLength);
    o.seesEquallyMuch = config.boolean("same_length", o.seesEquallyMuch);
    o.isPreNorm = config.boolean("pre_lnorm", o.isPreNorm);
    o.sharesBiases = !config.boolean("untie_r", true);
    o.epsilon = config.number("layer_norm_epsilon", o.epsilon);
    if (const auto type = config.integer("attn_type", 0); type != 0)
        config.fail("attn_type", "0", std::to_string(type));
    return o;
}

// Whether the output projection of a cluster is the embedding's.
bool tiesProjection(const files::Config &config, std::size_t cluster)
{
    const auto ties = config.booleans("tie_projs");
    if (!ties.empty())
        return cluster < ties.size() && ties[cluster];
    return config.boolean("proj_share_all_but_first", true) && cluster > 0;
}

heads::HeadPtr words(const HeadContext &c)
{
    const auto &embedding = dynamic_cast<const AdaptiveBackbone &>(c.backbone).words();
    const auto &shape = embedding.shape();
    const auto crit = c.weights / "crit";
    const bool isTied = c.config.boolean("tie_word_embeddings", true);
    const bool isOneTable = shape.divisor == 1;
    heads::AdaptiveScores parts{.shape = shape, .clusters = {}, .clusterWeight = {}, .clusterBias = {}};
    for (std::size_t i = 0; i < shape.clusters(); ++i) {
        const auto layer = crit / "out_layers" / static_cast<std::int64_t>(isOneTable ? 0 : i);
        const auto begin = shape.begin(i);
        const auto end = shape.end(i);
        heads::AdaptiveScores::Cluster cluster{.weight = embedding.table(i), .bias = {}, .projection = {}};
        if (!isTied)
            cluster.weight = isOneTable ? layer.tensor("weight", {shape.vocabulary, shape.width}).rows(begin, end)
                                        : layer.tensor("weight", {end - begin, shape.widthOf(i)});
        cluster.bias = isOneTable ? layer.tensor("bias", {shape.vocabulary}).rows(begin, end)
                                  : layer.tensor("bias", {end - begin});
        if (shape.isProjected())
            cluster.projection =
                tiesProjection(c.config, i)
                    ? embedding.projection(i)
                    : (crit / "out_projs")
                          .tensor(std::to_string(i), {shape.features, shape.widthOf(isOneTable ? 0 : i)});
        parts.clusters.push_back(std::move(cluster));
    }
    if (const auto further = static_cast<std::int64_t>(shape.cutoffs.size()); further > 0) {
        parts.clusterWeight = crit.tensor("cluster_weight", {further, shape.width});
        parts.clusterBias = crit.tensor("cluster_bias", {further});
    }
    return heads::adaptiveScores(parts);
}

// Tensors that lie in files twice: once tied, once under the name of what they are tied to.
std::vector<std::string> tiedNames()
{
    std::vector<std::string> names{"pos_emb.inv_freq", "dec_attn.r_w_bias", "dec_attn.r_r_bias"};
    for (int i = 0; i < kMostClusters; ++i) {
        names.push_back("crit.out_layers." + std::to_string(i) + ".weight");
        names.push_back("crit.out_projs." + std::to_string(i));
    }
    return names;
}

} // namespace

Family transfoXl()
{
    return {
        .info = {.id = "transfo-xl",
                 .title = "Transformer-XL",
                 .category = Category::Autoregressive,
                 .tasks = {TaskKind::TextGeneration},
                 .description =
                     "Reads texts of any length segment by segment with a memory of the former one; relative "
                     "positions, adaptive softmax."},
        .tokenizer = text::tokenizerClass("TransfoXLTokenizer"),
        .names = {.prefixes = {"transformer."}, .ignored = tiedNames()},
        .heads = {{.id = "text-generation",
                   .className = "TransfoXLLMHeadModel",
                   .tasks = {TaskKind::TextGeneration},
                   .bind = words}},
        .dimensions =
            [](const files::Config &config) {
                const auto o = optionsOf(config);
                return Dimensions{o.layers, static_cast<int>(o.heads), o.words.features, o.words.vocabulary, 0};
            },
        .backbone =
            [](const files::Config &config, const checkpoint::Weights &weights) {
                return segmentRecurrent(weights / "transformer", optionsOf(config));
            },
    };
}

} // namespace engine::models
