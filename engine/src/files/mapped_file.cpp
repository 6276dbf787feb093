// SPDX-License-Identifier: GPL-3.0-or-later
#include "files/mapped_file.h"

#include "engine/error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace engine::files {
namespace {

std::string reason(int code)
{
    return std::generic_category().message(code);
}

} // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path &file)
{
    // Not make_shared: the constructor is private.
    const std::shared_ptr<MappedFile> mapped(new MappedFile(file));
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    mapped->m_descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (mapped->m_descriptor < 0)
        failFile(file.string() + ": cannot be opened: " + reason(errno));
    struct stat status = {};
    if (::fstat(mapped->m_descriptor, &status) != 0)
        failFile(file.string() + ": cannot be read: " + reason(errno));
    if (!S_ISREG(status.st_mode))
        failFile(file.string() + ": expected a file, found " +
                 (S_ISDIR(status.st_mode) ? "a folder" : "a device or pipe"));
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0)
        return mapped;
    void *memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, mapped->m_descriptor, 0);
    if (memory == MAP_FAILED) // NOLINT: a macro of the system
        failFile(file.string() + ": cannot be mapped into memory: " + reason(errno));
    mapped->m_bytes = {static_cast<const std::byte *>(memory), size};
    return mapped;
}

MappedFile::~MappedFile()
{
    if (!m_bytes.empty())
        ::munmap(const_cast<std::byte *>(m_bytes.data()), m_bytes.size()); // NOLINT: what mmap gave
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

std::string_view MappedFile::text() const noexcept
{
    return {reinterpret_cast<const char *>(m_bytes.data()), m_bytes.size()};
}

void MappedFile::ensureIntact() const
{
    struct stat status = {};
    if (::fstat(m_descriptor, &status) != 0 || static_cast<std::size_t>(status.st_size) < m_bytes.size())
        failFile(m_file.string() + ": the file was cut short while it was open: expected " +
                 std::to_string(m_bytes.size()) + " bytes, found " + std::to_string(status.st_size));
}

std::string readText(const std::filesystem::path &file, std::size_t maxBytes)
{
    const auto mapped = MappedFile::open(file);
    if (mapped->bytes().size() > maxBytes)
        failFile(file.string() + ": too large: expected at most " + std::to_string(maxBytes) + " bytes, found " +
                 std::to_string(mapped->bytes().size()));
    return std::string(mapped->text());
}

} // namespace engine::files
