// SPDX-License-Identifier: GPL-3.0-or-later
// The pass rule of recorded cases: |recorded − computed| ≤ tolerance · max(1, max|recorded|) for floats,
// equality for shapes, integers and strings.
#pragma once

#include "engine/tensor.h"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>

namespace engine::session {

// Remembers the worst error and the first difference; later differences only raise the worst error.
class Comparer {
public:
    explicit Comparer(double tolerance) : m_tolerance(tolerance) {}

    // Float tensors by the rule, integer tensors by equality; a null `computed` is a difference.
    void tensor(const std::string &what, const Tensor &recorded, const Tensor &computed);
    // Single numbers derived from the outputs (probabilities, scores): the rule, and never further off
    // than a thousandth of the value (of 1e-3 for smaller ones).
    void number(const std::string &what, double recorded, double computed);
    void numbers(const std::string &what, const nlohmann::json &recorded, std::span<const double> computed);
    // Integers, strings and nested lists of them.
    void equal(const std::string &what, const nlohmann::json &recorded, const nlohmann::json &computed);
    void fail(const std::string &what);

    [[nodiscard]] double worst() const noexcept { return m_worst; }
    [[nodiscard]] const std::string &failure() const noexcept { return m_failure; }

private:
    void floats(const std::string &what, const Tensor &recorded, const Tensor &computed);
    void ints(const std::string &what, const Tensor &recorded, const Tensor &computed);

    double m_tolerance;
    double m_worst = 0.0; // share of the tolerance
    std::string m_failure;
};

} // namespace engine::session
