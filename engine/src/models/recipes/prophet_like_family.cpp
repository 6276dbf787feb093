// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/names.h"
#include "heads/head.h"
#include "models/recipes/ngram_attention.h"
#include "models/recipes/prophet_like.h"
#include "models/recipes/seq2seq.h"

#include <utility>

namespace engine::models {
namespace {

using layers::Linear;

// "logits" of the first predicting stream: (rows, length, vocabulary); "logits_ngram" of the others where they ran:
// (rows, streams − 1, length, vocabulary).
class StreamWords final : public heads::Head {
public:
    explicit StreamWords(Linear words) : m_first(heads::wordScores({.decoder = words})), m_words(std::move(words)) {}

    void apply(const heads::HeadInput &in, NamedTensors &outputs) const override
    {
        m_first->apply(in, outputs);
        const Tensor &streams = require(outputs, kStreamStates);
        if (in.onlyLastPosition || streams.size(1) < 2)
            return;
        const auto rows = streams.size(0);
        const auto count = streams.size(1);
        const auto length = streams.size(2);
        const Tensor flat = streams.reshaped({rows, count * length, streams.size(3)});
        const Tensor scores = m_words(slicePositions(flat, length, count * length));
        outputs["logits_ngram"] = scores.reshaped({rows, count - 1, length, scores.size(2)});
    }

private:
    heads::HeadPtr m_first;
    Linear m_words;
};

bool isWhole(const files::Config &config)
{
    return !isDecoderAlone(config);
}

heads::HeadPtr streamWords(const HeadContext &c)
{
    const Shape shape{c.backbone.vocabularySize(), c.backbone.hiddenSize()};
    const Tensor matrix = c.config.boolean("tie_word_embeddings", true)
                              ? c.backbone.wordEmbeddings()
                              : (c.weights / "lm_head").tensor("weight", shape);
    return std::make_shared<StreamWords>(Linear(matrix, Tensor()));
}

checkpoint::NameRules nameRules()
{
    // Further copies of the one table, and the attention into a source that a decoder alone does not have.
    checkpoint::NameRules rules{.prefixes = {"prophetnet."},
                                .ignored = {"word_embeddings.weight", "lm_head.weight", "cross_attn_layer_norm.weight",
                                            "cross_attn_layer_norm.bias"}};
    for (const auto *const part : {"query_proj", "key_proj", "value_proj", "out_proj"})
        for (const auto *const kind : {"weight", "bias"})
            rules.ignored.push_back("cross_attn." + std::string(part) + "." + kind);
    return rules;
}

GenerationOptions generation(const files::Config &config)
{
    constexpr std::int64_t kEnd = 2;
    GenerationOptions options;
    options.eosTokenIds = {kEnd};
    options.padTokenId = config.integer("pad_token_id", 0);
    options.decoderStartToken = 0;
    return options;
}

} // namespace

ProphetLikeOptions prophetLikeOptions(const files::Config &config)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    constexpr std::int64_t kMostLayers = 10000;
    ProphetLikeOptions o;
    const auto size = [&](const char *key, std::int64_t &value) { value = config.integer(key, value, 1, kMost); };
    const auto count = [&](const char *key, int &value) {
        value = static_cast<int>(config.integer(key, value, 1, kMostLayers));
    };
    size("vocab_size", o.vocabulary);
    size("hidden_size", o.hidden);
    count("num_encoder_layers", o.encoderLayers);
    count("num_decoder_layers", o.decoderLayers);
    count("num_encoder_attention_heads", o.encoderHeads);
    count("num_decoder_attention_heads", o.decoderHeads);
    size("encoder_ffn_dim", o.encoderIntermediate);
    size("decoder_ffn_dim", o.decoderIntermediate);
    o.maxPositions = config.integer("max_position_embeddings", o.maxPositions, 3, kMost);
    if (const auto name = config.text("activation_function", ""); !name.empty())
        o.activation = ops::activationFromName(name);
    o.streams = config.integer("ngram", o.streams, 1, kMostLayers);
    o.buckets = config.integer("num_buckets", o.buckets, 2, kMost);
    o.maxDistance = config.integer("relative_max_distance", o.maxDistance, 1, kMost);
    o.pad = config.integer("pad_token_id", o.pad);
    o.start = config.integer("decoder_start_token_id", o.start);
    if (o.pad != 0) // the reference's class refuses it too: positions begin behind the row of padding
        config.fail("pad_token_id", "0", std::to_string(o.pad));
    if (o.maxDistance <= o.buckets / 2)
        config.fail("relative_max_distance", "more than half of num_buckets", std::to_string(o.maxDistance));
    for (const auto &[key, heads] : {std::pair("num_encoder_attention_heads", o.encoderHeads),
                                     std::pair("num_decoder_attention_heads", o.decoderHeads)})
        if (o.hidden % heads != 0)
            config.fail(key, "a divisor of hidden_size " + std::to_string(o.hidden), std::to_string(heads));
    return o;
}

Family prophetLikeFamily(const std::string &prefix, std::vector<TaskKind> tasks)
{
    const std::string evidence = "prophetnet.decoder.ngram_embeddings.weight";
    Family family;
    family.names = nameRules();
    family.heads = {{.id = std::string(id(tasks.front())),
                     .className = prefix + "ForConditionalGeneration",
                     .tasks = std::move(tasks),
                     .evidence = evidence,
                     .condition = isWhole,
                     .bind = streamWords},
                    {.id = "text-generation",
                     .className = prefix + "ForCausalLM",
                     .tasks = {TaskKind::TextGeneration},
                     .evidence = evidence,
                     .isOnlyByName = true,
                     .bind = streamWords}};
    family.generation = generation;
    family.dimensions = [](const files::Config &config) {
        const auto o = prophetLikeOptions(config);
        const int layers = o.decoderLayers + (isDecoderAlone(config) ? 0 : o.encoderLayers);
        return Dimensions{layers, o.decoderHeads, o.hidden, o.vocabulary, prophetPositions(o)};
    };
    family.backbone = [](const files::Config &config, const checkpoint::Weights &weights) {
        return prophetLike(config, weights, StreamOrder::Own);
    };
    family.referenceBackbone = [](const files::Config &config, const checkpoint::Weights &weights) {
        return prophetLike(config, weights, StreamOrder::Reference);
    };
    return family;
}

} // namespace engine::models
