// SPDX-License-Identifier: GPL-3.0-or-later
// Runs of one model that follow each other.
#pragma once

#include "engine/session.h"

#include <memory>

namespace engine {

namespace tasks {
struct RunMemory;
}

// Keeps what the last search computed of its prompt, so that a next one whose prompt begins alike (another branch, a
// retyped end, another seed) does not compute it again: GenerationResult::reusedPositions says how much. Results are
// those of runTask() up to rounding. One thread at a time; the model may be shared.
class RunSession {
public:
    explicit RunSession(std::shared_ptr<const LoadedModel> model);
    ~RunSession();
    RunSession(const RunSession &) = delete;
    RunSession &operator=(const RunSession &) = delete;

    [[nodiscard]] const std::shared_ptr<const LoadedModel> &model() const noexcept { return m_model; }
    // As runTask().
    [[nodiscard]] TaskResult run(const TaskRequest &request, const RunControl &control);
    void forget(); // gives the memory back

private:
    std::shared_ptr<const LoadedModel> m_model;
    std::unique_ptr<tasks::RunMemory> m_memory;
};

} // namespace engine
