// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/ngram_attention.h"

#include "layers/attention/attention.h"
#include "layers/attention/relative_buckets.h"
#include "ops/ops.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace engine::models {
namespace {

constexpr float kLowest = std::numeric_limits<float>::lowest(); // added to the score of a hidden pair

layers::LinearShape square(const ProphetLikeOptions &o)
{
    return {.inputs = o.hidden, .outputs = o.hidden};
}

layers::BucketOptions bucketOptions(const ProphetLikeOptions &o)
{
    return {.buckets = o.buckets, .maxDistance = o.maxDistance, .isBidirectional = false};
}

// buckets[i] of the distance i − last.
std::vector<std::int64_t> bucketsUpTo(std::int64_t last, std::int64_t count, const layers::BucketOptions &options)
{
    std::vector<std::int64_t> out(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i)
        out[static_cast<std::size_t>(i)] = layers::relativeBucket(i - last, options);
    return out;
}

// (rows, heads, streams · length, keys + streams · length) → (rows, streams, heads, length, keys + length): of its own
// keys a stream keeps those of itself.
Tensor byStream(const Tensor &weights, std::int64_t streams)
{
    const auto rows = weights.size(0);
    const auto heads = weights.size(1);
    const auto length = weights.size(2) / streams;
    const auto stride = weights.size(3);
    const auto keys = stride - streams * length;
    Tensor out = Tensor::uninitialised({rows, streams, heads, length, keys + length});
    float *to = out.mutableFloats().data();
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t n = 0; n < streams; ++n)
            for (std::int64_t h = 0; h < heads; ++h)
                for (std::int64_t t = 0; t < length; ++t) {
                    const float *row =
                        weights.floats().data() + ((r * heads + h) * streams * length + n * length + t) * stride;
                    to = std::copy_n(row, keys, to);
                    to = std::copy_n(row + keys + n * length, length, to);
                }
    return out;
}

bool wants(const RunControl &control, int layer, TraceKind kind)
{
    return control.trace != nullptr && control.trace->wants(Stack::Decoder, layer, kind);
}

} // namespace

Tensor slicePositions(const Tensor &x, std::int64_t begin, std::int64_t end)
{
    if (begin == 0 && end == x.size(1))
        return x;
    const auto features = x.size(2);
    const auto step = x.size(1) * features;
    Tensor out = Tensor::uninitialised({x.size(0), end - begin, features});
    float *to = out.mutableFloats().data();
    for (std::int64_t r = 0; r < x.size(0); ++r)
        to = std::copy_n(x.floats().data() + r * step + begin * features, (end - begin) * features, to);
    return out;
}

struct NgramAttention::Part {
    Tensor query; // (rows, heads, positions, d)
    Tensor key;
    Tensor value;
    Tensor bias; // (rows, positions, buckets · heads)
};

NgramAttention::NgramAttention(const checkpoint::Weights &w, const ProphetLikeOptions &o)
    : m_options(o),
      m_queryKeyValue(layers::Linear::stacked({w / "query_proj", w / "key_proj", w / "value_proj"}, square(o))),
      m_out(w / "out_proj", square(o)),
      m_bias(w / "relative_pos_embeddings", {.inputs = o.hidden, .outputs = o.buckets * o.decoderHeads})
{
}

NgramAttention::Part NgramAttention::part(const Tensor &x, const Tensor &projected, std::int64_t begin,
                                          std::int64_t end) const
{
    const Tensor own = slicePositions(projected, begin, end);
    const auto heads = m_options.decoderHeads;
    const auto width = m_options.hidden;
    return {.query = ops::splitHeads(own, heads, 0, width),
            .key = ops::splitHeads(own, heads, width, width),
            .value = ops::splitHeads(own, heads, 2 * width, width),
            .bias = m_bias(slicePositions(x, begin, end))};
}

Tensor NgramAttention::operator()(const Tensor &x, const NgramCall &call, const RunControl &control) const
{
    const auto length = x.size(1) / (1 + call.streams);
    const Tensor projected = m_queryKeyValue(x);
    const Part main = part(x, projected, 0, length);
    layers::KeyValueCache::Memory memory{.key = main.key, .value = main.value, .length = length};
    Tensor mixed = mainStream(main, call, memory, control);
    if (call.streams > 0)
        mixed = ops::concat(mixed, predictingStreams(part(x, projected, length, x.size(1)), call, memory, control), 1);
    return m_out(mixed, {.residual = call.residual});
}

Tensor NgramAttention::mainStream(const Part &part, const NgramCall &call, layers::KeyValueCache::Memory &memory,
                                  const RunControl &control) const
{
    if (call.cache != nullptr)
        memory = call.cache->extend(call.layer, part.key, part.value);
    AppliedMask mask{{{.rule = MaskRule::causal(call.offset), .mode = MaskMode::Add, .value = kLowest}}};
    if (auto padding = paddingRule(call.mask, part.key.size(0), memory.length); !padding.isTrivial())
        mask.terms.push_back({.rule = std::move(padding), .mode = MaskMode::Add, .value = kLowest});
    const auto scale = 1.0F / std::sqrt(static_cast<float>(part.query.size(3)));
    const Tensor bias = mainBias(part.bias, call.offset);
    layers::AttentionInputs in{.query = ops::scale(part.query, scale),
                               .mask = mask,
                               .positionScores = [&bias] { return bias; },
                               .stack = Stack::Decoder,
                               .layer = call.layer};
    in.take(memory);
    return layers::attend(in, control);
}

// (rows, heads, length, offset + length): for the distance key − query.
Tensor NgramAttention::mainBias(const Tensor &values, std::int64_t offset) const
{
    const auto heads = static_cast<std::int64_t>(m_options.decoderHeads);
    const auto length = values.size(1);
    const auto keys = offset + length;
    const auto buckets = bucketsUpTo(keys - 1, keys + length - 1, bucketOptions(m_options));
    Tensor out = Tensor::uninitialised({values.size(0), heads, length, keys});
    float *to = out.mutableFloats().data();
    for (std::int64_t r = 0; r < values.size(0); ++r)
        for (std::int64_t h = 0; h < heads; ++h)
            for (std::int64_t t = 0; t < length; ++t) {
                const float *own = values.floats().data() + (r * length + t) * values.size(2) + h;
                const auto *bucket = buckets.data() + (length - 1 - t);
                for (std::int64_t k = 0; k < keys; ++k)
                    *to++ = own[bucket[k] * heads];
            }
    return out;
}

Tensor NgramAttention::predictingStreams(const Part &part, const NgramCall &call,
                                         const layers::KeyValueCache::Memory &memory, const RunControl &control) const
{
    // The streams' own keys stand behind the main stream's for this call only.
    const Tensor key = ops::concat(layers::takenPositions(memory.key, memory), part.key, 2);
    const Tensor value = ops::concat(layers::takenPositions(memory.value, memory), part.value, 2);
    const auto scale = 1.0F / std::sqrt(static_cast<float>(part.query.size(3)));
    const Tensor bias = streamBias(part.bias, call);
    if (!wants(control, call.layer, TraceKind::Mechanism))
        return ops::fusedAttention(part.query, key, value, {.factor = scale, .scoreBias = bias});
    const Tensor weights = ops::softmax(ops::add(ops::matmulTransposed(part.query, key, scale), bias));
    control.trace->mechanism({.stack = Stack::Decoder,
                              .layer = call.layer,
                              .name = call.recordName,
                              .tensor = byStream(weights, call.streams)});
    return ops::mergeHeads(ops::matmul(weights, value));
}

// (rows, heads, streams · length, keys + streams · length): for the distance (key − 1) − query over the main stream's
// keys, 0 over own ones, and the lowest float where a row does not see.
Tensor NgramAttention::streamBias(const Tensor &values, const NgramCall &call) const
{
    const auto heads = static_cast<std::int64_t>(m_options.decoderHeads);
    const auto positions = values.size(1);
    const auto length = positions / call.streams;
    const auto keys = call.offset + length;
    const auto buckets = bucketsUpTo(keys, keys + length - 1, bucketOptions(m_options));
    const auto width = keys + positions;
    Tensor out = Tensor::uninitialised({values.size(0), heads, positions, width});
    float *row = out.mutableFloats().data();
    for (std::int64_t r = 0; r < values.size(0); ++r)
        for (std::int64_t h = 0; h < heads; ++h)
            for (std::int64_t p = 0; p < positions; ++p, row += width) {
                const auto stream = p / length;
                const auto t = p % length;
                auto from = p; // position and head whose values the row takes
                auto head = h;
                if (m_options.order == StreamOrder::Reference) {
                    const auto flat = (stream * heads + h) * length + t;
                    from = flat / heads % call.streams * length + flat / (call.streams * heads);
                    head = flat % heads;
                }
                const float *own = values.floats().data() + (r * positions + from) * values.size(2) + head;
                const auto *bucket = buckets.data() + (length - 1 - t);
                for (std::int64_t k = 0; k < keys; ++k) {
                    const bool isReal =
                        call.mask.isNull() || call.mask.ints()[static_cast<std::size_t>(r * keys + k)] != 0;
                    const bool isSeen = isReal && seesMainKey(stream, call.offset + t, k);
                    row[k] = isSeen ? own[bucket[k] * heads] : kLowest;
                }
                std::fill(row + keys, row + width, kLowest);
                row[keys + p] = own[0];
            }
    return out;
}

} // namespace engine::models
