// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/encode_options.h"
#include "cli/format.h"
#include "cli/generation_options.h"
#include "cli/result_text.h"
#include "cli/retrieval_options.h"
#include "engine/export.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <limits>

namespace app::cli {

namespace {

constexpr std::int64_t kMostHashRounds = 1024;

struct RunOptions {
    ModelOptions model;
    EncodeArguments encode;
    std::string task;
    std::optional<std::string> text;
    std::optional<std::string> textPair;
    std::optional<std::string> image;
    std::vector<std::string> choices;
    std::vector<std::string> candidates;
    std::vector<std::string> furtherTexts;
    std::string controlCode;
    std::optional<std::int64_t> topK;
    std::optional<std::int64_t> alternatives;
    std::optional<std::int64_t> hashRounds;
    std::string prefix;
    std::optional<std::string> target;
    GenerationArguments generation;
    std::vector<std::int64_t> globalTokens;
    RetrievalArguments retrieval;
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
    command
        .add_option("--text", options.text,
                    "text; for question-answering and reading the question, for passages the title")
        ->required();
    command.add_option("--text-pair", options.textPair,
                       "second text; for question-answering and passage-embedding the passage");
    command.add_option("--image", options.image, "PNG, JPEG or WebP picture beside the text");
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
    command
        .add_option("--alternatives", options.alternatives,
                    "when generating: what else could have stood at every place, so many of them")
        ->check(CLI::Range(std::int64_t{0}, kMostTokens));
    command.add_option("--hash-rounds", options.hashRounds, "rounds of LSH attention instead of the checkpoint's")
        ->check(CLI::Range(std::int64_t{1}, kMostHashRounds));
    command.add_option("--prefix", options.prefix, "put before the text: the task of models that are told it in words");
    command.add_option("--target", options.target, "look at this target instead of searching one");
    command.add_option("--global-tokens", options.globalTokens, "i,j,…: tokens that see all and are seen by all")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->take_all()
        ->check(CLI::Range(std::int64_t{0}, kMostTokens));
    command.add_option("--segment-length", options.segmentLength, "tokens that a model with a memory reads at a time")
        ->check(CLI::Range(std::int64_t{1}, kMostTokens));
    addEncodeOptions(command, options.encode);
    addRetrievalOptions(command, options.retrieval);
}

bool generates(engine::TaskKind task)
{
    using engine::TaskKind;
    return task == TaskKind::TextGeneration || task == TaskKind::Text2TextGeneration || task == TaskKind::Translation ||
           task == TaskKind::Summarization || task == TaskKind::RagToken || task == TaskKind::RagSequence;
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
                                .prefix = options.prefix,
                                .target = options.target,
                                .hashRounds = options.hashRounds,
                                .globalTokens = options.globalTokens,
                                .segmentLength = options.segmentLength,
                                .encode = encodeOptions(options.encode)};
    request.candidates = options.candidates;
    request.image = pictureAt(options.image);
    request.furtherTexts = options.furtherTexts;
    request.truncate = request.encode.truncation != engine::Truncation::None;
    if (options.topK && !generates(*task))
        request.topK = static_cast<std::size_t>(*options.topK);
    if (options.alternatives && generates(*task))
        request.topK = static_cast<std::size_t>(*options.alternatives);
    return request;
}

void runTask(const RunOptions &options, Context &context)
{
    engine::TaskRequest request = requestOf(options);
    const auto model = open(options.model, context);
    request.generation = generationOptions(options.generation, *model,
                                           engine::generationFor(model->info(), request.task, request.prefix));
    if (options.topK && generates(request.task))
        request.generation.topK = *options.topK;
    request.retrieval = retrievalRequest(options.retrieval, *model, context);
    const engine::TaskResult result = engine::runTask(*model, request, context.control());
    context.clearProgress();
    if (options.model.json)
        context.out << engine::toJson(result) << '\n';
    else
        printResult(request, result, context.out);
    for (const std::string &note : result.notes)
        context.note(note);
    const auto *rag = std::get_if<engine::RagResult>(&result.payload);
    const auto *generated = rag != nullptr ? &rag->generation : std::get_if<engine::GenerationResult>(&result.payload);
    if (generated != nullptr) {
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
    addGenerationOptions(*command, options->generation);
    addCompute(*command, options->model);
    addJson(*command, options->model);
    command->callback([options, &context] { runTask(*options, context); });
}

} // namespace app::cli
