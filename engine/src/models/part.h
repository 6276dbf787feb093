// SPDX-License-Identifier: GPL-3.0-or-later
// Models inside other ones: the family that their configuration names builds them.
#pragma once

#include "models/family.h"
#include "models/headed_model.h"

#include <string_view>

namespace engine::models {

// The object at `key` of config.json and the family of its model_type. File error when it is missing or no family has
// that type.
struct PartConfig {
    const Family &family;
    files::Config config;
};
[[nodiscard]] PartConfig partConfig(const files::Config &config, std::string_view key);

// With its tensors under the names of its family.
struct Part {
    const Family &family;
    files::Config config;
    checkpoint::Weights weights;

    [[nodiscard]] std::shared_ptr<const Backbone> backbone() const { return family.backbone(config, weights); }
};
[[nodiscard]] Part openPart(const files::Config &config, const checkpoint::Weights &weights, const PartSpec &spec);

// The family's parts, each with its heads.
[[nodiscard]] HeadedModel::Parts bindParts(const Family &family, const files::Config &config,
                                           const checkpoint::Weights &weights);

} // namespace engine::models
