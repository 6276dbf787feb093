// SPDX-License-Identifier: GPL-3.0-or-later
// One fixture directory of format parity-1 and the runs that its cases ask for.
#pragma once

#include "engine/session.h"
#include "generation/search.h"
#include "models/image_encoder.h"
#include "models/model.h"
#include "session/verify_compare.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace engine::session {

struct Fixture {
    nlohmann::json parity;
    NamedTensors tensors = {}; // of parity.safetensors: floats as F32, integers as I64
    std::filesystem::path directory = {};
    std::shared_ptr<const LoadedModel> model = {}; // null where no case needs one
    std::string task = {};
    const HeadInfo *head = nullptr;                          // of the recorded class
    std::shared_ptr<const models::ImageEncoder> images = {}; // in place of a model, where that is all there is
};

// Everything that one forward pass of the reference returns and that is recorded.
struct ForwardRun {
    NamedTensors outputs;
    std::shared_ptr<const Trace> trace = {};
    NamedTensors state = {}; // past_key_values.<layer>.<0|1>, mems.<layer>; empty without a cache
};

// The tensors of the trace that the reference returns as a list of this name ("hidden_states",
// "decoder_attentions", "cross_attentions", "global_attentions", …), in order.
[[nodiscard]] std::vector<Tensor> tracedList(const Trace &trace, const std::string &name);

// The name that the model has for an input of the reference.
[[nodiscard]] std::string modelInputName(const std::string &name);

// The tensor that a description of the format names. File error when there is none.
[[nodiscard]] const Tensor &recordedTensor(const Fixture &fixture, const nlohmann::json &description);

// The named tensors among the inputs of a case.
[[nodiscard]] NamedTensors inputsOf(const Fixture &fixture, const nlohmann::json &entry);

// A recorded state ("past_key_values", lists of lists): each of its tensors, and nothing beyond them.
void compareState(const Fixture &fixture, const std::string &name, const nlohmann::json &recorded,
                  const NamedTensors &computed, Comparer &comparer);

// The random tensors that a case prescribes ("rotations"); without them those of seed 0.
[[nodiscard]] RunChoices choicesOf(const Fixture &fixture, const nlohmann::json &entry);
// Fails the case when the run did not use them all.
void compareChoices(const RunChoices &choices, Comparer &comparer);

// A recorded list of tensors beside the traced one of that name.
void compareTraced(const Fixture &fixture, const std::string &name, const nlohmann::json &recorded, const Trace &trace,
                   Comparer &comparer);

// Runs the inputs and the "call" of a case. Argument error for a call argument that is not known.
[[nodiscard]] ForwardRun runForward(const Fixture &fixture, const nlohmann::json &entry, RunChoices &choices,
                                    const RunControl &control);

// Everything recorded beside what such a run gave.
void compareRun(const Fixture &fixture, const nlohmann::json &entry, const ForwardRun &run, Comparer &comparer);

// The reference's arguments of generate() over what the model starts from.
[[nodiscard]] GenerationOptions generationOptionsOf(const Fixture &fixture, const nlohmann::json &options,
                                                    std::int64_t promptLength);
// The search that the reference's generate() does with these options.
[[nodiscard]] generation::SearchResult runGenerate(const Fixture &fixture, const generation::SearchInput &input,
                                                   const nlohmann::json &options, const RunControl &control);

// Case kinds. Every difference goes to the comparer; a case that cannot be run throws.
void verifyForward(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control);
void verifyGenerate(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control);
void verifyCache(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control);
void verifyShift(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control);
void verifyBuckets(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control);
void verifyMask(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control);
void verifyImage(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control);
void verifyImageFeatures(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer,
                         const RunControl &control);
void verifyImageAndText(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer,
                        const RunControl &control);
void verifyText(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control);

} // namespace engine::session
