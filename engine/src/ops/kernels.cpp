// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels.h"

namespace engine::ops::kernels {
namespace {
constexpr std::int64_t kLanes = 4; // SSE2, NEON
#include "ops/kernels_body.h"
} // namespace

extern const Kernels kBase = kTable;

const Kernels &kernels()
{
#if defined(__x86_64__)
    static const Kernels &best = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                                         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
                                     ? kAvx512
                                 : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? kAvx2
                                                                                                   : kBase;
    return best;
#else
    return kBase;
#endif
}

} // namespace engine::ops::kernels
