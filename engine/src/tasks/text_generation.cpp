// SPDX-License-Identifier: GPL-3.0-or-later
// Prompt, search, and one full pass over the best row: that pass gives the tape and is the one that is
// traced, so that every view shows the whole row at once.
#include "engine/error.h"
#include "generation/search.h"
#include "tasks/code_points.h"
#include "tasks/generated.h"
#include "tasks/input.h"
#include "tasks/run_memory.h"
#include "tasks/scored_row.h"
#include "tasks/stop_strings.h"
#include "tasks/text_stream.h"

#include <algorithm>
#include <utility>

namespace engine::tasks {
namespace {

struct Prompt {
    Encoding encoding;
    std::int64_t maxNewTokens = 0;
    std::vector<std::string> notes;
};

// A token that no text stands for.
Encoding single(const Tokenizer &tokenizer, std::int64_t id)
{
    return {.ids = {id},
            .tokens = {tokenizer.token(id)},
            .typeIds = {0},
            .attentionMask = {1},
            .specialTokensMask = {1},
            .offsets = {Offset{}},
            .sequence = {-1}};
}

// The token that an empty prompt starts from.
Encoding startToken(const TaskContext &context)
{
    for (const auto *name : {"bos_token", "eos_token"})
        if (const auto id = context.tokenizer.special(name))
            return single(context.tokenizer, *id);
    failArgument("the prompt is empty and this model's tokenizer has no start token: type at least one word" +
                 std::string(context.info.controlCodes.empty() ? "" : " or choose a control code (--control-code)"));
}

// The control code that was asked for as an encoding; empty without one.
Encoding controlCode(const TaskContext &context, const TaskRequest &request)
{
    if (request.controlCode.empty())
        return {};
    const auto &codes = context.info.controlCodes;
    if (codes.empty())
        failArgument("--control-code " + request.controlCode + ": this model knows no control codes");
    if (std::ranges::find(codes, request.controlCode) == codes.end()) {
        std::string known;
        for (const auto &code : codes)
            known += (known.empty() ? "" : ", ") + code;
        failArgument("--control-code " + request.controlCode + ": not a control code of this model; expected one of " +
                     known);
    }
    return single(context.tokenizer, context.tokenizer.id(request.controlCode).value());
}

// `first` and what follows it.
Encoding joined(Encoding first, const Encoding &rest)
{
    const auto append = [&](auto field) {
        (first.*field).insert((first.*field).end(), (rest.*field).begin(), (rest.*field).end());
    };
    append(&Encoding::ids);
    append(&Encoding::tokens);
    append(&Encoding::typeIds);
    append(&Encoding::attentionMask);
    append(&Encoding::specialTokensMask);
    append(&Encoding::offsets);
    append(&Encoding::sequence);
    first.removedByTruncation += rest.removedByTruncation;
    return first;
}

std::string counted(std::int64_t count, std::string_view what)
{
    return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

// That a row may have: a step that differs from a pass over the row takes one more, where the next word is read.
std::int64_t positions(const Model &model)
{
    const std::int64_t all = model.maxPositions();
    return all > 1 && !model.scoresAsItSteps() ? all - 1 : all;
}

// The last tokens of a prompt that is too long, with room for new ones.
void keepEnd(const TaskContext &context, const TaskRequest &request, const Encoding &code, Prompt &prompt)
{
    const std::int64_t limit = positions(context.model);
    const auto length = static_cast<std::int64_t>(prompt.encoding.size());
    if (!request.truncate && request.encode.truncation == Truncation::None)
        failArgument("the prompt has " + counted(length, "token") + ", the model takes " + std::to_string(limit) +
                     ": " +
                     (length == limit ? "nothing new would fit"
                                      : std::to_string(length - limit) + " at the beginning would be cut") +
                     " (pass --truncation longest_first)");
    const std::int64_t room = std::min(prompt.maxNewTokens, std::max<std::int64_t>(1, limit / 2));
    EncodeOptions options = request.encode;
    options.maxLength = limit - room - static_cast<std::int64_t>(code.size());
    options.truncation = Truncation::LongestFirst;
    options.truncationSide = Side::Left;
    prompt.encoding = joined(code, context.tokenizer.encode(request.text, std::nullopt, options));
    const auto kept = static_cast<std::int64_t>(prompt.encoding.size());
    if (kept == 0 || kept > limit - room)
        failArgument("the model takes " + counted(limit, "position") + ": too few for this prompt");
    prompt.notes.push_back(counted(length - kept, "token") + " at the beginning of the prompt did not fit into " +
                           counted(limit, "position") + " with " + counted(room, "new token") +
                           " and were cut; the last " + std::to_string(kept) + " were kept");
}

Prompt promptOf(const TaskContext &context, const TaskRequest &request)
{
    Prompt prompt{.encoding = {}, .maxNewTokens = request.generation.maxNewTokens, .notes = {}};
    EncodeOptions options = request.encode;
    if (!options.maxLength)
        options.truncation = Truncation::None;
    const Encoding code = controlCode(context, request);
    prompt.encoding = joined(code, context.tokenizer.encode(request.text, std::nullopt, options));
    if (prompt.encoding.removedByTruncation > 0)
        prompt.notes.push_back(counted(prompt.encoding.removedByTruncation, "token") +
                               " of the prompt went beyond --max-length and were cut");
    if (prompt.encoding.size() == 0)
        prompt.encoding = startToken(context);
    const auto &codes = context.info.controlCodes;
    if (!codes.empty() && std::ranges::find(codes, prompt.encoding.tokens.front()) == codes.end())
        prompt.notes.emplace_back(
            "the prompt does not begin with a control code, which this model was trained to expect");
    const std::int64_t limit = positions(context.model);
    if (limit > 0) {
        const auto length = static_cast<std::int64_t>(prompt.encoding.size());
        if (length > limit || (length == limit && prompt.maxNewTokens > 0))
            keepEnd(context, request, code, prompt);
        const std::int64_t room = limit - static_cast<std::int64_t>(prompt.encoding.size());
        if (prompt.maxNewTokens > room) {
            prompt.notes.push_back("only " + counted(room, "new token") + " instead of " +
                                   std::to_string(prompt.maxNewTokens) + " fit: the model takes " +
                                   counted(limit, "position"));
            prompt.maxNewTokens = room;
        }
    }
    checkIds(context, prompt.encoding);
    return prompt;
}

GenerationOptions optionsFor(const TaskContext &context, const TaskRequest &request, const Prompt &prompt)
{
    GenerationOptions options = request.generation;
    options.minNewTokens = std::min(options.minNewTokens, prompt.maxNewTokens);
    options.maxNewTokens = prompt.maxNewTokens;
    options.useCache = options.useCache && context.model.generationDefaults().useCache;
    if (request.usesModelEndTokens && options.eosTokenIds.empty()) {
        const GenerationOptions own = context.model.generationDefaults();
        options.eosTokenIds = own.eosTokenIds;
        options.padTokenId = own.padTokenId;
    }
    return options;
}

struct Written { // how a row became a text
    const Tokenizer &tokenizer;
    const StopStrings &stops;
    std::size_t promptLength = 0;
};

Hypothesis hypothesisOf(const Written &written, std::vector<std::int64_t> ids)
{
    Hypothesis out;
    const DecodeOptions options{.skipSpecialTokens = true};
    out.text = written.tokenizer.decode(ids, options);
    TextStream stream(written.tokenizer, std::span(ids).first(written.promptLength));
    for (const auto id : std::span(ids).subspan(written.promptLength))
        out.newText += stream.push(id);
    out.newText += stream.rest();
    const std::size_t over = out.newText.size() - written.stops.cut(out.newText).size();
    if (over > 0 && out.text.size() >= over) {
        out.newText.resize(out.newText.size() - over);
        out.text.resize(out.text.size() - over);
    }
    out.ids = std::move(ids);
    return out;
}

struct Task {
    const Prompt &prompt;
    const GenerationOptions &options;
};

struct Search {
    generation::SearchResult found;
    std::int64_t reused = 0;
};

Search searched(const TaskContext &context, const TaskRequest &request, const Task &task, const StopStrings &stops)
{
    const Prompt &prompt = task.prompt;
    const GenerationOptions &options = task.options;
    const HeadInfo &head = requireHead(context, request.task);
    const PromptUse use{.model = context.model, .head = head.id, .extra = context.extra, .prompt = prompt.encoding.ids};
    PromptState state = takeState(options.useCache ? context.memory : nullptr, use);
    RunControl quiet = context.control; // a step's attention is not what the views show
    quiet.trace = nullptr;
    generation::SearchCallbacks callbacks;
    callbacks.state = state.state.get();
    callbacks.endsRow = stops.check();
    TextStream stream(context.tokenizer, prompt.encoding.ids);
    if (request.onToken)
        callbacks.onToken = [&](std::int64_t id, double probability) {
            request.onToken({.id = id, .text = stream.push(id), .probability = probability});
        };
    const auto length = static_cast<std::int64_t>(prompt.encoding.size());
    Search out{.found = generation::search(context.model,
                                           {.ids = Tensor::fromInts({1, length}, prompt.encoding.ids),
                                            .mask = Tensor::fromInts({1, length}, prompt.encoding.attentionMask),
                                            .head = head.id,
                                            .extra = context.extra,
                                            .choices = context.choices},
                                           options, quiet, callbacks),
               .reused = state.reused};
    const bool isOneRow = options.beams == 1 && options.returnSequences == 1;
    const auto row = out.found.sequences.rows(0, 1).ints();
    keepState(options.useCache ? context.memory : nullptr,
              {.model = use.model, .head = use.head, .extra = use.extra, .prompt = isOneRow ? row : use.prompt},
              std::move(state.state));
    return out;
}

GenerationResult payloadOf(const TaskContext &context, const TaskRequest &request, const Task &task)
{
    const std::size_t promptLength = task.prompt.encoding.size();
    const StopStrings stops(
        {.tokenizer = context.tokenizer, .strings = task.options.stopStrings, .promptLength = promptLength});
    const Search search = searched(context, request, task, stops);
    GenerationResult payload;
    payload.promptLength = promptLength;
    payload.stopReason = search.found.stopReason;
    payload.beams = readable(search.found.history, context.tokenizer);
    payload.reusedPositions = search.reused;
    const Written written{.tokenizer = context.tokenizer, .stops = stops, .promptLength = promptLength};
    for (std::int64_t row = 0; row < search.found.sequences.size(0); ++row) {
        payload.hypotheses.push_back(hypothesisOf(written, foundRow(search.found, row)));
        if (!search.found.scores.empty())
            payload.hypotheses.back().score = search.found.scores[static_cast<std::size_t>(row)];
    }
    return payload;
}

// A row of the request instead of a search.
GenerationResult givenPayload(const TaskContext &context, const TaskRequest &request, const Prompt &prompt)
{
    const auto &ids = request.targetIds;
    const auto &start = prompt.encoding.ids;
    if (ids.size() < start.size() || !std::equal(start.begin(), start.end(), ids.begin()))
        failArgument("the row that was given does not begin with the tokens of the prompt");
    requireKnown(ids, context.model);
    const std::int64_t limit = positions(context.model);
    if (limit > 0 && static_cast<std::int64_t>(ids.size()) > limit)
        failArgument("the row that was given has " + counted(static_cast<std::int64_t>(ids.size()), "token") +
                     ", the model takes " + std::to_string(limit));
    const std::vector<std::string> none;
    const StopStrings stops({.tokenizer = context.tokenizer, .strings = none, .promptLength = start.size()});
    GenerationResult payload;
    payload.promptLength = start.size();
    payload.stopReason = "given";
    payload.hypotheses.push_back(
        hypothesisOf({.tokenizer = context.tokenizer, .stops = stops, .promptLength = start.size()}, ids));
    return payload;
}

} // namespace

TaskResult runTextGeneration(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, request.task);
    Prompt prompt = promptOf(context, request);
    const GenerationOptions options = optionsFor(context, request, prompt);
    const std::size_t promptLength = prompt.encoding.size();

    const Stopwatch watch;
    GenerationResult payload = request.targetIds.empty()
                                   ? payloadOf(context, request, {.prompt = prompt, .options = options})
                                   : givenPayload(context, request, prompt);
    const auto &ids = payload.hypotheses.front().ids;
    ScoredRow scored = scoreRow(
        context, head, {.ids = ids, .promptLength = promptLength, .usesCache = options.useCache, .topK = request.topK});
    payload.logits = std::move(scored.logits);
    payload.firstLogits = scored.first;
    payload.steps = std::move(scored.steps);
    const double elapsedMs = watch.elapsedMs();

    TaskResult result = resultFor(context, request,
                                  {.encoding = grown(context.tokenizer, std::move(prompt.encoding),
                                                     {.ids = ids, .at = codePointCount(request.text)}),
                                   .notes = std::move(prompt.notes)});
    for (std::size_t i = 0; i < payload.steps.size(); ++i) {
        payload.steps[i].text = result.display[i];
        payload.steps[i].isPrompt = i < promptLength;
    }
    result.elapsedMs = elapsedMs;
    result.payload = std::move(payload);
    return result;
}

} // namespace engine::tasks
