// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a picture: whole rows of pixels that can be made ready for a model, or a File error.
#include "engine/error.h"
#include "image/prepare.h"

#include <cstdint>
#include <cstdlib>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace engine;
    try {
        const Image image = decodeImage(std::as_bytes(std::span(data, size)));
        if (image.pixels.size() != static_cast<std::size_t>(3 * image.width * image.height))
            std::abort();
        const Tensor values = image::prepared(image, {.shorterSide = 36, .crop = 32});
        if (values.shape() != Shape{3, 32, 32})
            std::abort();
    } catch (const Error &error) {
        if (error.kind() != ErrorKind::File)
            std::abort();
    }
    return 0;
}
