// SPDX-License-Identifier: GPL-3.0-or-later
// The growing rows of a search together with what the model remembers of them.
#pragma once

#include "engine/run_control.h"
#include "engine/tensor.h"
#include "generation/search.h"
#include "models/model.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace engine::generation {

class Rows {
public:
    struct Source {
        const Model &model;
        const SearchInput &input;
        const RunControl &control;
        RunState *state = nullptr; // to continue from; null: a new one
        bool usesCache = true;
        std::uint64_t seed = 0;                        // of the run's choices when the input brings none
        std::optional<std::int64_t> decoderStart = {}; // encoder–decoders
    };
    explicit Rows(const Source &source);

    [[nodiscard]] std::size_t count() const noexcept { return m_ids.size(); }
    [[nodiscard]] std::size_t length() const noexcept { return m_ids.front().size(); }
    [[nodiscard]] std::span<const std::int64_t> ids(std::size_t row) const { return m_ids[row]; }

    // One forward pass over what the state does not hold yet → (rows, vocabulary).
    [[nodiscard]] Tensor logits();
    // Row i becomes the former rows[i]; there may be more or fewer of them than before.
    void select(std::span<const std::int64_t> rows);
    // One token a row; its mask is 1.
    void append(std::span<const std::int64_t> ids);

    [[nodiscard]] Tensor tensor() const; // (rows, length), I64

private:
    using Ids = std::vector<std::vector<std::int64_t>>;
    // What the model runs: the rows, or, where several documents vote, those of every document. Rows of one document
    // stand together, so that all read its source in place: prompt, document, beam.
    [[nodiscard]] Ids ofDocuments(const Ids &rows) const;
    [[nodiscard]] std::vector<std::int64_t> ofDocuments(std::span<const std::int64_t> rows) const;
    [[nodiscard]] Tensor mixed(const Tensor &scores) const;
    void startFromPrompt(const Source &source);
    void startFromSource(const Source &source);

    const Model &m_model;
    const RunControl &m_control;
    bool m_forgetsSteps = false; // no cache, but a state for the source
    std::string m_head;
    NamedTensors m_extra;
    RunChoices m_ownChoices;
    RunChoices *m_choices;
    std::unique_ptr<RunState> m_ownState;
    RunState *m_state = nullptr; // null: every pass recomputes everything
    Tensor m_documentWeights;    // log p(document), (prompts, documents); null: one source a row
    Ids m_ids;
    Ids m_mask;
};

// (rows, length), I64, of equally long rows.
[[nodiscard]] Tensor toTensor(const std::vector<std::vector<std::int64_t>> &rows);

} // namespace engine::generation
