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
};

struct BackboneOutput {
    Tensor hidden;                        // (rows, length, hidden), what heads work on
    std::function<Tensor()> pooled = {};  // (rows, hidden); empty without a pooler
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
        int layer = 0;
        int layers = 0;
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

} // namespace engine::models
