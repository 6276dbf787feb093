// SPDX-License-Identifier: GPL-3.0-or-later
// An inverted file over clusters of vectors (Jégou et al. 2011, section IV, without the compression): a search looks
// only into the clusters whose centres are nearest to the question.
#pragma once

#include "engine/run_control.h"
#include "files/mapped_file.h"
#include "retrieval/nearest_rows.h"

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace engine::retrieval {

class Clusters {
public:
    // Lloyd's k-means on a sample, then every row to its nearest centre; writes the file. Reports "clustering".
    static void build(const Vectors &vectors, const std::filesystem::path &file, const RunControl &control);
    // File error when the file is malformed or speaks of other vectors.
    [[nodiscard]] static std::unique_ptr<const Clusters> open(const std::filesystem::path &file,
                                                              const Vectors &vectors);

    [[nodiscard]] std::int64_t rows() const noexcept { return m_rows; } // the first rows of the vectors
    [[nodiscard]] std::int64_t count() const noexcept { return m_count; }
    // Rows that may be among the nearest: those of the clusters nearest to the question.
    [[nodiscard]] std::vector<std::uint32_t> candidates(const float *question) const;

private:
    Clusters() = default;

    std::shared_ptr<const files::MappedFile> m_file;
    std::int64_t m_rows = 0;
    std::int64_t m_count = 0;
    Vectors m_centres;
    std::span<const std::uint32_t> m_begins; // (count + 1): where each cluster begins in m_members
    std::span<const std::uint32_t> m_members;
};

} // namespace engine::retrieval
