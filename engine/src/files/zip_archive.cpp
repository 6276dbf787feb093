// SPDX-License-Identifier: GPL-3.0-or-later
#include "files/zip_archive.h"

#include "engine/error.h"

#include <zip.h>

#include <algorithm>
#include <cstring>

namespace engine::files {
namespace {

constexpr std::uint64_t kMaxGrowth = 64; // unpacked size of an entry over the size of the file
constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kDirectoryEntry = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint32_t kZip64End = 0x06064b50;
constexpr std::uint32_t kZip64Locator = 0x07064b50;
constexpr std::size_t kLocalHeaderBytes = 30;
constexpr std::size_t kDirectoryEntryBytes = 46;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kZip64EndBytes = 56;
constexpr std::size_t kZip64LocatorBytes = 20;
constexpr std::uint32_t kInZip64 = 0xFFFFFFFF; // the real value stands in the Zip64 field

// The archive as bytes, with bounds.
class Reader {
public:
    explicit Reader(const MappedFile &file) : m_file(file), m_bytes(file.bytes()) {}

    [[nodiscard]] std::uint64_t size() const { return m_bytes.size(); }

    [[nodiscard]] std::uint64_t number(std::uint64_t offset, std::size_t width) const
    {
        need(offset, width);
        std::uint64_t value = 0;
        std::memcpy(&value, m_bytes.data() + offset, width); // little-endian, as the machine
        return value;
    }

    [[nodiscard]] std::string text(std::uint64_t offset, std::uint64_t count) const
    {
        need(offset, count);
        return std::string(m_file.text().substr(offset, count));
    }

    [[nodiscard]] bool hasSignature(std::uint64_t offset, std::uint32_t signature) const
    {
        return offset <= size() && size() - offset >= 4 && number(offset, 4) == signature;
    }

    void need(std::uint64_t offset, std::uint64_t count) const
    {
        if (offset > size() || count > size() - offset)
            fail("truncated: expected " + std::to_string(count) + " bytes at byte " + std::to_string(offset) +
                 ", but the file has only " + std::to_string(size()));
    }

    [[noreturn]] void fail(const std::string &what) const
    {
        failFile(m_file.file().string() + ": damaged zip archive: " + what);
    }

private:
    const MappedFile &m_file;
    std::span<const std::byte> m_bytes;
};

struct Directory {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t count = 0;
};

// The end record is the last thing in the file but for a comment of at most 65535 bytes.
std::uint64_t findEnd(const Reader &reader)
{
    constexpr std::uint64_t kMaxComment = 0xFFFF;
    if (reader.size() >= kEndBytes) {
        const std::uint64_t last = reader.size() - kEndBytes;
        for (std::uint64_t back = 0; back <= std::min(kMaxComment, last); ++back)
            if (reader.hasSignature(last - back, kEnd) && reader.number(last - back + 20, 2) == back)
                return last - back;
    }
    reader.fail("no directory at its end (truncated or overlong file?)");
}

Directory findDirectory(const Reader &reader)
{
    const std::uint64_t end = findEnd(reader);
    Directory directory{
        .offset = reader.number(end + 16, 4), .bytes = reader.number(end + 12, 4), .count = reader.number(end + 10, 2)};
    if (end >= kZip64LocatorBytes && reader.hasSignature(end - kZip64LocatorBytes, kZip64Locator)) {
        const std::uint64_t zip64 = reader.number(end - kZip64LocatorBytes + 8, 8);
        reader.need(zip64, kZip64EndBytes);
        if (!reader.hasSignature(zip64, kZip64End))
            reader.fail("its Zip64 directory is not where it is said to be");
        directory = {.offset = reader.number(zip64 + 48, 8),
                     .bytes = reader.number(zip64 + 40, 8),
                     .count = reader.number(zip64 + 32, 8)};
    }
    reader.need(directory.offset, directory.bytes);
    if (directory.count > directory.bytes / kDirectoryEntryBytes)
        reader.fail("it claims " + std::to_string(directory.count) + " entries in a directory of " +
                    std::to_string(directory.bytes) + " bytes");
    return directory;
}

// Replaces the values that did not fit 32 bits by those of the Zip64 extra field, which holds only these, in order.
void applyZip64(const Reader &reader, std::uint64_t extra, std::uint64_t extraBytes,
                std::initializer_list<std::uint64_t *> values)
{
    const std::uint64_t end = extra + extraBytes;
    while (extra + 4 <= end) {
        const auto kind = reader.number(extra, 2);
        const auto length = reader.number(extra + 2, 2);
        extra += 4;
        std::uint64_t at = extra;
        extra += length;
        if (extra > end)
            return;
        if (kind != 1)
            continue;
        for (auto *value : values)
            if (*value == kInZip64 && at + 8 <= extra) {
                *value = reader.number(at, 8);
                at += 8;
            }
        return;
    }
}

// The entry whose directory record begins at `record`.
ZipEntry readEntry(const Reader &reader, std::uint64_t record)
{
    constexpr std::uint64_t kEncrypted = 1;
    const std::uint64_t nameBytes = reader.number(record + 28, 2);
    std::uint64_t local = reader.number(record + 42, 4);
    ZipEntry entry{.name = reader.text(record + kDirectoryEntryBytes, nameBytes),
                   .bytes = reader.number(record + 24, 4),
                   .packedBytes = reader.number(record + 20, 4),
                   .dataOffset = 0,
                   .isStored = reader.number(record + 10, 2) == 0};
    applyZip64(reader, record + kDirectoryEntryBytes + nameBytes, reader.number(record + 30, 2),
               {&entry.bytes, &entry.packedBytes, &local});
    if ((reader.number(record + 8, 2) & kEncrypted) != 0)
        reader.fail(entry.name + " is encrypted");
    reader.need(local, kLocalHeaderBytes);
    if (!reader.hasSignature(local, kLocalHeader))
        reader.fail(entry.name + " is not where the directory says");
    entry.dataOffset = local + kLocalHeaderBytes + reader.number(local + 26, 2) + reader.number(local + 28, 2);
    reader.need(entry.dataOffset, entry.packedBytes);
    if (entry.isStored && entry.bytes != entry.packedBytes)
        reader.fail(entry.name + " is stored, but its sizes differ: " + std::to_string(entry.bytes) + " and " +
                    std::to_string(entry.packedBytes) + " bytes");
    if (entry.bytes / kMaxGrowth > reader.size())
        reader.fail(entry.name + " claims to unpack to " + std::to_string(entry.bytes) + " bytes, more than " +
                    std::to_string(kMaxGrowth) + " times the size of the file");
    return entry;
}

struct ZipDeleter {
    void operator()(zip_t *archive) const { zip_discard(archive); }
    void operator()(zip_file_t *file) const { zip_fclose(file); }
};

} // namespace

ZipArchive ZipArchive::open(std::shared_ptr<const MappedFile> file)
{
    ZipArchive archive(std::move(file));
    const Reader reader(*archive.m_file);
    const Directory directory = findDirectory(reader);
    std::uint64_t record = directory.offset;
    const std::uint64_t end = directory.offset + directory.bytes;
    for (std::uint64_t i = 0; i < directory.count; ++i) {
        reader.need(record, kDirectoryEntryBytes);
        if (record > end - kDirectoryEntryBytes || !reader.hasSignature(record, kDirectoryEntry))
            reader.fail("entry " + std::to_string(i) + " of its directory is malformed");
        ZipEntry entry = readEntry(reader, record);
        record +=
            kDirectoryEntryBytes + entry.name.size() + reader.number(record + 30, 2) + reader.number(record + 32, 2);
        const std::string name = entry.name;
        if (!archive.m_entries.emplace(name, std::move(entry)).second)
            reader.fail(name + " occurs twice");
    }
    return archive;
}

const ZipEntry *ZipArchive::find(std::string_view name) const
{
    const auto it = m_entries.find(name);
    return it == m_entries.end() ? nullptr : &it->second;
}

std::span<const std::byte> ZipArchive::stored(const ZipEntry &entry) const
{
    if (!entry.isStored)
        failInternal(entry.name + " is compressed");
    return m_file->bytes().subspan(entry.dataOffset, entry.bytes);
}

std::vector<std::byte> ZipArchive::read(const ZipEntry &entry) const
{
    m_file->ensureIntact();
    const std::string where = m_file->file().string() + ": " + entry.name + ": ";
    zip_error_t error;
    zip_error_init(&error);
    const std::unique_ptr<zip_error_t, decltype(&zip_error_fini)> cleanup(&error, &zip_error_fini);
    const auto bytes = m_file->bytes();
    zip_source_t *source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    if (!source)
        failFile(where + zip_error_strerror(&error));
    const std::unique_ptr<zip_t, ZipDeleter> archive(zip_open_from_source(source, ZIP_RDONLY, &error));
    if (!archive) {
        zip_source_free(source); // otherwise the archive owns it
        failFile(where + zip_error_strerror(&error));
    }
    const std::unique_ptr<zip_file_t, ZipDeleter> file(zip_fopen(archive.get(), entry.name.c_str(), 0));
    if (!file)
        failFile(where + zip_strerror(archive.get()));
    // One byte more than expected: reading up to the very end is what makes the library verify the checksum.
    std::vector<std::byte> out(entry.bytes + 1);
    const auto count = zip_fread(file.get(), out.data(), out.size());
    if (count < 0)
        failFile(where + zip_file_strerror(file.get()));
    if (static_cast<std::uint64_t>(count) != entry.bytes)
        failFile(where + "expected " + std::to_string(entry.bytes) + " bytes, found " +
                 (static_cast<std::uint64_t>(count) > entry.bytes ? "more" : std::to_string(count)));
    out.resize(entry.bytes);
    return out;
}

} // namespace engine::files
