// SPDX-License-Identifier: GPL-3.0-or-later
#include "heads/span_beams.h"

#include "engine/error.h"
#include "engine/names.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace engine::heads {
namespace {

using checkpoint::Weights;
using layers::LayerNorm;
using layers::Linear;

constexpr float kHidden = -1e30F; // score of a hidden token, as the reference sets it

// Columns begin … end − 1 of a matrix.
Tensor columnsOf(const Tensor &matrix, std::int64_t begin, std::int64_t end)
{
    Tensor out = Tensor::uninitialised({matrix.size(0), end - begin});
    float *to = out.mutableFloats().data();
    for (std::int64_t row = 0; row < matrix.size(0); ++row, to += end - begin)
        std::copy_n(matrix.floats().data() + row * matrix.size(1) + begin, end - begin, to);
    return out;
}

// A map over two vectors side by side, as two maps: what depends on one of them is computed once.
struct SplitLinear {
    SplitLinear(const Weights &w, std::int64_t hidden)
        : SplitLinear(w.tensor("weight", {hidden, 2 * hidden}), w.tensor("bias", {hidden}))
    {
    }
    SplitLinear(const Tensor &weight, const Tensor &bias)
        : left(columnsOf(weight, 0, weight.size(1) / 2), bias),
          right(columnsOf(weight, weight.size(1) / 2, weight.size(1)), Tensor())
    {
    }

    Linear left; // with the bias
    Linear right;
};

struct Ranked {
    std::vector<std::int64_t> index;
    std::vector<float> value;
};

// The largest values first, the earlier of equals.
Ranked largest(std::span<const float> values, std::int64_t count)
{
    Ranked out;
    out.index.resize(values.size());
    std::iota(out.index.begin(), out.index.end(), 0);
    const auto at = [&](std::int64_t i) { return values[static_cast<std::size_t>(i)]; };
    const auto end = out.index.begin() + std::min(count, static_cast<std::int64_t>(values.size()));
    std::partial_sort(out.index.begin(), end, out.index.end(),
                      [&](std::int64_t a, std::int64_t b) { return at(a) != at(b) ? at(a) > at(b) : a < b; });
    out.index.erase(end, out.index.end());
    std::ranges::transform(out.index, std::back_inserter(out.value), at);
    return out;
}

class SpanBeamsHead final : public Head {
public:
    SpanBeamsHead(const files::Config &config, const Weights &w, std::int64_t hidden)
        : m_starts(config.integer("start_n_top", 5, 1, 1 << 20)), m_ends(config.integer("end_n_top", 5, 1, 1 << 20)),
          m_start(w / "start_logits" / "dense", {.inputs = hidden, .outputs = 1}),
          m_end(w / "end_logits" / "dense_0", hidden),
          m_endNorm(w / "end_logits" / "LayerNorm", hidden, config.number("layer_norm_eps", 1e-12)),
          m_endScore(w / "end_logits" / "dense_1", {.inputs = hidden, .outputs = 1}),
          m_answer(w / "answer_class" / "dense_0", {.inputs = 2 * hidden, .outputs = hidden}),
          m_answerScore(w / "answer_class" / "dense_1", {.inputs = hidden, .outputs = 1, .hasBias = false})
    {
    }

    void apply(const HeadInput &in, NamedTensors &outputs) const override
    {
        const auto rows = in.hidden.size(0);
        const auto length = in.hidden.size(1);
        const Tensor mask = hidingMask(in);
        Beams beams(rows, std::min(m_starts, length), std::min(m_ends, length));
        Tensor startProbabilities = ops::softmax(hide(m_start(in.hidden).reshaped({rows, length}), mask));
        const Tensor forEnds = m_end.left(in.hidden);
        for (std::int64_t r = 0; r < rows; ++r) {
            const Tensor hidden = in.hidden.rows(r, r + 1).reshaped({length, in.hidden.size(2)});
            const auto starts = largest(startProbabilities.rows(r, r + 1).floats(), m_starts);
            const Tensor rowMask = mask.isNull() ? mask : mask.rows(r, r + 1);
            std::vector<Ranked> ends;
            for (const auto start : starts.index) {
                const Tensor added = m_end.right(hidden.rows(start, start + 1));
                ends.push_back(endsFor(forEnds.rows(r, r + 1), added.reshaped({added.elements()}), rowMask));
            }
            beams.set(r, starts, ends);
        }
        beams.give(outputs);
        outputs[names::kClsLogits] = answerability(in, startProbabilities);
    }

private:
    struct Beams {
        Beams(std::int64_t rows, std::int64_t starts, std::int64_t ends)
            : startValue(Tensor::uninitialised({rows, starts})),
              startIndex(Tensor::uninitialised({rows, starts}, DType::I64)),
              endValue(Tensor::uninitialised({rows, ends * starts})),
              endIndex(Tensor::uninitialised({rows, ends * starts}, DType::I64))
        {
        }

        void set(std::int64_t row, const Ranked &starts, const std::vector<Ranked> &ends)
        {
            const std::size_t count = starts.index.size();
            const auto begin = static_cast<std::size_t>(row) * count;
            std::ranges::copy(starts.value, startValue.mutableFloats().begin() + static_cast<std::ptrdiff_t>(begin));
            std::ranges::copy(starts.index, startIndex.mutableInts().begin() + static_cast<std::ptrdiff_t>(begin));
            const std::size_t ranks = ends.front().index.size();
            for (std::size_t rank = 0; rank < ranks; ++rank)
                for (std::size_t start = 0; start < count; ++start) {
                    const std::size_t at = (static_cast<std::size_t>(row) * ranks + rank) * count + start;
                    endValue.mutableFloats()[at] = ends[start].value[rank];
                    endIndex.mutableInts()[at] = ends[start].index[rank];
                }
        }

        void give(NamedTensors &outputs) const
        {
            outputs[names::kStartTopLogProbs] = startValue;
            outputs[names::kStartTopIndex] = startIndex;
            outputs[names::kEndTopLogProbs] = endValue;
            outputs[names::kEndTopIndex] = endIndex;
        }

        Tensor startValue;
        Tensor startIndex;
        Tensor endValue;
        Tensor endIndex;
    };

    // p_mask as (rows, length) of floats, or null.
    static Tensor hidingMask(const HeadInput &in)
    {
        const Tensor mask = find(in.inputs, names::kPMask);
        if (mask.isNull())
            return mask;
        const Shape expected{in.hidden.size(0), in.hidden.size(1)};
        if (mask.elements() != expected.elements() || mask.size(-1) != expected[1])
            failArgument(std::string(names::kPMask) + ": expected shape " + expected.text() + ", found " +
                         mask.shape().text());
        if (mask.dtype() != DType::I64)
            return mask.toFloats().reshaped(expected);
        const std::vector<float> values(mask.ints().begin(), mask.ints().end());
        return Tensor::fromFloats(expected, values);
    }

    static Tensor hide(const Tensor &scores, const Tensor &mask)
    {
        if (mask.isNull())
            return scores;
        Tensor out = Tensor::uninitialised(scores.shape());
        auto to = out.mutableFloats();
        for (std::size_t i = 0; i < to.size(); ++i)
            to[i] = scores.floats()[i] * (1.0F - mask.floats()[i]) + kHidden * mask.floats()[i];
        return out;
    }

    // The best ends for one start: `hidden` (1, length, hidden) went through the left map, `start` through the right.
    [[nodiscard]] Ranked endsFor(const Tensor &hidden, const Tensor &start, const Tensor &mask) const
    {
        const Tensor both = m_endNorm(ops::activate(ops::add(hidden, start), ops::Activation::Tanh));
        const Tensor scores = m_endScore(both).reshaped({1, hidden.size(1)});
        return largest(ops::softmax(hide(scores, mask)).floats(), m_ends);
    }

    // Whether there is an answer, from the expected start state and the state of the class token: (rows).
    [[nodiscard]] Tensor answerability(const HeadInput &in, const Tensor &startProbabilities) const
    {
        const auto rows = in.hidden.size(0);
        const Tensor expected = ops::matmul(startProbabilities.reshaped({rows, 1, 1, in.hidden.size(1)}),
                                            in.hidden.reshaped({rows, 1, in.hidden.size(1), in.hidden.size(2)}));
        const Tensor both = ops::concat(expected.reshaped({rows, in.hidden.size(2)}), poolAt(names::kClsIndex)(in), 1);
        return m_answerScore(m_answer(both, {.activation = ops::Activation::Tanh})).reshaped({rows});
    }

    std::int64_t m_starts;
    std::int64_t m_ends;
    Linear m_start;
    SplitLinear m_end;
    LayerNorm m_endNorm;
    Linear m_endScore;
    Linear m_answer;
    Linear m_answerScore;
};

} // namespace

HeadPtr spanBeams(const files::Config &config, const checkpoint::Weights &w, std::int64_t hidden)
{
    return std::make_shared<SpanBeamsHead>(config, w, hidden);
}

} // namespace engine::heads
