// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/finder.h"

#include "engine/error.h"
#include "engine/passage_index.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace engine::retrieval {
namespace {

Tensor joined(const std::vector<Tensor> &parts)
{
    std::int64_t rows = 0;
    for (const auto &part : parts)
        rows += part.size(0);
    Tensor out = Tensor::uninitialised({rows, parts.front().size(1)});
    auto to = out.mutableFloats().begin();
    for (const auto &part : parts)
        to = std::ranges::copy(part.floats(), to).out;
    return out;
}

void requireDimension(std::int64_t found, std::int64_t expected, const std::string &whose)
{
    if (found != expected)
        failArgument(whose + ": expected vectors of " + std::to_string(expected) +
                     " numbers, as the question encoder makes them, found " + std::to_string(found));
}

// Inner products of one vector with every row.
std::vector<double> scores(const Tensor &vector, const Tensor &rows)
{
    const auto question = vector.floats();
    const auto width = question.size();
    std::vector<double> out;
    for (auto rest = rows.floats(); !rest.empty(); rest = rest.subspan(width))
        out.push_back(std::inner_product(question.begin(), question.end(), rest.begin(), 0.0, std::plus<>(),
                                         [](float a, float b) { return double{a} * double{b}; }));
    return out;
}

std::vector<FoundPassage> amongGiven(const Tensor &vector, const Search &search, const RunControl &control,
                                     std::vector<std::string> &notes)
{
    const auto &request = search.request;
    RunControl silent = control; // vectors are what is wanted, not how they came about
    silent.trace = nullptr;
    if (!request.passageEncoder)
        notes.emplace_back("no passage encoder was given: the question encoder embedded the passages, for which it was "
                           "not trained");
    const Tensor vectors = request.passageEncoder
                               ? embedPassages(passageEncoder(*request.passageEncoder), request.passages, {}, silent)
                               : embedPassages(search.questions, request.passages, {}, silent);
    requireDimension(vectors.size(1), vector.size(1), "the passage encoder");
    const auto all = scores(vector, vectors);
    std::vector<std::int64_t> order(all.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::greater<>(), [&](std::int64_t i) { return all[static_cast<std::size_t>(i)]; });
    order.resize(std::min(order.size(), static_cast<std::size_t>(search.count)));
    std::vector<FoundPassage> found;
    for (const auto id : order)
        found.push_back({.id = id,
                         .passage = request.passages[static_cast<std::size_t>(id)],
                         .score = all[static_cast<std::size_t>(id)]});
    return found;
}

std::vector<FoundPassage> inIndex(const Tensor &vector, const PassageIndex &index, std::int64_t count)
{
    std::vector<FoundPassage> found;
    const auto hits = index.search(vector, count);
    for (const auto &hit : hits.front())
        found.push_back({.id = hit.id, .passage = index.passage(hit.id), .score = hit.score});
    return found;
}

} // namespace

Tensor embedPassages(const Encoder &encoder, std::span<const Passage> passages, const EmbedOptions &options,
                     const RunControl &control)
{
    RunControl quiet = control; // progress counts passages, not layers
    quiet.progress = {};
    const auto batch = static_cast<std::size_t>(std::max<std::int64_t>(options.batch, 1));
    const auto total = options.total > 0 ? options.total : static_cast<std::int64_t>(passages.size());
    std::vector<Tensor> parts;
    for (std::size_t begin = 0; begin < passages.size(); begin += batch) {
        control.checkpoint();
        std::vector<Encoding> rows;
        for (const auto &passage : passages.subspan(begin, std::min(batch, passages.size() - begin)))
            rows.push_back(encodePassage(encoder, passage));
        const auto count = static_cast<std::int64_t>(rows.size());
        Tensor vectors = embed(encoder, padded(encoder.tokenizer, std::move(rows)), quiet);
        if (options.onBatch)
            options.onBatch(vectors);
        else
            parts.push_back(std::move(vectors));
        control.report({.what = "embedding",
                        .done = options.done + static_cast<std::int64_t>(begin) + count,
                        .total = total,
                        .unit = "passages"});
    }
    return parts.empty() ? Tensor() : joined(parts);
}

std::vector<FoundPassage> nearest(const Tensor &vector, const Search &search, const RunControl &control,
                                  std::vector<std::string> &notes)
{
    const auto &request = search.request;
    if (request.passages.empty() && !request.index)
        failArgument("there are no passages to look in: give some (--passages) or an index of them (--index)");
    auto found =
        request.index ? inIndex(vector, *request.index, search.count) : amongGiven(vector, search, control, notes);
    if (found.empty())
        failArgument("the index has no passages");
    addProbabilities(found);
    return found;
}

void addProbabilities(std::vector<FoundPassage> &passages)
{
    if (passages.empty())
        return;
    const double largest = std::ranges::max(passages, {}, &FoundPassage::score).score;
    double sum = 0.0;
    for (auto &found : passages)
        sum += found.probability = std::exp(found.score - largest);
    for (auto &found : passages)
        found.probability /= sum;
}

} // namespace engine::retrieval
