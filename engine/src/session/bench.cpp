// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/bench.h"

#include "engine/names.h"
#include "generation/search.h"
#include "models/image_input.h"
#include "models/model.h"
#include "ops/ops.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <string>
#include <sys/resource.h>

namespace engine {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kFirstId = 10; // clear of the special tokens of most vocabularies
constexpr std::int64_t kEndId = 300;
constexpr std::uint64_t kSeed = 0;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// (batch, length), I64
Tensor randomIds(const BenchOptions &options, std::int64_t vocabulary)
{
    const std::int64_t end = std::min(kEndId, vocabulary);
    std::uniform_int_distribution<std::int64_t> draw(std::min(kFirstId, end - 1), end - 1);
    std::mt19937_64 random(kSeed);
    Tensor ids = Tensor::uninitialised({options.batch, options.length}, DType::I64);
    for (std::int64_t &id : ids.mutableInts())
        id = draw(random);
    return ids;
}

// The head of the checkpoint's own class, where it runs; else its first.
const HeadInfo &forwardHead(const LoadedModel &model)
{
    if (const HeadInfo *own = model.model().headOfClass(model.info().architecture))
        return *own;
    if (model.model().heads().empty())
        failInternal(model.info().directory.string() + ": a model without heads");
    return model.model().heads().front();
}

const HeadInfo &generatingHead(const LoadedModel &model)
{
    constexpr std::array kGenerating = {TaskKind::TextGeneration, TaskKind::Text2TextGeneration, TaskKind::Translation,
                                        TaskKind::Summarization};
    for (const TaskKind task : kGenerating) {
        if (const HeadInfo *head = model.model().headFor(task))
            return *head;
    }
    failArgument(model.info().directory.string() + ": this checkpoint generates nothing; use the mode forward");
}

// A picture for each row, or what an image encoder would have made of it.
Tensor grey(const models::ImageInput &input, std::int64_t batch)
{
    const std::int64_t side = input.preparation.crop;
    return Tensor::zeros(input.readsPictures ? Shape{batch, 3, side, side}
                                             : Shape{batch, input.tokens(), input.features});
}

// One forward pass or one whole generation.
std::function<void()> workload(const LoadedModel &model, const BenchOptions &options, const RunControl &control)
{
    const Tensor ids = randomIds(options, model.model().vocabularySize());
    if (options.mode == BenchMode::Forward) {
        NamedTensors inputs{{names::kInputIds, ids}};
        if (model.model().isEncoderDecoder())
            inputs.emplace(names::kDecoderInputIds, ids);
        if (model.model().takes(names::kGlobalTokens)) // as in use: the first token sees all
            inputs[names::kGlobalTokens] = Tensor::fromInts({1}, std::vector<std::int64_t>{0});
        if (const auto *images = model.model().imageInput(); images != nullptr)
            inputs.emplace(names::kInputModal, grey(*images, options.batch));
        return [&model, &control, inputs, head = forwardHead(model).id] {
            (void)model.model().forward(inputs, {.head = head}, control);
        };
    }
    generation::SearchInput input;
    input.ids = ids;
    input.head = generatingHead(model).id;
    const GenerationOptions generation{.maxNewTokens = options.newTokens, .beams = options.beams};
    return
        [&model, &control, input, generation] { (void)generation::search(model.model(), input, generation, control); };
}

double median(std::vector<double> seconds)
{
    std::sort(seconds.begin(), seconds.end());
    const std::size_t middle = seconds.size() / 2;
    return seconds.size() % 2 == 1 ? seconds[middle] : 0.5 * (seconds[middle - 1] + seconds[middle]);
}

double peakRssMib()
{
    constexpr double kKibPerMib = 1024.0;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / kKibPerMib; // Linux counts in KiB
}

// Weights are read once a step, whatever the batch: the share of the streaming bandwidth that this is.
void addStreaming(BenchReport &report, const LoadedModel &model, const BenchOptions &options)
{
    constexpr double kGiga = 1e9;
    const double bandwidth = ops::readBandwidth();
    const double bytes =
        static_cast<double>(model.info().parameters) * static_cast<double>(byteSize(options.load.dtype));
    report.bandwidthGbps = bandwidth / kGiga;
    report.streamedShare = bytes / (report.seconds / static_cast<double>(options.newTokens)) / bandwidth;
}

void check(const BenchOptions &options)
{
    const auto require = [](bool isGood, const char *name) {
        if (!isGood)
            failArgument(std::string(name) + ": expected at least 1");
    };
    require(options.length >= 1, "length");
    require(options.batch >= 1, "batch");
    require(options.mode == BenchMode::Forward || options.newTokens >= 1, "new tokens");
    require(options.beams >= 1, "beams");
    require(options.repeat >= 1, "repeat");
}

} // namespace

BenchReport bench(const std::filesystem::path &directory, const BenchOptions &options, const RunControl &control)
{
    check(options);
    const auto start = Clock::now();
    const auto model = openModel(directory, options.load, control);
    BenchReport report{.loadSeconds = secondsSince(start)};
    const std::function<void()> run = workload(*model, options, control);
    run(); // warm: pages, caches, packed weights
    std::vector<double> seconds;
    for (int i = 0; i < options.repeat; ++i) {
        control.checkpoint();
        const auto begin = Clock::now();
        run();
        seconds.push_back(secondsSince(begin));
        control.report({.what = "timing", .done = i + 1, .total = options.repeat, .unit = "runs"});
    }
    report.seconds = median(seconds);
    report.minSeconds = *std::min_element(seconds.begin(), seconds.end());
    report.repeats = options.repeat;
    report.peakRssMib = peakRssMib();
    const std::int64_t tokens =
        options.batch * (options.mode == BenchMode::Forward ? options.length : options.newTokens);
    report.tokensPerSecond = static_cast<double>(tokens) / report.seconds;
    if (options.mode == BenchMode::Generate && !model->model().isEncoderDecoder()) // an encoder runs once
        addStreaming(report, *model, options);
    return report;
}

} // namespace engine
