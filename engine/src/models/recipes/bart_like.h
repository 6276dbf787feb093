// SPDX-License-Identifier: GPL-3.0-or-later
// Encoder–decoders with the shape of the original Transformer (Vaswani et al. 2017) as BART has it (Lewis et al. 2019).
// Options describe behaviour.
#pragma once

#include "checkpoint/weights.h"
#include "files/config.h"
#include "models/backbone.h"
#include "models/family.h"
#include "ops/ops.h"

#include <memory>
#include <string>
#include <vector>

namespace engine::models {

enum class NormPlace { Before, After }; // of a sublayer
enum class TablePositions {
    Learned,  // in the checkpoint
    Sinusoid, // d/2 sines, then d/2 cosines; computed where the checkpoint leaves them out
};
enum class DecoderStart {
    StartToken, // targets move right behind the start token
    LastToken,  // each row's last token moves to the front (a language code)
};

struct BartLikeOptions {
    std::int64_t vocabulary = 50265;
    std::int64_t hidden = 1024;
    int encoderLayers = 12;
    int decoderLayers = 12;
    int encoderHeads = 16;
    int decoderHeads = 16;
    std::int64_t encoderIntermediate = 4096;
    std::int64_t decoderIntermediate = 4096;
    std::int64_t maxPositions = 1024;
    ops::Activation activation = ops::Activation::Gelu;
    bool scalesEmbeddings = false; // word vectors × √hidden
    bool sharesEmbeddings = true;  // one table for encoder, decoder and scores
    std::int64_t pad = 1;
    std::int64_t start = 2;

    NormPlace norms = NormPlace::After;
    bool normsEmbeddings = true; // one more norm directly behind the embeddings
    bool normsEnd = false;       // and at the end of each stack
    TablePositions positions = TablePositions::Learned;
    std::int64_t positionOffset = 2; // position p is row p + offset of a table that has as many more
    DecoderStart decoderStart = DecoderStart::StartToken;
};

// Reads the keys that all such configurations share over what `defaults` say; File error for values that cannot be.
[[nodiscard]] BartLikeOptions bartLikeOptions(const files::Config &config, BartLikeOptions defaults);
[[nodiscard]] Dimensions bartLikeDimensions(const BartLikeOptions &options);

// Binds shared, encoder.*, decoder.* under `w` ("model"); the decoder's table also as `output` ("lm_head").
[[nodiscard]] std::shared_ptr<const Backbone> bartLike(const checkpoint::Weights &w, const checkpoint::Weights &output,
                                                       const BartLikeOptions &options);
// The decoder alone as a language model: decoder.* under `w`; cross-attention in the file stays unused.
[[nodiscard]] std::shared_ptr<const Backbone>
bartLikeDecoder(const checkpoint::Weights &w, const checkpoint::Weights &output, const BartLikeOptions &options);

// The heads of the reference's classes. `prefix` "Bart": BartForConditionalGeneration and so on.
struct BartLikeHeads {
    std::string prefix;
    std::string generationClass = {}; // empty: <prefix>ForConditionalGeneration
    std::vector<TaskKind> generationTasks;
    bool hasClassifiers = true;  // …ForSequenceClassification, …ForQuestionAnswering
    bool hasDecoderAlone = true; // …ForCausalLM
};
[[nodiscard]] std::vector<HeadSpec> bartLikeHeads(const BartLikeHeads &heads);
[[nodiscard]] checkpoint::NameRules bartLikeNames();

} // namespace engine::models
