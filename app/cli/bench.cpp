// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/bench.h"

#include "cli/command.h"
#include "cli/format.h"
#include "places/places.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace app::cli {

namespace {

struct BenchArguments {
    ModelOptions model;
    std::string mode = "forward";
    engine::BenchOptions bench;
};

nlohmann::ordered_json toJson(const engine::BenchReport &report, bool generates)
{
    nlohmann::ordered_json document = {{"seconds", report.seconds},
                                       {"min_seconds", report.minSeconds},
                                       {"repeats", report.repeats},
                                       {"load_seconds", report.loadSeconds},
                                       {"peak_rss_mib", report.peakRssMib},
                                       {"tokens_per_second", report.tokensPerSecond}};
    if (generates) {
        document["streamed_share"] = report.streamedShare;
        document["bandwidth_gbps"] = report.bandwidthGbps;
    }
    return document;
}

void printReport(const engine::BenchReport &report, bool generates, std::ostream &out)
{
    out << number(1000.0 * report.seconds, 2) << " ms, " << number(report.tokensPerSecond, 1) << " tokens/s\n";
    Table table({Align::Left, Align::Right});
    table.row({"median of " + std::to_string(report.repeats), number(1000.0 * report.seconds, 2) + " ms"});
    table.row({"fastest", number(1000.0 * report.minSeconds, 2) + " ms"});
    table.row({"loading", number(1000.0 * report.loadSeconds, 1) + " ms"});
    table.row({"peak memory", number(report.peakRssMib, 1) + " MiB"});
    if (generates) {
        table.row({"read bandwidth here", number(report.bandwidthGbps, 2) + " GB/s"});
        table.row({"share that weights stream at", percent(report.streamedShare)});
    }
    table.print(out, "  ");
}

void bench(const BenchArguments &arguments, Context &context)
{
    engine::BenchOptions options = arguments.bench;
    const bool generates = arguments.mode == "generate";
    options.mode = generates ? engine::BenchMode::Generate : engine::BenchMode::Forward;
    options.load = loadOptions(arguments.model);
    const auto report = engine::bench(resolveModel(arguments.model.directory), options, context.control());
    context.clearProgress();
    if (arguments.model.json)
        context.print(toJson(report, generates));
    else
        printReport(report, generates, context.out);
}

} // namespace

void addBench(CLI::App &parent, Context &context)
{
    auto *command = parent.add_subcommand("bench", "time a model on random ids");
    auto options = std::make_shared<BenchArguments>();
    engine::BenchOptions &bench = options->bench;
    const CLI::Range counts(std::int64_t{1}, std::int64_t{10'000'000});
    addDirectory(*command, options->model);
    command->add_option("--mode", options->mode, "forward or generate")
        ->check(CLI::IsMember({"forward", "generate"}))
        ->capture_default_str();
    command->add_option("--length", bench.length, "tokens of the input")->check(counts)->capture_default_str();
    command->add_option("--batch", bench.batch, "rows")->check(counts)->capture_default_str();
    command->add_option("--new-tokens", bench.newTokens, "tokens to generate; a forward pass has none")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{10'000'000}))
        ->capture_default_str();
    command->add_option("--beams", bench.beams, "beams")->check(counts)->capture_default_str();
    command->add_option("--repeat", bench.repeat, "timed repeats")->check(CLI::Range(1, 100'000))->capture_default_str();
    addCompute(*command, options->model);
    addJson(*command, options->model);
    command->callback([options, &context] { app::cli::bench(*options, context); });
}

} // namespace app::cli
