// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/verify.h"

#include "cli/command.h"
#include "cli/format.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <set>

namespace app::cli {

namespace {

struct VerifyOptions {
    std::vector<std::string> directories;
    ModelOptions model;
};

nlohmann::ordered_json toJson(const engine::DirectoryReport &report)
{
    auto cases = nlohmann::ordered_json::array();
    for (const engine::CaseReport &entry : report.cases)
        cases.push_back({{"name", entry.name},
                         {"passed", entry.passed},
                         {"worst_error", entry.worstError},
                         {"failure", entry.failure}});
    return {{"directory", report.directory.string()},
            {"format", report.format},
            {"passed", report.passed()},
            {"total", report.cases.size()},
            {"worst_error", report.worstError()},
            {"good", report.isGood()},
            {"failure", report.firstFailure()},
            {"cases", cases}};
}

std::string line(const engine::DirectoryReport &report)
{
    std::string text = (report.isGood() ? "ok    " : "FAIL  ") + report.directory.string() + "  " +
                       std::to_string(report.passed()) + " / " + std::to_string(report.cases.size());
    if (report.worstError() > 0.0)
        text += "  worst " + number(report.worstError(), 3) + " of the tolerance";
    if (!report.isGood())
        text += "  " + (report.firstFailure().empty() ? "no cases" : report.firstFailure());
    return text;
}

void verify(const VerifyOptions &options, Context &context)
{
    std::set<std::filesystem::path> fixtures;
    for (const std::string &directory : options.directories) {
        for (const auto &fixture : engine::findFixtures(directory))
            fixtures.insert(fixture);
    }
    auto document = nlohmann::ordered_json::array();
    for (const auto &fixture : fixtures) {
        const engine::DirectoryReport report = engine::verifyFixture(fixture, context.control());
        context.clearProgress();
        if (!report.isGood())
            context.exitCode = kCheckFailed;
        if (options.model.json)
            document.push_back(toJson(report));
        else
            context.out << line(report) << std::endl;
    }
    if (options.model.json)
        context.print(document);
}

} // namespace

void addVerify(CLI::App &parent, Context &context)
{
    auto *command = parent.add_subcommand("verify", "run recorded cases of the reference library");
    auto options = std::make_shared<VerifyOptions>();
    command->add_option("DIR", options->directories, "searched for fixtures")->required();
    addJson(*command, options->model);
    command->callback([options, &context] { verify(*options, context); });
}

} // namespace app::cli
