// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session.h"

#include "checkpoint/weights.h"
#include "engine/names.h"
#include "engine/words.h"
#include "files/config.h"
#include "models/family.h"
#include "models/generation_config.h"
#include "models/headed_model.h"
#include "models/part.h"
#include "ops/ops.h"
#include "session/model_info.h"
#include "session/run_with.h"
#include "tasks/tasks.h"
#include "text/load.h"

#include <algorithm>
#include <utility>

namespace engine {
namespace {

namespace fs = std::filesystem;
using checkpoint::Weights;
using models::Family;
using models::HeadedModel;

std::shared_ptr<const Tokenizer> tokenizerOf(const fs::path &directory, const Family &family)
{
    return text::hasTokenizer(directory, family.tokenizer) ? text::load(directory, family.tokenizer) : nullptr;
}

bool writesFromSource(TaskKind task)
{
    return task == TaskKind::Text2TextGeneration || task == TaskKind::Translation || task == TaskKind::Summarization ||
           task == TaskKind::RagToken || task == TaskKind::RagSequence;
}

void addTokenizer(ModelInfo &info, const Tokenizer &tokenizer, const Family &family)
{
    info.tokenizerKind = tokenizer.kind();
    if (const auto mask = tokenizer.special("mask_token"))
        info.maskToken = tokenizer.token(*mask);
    for (const auto &code : family.controlCodes)
        if (tokenizer.id(code))
            info.controlCodes.push_back(code);
    if (std::ranges::any_of(info.tasks, writesFromSource))
        info.languages = languageTokens(tokenizer);
}

// Heads in folders of their own (heads/<task>/) that share the backbone.
struct ExtraHeads {
    std::vector<HeadedModel::BoundHead> heads;
    std::vector<checkpoint::Weights> weights;
};

ExtraHeads bindExtraHeads(const session::Opened &opened, const models::Backbone &backbone, const LoadOptions &options,
                          const RunControl &control)
{
    ExtraHeads extra;
    for (const auto &directory : session::headDirectories(opened.directory)) {
        const auto config = files::Config::read(directory / "config.json");
        if (const auto type = config.text("model_type", ""); type != opened.family->info.id)
            config.fail("model_type", opened.family->info.id + " (that of the shared backbone)", type);
        Weights weights(checkpoint::openWeightFiles(directory, control), opened.family->names, control,
                        options.ignoresNonFinite);
        for (auto &head : models::bindHeads(*opened.family, {config, weights, backbone}))
            if (!head.info.tasks.empty() && head.info.id != "feature-extraction")
                extra.heads.push_back(std::move(head));
        extra.weights.push_back(std::move(weights));
    }
    return extra;
}

void addHeads(std::vector<HeadedModel::BoundHead> &all, std::vector<HeadedModel::BoundHead> more)
{
    for (auto &head : more) {
        const auto same = [&](const HeadedModel::BoundHead &other) { return other.info.id == head.info.id; };
        if (const auto it = std::ranges::find_if(all, same); it != all.end())
            *it = std::move(head); // a folder of its own beats what every checkpoint of the family can do
        else
            all.push_back(std::move(head));
    }
}

void addGeneration(ModelInfo &info, const session::Opened &opened, bool isEncoderDecoder)
{
    const auto &family = *opened.family;
    std::optional<models::PartConfig> part;
    if (!family.searchesAs.empty())
        part.emplace(models::partConfig(opened.config, family.searchesAs));
    const models::GenerationSource source{.directory = opened.directory,
                                          .config = opened.config,
                                          .base = family.generation ? family.generation(opened.config)
                                                                    : GenerationOptions{},
                                          .part = part ? &part->config : nullptr,
                                          .isEncoderDecoder = isEncoderDecoder};
    info.generation = models::generationDefaults(source);
    if (isEncoderDecoder)
        info.presets = models::taskPresets(source, info.generation, family.prefixes);
}

std::shared_ptr<const LoadedModel> load(const fs::path &path, const LoadOptions &options, const RunControl &control)
{
    const auto opened = session::open(path);
    const auto &family = *opened.family;
    Weights weights(checkpoint::openWeightFiles(opened.directory, control), family.names, control,
                    options.ignoresNonFinite);
    const bool isFaulty = options.repeatsReferenceFaults && family.referenceBackbone;
    const auto backbone = (isFaulty ? family.referenceBackbone : family.backbone)(opened.config, weights);
    control.checkpoint();
    auto heads = models::bindHeads(family, {opened.config, weights, *backbone});
    auto extra = bindExtraHeads(opened, *backbone, options, control);
    addHeads(heads, std::move(extra.heads));
    auto tokenizer = tokenizerOf(opened.directory, family);

    auto parts = models::bindParts(family, opened.config, weights);
    auto info = session::describe(opened, weights);
    session::addBound(info, weights, family);
    for (const auto &more : extra.weights)
        session::addBound(info, more, family);
    info.tasks = session::tasksInOrder(heads, family);
    info.threads = options.threads > 0 ? options.threads : ops::physicalCores();
    if (tokenizer)
        addTokenizer(info, *tokenizer, family);
    addGeneration(info, opened, backbone->isEncoderDecoder());
    auto model = std::make_shared<HeadedModel>(backbone, std::move(heads), info.generation, std::move(parts));
    for (const auto &language : model->languages())
        info.languages.push_back(language.name);
    return std::make_shared<LoadedModel>(std::move(info), std::move(model), std::move(tokenizer));
}

} // namespace

std::shared_ptr<const LoadedModel> openModel(const fs::path &path, const LoadOptions &options,
                                             const RunControl &control)
{
    if (options.dtype != DType::F32)
        failArgument("dtype: expected f32, found " + std::string(name(options.dtype)));
    ops::setThreads(options.threads > 0 ? options.threads : ops::physicalCores());
    try {
        return load(path, options, control);
    } catch (const std::bad_alloc &) {
        failFile(path.string() + ": the model does not fit into memory");
    }
}

ModelInfo inspectModel(const fs::path &path)
{
    const auto opened = session::open(path);
    const auto &family = *opened.family;
    const RunControl control;
    const Weights weights(checkpoint::openWeightFiles(opened.directory, control), family.names, control, true);
    auto info = session::describe(opened, weights);
    std::vector<const models::HeadSpec *> specs = models::presentHeads(family, opened.config, weights);
    for (const auto &directory : session::headDirectories(opened.directory)) {
        const auto config = files::Config::read(directory / "config.json");
        const Weights more(checkpoint::openWeightFiles(directory, control), family.names, control, true);
        std::ranges::copy(models::presentHeads(family, config, more), std::back_inserter(specs));
    }
    for (const auto task : family.info.tasks)
        if (std::ranges::any_of(specs, [&](const auto *spec) { return std::ranges::count(spec->tasks, task) > 0; }))
            info.tasks.push_back(task);
    for (const auto &[name, entry] : weights.files().tensors)
        info.parameters += entry.shape.elements();
    if (text::hasTokenizer(opened.directory, family.tokenizer))
        addTokenizer(info, *text::load(opened.directory, family.tokenizer), family);
    addGeneration(info, opened, std::ranges::any_of(info.tasks, writesFromSource));
    return info;
}

std::shared_ptr<const Tokenizer> openTokenizer(const fs::path &directory)
{
    if (fs::exists(directory / "config.json")) {
        const auto opened = session::open(directory);
        return text::load(opened.directory, opened.family->tokenizer);
    }
    for (const auto &family : models::registry())
        if (text::hasTokenizer(directory, family.tokenizer))
            return text::load(directory, family.tokenizer);
    failFile(directory.string() + ": no tokenizer files (expected vocab.txt, vocab.json and merges.txt, or "
                                  "tokenizer.json)");
}

namespace {

Tensor languageOf(const Model &model, const std::string &name)
{
    const auto languages = model.languages();
    const auto found = std::ranges::find(languages, name, &Language::name);
    if (found != languages.end())
        return Tensor::fromInts({}, std::vector{found->id});
    std::string known;
    for (const auto &language : languages)
        known += (known.empty() ? "" : ", ") + language.name;
    failArgument("language " + name + ": this model knows " + known);
}

// Models with an embedding of languages take them from the request: there the reference's tokenizer reads every text
// alike. Elsewhere languages are the tokenizer's matter.
void takeLanguages(const Model &model, EncodeOptions &encode, NamedTensors &extra)
{
    if (model.languages().empty())
        return;
    if (encode.targetLanguage && !encode.sourceLanguage)
        failArgument("the second text has a language, the first one has none (--src-lang)");
    if (encode.sourceLanguage)
        extra[names::kLanguage] = languageOf(model, *encode.sourceLanguage);
    if (encode.targetLanguage)
        extra[names::kPairLanguage] = languageOf(model, *encode.targetLanguage);
    encode.sourceLanguage.reset();
    encode.targetLanguage.reset();
}

// What the request sets beside the text; takes out of it what only the model understands.
NamedTensors takeExtraInputs(const Model &model, TaskRequest &request)
{
    NamedTensors extra;
    takeLanguages(model, request.encode, extra);
    if (!request.globalTokens.empty()) {
        if (!model.takes(names::kGlobalTokens))
            failArgument("global tokens: this model has none, every token sees all others that its mask allows");
        extra[names::kGlobalTokens] =
            Tensor::fromInts({static_cast<std::int64_t>(request.globalTokens.size())}, request.globalTokens);
    }
    if (request.hashRounds) {
        if (!model.takes(names::kNumHashes))
            failArgument("hash rounds: this model hashes nothing, its attention has no buckets");
        extra[names::kNumHashes] = Tensor::fromInts({}, std::vector{*request.hashRounds});
    }
    if (request.segmentLength) {
        if (!model.takes(names::kSegmentLength))
            failArgument("segment length: this model has no memory, it reads a text at once");
        extra[names::kSegmentLength] = Tensor::fromInts({}, std::vector{*request.segmentLength});
    }
    return extra;
}

} // namespace

TaskResult session::runWith(const LoadedModel &model, const TaskRequest &request, const RunUse &use)
{
    const auto &info = model.info();
    ops::setThreads(info.threads);
    TraceCollector collector(request.trace);
    RunControl listening = use.control;
    listening.trace = &collector;
    RunChoices choices(request.generation.seed);
    TaskRequest rest = request;
    NamedTensors extra = takeExtraInputs(model.model(), rest);
    auto result = tasks::run({.model = model.model(),
                              .tokenizer = model.tokenizer(),
                              .control = listening,
                              .info = info,
                              .choices = &choices,
                              .extra = std::move(extra),
                              .memory = use.memory},
                             rest);
    result.text = request.text;
    result.trace = collector.finish();
    return result;
}

TaskResult runTask(const LoadedModel &model, const TaskRequest &request, const RunControl &control)
{
    return session::runWith(model, request, {.control = control});
}

GenerationOptions generationFor(const ModelInfo &info, TaskKind task, std::string_view prefix)
{
    if (!writesFromSource(task))
        return {};
    const auto isMeant = [&](const TaskPreset &preset) {
        return prefix.empty() ? preset.prefix.empty() && preset.name.starts_with(id(task)) : preset.prefix == prefix;
    };
    const auto preset = std::ranges::find_if(info.presets, isMeant);
    return preset == info.presets.end() ? info.generation : preset->options;
}

std::vector<LayerMask> masks(const Trace &trace)
{
    std::vector<LayerMask> out;
    for (const auto &record : trace.attentions)
        out.push_back({record.stack, record.layer, record.mask, record.queries(), record.keys()});
    return out;
}

} // namespace engine
