// SPDX-License-Identifier: GPL-3.0-or-later
// What every family provides. Weights are immutable and shared; whatever a run accumulates (key-value
// cache, segment memory) lives in its RunState.
#pragma once

#include "engine/family.h"
#include "engine/generation.h"
#include "engine/run_control.h"
#include "engine/session.h"
#include "engine/tensor.h"
#include "models/run_choices.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine {

namespace models {
struct ImageInput;
}

// What a run accumulates over its steps.
class RunState {
public:
    virtual ~RunState() = default;
    [[nodiscard]] virtual std::int64_t length() const = 0; // positions held
    virtual void truncate(std::int64_t length) = 0;        // forget what comes after
    // Whether a truncated state goes on as one that never held more: then another run may continue from it.
    [[nodiscard]] virtual bool forgetsExactly() const { return false; }
    virtual void reorder(std::span<const std::int64_t> rows) = 0;      // row i becomes the former rows[i] (beams)
    [[nodiscard]] virtual std::unique_ptr<RunState> clone() const = 0; // shares tensors
    // Under the reference's names: "past_key_values.<layer>.0" (key), ".1" (value), each (batch, heads, length, d);
    // encoder–decoders: ".2" and ".3" for the keys and values of the source.
    [[nodiscard]] virtual NamedTensors tensors() const = 0;
    virtual void assign(const NamedTensors &tensors) = 0;
};

// One way to end the backbone: a task head of the reference library.
struct HeadInfo {
    std::string id;        // unique in the model: the task's id, or e.g. "pretraining"
    std::string className; // "BertForMaskedLM"
    std::vector<TaskKind> tasks;
    std::vector<std::string> labels; // of a classifier, in the order of its logits
    bool isMultiLabel = false;       // sigmoid instead of softmax
};

// A language that the model tells apart by an embedding.
struct Language {
    std::string name;
    std::int64_t id = 0;
};

// Takes the scores of a text some positions at a time, so that length × vocabulary numbers need not lie in memory at
// once. For heads that score every position by itself, and one row.
struct ScoreBlocks {
    std::int64_t positions = 1; // most in a block
    std::function<void(std::int64_t first, const NamedTensors &outputs)> take;
};

struct ForwardOptions {
    std::string head;                    // HeadInfo::id
    RunState *state = nullptr;           // null: no cache
    RunChoices *choices = nullptr;       // of the run this pass belongs to; null: those of seed 0
    bool onlyLastLogits = false;         // generation: logits of the last position only, (batch, 1, vocabulary)
    const ScoreBlocks *blocks = nullptr; // not null: the head's outputs go there, in order, and are not returned
};

// Queries firstQuery … firstQuery + queries − 1 against keys 0 … keys − 1.
struct BucketRange {
    std::int64_t queries = 0;
    std::int64_t keys = 0;
    std::int64_t firstQuery = 0;
    Stack stack = Stack::Decoder;
};

// What holds for a model by its definition and what does not.
struct Behaviour {
    bool isIndifferentToPadding = true; // hidden positions on the right change nothing before them
};

class Model {
public:
    virtual ~Model() = default;

    [[nodiscard]] virtual const std::vector<HeadInfo> &heads() const = 0; // that this checkpoint can run

    // Inputs and outputs under the names of engine/names.h. Argument error for an input that does not fit
    // (an id outside the vocabulary, more positions than the table has).
    [[nodiscard]] virtual NamedTensors forward(const NamedTensors &inputs, const ForwardOptions &options,
                                               const RunControl &control) const = 0;

    // Whether forward() takes an input of this name.
    [[nodiscard]] virtual bool takes(std::string_view /*inputName*/) const { return false; }

    [[nodiscard]] virtual Behaviour behaviour() const { return {}; }

    // ---- generation (families without it keep the defaults) ----
    [[nodiscard]] virtual std::unique_ptr<RunState> newState() const { return nullptr; } // null: no cache
    // The inputs of one step. ids (rows, length) is everything so far, mask likewise; the model picks what
    // it feeds (the last id with a cache), `state` tells how much is already held.
    [[nodiscard]] virtual NamedTensors stepInputs(const Tensor &ids, const Tensor &mask, const RunState *state) const;
    // The inputs of one pass over whole rows whose scores at row i are those of token i + 1.
    [[nodiscard]] virtual NamedTensors scoringInputs(const Tensor &ids, const Tensor &mask) const
    {
        return stepInputs(ids, mask, nullptr);
    }
    // Whether that pass gives the numbers of the steps of a search, in the last row too. False where a step lets words
    // see each other in ways that no single pass can.
    [[nodiscard]] virtual bool scoresAsItSteps() const { return true; }
    // generation_config.json, else config.json, else the family's defaults.
    [[nodiscard]] virtual GenerationOptions generationDefaults() const { return {}; }

    // ---- encoder–decoders ----
    [[nodiscard]] virtual bool isEncoderDecoder() const { return false; }
    // One pass of the encoder over input_ids and attention_mask, kept in a state for the decoder's steps: they take
    // decoder_input_ids and no source. Rows of the state are rows of the source until it is reordered.
    [[nodiscard]] virtual std::unique_ptr<RunState> encode(const NamedTensors &inputs, const RunControl &control) const;
    // What the decoder reads when only its targets are given: (batch, length) → the same shape.
    [[nodiscard]] virtual Tensor decoderInputs(const Tensor &labels) const;
    // Relative position buckets by the names under which the family tells them; for checks.
    [[nodiscard]] virtual NamedTensors relativeBuckets(const BucketRange &range) const;

    // How it takes pictures; null: it takes none.
    [[nodiscard]] virtual const models::ImageInput *imageInput() const { return nullptr; }
    // A model that this one consists of, by its name in config.json ("question_encoder"); null when there is none.
    [[nodiscard]] virtual const Model *part(std::string_view /*name*/) const { return nullptr; }

    [[nodiscard]] virtual std::vector<Language> languages() const { return {}; } // by id; empty: no such embedding
    [[nodiscard]] virtual std::int64_t maxPositions() const = 0;                 // 0 = unlimited
    [[nodiscard]] virtual std::int64_t vocabularySize() const = 0;
    [[nodiscard]] virtual int layerCount() const = 0;
    [[nodiscard]] virtual int headCount() const = 0; // attention heads
    [[nodiscard]] virtual std::int64_t hiddenSize() const = 0;

    // The head that runs a task, or null.
    [[nodiscard]] const HeadInfo *headFor(TaskKind task) const;
    // The head of a reference class name, or null.
    [[nodiscard]] const HeadInfo *headOfClass(std::string_view className) const;
};

} // namespace engine
