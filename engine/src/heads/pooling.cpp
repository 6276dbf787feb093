// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "engine/names.h"
#include "heads/head.h"

#include <algorithm>
#include <utility>

namespace engine::heads {
namespace {

// Row r of the result is hidden[r][at(r)].
template <typename At> Tensor gather(const Tensor &hidden, At &&at)
{
    const auto rows = hidden.size(0);
    const auto length = hidden.size(1);
    const auto features = hidden.size(2);
    Tensor out = Tensor::uninitialised({rows, features});
    float *to = out.mutableFloats().data();
    for (std::int64_t r = 0; r < rows; ++r)
        std::copy_n(hidden.floats().data() + (r * length + at(r)) * features, features, to + r * features);
    return out;
}

} // namespace

Pooling poolBackbone()
{
    return [](const HeadInput &in) {
        if (!in.pooled)
            failInternal("a head pools with the backbone's pooler, the backbone has none");
        return in.pooled();
    };
}

Pooling poolPosition(std::int64_t position)
{
    return [position](const HeadInput &in) {
        const auto length = in.hidden.size(1);
        const auto at = position < 0 ? length + position : position;
        if (at < 0 || at >= length)
            failInternal("pooling position " + std::to_string(position) + " of " + std::to_string(length));
        return gather(in.hidden, [at](std::int64_t) { return at; });
    };
}

Pooling poolAt(std::string inputName)
{
    return [name = std::move(inputName)](const HeadInput &in) {
        const Tensor positions = find(in.inputs, name);
        const auto length = in.hidden.size(1);
        if (positions.isNull())
            return gather(in.hidden, [length](std::int64_t) { return length - 1; });
        if (positions.elements() != in.hidden.size(0))
            failArgument(name + ": expected " + std::to_string(in.hidden.size(0)) + " positions, found shape " +
                         positions.shape().text());
        return gather(in.hidden, [&](std::int64_t r) {
            const auto at = positions.ints()[static_cast<std::size_t>(r)];
            if (at < 0 || at >= length)
                failArgument(name + ": position " + std::to_string(at) + " of " + std::to_string(length));
            return at;
        });
    };
}

Pooling poolMean()
{
    return [](const HeadInput &in) {
        const auto length = in.hidden.size(1);
        const auto features = in.hidden.size(2);
        Tensor out = Tensor::zeros({in.hidden.size(0), features});
        float *to = out.mutableFloats().data();
        const float *from = in.hidden.floats().data();
        for (std::int64_t r = 0; r < in.hidden.size(0); ++r, to += features) {
            for (std::int64_t i = 0; i < length; ++i, from += features)
                std::transform(from, from + features, to, to, std::plus<>());
            std::transform(to, to + features, to, [length](float sum) { return sum / static_cast<float>(length); });
        }
        return out;
    };
}

Pooling poolLastToken(std::int64_t token)
{
    return [token](const HeadInput &in) {
        const Tensor &ids = require(in.inputs, names::kInputIds);
        const auto rows = ids.size(0);
        const auto length = ids.size(1);
        std::vector<std::int64_t> last(static_cast<std::size_t>(rows));
        std::vector<std::int64_t> counts(static_cast<std::size_t>(rows), 0);
        for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t i = 0; i < length; ++i)
                if (ids.ints()[static_cast<std::size_t>(r * length + i)] == token) {
                    last[static_cast<std::size_t>(r)] = i;
                    ++counts[static_cast<std::size_t>(r)];
                }
        if (counts.front() == 0 || std::ranges::count(counts, counts.front()) != rows)
            failArgument("input_ids: expected the end token " + std::to_string(token) +
                         " in every row, equally often; row 0 has " + std::to_string(counts.front()));
        return gather(in.hidden, [&](std::int64_t r) { return last[static_cast<std::size_t>(r)]; });
    };
}

Pooling poolSummary(const std::string &summaryType, std::string positionInput)
{
    if (summaryType == "last")
        return poolPosition(-1);
    if (summaryType == "first")
        return poolPosition(0);
    if (summaryType == "mean")
        return poolMean();
    if (summaryType == "cls_index")
        return poolAt(std::move(positionInput));
    failFile("config.json: summary_type: expected last, first, mean or cls_index, found " + summaryType);
}

} // namespace engine::heads
