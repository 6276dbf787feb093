// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/format.h"
#include "engine/export.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>

namespace app::cli {

namespace {

struct MaskOptions {
    ModelOptions model;
    TracedText input;
    std::optional<int> layer;
    std::string why;
    std::string file;
};

struct Pair {
    std::int64_t query = 0;
    std::int64_t key = 0;
};

std::optional<std::int64_t> index(std::string_view text)
{
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

Pair pairOf(const std::string &why)
{
    const std::size_t comma = why.find(',');
    if (comma != std::string::npos) {
        const auto query = index(std::string_view(why).substr(0, comma));
        const auto key = index(std::string_view(why).substr(comma + 1));
        if (query && key)
            return {.query = *query, .key = *key};
    }
    engine::failArgument("--why " + why + ": expected two token indexes, query and key, as 3,5");
}

std::string token(std::int64_t position, const std::string &name)
{
    return "token " + std::to_string(position) + ' ' + shownText(name);
}

// Of a model with several stacks the stack is named, and so is the stream beside a decoder's; an only stack is not.
std::string place(const engine::LayerMask &mask, const engine::TaskResult &result)
{
    const std::string layer = "layer " + std::to_string(mask.layer);
    if (mask.stack == engine::Stack::Query)
        return layer + ", query stream";
    return result.decoder ? std::string(engine::name(mask.stack)) + ' ' + layer : layer;
}

void printWhy(const engine::LayerMask &mask, const engine::TaskResult &result, Pair pair, std::ostream &out)
{
    if (pair.query >= mask.queries || pair.key >= mask.keys)
        engine::failArgument("--why " + std::to_string(pair.query) + ',' + std::to_string(pair.key) +
                             ": the text has " + std::to_string(mask.queries) + " queries and " +
                             std::to_string(mask.keys) + " keys");
    const auto axes = engine::attentionAxes(result, mask.stack);
    out << place(mask, result) << ": query " << token(pair.query, axes.queryName(pair.query)) << ", key "
        << token(pair.key, axes.keyName(pair.key)) << ": " << mask.mask.rule().why(0, pair.query, pair.key) << '\n';
}

std::vector<engine::LayerMask> chosenLayers(const engine::Trace &trace, std::optional<int> layer)
{
    std::vector<engine::LayerMask> layers = engine::masks(trace);
    const std::size_t count = layers.size();
    if (layer)
        std::erase_if(layers, [&](const engine::LayerMask &mask) { return mask.layer != *layer; });
    if (layers.empty() && layer)
        engine::failArgument("--layer " + std::to_string(*layer) + ": this model has " + std::to_string(count) +
                             " layers");
    return layers;
}

void showMask(const MaskOptions &options, Context &context)
{
    const bool asksWhy = !options.why.empty();
    const Pair pair = asksWhy ? pairOf(options.why) : Pair{};
    const auto model = open(options.model, context);
    const engine::TaskResult result = traceText(*model, options.input, context);
    const auto layers = chosenLayers(*result.trace, options.layer);
    for (const engine::LayerMask &mask : layers) {
        const bool isOther = result.decoder && (pair.query >= mask.queries || pair.key >= mask.keys);
        if (asksWhy && isOther)
            continue; // the pair belongs to another stack
        if (asksWhy)
            printWhy(mask, result, pair, context.out);
        else
            context.out << place(mask, result) << ": " << mask.mask.rule().text() << ", " << mask.queries
                        << " queries \u00d7 " << mask.keys << " keys\n";
    }
    if (options.file.empty())
        return;
    const engine::Stack stack = layers.empty() ? engine::Stack::Encoder : layers.front().stack;
    engine::exportMask(options.file, result, {.stack = stack, .layer = options.layer});
    context.note(options.file + " written");
}

} // namespace

void addMask(CLI::App &parent, Context &context)
{
    auto *command = parent.add_subcommand("mask", "which token may see which, and why");
    auto options = std::make_shared<MaskOptions>();
    addDirectory(*command, options->model);
    command->add_option("--text", options->input.text, "text")->required();
    command->add_option("--image", options->input.image, "models that look at a picture: PNG, JPEG or WebP file");
    command->add_option("--target", options->input.target,
                        "encoder-decoders: what the decoder reads; what the model writes when absent");
    command->add_option("--layer", options->layer, "from 0; all when absent")->check(CLI::Range(0, 1'000'000));
    command->add_option("--why", options->why, "QUERY,KEY: why this pair is or is not visible");
    command->add_option("--export", options->file, "file to write: .csv or .json");
    addCompute(*command, options->model);
    command->callback([options, &context] { showMask(*options, context); });
}

} // namespace app::cli
