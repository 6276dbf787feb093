// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/verify_compare.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

namespace engine::session {

namespace {

constexpr std::size_t kLongestShown = 120; // characters of a recorded or computed list in a message

std::string text(double value)
{
    std::array<char, 40> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.7g", value);
    return buffer.data();
}

// The index of a flat position: "[0, 3, 7]".
std::string indexText(const Shape &shape, std::int64_t flat)
{
    std::string result;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
        const std::int64_t size = shape[axis];
        result = std::to_string(flat % size) + (result.empty() ? "" : ", ") + result;
        flat /= size;
    }
    return "[" + result + "]";
}

std::string shortened(const nlohmann::json &value)
{
    std::string shown = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (shown.size() > kLongestShown)
        shown = shown.substr(0, kLongestShown) + "\u2026";
    return shown;
}

// Where two lists part: "[2][5]", or nothing for values that are no lists.
std::string firstDifference(const nlohmann::json &a, const nlohmann::json &b)
{
    if (!a.is_array() || !b.is_array())
        return {};
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        if (a[i] != b[i])
            return "[" + std::to_string(i) + "]" + firstDifference(a[i], b[i]);
    }
    return {};
}

} // namespace

void Comparer::fail(const std::string &what)
{
    m_worst = std::numeric_limits<double>::infinity();
    if (m_failure.empty())
        m_failure = what;
}

void Comparer::tensor(const std::string &what, const Tensor &recorded, const Tensor &computed)
{
    if (computed.isNull())
        return fail(what + ": recorded, not computed");
    if (recorded.shape() != computed.shape())
        return fail(what + ": shape " + recorded.shape().text() + " recorded, " + computed.shape().text() +
                    " computed");
    if (recorded.dtype() == DType::I64)
        ints(what, recorded, computed);
    else
        floats(what, recorded.toFloats(), computed.toFloats());
}

void Comparer::floats(const std::string &what, const Tensor &recorded, const Tensor &computed)
{
    const auto expected = recorded.floats();
    const auto found = computed.floats();
    double largest = 1.0;
    for (const float value : expected)
        largest = std::max(largest, std::abs(static_cast<double>(value)));
    double worstGap = 0.0;
    std::size_t worstAt = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double gap = expected[i] == found[i] ? 0.0 : std::abs(static_cast<double>(expected[i]) - found[i]);
        if (gap > worstGap || std::isnan(gap)) {
            worstGap = std::isnan(gap) ? std::numeric_limits<double>::infinity() : gap;
            worstAt = i;
        }
    }
    const double share = worstGap / (m_tolerance * largest);
    m_worst = std::max(m_worst, share);
    if (share > 1.0 && m_failure.empty())
        m_failure = what + indexText(recorded.shape(), static_cast<std::int64_t>(worstAt)) + ": " +
                    text(expected[worstAt]) + " recorded, " + text(found[worstAt]) + " computed, " + text(share) +
                    " of the tolerance";
}

void Comparer::ints(const std::string &what, const Tensor &recorded, const Tensor &computed)
{
    const Tensor whole = computed.toInts();
    const auto expected = recorded.ints();
    const auto found = whole.ints();
    const auto [at, other] = std::mismatch(expected.begin(), expected.end(), found.begin());
    if (at != expected.end())
        fail(what + indexText(recorded.shape(), at - expected.begin()) + ": " + std::to_string(*at) + " recorded, " +
             std::to_string(*other) + " computed");
}

void Comparer::number(const std::string &what, double recorded, double computed)
{
    constexpr double kRelative = 1e-3;
    const double limit =
        std::min(m_tolerance * std::max(1.0, std::abs(recorded)), kRelative * std::max(kRelative, std::abs(recorded)));
    const double share = std::abs(recorded - computed) / limit;
    m_worst = std::max(m_worst, share);
    if (!(share <= 1.0))
        fail(what + ": " + text(recorded) + " recorded, " + text(computed) + " computed");
}

void Comparer::numbers(const std::string &what, const nlohmann::json &recorded, std::span<const double> computed)
{
    if (recorded.size() != computed.size())
        return fail(what + ": " + std::to_string(recorded.size()) + " recorded, " + std::to_string(computed.size()) +
                    " computed");
    for (std::size_t i = 0; i < computed.size(); ++i)
        number(what + "[" + std::to_string(i) + "]", recorded.at(i).get<double>(), computed[i]);
}

void Comparer::equal(const std::string &what, const nlohmann::json &recorded, const nlohmann::json &computed)
{
    if (recorded != computed)
        fail(what + firstDifference(recorded, computed) + ": " + shortened(recorded) + " recorded, " +
             shortened(computed) + " computed");
}

} // namespace engine::session
