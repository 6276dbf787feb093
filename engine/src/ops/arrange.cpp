// SPDX-License-Identifier: GPL-3.0-or-later
// Operations that only move values: embedding, heads, joining.
#include "ops/ops.h"
#include "ops/parallel.h"

#include "engine/error.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace engine::ops {

Tensor embedding(const Tensor &table, const Tensor &ids, std::string_view what)
{
    if (table.isNull() || table.rank() != 2)
        failInternal("embedding: table of shape " + table.shape().text() + " for " + std::string(what));
    const std::int64_t rows = table.size(0);
    const std::int64_t features = table.size(1);
    const auto values = ids.ints();
    for (const auto id : values)
        if (id < 0 || id >= rows)
            failArgument(std::string(what) + ": id " + std::to_string(id) + " is outside the table of " +
                         std::to_string(rows) + " rows");
    auto sizes = ids.shape().sizes();
    sizes.push_back(features);
    Tensor y = Tensor::uninitialised(Shape(std::move(sizes)), table.dtype());
    const std::byte *from = table.data();
    std::byte *to = y.mutableData();
    const std::size_t rowBytes = static_cast<std::size_t>(features) * byteSize(table.dtype());
    parallelFor(ids.elements(), y.elements(), [&](std::int64_t i) {
        const auto at = static_cast<std::size_t>(i);
        std::memcpy(to + at * rowBytes, from + static_cast<std::size_t>(values[at]) * rowBytes, rowBytes);
    });
    return table.dtype() == DType::F32 ? y : y.toFloats();
}

Tensor splitHeads(const Tensor &x, std::int64_t heads, std::int64_t offset, std::int64_t width)
{
    if (x.rank() != 3 || heads < 1 || width < 0 || width % heads != 0 || offset < 0 || offset + width > x.size(-1))
        failInternal("splitHeads: " + std::to_string(heads) + " heads in columns " + std::to_string(offset) + " to " +
                     std::to_string(offset + width) + " of " + x.shape().text());
    const std::int64_t batch = x.size(0);
    const std::int64_t length = x.size(1);
    const std::int64_t stride = x.size(2);
    const std::int64_t d = width / heads;
    Tensor y = Tensor::uninitialised({batch, heads, length, d});
    const float *from = x.floats().data() + offset;
    float *to = y.mutableFloats().data();
    // Row by row of x: it comes from memory in order.
    parallelFor(batch * length, y.elements(), [&](std::int64_t i) {
        const float *source = from + i * stride;
        float *target = to + (i / length * heads * length + i % length) * d;
        for (std::int64_t head = 0; head < heads; ++head)
            std::copy_n(source + head * d, d, target + head * length * d);
    });
    return y;
}

Tensor mergeHeads(const Tensor &x)
{
    if (x.rank() != 4)
        failInternal("mergeHeads: expected (batch, heads, length, d), found " + x.shape().text());
    const std::int64_t batch = x.size(0);
    const std::int64_t heads = x.size(1);
    const std::int64_t length = x.size(2);
    const std::int64_t d = x.size(3);
    Tensor y = Tensor::uninitialised({batch, length, heads * d});
    const float *from = x.floats().data();
    float *to = y.mutableFloats().data();
    parallelFor(batch * length, y.elements(), [&](std::int64_t i) {
        const float *source = from + i / length * heads * length * d + i % length * d;
        for (std::int64_t head = 0; head < heads; ++head)
            std::copy_n(source + head * length * d, d, to + (i * heads + head) * d);
    });
    return y;
}

namespace {

struct Positions {
    std::int64_t first; // in the target
    std::int64_t count;
};

// Positions from the start of `from` to a place in `to`, for every head.
void copyPositions(const Tensor &from, float *to, std::int64_t toCapacity, const Positions &positions)
{
    const std::int64_t d = from.size(3);
    const std::int64_t fromStep = from.size(2) * d;
    const float *source = from.floats().data();
    const std::int64_t heads = from.size(0) * from.size(1);
    parallelFor(heads, heads * positions.count * d, [&](std::int64_t head) {
        std::copy_n(source + head * fromStep, positions.count * d, to + (head * toCapacity + positions.first) * d);
    });
}

} // namespace

Tensor extend(Tensor memory, std::int64_t used, const Tensor &part)
{
    bool fits = part.rank() == 4 && used >= 0;
    if (fits && !memory.isNull())
        fits = memory.rank() == 4 && memory.size(0) == part.size(0) && memory.size(1) == part.size(1) &&
               memory.size(3) == part.size(3) && used <= memory.size(2);
    if (!fits || (memory.isNull() && used != 0))
        failInternal("extend: " + part.shape().text() + " after " + std::to_string(used) + " positions of " +
                     memory.shape().text());
    const std::int64_t length = part.size(2);
    if (memory.isNull() || !memory.isWritable() || used + length > memory.size(2)) {
        constexpr std::int64_t kStep = 32;
        const std::int64_t needed = used + length;
        const std::int64_t capacity = (needed + needed / 2 + kStep - 1) / kStep * kStep;
        Tensor larger = Tensor::uninitialised({part.size(0), part.size(1), capacity, part.size(3)});
        if (used > 0)
            copyPositions(memory, larger.mutableFloats().data(), capacity, {.first = 0, .count = used});
        memory = std::move(larger);
    }
    copyPositions(part, memory.mutableFloats().data(), memory.size(2), {.first = used, .count = length});
    return memory;
}

Tensor firstPositions(const Tensor &memory, std::int64_t used)
{
    if (memory.rank() != 4 || used < 0 || used > memory.size(2))
        failInternal("firstPositions: " + std::to_string(used) + " of " + memory.shape().text());
    if (used == memory.size(2))
        return memory;
    Tensor y = Tensor::uninitialised({memory.size(0), memory.size(1), used, memory.size(3)});
    copyPositions(memory, y.mutableFloats().data(), used, {.first = 0, .count = used});
    return y;
}

Tensor relativeShift(const Tensor &x, const RelativeShift &shift)
{
    if (x.rank() != 4 || shift.keys < 0)
        failInternal("relativeShift: " + x.shape().text() + " to " + std::to_string(shift.keys) + " keys");
    const std::int64_t queries = x.size(2);
    const std::int64_t positions = x.size(3);
    Tensor y = Tensor::uninitialised({x.size(0), x.size(1), queries, shift.keys});
    const float *from = x.floats().data();
    float *to = y.mutableFloats().data();
    parallelFor(x.size(0) * x.size(1) * queries, y.elements(), [&](std::int64_t row) {
        const std::int64_t start = shift.first - shift.step * (row % queries); // column of key 0
        const std::int64_t begin = std::clamp<std::int64_t>(-start, 0, shift.keys);
        const std::int64_t end = std::clamp<std::int64_t>(positions - start, begin, shift.keys);
        float *target = to + row * shift.keys;
        std::fill(target, target + begin, 0.0F);
        std::copy_n(from + row * positions + start + begin, end - begin, target + begin);
        std::fill(target + end, target + shift.keys, 0.0F);
    });
    return y;
}

Tensor concat(const Tensor &a, const Tensor &b, int axis)
{
    if (a.isNull())
        return b;
    const int at = axis < 0 ? axis + a.rank() : axis;
    bool fits = a.rank() == b.rank() && at >= 0 && at < a.rank() && a.dtype() == b.dtype();
    for (int i = 0; fits && i < a.rank(); ++i)
        fits = i == at || a.size(i) == b.size(i);
    if (!fits)
        failInternal("concat along axis " + std::to_string(axis) + ": " + a.shape().text() + " and " +
                     b.shape().text());
    auto sizes = a.shape().sizes();
    sizes[static_cast<std::size_t>(at)] += b.size(at);
    std::int64_t outer = 1;
    for (int i = 0; i < at; ++i)
        outer *= a.size(i);
    Tensor y = Tensor::uninitialised(Shape(std::move(sizes)), a.dtype());
    if (y.elements() == 0)
        return y;
    const std::size_t aBytes = a.bytes() / static_cast<std::size_t>(outer);
    const std::size_t bBytes = b.bytes() / static_cast<std::size_t>(outer);
    std::byte *to = y.mutableData();
    parallelFor(outer, y.elements(), [&](std::int64_t i) {
        const auto row = static_cast<std::size_t>(i);
        std::byte *target = to + row * (aBytes + bBytes);
        std::memcpy(target, a.data() + row * aBytes, aBytes);
        std::memcpy(target + aBytes, b.data() + row * bBytes, bBytes);
    });
    return y;
}

} // namespace engine::ops
