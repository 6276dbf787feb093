// SPDX-License-Identifier: GPL-3.0-or-later
// A question and passages: the words of the answer in each, and how likely each passage answers it.
#include "tasks/reading.h"

#include "engine/error.h"
#include "engine/names.h"
#include "retrieval/embedder.h"
#include "retrieval/finder.h"
#include "tasks/code_points.h"
#include "tasks/input.h"
#include "text/reader.h"

#include <algorithm>
#include <utility>

namespace engine::tasks {
namespace {

constexpr int kTitle = 1; // sequences of a reader's row
constexpr int kText = 2;
constexpr std::size_t kBatch = 16; // passages of a pass

// The row, cut at its end where it is too long and that is allowed.
Encoding rowOf(const TaskContext &context, const Reading &reading, const Passage &passage,
               std::vector<std::string> &notes)
{
    const auto limit = context.model.maxPositions();
    EncodeOptions options = reading.encode;
    if (limit > 0 && (!options.maxLength || *options.maxLength > limit))
        options.maxLength = limit;
    options.truncation = Truncation::LongestFirst;
    Encoding row = text::encodePassage(
        context.tokenizer, {.question = reading.question, .title = passage.title, .text = passage.text}, options);
    if (row.removedByTruncation > 0) {
        const std::string what = "\"" + passage.title + "\": " + std::to_string(row.removedByTruncation) +
                                 " tokens at the end do not fit into " + std::to_string(row.size()) + " positions";
        if (!reading.truncate && reading.encode.truncation == Truncation::None)
            failArgument(what + " (pass --truncation longest_first)");
        notes.push_back(what + " and were cut");
    }
    checkIds(context, row);
    return row;
}

struct Scores { // of each passage
    std::vector<std::vector<float>> start;
    std::vector<std::vector<float>> end;
    std::vector<float> relevance;
};

void takeRows(const NamedTensors &outputs, std::size_t rows, Scores &scores)
{
    const Tensor &start = require(outputs, names::kStartLogits); // (rows, length)
    const Tensor &end = require(outputs, names::kEndLogits);
    const auto length = static_cast<std::size_t>(start.size(1));
    for (std::size_t row = 0; row < rows; ++row) {
        const auto of = [&](const Tensor &x) { return x.floats().subspan(row * length, length); };
        scores.start.emplace_back(of(start).begin(), of(start).end());
        scores.end.emplace_back(of(end).begin(), of(end).end());
        scores.relevance.push_back(require(outputs, names::kRelevanceLogits).floats()[row]);
    }
}

// Fields of a reader: no token types, which its tokenizer does not give.
NamedTensors readerInputs(std::span<const Encoding> rows)
{
    std::vector<std::int64_t> ids;
    std::vector<std::int64_t> mask;
    for (const auto &row : rows) {
        ids.insert(ids.end(), row.ids.begin(), row.ids.end());
        mask.insert(mask.end(), row.attentionMask.begin(), row.attentionMask.end());
    }
    const Shape shape{static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows.front().size())};
    return {{names::kInputIds, Tensor::fromInts(shape, ids)}, {names::kAttentionMask, Tensor::fromInts(shape, mask)}};
}

Scores scoresOf(const TaskContext &context, const HeadInfo &head, std::span<const Encoding> rows)
{
    Scores scores;
    RunControl control = context.control;
    for (std::size_t begin = 0; begin < rows.size(); begin += kBatch) {
        control.checkpoint();
        const auto batch = rows.subspan(begin, std::min(kBatch, rows.size() - begin));
        takeRows(context.model.forward(readerInputs(batch), {.head = head.id}, control), batch.size(), scores);
        control.trace = nullptr; // the views show the first rows
    }
    return scores;
}

// The code points of one sequence that tokens begin … last cover.
Offset placeIn(const Encoding &row, const text::AnswerSpan &span, int sequence)
{
    Offset place;
    for (std::size_t i = span.begin; i <= span.last; ++i) {
        if (row.sequence[i] != sequence)
            continue;
        if (place.begin == place.end)
            place.begin = row.offsets[i].begin;
        place.end = row.offsets[i].end;
    }
    return place;
}

ReadSpan spanOf(const text::AnswerSpan &span, const ReadPassage &passage)
{
    ReadSpan out{.passage = span.passage,
                 .beginToken = span.begin,
                 .endToken = span.last,
                 .text = span.text,
                 .titlePlace = placeIn(passage.encoding, span, kTitle),
                 .textPlace = placeIn(passage.encoding, span, kText),
                 .score = span.score,
                 .relevance = span.relevance};
    const bool isInTitle = out.titlePlace.begin < out.titlePlace.end;
    const bool isInText = out.textPlace.begin < out.textPlace.end;
    if (isInTitle != isInText)
        out.text = isInTitle ? CodePoints(passage.found.passage.title).slice(out.titlePlace)
                             : CodePoints(passage.found.passage.text).slice(out.textPlace);
    return out;
}

// What the request gives, else what a question encoder finds.
std::vector<FoundPassage> passagesOf(const TaskContext &context, const TaskRequest &request,
                                     std::vector<std::string> &notes)
{
    const RetrievalRequest &retrieval = request.retrieval;
    std::vector<FoundPassage> out;
    if (retrieval.questionEncoder) {
        const auto encoder = retrieval::questionEncoder(*retrieval.questionEncoder);
        RunControl quiet = context.control;
        quiet.trace = nullptr;
        const std::vector rows{retrieval::encodeQuestion(encoder, request.text)};
        return retrieval::nearest(
            retrieval::embed(encoder, rows, quiet),
            {.request = retrieval, .questions = encoder, .count = retrieval.documents > 0 ? retrieval.documents : 5},
            quiet, notes);
    }
    for (const auto &passage : retrieval.passages)
        out.push_back({.id = static_cast<std::int64_t>(out.size()), .passage = passage});
    if (out.empty())
        out.push_back({.passage = {.title = {}, .text = requirePair(request, "passages to read (--passages) or one")}});
    return out;
}

} // namespace

ReadingResult read(const TaskContext &context, const Reading &reading, std::vector<std::string> &notes)
{
    const HeadInfo &head = requireHead(context, TaskKind::Reading);
    ReadingResult out;
    std::vector<Encoding> rows;
    for (const auto &found : reading.passages)
        rows.push_back(rowOf(context, reading, found.passage, notes));
    rows = retrieval::padded(context.tokenizer, std::move(rows));
    const Scores scores = scoresOf(context, head, rows);
    std::vector<text::ReaderScores> said;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        said.push_back(
            {.ids = rows[i].ids, .start = scores.start[i], .end = scores.end[i], .relevance = scores.relevance[i]});
        out.passages.push_back({.found = reading.passages[i],
                                .relevance = static_cast<double>(scores.relevance[i]),
                                .encoding = rows[i],
                                .display = displayOf(context.tokenizer, rows[i].ids)});
    }
    const text::SpanOptions options{.spans = reading.request.spans,
                                    .longestAnswer = reading.request.longestAnswer,
                                    .spansOfPassage = reading.request.spansOfPassage};
    for (const auto &span : text::bestSpans(context.tokenizer, said, options))
        out.spans.push_back(spanOf(span, out.passages[span.passage]));
    return out;
}

TaskResult runReading(const TaskContext &context, const TaskRequest &request)
{
    (void)requireHead(context, TaskKind::Reading);
    if (request.text.find_first_not_of(" \t\r\n") == std::string::npos)
        failArgument("the question is empty: type at least one word");
    const Stopwatch watch;
    std::vector<std::string> notes;
    ReadingResult payload = read(context,
                                 {.question = request.text,
                                  .passages = passagesOf(context, request, notes),
                                  .request = request.retrieval,
                                  .encode = request.encode,
                                  .truncate = request.truncate},
                                 notes);
    TaskResult result =
        resultFor(context, request, {.encoding = payload.passages.front().encoding, .notes = std::move(notes)});
    result.elapsedMs = watch.elapsedMs();
    result.payload = std::move(payload);
    return result;
}

} // namespace engine::tasks
