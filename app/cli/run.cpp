// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/encode_options.h"
#include "cli/format.h"
#include "cli/result_text.h"
#include "engine/export.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <limits>

namespace app::cli {

namespace {

constexpr std::int64_t kMostTokens = 1'000'000;
constexpr std::int64_t kMostBeams = 1024;
constexpr std::int64_t kMostHashRounds = 1024;

struct RunOptions {
    ModelOptions model;
    EncodeArguments encode;
    std::string task;
    std::optional<std::string> text;
    std::optional<std::string> textPair;
    std::vector<std::string> choices;
    std::vector<std::string> candidates;
    std::vector<std::string> furtherTexts;
    std::string controlCode;
    std::optional<std::int64_t> topK;
    engine::GenerationOptions generation;
    std::optional<std::int64_t> hashRounds;
    std::optional<std::int64_t> segmentLength;
};

std::vector<std::string> taskNames()
{
    std::vector<std::string> names;
    for (const engine::TaskKind task : engine::allTasks())
        names.emplace_back(engine::id(task));
    return names;
}

void addInputs(CLI::App &command, RunOptions &options)
{
    command.add_option("--task", options.task, "what to run: " + joined(taskNames(), ", "))->required();
    command.add_option("--text", options.text, "text; for question-answering the question")->required();
    command.add_option("--text-pair", options.textPair, "second text; for question-answering the passage");
    command.add_option("--choices", options.choices, "one choice; give it several times")
        ->allow_extra_args(false)
        ->take_all();
    command.add_option("--compare", options.furtherTexts, "feature-extraction: a further text; give it several times")
        ->allow_extra_args(false)
        ->take_all();
    command.add_option("--candidates", options.candidates, "fill-mask: only this word; give it several times")
        ->allow_extra_args(false)
        ->take_all();
    command.add_option("--control-code", options.controlCode, "first word that sets what kind of text follows");
    command.add_option("--top-k", options.topK, "candidates shown; when generating: sample from the k best")
        ->check(CLI::Range(std::int64_t{0}, kMostTokens));
    command.add_option("--hash-rounds", options.hashRounds, "rounds of LSH attention instead of the checkpoint's")
        ->check(CLI::Range(std::int64_t{1}, kMostHashRounds));
    command.add_option("--segment-length", options.segmentLength, "tokens that a model with a memory reads at a time")
        ->check(CLI::Range(std::int64_t{1}, kMostTokens));
    addEncodeOptions(command, options.encode);
}

void addGeneration(CLI::App &command, engine::GenerationOptions &generation)
{
    const std::string group = "Generation";
    const auto count = [&](const char *name, std::int64_t &value, const char *help, const CLI::Range &range) {
        command.add_option(name, value, help)->check(range)->capture_default_str()->group(group);
    };
    const auto real = [&](const char *name, double &value, const char *help, const CLI::Range &range) {
        command.add_option(name, value, help)->check(range)->capture_default_str()->group(group);
    };
    count("--max-new-tokens", generation.maxNewTokens, "stop after this many", CLI::Range(std::int64_t{0}, kMostTokens));
    count("--min-new-tokens", generation.minNewTokens, "no end token before", CLI::Range(std::int64_t{0}, kMostTokens));
    count("--beams", generation.beams, "beam search", CLI::Range(std::int64_t{1}, kMostBeams));
    real("--length-penalty", generation.lengthPenalty, "beams: score = sum / length^x", CLI::Range(-100.0, 100.0));
    count("--no-repeat-ngram", generation.noRepeatNgram, "no n-gram twice; 0 = off",
          CLI::Range(std::int64_t{0}, kMostTokens));
    real("--repetition-penalty", generation.repetitionPenalty, "> 1 discourages tokens seen", CLI::Range(0.01, 100.0));
    command.add_flag("--sample", generation.sample, "draw tokens instead of taking the best")->group(group);
    real("--temperature", generation.temperature, "sampling", CLI::Range(0.001, 1000.0));
    real("--top-p", generation.topP, "sample from this much probability", CLI::Range(0.0, 1.0));
    command.add_option("--seed", generation.seed, "of the random choices")->capture_default_str()->group(group);
}

bool generates(engine::TaskKind task)
{
    using engine::TaskKind;
    return task == TaskKind::TextGeneration || task == TaskKind::Text2TextGeneration ||
           task == TaskKind::Translation || task == TaskKind::Summarization || task == TaskKind::RagToken ||
           task == TaskKind::RagSequence;
}

engine::TaskRequest requestOf(const RunOptions &options)
{
    const auto task = engine::taskFromId(options.task);
    if (!task)
        engine::failArgument("--task " + options.task + ": not a task; one of " + joined(taskNames(), ", "));
    engine::TaskRequest request{.task = *task,
                                .text = options.text.value_or(""),
                                .textPair = options.textPair,
                                .choices = options.choices,
                                .controlCode = options.controlCode,
                                .generation = options.generation,
                                .hashRounds = options.hashRounds,
                                .segmentLength = options.segmentLength,
                                .encode = encodeOptions(options.encode)};
    request.candidates = options.candidates;
    request.furtherTexts = options.furtherTexts;
    request.truncate = request.encode.truncation != engine::Truncation::None;
    if (!options.topK)
        return request;
    if (generates(*task))
        request.generation.topK = *options.topK;
    else
        request.topK = static_cast<std::size_t>(*options.topK);
    return request;
}

void runTask(const RunOptions &options, Context &context)
{
    const engine::TaskRequest request = requestOf(options);
    const auto model = open(options.model, context);
    const engine::TaskResult result = engine::runTask(*model, request, context.control());
    context.clearProgress();
    if (options.model.json)
        context.out << engine::toJson(result) << '\n';
    else
        printResult(request, result, context.out);
    for (const std::string &note : result.notes)
        context.note(note);
    if (const auto *generated = std::get_if<engine::GenerationResult>(&result.payload)) {
        const std::size_t made = generated->steps.size() - std::min(generated->steps.size(), generated->promptLength);
        context.note(std::to_string(made) + " new tokens, stopped by " + generated->stopReason + ", " +
                     number(result.elapsedMs, 1) + " ms");
    } else {
        context.note(std::to_string(result.encoding.size()) + " tokens, " + number(result.elapsedMs, 1) + " ms");
    }
}

} // namespace

void addRun(CLI::App &parent, Context &context)
{
    auto *command = parent.add_subcommand("run", "run a task");
    auto options = std::make_shared<RunOptions>();
    addDirectory(*command, options->model);
    addInputs(*command, *options);
    addGeneration(*command, options->generation);
    addCompute(*command, options->model);
    addJson(*command, options->model);
    command->callback([options, &context] { runTask(*options, context); });
}

} // namespace app::cli
