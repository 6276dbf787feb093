// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace engine::layers {

// How a state is handed out and taken back: a layer's keys and values as two tensors, or as one.
enum class CacheForm { Pairs, Stacked };

// Keys and values of the positions a run has seen, one pair a layer; belongs to the run.
class KeyValueCache {
public:
    explicit KeyValueCache(int layers, CacheForm form = CacheForm::Pairs)
        : m_layers(static_cast<std::size_t>(layers)), m_form(form)
    {
    }

    struct KeyValue {
        Tensor key;   // (batch, heads, length, d)
        Tensor value; // (batch, heads, length, d)
    };
    // Appends what is new and returns everything so far: a copy, see extend().
    KeyValue append(int layer, const Tensor &key, const Tensor &value);

    struct Memory {
        Tensor key;              // (batch, heads, at least length, d): room to grow
        Tensor value;            // likewise
        std::int64_t length = 0; // positions taken
        // (batch, length): position j of row b stands in row places[b · length + j]; null: in row b. Rows that were
        // moved (beams) share their past this way instead of copying it.
        std::shared_ptr<const std::vector<std::int32_t>> places = {};
    };
    // The same without a copy, for layers::attend (AttentionInputs::take). Let go of the result before the next call,
    // or that one copies.
    Memory extend(int layer, const Tensor &key, const Tensor &value);

    [[nodiscard]] std::int64_t length() const; // 0 before the first append
    void truncate(std::int64_t length);
    void reorder(std::span<const std::int64_t> rows);

    // Under the reference's names: "past_key_values.<layer>.0" (keys) and ".1" (values), or stacked as
    // "past_key_values.<layer>", (2, batch, heads, length, d).
    [[nodiscard]] NamedTensors tensors() const;
    void assign(const NamedTensors &tensors); // Argument error when a layer is missing

private:
    [[nodiscard]] KeyValue exact(const Memory &memory) const;
    [[nodiscard]] std::shared_ptr<const std::vector<std::int32_t>> places(std::int64_t length);

    std::vector<Memory> m_layers;
    std::vector<std::vector<std::int32_t>> m_places; // of each row's first positions; the others stand in their own row
    std::shared_ptr<const std::vector<std::int32_t>> m_flatPlaces; // the same as Memory holds it
    CacheForm m_form;
};

// What is taken of a memory's keys or values, in one piece: (batch, heads, length, d).
[[nodiscard]] Tensor takenPositions(const Tensor &x, const KeyValueCache::Memory &memory);

// Row i of the result is row rows[i] of x, outermost axis.
[[nodiscard]] Tensor pickRows(const Tensor &x, std::span<const std::int64_t> rows);

} // namespace engine::layers
