// SPDX-License-Identifier: GPL-3.0-or-later
// What a caller passes down through a load or a run: how to stop it, how to follow it, who listens.
#pragma once

#include "engine/error.h"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace engine {

class TraceSink;

struct Progress {
    std::string what;        // "loading", "running", "generating"
    std::int64_t done = 0;   // bytes, layers or tokens
    std::int64_t total = 0;  // 0 = not known
    std::string unit;        // "bytes", "layers", "tokens"
};

struct RunControl {
    std::stop_token stopToken = {};
    std::function<void(const Progress &)> progress = {}; // may be empty; called on the engine's thread
    TraceSink *trace = nullptr;                          // may be null: nobody listens, nothing is kept

    // Throws Cancelled once a stop was asked for. Called per tensor, layer, token and beam step.
    void checkpoint() const
    {
        if (stopToken.stop_requested())
            throw Cancelled();
    }
    void report(const Progress &p) const
    {
        if (progress)
            progress(p);
    }
};

} // namespace engine
