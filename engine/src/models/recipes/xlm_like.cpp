// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/xlm_like.h"

#include "engine/names.h"
#include "heads/span_beams.h"
#include "heads/summary.h"
#include "layers/attention/attention.h"
#include "models/recipes/encoder_heads.h"
#include "models/recipes/input_terms.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace engine::models {
namespace {

using checkpoint::Weights;
using heads::HeadPtr;
using layers::Embedding;
using layers::LayerNorm;
using layers::Linear;

constexpr float kLowest = std::numeric_limits<float>::lowest(); // takes the place of a hidden score

// Which rows of a batch are real tokens; null: all.
Tensor keptTokens(const NamedTensors &inputs, const Tensor &ids, std::int64_t padding)
{
    const auto length = ids.size(1);
    Tensor keep = find(inputs, names::kAttentionMask);
    if (!keep.isNull()) {
        if (keep.shape() != ids.shape())
            failArgument("attention_mask: expected shape " + ids.shape().text() + ", found " + keep.shape().text());
    } else {
        const Tensor lengths = find(inputs, names::kLengths);
        if (!lengths.isNull() && lengths.shape() != Shape{ids.size(0)})
            failArgument("lengths: expected " + std::to_string(ids.size(0)) + " numbers, found shape " +
                         lengths.shape().text());
        keep = Tensor::zeros(ids.shape(), DType::I64);
        auto values = keep.mutableInts();
        for (std::int64_t row = 0; row < ids.size(0); ++row) {
            const auto own =
                ids.ints().subspan(static_cast<std::size_t>(row * length), static_cast<std::size_t>(length));
            const std::int64_t count = lengths.isNull() ? length - std::ranges::count(own, padding)
                                                        : lengths.ints()[static_cast<std::size_t>(row)];
            if (count < 0 || count > length)
                failArgument("lengths: " + std::to_string(count) + " of " + std::to_string(length) + " tokens");
            std::fill_n(values.begin() + row * length, count, 1);
        }
    }
    return std::ranges::find(keep.ints(), 0) == keep.ints().end() ? Tensor() : keep;
}

// States of padding become zero.
void clearPadding(const Tensor &keep, Tensor &states)
{
    if (keep.isNull())
        return;
    const auto features = states.size(2);
    float *to = states.mutableFloats().data();
    for (const auto kept : keep.ints()) {
        if (kept == 0)
            std::fill_n(to, features, 0.0F);
        to += features;
    }
}

class Embeddings {
public:
    Embeddings(const Weights &w, const XlmLikeOptions &o)
        : m_words(w / "embeddings", o.vocabulary, o.hidden, "token id"),
          m_positions(w / "position_embeddings", o.maxPositions, o.hidden, "position"),
          m_norm(w / "layer_norm_emb", o.hidden, o.epsilon)
    {
        if (o.languages > 0)
            m_languages.emplace(w / "lang_embeddings", o.languages, o.hidden, "language");
    }

    [[nodiscard]] const Tensor &words() const { return m_words.table(); }

    [[nodiscard]] Tensor operator()(const NamedTensors &inputs, const RunControl &control) const
    {
        const Tensor &ids = require(inputs, names::kInputIds);
        Tensor positions = find(inputs, names::kPositionIds);
        if (positions.isNull())
            positions = positionRange(1, ids.size(1), 0);
        const auto term = [&control](const char *table, const Embedding &embedding, const Tensor &rows) {
            Tensor vectors = embedding(rows);
            traceInputTerm(control, {.table = table, .rows = rows, .vectors = vectors});
            return vectors;
        };
        const Tensor words = term("words", m_words, ids);
        Tensor sum = withRows(words, term("positions", m_positions, positions));
        const Tensor types = find(inputs, names::kTokenTypeIds);
        if (const Tensor langs = languagesOf(inputs, ids, types); m_languages && !langs.isNull())
            sum = withRows(sum, term("languages", *m_languages, langs));
        if (!types.isNull()) // the table of words serves for them too
            sum = withRows(sum, term("types", m_words, types));
        return m_norm(sum);
    }

private:
    // (1, length, hidden) serves every row.
    static Tensor withRows(const Tensor &sum, const Tensor &more)
    {
        return ops::add(sum, more.size(0) == sum.size(0) ? more : more.reshaped({more.size(1), more.size(2)}));
    }

    // One language for all, one for each of two texts, or one a token; null: no term.
    static Tensor languagesOf(const NamedTensors &inputs, const Tensor &ids, const Tensor &types)
    {
        const Tensor language = find(inputs, names::kLanguage);
        if (language.isNull())
            return find(inputs, names::kLangs);
        const Tensor pair = find(inputs, names::kPairLanguage);
        Tensor langs = Tensor::uninitialised(ids.shape(), DType::I64);
        auto values = langs.mutableInts();
        for (std::size_t i = 0; i < values.size(); ++i) {
            const bool isPair = !pair.isNull() && !types.isNull() && types.ints()[i] == 1;
            values[i] = isPair ? pair.ints().front() : language.ints().front();
        }
        return langs;
    }

    Embedding m_words;
    Embedding m_positions;
    std::optional<Embedding> m_languages;
    LayerNorm m_norm;
};

class Block {
public:
    Block(const Weights &w, const XlmLikeOptions &o, int layer)
        : m_options(o), m_layer(layer),
          m_queryKeyValue(Linear::stacked({w / "attentions" / layer / "q_lin", w / "attentions" / layer / "k_lin",
                                           w / "attentions" / layer / "v_lin"},
                                          {.inputs = o.hidden, .outputs = o.hidden})),
          m_attentionOut(w / "attentions" / layer / "out_lin", {.inputs = o.hidden, .outputs = o.hidden}),
          m_attentionNorm(w / "layer_norm1" / layer, o.hidden, o.epsilon),
          m_up(w / "ffns" / layer / "lin1", {.inputs = o.hidden, .outputs = kWidening * o.hidden}),
          m_down(w / "ffns" / layer / "lin2", {.inputs = kWidening * o.hidden, .outputs = o.hidden}),
          m_norm(w / "layer_norm2" / layer, o.hidden, o.epsilon)
    {
    }

    [[nodiscard]] Tensor operator()(const Tensor &x, const AppliedMask &mask, const RunControl &control) const
    {
        if (m_options.normalisesBefore) {
            const Tensor middle = m_attentionOut(attention(m_attentionNorm(x), mask, control), {.residual = x});
            return m_down(m_up(m_norm(middle), {.activation = m_options.activation}), {.residual = middle});
        }
        const Tensor middle = m_attentionNorm(m_attentionOut(attention(x, mask, control), {.residual = x}));
        return m_norm(m_down(m_up(middle, {.activation = m_options.activation}), {.residual = middle}));
    }

private:
    static constexpr std::int64_t kWidening = 4; // of the feed-forward layers

    [[nodiscard]] Tensor attention(const Tensor &x, const AppliedMask &mask, const RunControl &control) const
    {
        const Tensor projected = m_queryKeyValue(x);
        const auto width = m_options.hidden;
        return layers::attend({.query = ops::splitHeads(projected, m_options.heads, 0, width),
                               .key = ops::splitHeads(projected, m_options.heads, width, width),
                               .value = ops::splitHeads(projected, m_options.heads, 2 * width, width),
                               .scale = 1.0F / std::sqrt(static_cast<float>(width / m_options.heads)),
                               .mask = mask,
                               .layer = m_layer},
                              control);
    }

    XlmLikeOptions m_options;
    int m_layer;
    Linear m_queryKeyValue;
    Linear m_attentionOut;
    LayerNorm m_attentionNorm;
    Linear m_up;
    Linear m_down;
    LayerNorm m_norm;
};

class XlmBackbone final : public Backbone {
public:
    XlmBackbone(const Weights &w, const XlmLikeOptions &o) : m_options(o), m_embeddings(w, o)
    {
        for (int i = 0; i < o.layers; ++i)
            m_blocks.emplace_back(w, o, i);
    }

    [[nodiscard]] BackboneOutput run(const BackboneInput &input, const RunControl &control) const override
    {
        const Tensor &ids = require(input.inputs, names::kInputIds);
        const Tensor keep = keptTokens(input.inputs, ids, m_options.padding);
        const MaskRule rule = m_options.isCausal ? MaskRule::causal(0) : paddingRule(keep, ids.size(0), ids.size(1));
        const AppliedMask mask{{{.rule = rule, .mode = MaskMode::Replace, .value = kLowest}}};
        Tensor x = m_embeddings(input.inputs, control);
        clearPadding(keep, x);
        traceHiddenState(control, Stack::Encoder, 0, x);
        for (int i = 0; i < m_options.layers; ++i) {
            const BlockScope scope(control, {.layer = i, .layers = m_options.layers});
            x = m_blocks[static_cast<std::size_t>(i)](x, mask, control);
            clearPadding(keep, x);
            traceHiddenState(control, Stack::Encoder, i + 1, x);
        }
        return {.hidden = x};
    }

    [[nodiscard]] const std::vector<std::string_view> &inputNames() const override
    {
        static const std::vector<std::string_view> kNames{
            names::kInputIds, names::kAttentionMask, names::kTokenTypeIds, names::kPositionIds,
            names::kLangs,    names::kLengths,       names::kLanguage,     names::kPairLanguage};
        return kNames;
    }
    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_embeddings.words(); }

    // Everything so far and a mask token, where the next word is read. No mask: ids of padding end a row.
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor & /*mask*/,
                                          const RunState * /*state*/) const override
    {
        const std::vector<std::int64_t> masks(static_cast<std::size_t>(ids.size(0)), m_options.maskToken);
        return withLanguage(ops::concat(ids, Tensor::fromInts({ids.size(0), 1}, masks), 1));
    }
    [[nodiscard]] NamedTensors scoringInputs(const Tensor &ids, const Tensor & /*mask*/) const override
    {
        return withLanguage(ids);
    }
    [[nodiscard]] bool scoresAsItSteps() const override { return false; }
    [[nodiscard]] const std::vector<Language> &languages() const override { return m_options.languageNames; }
    [[nodiscard]] std::int64_t maxPositions() const override { return m_options.maxPositions; }
    [[nodiscard]] int layerCount() const override { return m_options.layers; }
    [[nodiscard]] int headCount() const override { return m_options.heads; }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.hidden; }

private:
    // In the language of the checkpoint.
    [[nodiscard]] NamedTensors withLanguage(const Tensor &ids) const
    {
        const std::vector<std::int64_t> languages(static_cast<std::size_t>(ids.elements()), m_options.language);
        return {{names::kInputIds, ids}, {names::kLangs, Tensor::fromInts(ids.shape(), languages)}};
    }

    XlmLikeOptions m_options;
    Embeddings m_embeddings;
    std::vector<Block> m_blocks;
};

// ---- heads --------------------------------------------------------------------------------------

std::vector<std::string> labels(const files::Config &config)
{
    return config.labels();
}

bool isCausal(const files::Config &config)
{
    return config.boolean("causal", false);
}

bool seesAll(const files::Config &config)
{
    return !isCausal(config);
}

HeadPtr words(const HeadContext &c)
{
    const auto vocabulary = c.backbone.vocabularySize();
    const auto w = c.weights / "pred_layer" / "proj";
    const Tensor matrix = c.config.boolean("tie_word_embeddings", true)
                              ? c.backbone.wordEmbeddings()
                              : w.tensor("weight", {vocabulary, c.backbone.hiddenSize()});
    return heads::wordScores({.decoder = Linear(matrix, w.tensor("bias", {vocabulary}))});
}

heads::Summary summary(const HeadContext &c)
{
    return heads::sequenceSummary(c.config, c.weights / "sequence_summary",
                                  {.hidden = c.backbone.hiddenSize(),
                                   .labels = labelCount(c),
                                   .type = "first",
                                   .usesProjection = true,
                                   .projectsToLabels = true});
}

HeadPtr textClasses(const HeadContext &c)
{
    return heads::rowScores({.pooling = summary(c).pooling, .chain = {}});
}

HeadPtr choices(const HeadContext &c)
{
    auto [pooling, outputs] = summary(c);
    return heads::rowScores({.pooling = std::move(pooling),
                             .chain = {{Linear(c.weights / "logits_proj", {.inputs = outputs, .outputs = 1})}},
                             .scoresChoices = true});
}

HeadPtr answerBeams(const HeadContext &c)
{
    return heads::spanBeams(c.config, c.weights / "qa_outputs", c.backbone.hiddenSize());
}

std::vector<HeadSpec> headTable(const std::string &prefix)
{
    const std::string evidence = "pred_layer.proj.bias";
    return {
        {.id = "text-generation",
         .className = prefix + "WithLMHeadModel",
         .tasks = {TaskKind::TextGeneration},
         .evidence = evidence,
         .condition = isCausal,
         .bind = words},
        {.id = "fill-mask",
         .className = prefix + "WithLMHeadModel",
         .tasks = {TaskKind::FillMask},
         .evidence = evidence,
         .condition = seesAll,
         .bind = words},
        {.id = "multiple-choice",
         .className = prefix + "ForMultipleChoice",
         .tasks = {TaskKind::MultipleChoice},
         .evidence = "logits_proj.weight",
         .bind = choices},
        {.id = "text-classification",
         .className = prefix + "ForSequenceClassification",
         .tasks = {TaskKind::TextClassification},
         .evidence = "sequence_summary.summary.weight",
         .isOnlyByName = true,
         .bind = textClasses,
         .labels = labels},
        {.id = "token-classification",
         .className = prefix + "ForTokenClassification",
         .tasks = {TaskKind::TokenClassification},
         .evidence = "classifier.weight",
         .bind = tokenClasses,
         .labels = labels},
        {.id = "question-answering",
         .className = prefix + "ForQuestionAnsweringSimple",
         .tasks = {TaskKind::QuestionAnswering},
         .evidence = "qa_outputs.weight",
         .bind = answerSpans},
        {.id = "question-answering-beam",
         .className = prefix + "ForQuestionAnswering",
         .tasks = {TaskKind::QuestionAnswering},
         .evidence = "qa_outputs.start_logits.dense.weight",
         .bind = answerBeams},
        {.id = "feature-extraction",
         .className = prefix + "Model",
         .tasks = {TaskKind::FeatureExtraction},
         .bind = [](const HeadContext &) { return heads::features(); }},
    };
}

std::vector<Language> languageNames(const files::Config &config)
{
    std::vector<Language> names;
    if (!config.has("lang2id"))
        return names;
    const auto &map = config.json().at("lang2id");
    if (!map.is_object())
        config.fail("lang2id", "an object of names and numbers", map.dump());
    for (const auto &[name, id] : map.items()) {
        if (!id.is_number_integer())
            config.fail("lang2id", "an object of names and numbers", map.dump());
        names.push_back({.name = name, .id = id.get<std::int64_t>()});
    }
    std::ranges::sort(names, {}, &Language::id);
    return names;
}

} // namespace

XlmLikeOptions xlmLikeOptions(const files::Config &config)
{
    constexpr std::int64_t kMost = 1'000'000;
    XlmLikeOptions o;
    o.vocabulary = config.integer("n_words", config.integer("vocab_size", o.vocabulary, 1, kMost), 1, kMost);
    o.hidden = config.integer("emb_dim", o.hidden, 1, kMost);
    o.layers = static_cast<int>(config.integer("n_layers", o.layers, 0, 10000));
    o.heads = static_cast<int>(config.integer("n_heads", o.heads, 1, 10000));
    o.maxPositions = config.integer("max_position_embeddings", o.maxPositions, 1, kMost);
    o.epsilon = config.number("layer_norm_eps", o.epsilon);
    o.activation = config.boolean("gelu_activation", true) ? ops::Activation::Gelu : ops::Activation::Relu;
    o.isCausal = config.boolean("causal", false);
    o.normalisesBefore = config.boolean("pre_norm", false);
    const auto languages = config.integer("n_langs", 1, 1, kMost);
    o.languages = languages > 1 && config.boolean("use_lang_emb", true) ? languages : 0;
    o.padding = config.integer("pad_index", o.padding);
    o.maskToken = config.integer("mask_token_id", o.maskToken, 0, o.vocabulary - 1);
    o.language = config.integer("lang_id", o.language, 0, languages - 1);
    o.languageNames = languageNames(config);
    if (o.hidden % o.heads != 0)
        config.fail("n_heads", "a divisor of emb_dim " + std::to_string(o.hidden), std::to_string(o.heads));
    if (!config.boolean("is_encoder", true))
        config.fail("is_encoder", "true", "false");
    if (config.boolean("asm", false))
        config.fail("asm", "false (an output layer over the whole vocabulary)", "true");
    return o;
}

Family xlmLike(XlmLike family)
{
    return {
        .info = std::move(family.info),
        .tokenizer = std::move(family.tokenizer),
        .names = {.prefixes = {"transformer."},
                  .aliases = {{"transformer.embeddings.weight", "pred_layer.proj.weight"}},
                  .ignored = {"position_ids", "pred_layer.proj.weight"}},
        .heads = headTable(family.classPrefix),
        .dimensions =
            [](const files::Config &config) {
                const auto o = xlmLikeOptions(config);
                return Dimensions{o.layers, o.heads, o.hidden, o.vocabulary, o.maxPositions};
            },
        .backbone = [](const files::Config &config, const Weights &weights) -> std::shared_ptr<const Backbone> {
            return std::make_shared<XlmBackbone>(weights / "transformer", xlmLikeOptions(config));
        },
    };
}

} // namespace engine::models
