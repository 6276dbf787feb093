// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/export_file.h"

#include "engine/error.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <random>
#include <system_error>

namespace engine::session {
namespace {

std::filesystem::path temporaryBeside(const std::filesystem::path &file)
{
    constexpr int kHexadecimal = 16;
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), std::random_device{}(), kHexadecimal);
    std::filesystem::path out = file;
    out += "." + std::string(digits.data(), end.ptr) + ".part";
    return out;
}

[[noreturn]] void failWriting(const std::filesystem::path &file, const std::string &reason)
{
    failFile("cannot write " + file.string() + ": " + reason);
}

std::string lastReason()
{
    return std::generic_category().message(errno);
}

// Removes the temporary file unless it became the real one.
class Removal {
public:
    explicit Removal(std::filesystem::path file) : m_file(std::move(file)) {}
    ~Removal()
    {
        std::error_code ignored;
        std::filesystem::remove(m_file, ignored);
    }
    Removal(const Removal &) = delete;
    Removal &operator=(const Removal &) = delete;

private:
    std::filesystem::path m_file;
};

} // namespace

void writeWhole(const std::filesystem::path &file, const std::function<void(std::ostream &)> &write)
{
    std::error_code error;
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    if (!std::filesystem::is_directory(folder, error))
        failWriting(file, folder.string() + " is not a folder");
    if (std::filesystem::is_directory(file, error))
        failWriting(file, "it is a folder");
    const auto temporary = temporaryBeside(file);
    errno = 0;
    std::ofstream stream(temporary, std::ios::binary);
    if (!stream)
        failWriting(file, lastReason());
    const Removal removal(temporary);
    write(stream);
    stream.close();
    if (!stream)
        failWriting(file, errno != 0 ? lastReason() : "the disk may be full");
    std::filesystem::rename(temporary, file, error);
    if (error)
        failWriting(file, error.message());
}

// Magic, version, length of the header, a Python dictionary filled up to a multiple of 64 bytes. Everything is
// little-endian, as are all machines that the engine runs on.
void writeNpyHeader(std::ostream &out, const Shape &shape)
{
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
    for (std::size_t axis = 0; axis < shape.sizes().size(); ++axis)
        header += (axis == 0 ? "" : ", ") + std::to_string(shape.sizes()[axis]);
    header += shape.rank() == 1 ? ",), }" : "), }"; // a tuple of one
    constexpr std::size_t kBeforeHeader = 10;
    constexpr std::size_t kAlignment = 64;
    header.append(kAlignment - 1 - (kBeforeHeader + header.size()) % kAlignment, ' ');
    header += '\n';
    out.write("\x93NUMPY\x01\x00", 8);
    out.put(static_cast<char>(header.size() & 0xFFU));
    out.put(static_cast<char>(header.size() >> 8U));
    out << header;
}

std::string numberText(float value)
{
    if (!std::isfinite(value))
        return "null";
    constexpr std::size_t kLongest = 32;
    std::array<char, kLongest> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return {digits.data(), end.ptr};
}

std::string csvField(const std::string &text)
{
    if (text.find_first_of(",\"\r\n") == std::string::npos)
        return text;
    std::string out = "\"";
    for (const char c : text) {
        out += c;
        if (c == '"')
            out += c;
    }
    return out + "\"";
}

std::string jsonText(const std::string &text)
{
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace engine::session
