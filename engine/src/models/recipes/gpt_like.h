// SPDX-License-Identifier: GPL-3.0-or-later
// Decoders of the GPT kind (Radford et al. 2018, 2019; Keskar et al. 2019): a causal triangle, positions added to the
// embedding, norms before or after each half of a block. Options describe behaviour.
#pragma once

#include "checkpoint/weights.h"
#include "engine/mask_rule.h"
#include "files/config.h"
#include "layers/key_value_cache.h"
#include "models/backbone.h"
#include "models/family.h"
#include "ops/ops.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace engine::models {

enum class NormOrder {
    Before, // norm → attention or feed-forward → sum; one more norm at the end
    After,  // attention or feed-forward → sum → norm
};

enum class PositionTable {
    Learned,          // a tensor of the checkpoint
    SinesThenCosines, // computed: the sines of all frequencies, then the cosines
};

// Names of the tensors, below the backbone and below a block.
struct GptLikeNames {
    std::string words = "wte";
    std::string positions = "wpe";
    std::string finalNorm = "ln_f";
    std::string attentionNorm = "ln_1";
    std::vector<std::string> queryKeyValue = {"attn.c_attn"}; // one map with all three side by side, or three maps
    std::string attentionOut = "attn.c_proj";
    std::string norm = "ln_2";
    std::string up = "mlp.c_fc";
    std::string down = "mlp.c_proj";
};

struct GptLikeOptions {
    std::int64_t vocabulary = 50257;
    std::int64_t hidden = 768;
    int layers = 12;
    int heads = 12;
    std::int64_t intermediate = 0; // 0: 4 · hidden
    std::int64_t maxPositions = 1024;
    double epsilon = 1e-5;      // of the norms in the blocks
    double finalEpsilon = 1e-5; // of the last norm
    ops::Activation activation = ops::Activation::GeluTanh;
    ops::WeightLayout layout = ops::WeightLayout::InOut; // the reference's Conv1D
    NormOrder norms = NormOrder::Before;
    PositionTable positions = PositionTable::Learned;
    bool scalesEmbedding = false; // words (and types) times √hidden
    bool dividesByRootOfHeadSize = true;
    bool dividesByLayer = false; // scores of block i ÷ (i + 1)
    // How the future is hidden; padding always adds the lowest float.
    MaskMode futureMode = MaskMode::Replace;
    float futureValue = std::numeric_limits<float>::lowest();
    bool feedsMask = true; // generation: mask and positions that count real tokens; false: the ids alone
    layers::CacheForm cacheForm = layers::CacheForm::Pairs;
    GptLikeNames names = {};
};

// The keys that the configurations share (vocab_size, n_embd, n_layer, n_head, n_positions, layer_norm_epsilon) over
// the family's defaults; File error for values that cannot be.
[[nodiscard]] GptLikeOptions gptLikeOptions(const files::Config &config, GptLikeOptions defaults);

// Binds the tensors that options.names names under `w`.
[[nodiscard]] std::shared_ptr<const Backbone> gptLike(const checkpoint::Weights &w, const GptLikeOptions &options);

[[nodiscard]] Dimensions dimensionsOf(const GptLikeOptions &options);

// Word scores: lm_head, whose matrix is the word embedding unless tie_word_embeddings is false. `bias` may be null.
[[nodiscard]] heads::HeadPtr gptWords(const HeadContext &context, const Tensor &bias);
// The same and mc_logits: a summary of one token of each choice under multiple_choice_head.
[[nodiscard]] heads::HeadPtr gptDoubleHeads(const HeadContext &context);

} // namespace engine::models
