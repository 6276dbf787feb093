// SPDX-License-Identifier: GPL-3.0-or-later
// Passages with their vectors, on disk: built by a model that embeds passages, searched with the vectors of questions.
//
// A folder of our own holds passages.jsonl, vectors.f32 (one row a passage, written as they come), clusters.bin (only
// for many passages) and index.json. A folder with passages.tsv (id, text, title) beside index.safetensors
// ("embeddings") or index.faiss, as retrieval checkpoints carry it, is opened too, but not changed.
#pragma once

#include "engine/retrieval.h"
#include "engine/run_control.h"
#include "engine/tensor.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine {

struct PassageHit {
    std::int64_t id = 0; // row of the index
    double score = 0.0;  // inner product
};

struct IndexInfo {
    std::filesystem::path directory = {};
    std::string model = {};       // that embedded the passages; empty: not known
    std::string fingerprint = {}; // of its weights
    std::int64_t dimension = 0;
    std::int64_t passages = 0; // that can be found
    std::int64_t removed = 0;
    std::int64_t pending = 0; // without a vector yet: an interrupted embedding
    std::string kind = {};    // "flat", "clusters", or what index.faiss is
    std::int64_t clusters = 0;
    std::int64_t bytes = 0;
};

// Open for searching: immutable, shared between runs, its files mapped.
class PassageIndex {
public:
    // File error, one line, when the folder is none, was cut off, or its embedding was interrupted.
    [[nodiscard]] static std::shared_ptr<const PassageIndex> open(const std::filesystem::path &directory);
    ~PassageIndex();
    PassageIndex(const PassageIndex &) = delete;
    PassageIndex &operator=(const PassageIndex &) = delete;

    [[nodiscard]] const IndexInfo &info() const noexcept;
    // Argument error for an id that the index does not have.
    [[nodiscard]] Passage passage(std::int64_t id) const;
    // The `count` nearest of each question, nearest first, ties by the lower id. questions (n, dimension). Argument
    // error for another dimension.
    [[nodiscard]] std::vector<std::vector<PassageHit>> search(const Tensor &questions, std::int64_t count) const;
    [[nodiscard]] Tensor vectors(std::span<const std::int64_t> ids) const; // (ids, dimension)

private:
    class Parts;
    explicit PassageIndex(std::unique_ptr<const Parts> parts);
    std::unique_ptr<const Parts> m_parts;
};

// What a search is made with: (1, dimension). Argument error when the model embeds no questions.
[[nodiscard]] Tensor questionVector(const LoadedModel &model, std::string_view question, const RunControl &control);

struct BuildOptions {
    std::int64_t batch = 16;        // passages of a pass; what a crash loses at most
    std::int64_t flatUpTo = 50'000; // passages; beyond, clusters speed the search up
};

// All of these return what the index is afterwards, report progress in passages and can be cancelled: what was embedded
// until then stays, and resumeIndex() goes on. `model` embeds passages (Argument error else). File error when the
// index belongs to another model or has another dimension: it says to build it anew.
//
// A new index in a folder that has none (Argument error else).
IndexInfo buildIndex(const std::filesystem::path &directory, std::span<const Passage> passages,
                     const LoadedModel &model, const BuildOptions &options, const RunControl &control);
IndexInfo addToIndex(const std::filesystem::path &directory, std::span<const Passage> passages,
                     const LoadedModel &model, const BuildOptions &options, const RunControl &control);
IndexInfo resumeIndex(const std::filesystem::path &directory, const LoadedModel &model, const BuildOptions &options,
                      const RunControl &control);
// Their ids are never given again. Argument error for an id that the index does not have.
IndexInfo removeFromIndex(const std::filesystem::path &directory, std::span<const std::int64_t> ids);
// Needs no whole index: tells of an interrupted one too.
[[nodiscard]] IndexInfo inspectIndex(const std::filesystem::path &directory);
[[nodiscard]] bool isIndex(const std::filesystem::path &directory); // by the names of its files

// Tells the weights of two checkpoints apart: their files' sizes and samples of their bytes, hexadecimal.
[[nodiscard]] std::string weightsFingerprint(const std::filesystem::path &directory);

} // namespace engine
