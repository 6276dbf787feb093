// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/replace_file.h"

#include "engine/error.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace engine::retrieval {
namespace {

[[noreturn]] void failWriting(const std::filesystem::path &file)
{
    failFile(file.string() + ": cannot be written: " + std::generic_category().message(errno));
}

} // namespace

GrowingFile::GrowingFile(std::filesystem::path file, std::int64_t size) : m_file(std::move(file))
{
    constexpr int kMode = 0644;
    m_descriptor = ::open(m_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kMode);
    if (m_descriptor < 0 || ::ftruncate(m_descriptor, size) != 0 || ::lseek(m_descriptor, size, SEEK_SET) != size)
        failWriting(m_file);
}

GrowingFile::~GrowingFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

void GrowingFile::write(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const auto count = ::write(m_descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            failWriting(m_file);
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

void GrowingFile::flush()
{
    if (::fdatasync(m_descriptor) != 0)
        failWriting(m_file);
}

void replaceFile(const std::filesystem::path &file, std::string_view bytes)
{
    auto fresh = file;
    fresh += ".new";
    {
        GrowingFile out(fresh, 0);
        out.write(std::as_bytes(std::span(bytes)));
        out.flush();
    }
    std::error_code error;
    std::filesystem::rename(fresh, file, error);
    if (error)
        failFile(file.string() + ": cannot be written: " + error.message());
}

} // namespace engine::retrieval
