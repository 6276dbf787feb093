// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/key_value_cache.h"

#include "engine/error.h"
#include "ops/ops.h"

#include <algorithm>
#include <utility>

namespace engine::layers {
namespace {

std::string nameOf(std::size_t layer)
{
    return "past_key_values." + std::to_string(layer);
}

std::string nameOf(std::size_t layer, int part)
{
    return nameOf(layer) + "." + std::to_string(part);
}

// (2, batch, heads, length, d); null without keys.
Tensor stacked(const KeyValueCache::KeyValue &layer)
{
    if (layer.key.isNull())
        return {};
    auto sizes = layer.key.shape().sizes();
    sizes.insert(sizes.begin(), 1);
    return ops::concat(layer.key.reshaped(Shape(sizes)), layer.value.reshaped(Shape(sizes)), 0);
}

KeyValueCache::KeyValue unstacked(const Tensor &both)
{
    if (both.isNull() || both.rank() != 5 || both.size(0) != 2)
        return {};
    const Shape each{both.size(1), both.size(2), both.size(3), both.size(4)};
    return {.key = both.rows(0, 1).reshaped(each), .value = both.rows(1, 2).reshaped(each)};
}

// pickRows() of the first `length` positions, with the room that x has.
Tensor pickPositions(const Tensor &x, std::span<const std::int64_t> rows, std::int64_t length)
{
    auto shape = x.shape().sizes();
    shape[0] = static_cast<std::int64_t>(rows.size());
    Tensor out = Tensor::uninitialised(Shape(shape));
    const auto heads = x.size(1);
    const auto step = x.size(2) * x.size(3);
    float *to = out.mutableFloats().data();
    for (const auto row : rows)
        for (std::int64_t head = 0; head < heads; ++head, to += step)
            std::copy_n(x.floats().data() + (row * heads + head) * step, length * x.size(3), to);
    return out;
}

bool isIdentity(std::span<const std::int64_t> rows, std::int64_t count)
{
    if (static_cast<std::int64_t>(rows.size()) != count)
        return false;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i] != static_cast<std::int64_t>(i))
            return false;
    return true;
}

} // namespace

Tensor pickRows(const Tensor &x, std::span<const std::int64_t> rows)
{
    const auto size = static_cast<std::ptrdiff_t>(x.bytes()) / x.size(0);
    auto shape = x.shape().sizes();
    shape[0] = static_cast<std::int64_t>(rows.size());
    Tensor out = Tensor::uninitialised(Shape(shape), x.dtype());
    std::byte *to = out.mutableData();
    for (const auto row : rows)
        to = std::copy_n(x.data() + row * size, size, to);
    return out;
}

KeyValueCache::Memory KeyValueCache::extend(int layer, const Tensor &key, const Tensor &value)
{
    auto &own = m_layers.at(static_cast<std::size_t>(layer));
    own.key = ops::extend(std::move(own.key), own.length, key);
    own.value = ops::extend(std::move(own.value), own.length, value);
    own.length += key.size(2);
    return own;
}

KeyValueCache::KeyValue KeyValueCache::append(int layer, const Tensor &key, const Tensor &value)
{
    const Memory all = extend(layer, key, value);
    return {.key = ops::firstPositions(all.key, all.length), .value = ops::firstPositions(all.value, all.length)};
}

std::int64_t KeyValueCache::length() const
{
    return m_layers.empty() ? 0 : m_layers.front().length;
}

void KeyValueCache::truncate(std::int64_t length)
{
    for (auto &layer : m_layers) {
        if (length == 0)
            layer = {}; // rows may be other ones afterwards
        layer.length = std::min(layer.length, length);
    }
}

void KeyValueCache::reorder(std::span<const std::int64_t> rows)
{
    if (length() == 0 || isIdentity(rows, m_layers.front().key.size(0)))
        return;
    for (auto &layer : m_layers) {
        layer.key = pickPositions(layer.key, rows, layer.length);
        layer.value = pickPositions(layer.value, rows, layer.length);
    }
}

NamedTensors KeyValueCache::tensors() const
{
    NamedTensors out;
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        const auto &layer = m_layers[i];
        const KeyValue taken{.key = layer.key.isNull() ? Tensor() : ops::firstPositions(layer.key, layer.length),
                             .value = layer.value.isNull() ? Tensor() : ops::firstPositions(layer.value, layer.length)};
        if (m_form == CacheForm::Stacked) {
            out[nameOf(i)] = stacked(taken);
            continue;
        }
        out[nameOf(i, 0)] = taken.key;
        out[nameOf(i, 1)] = taken.value;
    }
    return out;
}

void KeyValueCache::assign(const NamedTensors &tensors)
{
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        auto &layer = m_layers[i];
        const auto given = m_form == CacheForm::Stacked
                               ? unstacked(find(tensors, nameOf(i)))
                               : KeyValue{.key = find(tensors, nameOf(i, 0)), .value = find(tensors, nameOf(i, 1))};
        layer = {.key = given.key, .value = given.value};
        if (layer.key.isNull() || layer.value.isNull())
            failArgument("past_key_values: layer " + std::to_string(i) + " is missing");
        layer.length = layer.key.size(2);
    }
}

} // namespace engine::layers
