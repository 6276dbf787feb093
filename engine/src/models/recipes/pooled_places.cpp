// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/pooled_places.h"

#include "engine/error.h"
#include "engine/names.h"

#include <algorithm>
#include <string>
#include <utility>

namespace engine::models {
namespace {

// The pairs of a sequence, each [begin, end) of one or two states.
std::vector<PositionSpan> pairsOf(std::int64_t length, const PoolOptions &options)
{
    std::vector<PositionSpan> pairs;
    std::int64_t begin = 0;
    std::int64_t end = length;
    if (options.separatesClass) {
        pairs.push_back({0, 1});
        begin = 1;
        end -= options.truncates ? 1 : 0;
    }
    for (; begin < end; begin += 2)
        pairs.push_back({begin, std::min(begin + 2, end)});
    return pairs;
}

Tensor likeIds(const NamedTensors &inputs, const char *name, const Tensor &ids)
{
    const Tensor given = find(inputs, name);
    if (!given.isNull() && given.shape() != ids.shape())
        failArgument(std::string(name) + ": expected shape " + ids.shape().text() + ", found " + given.shape().text());
    return given;
}

// One value a pair, made of the first and the last of it.
template <typename Make> Tensor perPair(const Tensor &values, const std::vector<PositionSpan> &pairs, Make &&make)
{
    Tensor out = Tensor::uninitialised({values.size(0), static_cast<std::int64_t>(pairs.size())}, DType::I64);
    auto to = out.mutableInts().begin();
    for (std::int64_t r = 0; r < values.size(0); ++r) {
        const auto row = values.ints().subspan(static_cast<std::size_t>(r * values.size(1)));
        for (const auto &pair : pairs)
            *to++ = make(row[static_cast<std::size_t>(pair.begin)], row[static_cast<std::size_t>(pair.end - 1)]);
    }
    return out;
}

} // namespace

PooledPlaces wholePlaces(const NamedTensors &inputs, const Tensor &ids)
{
    PooledPlaces places;
    for (std::int64_t i = 0; i < ids.size(1); ++i)
        places.spans.push_back({i, i + 1});
    places.types = likeIds(inputs, names::kTokenTypeIds, ids);
    if (places.types.isNull())
        places.types = Tensor::zeros(ids.shape(), DType::I64);
    const Tensor mask = likeIds(inputs, names::kAttentionMask, ids);
    if (!mask.isNull() && std::ranges::find(mask.ints(), 0) != mask.ints().end())
        places.keep = mask;
    return places;
}

bool canPool(std::int64_t length, const PoolOptions &options)
{
    return length > (options.separatesClass ? 2 : 1);
}

PooledPlaces pooled(const PooledPlaces &places, const PoolOptions &options)
{
    const auto pairs = pairsOf(static_cast<std::int64_t>(places.spans.size()), options);
    PooledPlaces out;
    for (const auto &pair : pairs)
        out.spans.push_back({places.spans[static_cast<std::size_t>(pair.begin)].begin,
                             places.spans[static_cast<std::size_t>(pair.end - 1)].end});
    out.stride = 2 * places.stride;
    // A state stands where the first of its pair stood; counting on evenly to the left gives the class its place.
    out.first = options.separatesClass ? places.first + places.stride - out.stride : places.first;
    out.types = perPair(places.types, pairs, [](std::int64_t first, std::int64_t) { return first; });
    if (!places.keep.isNull())
        out.keep = perPair(places.keep, pairs, [](std::int64_t first, std::int64_t last) { return first * last; });
    return out;
}

Tensor poolStates(const Tensor &states, const PoolOptions &options)
{
    const auto length = states.size(1);
    const auto features = states.size(2);
    const auto pairs = pairsOf(length, options);
    Tensor out = Tensor::uninitialised({states.size(0), static_cast<std::int64_t>(pairs.size()), features});
    float *to = out.mutableFloats().data();
    for (std::int64_t r = 0; r < states.size(0); ++r)
        for (const auto &pair : pairs) {
            const float *first = states.floats().data() + (r * length + pair.begin) * features;
            const float *last = states.floats().data() + (r * length + pair.end - 1) * features;
            to = options.kind == PoolKind::Mean
                     ? std::transform(first, first + features, last, to, [](float a, float b) { return (a + b) / 2; })
                     : std::transform(first, first + features, last, to,
                                      [](float a, float b) { return std::max(a, b); });
        }
    return out;
}

MaskRule pooledRule(const PooledPlaces &queries, const PooledPlaces &keys)
{
    std::vector<std::vector<bool>> keep;
    if (!keys.keep.isNull()) {
        auto value = keys.keep.ints().begin();
        for (std::int64_t r = 0; r < keys.keep.size(0); ++r) {
            auto &row = keep.emplace_back();
            for (std::int64_t k = 0; k < keys.keep.size(1); ++k)
                row.push_back(*value++ != 0);
        }
    }
    const bool isPooled = queries.stride > 1 || keys.stride > 1;
    if (isPooled)
        return MaskRule::pooled({.queries = queries.spans, .keys = keys.spans, .keep = std::move(keep)});
    return keep.empty() ? MaskRule::full() : MaskRule::padding(std::move(keep));
}

Tensor upsample(const Tensor &states, const Upsampling &how)
{
    if (how.stride == 1)
        return states;
    const auto features = states.size(2);
    const std::int64_t once = how.separatesClass ? 1 : 0; // states that are not repeated
    Tensor out = Tensor::zeros({states.size(0), how.length, features});
    float *to = out.mutableFloats().data();
    for (std::int64_t r = 0; r < states.size(0); ++r)
        for (std::int64_t i = 0; i < how.length; ++i, to += features) {
            const auto source = i < once ? i : once + (i - once) / how.stride;
            if (source < states.size(1))
                std::copy_n(states.floats().data() + (r * states.size(1) + source) * features, features, to);
        }
    return out;
}

} // namespace engine::models
