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

// Position j of row i is that of row places(i)[j] of x; (rows, heads, length, d).
struct Gather {
    std::int64_t rows;
    std::int64_t length;
};
template <typename Places> Tensor gathered(const Tensor &x, const Gather &size, Places &&places)
{
    const auto heads = x.size(1);
    const auto d = x.size(3);
    Tensor out = Tensor::uninitialised({size.rows, heads, size.length, d});
    float *to = out.mutableFloats().data();
    const float *from = x.floats().data();
    for (std::int64_t row = 0; row < size.rows; ++row)
        for (std::int64_t head = 0; head < heads; ++head)
            for (std::int64_t j = 0; j < size.length; ++j)
                to = std::copy_n(from + ((places(row, j) * heads + head) * x.size(2) + j) * d, d, to);
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

Tensor takenPositions(const Tensor &x, const KeyValueCache::Memory &memory)
{
    if (x.isNull() || !memory.places)
        return x.isNull() ? x : ops::firstPositions(x, memory.length);
    const auto rows = static_cast<std::int64_t>(memory.places->size()) / std::max<std::int64_t>(memory.length, 1);
    return gathered(x, {.rows = rows, .length = memory.length}, [&](std::int64_t row, std::int64_t j) {
        return std::int64_t{(*memory.places)[static_cast<std::size_t>(row * memory.length + j)]};
    });
}

KeyValueCache::KeyValue KeyValueCache::exact(const Memory &memory) const
{
    return {.key = takenPositions(memory.key, memory), .value = takenPositions(memory.value, memory)};
}

std::shared_ptr<const std::vector<std::int32_t>> KeyValueCache::places(std::int64_t length)
{
    if (m_places.empty())
        return nullptr;
    const auto rows = m_places.size();
    const auto width = static_cast<std::size_t>(length);
    if (m_flatPlaces && m_flatPlaces->size() == rows * width)
        return m_flatPlaces;
    auto flat = std::make_shared<std::vector<std::int32_t>>();
    flat->reserve(rows * width);
    for (std::size_t row = 0; row < rows; ++row) {
        const auto known = std::min(m_places[row].size(), width);
        flat->insert(flat->end(), m_places[row].begin(), m_places[row].begin() + static_cast<std::ptrdiff_t>(known));
        flat->insert(flat->end(), width - known, static_cast<std::int32_t>(row));
    }
    m_flatPlaces = std::move(flat);
    return m_flatPlaces;
}

KeyValueCache::Memory KeyValueCache::extend(int layer, const Tensor &key, const Tensor &value)
{
    auto &own = m_layers.at(static_cast<std::size_t>(layer));
    own.key = ops::extend(std::move(own.key), own.length, key);
    own.value = ops::extend(std::move(own.value), own.length, value);
    own.length += key.size(2);
    own.places = places(own.length);
    return own;
}

KeyValueCache::KeyValue KeyValueCache::append(int layer, const Tensor &key, const Tensor &value)
{
    return exact(extend(layer, key, value));
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
    if (length == 0)
        m_places.clear();
    for (auto &row : m_places)
        row.resize(std::min(row.size(), static_cast<std::size_t>(length)));
    m_flatPlaces.reset();
    for (auto &layer : m_layers)
        layer.places = places(layer.length);
}

void KeyValueCache::reorder(std::span<const std::int64_t> rows)
{
    if (length() == 0)
        return;
    const auto held = m_layers.front().key.size(0);
    if (isIdentity(rows, held))
        return;
    if (static_cast<std::int64_t>(rows.size()) != held) { // another number of rows: copies
        for (auto &layer : m_layers) {
            const KeyValue all = exact(layer);
            layer = {.key = pickRows(all.key, rows), .value = pickRows(all.value, rows), .length = layer.length};
        }
        m_places.clear();
        m_flatPlaces.reset();
        return;
    }
    const auto flat = places(length());
    const auto width = static_cast<std::size_t>(length());
    std::vector<std::vector<std::int32_t>> moved;
    for (const auto row : rows) {
        const auto at = static_cast<std::size_t>(row);
        if (flat)
            moved.emplace_back(flat->begin() + static_cast<std::ptrdiff_t>(at * width),
                               flat->begin() + static_cast<std::ptrdiff_t>((at + 1) * width));
        else
            moved.emplace_back(width, static_cast<std::int32_t>(row));
    }
    m_places = std::move(moved);
    m_flatPlaces.reset();
    for (auto &layer : m_layers)
        layer.places = places(layer.length);
}

NamedTensors KeyValueCache::tensors() const
{
    NamedTensors out;
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        const auto &layer = m_layers[i];
        const KeyValue taken = exact(layer);
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
    m_places.clear();
    m_flatPlaces.reset();
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
