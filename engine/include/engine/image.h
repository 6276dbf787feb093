// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures as models take them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace engine {

// Pixels of a picture, counted from its top left corner; right and bottom are exclusive.
struct PixelRect {
    std::int64_t left = 0;
    std::int64_t top = 0;
    std::int64_t right = 0;
    std::int64_t bottom = 0;

    [[nodiscard]] std::int64_t width() const noexcept { return right - left; }
    [[nodiscard]] std::int64_t height() const noexcept { return bottom - top; }
    bool operator==(const PixelRect &) const = default;
};

struct Image {
    std::int64_t width = 0;
    std::int64_t height = 0;
    std::vector<std::uint8_t> pixels = {}; // (height, width, 3): rows from the top; red, green, blue
    std::filesystem::path file = {};       // where it came from; empty: from memory
};

// PNG, JPEG or WebP, told apart by their first bytes. Transparency is dropped, not blended; palettes, grey and CMYK
// become RGB; of 16 bits the upper 8 stay. The picture stands as it is stored: no tag turns it. File error naming the
// file (or `name`) for anything that is no whole still picture, and for one of more than 2²⁷ pixels.
[[nodiscard]] Image readImage(const std::filesystem::path &file);
[[nodiscard]] Image decodeImage(std::span<const std::byte> bytes, const std::string &name = "picture");

} // namespace engine
