// SPDX-License-Identifier: GPL-3.0-or-later
// Encoders with the shape of BERT (Devlin et al. 2018): summed embeddings, post-norm blocks, an optional
// pooler. Options describe behaviour; names say where the tensors lie.
#pragma once

#include "checkpoint/weights.h"
#include "engine/mask_rule.h"
#include "files/config.h"
#include "heads/head.h"
#include "models/backbone.h"
#include "ops/ops.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace engine::models {

enum class PositionType { Absolute, RelativeKey, RelativeKeyQuery };

// Where the tensors of the recipe lie, below the model's own path.
struct BertLikeNames {
    // Block `inner` of group `group`; without sharing there is one group a layer.
    std::function<std::string(int group, int inner)> block = [](int group, int) {
        return "encoder.layer." + std::to_string(group);
    };
    // Below a block:
    std::string query = "attention.self.query";
    std::string key = "attention.self.key";
    std::string value = "attention.self.value";
    std::string attention = "attention.self"; // what attention has beside its projections
    std::string attentionOut = "attention.output.dense";
    std::string attentionNorm = "attention.output.LayerNorm";
    std::string up = "intermediate.dense";
    std::string down = "output.dense";
    std::string norm = "output.LayerNorm";
    // Below the model:
    std::string projection = "embeddings_project"; // of the embeddings to the width of the blocks
    std::string pooler = "pooler.dense";           // bound where it is there; empty: the family has none
};

struct BertLikeOptions {
    std::int64_t vocabulary = 30522;
    std::int64_t hidden = 768;
    std::int64_t embedding = 0; // width of the embeddings; 0: hidden
    int layers = 12;
    int groups = 0;        // of layers that share parameters; 0: every layer has its own
    int blocksOfLayer = 1; // different blocks that run one after another in each layer
    int heads = 12;
    std::int64_t intermediate = 3072;
    std::int64_t feedForwardGroups = 1; // parts of the feed-forward layers that do not see each other
    std::int64_t maxPositions = 512;    // rows of the table
    std::int64_t tokenTypes = 2;        // 0: no token types
    double epsilon = 1e-12;
    ops::Activation activation = ops::Activation::Gelu;
    PositionType positions = PositionType::Absolute;
    bool addsPositionsAfterScale = false; // relative positions do not go through ÷ √d
    bool alwaysProjects = false;          // embeddings of the width of the blocks are projected too
    bool takesPositionIds = true;         // as an input
    // Positions count the tokens that are not this one: the first has padding + 1, padding itself keeps `padding`.
    std::optional<std::int64_t> padding = {};
    MaskMode maskMode = MaskMode::Add; // how the lowest float hides a key
    // Odd width of the convolution kernels that take over half of the attention's width; 0: attention alone.
    std::int64_t convolutionWidth = 0;
    bool isCausal = false; // a decoder: each position sees what is not after it
    BertLikeNames names = {};

    [[nodiscard]] std::int64_t embeddingSize() const { return embedding > 0 ? embedding : hidden; }
    [[nodiscard]] std::int64_t headSize() const { return hidden / heads / (convolutionWidth > 0 ? 2 : 1); }
    [[nodiscard]] int groupCount() const { return groups > 0 ? groups : layers; }
    // Tokens that a text may have.
    [[nodiscard]] std::int64_t longestText() const;
};

// The keys that BertConfig and its relatives share; `defaults` are those of the family's configuration class.
// embedding_size and pad_token_id count only for families whose defaults have them. File error for values that
// cannot be.
[[nodiscard]] BertLikeOptions bertLikeOptions(const files::Config &config, BertLikeOptions defaults = {});

// File error unless the heads divide the width.
void requireWholeHeads(const files::Config &config, const BertLikeOptions &options);

// Binds embeddings.*, the blocks, the projection and the pooler under `w`.
[[nodiscard]] std::shared_ptr<const Backbone> bertLike(const checkpoint::Weights &w, const BertLikeOptions &options);

} // namespace engine::models
