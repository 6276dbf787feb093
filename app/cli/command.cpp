// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"

#include "cli/format.h"
#include "engine/companions.h"
#include "places/places.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace app::cli {

namespace {

constexpr std::chrono::milliseconds kProgressInterval{100};

} // namespace

engine::RunControl Context::control()
{
    engine::RunControl control{.stopToken = stopToken};
    if (showsProgress) {
        using Clock = std::chrono::steady_clock;
        struct Shown {
            std::string what = {};
            Clock::time_point since = {};
            Clock::time_point last = {};
        };
        control.progress = [this, shown = Shown{}](const engine::Progress &p) mutable {
            const auto now = Clock::now();
            if (p.what != shown.what || p.done <= 1)
                shown = {.what = p.what, .since = now};
            if (now - shown.last < kProgressInterval)
                return;
            shown.last = now;
            hasProgressLine = true;
            err << "\r\033[K" << p.what << ' '
                << progressText(p, std::chrono::duration<double>(now - shown.since).count()) << std::flush;
        };
    }
    return control;
}

void Context::clearProgress()
{
    if (hasProgressLine)
        err << "\r\033[K" << std::flush;
    hasProgressLine = false;
}

void Context::note(const std::string &text)
{
    clearProgress();
    err << text << '\n';
}

void Context::print(const nlohmann::ordered_json &document)
{
    clearProgress();
    out << document.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

void addDirectory(CLI::App &command, ModelOptions &options)
{
    command.add_option("DIR", options.directory, "checkpoint directory, or the name of a bundled mini")->required();
}

void addCompute(CLI::App &command, ModelOptions &options)
{
    command.add_option("--dtype", options.dtype, "compute type")->check(CLI::IsMember({"f32", "bf16", "int8"}));
    command.add_option("--threads", options.threads, "threads; one per physical core when absent")
        ->check(CLI::Range(1, 1024));
}

void addJson(CLI::App &command, ModelOptions &options)
{
    command.add_flag("--json", options.json, "one JSON document");
}

engine::LoadOptions loadOptions(const ModelOptions &options)
{
    if (options.dtype != "f32")
        engine::failArgument("--dtype " + options.dtype + ": this version computes in f32 only");
    return {.dtype = engine::DType::F32, .threads = options.threads};
}

std::shared_ptr<const engine::LoadedModel> open(const ModelOptions &options, Context &context)
{
    const engine::LoadOptions load = loadOptions(options);
    auto model = engine::openModel(resolveModel(options.directory), load, context.control());
    context.clearProgress();
    return model;
}

std::shared_ptr<const engine::Image> pictureAt(const std::optional<std::string> &file)
{
    return file ? std::make_shared<const engine::Image>(engine::readImage(*file)) : nullptr;
}

engine::TaskResult traceText(const engine::LoadedModel &model, const TracedText &input, Context &context)
{
    using engine::TaskKind;
    constexpr std::array kPlainTasks = {
        TaskKind::FeatureExtraction,       TaskKind::TextGeneration,   TaskKind::TextClassification,
        TaskKind::TokenClassification,     TaskKind::FillMask,         TaskKind::ReplacedTokenDetection,
        TaskKind::Text2TextGeneration,     TaskKind::Translation,      TaskKind::Summarization,
        TaskKind::QuestionEmbedding,       TaskKind::PassageEmbedding, TaskKind::RagToken,
        TaskKind::MultimodalClassification};
    const auto &tasks = model.info().tasks;
    const auto task = std::find_if(kPlainTasks.begin(), kPlainTasks.end(), [&](TaskKind kind) {
        return std::find(tasks.begin(), tasks.end(), kind) != tasks.end();
    });
    if (task == kPlainTasks.end())
        engine::failArgument(model.info().directory.string() + ": no task of this checkpoint takes one text alone");
    engine::TaskRequest request{.task = *task, .text = input.text, .target = input.target};
    request.generation = engine::generationFor(model.info(), *task);
    if (*task == TaskKind::TextGeneration)
        request.generation.maxNewTokens = 0;
    const bool writes = *task == TaskKind::Text2TextGeneration || *task == TaskKind::Translation ||
                        *task == TaskKind::Summarization || *task == TaskKind::RagToken;
    if (input.target && !writes)
        engine::failArgument("--target: this checkpoint writes no text from another one");
    request.trace = input.trace;
    if (input.image && *task != TaskKind::MultimodalClassification)
        engine::failArgument("--image: this checkpoint looks at no pictures");
    request.image = pictureAt(input.image);
    engine::Companions({.threads = model.info().threads}).open(request.retrieval, model, context.control());
    auto result = engine::runTask(model, request, context.control());
    context.clearProgress();
    for (const std::string &line : result.notes)
        context.note(line);
    for (const std::string &line : result.trace->dropped)
        context.note(line);
    return result;
}

} // namespace app::cli
