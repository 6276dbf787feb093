// SPDX-License-Identifier: GPL-3.0-or-later
// Where an index keeps passages and vectors: in files of our own, or as retrieval checkpoints carry them.
#pragma once

#include "engine/passage_index.h"

#include <filesystem>
#include <memory>

namespace engine::retrieval {

class IndexFolder {
public:
    virtual ~IndexFolder() = default;
    [[nodiscard]] virtual const IndexInfo &info() const noexcept = 0;
    [[nodiscard]] virtual std::int64_t rows() const noexcept = 0; // removed ones included
    [[nodiscard]] virtual Passage passage(std::int64_t id) const = 0;
    // questions (n, dimension); count ≥ 1
    [[nodiscard]] virtual std::vector<std::vector<PassageHit>> search(const Tensor &questions,
                                                                      std::int64_t count) const = 0;
    [[nodiscard]] virtual Tensor vectors(std::span<const std::int64_t> ids) const = 0;
};

[[nodiscard]] std::unique_ptr<const IndexFolder> openOwn(const std::filesystem::path &directory);
// passages.tsv with the vectors in index.faiss or, where that is not there, in index.safetensors ("embeddings").
[[nodiscard]] std::unique_ptr<const IndexFolder> openCarried(const std::filesystem::path &directory);
// With those of the file of this name.
[[nodiscard]] std::unique_ptr<const IndexFolder> openCarried(const std::filesystem::path &directory,
                                                             const std::string &vectors);
[[nodiscard]] bool isOwn(const std::filesystem::path &directory);
[[nodiscard]] bool isCarried(const std::filesystem::path &directory);

} // namespace engine::retrieval
