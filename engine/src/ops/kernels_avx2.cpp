// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels.h"

#if defined(__x86_64__)

// Headers stand above this line: what they define keeps the instruction set of the whole program.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif

namespace engine::ops::kernels {
namespace {
constexpr std::int64_t kLanes = 8;
#include "ops/kernels_body.h"
} // namespace

extern const Kernels kAvx2 = kTable;

} // namespace engine::ops::kernels

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
