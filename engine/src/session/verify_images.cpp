// SPDX-License-Identifier: GPL-3.0-or-later
// Case kinds of models that see: from a file to pixels, from pixels to tokens, from picture and text to labels.
#include "session/verify_case.h"

#include "engine/image.h"
#include "engine/names.h"
#include "models/image_input.h"
#include "tasks/framed_text.h"

#include <algorithm>
#include <array>

namespace engine::session {

namespace {

using Json = nlohmann::json;

image::Preparation preparationOf(const Json &options)
{
    image::Preparation how;
    for (const auto &[name, value] : options.items()) {
        if (name == "resize")
            how.shorterSide = value.get<std::int64_t>();
        else if (name == "crop")
            how.crop = value.get<std::int64_t>();
        else if (name == "mean")
            how.mean = value.get<std::array<float, 3>>();
        else if (name == "std")
            how.deviation = value.get<std::array<float, 3>>();
        else
            failArgument("option \"" + name + "\" of a picture is not known");
    }
    return how;
}

Image pictureOf(const Fixture &fixture, const Json &file)
{
    return readImage(fixture.directory / file.get<std::string>());
}

Tensor pixelsOf(const Image &image) // (height, width, 3)
{
    const std::vector<std::int64_t> values(image.pixels.begin(), image.pixels.end());
    return Tensor::fromInts({image.height, image.width, 3}, values);
}

Tensor resizedPixels(const Image &image, const image::Preparation &how)
{
    const image::Size size = image::sizeWithShorterSide({image.width, image.height}, how.shorterSide);
    return pixelsOf(image::resized(image, size, {0, 0, size.width, size.height}));
}

// (1, 3, height, width) of one picture.
Tensor asBatch(const Tensor &pixels)
{
    return pixels.reshaped({1, pixels.size(0), pixels.size(1), pixels.size(2)});
}

// Every so many pixels of (1, 3, height, width), without the batch axis.
Tensor sampleOf(const Tensor &pixels)
{
    constexpr std::int64_t kStep = 16;
    const auto side = [](std::int64_t n) { return (n + kStep - 1) / kStep; };
    Tensor out = Tensor::uninitialised({pixels.size(1), side(pixels.size(2)), side(pixels.size(3))});
    auto to = out.mutableFloats().begin();
    const auto from = pixels.floats();
    for (std::int64_t c = 0; c < pixels.size(1); ++c)
        for (std::int64_t y = 0; y < pixels.size(2); y += kStep)
            for (std::int64_t x = 0; x < pixels.size(3); x += kStep)
                *to++ = from[static_cast<std::size_t>((c * pixels.size(2) + y) * pixels.size(3) + x)];
    return out;
}

void compareAll(const Fixture &fixture, const Json &entry, const NamedTensors &computed, Comparer &comparer)
{
    for (const auto &[name, description] : entry.at("outputs").items())
        comparer.tensor(name, recordedTensor(fixture, description), find(computed, name));
}

// What the texts and files of a case become: padded rows on the right.
NamedTensors inputsFor(const Fixture &fixture, const Json &entry, const RunControl &control)
{
    const Model &model = fixture.model->model();
    const models::ImageInput *input = model.imageInput();
    if (input == nullptr)
        failArgument("the case has pictures, the model takes none");
    const tasks::TaskContext context{
        .model = model, .tokenizer = fixture.model->tokenizer(), .control = control, .info = fixture.model->info()};
    std::vector<tasks::FramedText> texts;
    std::size_t longest = 0;
    for (const Json &text : entry.at("texts")) {
        texts.push_back(tasks::framedText(context, {.text = text.get<std::string>()}, *input));
        longest = std::max(longest, texts.back().text.size());
    }
    std::vector<std::int64_t> ids;
    std::vector<std::int64_t> mask;
    std::vector<std::int64_t> starts;
    std::vector<std::int64_t> ends;
    const std::int64_t padding = context.tokenizer.special("pad_token").value_or(0);
    for (const tasks::FramedText &framed : texts) {
        const std::size_t filling = longest - framed.text.size();
        ids.insert(ids.end(), framed.text.ids.begin(), framed.text.ids.end());
        ids.insert(ids.end(), filling, padding);
        mask.insert(mask.end(), framed.text.size(), 1);
        mask.insert(mask.end(), filling, 0);
        starts.push_back(framed.frame.ids.front());
        ends.push_back(framed.frame.ids.back());
    }
    std::vector<float> pixels;
    const std::int64_t side = input->preparation.crop;
    for (const Json &file : entry.at("files")) {
        const Tensor values = image::prepared(pictureOf(fixture, file), input->preparation);
        pixels.insert(pixels.end(), values.floats().begin(), values.floats().end());
    }
    const auto rows = static_cast<std::int64_t>(texts.size());
    const Shape shape{rows, static_cast<std::int64_t>(longest)};
    return {{names::kInputIds, Tensor::fromInts(shape, ids)},
            {names::kAttentionMask, Tensor::fromInts(shape, mask)},
            {names::kModalStartTokens, Tensor::fromInts({rows}, starts)},
            {names::kModalEndTokens, Tensor::fromInts({rows}, ends)},
            {names::kInputModal,
             Tensor::fromFloats({static_cast<std::int64_t>(entry.at("files").size()), 3, side, side}, pixels)}};
}

// Rows of (rows, labels) as lists of the labels above one half.
Json labelsOf(const Tensor &probabilities, const std::vector<std::string> &labels)
{
    Json rows = Json::array();
    const auto width = static_cast<std::size_t>(probabilities.size(1));
    for (std::size_t begin = 0; begin < probabilities.floats().size(); begin += width) {
        Json row = Json::array();
        for (std::size_t i = 0; i < std::min(width, labels.size()); ++i)
            if (probabilities.floats()[begin + i] > 0.5F)
                row.push_back(labels[i]);
        rows.push_back(row);
    }
    return rows;
}

} // namespace

void verifyImage(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl & /*control*/)
{
    const image::Preparation how = preparationOf(entry.at("options"));
    const Image picture = pictureOf(fixture, entry.at("file"));
    compareAll(fixture, entry,
               {{"pixels", pixelsOf(picture)},
                {"resized", resizedPixels(picture, how)},
                {"pixel_values", image::prepared(picture, how)}},
               comparer);
}

void verifyImageFeatures(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl &control)
{
    if (!fixture.images)
        failArgument("the case asks for an image encoder by itself");
    const Json &inputs = entry.at("inputs");
    const Tensor pixels =
        inputs.contains("pixel_values")
            ? recordedTensor(fixture, inputs.at("pixel_values"))
            : asBatch(image::prepared(pictureOf(fixture, entry.at("file")), preparationOf(entry.at("options"))));
    const ops::Grid grid{.rows = inputs.at("k").get<std::int64_t>(), .columns = 1};
    const auto made = (*fixture.images)(pixels, grid, control);
    const Tensor &tokens = made.tokens; // (batch, k, features)
    compareAll(fixture, entry,
               {{"pixel_sample", sampleOf(pixels)},
                {"feature_map", made.featureMap},
                {"pooled", ops::channelsFirst(tokens.reshaped({tokens.size(0), grid.rows, 1, tokens.size(2)}))},
                {"tokens", tokens}},
               comparer);
}

void verifyImageAndText(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl &control)
{
    const NamedTensors made = inputsFor(fixture, entry, control);
    for (const auto &[name, description] : entry.at("inputs").items())
        comparer.tensor("made " + name, recordedTensor(fixture, description), find(made, name));
    RunChoices choices = choicesOf(fixture, entry);
    ForwardRun run = runForward(fixture, entry, choices, control);
    const Tensor probabilities = ops::activate(require(run.outputs, names::kLogits), ops::Activation::Sigmoid);
    run.outputs.insert_or_assign("probabilities", probabilities);
    compareRun(fixture, entry, run, comparer);
    comparer.equal("labels", entry.at("labels"), labelsOf(probabilities, fixture.head->labels));
}

} // namespace engine::session
