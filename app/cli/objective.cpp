// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/objective.h"
#include "cli/command.h"
#include "cli/format.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

namespace app::cli {

namespace {

struct ObjectiveOptions {
    engine::ObjectiveRequest request;
    std::vector<std::string> forced; // POSITION=ACTION
    std::optional<std::string> follows;
    bool json = false;
};

engine::ForcedChoice forcedChoice(const std::string &text)
{
    engine::ForcedChoice choice;
    const auto at = text.find('=');
    const auto *end = text.data() + std::min(at, text.size());
    const auto [stop, error] = std::from_chars(text.data(), end, choice.position);
    if (at == std::string::npos || error != std::errc() || stop != end)
        engine::failArgument("--force " + text + ": expected POSITION=ACTION, as 4=mask");
    choice.action = text.substr(at + 1);
    return choice;
}

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
    engine::ObjectiveRequest request = options.request;
    for (const auto &text : options.forced)
        request.forced.push_back(forcedChoice(text));
    if (options.follows)
        request.follows = *options.follows == "yes";
    const engine::ObjectiveResult result = engine::runObjective(request);
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

// What a person decides instead of the dice. An objective says which of them it takes.
void addChoices(CLI::App &command, ObjectiveOptions &options)
{
    engine::ObjectiveRequest &request = options.request;
    command.add_option(
        "--force", options.forced,
        "POSITION=ACTION, may be repeated: mask, random, keep, chosen or none; for sentences gap, no-gap");
    command.add_option("--order", request.order, "of words or sentences, from 0: 2,0,1")->delimiter(',');
    command.add_option("--noise", request.noise, "kinds of corruption together, as token-deletion,text-infilling")
        ->delimiter(',');
    command.add_option("--epochs", request.epochs, "how often the text is seen");
    command.add_option("--ngram", request.ngram, "words that are predicted at once");
    command.add_option("--predicted", request.predicted, "how many of the last words of the order are targets");
    command.add_option("--sentence", request.sentence, "the first one of a pair, from 0");
    command.add_option("--follows", options.follows, "whether the second sentence of a pair follows the first")
        ->check(CLI::IsMember({"yes", "no"}));
    command.add_option("--languages", request.languages, "of the text and of the second one: en,fr")->delimiter(',');
    command.add_option("--temperature", request.temperature, "of a distillation");
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
    addChoices(*command, *options);
    command->add_flag("--json", options->json, "one JSON document, format objectives-1");
    command->callback([options, &context] { showObjective(*options, context); });
}

} // namespace app::cli
