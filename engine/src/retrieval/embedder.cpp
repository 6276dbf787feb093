// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/embedder.h"

#include "engine/error.h"
#include "engine/names.h"
#include "engine/passage_index.h"

#include <algorithm>
#include <utility>

namespace engine::retrieval {
namespace {

constexpr char kPart[] = "question_encoder";
constexpr char kPartTokenizer[] = "question_encoder_tokenizer";

EncodeOptions withinPositions(const Model &model)
{
    EncodeOptions options;
    if (const auto limit = model.maxPositions(); limit > 0) {
        options.maxLength = limit;
        options.truncation = Truncation::LongestFirst;
    }
    return options;
}

[[noreturn]] void failWithout(const ModelInfo &info, std::string_view what)
{
    failArgument(info.directory.string() + ": expected a checkpoint that embeds " + std::string(what) + ", found " +
                 (info.architecture.empty() ? info.familyTitle : info.architecture));
}

Tensor fieldOf(std::span<const Encoding> rows, const std::vector<std::int64_t> Encoding::*field)
{
    std::vector<std::int64_t> values;
    for (const auto &row : rows)
        values.insert(values.end(), (row.*field).begin(), (row.*field).end());
    return Tensor::fromInts({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows.front().size())},
                            values);
}

} // namespace

Encoder questionEncoder(const Model &model, const Tokenizer &tokenizer, const ModelInfo &info)
{
    if (const HeadInfo *head = model.headFor(TaskKind::QuestionEmbedding))
        return {model, tokenizer, head->id};
    const Model *part = model.part(kPart);
    const HeadInfo *head = part != nullptr ? part->headFor(TaskKind::QuestionEmbedding) : nullptr;
    const Tokenizer *own = head != nullptr ? tokenizer.part(kPartTokenizer) : nullptr;
    if (own == nullptr)
        failWithout(info, "questions");
    return {*part, *own, head->id};
}

Encoder questionEncoder(const LoadedModel &model)
{
    return questionEncoder(model.model(), model.tokenizer(), model.info());
}

Encoder passageEncoder(const LoadedModel &model)
{
    const HeadInfo *head = model.model().headFor(TaskKind::PassageEmbedding);
    if (head == nullptr)
        failWithout(model.info(), "passages");
    return {model.model(), model.tokenizer(), head->id};
}

bool embedsPassages(const LoadedModel &model)
{
    return model.model().headFor(TaskKind::PassageEmbedding) != nullptr;
}

Encoding encodeQuestion(const Encoder &encoder, std::string_view question)
{
    return encoder.tokenizer.encode(question, std::nullopt, withinPositions(encoder.model));
}

Encoding encodePassage(const Encoder &encoder, const Passage &passage)
{
    const auto options = withinPositions(encoder.model);
    return passage.title.empty() ? encoder.tokenizer.encode(passage.text, std::nullopt, options)
                                 : encoder.tokenizer.encode(passage.title, passage.text, options);
}

std::vector<Encoding> padded(const Tokenizer &tokenizer, std::vector<Encoding> rows)
{
    std::size_t longest = 0;
    for (const auto &row : rows)
        longest = std::max(longest, row.size());
    for (auto &row : rows)
        if (row.size() < longest)
            row = pad(std::move(row), tokenizer, {.length = static_cast<std::int64_t>(longest)});
    return rows;
}

NamedTensors inputsOf(const Tokenizer &tokenizer, std::span<const Encoding> rows)
{
    NamedTensors inputs{{names::kInputIds, fieldOf(rows, &Encoding::ids)}};
    for (const auto &name : tokenizer.modelInputNames()) {
        if (name == names::kAttentionMask)
            inputs[name] = fieldOf(rows, &Encoding::attentionMask);
        else if (name == names::kTokenTypeIds)
            inputs[name] = fieldOf(rows, &Encoding::typeIds);
    }
    return inputs;
}

Tensor embed(const Encoder &encoder, std::span<const Encoding> rows, const RunControl &control)
{
    const auto outputs = encoder.model.forward(inputsOf(encoder.tokenizer, rows), {.head = encoder.head}, control);
    return require(outputs, names::kPoolerOutput);
}

} // namespace engine::retrieval

namespace engine {

Tensor questionVector(const LoadedModel &model, std::string_view question, const RunControl &control)
{
    const auto encoder = retrieval::questionEncoder(model);
    const std::vector rows{retrieval::encodeQuestion(encoder, question)};
    return retrieval::embed(encoder, rows, control);
}

} // namespace engine
