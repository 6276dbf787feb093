// SPDX-License-Identifier: GPL-3.0-or-later
// How a model takes a picture beside its text.
#pragma once

#include "image/prepare.h"
#include "ops/convolution2d.h"

#include <cstdint>

namespace engine::models {

struct ImageInput {
    image::Preparation preparation;
    ops::Grid grid;               // a token for each part of the picture, row by row
    std::int64_t features = 0;    // of a token before the model projects it
    bool readsPictures = false;   // false: only features that somebody else made of them
    std::int64_t trainedText = 0; // tokens to which training cut the text beside the picture; 0: none were cut

    [[nodiscard]] std::int64_t tokens() const noexcept { return grid.rows * grid.columns; }
};

} // namespace engine::models
