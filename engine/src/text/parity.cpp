// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/parity.h"

#include "engine/error.h"
#include "files/json_text.h"
#include "files/mapped_file.h"
#include "text/reader.h"
#include "text/unicode.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
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
    std::vector<ReaderPassage> passages = {}; // of a reader; its question is the case's text
    std::string part = {};                    // whose call it is, where a tokenizer consists of two
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

std::vector<ReaderPassage> passagesOf(const Json &value, const std::string &question)
{
    const Json &titles = value.at("titles");
    const Json &texts = value.at("texts");
    std::vector<ReaderPassage> passages;
    for (std::size_t at = 0; at < titles.size(); ++at)
        passages.push_back(
            {.question = question, .title = titles.at(at).get<std::string>(), .text = texts.at(at).get<std::string>()});
    return passages;
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
        else if (name == "src_lang" || name == "lang")
            call.encode.sourceLanguage = value.get<std::string>();
        else if (name == "part")
            call.part = value.get<std::string>();
        else if (name == "reader")
            call.passages = passagesOf(value, entry.at("text").get<std::string>());
        else if (name == "bypass_tokenizer")
            call.encode.wordsAreGiven = value.get<bool>();
        else if (name == "as_target")
            call.encode.isTarget = value.get<bool>();
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
        Json expected = entry.at(name);
        if (expected.is_null())
            continue;
        // T5's class counts an end token that it then leaves out: what is beyond the ids belongs to no token.
        const bool isMask = name == std::string_view("special_tokens_mask");
        if (isMask && expected.is_array() && expected.size() > entry.at("ids").size())
            expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(entry["ids"].size()), expected.end());
        if (std::string failure = difference(name, expected, found); !failure.empty())
            return failure;
    }
    if (entry.contains("overflowing"))
        return difference("overflowing", entry["overflowing"], overflowOf(entry["overflowing"], encoding));
    return {};
}

std::string compareDecoding(const Json &entry, const Tokenizer &tokenizer, DecodeOptions options)
{
    const auto ids = entry.at("ids").get<std::vector<std::int64_t>>();
    if (std::string failure = difference("decoded", entry.at("decoded"), tokenizer.decode(ids, options));
        !failure.empty())
        return failure;
    options.skipSpecialTokens = true;
    return difference("decoded_skip_special", entry.at("decoded_skip_special"), tokenizer.decode(ids, options));
}

Encoding padded(Encoding encoding, const Tokenizer &tokenizer, const Call &call)
{
    return call.pads ? pad(std::move(encoding), tokenizer, call.padding) : encoding;
}

// Spans are equal when the place and the text are; scores were summed in double precision.
std::string compareSpans(const Json &recorded, const std::vector<Encoding> &rows, const Tokenizer &tokenizer)
{
    const auto start = recorded.at("start_logits").get<std::vector<std::vector<float>>>();
    const auto end = recorded.at("end_logits").get<std::vector<std::vector<float>>>();
    const auto relevance = recorded.at("relevance_logits").get<std::vector<float>>();
    std::vector<ReaderScores> scores;
    for (std::size_t at = 0; at < rows.size(); ++at)
        scores.push_back(
            {.ids = rows[at].ids, .start = start.at(at), .end = end.at(at), .relevance = relevance.at(at)});
    const std::vector<AnswerSpan> spans =
        bestSpans(tokenizer, scores,
                  {.spans = recorded.at("num_spans").get<std::size_t>(),
                   .longestAnswer = recorded.at("max_answer_length").get<std::size_t>(),
                   .spansOfPassage = recorded.at("num_spans_per_passage").get<std::size_t>()});
    Json expected = Json::array();
    Json found = Json::array();
    for (const Json &span : recorded.at("best"))
        expected.push_back({span.at(2), span.at(3), span.at(4), span.at(5)});
    for (const AnswerSpan &span : spans)
        found.push_back({span.passage, span.begin, span.last, span.text});
    if (std::string failure = difference("spans", expected, found); !failure.empty())
        return failure;
    constexpr double kTolerance = 1e-5;
    for (std::size_t at = 0; at < spans.size(); ++at) {
        const Json &span = recorded.at("best").at(at);
        if (std::abs(span.at(0).get<double>() - spans[at].score) > kTolerance ||
            std::abs(span.at(1).get<double>() - spans[at].relevance) > kTolerance)
            return difference("score of span " + std::to_string(at), {span.at(0), span.at(1)},
                              {spans[at].score, spans[at].relevance});
    }
    return {};
}

// All passages of one question, padded to the longest one where the call pads.
std::string runReaderCase(const Json &entry, const Tokenizer &tokenizer, Call call)
{
    std::vector<Encoding> rows;
    for (const ReaderPassage &passage : call.passages)
        rows.push_back(encodePassage(tokenizer, passage, call.encode));
    for (const Encoding &row : rows)
        call.padding.length = std::max(call.padding.length, static_cast<std::int64_t>(row.size()));
    Json ids = Json::array();
    Json masks = Json::array();
    for (Encoding &row : rows) {
        row = padded(std::move(row), tokenizer, call);
        ids.push_back(row.ids);
        masks.push_back(row.attentionMask);
    }
    if (std::string failure = difference("rows", entry.at("rows"), ids); !failure.empty())
        return failure;
    if (std::string failure = difference("row_masks", entry.at("row_masks"), masks); !failure.empty())
        return failure;
    if (std::string failure = compareFields(entry, rows.at(0)); !failure.empty())
        return failure;
    if (entry.contains("spans") && !entry["spans"].is_null())
        if (std::string failure = compareSpans(entry["spans"], rows, tokenizer); !failure.empty())
            return failure;
    return compareDecoding(entry, tokenizer, call.decode);
}

std::string runTextCase(const Json &entry, const Tokenizer &tokenizer, const Call &call)
{
    const auto text = entry.at("text").get<std::string>();
    const Json &pair = entry.at("text_pair");
    const Encoding encoding = padded(
        tokenizer.encode(text, pair.is_null() ? std::nullopt : std::optional(pair.get<std::string>()), call.encode),
        tokenizer, call);
    if (std::string failure = compareFields(entry, encoding); !failure.empty())
        return failure;
    if (entry.contains("pieces"))
        if (std::string failure = difference("pieces", entry["pieces"], tokenizer.pieces(text, call.encode));
            !failure.empty())
            return failure;
    return compareDecoding(entry, tokenizer, call.decode);
}

std::string runCase(const Json &entry, const Tokenizer &tokenizer)
{
    const Call call = callOf(entry);
    const Tokenizer *chosen = call.part.empty() ? &tokenizer : tokenizer.part(call.part);
    if (chosen == nullptr)
        failArgument("the tokenizer has no part \"" + call.part + "\"");
    return call.passages.empty() ? runTextCase(entry, *chosen, call) : runReaderCase(entry, *chosen, call);
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
