// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/attention/attention.h"

#include "ops/ops.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace engine::layers {
namespace {

bool isListening(const AttentionInputs &in, const RunControl &control, TraceKind kind)
{
    return control.trace != nullptr && control.trace->wants(in.stack, in.layer, kind);
}

// What the fused kernel can express: a causal triangle and hidden keys.
struct FusedMask {
    std::optional<std::int64_t> causalOffset;
    Tensor keyBias;
};

// (batch, keys): 0, or `value` where the rule hides the key from every query.
Tensor keyBias(const MaskRule &padding, float value, const Shape &query, std::int64_t keys)
{
    Tensor bias = Tensor::uninitialised({query[0], keys});
    auto out = bias.mutableFloats();
    std::vector<std::uint8_t> row(static_cast<std::size_t>(keys));
    for (std::int64_t b = 0; b < query[0]; ++b) {
        padding.fillRow(b, 0, row);
        for (std::size_t k = 0; k < row.size(); ++k)
            out[static_cast<std::size_t>(b) * row.size() + k] = row[k] != 0 ? 0.0F : value;
    }
    return bias;
}

// A row that sees nothing shows in which way a family hides; the fused kernel knows only one way.
bool everyQuerySeesAKey(const MaskRule &rule, const Shape &query, std::int64_t keys)
{
    std::vector<std::uint8_t> row(static_cast<std::size_t>(keys));
    for (std::int64_t b = 0; b < query[0]; ++b)
        for (std::int64_t q = 0; q < query[2]; ++q) {
            rule.fillRow(b, q, row);
            if (std::ranges::find(row, 1) == row.end())
                return false;
        }
    return true;
}

std::optional<FusedMask> fusedMask(const AppliedMask &mask, const Shape &query, std::int64_t keys)
{
    FusedMask fused;
    std::vector<MaskRule> parts;
    for (const auto &term : mask.terms) {
        if (term.rule.kind() == MaskKind::All)
            parts.insert(parts.end(), term.rule.parts().begin(), term.rule.parts().end());
        else
            parts.push_back(term.rule);
    }
    for (const auto &part : parts) {
        if (part.isTrivial())
            continue;
        if (part.kind() == MaskKind::Causal && !fused.causalOffset)
            fused.causalOffset = part.queryOffset();
        else if (part.kind() == MaskKind::Padding && fused.keyBias.isNull())
            fused.keyBias = keyBias(part, mask.terms.back().value, query, keys);
        else
            return std::nullopt;
    }
    if (!fused.keyBias.isNull() && !everyQuerySeesAKey(mask.rule(), query, keys))
        return std::nullopt;
    return fused;
}

void applyMask(Tensor &scores, const AppliedMask &mask)
{
    const auto batch = scores.size(0);
    const auto heads = scores.size(1);
    const auto queries = scores.size(2);
    const auto keys = scores.size(3);
    auto values = scores.mutableFloats();
    std::vector<std::uint8_t> visible(static_cast<std::size_t>(keys));
    for (const auto &term : mask.terms) {
        if (term.rule.isTrivial())
            continue;
        for (std::int64_t b = 0; b < batch; ++b)
            for (std::int64_t q = 0; q < queries; ++q) {
                term.rule.fillRow(b, q, visible);
                for (std::int64_t h = 0; h < heads; ++h) {
                    float *row = values.data() + ((b * heads + h) * queries + q) * keys;
                    for (std::int64_t k = 0; k < keys; ++k)
                        if (visible[static_cast<std::size_t>(k)] == 0)
                            row[k] = term.mode == MaskMode::Add ? row[k] + term.value : term.value;
                }
            }
    }
}

// Keys and values in one piece, without the room behind them.
void dropRoom(AttentionInputs &in)
{
    if (!in.keys)
        return;
    const KeyValueCache::Memory memory{.key = in.key, .value = in.value, .length = *in.keys, .places = in.places};
    in.key = takenPositions(memory.key, memory);
    in.value = takenPositions(memory.value, memory);
    in.keys = {};
    in.places = {};
}

// The position term as it enters the scaled scores, or null.
Tensor positionBias(const AttentionInputs &in)
{
    if (!in.positionScores)
        return {};
    const Tensor scores = in.positionScores();
    return in.scale == 1.0F ? scores : ops::scale(scores, in.scale);
}

Tensor denseAttention(const AttentionInputs &in, const RunControl &control)
{
    Tensor scores;
    if (in.positionScores) {
        const Tensor products = ops::matmulTransposed(in.query, in.key, 1.0F);
        scores = ops::scale(ops::add(products, in.positionScores()), in.scale);
    } else {
        scores = ops::matmulTransposed(in.query, in.key, in.scale);
    }
    applyMask(scores, in.mask);
    const Tensor weights = ops::softmax(scores);
    if (isListening(in, control, TraceKind::Attention))
        control.trace->attention(
            {.stack = in.stack, .layer = in.layer, .data = DenseAttention{.weights = weights}, .mask = in.mask});
    return ops::mergeHeads(ops::matmul(weights, in.value));
}

} // namespace

Tensor attend(const AttentionInputs &given, const RunControl &control)
{
    AttentionInputs in = given;
    if (isListening(in, control, TraceKind::QueryKey) || isListening(in, control, TraceKind::Value))
        dropRoom(in);
    if (isListening(in, control, TraceKind::QueryKey))
        control.trace->queryKey(
            {.stack = in.stack, .layer = in.layer, .query = in.query, .key = in.key, .scale = in.scale});
    if (isListening(in, control, TraceKind::Value))
        control.trace->value({.stack = in.stack, .layer = in.layer, .tensor = in.value});

    if (!isListening(in, control, TraceKind::Attention)) {
        const auto keys = in.keys.value_or(in.key.size(2));
        if (const auto fused = fusedMask(in.mask, in.query.shape(), keys))
            return ops::fusedAttention(in.query, in.key, in.value,
                                       {.factor = in.scale,
                                        .causalOffset = fused->causalOffset,
                                        .keyBias = fused->keyBias,
                                        .scoreBias = positionBias(in),
                                        .keys = keys,
                                        .places = in.places ? std::span(*in.places) : std::span<const std::int32_t>()});
    }
    dropRoom(in);
    return denseAttention(in, control);
}

} // namespace engine::layers
