// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/decoders.h"

#include <webp/decode.h>

namespace engine::image {

Image decodeWebP(Bytes bytes, const std::string &name)
{
    const auto *data = reinterpret_cast<const std::uint8_t *>(bytes.data()); // NOLINT: bytes as libwebp's
    WebPBitstreamFeatures features;
    const VP8StatusCode status = WebPGetFeatures(data, bytes.size(), &features);
    if (status != VP8_STATUS_OK)
        failPicture(name, "WebP",
                    status == VP8_STATUS_NOT_ENOUGH_DATA ? "the file is cut short" : "its header is damaged");
    if (features.has_animation != 0)
        failPicture(name, "WebP", "expected a still picture, found an animation");
    // A few bytes can stand for any number of equal pixels: only the general limit holds.
    Image image = emptyImage({.width = features.width, .height = features.height}, name);
    if (WebPDecodeRGBInto(data, bytes.size(), image.pixels.data(), image.pixels.size(),
                          static_cast<int>(3 * image.width)) == nullptr)
        failPicture(name, "WebP", "its data are damaged or cut short");
    return image;
}

} // namespace engine::image
