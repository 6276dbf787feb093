// SPDX-License-Identifier: GPL-3.0-or-later
// Which continuation fits: encoders judge pairs of text and choice, double heads judge the choice written
// after the text at its last token.
#include "engine/error.h"
#include "engine/names.h"
#include "tasks/input.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace engine::tasks {
namespace {

// The reference library's name for a language model with a second head that gives mc_logits.
bool isDoubleHeads(const HeadInfo &head)
{
    return std::string_view(head.className).ends_with("DoubleHeadsModel");
}

std::int64_t fillerOf(const Tokenizer &tokenizer)
{
    for (const auto *name : {"pad_token", "eos_token"})
        if (const auto id = tokenizer.special(name))
            return *id;
    return 0;
}

// The tokenizer's padding, on its side; a vocabulary without a pad token (double heads) is filled up on the right.
void fill(const Tokenizer &tokenizer, std::size_t length, Encoding &row)
{
    if (tokenizer.special("pad_token")) {
        row = pad(std::move(row), tokenizer, {.length = static_cast<std::int64_t>(length)});
        return;
    }
    const std::int64_t filler = fillerOf(tokenizer);
    row.tokens.resize(length, tokenizer.token(filler));
    row.typeIds.resize(length, 0);
    row.attentionMask.resize(length, 0);
    row.specialTokensMask.resize(length, 1);
    row.offsets.resize(length);
    row.sequence.resize(length, -1);
    row.ids.resize(length, filler);
}

} // namespace

TaskResult runMultipleChoice(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, TaskKind::MultipleChoice);
    constexpr std::size_t kFewest = 2;
    if (request.choices.size() < kFewest)
        failArgument("multiple-choice needs at least two choices (--choices), found " +
                     std::to_string(request.choices.size()));
    if (request.text.empty())
        failArgument("the text is empty: type at least one word");
    const bool isJoined = isDoubleHeads(head);
    ChoiceResult payload;
    std::vector<std::string> notes;
    std::vector<std::int64_t> lastTokens;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < request.choices.size(); ++i) {
        if (request.choices[i].empty())
            failArgument("choice " + std::to_string(i + 1) + " is empty");
        TaskRequest row = request;
        if (isJoined) {
            row.text += " " + request.choices[i];
            row.encode.truncationSide = Side::Left; // the choice stays whole
        }
        EncodedText input =
            encodeInput(context, row, isJoined ? std::nullopt : std::optional<std::string>(request.choices[i]));
        for (const auto &note : input.notes)
            notes.push_back("choice " + std::to_string(i + 1) + ": " + note);
        lastTokens.push_back(static_cast<std::int64_t>(input.encoding.size()) - 1);
        longest = std::max(longest, input.encoding.size());
        payload.encodings.push_back(std::move(input.encoding));
    }
    for (auto &row : payload.encodings)
        fill(context.tokenizer, longest, row);

    NamedTensors inputs = choiceInputs(context, payload.encodings);
    if (isJoined) { // causal: what is filled in on the right changes nothing before it
        inputs.erase(names::kAttentionMask);
        inputs[names::kMcTokenIds] = Tensor::fromInts({1, static_cast<std::int64_t>(lastTokens.size())}, lastTokens);
    }
    TaskResult result = resultFor(context, request, {.encoding = payload.encodings.front(), .notes = std::move(notes)});
    const NamedTensors outputs = forward(context, head, inputs, result);
    const Tensor logits = firstOf(outputs, std::array{names::kMcLogits, names::kLogits}); // (1, choices)
    payload.scores = scoredLabels(logits.floats(), {.labels = request.choices});
    payload.best = bestOf(payload.scores);
    result.payload = std::move(payload);
    return result;
}

} // namespace engine::tasks
