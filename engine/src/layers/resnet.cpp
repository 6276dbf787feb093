// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/resnet.h"

#include "engine/error.h"

#include <array>
#include <cmath>

namespace engine::layers {
namespace {

using checkpoint::Weights;
using Places = NormedConvolution::Places;

std::string number(int i)
{
    return std::to_string(i);
}

// Where a library puts the parts of the network.
struct Naming {
    Places stem;
    std::string (*block)(int stage, int index); // counted from 0
    Places (*convolution)(int index);           // below a block
    Places shortcut;                            // below a block
};

Places torchvisionConvolution(int index)
{
    return {.convolution = "conv" + number(index + 1), .norm = "bn" + number(index + 1)};
}

const std::array<Naming, 3> &namings()
{
    static const std::array<Naming, 3> kNamings{
        Naming{.stem = {.convolution = "embedder.embedder.convolution", .norm = "embedder.embedder.normalization"},
               .block = [](int stage,
                           int index) { return "encoder.stages." + number(stage) + ".layers." + number(index); },
               .convolution =
                   [](int index) {
                       const std::string layer = "layer." + number(index);
                       return Places{.convolution = layer + ".convolution", .norm = layer + ".normalization"};
                   },
               .shortcut = {.convolution = "shortcut.convolution", .norm = "shortcut.normalization"}},
        Naming{.stem = {.convolution = "conv1", .norm = "bn1"},
               .block = [](int stage, int index) { return "layer" + number(stage + 1) + "." + number(index); },
               .convolution = torchvisionConvolution,
               .shortcut = {.convolution = "downsample.0", .norm = "downsample.1"}},
        // The children of torchvision's network in a row: convolution, norm, activation, pooling, four stages.
        Naming{.stem = {.convolution = "0", .norm = "1"},
               .block = [](int stage, int index) { return number(stage + 4) + "." + number(index); },
               .convolution = torchvisionConvolution,
               .shortcut = {.convolution = "downsample.0", .norm = "downsample.1"}}};
    return kNamings;
}

const Naming *namingOf(const Weights &w)
{
    for (const Naming &naming : namings())
        if ((w / naming.stem.convolution).has("weight"))
            return &naming;
    return nullptr;
}

bool hasConvolution(const Weights &block, const Places &places)
{
    return (block / places.convolution).has("weight");
}

} // namespace

NormedConvolution::NormedConvolution(const Weights &w, const Places &places, const Options &options)
{
    const Weights convolution = w / places.convolution;
    const Shape found = convolution.shapeOf("weight").value_or(Shape{});
    // The shape that the outputs and the side of the kernel leave open; tensor() names it when it is not met.
    const std::int64_t outputs = found.rank() == 4 ? found[0] : 1;
    const std::int64_t side = found.rank() == 4 && found[2] % 2 == 1 ? found[2] : 1;
    const Tensor weight = convolution.tensor("weight", {outputs, options.inputs, side, side});
    const Weights norm = w / places.norm;
    const Tensor gain = norm.tensor("weight", {outputs});
    const Tensor offset = norm.tensor("bias", {outputs});
    const Tensor mean = norm.tensor("running_mean", {outputs});
    const Tensor variance = norm.tensor("running_var", {outputs});
    Tensor folded = Tensor::uninitialised(weight.shape());
    Tensor bias = Tensor::uninitialised({outputs});
    const auto each = static_cast<std::size_t>(options.inputs * side * side);
    const auto from = weight.floats();
    const auto to = folded.mutableFloats();
    for (std::size_t i = 0; i < static_cast<std::size_t>(outputs); ++i) {
        const double factor = static_cast<double>(gain.floats()[i]) /
                              std::sqrt(static_cast<double>(variance.floats()[i]) + options.epsilon);
        for (std::size_t j = i * each; j < (i + 1) * each; ++j)
            to[j] = static_cast<float>(static_cast<double>(from[j]) * factor);
        bias.mutableFloats()[i] = static_cast<float>(static_cast<double>(offset.floats()[i]) -
                                                     static_cast<double>(mean.floats()[i]) * factor);
    }
    m_weight = ops::packConvolution(folded, bias, {.stride = options.stride, .padding = side / 2});
}

Tensor NormedConvolution::operator()(const Tensor &x, const ops::Convolution2dAfter &after) const
{
    return ops::convolution2d(x, m_weight, after);
}

bool ResNet::isAt(const Weights &w)
{
    return namingOf(w) != nullptr;
}

ResNet::ResNet(const Weights &w, const ResNetOptions &options) : m_options(options)
{
    constexpr std::int64_t kColours = 3;
    const Naming &naming = namingOf(w) != nullptr ? *namingOf(w) : namings().front();
    m_stem.emplace(w, naming.stem, NormedConvolution::Options{.inputs = kColours, .stride = 2});
    m_channels = m_stem->outputs();
    for (int stage = 0;; ++stage) {
        int index = 0;
        for (;; ++index) {
            const Weights block = w / naming.block(stage, index);
            if (!hasConvolution(block, naming.convolution(0)))
                break;
            const bool isBottleneck = hasConvolution(block, naming.convolution(2));
            const bool halves = index == 0 && (stage > 0 || options.halvesInFirstStage);
            const std::int64_t stride = halves ? 2 : 1;
            const int strided = isBottleneck ? 1 : 0; // the convolution that halves
            Block made;
            std::int64_t width = m_channels;
            for (int i = 0; i < (isBottleneck ? 3 : 2); ++i) {
                made.convolutions.emplace_back(
                    block, naming.convolution(i),
                    NormedConvolution::Options{.inputs = width, .stride = i == strided ? stride : 1});
                width = made.convolutions.back().outputs();
            }
            if (stride != 1 || width != m_channels || hasConvolution(block, naming.shortcut))
                made.shortcut.emplace(block, naming.shortcut,
                                      NormedConvolution::Options{.inputs = m_channels, .stride = stride});
            m_channels = width;
            m_blocks.push_back(std::move(made));
        }
        if (index == 0)
            break;
    }
    if (m_blocks.empty())
        failFile(w.files().files.front().string() + ": a residual network without blocks (looked for " +
                 (w / naming.block(0, 0) / naming.convolution(0).convolution).path() + ".weight)");
}

Tensor ResNet::through(const Block &block, const Tensor &x) const
{
    Tensor y = x;
    for (std::size_t i = 0; i + 1 < block.convolutions.size(); ++i)
        y = block.convolutions[i](y, {.activation = m_options.activation});
    const Tensor beside = block.shortcut ? (*block.shortcut)(x) : x;
    return block.convolutions.back()(y, {.residual = beside, .activation = m_options.activation});
}

Tensor ResNet::operator()(const Tensor &pixels, const RunControl &control) const
{
    if (pixels.rank() != 4 || pixels.size(1) != 3 || pixels.elements() == 0)
        failArgument("pixel values: expected (batch, 3, height, width), found " + pixels.shape().text());
    Tensor x = (*m_stem)(ops::channelsLast(pixels), {.activation = m_options.activation});
    x = ops::maxPool2d(x, {.size = 3, .stride = 2, .padding = 1});
    for (const Block &block : m_blocks) {
        control.checkpoint();
        x = through(block, x);
    }
    return x;
}

} // namespace engine::layers
