// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/part.h"

#include "files/json_text.h"

#include <nlohmann/json.hpp>

#include <string>

namespace engine::models {

PartConfig partConfig(const files::Config &config, std::string_view key)
{
    const auto name = std::string(key);
    if (!config.has(key) || !config.json().at(name).is_object())
        config.fail(key, "an object with the configuration of that part",
                    config.has(key) ? files::describe(config.json().at(name)) : "nothing");
    auto own = files::Config::fromText(config.file().string() + ": " + name, config.json().at(name).dump());
    const auto type = own.text("model_type", "");
    const Family *family = findFamily(type);
    if (family == nullptr)
        own.fail("model_type", "that of a known family", type.empty() ? "nothing" : type);
    return {*family, std::move(own)};
}

Part openPart(const files::Config &config, const checkpoint::Weights &weights, const PartSpec &spec)
{
    auto [family, own] = partConfig(config, spec.key);
    return {family, std::move(own), weights.part(spec.weights, family.names)};
}

HeadedModel::Parts bindParts(const Family &family, const files::Config &config, const checkpoint::Weights &weights)
{
    HeadedModel::Parts parts;
    for (const auto &spec : family.parts) {
        const Part part = openPart(config, weights, spec);
        const auto backbone = part.backbone();
        auto heads = bindHeads(part.family, {part.config, part.weights, *backbone});
        parts.emplace(spec.key, std::make_shared<HeadedModel>(backbone, std::move(heads), GenerationOptions()));
    }
    return parts;
}

} // namespace engine::models
