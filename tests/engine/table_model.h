// SPDX-License-Identifier: GPL-3.0-or-later
// A model whose scores are a pure function of the row, for tests of searches.
#pragma once

#include "engine/names.h"
#include "generation/rows.h"
#include "models/model.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace engine::test {

using Ids = std::vector<std::int64_t>;
using Logits = std::vector<float>;

// Remembers the ids it was fed, row by row, as a cache remembers keys.
class TableState final : public RunState {
public:
    std::vector<Ids> rows;

    [[nodiscard]] std::int64_t length() const override
    {
        return rows.empty() ? 0 : static_cast<std::int64_t>(rows.front().size());
    }
    void truncate(std::int64_t length) override
    {
        for (auto &row : rows)
            row.resize(static_cast<std::size_t>(length));
    }
    [[nodiscard]] bool forgetsExactly() const override { return true; }
    void reorder(std::span<const std::int64_t> order) override
    {
        std::vector<Ids> picked;
        for (const auto row : order)
            picked.push_back(rows[static_cast<std::size_t>(row)]);
        rows = std::move(picked);
    }
    [[nodiscard]] std::unique_ptr<RunState> clone() const override { return std::make_unique<TableState>(*this); }
    [[nodiscard]] NamedTensors tensors() const override { return {}; }
    void assign(const NamedTensors &) override {}
};

// Next-token scores as a pure function of the row.
class TableModel final : public Model {
public:
    TableModel(std::int64_t vocabulary, std::function<Logits(const Ids &)> scores)
        : m_vocabulary(vocabulary), m_scores(std::move(scores))
    {
    }
    bool hasCache = true;
    mutable std::int64_t positionsFed = 0;
    mutable std::vector<Ids> masks; // of the last step

    [[nodiscard]] const std::vector<HeadInfo> &heads() const override { return m_heads; }
    [[nodiscard]] std::unique_ptr<RunState> newState() const override
    {
        return hasCache ? std::make_unique<TableState>() : nullptr;
    }
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor &mask, const RunState *state) const override
    {
        const std::int64_t held = state != nullptr ? state->length() : 0;
        std::vector<Ids> fed;
        masks.clear();
        for (std::int64_t row = 0; row < ids.size(0); ++row) {
            const auto all = ids.rows(row, row + 1).ints();
            fed.emplace_back(all.begin() + held, all.end());
            const auto of = mask.rows(row, row + 1).ints();
            masks.emplace_back(of.begin(), of.end());
        }
        return {{names::kInputIds, generation::toTensor(fed)}};
    }
    [[nodiscard]] NamedTensors forward(const NamedTensors &inputs, const ForwardOptions &options,
                                       const RunControl &control) const override
    {
        control.checkpoint();
        auto *state = dynamic_cast<TableState *>(options.state);
        const Tensor &ids = require(inputs, names::kInputIds);
        const auto rows = static_cast<std::size_t>(ids.size(0));
        std::vector<float> out;
        if (state != nullptr && state->rows.empty())
            state->rows.resize(rows);
        for (std::size_t row = 0; row < rows; ++row) {
            const auto fed = ids.rows(static_cast<std::int64_t>(row), static_cast<std::int64_t>(row) + 1).ints();
            positionsFed += static_cast<std::int64_t>(fed.size());
            Ids all = state != nullptr ? state->rows.at(row) : Ids{};
            all.insert(all.end(), fed.begin(), fed.end());
            const Logits scores = m_scores(all);
            out.insert(out.end(), scores.begin(), scores.end());
            if (state != nullptr)
                state->rows[row] = all;
        }
        return {{names::kLogits, Tensor::fromFloats({ids.size(0), 1, m_vocabulary}, out)}};
    }
    [[nodiscard]] std::int64_t maxPositions() const override { return 0; }
    [[nodiscard]] std::int64_t vocabularySize() const override { return m_vocabulary; }
    [[nodiscard]] int layerCount() const override { return 1; }
    [[nodiscard]] int headCount() const override { return 1; }
    [[nodiscard]] std::int64_t hiddenSize() const override { return 1; }

private:
    std::int64_t m_vocabulary;
    std::function<Logits(const Ids &)> m_scores;
    std::vector<HeadInfo> m_heads;
};

// Scores in [−3, 3) that depend on the whole row.
inline Logits scrambled(const Ids &row, std::int64_t vocabulary)
{
    std::uint64_t hash = 0x9E3779B97F4A7C15ULL;
    for (const auto id : row)
        hash = (hash ^ static_cast<std::uint64_t>(id + 1)) * 0xD6E8FEB86659FD93ULL, hash ^= hash >> 32U;
    Logits out;
    for (std::int64_t id = 0; id < vocabulary; ++id) {
        std::uint64_t value = (hash + static_cast<std::uint64_t>(id) * 0xA0761D6478BD642FULL) * 0xE7037ED1A0B428DBULL;
        value ^= value >> 29U;
        out.push_back(static_cast<float>(value % 6000U) / 1000.0F - 3.0F);
    }
    return out;
}

} // namespace engine::test
