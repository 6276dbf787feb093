// SPDX-License-Identifier: GPL-3.0-or-later
// From a picture to the numbers that an image encoder reads, and back to places in the picture.
#pragma once

#include "engine/image.h"
#include "engine/tensor.h"

#include <array>
#include <cstdint>

namespace engine::image {

struct Size {
    std::int64_t width = 0;
    std::int64_t height = 0;
};

// The picture at another size, or a window of that, without computing the rest. A triangle filter that widens when it
// shrinks, first along rows, then along columns, rounded to 8 bits after each, with weights in 22-bit fixed point, as
// PIL's Image.resize(size, BILINEAR). Pixels of the window outside of the picture are black.
[[nodiscard]] Image resized(const Image &image, const Size &size, const PixelRect &window);

struct Preparation {
    std::int64_t shorterSide = 256; // that the picture is resized to, as it is
    std::int64_t crop = 224;        // side of the square in its middle
    // Of red, green and blue in 0 … 1; these are the ones of the data set that MMBT was trained on.
    std::array<float, 3> mean{0.46777044F, 0.44531429F, 0.40661017F};
    std::array<float, 3> deviation{0.12221994F, 0.12145835F, 0.14380469F};
};

// The longer side becomes ⌊side · long / short⌋.
[[nodiscard]] Size sizeWithShorterSide(const Size &size, std::int64_t side);
// Where the square lies in the resized picture: in the middle, an odd rest rounded half to even; a square that is
// larger reaches beyond it.
[[nodiscard]] PixelRect middleSquare(const Size &size, std::int64_t side);

// Resized, cropped, (x / 255 − mean) / deviation: (3, crop, crop).
[[nodiscard]] Tensor prepared(const Image &image, const Preparation &how);

// A part of the square as shares of its sides, 0 … 1.
struct Part {
    double left = 0.0;
    double top = 0.0;
    double right = 1.0;
    double bottom = 1.0;
};
// The pixels of the picture that this part of the square was made from, to the nearest one.
[[nodiscard]] PixelRect areaOf(const Size &picture, const Preparation &how, const Part &part);

} // namespace engine::image
