// SPDX-License-Identifier: GPL-3.0-or-later
// Residual networks over pictures, up to their last feature map.
// Source: He et al. 2015, "Deep Residual Learning for Image Recognition"; the stride of a bottleneck lies in its 3 × 3
// convolution.
#pragma once

#include "checkpoint/weights.h"
#include "engine/run_control.h"
#include "ops/convolution2d.h"

#include <optional>
#include <string>
#include <vector>

namespace engine::layers {

// A convolution with the batch norm behind it folded into its weights: in inference both are one linear map.
class NormedConvolution {
public:
    struct Places {              // below the cursor
        std::string convolution; // "weight", without a bias
        std::string norm;        // "weight", "bias", "running_mean", "running_var"
    };
    // The kernel's size and the number of outputs are those of the weights; the padding keeps the size of the picture.
    // File error unless the kernel is square and of an odd side, and takes `inputs` channels.
    struct Options {
        std::int64_t inputs = 0;
        std::int64_t stride = 1;
        double epsilon = 1e-5;
    };
    NormedConvolution(const checkpoint::Weights &w, const Places &places, const Options &options);

    [[nodiscard]] Tensor operator()(const Tensor &x, const ops::Convolution2dAfter &after = {}) const;
    [[nodiscard]] std::int64_t outputs() const { return m_weight.outputs(); }

private:
    ops::PackedConvolution m_weight;
};

struct ResNetOptions {
    ops::Activation activation = ops::Activation::Relu;
    bool halvesInFirstStage = false; // elsewhere the first stage keeps the size of the picture
};

class ResNet {
public:
    // Whether tensors of such a network lie under the cursor.
    [[nodiscard]] static bool isAt(const checkpoint::Weights &w);

    // The names tell the library that wrote them (transformers, torchvision, or torchvision's layers by number), the
    // shapes the number of blocks, their kind (basic, bottleneck) and their widths.
    ResNet(const checkpoint::Weights &w, const ResNetOptions &options);

    // (batch, 3, height, width) → (batch, rows, columns, channels): of the last stage.
    [[nodiscard]] Tensor operator()(const Tensor &pixels, const RunControl &control) const;
    [[nodiscard]] std::int64_t channels() const noexcept { return m_channels; }

private:
    struct Block {
        std::vector<NormedConvolution> convolutions;
        std::optional<NormedConvolution> shortcut;
    };
    [[nodiscard]] Tensor through(const Block &block, const Tensor &x) const;

    ResNetOptions m_options;
    std::optional<NormedConvolution> m_stem;
    std::vector<Block> m_blocks;
    std::int64_t m_channels = 0;
};

} // namespace engine::layers
