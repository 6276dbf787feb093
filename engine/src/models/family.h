// SPDX-License-Identifier: GPL-3.0-or-later
// A family as one value: everything that the rest of the engine knows about it. One file a family,
// one line in registry.cpp.
#pragma once

#include "checkpoint/weights.h"
#include "engine/family.h"
#include "files/config.h"
#include "heads/head.h"
#include "models/backbone.h"
#include "text/load.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace engine::models {

// What a head binds itself from: its own tensors (beside the backbone's or in a folder of their own).
struct HeadContext {
    const files::Config &config;
    const checkpoint::Weights &weights;
    const Backbone &backbone;
};

struct HeadSpec {
    std::string id;        // "fill-mask", "pretraining", …
    std::string className; // "BertForMaskedLM"
    std::vector<TaskKind> tasks;
    // A tensor that only checkpoints with this head have. Heads of several classes may share names
    // ("classifier.weight"); then isOnlyByName asks config.json's architectures to name the class.
    std::string evidence = {}; // empty: the backbone alone is enough
    bool isOnlyByName = false;
    std::function<bool(const files::Config &)> condition = {}; // empty: always
    // Inputs (rows, length) that the head's class makes up where the caller leaves them out; empty: none.
    std::function<void(const files::Config &, NamedTensors &)> addInputs = {};
    bool usesEncoderOnly = false; // BackboneInput::stopsAtEncoder
    std::function<heads::HeadPtr(const HeadContext &)> bind;
    std::function<std::vector<std::string>(const files::Config &)> labels = {}; // of a classifier
};

// A model inside another one: a configuration and tensors of a family of its own.
struct PartSpec {
    std::string key;     // of its object in config.json, and its name in Model::part()
    std::string weights; // where its tensors lie: "rag.generator"
};

// The sizes that config.json alone tells.
struct Dimensions {
    int layers = 0;
    int heads = 0;
    std::int64_t hidden = 0;
    std::int64_t vocabulary = 0;
    std::int64_t maxPositions = 0; // 0 = unlimited
};

struct Family {
    FamilyInfo info;
    text::TokenizerSpec tokenizer;
    checkpoint::NameRules names;
    std::vector<HeadSpec> heads;
    // First words that set what kind of text follows; a checkpoint has those that its vocabulary holds.
    std::vector<std::string> controlCodes = {};
    // What the configuration class says about searches where the files are silent; empty: nothing.
    std::function<GenerationOptions(const files::Config &)> generation = {};
    // Prefixes of tasks that the family was trained with (TaskPreset::name, prefix), where config.json has none.
    std::vector<std::pair<std::string, std::string>> prefixes = {};
    std::function<Dimensions(const files::Config &)> dimensions;
    std::function<std::shared_ptr<const Backbone>(const files::Config &, const checkpoint::Weights &)> backbone;
    // Models beside the backbone that Model::part() hands out.
    std::vector<PartSpec> parts = {};
    // Key of a part whose options of searches hold where config.json's own are null; empty: none.
    std::string searchesAs = {};
    // As the reference library computes where it is known to be wrong, to compare with it; empty: the same.
    std::function<std::shared_ptr<const Backbone>(const files::Config &, const checkpoint::Weights &)>
        referenceBackbone = {};
};

[[nodiscard]] std::span<const Family> registry();
// Null for a model_type that no family has.
[[nodiscard]] const Family *findFamily(std::string_view id);

} // namespace engine::models
