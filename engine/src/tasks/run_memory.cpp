// SPDX-License-Identifier: GPL-3.0-or-later
#include "tasks/run_memory.h"

#include <algorithm>
#include <array>
#include <utility>

namespace engine::tasks {
namespace {

bool areAlike(const Tensor &a, const Tensor &b)
{
    if (a.shape() != b.shape() || a.dtype() != b.dtype())
        return false;
    return a.dtype() == DType::I64 ? std::ranges::equal(a.ints(), b.ints())
                                   : std::ranges::equal(a.floats(), b.floats());
}

bool areAlike(const NamedTensors &a, const NamedTensors &b)
{
    return std::ranges::equal(
        a, b, [](const auto &x, const auto &y) { return x.first == y.first && areAlike(x.second, y.second); });
}

} // namespace

PromptState takeState(RunMemory *memory, const PromptUse &use)
{
    PromptState out;
    if (memory == nullptr)
        return out;
    out.state = use.model.newState();
    if (!out.state || !out.state->forgetsExactly() || !use.model.scoresAsItSteps())
        return {};
    auto known = std::move(memory->state);
    if (!known || memory->head != use.head || !areAlike(memory->extra, use.extra))
        return out;
    // At least the last token of the prompt is computed: its scores are what comes next.
    const auto most = std::min(memory->ids.size(), use.prompt.size() - 1);
    const auto former = std::span(memory->ids).first(most);
    const auto same = std::ranges::mismatch(former, use.prompt).in1 - former.begin();
    if (same == 0)
        return out;
    known->truncate(same);
    return {.state = std::move(known), .reused = same};
}

void keepState(RunMemory *memory, const PromptUse &use, std::unique_ptr<RunState> state)
{
    if (memory == nullptr || !state || state->length() == 0)
        return;
    state->reorder(std::array<std::int64_t, 1>{0}); // beams and further samples go; all of them began with the prompt
    const auto held = std::min(state->length(), static_cast<std::int64_t>(use.prompt.size()));
    state->truncate(held);
    memory->ids.assign(use.prompt.begin(), use.prompt.begin() + held);
    memory->state = std::move(state);
    memory->head = use.head;
    memory->extra = use.extra;
}

} // namespace engine::tasks
