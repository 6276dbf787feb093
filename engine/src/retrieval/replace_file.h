// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are written as a whole or not at all, and files that grow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace engine::retrieval {

// Under another name first, then in place of the former file: a crash leaves one of the two. File error when it cannot
// be written.
void replaceFile(const std::filesystem::path &file, std::string_view bytes);

// Appends to a file; each write() has reached the system when it returns.
class GrowingFile {
public:
    // Cut to `size` bytes first: what stands behind is the remainder of an interrupted write. Created where it is not
    // there.
    GrowingFile(std::filesystem::path file, std::int64_t size);
    ~GrowingFile();
    GrowingFile(const GrowingFile &) = delete;
    GrowingFile &operator=(const GrowingFile &) = delete;

    void write(std::span<const std::byte> bytes);
    void flush(); // down to the disk

private:
    std::filesystem::path m_file;
    int m_descriptor = -1;
};

} // namespace engine::retrieval
