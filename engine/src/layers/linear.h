// SPDX-License-Identifier: GPL-3.0-or-later
// The bricks with weights: each binds itself from a cursor and checks its shapes there.
#pragma once

#include "checkpoint/weights.h"
#include "engine/tensor.h"
#include "ops/ops.h"

#include <optional>
#include <string_view>

namespace engine::layers {

struct LinearShape {
    std::int64_t inputs = 0;
    std::int64_t outputs = 0;
    bool hasBias = true;
    ops::WeightLayout layout = ops::WeightLayout::OutIn;
};

// y = x · W + b; binds "weight" and "bias" under the cursor.
class Linear {
public:
    Linear(const checkpoint::Weights &w, const LinearShape &shape);
    // A map over a matrix that another brick owns (a tied embedding); `bias` may be null.
    Linear(const Tensor &weight, Tensor bias, ops::WeightLayout layout = ops::WeightLayout::OutIn);

    // Rows of several OutIn maps stacked into one product (q, k, v); their outputs lie side by side.
    [[nodiscard]] static Linear stacked(const std::vector<checkpoint::Weights> &parts, const LinearShape &each);

    struct After {
        ops::Activation activation = ops::Activation::None;
        Tensor residual = {};
    };
    [[nodiscard]] Tensor operator()(const Tensor &x) const; // (…, inputs) → (…, outputs)
    [[nodiscard]] Tensor operator()(const Tensor &x, const After &after) const;
    [[nodiscard]] std::int64_t outputs() const { return m_weight.outputs(); }

private:
    ops::PackedMatrix m_weight;
    Tensor m_bias;
};

struct GroupedLinearShape {
    std::int64_t inputs = 0;
    std::int64_t outputs = 0;
    std::int64_t groups = 1;
};

// A linear map in parts that do not see each other: features of group g come from inputs of group g alone. Binds
// "weight" (groups, inputs / groups, outputs / groups) and "bias" (outputs); for one group they are those of Linear.
// Source: Jiang et al. 2020 (ConvBERT), section 3.3.
class GroupedLinear {
public:
    // Internal error unless the groups divide inputs and outputs.
    GroupedLinear(const checkpoint::Weights &w, const GroupedLinearShape &shape);
    [[nodiscard]] Tensor operator()(const Tensor &x, const Linear::After &after) const; // as Linear

private:
    std::optional<Linear> m_whole; // one group
    Tensor m_weight;               // (1, groups, in, out)
    Tensor m_bias;
};

// Binds "weight" and "bias"; normalises over the last axis.
class LayerNorm {
public:
    LayerNorm(const checkpoint::Weights &w, std::int64_t features, double epsilon);
    [[nodiscard]] Tensor operator()(const Tensor &x) const;

private:
    ops::LayerNormOptions m_options;
};

// Binds "weight"; x / √(mean(x²) + ε) · weight.
class RmsNorm {
public:
    RmsNorm(const checkpoint::Weights &w, std::int64_t features, double epsilon);
    [[nodiscard]] Tensor operator()(const Tensor &x) const;

private:
    ops::RmsNormOptions m_options;
};

// A table of rows; binds "weight".
class Embedding {
public:
    Embedding(const checkpoint::Weights &w, std::int64_t rows, std::int64_t features, std::string_view what);
    [[nodiscard]] Tensor operator()(const Tensor &ids) const; // (…) → (…, features); Argument error outside the table
    [[nodiscard]] const Tensor &table() const noexcept { return m_table; }

private:
    Tensor m_table;
    std::string m_what;
};

} // namespace engine::layers
