// SPDX-License-Identifier: GPL-3.0-or-later
#include "heads/summary.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace engine::heads {
namespace {

// A null in the file means none, whatever the family's default is.
ops::Activation activationOf(const files::Config &config, const std::string &fallback)
{
    const bool isSet = config.json().contains("summary_activation");
    const auto name = config.text("summary_activation", isSet ? "" : fallback);
    return name.empty() ? ops::Activation::None : ops::activationFromName(name);
}

} // namespace

Summary sequenceSummary(const files::Config &config, const checkpoint::Weights &w, const SummaryOptions &options)
{
    const Pooling pick = poolSummary(config.text("summary_type", options.type), options.positionInput);
    const auto activation = activationOf(config, options.activation);
    if (!config.boolean("summary_use_proj", options.usesProjection)) {
        return {.pooling = [pick, activation](const HeadInput &in) { return ops::activate(pick(in), activation); },
                .outputs = options.hidden};
    }
    const bool toLabels = config.boolean("summary_proj_to_labels", options.projectsToLabels) && options.labels > 0;
    const std::int64_t outputs = toLabels ? options.labels : options.hidden;
    const layers::Linear projection(w / "summary", {.inputs = options.hidden, .outputs = outputs});
    return {.pooling = [pick, activation,
                        projection](const HeadInput &in) { return projection(pick(in), {.activation = activation}); },
            .outputs = outputs};
}

} // namespace engine::heads
