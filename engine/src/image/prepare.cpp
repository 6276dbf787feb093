// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/prepare.h"

#include "engine/error.h"

#include <algorithm>
#include <cmath>

namespace engine::image {
namespace {

// Half of `rest`, a half rounded to the even neighbour; `rest` may be negative: then the same as half of it below.
std::int64_t halfToEven(std::int64_t rest)
{
    if (rest < 0)
        return -(-rest / 2);
    const std::int64_t half = rest / 2;
    return rest % 2 != 0 && half % 2 != 0 ? half + 1 : half;
}

} // namespace

Size sizeWithShorterSide(const Size &size, std::int64_t side)
{
    const auto shorter = static_cast<double>(std::min(size.width, size.height));
    const auto longer = static_cast<double>(std::max(size.width, size.height));
    const auto other = static_cast<std::int64_t>(static_cast<double>(side) * longer / shorter);
    return size.width <= size.height ? Size{side, other} : Size{other, side};
}

PixelRect middleSquare(const Size &size, std::int64_t side)
{
    const std::int64_t left = halfToEven(size.width - side);
    const std::int64_t top = halfToEven(size.height - side);
    return {left, top, left + side, top + side};
}

Tensor prepared(const Image &image, const Preparation &how)
{
    if (image.width < 1 || image.height < 1 ||
        image.pixels.size() != static_cast<std::size_t>(3 * image.width * image.height))
        failInternal("a picture of " + std::to_string(image.width) + " × " + std::to_string(image.height) + " with " +
                     std::to_string(image.pixels.size()) + " bytes of pixels");
    const Size size = sizeWithShorterSide({image.width, image.height}, how.shorterSide);
    const Image square = resized(image, size, middleSquare(size, how.crop));
    Tensor out = Tensor::uninitialised({3, how.crop, how.crop});
    const auto plane = static_cast<std::size_t>(how.crop * how.crop);
    float *to = out.mutableFloats().data();
    for (std::size_t c = 0; c < 3; ++c)
        for (std::size_t i = 0; i < plane; ++i)
            *to++ = (static_cast<float>(square.pixels[3 * i + c]) / 255.0F - how.mean[c]) / how.deviation[c];
    return out;
}

PixelRect areaOf(const Size &picture, const Preparation &how, const Part &part)
{
    const Size size = sizeWithShorterSide(picture, how.shorterSide);
    const PixelRect square = middleSquare(size, how.crop);
    const auto back = [side = static_cast<double>(how.crop)](double share, std::int64_t offset, std::int64_t whole,
                                                             std::int64_t from) {
        const double at =
            (static_cast<double>(offset) + share * side) * static_cast<double>(from) / static_cast<double>(whole);
        return std::clamp<std::int64_t>(std::llround(at), 0, from);
    };
    return {back(part.left, square.left, size.width, picture.width),
            back(part.top, square.top, size.height, picture.height),
            back(part.right, square.left, size.width, picture.width),
            back(part.bottom, square.top, size.height, picture.height)};
}

} // namespace engine::image
