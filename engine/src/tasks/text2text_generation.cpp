// SPDX-License-Identifier: GPL-3.0-or-later
// A text in, another one out: text2text-generation, translation, summarization. A search, or a target that was given,
// and one full pass over the decoder's row: that pass gives the tape and is the one that is traced.
#include "engine/error.h"
#include "engine/names.h"
#include "generation/search.h"
#include "tasks/code_points.h"
#include "tasks/generated.h"
#include "tasks/input.h"
#include "tasks/run_memory.h"
#include "tasks/search_options.h"
#include "tasks/stop_strings.h"
#include "tasks/tape.h"
#include "tasks/text_stream.h"

#include <algorithm>
#include <string>
#include <utility>

namespace engine::tasks {
namespace {

struct Source {
    EncodedText input;
    GenerationOptions options;
};

// Tokens of a prefix are no part of the text that was asked about.
void takeOffPrefix(std::string_view prefix, Encoding &encoding)
{
    const std::int64_t length = codePointCount(prefix);
    for (std::size_t i = 0; length > 0 && i < encoding.size(); ++i) {
        Offset &offset = encoding.offsets[i];
        if (encoding.sequence[i] < 0)
            continue;
        if (offset.end <= length)
            encoding.sequence[i] = -1;
        offset = {std::max<std::int64_t>(0, offset.begin - length), std::max<std::int64_t>(0, offset.end - length)};
    }
}

// How a language is chosen: a mark before the source (">>fra<<"), the token that the decoder starts from, or, where
// that is the end token, the one behind it. Returns the mark, if it is one.
std::string aimAt(const Tokenizer &tokenizer, const std::string &language, GenerationOptions &options)
{
    const std::string mark = ">>" + language + "<<";
    if (tokenizer.id(mark))
        return mark + " ";
    // Says so where there is no such language.
    (void)tokenizer.encode("", std::nullopt, {.isTarget = true, .targetLanguage = language});
    const auto code = tokenizer.id(language);
    if (!code)
        failArgument("--tgt-lang " + language + ": this tokenizer has no token for it");
    if (std::ranges::count(options.eosTokenIds, *options.decoderStartToken) > 0)
        options.forcedFirstToken = code;
    else
        options.decoderStartToken = code;
    return {};
}

Source sourceOf(const TaskContext &context, const TaskRequest &request)
{
    Source source{.input = {}, .options = searchOptions(context, request)};
    std::string prefix = request.prefix;
    TaskRequest prefixed = request;
    if (const auto &language = request.encode.targetLanguage) {
        prefix = aimAt(context.tokenizer, *language, source.options) + prefix;
        prefixed.encode.targetLanguage = {}; // it shapes the decoder, not the source
    }
    prefixed.text = prefix + request.text;
    source.input = encodeInput(context, prefixed, request.textPair);
    takeOffPrefix(prefix, source.input.encoding);
    limitLength(context, source.options, source.input.notes);
    return source;
}

Tensor rowOf(std::span<const std::int64_t> ids)
{
    return Tensor::fromInts({1, static_cast<std::int64_t>(ids.size())}, ids);
}

// The encoder's states of the source, of the run before where that had the same source; null without a memory.
struct EncodedSource {
    std::unique_ptr<RunState> state = {};
    std::int64_t reused = 0;
};
EncodedSource encodedSource(const TaskContext &context, const Source &source, const RunControl &quiet)
{
    if (context.memory == nullptr)
        return {};
    RunMemory &memory = *context.memory;
    const Encoding &encoding = source.input.encoding;
    if (memory.encoded && memory.source == encoding.ids)
        return {.state = memory.encoded->clone(), .reused = static_cast<std::int64_t>(encoding.size())};
    memory.encoded = nullptr;
    auto state = context.model.encode(
        {{names::kInputIds, rowOf(encoding.ids)}, {names::kAttentionMask, rowOf(encoding.attentionMask)}}, quiet);
    if (state && state->forgetsExactly()) {
        memory.encoded = state->clone();
        memory.source = encoding.ids;
    }
    return {.state = std::move(state)};
}

struct Search {
    generation::SearchResult found;
    std::int64_t reused = 0;
};

Search searched(const TaskContext &context, const TaskRequest &request, const Source &source, const StopStrings &stops)
{
    RunControl quiet = context.control; // a step's attention is not what the views show
    quiet.trace = nullptr;
    const EncodedSource encoded = encodedSource(context, source, quiet);
    generation::SearchCallbacks callbacks;
    callbacks.state = encoded.state.get();
    callbacks.endsRow = stops.check();
    TextStream stream(context.tokenizer, {});
    if (request.onToken)
        callbacks.onToken = [&](std::int64_t id, double probability) {
            request.onToken({.id = id, .text = stream.push(id), .probability = probability});
        };
    return {.found = generation::search(context.model,
                                        {.ids = rowOf(source.input.encoding.ids),
                                         .mask = rowOf(source.input.encoding.attentionMask),
                                         .head = requireHead(context, request.task).id},
                                        source.options, quiet, callbacks),
            .reused = encoded.reused};
}

bool isLanguage(const Tokenizer &tokenizer, const std::string &name)
{
    try {
        (void)tokenizer.encode("", std::nullopt, {.isTarget = true, .targetLanguage = name});
        return true;
    } catch (const Error &) {
        return false;
    }
}

// A text in the target's pieces; without a language of its own in that which the decoder would begin with.
Encoding encodedTarget(const TaskContext &context, const TaskRequest &request, const GenerationOptions &options)
{
    const Tokenizer &tokenizer = context.tokenizer;
    EncodeOptions encode{.addSpecialTokens = false, .isTarget = true};
    const std::string first = tokenizer.token(options.forcedFirstToken.value_or(*options.decoderStartToken));
    if (isLanguage(tokenizer, first))
        encode.targetLanguage = first;
    return tokenizer.encode(*request.target, std::nullopt, encode);
}

// A target as the search would have written it: start, forced token, text, end.
std::vector<std::int64_t> writtenRow(const TaskContext &context, const TaskRequest &request,
                                     const GenerationOptions &options)
{
    std::vector<std::int64_t> ids{*options.decoderStartToken};
    if (options.forcedFirstToken)
        ids.push_back(*options.forcedFirstToken);
    const Encoding target = encodedTarget(context, request, options);
    ids.insert(ids.end(), target.ids.begin(), target.ids.end());
    if (!options.eosTokenIds.empty())
        ids.push_back(options.eosTokenIds.front());
    return ids;
}

// What the request gives instead of a search, a row or a text.
std::vector<std::int64_t> givenRow(const TaskContext &context, const TaskRequest &request,
                                   const GenerationOptions &options)
{
    auto ids = request.targetIds.empty() ? writtenRow(context, request, options) : request.targetIds;
    requireKnown(ids, context.model);
    const std::int64_t limit = context.model.maxPositions();
    if (limit > 0 && static_cast<std::int64_t>(ids.size()) > limit)
        failArgument("the target has " + std::to_string(ids.size()) + " tokens, the model takes " +
                     std::to_string(limit));
    return ids;
}

Hypothesis hypothesisOf(const Tokenizer &tokenizer, std::vector<std::int64_t> ids, const StopStrings &stops)
{
    std::string text(stops.cut(tokenizer.decode(ids, {.skipSpecialTokens = true})));
    return {.ids = std::move(ids), .text = text, .newText = text};
}

GenerationResult payloadOf(const TaskContext &context, const TaskRequest &request, const Source &source)
{
    constexpr std::size_t kStart = 1; // the start token
    GenerationResult payload;
    payload.promptLength = kStart;
    payload.stopReason = "given";
    const bool isGiven = request.target || !request.targetIds.empty();
    const std::vector<std::string> none;
    const StopStrings stops({.tokenizer = context.tokenizer,
                             .strings = isGiven ? none : source.options.stopStrings,
                             .promptLength = kStart});
    if (isGiven) {
        payload.hypotheses.push_back(
            hypothesisOf(context.tokenizer, givenRow(context, request, source.options), stops));
        return payload;
    }
    const Search search = searched(context, request, source, stops);
    payload.stopReason = search.found.stopReason;
    payload.beams = readable(search.found.history, context.tokenizer);
    payload.reusedPositions = search.reused;
    for (std::int64_t row = 0; row < search.found.sequences.size(0); ++row) {
        payload.hypotheses.push_back(hypothesisOf(context.tokenizer, foundRow(search.found, row), stops));
        if (!search.found.scores.empty())
            payload.hypotheses.back().score = search.found.scores[static_cast<std::size_t>(row)];
    }
    return payload;
}

// One pass over source and decoder, with the listener → (length, vocabulary).
Tensor fullPass(const TaskContext &context, const HeadInfo &head, const Encoding &source,
                std::span<const std::int64_t> ids)
{
    const NamedTensors outputs = context.model.forward({{names::kInputIds, rowOf(source.ids)},
                                                        {names::kAttentionMask, rowOf(source.attentionMask)},
                                                        {names::kDecoderInputIds, rowOf(ids)}},
                                                       {.head = head.id}, context.control);
    const Tensor &logits = require(outputs, names::kLogits);
    return logits.reshaped({logits.size(1), logits.size(2)});
}

} // namespace

TaskResult runText2TextGeneration(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, request.task);
    Source source = sourceOf(context, request);
    const Stopwatch watch;
    GenerationResult payload = payloadOf(context, request, source);
    const auto &ids = payload.hypotheses.front().ids;
    payload.logits = fullPass(context, head, source.input.encoding, ids);
    payload.steps =
        tape(payload.logits, {.ids = ids, .tokenizer = context.tokenizer, .top = request.topK}, context.control);
    const double elapsedMs = watch.elapsedMs();

    TaskResult result = resultFor(context, request, std::move(source.input));
    result.decoder = grown(context.tokenizer, {}, {.ids = ids});
    result.decoderDisplay = displayOf(context.tokenizer, ids);
    for (std::size_t i = 0; i < payload.steps.size(); ++i) {
        payload.steps[i].text = result.decoderDisplay[i];
        payload.steps[i].isPrompt = i < payload.promptLength;
    }
    result.elapsedMs = elapsedMs;
    result.payload = std::move(payload);
    return result;
}

} // namespace engine::tasks
