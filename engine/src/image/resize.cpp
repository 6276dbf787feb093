// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/prepare.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace engine::image {
namespace {

constexpr int kFractionBits = 32 - 8 - 2; // of the weights; sums of 8-bit values then fit 32 bits
constexpr std::size_t kChannels = 3;

// What one pixel of an axis is made of: weights of consecutive source pixels.
struct Mix {
    std::int64_t first = 0;
    std::vector<std::int32_t> weights;
};

struct Axis {
    std::int64_t from = 0; // pixels of the source
    std::int64_t to = 0;   // pixels of the result, of which
    std::int64_t begin = 0;
    std::int64_t end = 0; // are wanted; all inside
};

Mix mixAt(const Axis &axis, std::int64_t at)
{
    const double scale = static_cast<double>(axis.from) / static_cast<double>(axis.to);
    const double reach = std::max(scale, 1.0);
    const double centre = (static_cast<double>(at) + 0.5) * scale;
    Mix mix{.first = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - reach + 0.5)), .weights = {}};
    const auto last = std::min(axis.from, static_cast<std::int64_t>(centre + reach + 0.5));
    std::vector<double> shares;
    double sum = 0.0;
    for (std::int64_t i = mix.first; i < last; ++i) {
        const double distance = std::abs((static_cast<double>(i) - centre + 0.5) / reach);
        shares.push_back(std::max(0.0, 1.0 - distance));
        sum += shares.back();
    }
    for (const double share : shares) {
        const double exact = (sum > 0.0 ? share / sum : share) * (1 << kFractionBits);
        mix.weights.push_back(static_cast<std::int32_t>(exact + 0.5));
    }
    return mix;
}

std::vector<Mix> mixesOf(const Axis &axis)
{
    std::vector<Mix> mixes;
    for (std::int64_t at = axis.begin; at < axis.end; ++at)
        mixes.push_back(mixAt(axis, at));
    return mixes;
}

// One channel: pixels `step` bytes apart.
std::uint8_t mixed(const std::uint8_t *from, std::ptrdiff_t step, const Mix &mix)
{
    std::int32_t sum = 1 << (kFractionBits - 1);
    const std::uint8_t *at = from + mix.first * step;
    for (const std::int32_t weight : mix.weights) {
        sum += weight * *at;
        at += step;
    }
    return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

// Rows [begin, end) of the source with the wanted columns.
std::vector<std::uint8_t> alongRows(const Image &image, const Axis &columns, std::int64_t begin, std::int64_t end)
{
    const auto stride = static_cast<std::size_t>(image.width) * kChannels;
    const auto width = static_cast<std::size_t>(columns.end - columns.begin) * kChannels;
    std::vector<std::uint8_t> out(static_cast<std::size_t>(end - begin) * width);
    const std::uint8_t *from = image.pixels.data() + static_cast<std::size_t>(begin) * stride;
    std::uint8_t *to = out.data();
    const bool isSame = columns.from == columns.to;
    const std::vector<Mix> mixes = isSame ? std::vector<Mix>() : mixesOf(columns);
    for (std::int64_t y = begin; y < end; ++y, from += stride) {
        if (isSame)
            to = std::copy_n(from + static_cast<std::size_t>(columns.begin) * kChannels, width, to);
        for (const Mix &mix : mixes)
            for (std::size_t c = 0; c < kChannels; ++c)
                *to++ = mixed(from + c, kChannels, mix);
    }
    return out;
}

PixelRect inside(const PixelRect &window, const Size &size)
{
    const auto clamped = [](std::int64_t x, std::int64_t most) { return std::clamp<std::int64_t>(x, 0, most); };
    return {clamped(window.left, size.width), clamped(window.top, size.height), clamped(window.right, size.width),
            clamped(window.bottom, size.height)};
}

} // namespace

Image resized(const Image &image, const Size &size, const PixelRect &window)
{
    Image out{.width = window.width(), .height = window.height()};
    out.pixels.resize(static_cast<std::size_t>(out.width * out.height) * kChannels);
    const PixelRect kept = inside(window, size);
    if (kept.width() <= 0 || kept.height() <= 0)
        return out;
    const Axis columns{.from = image.width, .to = size.width, .begin = kept.left, .end = kept.right};
    const Axis rows{.from = image.height, .to = size.height, .begin = kept.top, .end = kept.bottom};
    const bool isSame = rows.from == rows.to;
    const std::vector<Mix> mixes = isSame ? std::vector<Mix>() : mixesOf(rows);
    const std::int64_t begin = isSame ? kept.top : mixes.front().first;
    const std::int64_t end =
        isSame ? kept.bottom : mixes.back().first + static_cast<std::int64_t>(mixes.back().weights.size());
    const std::vector<std::uint8_t> narrow = alongRows(image, columns, begin, end);
    const auto width = static_cast<std::size_t>(kept.width()) * kChannels;
    const auto stride = static_cast<std::size_t>(out.width) * kChannels;
    std::uint8_t *to = out.pixels.data() + static_cast<std::size_t>(kept.top - window.top) * stride +
                       static_cast<std::size_t>(kept.left - window.left) * kChannels;
    for (std::int64_t y = 0; y < kept.height(); ++y, to += stride) {
        if (isSame) {
            std::copy_n(narrow.data() + static_cast<std::size_t>(y) * width, width, to);
            continue;
        }
        Mix mix = mixes[static_cast<std::size_t>(y)];
        mix.first -= begin;
        for (std::size_t x = 0; x < width; ++x)
            to[x] = mixed(narrow.data() + x, static_cast<std::ptrdiff_t>(width), mix);
    }
    return out;
}

} // namespace engine::image
