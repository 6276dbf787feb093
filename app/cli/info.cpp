// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/format.h"
#include "places/places.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace app::cli {

namespace {

constexpr std::size_t kListedTensors = 8;

nlohmann::ordered_json toJson(const engine::ModelInfo &info)
{
    auto tasks = nlohmann::ordered_json::array();
    for (const engine::TaskKind task : info.tasks)
        tasks.push_back(engine::id(task));
    auto groups = nlohmann::ordered_json::array();
    for (const auto &[name, parameters] : info.parameterGroups)
        groups.push_back({{"name", name}, {"parameters", parameters}});
    auto presets = nlohmann::ordered_json::array();
    for (const engine::TaskPreset &preset : info.presets)
        presets.push_back({{"name", preset.name}, {"prefix", preset.prefix}});
    return {{"name", info.name},
            {"directory", info.directory.string()},
            {"family", info.familyId},
            {"family_title", info.familyTitle},
            {"category", engine::title(info.category)},
            {"architecture", info.architecture},
            {"tasks", tasks},
            {"presets", presets},
            {"parameters", info.parameters},
            {"file_bytes", info.fileBytes},
            {"weight_format", info.weightFormat},
            {"weight_type", info.weightType},
            {"tokenizer", info.tokenizerKind},
            {"control_codes", info.controlCodes},
            {"languages", info.languages},
            {"vocabulary", info.vocabulary},
            {"max_positions", info.maxPositions},
            {"layers", info.layers},
            {"heads", info.heads},
            {"hidden", info.hidden},
            {"parameter_groups", groups},
            {"unused_tensors", info.unusedTensors},
            {"missing_tensors", info.missingTensors}};
}

std::string listed(const std::vector<std::string> &names)
{
    if (names.empty())
        return "none";
    std::vector<std::string> first(names.begin(),
                                   names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kListedTensors)));
    std::string text = std::to_string(names.size()) + ": " + joined(first, ", ");
    return names.size() > kListedTensors ? text + ", \u2026" : text;
}

void printCard(const engine::ModelInfo &info, std::ostream &out)
{
    std::vector<std::string> tasks;
    for (const engine::TaskKind task : info.tasks)
        tasks.emplace_back(engine::id(task));
    out << info.name << ": " << info.familyTitle << ", " << grouped(info.parameters) << " parameters\n";
    Table table({Align::Left, Align::Left});
    table.row({"family", info.familyId + " (" + std::string(engine::title(info.category)) + ")"});
    if (!info.architecture.empty())
        table.row({"architecture", info.architecture});
    table.row({"tasks", joined(tasks, " ")});
    if (!info.presets.empty()) {
        std::vector<std::string> prefixes;
        for (const engine::TaskPreset &preset : info.presets)
            prefixes.push_back(preset.name + (preset.prefix.empty() ? "" : " \"" + preset.prefix + '"'));
        table.row({"presets", joined(prefixes, ", ")});
    }
    table.row({"shape", std::to_string(info.layers) + " layers, " + std::to_string(info.heads) + " heads, hidden " +
                            std::to_string(info.hidden)});
    table.row({"positions", info.maxPositions > 0 ? grouped(info.maxPositions) : "unlimited"});
    table.row({"vocabulary", grouped(info.vocabulary)});
    table.row({"tokenizer", info.tokenizerKind.empty() ? "no tokenizer files" : info.tokenizerKind});
    if (!info.controlCodes.empty())
        table.row({"control codes", joined(info.controlCodes, " ")});
    if (!info.languages.empty())
        table.row({"languages", joined(info.languages, " ")});
    table.row({"weights", info.weightFormat + ", " + info.weightType + ", " + byteText(info.fileBytes)});
    table.row({"unused tensors", listed(info.unusedTensors)});
    table.row({"missing tensors", listed(info.missingTensors)});
    table.row({"directory", info.directory.string()});
    table.print(out, "  ");
    if (info.parameterGroups.empty())
        return;
    out << "parameters\n";
    Table groups({Align::Left, Align::Right});
    for (const auto &[name, parameters] : info.parameterGroups)
        groups.row({name, grouped(parameters)});
    groups.print(out, "  ");
}

} // namespace

void addInfo(CLI::App &parent, Context &context)
{
    auto *command = parent.add_subcommand("info", "what a checkpoint is and which tasks it can do");
    auto options = std::make_shared<ModelOptions>();
    addDirectory(*command, *options);
    addJson(*command, *options);
    command->callback([options, &context] {
        const engine::ModelInfo info = engine::inspectModel(resolveModel(options->directory));
        if (options->json)
            context.print(toJson(info));
        else
            printCard(info, context.out);
    });
}

} // namespace app::cli
