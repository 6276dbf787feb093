// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/format.h"
#include "engine/export.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace app::cli {

namespace {

struct AttentionOptions {
    ModelOptions model;
    TracedText input;
    std::string kind;
    std::optional<int> layer;
    std::optional<int> head;
    std::string file;
};

engine::Stack stackOf(const std::string &kind)
{
    for (const engine::Stack stack : {engine::Stack::Encoder, engine::Stack::Decoder, engine::Stack::Cross,
                                      engine::Stack::Query}) {
        if (kind == engine::name(stack))
            return stack;
    }
    engine::failArgument("--kind " + kind + ": expected encoder, decoder, cross or query");
}

// The stack that was asked for; without --kind the one that the trace has.
engine::Stack chosenStack(const AttentionOptions &options, const engine::Trace &trace)
{
    if (!options.kind.empty())
        return stackOf(options.kind);
    return trace.attentions.empty() ? engine::Stack::Encoder : trace.attentions.front().stack;
}

void exportRun(const AttentionOptions &options, Context &context)
{
    const auto model = open(options.model, context);
    const engine::TaskResult result = traceText(*model, options.input, context);
    const engine::AttentionSelection selection{
        .stack = chosenStack(options, *result.trace), .layer = options.layer, .head = options.head};
    engine::exportAttention(options.file, result, selection);
    const auto axes = engine::attentionAxes(result, selection.stack);
    const auto keys = std::to_string(axes.keys->size());
    const auto size = axes.queries == axes.keys ? keys : std::to_string(axes.queries->size()) + " on " + keys;
    context.note(options.file + ": attention over " + size + " tokens, " +
                 std::string(engine::id(result.task)) + ", " + engine::name(selection.stack));
}

} // namespace

void addAttention(CLI::App &parent, Context &context)
{
    auto *command = parent.add_subcommand("attention", "the attention weights of a run, as numbers in a file");
    auto options = std::make_shared<AttentionOptions>();
    addDirectory(*command, options->model);
    command->add_option("--text", options->input.text, "text")->required();
    command->add_option("--image", options->input.image, "models that look at a picture: PNG, JPEG or WebP file");
    command->add_option("--target", options->input.target,
                        "encoder-decoders: what the decoder reads; what the model writes when absent");
    command->add_option("--kind", options->kind, "encoder, decoder, cross or query; what the model has when absent")
        ->check(CLI::IsMember({"encoder", "decoder", "cross", "query"}));
    command->add_option("--layer", options->layer, "from 0; all when absent")->check(CLI::Range(0, 1'000'000));
    command->add_option("--head", options->head, "from 0; all when absent")->check(CLI::Range(0, 1'000'000));
    command->add_option("--export", options->file, "file to write: .csv, .json or .npy")->required();
    addCompute(*command, options->model);
    command->callback([options, &context] { exportRun(*options, context); });
}

} // namespace app::cli
