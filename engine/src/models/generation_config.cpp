// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/generation_config.h"

#include <nlohmann/json.hpp>

namespace engine::models {
namespace {

std::vector<std::int64_t> tokenIds(const files::Config &config, std::string_view key)
{
    if (!config.has(key))
        return {};
    const auto &value = config.json().at(std::string(key));
    if (!value.is_array())
        return {config.integer(key, 0)};
    std::vector<std::int64_t> ids;
    for (const auto &id : value) {
        if (!id.is_number_integer())
            config.fail(key, "an integer or a list of integers", id.dump());
        ids.push_back(id.get<std::int64_t>());
    }
    return ids;
}

EarlyStopping earlyStopping(const files::Config &config, EarlyStopping fallback)
{
    if (!config.has("early_stopping"))
        return fallback;
    const auto &value = config.json().at("early_stopping");
    if (value.is_string() && value.get<std::string>() == "never")
        return EarlyStopping::Never;
    return config.boolean("early_stopping", false) ? EarlyStopping::Yes : EarlyStopping::No;
}

void apply(const files::Config &config, GenerationOptions &options)
{
    options.beams = config.integer("num_beams", options.beams, 1, 1024);
    options.lengthPenalty = config.number("length_penalty", options.lengthPenalty);
    options.earlyStopping = earlyStopping(config, options.earlyStopping);
    options.noRepeatNgram = config.integer("no_repeat_ngram_size", options.noRepeatNgram, 0, 1024);
    options.repetitionPenalty = config.number("repetition_penalty", options.repetitionPenalty);
    options.temperature = config.number("temperature", options.temperature);
    if (config.boolean("do_sample", options.sample)) {
        options.sample = true;
        options.topK = config.integer("top_k", options.topK);
        options.topP = config.number("top_p", options.topP);
    }
    options.useCache = config.boolean("use_mems_eval", options.useCache); // memory in place of a cache
    if (config.has("eos_token_id"))
        options.eosTokenIds = tokenIds(config, "eos_token_id");
    if (const auto pad = config.optionalInteger("pad_token_id"))
        options.padTokenId = *pad;
    else if (!options.eosTokenIds.empty())
        options.padTokenId = options.eosTokenIds.front();
}

} // namespace

GenerationOptions generationDefaults(const std::filesystem::path &directory, const files::Config &config)
{
    GenerationOptions options;
    apply(config, options);
    const auto file = directory / "generation_config.json";
    if (std::filesystem::exists(file))
        apply(files::Config::read(file), options);
    return options;
}

} // namespace engine::models
