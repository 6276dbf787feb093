// SPDX-License-Identifier: GPL-3.0-or-later
// Labels of a picture and a text together, and which part of the picture each of its tokens stands for.
#include "engine/names.h"
#include "tasks/framed_text.h"
#include "tasks/input.h"

#include <algorithm>
#include <array>
#include <utility>

namespace engine::tasks {
namespace {

using models::ImageInput;

// Tokens [begin, end) of an encoding behind those of another.
void append(Encoding &to, const Encoding &from, std::size_t begin, std::size_t end)
{
    const auto part = [begin, end](auto &target, const auto &source) {
        target.insert(target.end(), source.begin() + static_cast<std::ptrdiff_t>(begin),
                      source.begin() + static_cast<std::ptrdiff_t>(end));
    };
    part(to.ids, from.ids);
    part(to.tokens, from.tokens);
    part(to.typeIds, from.typeIds);
    part(to.attentionMask, from.attentionMask);
    part(to.specialTokensMask, from.specialTokensMask);
    part(to.offsets, from.offsets);
    part(to.sequence, from.sequence);
}

Encoding partOf(const Encoding &encoding, std::size_t begin, std::size_t end)
{
    Encoding part;
    append(part, encoding, begin, end);
    return part;
}

Encoding imageTokens(std::int64_t count)
{
    Encoding tokens;
    for (std::int64_t i = 1; i <= count; ++i) {
        tokens.ids.push_back(-1);
        tokens.tokens.push_back("image " + std::to_string(i));
        tokens.typeIds.push_back(0);
        tokens.attentionMask.push_back(1);
        tokens.specialTokensMask.push_back(1);
        tokens.offsets.emplace_back();
        tokens.sequence.push_back(-1);
    }
    return tokens;
}

// [start] picture [end] text, as the model reads it.
Encoding wholeOf(const FramedText &framed, std::int64_t tokens)
{
    Encoding whole = partOf(framed.frame, 0, 1);
    const Encoding picture = imageTokens(tokens);
    append(whole, picture, 0, picture.size());
    append(whole, framed.frame, 1, 2);
    append(whole, framed.text, 0, framed.text.size());
    for (std::size_t i = 0; i < whole.size(); ++i)
        whole.typeIds[i] = i < whole.size() - framed.text.size() ? 0 : 1;
    return whole;
}

Tensor row(const std::vector<std::int64_t> &ids)
{
    return Tensor::fromInts({1, static_cast<std::int64_t>(ids.size())}, ids);
}

NamedTensors inputsOf(const FramedText &framed, const Image &image, const ImageInput &input)
{
    const Tensor pixels = image::prepared(image, input.preparation);
    const std::array start{framed.frame.ids.front()};
    const std::array end{framed.frame.ids.back()};
    return {{names::kInputModal, pixels.reshaped({1, pixels.size(0), pixels.size(1), pixels.size(2)})},
            {names::kInputIds, row(framed.text.ids)},
            {names::kModalStartTokens, Tensor::fromInts({1}, start)},
            {names::kModalEndTokens, Tensor::fromInts({1}, end)}};
}

// The share of a side that window `i` of `count` covers, when it is pooled from `cells` cells.
struct Window {
    double begin = 0.0;
    double end = 1.0;
};
Window windowOf(std::int64_t i, std::int64_t count, std::int64_t cells)
{
    const auto share = [cells](std::int64_t cell) { return static_cast<double>(cell) / static_cast<double>(cells); };
    return {.begin = share(i * cells / count), .end = share(((i + 1) * cells + count - 1) / count)};
}

std::vector<ImageRegion> regionsOf(const ImageInput &input, const Image &image, const Tensor &featureMap)
{
    std::vector<ImageRegion> regions;
    for (std::int64_t i = 0; i < input.tokens(); ++i) {
        const Window down = windowOf(i / input.grid.columns, input.grid.rows, featureMap.size(2));
        const Window across = windowOf(i % input.grid.columns, input.grid.columns, featureMap.size(3));
        const image::Part part{.left = across.begin, .top = down.begin, .right = across.end, .bottom = down.end};
        regions.push_back({.token = static_cast<std::size_t>(i) + 1, // behind the start token
                           .area = image::areaOf({image.width, image.height}, input.preparation, part)});
    }
    return regions;
}

const ImageInput &requireImageInput(const TaskContext &context, const TaskRequest &request)
{
    const ImageInput *input = context.model.imageInput();
    if (input == nullptr)
        failInternal(std::string(id(request.task)) + " with a model that takes no pictures");
    if (!input->readsPictures)
        failArgument(context.info.name + " holds no image encoder: it takes features of pictures, not pictures");
    if (!request.image)
        failArgument(std::string(id(request.task)) + " needs a picture (--image)");
    return *input;
}

} // namespace

FramedText framedText(const TaskContext &context, const TaskRequest &request, const ImageInput &input)
{
    EncodeOptions options = request.encode;
    options.addSpecialTokens = true;
    if (!options.maxLength)
        options.truncation = Truncation::None; // what is cut here counts without the special tokens
    const Encoding all = context.tokenizer.encode(request.text, std::nullopt, options);
    constexpr std::size_t kFrame = 2;
    if (all.size() <= kFrame)
        failArgument("the text is empty: type at least one word");
    checkIds(context, all);
    FramedText framed{.frame = partOf(all, 0, 1), .text = partOf(all, 1, all.size() - 1)};
    append(framed.frame, all, all.size() - 1, all.size());
    const bool isTrained = input.trainedText > 0;
    const std::int64_t limit = isTrained ? input.trainedText : context.model.maxPositions();
    const auto length = static_cast<std::int64_t>(framed.text.size());
    if (length <= limit)
        return framed;
    const bool mayCut = isTrained || request.truncate || request.encode.truncation != Truncation::None;
    if (!mayCut)
        failTooLong(length, limit, request);
    const auto first = static_cast<std::size_t>(options.truncationSide == Side::Left ? length - limit : 0);
    Encoding kept = partOf(framed.text, first, first + static_cast<std::size_t>(limit));
    kept.removedByTruncation = length - limit;
    framed.notes.push_back(cutText(request, framed.text, kept));
    framed.text = std::move(kept);
    return framed;
}

TaskResult runMultimodalClassification(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, TaskKind::MultimodalClassification);
    const ImageInput &input = requireImageInput(context, request);
    FramedText framed = framedText(context, request, input);
    TaskResult result;
    result.task = request.task;
    result.encoding = wholeOf(framed, input.tokens());
    result.notes = std::move(framed.notes);
    result.trace = std::make_shared<Trace>();
    for (std::size_t i = 0; i < result.encoding.size(); ++i)
        result.display.push_back(result.encoding.ids[i] < 0 ? result.encoding.tokens[i]
                                                            : context.tokenizer.display(result.encoding.ids[i]));
    const NamedTensors outputs = forward(context, head, inputsOf(framed, *request.image, input), result);
    ImageAndTextResult payload{.labels = {}, .image = request.image, .seen = {}, .regions = {}};
    payload.labels.scores = scoredLabels(require(outputs, names::kLogits).floats(), // (1, labels)
                                         {.labels = head.labels, .isMultiLabel = true});
    payload.labels.best = bestOf(payload.labels.scores);
    payload.labels.activation = "sigmoid";
    payload.seen = image::areaOf({request.image->width, request.image->height}, input.preparation, {});
    payload.regions = regionsOf(input, *request.image, require(outputs, names::kFeatureMap));
    result.payload = std::move(payload);
    return result;
}

} // namespace engine::tasks
