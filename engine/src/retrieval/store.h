// SPDX-License-Identifier: GPL-3.0-or-later
// The files of an index of our own: what they say, and how they change so that a crash loses no more than a batch.
#pragma once

#include "engine/passage_index.h"
#include "files/mapped_file.h"
#include "retrieval/clusters.h"
#include "retrieval/nearest_rows.h"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine::retrieval {

// index.json. It is written when passages were added, when all have vectors, and when some were removed; between, the
// length of vectors.f32 tells how far an embedding came.
struct StoreState {
    std::string model;
    std::string fingerprint;
    std::int64_t dimension = 0;
    std::int64_t passages = 0;     // lines of passages.jsonl, removed ones included
    std::int64_t passageBytes = 0; // of those lines
    bool isComplete = false;       // every passage has its vector
    bool hasClusters = false;
    std::vector<std::int64_t> removed = {}; // ids, ascending
};

struct StorePaths {
    explicit StorePaths(const std::filesystem::path &folder);
    std::filesystem::path folder;
    std::filesystem::path state;
    std::filesystem::path passages;
    std::filesystem::path vectors;
    std::filesystem::path clusters;
};

// File error when index.json is missing, malformed or of another format.
[[nodiscard]] StoreState readState(const StorePaths &paths);
void writeState(const StorePaths &paths, const StoreState &state);

// Whole rows of vectors.f32; 0 without the file.
[[nodiscard]] std::int64_t embeddedRows(const StorePaths &paths, const StoreState &state);

// Appends passages behind those that the state counts, and counts them.
void appendPassages(const StorePaths &paths, StoreState &state, std::span<const Passage> passages);

// Where each line begins, and the end: without reading what the lines say.
class PassageLines {
public:
    // File error when the file is shorter than the state says or has other lines.
    PassageLines(const StorePaths &paths, const StoreState &state);
    [[nodiscard]] std::int64_t size() const noexcept { return static_cast<std::int64_t>(m_begins.size()) - 1; }
    [[nodiscard]] Passage operator[](std::int64_t id) const; // File error for a malformed line

private:
    std::shared_ptr<const files::MappedFile> m_file;
    std::vector<std::size_t> m_begins;
};

// vectors.f32 as it lies in the file. File error when it is shorter than `rows`.
class VectorFile {
public:
    VectorFile(const StorePaths &paths, const StoreState &state, std::int64_t rows);
    [[nodiscard]] const Vectors &vectors() const noexcept { return m_vectors; }

private:
    std::shared_ptr<const files::MappedFile> m_file;
    Vectors m_vectors;
};

// What a person does about an index that cannot be used.
[[nodiscard]] std::string rebuildHint(const std::filesystem::path &folder);

} // namespace engine::retrieval
