// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/settings.h"

#include "files/json_text.h"
#include "text/unicode.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace engine::text {

namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 7> kNames = {"bos_token", "eos_token", "unk_token", "sep_token",
                                                    "pad_token", "cls_token", "mask_token"};
constexpr std::string_view kAdditional = "additional_special_tokens";

files::Config readOptional(const std::filesystem::path &file)
{
    return std::filesystem::exists(file) ? files::Config::read(file) : files::Config::fromText(file, "{}");
}

void set(std::vector<SpecialToken> &special, std::string_view name, AddedToken token, bool isStated)
{
    token.isSpecial = true;
    const auto found = std::ranges::find(special, name, &SpecialToken::name);
    if (found != special.end())
        *found = {.name = std::string(name), .token = std::move(token), .isStated = isStated};
    else
        special.push_back({.name = std::string(name), .token = std::move(token), .isStated = isStated});
}

// Of an AddedToken that a file or the class gives as a bare string.
void setSpaces(AddedToken &token, BareToken bare)
{
    token.isPlain = bare == BareToken::TakesSpaces;
    token.stripsLeft = bare == BareToken::TakesSpacesOnLeft;
}

// Which file it is matters: a constructor may wrap a bare string of tokenizer_config.json, but not one of
// special_tokens_map.json, which is set afterwards.
enum class Source { Constructor, Map };

void overlay(std::vector<SpecialToken> &special, const files::Config &source, const TokenizerSpec &spec, Source kind)
{
    const auto read = [&](std::string_view name, const Json &value) {
        AddedToken token = readAddedToken(source, name, value);
        const auto known = std::ranges::find(spec.specialTokens, name, &SpecialTokenSpec::name);
        if (token.isPlain && kind == Source::Constructor && known != spec.specialTokens.end())
            setSpaces(token, known->bare);
        return token;
    };
    for (const std::string_view name : kNames) {
        const auto found = source.json().find(name);
        if (found == source.json().end())
            continue;
        if (found->is_null())
            std::erase_if(special, [&](const SpecialToken &token) { return token.name == name; });
        else
            set(special, name, read(name, *found), true);
    }
    const auto additional = source.json().find(kAdditional);
    if (additional == source.json().end() || additional->is_null())
        return;
    if (!additional->is_array())
        source.fail(kAdditional, "a list", files::describe(*additional));
    std::erase_if(special, [](const SpecialToken &token) { return token.name.empty(); });
    for (const Json &value : *additional) {
        AddedToken token = readAddedToken(source, kAdditional, value);
        token.isSpecial = true;
        special.push_back({.name = {}, .token = std::move(token), .isStated = true});
    }
}

void order(std::vector<SpecialToken> &special)
{
    const auto rank = [](const SpecialToken &token) { return std::ranges::find(kNames, token.name) - kNames.begin(); };
    std::ranges::stable_sort(special, {}, rank);
}

// The reference writes 10^30 for "no limit": it does not fit an integer.
std::optional<std::int64_t> readMaxLength(const files::Config &config)
{
    for (const std::string_view key : {"model_max_length", "max_len"}) {
        const auto found = config.json().find(key);
        if (found == config.json().end() || found->is_null())
            continue;
        if (!found->is_number())
            config.fail(key, "a number", files::describe(*found));
        constexpr double kNoLimit = 1e15;
        const double value = found->get<double>();
        if (!(value >= 1.0))
            config.fail(key, "at least 1", files::describe(*found));
        if (value < kNoLimit)
            return static_cast<std::int64_t>(value);
        return std::nullopt;
    }
    return std::nullopt;
}

Side readSide(const files::Config &config, std::string_view key, Side fallback)
{
    const std::string side = config.text(key, fallback == Side::Left ? "left" : "right");
    if (side != "left" && side != "right")
        config.fail(key, "\"left\" or \"right\"", "\"" + side + "\"");
    return side == "left" ? Side::Left : Side::Right;
}

} // namespace

const AddedToken *Settings::find(std::string_view name) const
{
    const auto found = std::ranges::find(special, name, &SpecialToken::name);
    return found == special.end() ? nullptr : &found->token;
}

AddedToken readAddedToken(const files::Config &source, std::string_view what, const Json &value)
{
    AddedToken token;
    const Json *content = &value;
    if (value.is_object()) {
        const auto flag = [&](const char *key, bool fallback) {
            const auto found = value.find(key);
            if (found == value.end() || found->is_null())
                return fallback;
            if (!found->is_boolean())
                source.fail(what, std::string("true or false for \"") + key + "\"", files::describe(*found));
            return found->get<bool>();
        };
        const auto found = value.find("content");
        if (found == value.end())
            source.fail(what, "a \"content\"", "none");
        content = &*found;
        token.stripsLeft = flag("lstrip", false);
        token.stripsRight = flag("rstrip", false);
        token.isSingleWord = flag("single_word", false);
        token.isNormalized = flag("normalized", true);
        token.isSpecial = flag("special", false);
    } else {
        token.isPlain = true;
    }
    if (!content->is_string() || content->get_ref<const std::string &>().empty())
        source.fail(what, "a token (text)", files::describe(*content));
    token.content = content->get<std::string>();
    return token;
}

std::optional<bool> optionalBoolean(const files::Config &config, std::string_view key)
{
    if (!config.has(key))
        return std::nullopt;
    return config.boolean(key, false);
}

Settings readSettings(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    Settings settings;
    settings.config = readOptional(directory / "tokenizer_config.json");
    settings.modelInputNames = spec.modelInputNames;
    for (const SpecialTokenSpec &special : spec.specialTokens) {
        AddedToken token = {.content = special.content, .isSpecial = true};
        setSpaces(token, special.bare);
        if (!special.content.empty())
            set(settings.special, special.name, std::move(token), false);
    }
    for (const std::string &content : spec.additionalTokens)
        settings.special.push_back({.name = {}, .token = {.content = content, .isSpecial = true, .isPlain = true}});
    overlay(settings.special, settings.config, spec, Source::Constructor);
    overlay(settings.special, readOptional(directory / "special_tokens_map.json"), spec, Source::Map);
    order(settings.special);
    settings.modelMaxLength = readMaxLength(settings.config);
    settings.paddingSide = readSide(settings.config, "padding_side", spec.paddingSide);
    settings.padTypeId = settings.config.integer("pad_token_type_id", spec.padTypeId, 0, 255);
    settings.cleansUp = settings.config.boolean("clean_up_tokenization_spaces", true);
    if (const std::vector<std::string> names = settings.config.texts("model_input_names"); !names.empty())
        settings.modelInputNames = names;
    if (const std::string errors = settings.config.text("errors", "replace"); errors != "replace")
        settings.config.fail("errors", "\"replace\"", "\"" + errors + "\"");
    return settings;
}

} // namespace engine::text
