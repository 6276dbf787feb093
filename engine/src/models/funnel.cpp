// SPDX-License-Identifier: GPL-3.0-or-later
// Funnel: Dai et al. 2020, "Funnel-Transformer: Filtering out Sequential Redundancy for Efficient Language Processing".
#include "engine/names.h"
#include "layers/distance_block.h"
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/encoder_heads.h"
#include "models/recipes/pooled_places.h"
#include "text/tokenizer_classes.h"

#include <numeric>
#include <utility>

namespace engine::models {
namespace {

using checkpoint::Weights;
using heads::HeadPtr;
using layers::LayerNorm;
using layers::Linear;

constexpr float kHidden = -1e6F; // added to the score of a hidden pair

struct FunnelOptions {
    std::int64_t vocabulary = 30522;
    std::int64_t hidden = 768;
    int heads = 12;
    std::int64_t headSize = 64;
    std::int64_t intermediate = 3072;
    double epsilon = 1e-9;
    ops::Activation activation = ops::Activation::GeluTanh;
    std::vector<std::int64_t> blockSizes = {4, 4, 4};
    std::vector<std::int64_t> blockRepeats = {1, 1, 1};
    int decoderLayers = 2;
    PoolOptions pooling;
    bool poolsQueryOnly = true; // in the first layer of a block the keys are still long

    [[nodiscard]] int encoderCalls() const
    {
        return static_cast<int>(
            std::inner_product(blockSizes.begin(), blockSizes.end(), blockRepeats.begin(), std::int64_t{0}));
    }
    [[nodiscard]] layers::DistanceBlockShape block() const
    {
        return {.hidden = hidden,
                .heads = heads,
                .headSize = headSize,
                .intermediate = intermediate,
                .epsilon = epsilon,
                .activation = activation};
    }
};

void check(const files::Config &config, const FunnelOptions &o)
{
    if (o.blockSizes.empty())
        config.fail("block_sizes", "at least one block", "none");
    if (o.blockRepeats.size() != o.blockSizes.size())
        config.fail("block_repeats", std::to_string(o.blockSizes.size()) + " numbers, as block_sizes has",
                    std::to_string(o.blockRepeats.size()));
    if (o.hidden % 2 != 0)
        config.fail("d_model", "an even number", std::to_string(o.hidden));
    const auto attention = config.text("attention_type", "relative_shift"); // two ways to compute the same
    if (attention != "relative_shift" && attention != "factorized")
        config.fail("attention_type", "relative_shift or factorized", attention);
}

FunnelOptions funnelOptions(const files::Config &config)
{
    constexpr std::int64_t kMost = 1'000'000;
    FunnelOptions o;
    o.vocabulary = config.integer("vocab_size", o.vocabulary, 1, kMost);
    o.hidden = config.integer("d_model", o.hidden, 1, kMost);
    o.heads = static_cast<int>(config.integer("n_head", o.heads, 1, 10000));
    o.headSize = config.integer("d_head", o.headSize, 1, kMost);
    o.intermediate = config.integer("d_inner", o.intermediate, 1, kMost);
    o.epsilon = config.number("layer_norm_eps", o.epsilon);
    o.activation = ops::activationFromName(config.text("hidden_act", "gelu_new"));
    constexpr files::Config::Range kLayers{.minimum = 1, .maximum = 1000};
    o.blockSizes = config.integers("block_sizes", o.blockSizes, kLayers);
    o.blockRepeats = config.integers("block_repeats", std::vector<std::int64_t>(o.blockSizes.size(), 1), kLayers);
    o.decoderLayers = static_cast<int>(config.integer("num_decoder_layers", o.decoderLayers, 0, 10000));
    const auto pooling = config.text("pooling_type", "mean");
    if (pooling != "mean" && pooling != "max")
        config.fail("pooling_type", "mean or max", pooling);
    o.pooling = {.kind = pooling == "mean" ? PoolKind::Mean : PoolKind::Max,
                 .separatesClass = config.boolean("separate_cls", true),
                 .truncates = config.boolean("truncate_seq", true)};
    o.poolsQueryOnly = config.boolean("pool_q_only", true);
    check(config, o);
    return o;
}

class Funnel final : public Backbone {
public:
    Funnel(const Weights &w, const FunnelOptions &o)
        : m_options(o), m_words(w / "embeddings" / "word_embeddings", o.vocabulary, o.hidden, "token id"),
          m_norm(w / "embeddings" / "layer_norm", o.hidden, o.epsilon)
    {
        for (std::size_t b = 0; b < o.blockSizes.size(); ++b) {
            auto &block = m_blocks.emplace_back();
            for (std::int64_t i = 0; i < o.blockSizes[b]; ++i)
                block.emplace_back(w / "encoder" / "blocks" / static_cast<std::int64_t>(b) / i, o.block());
        }
        if ((w / "decoder" / "layers" / 0 / "ffn" / "linear_1").has("weight"))
            for (int i = 0; i < o.decoderLayers; ++i)
                m_decoder.emplace_back(w / "decoder" / "layers" / i, o.block());
    }

    [[nodiscard]] BackboneOutput run(const BackboneInput &input, const RunControl &control) const override
    {
        const Tensor &ids = require(input.inputs, names::kInputIds);
        Run run{.places = wholePlaces(input.inputs, ids),
                .control = control,
                .sinusoids = layers::DistanceSinusoids(m_options.hidden)};
        const Tensor hidden = throughBlocks(m_norm(m_words(ids)), run);
        if (input.stopsAtEncoder)
            return {.hidden = hidden};
        if (m_decoder.empty() && m_options.decoderLayers > 0)
            failFile("the checkpoint holds no funnel.decoder.layers: it is a base model, which gives " +
                     std::to_string(hidden.size(1)) + " states for " + std::to_string(ids.size(1)) + " tokens");
        return {.hidden = decode(ops::add(unpooled(hidden, ids.size(1)), run.skipped), run)};
    }

    [[nodiscard]] const std::vector<std::string_view> &inputNames() const override
    {
        static const std::vector<std::string_view> kNames{names::kInputIds, names::kAttentionMask,
                                                          names::kTokenTypeIds};
        return kNames;
    }
    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_words.table(); }
    [[nodiscard]] NamedTensors stepInputs(const Tensor & /*ids*/, const Tensor & /*mask*/,
                                          const RunState * /*state*/) const override
    {
        failArgument("this model does not generate text");
    }
    [[nodiscard]] std::int64_t maxPositions() const override { return 0; }
    [[nodiscard]] int layerCount() const override
    {
        return m_options.encoderCalls() + static_cast<int>(m_decoder.size());
    }
    [[nodiscard]] int headCount() const override { return m_options.heads; }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.hidden; }

private:
    struct Run {
        PooledPlaces places; // of the tokens
        const RunControl &control;
        layers::DistanceSinusoids sinusoids;
        Tensor skipped = {}; // what the up-sampled states are added to
    };

    struct Side {
        const Tensor &states; // (rows, length, hidden)
        const PooledPlaces &places;
    };
    [[nodiscard]] layers::DistanceBlock::Call callOf(const Side &query, const Side &key, Run &run) const
    {
        return {.query = query.states,
                .key = key.states,
                .places = {.queryFirst = query.places.first,
                           .keyFirst = key.places.first,
                           .keyStride = key.places.stride,
                           .step = query.places.stride / key.places.stride,
                           .queryTypes = query.places.types,
                           .keyTypes = key.places.types,
                           .hasClass = m_options.pooling.separatesClass,
                           .sinusoids = run.sinusoids},
                .mask = {{{.rule = pooledRule(query.places, key.places), .mode = MaskMode::Add, .value = kHidden}}}};
    }

    // Each block after the first halves the length.
    [[nodiscard]] Tensor throughBlocks(Tensor hidden, Run &run) const
    {
        PooledPlaces places = run.places;
        traceHiddenState(run.control, Stack::Encoder, 0, hidden);
        int done = 0;
        for (std::size_t b = 0; b < m_blocks.size(); ++b) {
            bool isPooling = b > 0 && canPool(hidden.size(1), m_options.pooling);
            for (const auto &layer : m_blocks[b])
                for (std::int64_t repeat = 0; repeat < m_options.blockRepeats[b]; ++repeat) {
                    const BlockScope scope(run.control, {.layer = done, .layers = layerCount()});
                    const PooledPlaces shorter = isPooling ? pooled(places, m_options.pooling) : places;
                    const Tensor query = isPooling ? poolStates(hidden, m_options.pooling) : hidden;
                    const bool isKeyLong = isPooling && m_options.poolsQueryOnly;
                    auto call = callOf({query, shorter}, isKeyLong ? Side{hidden, places} : Side{query, shorter}, run);
                    call.layer = done;
                    hidden = layer(call, run.control);
                    places = shorter;
                    isPooling = false;
                    traceHiddenState(run.control, Stack::Encoder, ++done, hidden);
                    if (done == m_options.blockSizes.front())
                        run.skipped = hidden;
                }
        }
        return hidden;
    }

    [[nodiscard]] Tensor unpooled(const Tensor &hidden, std::int64_t length) const
    {
        return upsample(hidden, {.stride = std::int64_t{1} << (m_blocks.size() - 1),
                                 .length = length,
                                 .separatesClass = m_options.pooling.separatesClass});
    }

    [[nodiscard]] Tensor decode(Tensor hidden, Run &run) const
    {
        traceHiddenState(run.control, Stack::Decoder, 0, hidden);
        for (int i = 0; i < static_cast<int>(m_decoder.size()); ++i) {
            const BlockScope scope(
                run.control,
                {.stack = Stack::Decoder, .layer = i, .layers = layerCount(), .before = m_options.encoderCalls()});
            auto call = callOf({hidden, run.places}, {hidden, run.places}, run);
            call.stack = Stack::Decoder;
            call.layer = i;
            hidden = m_decoder[static_cast<std::size_t>(i)](call, run.control);
            traceHiddenState(run.control, Stack::Decoder, i + 1, hidden);
        }
        return hidden;
    }

    FunnelOptions m_options;
    layers::Embedding m_words;
    LayerNorm m_norm;
    std::vector<std::vector<layers::DistanceBlock>> m_blocks;
    std::vector<layers::DistanceBlock> m_decoder;
};

std::vector<std::string> labels(const files::Config &config)
{
    return config.labels();
}

HeadPtr maskedWords(const HeadContext &c)
{
    const auto vocabulary = c.backbone.vocabularySize();
    const auto w = c.weights / "lm_head";
    const Tensor matrix = c.config.boolean("tie_word_embeddings", true)
                              ? c.backbone.wordEmbeddings()
                              : w.tensor("weight", {vocabulary, c.backbone.hiddenSize()});
    return heads::wordScores({.decoder = Linear(matrix, w.tensor("bias", {vocabulary}))});
}

// Was another word here?
HeadPtr replacedTokens(const HeadContext &c)
{
    return heads::tokenScores(
        {.chain =
             chain(c, {{.name = "discriminator_predictions.dense", .activation = funnelOptions(c.config).activation},
                       {.name = "discriminator_predictions.dense_prediction", .outputs = 1}}),
         .isOneScore = true,
         .isFlatForOneRow = true});
}

// The class token of the base model through two dense layers.
std::vector<heads::Dense> classChain(const HeadContext &c, std::int64_t outputs)
{
    return chain(c, {{.name = "classifier.linear_hidden", .activation = ops::Activation::Tanh},
                     {.name = "classifier.linear_out", .outputs = outputs}});
}

HeadPtr textClasses(const HeadContext &c)
{
    return heads::rowScores({.pooling = heads::poolPosition(0), .chain = classChain(c, labelCount(c))});
}

HeadPtr choices(const HeadContext &c)
{
    return heads::rowScores({.pooling = heads::poolPosition(0), .chain = classChain(c, 1), .scoresChoices = true});
}

std::vector<HeadSpec> headTable()
{
    const std::string classifier = "classifier.linear_hidden.weight";
    const auto features = [](const HeadContext &) { return heads::features(); };
    return {
        {.id = "fill-mask",
         .className = "FunnelForMaskedLM",
         .tasks = {TaskKind::FillMask},
         .evidence = "lm_head.bias",
         .bind = maskedWords},
        {.id = "replaced-token-detection",
         .className = "FunnelForPreTraining",
         .tasks = {TaskKind::ReplacedTokenDetection},
         .evidence = "discriminator_predictions.dense.weight",
         .bind = replacedTokens},
        {.id = "text-classification",
         .className = "FunnelForSequenceClassification",
         .tasks = {TaskKind::TextClassification},
         .evidence = classifier,
         .isOnlyByName = true,
         .usesEncoderOnly = true,
         .bind = textClasses,
         .labels = labels},
        {.id = "multiple-choice",
         .className = "FunnelForMultipleChoice",
         .tasks = {TaskKind::MultipleChoice},
         .evidence = classifier,
         .isOnlyByName = true,
         .usesEncoderOnly = true,
         .bind = choices},
        {.id = "token-classification",
         .className = "FunnelForTokenClassification",
         .tasks = {TaskKind::TokenClassification},
         .evidence = "classifier.weight",
         .bind = tokenClasses,
         .labels = labels},
        {.id = "question-answering",
         .className = "FunnelForQuestionAnswering",
         .tasks = {TaskKind::QuestionAnswering},
         .evidence = "qa_outputs.weight",
         .bind = answerSpans},
        {.id = "feature-extraction",
         .className = "FunnelModel",
         .tasks = {TaskKind::FeatureExtraction},
         .evidence = "funnel.decoder.layers.0.ffn.linear_1.weight",
         .bind = features},
        {.id = "feature-extraction-base",
         .className = "FunnelBaseModel",
         .tasks = {TaskKind::FeatureExtraction},
         .usesEncoderOnly = true,
         .bind = features},
    };
}

} // namespace

Family funnel()
{
    return {
        .info = {.id = "funnel",
                 .title = "Funnel Transformer",
                 .category = Category::Autoencoding,
                 .tasks = {TaskKind::FillMask, TaskKind::TextClassification, TaskKind::TokenClassification,
                           TaskKind::QuestionAnswering, TaskKind::MultipleChoice, TaskKind::ReplacedTokenDetection,
                           TaskKind::FeatureExtraction},
                 .description = "Blocks that halve the number of states by pooling; two more layers bring them back to "
                                "full length where every token needs an answer."},
        .tokenizer = text::tokenizerClass("FunnelTokenizer"),
        .names = {.prefixes = {"funnel."},
                  .aliases = {{"funnel.embeddings.word_embeddings.weight", "lm_head.weight"}},
                  .ignored = {"lm_head.weight"}},
        .heads = headTable(),
        .dimensions =
            [](const files::Config &config) {
                const auto o = funnelOptions(config);
                return Dimensions{o.encoderCalls() + o.decoderLayers, o.heads, o.hidden, o.vocabulary, 0};
            },
        .backbone = [](const files::Config &config, const Weights &weights) -> std::shared_ptr<const Backbone> {
            return std::make_shared<Funnel>(weights / "funnel", funnelOptions(config));
        },
    };
}

} // namespace engine::models
