// SPDX-License-Identifier: GPL-3.0-or-later
// One decoder a format. Each refuses a picture that is larger than its bytes can tell before it allocates anything.
#pragma once

#include "engine/image.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace engine::image {

using Bytes = std::span<const std::byte>;

[[nodiscard]] bool isPng(Bytes bytes) noexcept;
[[nodiscard]] bool isJpeg(Bytes bytes) noexcept;
[[nodiscard]] bool isWebP(Bytes bytes) noexcept;

// `name` stands first in errors.
[[nodiscard]] Image decodePng(Bytes bytes, const std::string &name);
[[nodiscard]] Image decodeJpeg(Bytes bytes, const std::string &name);
[[nodiscard]] Image decodeWebP(Bytes bytes, const std::string &name);

inline constexpr std::int64_t kMostPixels = std::int64_t{1} << 27; // 384 MiB of RGB

// A picture of that size without its pixels' values. File error when a side is not positive, or the picture has more
// than kMostPixels or more than `mostPixels`, which is what that many bytes can tell.
struct Claim {
    std::int64_t width = 0;
    std::int64_t height = 0;
    std::int64_t mostPixels = kMostPixels;
};
[[nodiscard]] Image emptyImage(const Claim &claim, const std::string &name);

// "<name>: a PNG picture that cannot be read: <reason>"
[[noreturn]] void failPicture(const std::string &name, std::string_view format, std::string_view reason);

} // namespace engine::image
