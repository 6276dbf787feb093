// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/objective.h"
#include "cli/command.h"
#include "cli/format.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace app::cli {

namespace {

struct ObjectiveOptions {
    engine::ObjectiveRequest request;
    bool json = false;
};

std::vector<std::string> objectiveIds()
{
    std::vector<std::string> ids;
    for (const auto &info : engine::allObjectives())
        ids.push_back(info.id);
    return ids;
}

std::string rowText(const std::vector<std::optional<std::string>> &row)
{
    std::vector<std::string> cells;
    for (const auto &cell : row)
        cells.push_back(cell.value_or("\u00b7"));
    return joined(cells, " ");
}

void printFields(const char *title, const std::vector<engine::ObjectiveField> &fields, std::ostream &out)
{
    if (fields.empty())
        return;
    out << "  " << title << '\n';
    for (const auto &field : fields) {
        if (field.rows.size() == 1) {
            out << "    " << field.name << ": " << rowText(field.rows.front()) << '\n';
            continue;
        }
        out << "    " << field.name << ":\n";
        for (const auto &row : field.rows)
            out << "      " << rowText(row) << '\n';
    }
}

void showObjective(const ObjectiveOptions &options, Context &context)
{
    const engine::ObjectiveResult result = engine::runObjective(options.request);
    if (options.json) {
        context.out << result.json << '\n';
        return;
    }
    for (const auto &entry : result.cases) {
        context.out << entry.name << '\n';
        printFields("given", entry.given, context.out);
        printFields("drawn", entry.choices, context.out);
        printFields("result", entry.expected, context.out);
    }
    context.note(result.info.source);
    for (const std::string &rule : result.info.rules)
        context.note("- " + rule);
}

} // namespace

void addObjective(CLI::App &parent, Context &context)
{
    auto *command = parent.add_subcommand("objective", "a pretraining objective on a text: inputs, targets, choices");
    auto options = std::make_shared<ObjectiveOptions>();
    command->add_option("name", options->request.id, "one of " + joined(objectiveIds(), ", "))->required();
    command->add_option("--text", options->request.text, "text; sentences end with . ! or ?")->required();
    command->add_option("--text-pair", options->request.textPair, "second text: another document, or a translation");
    command->add_option("--seed", options->request.seed, "of the random choices")->capture_default_str();
    command->add_flag("--json", options->json, "one JSON document, format objectives-1");
    command->callback([options, &context] { showObjective(*options, context); });
}

} // namespace app::cli
