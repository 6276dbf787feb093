// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/image_encoder.h"

namespace engine::models {

ImageEncoder::Output ImageEncoder::operator()(const Tensor &pixels, const ops::Grid &grid,
                                              const RunControl &control) const
{
    const Tensor map = m_network(pixels, control);
    const Tensor pooled = ops::adaptiveAveragePool2d(map, grid);
    return {.featureMap = ops::channelsFirst(map),
            .tokens = pooled.reshaped({pooled.size(0), grid.rows * grid.columns, pooled.size(3)})};
}

std::shared_ptr<const ImageEncoder> openImageEncoder(const std::filesystem::path &directory, const RunControl &control)
{
    layers::ResNetOptions options;
    const auto file = directory / "config.json";
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) {
        const auto config = files::Config::read(file);
        options.activation = ops::activationFromName(config.text("hidden_act", "relu"));
        options.halvesInFirstStage = config.boolean("downsample_in_first_stage", false);
    }
    const checkpoint::Weights weights(checkpoint::openWeightFiles(directory, control), {.prefixes = {"resnet."}},
                                      control, false);
    return std::make_shared<const ImageEncoder>(weights, options);
}

} // namespace engine::models
