// SPDX-License-Identifier: GPL-3.0-or-later
// Indexes that the FAISS library wrote, as retrieval checkpoints carry them ("index.faiss"). FAISS is seen in this .cpp
// file only.
#pragma once

#include "engine/passage_index.h"

#include <filesystem>
#include <memory>
#include <string>

namespace engine::retrieval {

class FaissFile {
public:
    // File error for a file that FAISS cannot read, or an index that does not compare by inner products.
    [[nodiscard]] static std::unique_ptr<const FaissFile> open(const std::filesystem::path &file);
    ~FaissFile();
    FaissFile(const FaissFile &) = delete;
    FaissFile &operator=(const FaissFile &) = delete;

    [[nodiscard]] std::int64_t rows() const;
    [[nodiscard]] std::int64_t dimension() const;
    [[nodiscard]] std::string kind() const; // "FAISS IndexFlatIP"
    // As PassageIndex::search.
    [[nodiscard]] std::vector<std::vector<PassageHit>> search(const Tensor &questions, std::int64_t count) const;
    [[nodiscard]] Tensor vectors(std::span<const std::int64_t> ids) const;

private:
    struct Library;
    explicit FaissFile(std::unique_ptr<Library> library);
    std::unique_ptr<Library> m_library;
};

} // namespace engine::retrieval
