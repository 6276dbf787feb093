// SPDX-License-Identifier: GPL-3.0-or-later
// Retrieval-augmented generation: look passages up, write the answer from all of them, and say which passage voted for
// which token. A search (or a target that was given) and one full pass over the answer beside every document: that pass
// gives the votes and is the one that is traced.
#include "engine/error.h"
#include "engine/names.h"
#include "generation/search.h"
#include "generation/sequence_mixture.h"
#include "ops/mixture.h"
#include "ops/ops.h"
#include "retrieval/contexts.h"
#include "retrieval/embedder.h"
#include "retrieval/finder.h"
#include "tasks/generated.h"
#include "tasks/input.h"
#include "tasks/search_options.h"
#include "tasks/stop_strings.h"
#include "tasks/tape.h"
#include "tasks/text_stream.h"
#include "tasks/votes.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace engine::tasks {
namespace {

constexpr std::size_t kStart = 1; // the decoder's start token

struct Sources {
    Tensor ids;    // (documents, length)
    Tensor mask;   // like the ids
    Tensor scores; // (1, documents): inner products
    GenerationOptions options = {};
};

struct Found {
    RagResult result;
    std::vector<std::string> notes;
};

Tensor rowsOf(const std::vector<ReadDocument> &documents, const std::vector<std::int64_t> Encoding::*field)
{
    std::vector<std::int64_t> values;
    for (const auto &document : documents)
        values.insert(values.end(), (document.encoding.*field).begin(), (document.encoding.*field).end());
    return Tensor::fromInts(
        {static_cast<std::int64_t>(documents.size()), static_cast<std::int64_t>(documents.front().encoding.size())},
        values);
}

// The question's vector, the passages nearest to it, and what the generator reads of them.
Found retrieve(const TaskContext &context, const TaskRequest &request)
{
    RunControl quiet = context.control;
    quiet.trace = nullptr;
    const auto encoder = retrieval::questionEncoder(context.model, context.tokenizer, context.info);
    const TaskContext questions{
        .model = encoder.model, .tokenizer = encoder.tokenizer, .control = quiet, .info = context.info};
    const EncodedText question = encodeInput(questions, request, std::nullopt);
    Found out{.result = {}, .notes = question.notes};

    auto format = retrieval::contextFormat(context.info);
    if (const auto limit = context.model.maxPositions(); limit > 0)
        format.maxLength = std::min(format.maxLength, limit);
    const auto &retrieval = request.retrieval;
    const auto passages =
        retrieval::nearest(retrieval::embed(encoder, {&question.encoding, 1}, quiet),
                           {.request = retrieval,
                            .questions = encoder,
                            .count = retrieval.documents > 0 ? retrieval.documents : format.documents},
                           quiet, out.notes);

    const Tokenizer &generator = context.tokenizer.writer();
    out.result.question = retrieval::questionText(encoder.tokenizer, question.encoding.ids);
    std::vector<Encoding> rows;
    for (const auto &found : passages) {
        out.result.documents.push_back(
            {.found = found, .context = retrieval::contextOf(found.passage, out.result.question, format)});
        rows.push_back(retrieval::encodeContext(generator, out.result.documents.back().context, format));
        if (rows.back().removedByTruncation > 0)
            out.notes.push_back("\"" + found.passage.title + "\": " + std::to_string(rows.back().removedByTruncation) +
                                " tokens at the end of what the generator reads did not fit into " +
                                std::to_string(format.maxLength) + " and were cut");
    }
    rows = retrieval::padded(generator, std::move(rows));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto &document = out.result.documents[i];
        document.display = displayOf(generator, rows[i].ids);
        document.encoding = std::move(rows[i]);
    }
    return out;
}

Sources sourcesOf(const TaskContext &context, const TaskRequest &request, Found &found)
{
    const auto &documents = found.result.documents;
    std::vector<float> scores;
    for (const auto &document : documents)
        scores.push_back(static_cast<float>(document.found.score));
    Sources sources{.ids = rowsOf(documents, &Encoding::ids),
                    .mask = rowsOf(documents, &Encoding::attentionMask),
                    .scores = Tensor::fromFloats({1, static_cast<std::int64_t>(scores.size())}, scores),
                    .options = searchOptions(context, request)};
    limitLength(context, sources.options, found.notes);
    return sources;
}

Hypothesis hypothesisOf(const Tokenizer &generator, std::vector<std::int64_t> ids, const StopStrings &stops)
{
    std::string text(stops.cut(generator.decode(ids, {.skipSpecialTokens = true})));
    return {.ids = std::move(ids), .text = text, .newText = text};
}

// A mixture at every step.
void searchTokens(const TaskContext &context, const TaskRequest &request, const Sources &sources, RagResult &result)
{
    RunControl quiet = context.control;
    quiet.trace = nullptr;
    const Tokenizer &generator = context.tokenizer.writer();
    const StopStrings stops({.tokenizer = generator, .strings = sources.options.stopStrings, .promptLength = kStart});
    generation::SearchCallbacks callbacks;
    callbacks.endsRow = stops.check();
    TextStream stream(generator, {});
    if (request.onToken)
        callbacks.onToken = [&](std::int64_t id, double probability) {
            request.onToken({.id = id, .text = stream.push(id), .probability = probability});
        };
    const auto found = generation::search(context.model,
                                          {.ids = sources.ids,
                                           .mask = sources.mask,
                                           .head = requireHead(context, request.task).id,
                                           .documentWeights = ops::logSoftmax(sources.scores)},
                                          sources.options, quiet, callbacks);
    result.generation.stopReason = found.stopReason;
    result.generation.beams = readable(found.history, generator);
    for (std::int64_t row = 0; row < found.sequences.size(0); ++row) {
        result.generation.hypotheses.push_back(hypothesisOf(generator, foundRow(found, row), stops));
        if (!found.scores.empty())
            result.generation.hypotheses.back().score = found.scores[static_cast<std::size_t>(row)];
    }
}

// Beams for each document, scored over all of them.
void searchSequences(const TaskContext &context, const TaskRequest &request, const Sources &sources, RagResult &result)
{
    RunControl quiet = context.control;
    quiet.trace = nullptr;
    const Tokenizer &generator = context.tokenizer.writer();
    const StopStrings stops({.tokenizer = generator, .strings = sources.options.stopStrings, .promptLength = kStart});
    const auto rated = generation::rateSequences(context.model,
                                                 {.ids = sources.ids,
                                                  .mask = sources.mask,
                                                  .scores = sources.scores,
                                                  .head = requireHead(context, request.task).id},
                                                 {.search = sources.options, .endsRow = stops.check()}, quiet);
    for (const auto index : generation::bestSequences(rated, rated.size())) {
        const auto &one = rated[index];
        auto hypothesis = hypothesisOf(
            generator, {one.ids.begin(), one.ids.begin() + static_cast<std::ptrdiff_t>(one.length)}, stops);
        hypothesis.score = -one.loss;
        result.candidates.push_back(
            {.ids = hypothesis.ids, .text = hypothesis.text, .loss = one.loss, .documents = one.documents});
        if (result.generation.hypotheses.size() < static_cast<std::size_t>(sources.options.returnSequences))
            result.generation.hypotheses.push_back(std::move(hypothesis));
    }
    const auto &ends = sources.options.eosTokenIds;
    const bool hasEnded = std::ranges::count(ends, result.generation.hypotheses.front().ids.back()) > 0;
    result.generation.stopReason = hasEnded ? "end token" : "length";
}

// What the request gives instead of a search, a row or a text.
void takeTarget(const TaskContext &context, const TaskRequest &request, const Sources &sources, RagResult &result)
{
    const Tokenizer &generator = context.tokenizer.writer();
    auto ids = request.targetIds;
    if (ids.empty()) {
        ids.push_back(*sources.options.decoderStartToken);
        const Encoding target = generator.encode(*request.target, std::nullopt, {.isTarget = true});
        ids.insert(ids.end(), target.ids.begin(), target.ids.end());
    }
    requireKnown(ids, context.model);
    const auto limit = context.model.maxPositions();
    if (limit > 0 && static_cast<std::int64_t>(ids.size()) > limit)
        failArgument("the target has " + std::to_string(ids.size()) + " tokens, the model takes " +
                     std::to_string(limit));
    const std::vector<std::string> none;
    result.generation.stopReason = "given";
    result.generation.hypotheses.push_back(
        hypothesisOf(generator, std::move(ids), StopStrings({.tokenizer = generator, .strings = none})));
}

// The answer beside every document, with the listener → logits (documents, length, vocabulary).
Tensor fullPass(const TaskContext &context, const HeadInfo &head, const Sources &sources,
                std::span<const std::int64_t> ids)
{
    std::vector<std::int64_t> rows;
    for (std::int64_t document = 0; document < sources.ids.size(0); ++document)
        rows.insert(rows.end(), ids.begin(), ids.end());
    const Shape shape{sources.ids.size(0), static_cast<std::int64_t>(ids.size())};
    const auto outputs = context.model.forward({{names::kInputIds, sources.ids},
                                                {names::kAttentionMask, sources.mask},
                                                {names::kDecoderInputIds, Tensor::fromInts(shape, rows)}},
                                               {.head = head.id}, context.control);
    return require(outputs, names::kLogits);
}

// Log-probabilities of the mixture, (length, vocabulary). `before`: log weights (length, documents).
Tensor mixtureOf(const Tensor &logits, const Tensor &before)
{
    const auto documents = static_cast<std::size_t>(logits.size(0));
    const auto length = static_cast<std::size_t>(logits.size(1));
    const auto vocabulary = static_cast<std::size_t>(logits.size(2));
    Tensor byRow = Tensor::uninitialised({logits.size(1), logits.size(0), 1, logits.size(2)});
    auto to = byRow.mutableFloats().begin();
    for (std::size_t i = 0; i < length; ++i)
        for (std::size_t d = 0; d < documents; ++d)
            to = std::ranges::copy(logits.floats().subspan((d * length + i) * vocabulary, vocabulary), to).out;
    return ops::logMixture(byRow, before).reshaped({logits.size(1), logits.size(2)});
}

// p(document | question) for the start token, then what each further token says.
Tensor sharesOf(const Tensor &logPriors, const Tensor &after)
{
    Tensor shares = Tensor::uninitialised({after.size(0) + 1, after.size(1)});
    auto to = shares.mutableFloats().begin();
    to = std::ranges::transform(logPriors.floats(), to, [](float x) { return std::exp(x); }).out;
    std::ranges::copy(after.floats(), to);
    return shares;
}

void addVotes(const TaskContext &context, const TaskRequest &request, const Sources &sources, RagResult &result)
{
    auto &generation = result.generation;
    const auto &ids = generation.hypotheses.front().ids;
    const Tensor logits = fullPass(context, requireHead(context, request.task), sources, ids);
    const Tensor logPriors = ops::logSoftmax(sources.scores);
    const auto votes = votesOf(logits, logPriors, std::span(ids).subspan(1),
                               request.task == TaskKind::RagSequence ? Hold::OneDocument : Hold::NoDocument);
    result.shares = sharesOf(logPriors, votes.after);
    generation.promptLength = kStart;
    generation.logits = mixtureOf(logits, votes.before);
    generation.steps = tape(
        generation.logits, {.ids = ids, .tokenizer = context.tokenizer.writer(), .top = request.topK}, context.control);
    const auto display = displayOf(context.tokenizer.writer(), ids);
    for (std::size_t i = 0; i < generation.steps.size(); ++i) {
        generation.steps[i].text = display[i];
        generation.steps[i].isPrompt = i < kStart;
    }
}

} // namespace

TaskResult runRag(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, request.task);
    const Stopwatch watch;
    Found found = retrieve(context, request);
    const Sources sources = sourcesOf(context, request, found);
    RagResult &payload = found.result;
    if (request.target || !request.targetIds.empty())
        takeTarget(context, request, sources, payload);
    else if (request.task == TaskKind::RagSequence)
        searchSequences(context, request, sources, payload);
    else
        searchTokens(context, request, sources, payload);
    addVotes(context, request, sources, payload);
    if (!context.info.architecture.empty() && context.info.architecture != head.className)
        found.notes.push_back("the checkpoint was trained as " + context.info.architecture + ", this is " +
                              head.className + " over the same weights");

    const Tokenizer &generator = context.tokenizer.writer();
    const auto &ids = payload.generation.hypotheses.front().ids;
    TaskResult result;
    result.task = request.task;
    result.encoding = payload.documents.front().encoding;
    result.display = payload.documents.front().display;
    result.decoder = grown(generator, {}, {.ids = ids});
    result.decoderDisplay = displayOf(generator, ids);
    result.notes = std::move(found.notes);
    result.trace = std::make_shared<Trace>();
    result.elapsedMs = watch.elapsedMs();
    result.payload = std::move(payload);
    return result;
}

} // namespace engine::tasks
