// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <exception>

namespace engine::ops {

// One unit of work is about one float read and written; less than this in a call is done by one thread,
// because waking the others costs some microseconds.
constexpr std::int64_t kParallelWork = 1 << 15;

// body(i) for i in [0, count), on all threads when `work` is worth it. Rethrows one of the body's exceptions
// at the end, since none may leave a parallel region.
template <typename Body> void parallelFor(std::int64_t count, std::int64_t work, Body &&body)
{
    if (work < kParallelWork || count < 2) {
        for (std::int64_t i = 0; i < count; ++i)
            body(i);
        return;
    }
    std::exception_ptr failure;
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < count; ++i) {
        try {
            body(i);
        } catch (...) {
#pragma omp critical(engine_ops_failure)
            failure = std::current_exception();
        }
    }
    if (failure)
        std::rethrow_exception(failure);
}

} // namespace engine::ops
