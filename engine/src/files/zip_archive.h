// SPDX-License-Identifier: GPL-3.0-or-later
// A zip archive whose uncompressed entries are used where they lie in the mapped file.
#pragma once

#include "files/mapped_file.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine::files {

struct ZipEntry {
    std::string name;
    std::uint64_t bytes = 0;       // unpacked
    std::uint64_t packedBytes = 0; // in the archive
    std::uint64_t dataOffset = 0;  // of the packed bytes in the file
    bool isStored = true;          // not compressed
};

// Source of the format: APPNOTE.TXT 6.3.10 of PKWARE (4.3.7 local header, 4.3.12 central directory, 4.3.14
// Zip64). Every size and offset is checked against the real size of the file when the archive is opened.
class ZipArchive {
public:
    // File error when the directory is damaged, an entry lies outside the file, is encrypted, occurs twice, or claims
    // to unpack to more than 64 times the size of the whole file.
    [[nodiscard]] static ZipArchive open(std::shared_ptr<const MappedFile> file);

    [[nodiscard]] const std::map<std::string, ZipEntry, std::less<>> &entries() const noexcept { return m_entries; }
    [[nodiscard]] const ZipEntry *find(std::string_view name) const; // null when there is none

    // The bytes of a stored entry in the mapping, its checksum not looked at. Internal error for a compressed entry.
    [[nodiscard]] std::span<const std::byte> stored(const ZipEntry &entry) const;
    // An unpacked copy, its checksum verified. File error when the data are damaged.
    [[nodiscard]] std::vector<std::byte> read(const ZipEntry &entry) const;

    [[nodiscard]] const std::shared_ptr<const MappedFile> &file() const noexcept { return m_file; }

private:
    explicit ZipArchive(std::shared_ptr<const MappedFile> file) : m_file(std::move(file)) {}
    std::shared_ptr<const MappedFile> m_file;
    std::map<std::string, ZipEntry, std::less<>> m_entries;
};

} // namespace engine::files
