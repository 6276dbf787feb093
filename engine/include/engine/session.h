// SPDX-License-Identifier: GPL-3.0-or-later
// The façade: open a checkpoint, ask what it is, run tasks. Synchronous; call it on a thread of your own.
#pragma once

#include "engine/family.h"
#include "engine/run_control.h"
#include "engine/task.h"
#include "engine/tokenizer.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace engine {

struct LoadOptions {
    DType dtype = DType::F32;      // compute type; weights of other types are converted while loading
    int threads = 0;               // 0 = one per physical core
    bool ignoresNonFinite = false; // false: NaN or infinite weights are a File error
    // Only to compare with the reference library: compute as it does where it is known to be wrong.
    bool repeatsReferenceFaults = false;
};

// What a checkpoint is, in numbers; everything the model card shows.
struct ModelInfo {
    std::filesystem::path directory;
    std::string name;        // last part of the directory
    std::string familyId;    // "bert"
    std::string familyTitle; // "BERT"
    Category category = Category::Autoencoding;
    std::vector<TaskKind> tasks; // that this checkpoint can do
    std::string architecture;    // of config.json, may be empty
    std::int64_t parameters = 0;
    std::int64_t fileBytes = 0;   // of the weight files
    std::string weightFormat;     // "safetensors", "safetensors, 4 shards", "torch zip", "torch stream"
    std::string weightType;       // "F16"
    std::string tokenizerKind;    // empty: the folder has no tokenizer files
    std::string maskToken;        // "[MASK]"; empty: none
    std::vector<std::string> controlCodes; // first words that set what kind of text follows
    std::vector<std::string> languages; // that it can be told: by a token (">>fra<<" as "fra") or by an embedding
    std::int64_t vocabulary = 0;  // rows of the embedding
    std::int64_t maxPositions = 0; // 0 = unlimited
    int layers = 0;
    int heads = 0;
    std::int64_t hidden = 0;
    std::vector<std::string> unusedTensors;
    std::vector<std::string> missingTensors; // of heads that the checkpoint therefore cannot run
    std::vector<std::pair<std::string, std::int64_t>> parameterGroups; // "embeddings", "layer 0", …
    GenerationOptions generation;                                      // what the checkpoint says about searches
    std::vector<TaskPreset> presets; // encoder–decoders: prefixes and options of single tasks
    std::string configText;          // config.json as it stands
    int threads = 0;                 // of this model's runs
};

class Model; // internal: engine/src/models/model.h

// A checkpoint in memory: immutable, shared between runs.
class LoadedModel {
public:
    LoadedModel(ModelInfo info, std::shared_ptr<const Model> model, std::shared_ptr<const Tokenizer> tokenizer);

    [[nodiscard]] const ModelInfo &info() const noexcept { return m_info; }
    [[nodiscard]] const Model &model() const noexcept { return *m_model; }
    [[nodiscard]] bool hasTokenizer() const noexcept { return m_tokenizer != nullptr; }
    [[nodiscard]] const Tokenizer &tokenizer() const; // File error when the folder has none

private:
    ModelInfo m_info;
    std::shared_ptr<const Model> m_model;
    std::shared_ptr<const Tokenizer> m_tokenizer;
};

// Opens a Hugging Face directory (or a weight file or config.json inside it). File error: one line with
// file, tensor or key, expected and found.
[[nodiscard]] std::shared_ptr<const LoadedModel> openModel(const std::filesystem::path &path,
                                                           const LoadOptions &options, const RunControl &control);

// What a folder is, without loading its weights (headers are read). Throws as openModel does.
[[nodiscard]] ModelInfo inspectModel(const std::filesystem::path &path);

// Only the tokenizer of a directory; needs no weights.
[[nodiscard]] std::shared_ptr<const Tokenizer> openTokenizer(const std::filesystem::path &directory);

// Argument error when the checkpoint cannot do the task or an input is missing.
[[nodiscard]] TaskResult runTask(const LoadedModel &model, const TaskRequest &request, const RunControl &control);

// What searches of this task start from: of encoder–decoders what the checkpoint says, for the preset of that prefix or
// task where it has one; of decoders alone plain greedy search, since what their checkpoints say is meant for the
// prompts of other programs.
[[nodiscard]] GenerationOptions generationFor(const ModelInfo &info, TaskKind task, std::string_view prefix = {});

// The mask that each layer applies to this text, without keeping any weights.
struct LayerMask {
    Stack stack = Stack::Encoder;
    int layer = 0;
    AppliedMask mask;
    std::int64_t queries = 0;
    std::int64_t keys = 0;
};
[[nodiscard]] std::vector<LayerMask> masks(const Trace &trace);

struct FoundModel {
    std::string name;
    std::filesystem::path directory;
    std::string familyId; // empty when config.json is missing or unknown
    std::int64_t bytes = 0;
    std::string source;  // "bundled", "cache", "folder"
    std::string problem; // why it cannot be opened, empty when it can
};

struct ModelPlaces {
    std::filesystem::path bundled;              // resources/minis
    std::vector<std::filesystem::path> caches;  // Hugging Face hub cache folders
    std::vector<std::filesystem::path> folders; // added by the person
};
[[nodiscard]] std::vector<FoundModel> findModels(const ModelPlaces &places);

// The examples.json of a bundled mini for a task, as requests ready to run; empty when there are none.
[[nodiscard]] std::vector<TaskRequest> examples(const std::filesystem::path &directory, TaskKind task);

} // namespace engine
