// SPDX-License-Identifier: GPL-3.0-or-later
#include "generation/sequence_mixture.h"

#include "engine/names.h"
#include "generation/search.h"

#include <algorithm>
#include <numeric>
#include <span>

namespace engine::generation {
namespace {

Tensor maskOf(const Tensor &ids, std::int64_t pad)
{
    Tensor mask = Tensor::uninitialised(ids.shape(), DType::I64);
    std::ranges::transform(ids.ints(), mask.mutableInts().begin(),
                           [pad](std::int64_t id) { return id == pad ? 0 : 1; });
    return mask;
}

std::vector<RatedSequence> candidates(const Model &model, const DocumentSources &sources,
                                      const SequenceOptions &options, const RunControl &control)
{
    GenerationOptions search = options.search;
    search.returnSequences = search.beams;
    const auto found = generation::search(
        model, {.ids = sources.ids, .mask = maskOf(sources.ids, search.padTokenId), .head = sources.head}, search,
        control, {.endsRow = options.endsRow});
    std::vector<RatedSequence> out;
    for (std::int64_t row = 0; row < found.sequences.size(0); ++row) {
        const auto ids = found.sequences.rows(row, row + 1).ints();
        const auto document = static_cast<std::size_t>(row / search.beams);
        const auto same =
            std::ranges::find_if(out, [&](const RatedSequence &other) { return std::ranges::equal(other.ids, ids); });
        if (same == out.end() || options.keepsDuplicates)
            out.push_back({.ids = {ids.begin(), ids.end()},
                           .length = found.lengths.at(static_cast<std::size_t>(row)),
                           .documents = {document}});
        else if (same->documents.back() != document)
            same->documents.push_back(document);
    }
    return out;
}

} // namespace

std::vector<RatedSequence> rateSequences(const Model &model, const DocumentSources &sources,
                                         const SequenceOptions &options, const RunControl &control)
{
    auto rated = candidates(model, sources, options, control);
    const auto documents = sources.scores.size(1);
    const auto state = model.encode({{names::kInputIds, sources.ids}, {names::kAttentionMask, sources.mask}}, control);
    std::int64_t done = 0;
    for (auto &candidate : rated) {
        control.checkpoint();
        const auto length = static_cast<std::int64_t>(candidate.ids.size());
        std::vector<std::int64_t> rows; // the decoder reads the same beside every document
        for (std::int64_t document = 0; document < documents; ++document)
            rows.insert(rows.end(), candidate.ids.begin(), candidate.ids.end());
        const auto outputs =
            model.forward({{names::kDecoderInputIds, Tensor::fromInts({documents, length}, rows)},
                           {names::kLabels, Tensor::fromInts({1, length}, candidate.ids)},
                           {names::kDocScores, sources.scores},
                           {names::kExcludeBosScore, Tensor::fromInts({}, std::vector<std::int64_t>{1})}},
                          {.head = sources.head, .state = state.get()}, control);
        candidate.loss = static_cast<double>(require(outputs, names::kLoss).floats().front());
        state->truncate(0);
        control.report(
            {.what = "rating", .done = ++done, .total = static_cast<std::int64_t>(rated.size()), .unit = "candidates"});
    }
    return rated;
}

std::vector<std::size_t> bestSequences(const std::vector<RatedSequence> &rated, std::size_t count)
{
    std::vector<std::size_t> order(rated.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return rated[i].loss; });
    order.resize(std::min(count, order.size()));
    return order;
}

} // namespace engine::generation
