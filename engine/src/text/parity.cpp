// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/parity.h"

#include "engine/error.h"
#include "files/json_text.h"
#include "files/mapped_file.h"
#include "text/unicode.h"

#include <nlohmann/json.hpp>

#include <functional>

namespace engine::text {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestParityFile = std::size_t{64} << 20;

// How the arguments of one recorded call translate.
struct Call {
    EncodeOptions encode;
    DecodeOptions decode;
    PaddingOptions padding;
    bool pads = false;
};

Side sideOf(const Json &value)
{
    if (value == "left")
        return Side::Left;
    if (value != "right")
        failArgument("expected the side \"left\" or \"right\", found " + value.dump());
    return Side::Right;
}

Truncation truncationOf(const Json &value)
{
    if (value == false || value == "do_not_truncate")
        return Truncation::None;
    if (value == true || value == "longest_first")
        return Truncation::LongestFirst;
    if (value == "only_first")
        return Truncation::OnlyFirst;
    if (value == "only_second")
        return Truncation::OnlySecond;
    failArgument("expected a truncation strategy, found " + value.dump());
}

void setPadding(Call &call, const Json &value, const Json &options)
{
    call.pads = value != false && value != "do_not_pad";
    if (value == "max_length")
        call.padding.length = options.at("max_length").get<std::int64_t>();
    else if (call.pads && value != true && value != "longest")
        failArgument("expected a padding strategy, found " + value.dump());
}

Call callOf(const Json &entry)
{
    Call call;
    call.encode.addSpecialTokens = entry.at("add_special_tokens").get<bool>();
    const Json &options = entry.at("options");
    for (const auto &[name, value] : options.items()) {
        if (name == "max_length")
            call.encode.maxLength = value.get<std::int64_t>();
        else if (name == "truncation")
            call.encode.truncation = truncationOf(value);
        else if (name == "truncation_side")
            call.encode.truncationSide = sideOf(value);
        else if (name == "stride")
            call.encode.stride = value.get<std::int64_t>();
        else if (name == "return_overflowing_tokens")
            call.encode.returnsOverflow = value.get<bool>();
        else if (name == "padding")
            setPadding(call, value, options);
        else if (name == "pad_to_multiple_of")
            call.padding.multipleOf = value.get<std::int64_t>();
        else if (name == "padding_side")
            call.padding.side = sideOf(value);
        else if (name == "clean_up")
            call.decode.cleanUpSpaces = value.get<bool>();
        else if (name == "src_lang")
            call.encode.sourceLanguage = value.get<std::string>();
        else if (name == "tgt_lang")
            call.encode.targetLanguage = value.get<std::string>();
        else
            failArgument("option \"" + name + "\" is not known");
    }
    return call;
}

Json offsetsOf(const Encoding &encoding)
{
    Json offsets = Json::array();
    for (const Offset &offset : encoding.offsets)
        offsets.push_back(Json::array({offset.begin, offset.end}));
    return offsets;
}

std::string shortened(const Json &value)
{
    constexpr std::size_t kLongest = 160;
    std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() > kLongest)
        text = repairedUtf8(text.substr(0, kLongest)) + "…";
    return text;
}

// "" when equal; lists are compared entry by entry so that the first difference is named.
std::string difference(const std::string &what, const Json &expected, const Json &found)
{
    if (expected == found)
        return {};
    if (expected.is_array() && found.is_array()) {
        for (std::size_t at = 0; at < expected.size() && at < found.size(); ++at)
            if (expected[at] != found[at])
                return what + "[" + std::to_string(at) + "]: expected " + shortened(expected[at]) + ", found " +
                       shortened(found[at]);
        return what + ": expected " + std::to_string(expected.size()) + " entries, found " +
               std::to_string(found.size());
    }
    return what + ": expected " + shortened(expected) + ", found " + shortened(found);
}

Json overflowOf(const Json &recorded, const Encoding &encoding)
{
    Json found = Json::array();
    const bool hasWindows = !recorded.empty() && recorded.front().is_object();
    for (const Encoding &window : encoding.overflow) {
        if (hasWindows || encoding.overflow.size() > 1)
            found.push_back({{"ids", window.ids}, {"offsets", offsetsOf(window)}});
        else
            found = window.ids;
    }
    return found;
}

std::string compareFields(const Json &entry, const Encoding &encoding)
{
    const std::pair<const char *, Json> fields[] = {{"tokens", encoding.tokens},
                                                    {"ids", encoding.ids},
                                                    {"token_type_ids", encoding.typeIds},
                                                    {"attention_mask", encoding.attentionMask},
                                                    {"special_tokens_mask", encoding.specialTokensMask},
                                                    {"offsets", offsetsOf(encoding)}};
    for (const auto &[name, found] : fields) {
        const Json &expected = entry.at(name);
        if (expected.is_null())
            continue;
        if (std::string failure = difference(name, expected, found); !failure.empty())
            return failure;
    }
    if (entry.contains("overflowing"))
        return difference("overflowing", entry["overflowing"], overflowOf(entry["overflowing"], encoding));
    return {};
}

std::string runCase(const Json &entry, const Tokenizer &tokenizer)
{
    const Call call = callOf(entry);
    const Json &pair = entry.at("text_pair");
    Encoding encoding =
        tokenizer.encode(entry.at("text").get<std::string>(),
                         pair.is_null() ? std::nullopt : std::optional(pair.get<std::string>()), call.encode);
    if (call.pads)
        encoding = pad(std::move(encoding), tokenizer, call.padding);
    if (std::string failure = compareFields(entry, encoding); !failure.empty())
        return failure;
    const auto ids = entry.at("ids").get<std::vector<std::int64_t>>();
    DecodeOptions decode = call.decode;
    if (std::string failure = difference("decoded", entry.at("decoded"), tokenizer.decode(ids, decode));
        !failure.empty())
        return failure;
    decode.skipSpecialTokens = true;
    return difference("decoded_skip_special", entry.at("decoded_skip_special"), tokenizer.decode(ids, decode));
}

std::string runHeader(const Json &parity, const Tokenizer &tokenizer)
{
    const std::pair<const char *, Json> fields[] = {
        {"size", tokenizer.size()},
        {"special", Json(tokenizer.specialTokens())},
        {"padding_side", tokenizer.paddingSide() == Side::Left ? "left" : "right"},
        {"model_input_names", tokenizer.modelInputNames()}};
    for (const auto &[name, found] : fields)
        if (std::string failure = difference(name, parity.at(name), found); !failure.empty())
            return failure;
    return {};
}

// A case that throws is a case that failed.
std::string guarded(const std::function<std::string()> &run)
{
    try {
        return run();
    } catch (const Error &error) {
        return error.what();
    } catch (const Json::exception &error) {
        return std::string("bad case: ") + error.what();
    }
}

} // namespace

std::vector<ParityCase> runParityCases(const std::filesystem::path &parityFile, const Tokenizer &tokenizer)
{
    const Json parity = files::parseJson(parityFile, files::readText(parityFile, kLargestParityFile));
    const bool isKnown = parity.is_object() && parity.value("format", Json()) == "tokenizer-1";
    if (!isKnown || !parity.value("cases", Json()).is_array())
        failFile(parityFile.string() + ": expected the format \"tokenizer-1\" with a list of cases");
    std::vector<ParityCase> cases = {
        {.name = "header", .failure = guarded([&] { return runHeader(parity, tokenizer); })}};
    std::size_t number = 0;
    for (const Json &entry : parity["cases"]) {
        const Json text = entry.is_object() ? entry.value("text", Json()) : Json();
        cases.push_back({.name = "case " + std::to_string(number++) + ": " + shortened(text),
                         .failure = guarded([&] { return runCase(entry, tokenizer); })});
    }
    return cases;
}

} // namespace engine::text
