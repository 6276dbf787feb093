// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels.h"
#include "ops/ops.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#include <sys/mman.h>
#endif

namespace engine::ops {

void setThreads(int threads)
{
    omp_set_num_threads(std::max(threads, 1));
}

int threads()
{
    return omp_get_max_threads();
}

int physicalCores()
{
#if defined(__linux__)
    cpu_set_t available;
    CPU_ZERO(&available);
    if (sched_getaffinity(0, sizeof(available), &available) == 0) {
        std::set<std::pair<int, int>> cores; // package and core
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
            if (!CPU_ISSET(cpu, &available))
                continue;
            const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
            int package = 0;
            int core = cpu; // without topology every processor counts
            std::ifstream(folder + "physical_package_id") >> package;
            if (std::ifstream file(folder + "core_id"); !(file >> core))
                core = cpu;
            cores.emplace(package, core);
        }
        return std::max(static_cast<int>(cores.size()), 1);
    }
#endif
    return std::max(omp_get_num_procs(), 1);
}

double readBandwidth()
{
    constexpr std::int64_t kWords = std::int64_t{1} << 25; // 256 MiB, beyond any cache
    constexpr std::int64_t kBlock = std::int64_t{1} << 15;
    constexpr double kEnough = 0.1;
    // 2 MiB alignment, and large pages as for packed weights.
    const std::unique_ptr<std::uint64_t[], void (*)(std::uint64_t *)> words(
        static_cast<std::uint64_t *>(::operator new (kWords * sizeof(std::uint64_t), std::align_val_t{1U << 21U})),
        [](std::uint64_t *p) { ::operator delete (p, std::align_val_t{1U << 21U}); });
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    static_cast<void>(madvise(words.get(), kWords * sizeof(std::uint64_t), MADV_HUGEPAGE));
#endif
    std::atomic<std::uint64_t> result{0}; // keeps the reads from being optimised away
    std::uint64_t *data = words.get();
#pragma omp parallel for schedule(static)
    for (std::int64_t block = 0; block < kWords / kBlock; ++block)
        std::fill_n(data + block * kBlock, kBlock, static_cast<std::uint64_t>(block));
    double best = 0.0;
    const auto start = std::chrono::steady_clock::now();
    const auto secondsSince = [](auto from) {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
    };
    do {
        const auto begin = std::chrono::steady_clock::now();
#pragma omp parallel for schedule(static)
        for (std::int64_t block = 0; block < kWords / kBlock; ++block)
            result.fetch_xor(kernels::kernels().readAll(data + block * kBlock, kBlock), std::memory_order_relaxed);
        best = std::max(best, static_cast<double>(kWords * sizeof(std::uint64_t)) / secondsSince(begin));
    } while (secondsSince(start) < kEnough);
    return best;
}

} // namespace engine::ops
