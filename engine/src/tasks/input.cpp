// SPDX-License-Identifier: GPL-3.0-or-later
#include "tasks/input.h"

#include "engine/error.h"
#include "engine/names.h"
#include "generation/scores.h"
#include "tasks/generated.h"
#include "tasks/code_points.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace engine::tasks {
namespace {

std::string counted(std::int64_t count, std::string_view what)
{
    return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

bool hasTokensOf(const Encoding &encoding, int sequence)
{
    return std::ranges::find(encoding.sequence, sequence) != encoding.sequence.end();
}

void requireTokens(const Encoding &encoding, bool hasPair)
{
    if (!hasTokensOf(encoding, 0))
        failArgument("the text is empty: type at least one word");
    if (hasPair && !hasTokensOf(encoding, 1))
        failArgument("the second text is empty: type at least one word");
}

// How the text that was cut begins (or ends, when its beginning was cut), in quotation marks.
std::string cutPreview(std::string_view text, const Encoding &kept, int sequence, Side side)
{
    constexpr std::int64_t kShown = 40; // code points
    const CodePoints points(text);
    std::int64_t begin = side == Side::Left ? points.size() : 0;
    std::int64_t end = 0;
    for (std::size_t i = 0; i < kept.size(); ++i) {
        if (kept.sequence[i] != sequence)
            continue;
        begin = std::min(begin, kept.offsets[i].begin);
        end = std::max(end, kept.offsets[i].end);
    }
    if (side == Side::Left)
        return begin == 0
                   ? ""
                   : " (… \"" + std::string(points.slice({std::max<std::int64_t>(0, begin - kShown), begin})) + "\")";
    return end >= points.size() ? "" : " (\"" + std::string(points.slice({end, end + kShown})) + "\" …)";
}

std::string cutNote(const TaskRequest &request, const std::optional<std::string> &pair, const Encoding &full,
                    const Encoding &kept)
{
    const auto side = request.encode.truncationSide;
    const auto removed = [&](int sequence) {
        return std::ranges::count(full.sequence, sequence) - std::ranges::count(kept.sequence, sequence);
    };
    std::string note;
    const auto add = [&](int sequence, std::string_view name, std::string_view text) {
        if (removed(sequence) <= 0)
            return;
        note += (note.empty() ? "" : "; ") + counted(removed(sequence), "token") + " at the " +
                (side == Side::Left ? "beginning" : "end") + " of the " + std::string(name) + " did not fit into " +
                counted(static_cast<std::int64_t>(kept.size()), "position") + " and " +
                (removed(sequence) == 1 ? "was" : "were") + " cut" + cutPreview(text, kept, sequence, side);
    };
    add(0, "text", request.text);
    if (pair)
        add(1, "second text", *pair);
    return note;
}

Tensor rowsOf(std::span<const Encoding> rows, const std::vector<std::int64_t> Encoding::*field, bool isFlat)
{
    std::vector<std::int64_t> values;
    for (const auto &row : rows)
        values.insert(values.end(), (row.*field).begin(), (row.*field).end());
    const auto count = static_cast<std::int64_t>(rows.size());
    const auto length = static_cast<std::int64_t>(rows.front().size());
    return Tensor::fromInts(isFlat ? Shape{count, length} : Shape{1, count, length}, values);
}

NamedTensors inputsOf(const TaskContext &context, std::span<const Encoding> rows, bool isFlat)
{
    for (const auto &row : rows)
        checkIds(context, row);
    NamedTensors inputs{{names::kInputIds, rowsOf(rows, &Encoding::ids, isFlat)}};
    for (const auto &name : context.tokenizer.modelInputNames()) {
        if (name == names::kAttentionMask)
            inputs[name] = rowsOf(rows, &Encoding::attentionMask, isFlat);
        else if (name == names::kTokenTypeIds)
            inputs[name] = rowsOf(rows, &Encoding::typeIds, isFlat);
    }
    return inputs;
}

} // namespace

std::string cutText(const TaskRequest &request, const Encoding &full, const Encoding &kept)
{
    return cutNote(request, std::nullopt, full, kept);
}

void failTooLong(std::int64_t length, std::int64_t limit, const TaskRequest &request)
{
    const bool isLeft = request.encode.truncationSide == Side::Left;
    failArgument("the text has " + counted(length, "token") + ", the model takes " + std::to_string(limit) + ": " +
                 std::to_string(length - limit) + " at the " + (isLeft ? "beginning" : "end") +
                 " would be cut (pass --truncation longest_first)");
}

const std::string &requirePair(const TaskRequest &request, std::string_view what)
{
    if (!request.textPair)
        failArgument(std::string(id(request.task)) + " needs " + std::string(what) + " (--text-pair)");
    return *request.textPair;
}

void checkIds(const TaskContext &context, const Encoding &encoding)
{
    const std::int64_t rows = context.model.vocabularySize();
    for (std::size_t i = 0; i < encoding.size(); ++i) {
        if (encoding.ids[i] >= 0 && encoding.ids[i] < rows)
            continue;
        failArgument("token \"" + encoding.tokens[i] + "\" has id " + std::to_string(encoding.ids[i]) +
                     ", but the model's embedding has " + std::to_string(rows) + " rows (0 to " +
                     std::to_string(rows - 1) + "): vocabulary and weights do not belong together");
    }
}

EncodedText encodeInput(const TaskContext &context, const TaskRequest &request, const std::optional<std::string> &pair)
{
    const std::int64_t limit = context.model.maxPositions();
    EncodeOptions options = request.encode;
    options.truncation = Truncation::None;
    const Encoding full = context.tokenizer.encode(request.text, pair, options);
    requireTokens(full, pair.has_value());
    const auto length = static_cast<std::int64_t>(full.size());

    options = request.encode;
    const bool isAskedFor = options.truncation != Truncation::None;
    if (isAskedFor && !options.maxLength && limit > 0)
        options.maxLength = limit;
    EncodedText out;
    out.encoding = isAskedFor ? context.tokenizer.encode(request.text, pair, options) : full;
    if (limit > 0 && static_cast<std::int64_t>(out.encoding.size()) > limit) {
        if (!request.truncate)
            failTooLong(length, limit, request);
        options.maxLength = limit;
        options.truncation = Truncation::LongestFirst;
        out.encoding = context.tokenizer.encode(request.text, pair, options);
        if (static_cast<std::int64_t>(out.encoding.size()) > limit)
            failArgument("the model takes " + counted(limit, "position") + ": too few for a text");
    }
    requireTokens(out.encoding, pair.has_value());
    if (out.encoding.size() < full.size())
        out.notes.push_back(cutNote(request, pair, full, out.encoding));
    checkIds(context, out.encoding);
    return out;
}

NamedTensors modelInputs(const TaskContext &context, const Encoding &encoding)
{
    return inputsOf(context, {&encoding, 1}, true);
}

NamedTensors choiceInputs(const TaskContext &context, std::span<const Encoding> rows)
{
    return inputsOf(context, rows, false);
}

std::size_t classToken(const TaskContext &context, const Encoding &encoding)
{
    const auto cls = context.tokenizer.special("cls_token");
    const auto found = cls ? std::ranges::find(encoding.ids, *cls) : encoding.ids.end();
    return found == encoding.ids.end() ? 0 : static_cast<std::size_t>(found - encoding.ids.begin());
}

const HeadInfo &requireHead(const TaskContext &context, TaskKind task)
{
    if (const HeadInfo *head = context.model.headFor(task))
        return *head;
    std::string able;
    for (const auto &head : context.model.heads())
        for (const auto kind : head.tasks)
            able += (able.empty() ? "" : ", ") + std::string(id(kind));
    const std::string name = context.info.name.empty() ? "this checkpoint" : context.info.name;
    failArgument(name + " has no head for " + std::string(id(task)) +
                 "; it can do: " + (able.empty() ? "nothing" : able));
}

std::vector<std::string> displayOf(const Tokenizer &tokenizer, std::span<const std::int64_t> ids)
{
    std::vector<std::string> out;
    out.reserve(ids.size());
    for (const auto id : ids)
        out.push_back(tokenizer.display(id));
    return out;
}

TaskResult resultFor(const TaskContext &context, const TaskRequest &request, EncodedText input)
{
    TaskResult result;
    result.task = request.task;
    result.display = displayOf(context.tokenizer, input.encoding.ids);
    result.encoding = std::move(input.encoding);
    result.notes = std::move(input.notes);
    result.trace = std::make_shared<Trace>();
    return result;
}

NamedTensors forward(const TaskContext &context, const HeadInfo &head, const NamedTensors &inputs, TaskResult &result)
{
    const Stopwatch watch;
    NamedTensors all = inputs;
    all.insert(context.extra.begin(), context.extra.end());
    NamedTensors outputs = context.model.forward(all, {.head = head.id, .choices = context.choices}, context.control);
    result.elapsedMs += watch.elapsedMs();
    if (context.model.isEncoderDecoder()) { // its decoder read the source, moved right
        const Tensor ids = context.model.decoderInputs(require(inputs, names::kInputIds));
        result.decoder = grown(context.tokenizer, {}, {.ids = ids.ints()});
        result.decoderDisplay = displayOf(context.tokenizer, ids.ints());
    }
    return outputs;
}

Tensor firstOf(const NamedTensors &outputs, std::span<const char *const> names)
{
    for (const auto *name : names)
        if (Tensor tensor = find(outputs, name); !tensor.isNull())
            return tensor;
    failInternal(std::string("the model gave no ") + names.front());
}

std::vector<double> softmax(std::span<const float> logits)
{
    const double total = generation::logSumExp(logits);
    std::vector<double> out;
    out.reserve(logits.size());
    for (const float logit : logits)
        out.push_back(std::exp(static_cast<double>(logit) - total));
    return out;
}

std::vector<ScoredLabel> scoredLabels(std::span<const float> logits, const LabelOptions &options)
{
    const bool isSigmoid = options.isMultiLabel || logits.size() == 1;
    const std::vector<double> shares = softmax(logits);
    std::vector<ScoredLabel> out;
    out.reserve(logits.size());
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const double probability = isSigmoid ? 1.0 / (1.0 + std::exp(-static_cast<double>(logits[i]))) : shares[i];
        out.push_back({.id = static_cast<std::int64_t>(i),
                       .label = i < options.labels.size() ? options.labels[i] : "LABEL_" + std::to_string(i),
                       .logit = logits[i],
                       .probability = probability});
    }
    return out;
}

std::size_t bestOf(std::span<const ScoredLabel> scores)
{
    return static_cast<std::size_t>(std::ranges::max_element(scores, {}, &ScoredLabel::logit) - scores.begin());
}

} // namespace engine::tasks
