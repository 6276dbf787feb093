// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/session.h"

namespace engine {

enum class BenchMode { Forward, Generate };

struct BenchOptions {
    BenchMode mode = BenchMode::Forward;
    std::int64_t length = 128;
    std::int64_t batch = 1;
    std::int64_t newTokens = 32;
    std::int64_t beams = 1;
    int repeat = 7;
    LoadOptions load = {};
};

struct BenchReport {
    double seconds = 0.0;     // median of the repeats, warm
    double minSeconds = 0.0;
    int repeats = 0;
    double loadSeconds = 0.0;
    double peakRssMib = 0.0;
    double tokensPerSecond = 0.0;
    double streamedShare = 0.0; // generate: weight bytes per step ÷ seconds per step ÷ measured bandwidth
    double bandwidthGbps = 0.0; // read bandwidth measured in the same process, GB/s
};

// Random ids; generation never stops early.
[[nodiscard]] BenchReport bench(const std::filesystem::path &directory, const BenchOptions &options, const RunControl &control);

} // namespace engine
