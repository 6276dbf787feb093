// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/generation_config.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

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

std::vector<std::vector<std::int64_t>> badWords(const files::Config &config)
{
    constexpr char kKey[] = "bad_words_ids";
    std::vector<std::vector<std::int64_t>> out;
    if (!config.has(kKey))
        return out;
    const auto isIds = [](const nlohmann::json &word) {
        return word.is_array() && std::ranges::all_of(word, [](const auto &id) { return id.is_number_integer(); });
    };
    const auto &words = config.json().at(kKey);
    if (!words.is_array())
        config.fail(kKey, "a list of lists of integers", words.dump());
    for (const auto &word : words) {
        if (!isIds(word))
            config.fail(kKey, "a list of lists of integers", word.dump());
        out.push_back(word.get<std::vector<std::int64_t>>());
    }
    return out;
}

// A token that may be switched off by null.
void token(const files::Config &config, const char *key, std::optional<std::int64_t> &value)
{
    if (config.json().contains(key))
        value = config.optionalInteger(key);
}

void applyTokens(const files::Config &config, GenerationOptions &options)
{
    if (config.has("eos_token_id"))
        options.eosTokenIds = tokenIds(config, "eos_token_id");
    if (const auto pad = config.optionalInteger("pad_token_id"))
        options.padTokenId = *pad;
    else if (!options.eosTokenIds.empty() && config.has("eos_token_id"))
        options.padTokenId = options.eosTokenIds.front();
    if (const auto start = config.optionalInteger("decoder_start_token_id"))
        options.decoderStartToken = start;
}

// Lengths of the reference count everything; those of an encoder–decoder only the start token besides what is new.
void applyLengths(const files::Config &config, GenerationOptions &options)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    options.maxNewTokens = config.integer("max_length", options.maxNewTokens + 1, 1, kMost) - 1;
    options.minNewTokens = config.integer("min_length", options.minNewTokens + 1, 0, kMost) - 1;
    options.maxNewTokens = config.integer("max_new_tokens", options.maxNewTokens, 0, kMost);
    options.minNewTokens = config.integer("min_new_tokens", options.minNewTokens, -1, kMost);
    options.minNewTokens = std::max<std::int64_t>(options.minNewTokens, 0);
}

void applySearch(const files::Config &config, GenerationOptions &options)
{
    constexpr std::int64_t kMost = 1024;
    options.beams = config.integer("num_beams", options.beams, 1, kMost);
    options.beamGroups = config.integer("num_beam_groups", options.beamGroups, 1, kMost);
    options.diversityPenalty = config.number("diversity_penalty", options.diversityPenalty);
    options.lengthPenalty = config.number("length_penalty", options.lengthPenalty);
    options.earlyStopping = earlyStopping(config, options.earlyStopping);
    options.noRepeatNgram = config.integer("no_repeat_ngram_size", options.noRepeatNgram, 0, kMost);
    options.repetitionPenalty = config.number("repetition_penalty", options.repetitionPenalty);
    options.temperature = config.number("temperature", options.temperature);
    if (config.boolean("do_sample", options.sample)) {
        options.sample = true;
        options.topK = config.integer("top_k", options.topK);
        options.topP = config.number("top_p", options.topP);
    }
    if (config.has("bad_words_ids"))
        options.badWords = badWords(config);
    token(config, "forced_bos_token_id", options.forcedFirstToken);
    token(config, "forced_eos_token_id", options.forcedLastToken);
}

void apply(const files::Config &config, bool isEncoderDecoder, GenerationOptions &options)
{
    applySearch(config, options);
    if (isEncoderDecoder)
        applyLengths(config, options);
    applyTokens(config, options);
}

// What is left of the family's own settings beside a generation_config.json: special tokens.
GenerationOptions tokensOf(const GenerationOptions &base)
{
    GenerationOptions options;
    options.eosTokenIds = base.eosTokenIds;
    options.padTokenId = base.padTokenId;
    options.decoderStartToken = base.decoderStartToken;
    options.beamExcludedTokens = base.beamExcludedTokens;
    return options;
}

} // namespace

GenerationOptions generationDefaults(const GenerationSource &source)
{
    constexpr std::int64_t kLength = 20; // the reference's max_length, start token included
    const auto file = source.directory / "generation_config.json";
    const bool hasFile = std::filesystem::exists(file);
    GenerationOptions options = hasFile ? tokensOf(source.base) : source.base;
    options.useCache = source.config.boolean("use_mems_eval", options.useCache); // memory in place of a cache
    if (source.isEncoderDecoder)
        options.maxNewTokens = kLength - 1;
    if (source.part != nullptr && !hasFile)
        apply(*source.part, source.isEncoderDecoder, options);
    else if (source.part != nullptr)
        applyTokens(*source.part, options);
    if (!hasFile) {
        apply(source.config, source.isEncoderDecoder, options);
        return options;
    }
    applyTokens(source.config, options);
    apply(files::Config::read(file), source.isEncoderDecoder, options);
    return options;
}

std::vector<TaskPreset> taskPresets(const GenerationSource &source, const GenerationOptions &defaults,
                                    const std::vector<std::pair<std::string, std::string>> &prefixes)
{
    constexpr char kKey[] = "task_specific_params";
    std::vector<TaskPreset> out;
    if (source.config.has(kKey)) {
        const auto &entries = source.config.json().at(kKey);
        if (!entries.is_object())
            source.config.fail(kKey, "an object", entries.dump());
        for (const auto &[name, entry] : entries.items()) {
            if (!entry.is_object())
                source.config.fail(kKey, "objects with options", entry.dump());
            const auto own = files::Config::fromText(source.config.file(), entry.dump());
            TaskPreset preset{.name = name, .prefix = own.text("prefix", ""), .options = defaults};
            apply(own, source.isEncoderDecoder, preset.options);
            out.push_back(std::move(preset));
        }
    }
    for (const auto &[name, prefix] : prefixes)
        if (std::ranges::find(out, prefix, &TaskPreset::prefix) == out.end())
            out.push_back({.name = name, .prefix = prefix, .options = defaults});
    return out;
}

} // namespace engine::models
