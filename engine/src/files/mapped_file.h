// SPDX-License-Identifier: GPL-3.0-or-later
// A file in memory without a copy.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace engine::files {

// A read-only, private mapping of a regular file. It stays valid when the file is replaced by another one or
// deleted. A file that is cut short in place takes its pages with it: ensureIntact() finds that out.
class MappedFile {
public:
    // File error when the file is missing, unreadable or not a regular file. An empty file maps to no bytes.
    [[nodiscard]] static std::shared_ptr<const MappedFile> open(const std::filesystem::path &file);

    MappedFile(const MappedFile &) = delete;
    MappedFile &operator=(const MappedFile &) = delete;
    ~MappedFile();

    [[nodiscard]] const std::filesystem::path &file() const noexcept { return m_file; }
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return m_bytes; }
    [[nodiscard]] std::string_view text() const noexcept;

    // File error when the file has become shorter since it was mapped. Call it before reading pages that were
    // not looked at yet.
    void ensureIntact() const;

private:
    explicit MappedFile(std::filesystem::path file) : m_file(std::move(file)) {}
    std::filesystem::path m_file;
    std::span<const std::byte> m_bytes;
    int m_descriptor = -1;
};

// The whole content of a small text file. File error when it is missing or larger than maxBytes.
[[nodiscard]] std::string readText(const std::filesystem::path &file, std::size_t maxBytes);

} // namespace engine::files
