// SPDX-License-Identifier: GPL-3.0-or-later
// The twenty nearest of many clustered vectors: time of a search, and how many of the true nearest it finds.
#include "engine/passage_index.h"
#include "ops/ops.h"
#include "retrieval/clusters.h"
#include "retrieval/store.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kRows = 200'000;
constexpr std::int64_t kWidth = 768;
constexpr std::int64_t kGroups = 1'000; // that the vectors lie around
constexpr float kSpread = 0.5F;         // of a group; the groups themselves have 1
constexpr std::int64_t kQuestions = 200;
constexpr std::int64_t kCount = 20;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// An index as buildIndex() leaves it, without a model: the vectors are drawn.
void writeIndex(const fs::path &folder)
{
    using namespace engine::retrieval;
    std::mt19937_64 random(1);
    std::normal_distribution<float> draw;
    std::vector<float> centres(kGroups * kWidth);
    std::ranges::generate(centres, [&] { return draw(random); });
    fs::create_directories(folder);
    const StorePaths paths(folder);
    StoreState state{.model = "drawn", .fingerprint = "none", .dimension = kWidth};
    std::vector<engine::Passage> passages(kRows);
    for (std::int64_t i = 0; i < kRows; ++i)
        passages[static_cast<std::size_t>(i)] = {.title = "passage " + std::to_string(i),
                                                 .text = std::string(600, 'x')};
    appendPassages(paths, state, passages);
    std::ofstream file(paths.vectors, std::ios::binary);
    std::vector<float> row(kWidth);
    for (std::int64_t i = 0; i < kRows; ++i) {
        const auto group = static_cast<std::int64_t>(random() % kGroups);
        for (std::int64_t j = 0; j < kWidth; ++j)
            row[static_cast<std::size_t>(j)] =
                centres[static_cast<std::size_t>(group * kWidth + j)] + kSpread * draw(random);
        file.write(reinterpret_cast<const char *>(row.data()), kWidth * sizeof(float));
    }
    file.close();
    const auto start = Clock::now();
    const VectorFile vectors(paths, state, kRows);
    Clusters::build(vectors.vectors(), paths.clusters, {});
    std::printf("clusters of %lld vectors: %.1f s\n", static_cast<long long>(kRows), secondsSince(start));
    state.isComplete = true;
    state.hasClusters = true;
    writeState(paths, state);
}

} // namespace

// retrieval_benchmark FOLDER: writes 600 MB there the first time.
int main(int argc, char **argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: retrieval_benchmark FOLDER\n");
        return 2;
    }
    const fs::path folder = argv[1];
    engine::ops::setThreads(engine::ops::physicalCores());
    if (!engine::isIndex(folder))
        writeIndex(folder);
    auto start = Clock::now();
    const auto index = engine::PassageIndex::open(folder);
    std::printf("opened in %.3f s: %s\n", secondsSince(start), index->info().kind.c_str());

    // Questions near passages, as those of a trained encoder are.
    std::mt19937_64 random(2);
    std::normal_distribution<float> draw;
    std::vector<std::int64_t> ids(kQuestions);
    std::ranges::generate(ids, [&] { return static_cast<std::int64_t>(random() % kRows); });
    engine::Tensor questions = engine::Tensor::fromFloats({kQuestions, kWidth}, index->vectors(ids).floats());
    for (float &value : questions.mutableFloats())
        value += kSpread * draw(random);

    const engine::retrieval::StorePaths paths(folder);
    const engine::retrieval::VectorFile vectors(paths, engine::retrieval::readState(paths), kRows);
    std::vector<double> times;
    std::vector<double> flatTimes;
    std::size_t found = 0;
    for (std::int64_t q = 0; q < kQuestions; ++q) {
        const engine::Tensor question = questions.rows(q, q + 1);
        start = Clock::now();
        const auto hits = index->search(question, kCount).front();
        times.push_back(secondsSince(start));
        start = Clock::now();
        std::vector<engine::PassageHit> all;
        for (const float score : engine::retrieval::scoresOfRows(question.floats().data(), vectors.vectors(), 0, kRows))
            all.push_back({.id = static_cast<std::int64_t>(all.size()), .score = static_cast<double>(score)});
        engine::retrieval::keepBest(all, kCount);
        flatTimes.push_back(secondsSince(start));
        std::set<std::int64_t> truth;
        for (const auto &hit : all)
            truth.insert(hit.id);
        for (const auto &hit : hits)
            found += truth.contains(hit.id) ? 1U : 0U;
    }
    std::ranges::sort(times);
    std::ranges::sort(flatTimes);
    constexpr double kMs = 1e3;
    std::printf("search of %lld: median %.2f ms, 95 %% below %.2f ms; flat %.1f ms; recall@%lld %.4f\n",
                static_cast<long long>(kRows), kMs * times[kQuestions / 2], kMs * times[kQuestions * 95 / 100],
                kMs * flatTimes[kQuestions / 2], static_cast<long long>(kCount),
                static_cast<double>(found) / static_cast<double>(kQuestions * kCount));
    return 0;
}
