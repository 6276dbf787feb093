// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/key_value_cache.h"

#include "engine/error.h"
#include "ops/ops.h"

#include <algorithm>

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

// The first `length` positions of (batch, heads, positions, d).
Tensor firstPositions(const Tensor &x, std::int64_t length)
{
    const auto positions = x.size(2);
    const auto d = x.size(3);
    Tensor out = Tensor::uninitialised({x.size(0), x.size(1), length, d});
    const float *from = x.floats().data();
    float *to = out.mutableFloats().data();
    for (std::int64_t row = 0; row < x.size(0) * x.size(1); ++row)
        std::copy_n(from + row * positions * d, length * d, to + row * length * d);
    return out;
}

Tensor pickRows(const Tensor &x, std::span<const std::int64_t> rows)
{
    const auto size = x.elements() / x.size(0);
    auto shape = x.shape().sizes();
    shape[0] = static_cast<std::int64_t>(rows.size());
    Tensor out = Tensor::uninitialised(Shape(shape));
    float *to = out.mutableFloats().data();
    for (const auto row : rows) {
        std::copy_n(x.floats().data() + row * size, size, to);
        to += size;
    }
    return out;
}

} // namespace

KeyValueCache::KeyValue KeyValueCache::append(int layer, const Tensor &key, const Tensor &value)
{
    auto &own = m_layers.at(static_cast<std::size_t>(layer));
    own.key = own.key.isNull() ? key : ops::concat(own.key, key, 2);
    own.value = own.value.isNull() ? value : ops::concat(own.value, value, 2);
    return own;
}

std::int64_t KeyValueCache::length() const
{
    return m_layers.empty() || m_layers.front().key.isNull() ? 0 : m_layers.front().key.size(2);
}

void KeyValueCache::truncate(std::int64_t length)
{
    if (length >= this->length())
        return;
    for (auto &layer : m_layers) {
        layer.key = length == 0 ? Tensor() : firstPositions(layer.key, length);
        layer.value = length == 0 ? Tensor() : firstPositions(layer.value, length);
    }
}

void KeyValueCache::reorder(std::span<const std::int64_t> rows)
{
    const auto isIdentity = [&] {
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (rows[i] != static_cast<std::int64_t>(i))
                return false;
        return true;
    };
    if (length() == 0 || (m_layers.front().key.size(0) == static_cast<std::int64_t>(rows.size()) && isIdentity()))
        return;
    for (auto &layer : m_layers) {
        layer.key = pickRows(layer.key, rows);
        layer.value = pickRows(layer.value, rows);
    }
}

NamedTensors KeyValueCache::tensors() const
{
    NamedTensors out;
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        if (m_form == CacheForm::Stacked) {
            out[nameOf(i)] = stacked(m_layers[i]);
            continue;
        }
        out[nameOf(i, 0)] = m_layers[i].key;
        out[nameOf(i, 1)] = m_layers[i].value;
    }
    return out;
}

void KeyValueCache::assign(const NamedTensors &tensors)
{
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        m_layers[i] = m_form == CacheForm::Stacked
                          ? unstacked(find(tensors, nameOf(i)))
                          : KeyValue{.key = find(tensors, nameOf(i, 0)), .value = find(tensors, nameOf(i, 1))};
        if (m_layers[i].key.isNull() || m_layers[i].value.isNull())
            failArgument("past_key_values: layer " + std::to_string(i) + " is missing");
    }
}

} // namespace engine::layers
