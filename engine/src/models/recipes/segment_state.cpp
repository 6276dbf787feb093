// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/segment_state.h"

#include "engine/error.h"

#include <algorithm>
#include <string>

namespace engine::models {
namespace {

// (a, b, features) → (b, a, features)
Tensor turned(const Tensor &x)
{
    const auto features = x.size(2);
    Tensor out = Tensor::uninitialised({x.size(1), x.size(0), features});
    for (std::int64_t i = 0; i < x.size(0); ++i)
        for (std::int64_t j = 0; j < x.size(1); ++j)
            std::copy_n(x.floats().data() + (i * x.size(1) + j) * features, features,
                        out.mutableFloats().data() + (j * x.size(0) + i) * features);
    return out;
}

Tensor pickRows(const Tensor &x, std::span<const std::int64_t> rows)
{
    if (x.isNull())
        return {};
    auto sizes = x.shape().sizes();
    const auto each = x.elements() / sizes[0];
    sizes[0] = static_cast<std::int64_t>(rows.size());
    Tensor out = Tensor::uninitialised(Shape(sizes));
    float *to = out.mutableFloats().data();
    for (const auto row : rows)
        to = std::copy_n(x.floats().data() + row * each, each, to);
    return out;
}

std::string nameOf(std::size_t layer)
{
    return "mems." + std::to_string(layer);
}

} // namespace

void SegmentState::truncate(std::int64_t length)
{
    if (length < consumed)
        *this = SegmentState(memories.size());
}

void SegmentState::reorder(std::span<const std::int64_t> rows)
{
    for (auto &memory : memories)
        memory = {.hidden = pickRows(memory.hidden, rows),
                  .key = pickRows(memory.key, rows),
                  .value = pickRows(memory.value, rows)};
}

NamedTensors SegmentState::tensors() const
{
    NamedTensors out;
    for (std::size_t i = 0; i < memories.size(); ++i)
        if (!memories[i].hidden.isNull())
            out[nameOf(i)] = turned(memories[i].hidden);
    return out;
}

void SegmentState::assign(const NamedTensors &tensors)
{
    for (std::size_t i = 0; i < memories.size(); ++i) {
        const Tensor mems = find(tensors, nameOf(i));
        if (mems.isNull() || mems.rank() != 3)
            failArgument("mems: layer " + std::to_string(i) + " is missing or not (positions, batch, features)");
        memories[i] = {.hidden = turned(mems), .key = {}, .value = {}};
        consumed = mems.size(0);
    }
}

} // namespace engine::models
