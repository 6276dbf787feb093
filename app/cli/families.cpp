// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/format.h"
#include "engine/objective.h"
#include "places/places.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace app::cli {

namespace {

std::vector<std::string> taskIds(const std::vector<engine::TaskKind> &tasks)
{
    std::vector<std::string> ids;
    for (const engine::TaskKind task : tasks)
        ids.emplace_back(engine::id(task));
    return ids;
}

void printFamilies(const ModelOptions &options, Context &context)
{
    auto document = nlohmann::ordered_json::array();
    Table table({Align::Left, Align::Left, Align::Left});
    table.head({"family", "category", "description"});
    for (const engine::FamilyInfo &family : engine::families()) {
        const auto tasks = taskIds(family.tasks);
        std::vector<std::string> objectives;
        for (const auto *objective : engine::objectivesOf(family.id))
            objectives.push_back(objective->id);
        document.push_back({{"id", family.id},
                            {"title", family.title},
                            {"category", engine::title(family.category)},
                            {"tasks", tasks},
                            {"description", family.description},
                            {"objectives", objectives}});
        table.row({family.id, std::string(engine::title(family.category)), family.description});
        table.row({"", "", joined(tasks, " ")});
    }
    if (options.json)
        context.print(document);
    else
        table.print(context.out);
}

void printModels(const ModelOptions &options, Context &context)
{
    const auto found = engine::findModels(modelPlaces({}));
    auto document = nlohmann::ordered_json::array();
    Table table({Align::Left, Align::Left, Align::Right, Align::Left, Align::Left});
    table.head({"model", "family", "size", "source", "directory"});
    for (const engine::FoundModel &model : found) {
        document.push_back({{"name", model.name},
                            {"directory", model.directory.string()},
                            {"family", model.familyId},
                            {"bytes", model.bytes},
                            {"source", model.source},
                            {"problem", model.problem}});
        table.row({model.name, model.familyId.empty() ? "?" : model.familyId, byteText(model.bytes), model.source,
                   model.problem.empty() ? model.directory.string() : model.problem});
    }
    if (options.json)
        context.print(document);
    else if (found.empty())
        context.note("no models found");
    else
        table.print(context.out);
}

} // namespace

void addFamilies(CLI::App &parent, Context &context)
{
    auto *command = parent.add_subcommand("families", "every family that can be opened, and its tasks");
    auto options = std::make_shared<ModelOptions>();
    addJson(*command, *options);
    command->callback([options, &context] { printFamilies(*options, context); });
}

void addModels(CLI::App &parent, Context &context)
{
    auto *command = parent.add_subcommand("models", "bundled minis and the Hugging Face cache");
    auto options = std::make_shared<ModelOptions>();
    addJson(*command, *options);
    command->callback([options, &context] { printModels(*options, context); });
}

} // namespace app::cli
