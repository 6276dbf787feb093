// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/format.h"
#include "engine/export_mechanism.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace app::cli {

namespace {

struct MechanismOptions {
    ModelOptions model;
    TracedText input;
    std::string name;
    std::optional<int> layer;
    std::string file;
};

// One line a record, or a list of them.
void listRecords(const MechanismOptions &options, const engine::Trace &trace, Context &context)
{
    auto document = nlohmann::ordered_json::array();
    for (const auto &record : trace.mechanisms) {
        if ((!options.name.empty() && record.name != options.name) || (options.layer && record.layer != *options.layer))
            continue;
        if (options.model.json)
            document.push_back({{"name", record.name},
                                {"stack", engine::name(record.stack)},
                                {"layer", record.layer},
                                {"shape", record.tensor.shape().sizes()}});
        else
            context.out << engine::name(record.stack) << " layer " << record.layer << ": " << record.name << ' '
                        << record.tensor.shape().text() << '\n';
    }
    if (options.model.json)
        context.print(document);
    else if (trace.mechanisms.empty())
        context.note("this model leaves nothing beside hidden states and attention");
}

void showMechanism(const MechanismOptions &options, Context &context)
{
    if (!options.file.empty() && options.name.empty())
        engine::failArgument("--export " + options.file + ": --name says which records to write");
    const auto model = open(options.model, context);
    const engine::TaskResult result = traceText(*model, options.input, context);
    if (options.file.empty())
        return listRecords(options, *result.trace, context);
    engine::exportMechanism(options.file, *result.trace, {.name = options.name, .layer = options.layer});
    context.note(options.file + " written");
}

} // namespace

void addMechanism(CLI::App &parent, Context &context)
{
    auto *command = parent.add_subcommand(
        "mechanism", "what a run leaves behind beside hidden states and attention: kernels, buckets, biases, …");
    auto options = std::make_shared<MechanismOptions>();
    options->input.trace = {.wantsMechanisms = true};
    addDirectory(*command, options->model);
    command->add_option("--text", options->input.text, "text")->required();
    command->add_option("--target", options->input.target,
                        "encoder-decoders: what the decoder reads; what the model writes when absent");
    command->add_option("--name", options->name, "only the records of that name");
    command->add_option("--layer", options->layer, "from 0; all when absent")->check(CLI::Range(0, 1'000'000));
    command->add_option("--export", options->file, "file to write: .csv, .json or .npy");
    addCompute(*command, options->model);
    addJson(*command, options->model);
    command->callback([options, &context] { showMechanism(*options, context); });
}

} // namespace app::cli
