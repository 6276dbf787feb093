// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "files/mapped_file.h"
#include "image/decoders.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace engine {
namespace image {
namespace {

std::string_view textOf(Bytes bytes)
{
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()}; // NOLINT: bytes as characters
}

// "found the bytes 47 49 46 38"
std::string foundText(Bytes bytes)
{
    constexpr std::size_t kShown = 4;
    if (bytes.empty())
        return "nothing";
    std::string out = "the bytes";
    for (std::size_t i = 0; i < std::min(kShown, bytes.size()); ++i) {
        std::array<char, 8> two{};
        std::snprintf(two.data(), two.size(), " %02x", std::to_integer<unsigned>(bytes[i]));
        out += two.data();
    }
    return out;
}

} // namespace

bool isPng(Bytes bytes) noexcept
{
    return textOf(bytes).starts_with("\x89PNG\r\n\x1a\n");
}

bool isJpeg(Bytes bytes) noexcept
{
    return textOf(bytes).starts_with("\xff\xd8\xff");
}

bool isWebP(Bytes bytes) noexcept
{
    constexpr std::size_t kKindAt = 8; // after RIFF and the size of the rest
    return textOf(bytes).starts_with("RIFF") && bytes.size() > kKindAt &&
           textOf(bytes).substr(kKindAt).starts_with("WEBP");
}

Image emptyImage(const Claim &claim, const std::string &name)
{
    const std::string size = std::to_string(claim.width) + " × " + std::to_string(claim.height);
    if (claim.width < 1 || claim.height < 1)
        failFile(name + ": expected a picture with pixels, found one of " + size);
    const auto most = std::min(claim.mostPixels, kMostPixels);
    if (claim.height > most / claim.width)
        failFile(name + ": expected at most " + std::to_string(most) + " pixels" +
                 (most < kMostPixels ? " in a file of this size" : "") + ", found " + size);
    Image image{.width = claim.width, .height = claim.height};
    image.pixels.resize(static_cast<std::size_t>(3 * claim.width * claim.height));
    return image;
}

void failPicture(const std::string &name, std::string_view format, std::string_view reason)
{
    failFile(name + ": a " + std::string(format) + " picture that cannot be read: " + std::string(reason));
}

} // namespace image

Image decodeImage(std::span<const std::byte> bytes, const std::string &name)
{
    if (image::isPng(bytes))
        return image::decodePng(bytes, name);
    if (image::isJpeg(bytes))
        return image::decodeJpeg(bytes, name);
    if (image::isWebP(bytes))
        return image::decodeWebP(bytes, name);
    failFile(name + ": expected a PNG, JPEG or WebP picture, found " + image::foundText(bytes));
}

Image readImage(const std::filesystem::path &file)
{
    const auto mapped = files::MappedFile::open(file);
    mapped->ensureIntact();
    Image image = decodeImage(mapped->bytes(), file.string());
    image.file = file;
    return image;
}

} // namespace engine
