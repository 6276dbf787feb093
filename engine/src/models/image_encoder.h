// SPDX-License-Identifier: GPL-3.0-or-later
// A residual network that turns pictures into tokens.
#pragma once

#include "checkpoint/weights.h"
#include "files/config.h"
#include "layers/resnet.h"

#include <filesystem>
#include <memory>

namespace engine::models {

class ImageEncoder {
public:
    ImageEncoder(const checkpoint::Weights &w, const layers::ResNetOptions &options) : m_network(w, options) {}

    struct Output {
        Tensor featureMap; // (batch, features, rows, columns)
        Tensor tokens;     // (batch, tokens, features), the grid row by row
    };
    // pixels (batch, 3, height, width)
    [[nodiscard]] Output operator()(const Tensor &pixels, const ops::Grid &grid, const RunControl &control) const;
    [[nodiscard]] std::int64_t features() const noexcept { return m_network.channels(); }

private:
    layers::ResNet m_network;
};

// A network by itself: a folder with its weights and, where transformers wrote them, its config.json.
[[nodiscard]] std::shared_ptr<const ImageEncoder> openImageEncoder(const std::filesystem::path &directory,
                                                                   const RunControl &control);

} // namespace engine::models
