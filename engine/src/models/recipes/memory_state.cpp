// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/memory_state.h"

#include "engine/error.h"
#include "ops/ops.h"

#include <algorithm>
#include <string>

namespace engine::models {
namespace {

std::string nameOf(std::size_t layer)
{
    return "mems." + std::to_string(layer);
}

// Positions begin … end − 1 of (batch, positions, hidden).
Tensor positions(const Tensor &x, std::int64_t begin, std::int64_t end)
{
    if (begin == 0 && end == x.size(1))
        return x;
    Tensor out = Tensor::uninitialised({x.size(0), end - begin, x.size(2)});
    const auto row = (end - begin) * x.size(2);
    for (std::int64_t b = 0; b < x.size(0); ++b)
        std::copy_n(x.floats().data() + (b * x.size(1) + begin) * x.size(2), row, out.mutableFloats().data() + b * row);
    return out;
}

// (a, b, hidden) → (b, a, hidden)
Tensor exchanged(const Tensor &x)
{
    Tensor out = Tensor::uninitialised({x.size(1), x.size(0), x.size(2)});
    float *to = out.mutableFloats().data();
    for (std::int64_t b = 0; b < x.size(1); ++b)
        for (std::int64_t a = 0; a < x.size(0); ++a, to += x.size(2))
            std::copy_n(x.floats().data() + (a * x.size(1) + b) * x.size(2), x.size(2), to);
    return out;
}

} // namespace

MemoryState::MemoryState(const Options &options)
    : m_options(options), m_layers(static_cast<std::size_t>(options.layers))
{
}

void MemoryState::append(int layer, const Tensor &states)
{
    Tensor &memory = m_layers[static_cast<std::size_t>(layer)];
    const auto entering = m_options.reused > 0 ? std::min(m_options.reused, states.size(1)) : states.size(1);
    const Tensor all = ops::concat(memory, positions(states, 0, entering), 1);
    const auto first = m_options.kept > 0 ? std::max<std::int64_t>(0, all.size(1) - m_options.kept) : 0;
    memory = positions(all, first, all.size(1));
    if (layer == 0)
        m_passed += states.size(1);
}

void MemoryState::dropLast(std::int64_t count)
{
    for (auto &memory : m_layers)
        if (!memory.isNull())
            memory = positions(memory, 0, std::max<std::int64_t>(0, memory.size(1) - count));
    m_passed = std::max<std::int64_t>(0, m_passed - count);
}

void MemoryState::truncate(std::int64_t length)
{
    if (length >= m_passed)
        return;
    dropLast(m_passed - length);
    if (length == 0)
        std::ranges::fill(m_layers, Tensor());
}

void MemoryState::reorder(std::span<const std::int64_t> rows)
{
    const Tensor ids = Tensor::fromInts({static_cast<std::int64_t>(rows.size())}, rows);
    for (auto &memory : m_layers) {
        if (memory.isNull())
            continue;
        const Tensor table = memory.reshaped({memory.size(0), memory.size(1) * memory.size(2)});
        memory = ops::embedding(table, ids, "row").reshaped({ids.size(0), memory.size(1), memory.size(2)});
    }
}

NamedTensors MemoryState::tensors() const
{
    NamedTensors out;
    for (std::size_t i = 0; i < m_layers.size(); ++i)
        if (!m_layers[i].isNull())
            out[nameOf(i)] = exchanged(m_layers[i]);
    return out;
}

void MemoryState::assign(const NamedTensors &tensors)
{
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        const Tensor memory = find(tensors, nameOf(i));
        if (memory.isNull() || memory.rank() != 3)
            failArgument("mems: layer " + std::to_string(i) + " is missing");
        m_layers[i] = exchanged(memory);
    }
    m_passed = m_layers.empty() ? 0 : m_layers.front().size(1);
}

} // namespace engine::models
