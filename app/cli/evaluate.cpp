// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/evaluate.h"

#include "cli/command.h"
#include "cli/format.h"
#include "places/places.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace app::cli {

namespace {

struct EvaluateOptions {
    std::vector<std::string> minis;
    ModelOptions model;
};

nlohmann::ordered_json toJson(const engine::Figure &figure)
{
    nlohmann::ordered_json entry = {{"task", engine::id(figure.task)}, {"metric", figure.metric}};
    if (!figure.group.empty())
        entry["group"] = figure.group;
    entry["value"] = figure.value;
    entry["examples"] = figure.examples;
    entry["lower_is_better"] = figure.isLowerBetter;
    if (figure.recorded)
        entry["recorded"] = *figure.recorded;
    if (figure.baseline) {
        entry["baseline"] = *figure.baseline;
        entry["baseline_name"] = figure.baselineName;
    }
    if (figure.bar)
        entry["bar"] = *figure.bar;
    entry["reaches_bar"] = figure.reachesBar();
    return entry;
}

nlohmann::ordered_json toJson(const engine::Evaluation &evaluation)
{
    auto figures = nlohmann::ordered_json::array();
    for (const engine::Figure &figure : evaluation.figures)
        figures.push_back(toJson(figure));
    return {{"mini", evaluation.mini}, {"reaches_bars", evaluation.reachesBars()}, {"figures", figures}};
}

std::string cell(const std::optional<double> &value)
{
    return value ? number(*value, 3) : "";
}

void addRows(Table &table, const engine::Evaluation &evaluation)
{
    for (const engine::Figure &figure : evaluation.figures) {
        const std::string group = figure.group.empty() ? "" : " (" + figure.group + ")";
        table.row({evaluation.mini, std::string(engine::id(figure.task)) + group, figure.metric,
                   number(figure.value, 3), cell(figure.recorded), cell(figure.baseline), cell(figure.bar),
                   std::to_string(figure.examples), figure.reachesBar() ? "" : "misses its bar"});
    }
}

void evaluate(const EvaluateOptions &options, Context &context)
{
    auto document = nlohmann::ordered_json::array();
    Table table({Align::Left, Align::Left, Align::Left, Align::Right, Align::Right, Align::Right, Align::Right,
                 Align::Right, Align::Left});
    table.head({"mini", "task", "metric", "here", "recorded", "baseline", "bar", "examples", ""});
    for (const std::string &mini : options.minis) {
        const auto model = engine::openModel(resolveModel(mini), loadOptions(options.model), context.control());
        const engine::Evaluation evaluation = engine::evaluate(*model, context.control());
        context.clearProgress();
        if (!evaluation.reachesBars())
            context.exitCode = kCheckFailed;
        if (options.model.json)
            document.push_back(toJson(evaluation));
        addRows(table, evaluation);
    }
    if (options.model.json)
        context.print(document);
    else
        table.print(context.out);
}

} // namespace

void addEvaluate(CLI::App &parent, Context &context)
{
    auto *command = parent.add_subcommand("evaluate", "measure bundled minis on their held-out examples");
    auto options = std::make_shared<EvaluateOptions>();
    command->add_option("MINI", options->minis, "names of bundled minis, or their folders")->required();
    addCompute(*command, options->model);
    addJson(*command, options->model);
    command->callback([options, &context] { evaluate(*options, context); });
}

} // namespace app::cli
