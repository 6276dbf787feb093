// SPDX-License-Identifier: GPL-3.0-or-later
// A family's layers without a task head.
#pragma once

#include "engine/run_control.h"
#include "engine/tensor.h"
#include "engine/trace.h"
#include "models/model.h"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace engine::models {

struct BackboneInput {
    const NamedTensors &inputs; // ids and their like as (rows, length)
    Shape leading;              // of the ids before they were flattened: (batch) or (batch, choices)
    RunState *state = nullptr;
    RunChoices *choices = nullptr;
    bool stopsAtEncoder = false; // a head that works on the states before they are brought back to full length
};

struct BackboneOutput {
    Tensor hidden;                       // (rows, length, hidden), what heads work on
    std::function<Tensor()> pooled = {}; // (rows, hidden); empty without a pooler
    NamedTensors further = {};           // outputs beside the heads': "encoder_last_hidden_state"
};

class Backbone {
public:
    virtual ~Backbone() = default;
    [[nodiscard]] virtual BackboneOutput run(const BackboneInput &input, const RunControl &control) const = 0;

    // Names of the inputs that run() understands.
    [[nodiscard]] virtual const std::vector<std::string_view> &inputNames() const = 0;
    [[nodiscard]] virtual const Tensor &wordEmbeddings() const = 0; // (vocabulary, features), for tied heads

    [[nodiscard]] virtual std::unique_ptr<RunState> newState() const { return nullptr; }
    [[nodiscard]] virtual NamedTensors stepInputs(const Tensor &ids, const Tensor &mask, const RunState *state) const = 0;
    [[nodiscard]] virtual NamedTensors scoringInputs(const Tensor &ids, const Tensor &mask) const
    {
        return stepInputs(ids, mask, nullptr);
    }
    [[nodiscard]] virtual bool scoresAsItSteps() const { return true; }
    [[nodiscard]] virtual const std::vector<Language> &languages() const; // as Model
    [[nodiscard]] virtual const ImageInput *imageInput() const { return nullptr; } // as Model

    // Encoder–decoders; see Model. `hidden` of run() is the decoder's then, wordEmbeddings() too.
    [[nodiscard]] virtual bool isEncoderDecoder() const { return false; }
    [[nodiscard]] virtual std::unique_ptr<RunState> encode(const NamedTensors &inputs, const RunControl &control) const;
    [[nodiscard]] virtual Tensor decoderInputs(const Tensor &labels) const;
    [[nodiscard]] virtual NamedTensors relativeBuckets(const BucketRange &range) const;

    [[nodiscard]] virtual std::int64_t maxPositions() const = 0;
    [[nodiscard]] virtual int layerCount() const = 0;
    [[nodiscard]] virtual int headCount() const = 0;
    [[nodiscard]] virtual std::int64_t hiddenSize() const = 0;
    [[nodiscard]] virtual Behaviour behaviour() const { return {}; }
    [[nodiscard]] virtual std::int64_t vocabularySize() const { return wordEmbeddings().size(0); }
};

// Hands a hidden state to the listener, if there is one.
void traceHiddenState(const RunControl &control, Stack stack, int layer, const Tensor &hidden);

// Times one block for the trace and reports progress; a checkpoint stands at its beginning.
class BlockScope {
public:
    struct Place {
        Stack stack = Stack::Encoder;
        int layer = 0;  // of the stack
        int layers = 0; // of the whole pass, and
        int before = 0; // how many of them ran in another stack: for the progress
    };
    BlockScope(const RunControl &control, Place place);
    ~BlockScope();
    BlockScope(const BlockScope &) = delete;
    BlockScope &operator=(const BlockScope &) = delete;

private:
    const RunControl &m_control;
    Place m_place;
    double m_startMs;
};

// (rows, length) of ones or the given mask as a padding rule over `keys` positions; full() when the mask is
// absent. Argument error when its shape is not (rows, keys).
[[nodiscard]] MaskRule paddingRule(const Tensor &attentionMask, std::int64_t rows, std::int64_t keys);

// ids of positions offset … offset + length − 1 for each row, (rows, length), I64.
[[nodiscard]] Tensor positionRange(std::int64_t rows, std::int64_t length, std::int64_t offset);

// Columns begin … end − 1 of an I64 matrix.
[[nodiscard]] Tensor columns(const Tensor &matrix, std::int64_t begin, std::int64_t end);

// Targets moved one place to the right behind a start token: what a decoder reads when it is to write them. −100
// (nothing to write) becomes padding. (rows, length) → the same shape.
struct ShiftTokens {
    std::int64_t start = 0;
    std::int64_t pad = 0;
};
[[nodiscard]] Tensor shiftedRight(const Tensor &labels, const ShiftTokens &tokens);
// The same, but each row starts with its own last token that is not padding.
[[nodiscard]] Tensor rotatedRight(const Tensor &labels, std::int64_t pad);

} // namespace engine::models
