// SPDX-License-Identifier: GPL-3.0-or-later
// What Reformer does instead of a position table and of a full square: axial positions and buckets by hashing.
#include "objectives/objective.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace engine::objectives {
namespace {

using Row = std::vector<double>;
using Rows = std::vector<Row>;

Rows drawn(Dice &dice, std::size_t rows, std::size_t columns)
{
    constexpr double kScale = 100.0; // two decimals
    Rows out(rows, Row(columns));
    for (auto &row : out)
        for (auto &value : row)
            value = std::round(dice.normal() * kScale) / kScale;
    return out;
}

std::vector<Case> drawAxial(const Material &m)
{
    constexpr std::size_t kFirst = 2;  // d1
    constexpr std::size_t kSecond = 3; // d2
    const auto positions = m.text.words.size();
    const auto l1 = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(positions))));
    const auto l2 = (positions + l1 - 1) / l1;
    return {{.name = "shape-" + std::to_string(l1) + "x" + std::to_string(l2),
             .given = {{"l1", l1},
                       {"l2", l2},
                       {"d1", kFirst},
                       {"d2", kSecond},
                       {"first", drawn(m.dice, l1, kFirst)},
                       {"second", drawn(m.dice, l2, kSecond)},
                       {"positions", positions}}}};
}

Json expectedAxial(const Case &c)
{
    const auto number = [&](const char *name) { return c.given.at(name).get<std::size_t>(); };
    const auto l1 = number("l1");
    const auto l2 = number("l2");
    if (l1 == 0 || l2 == 0)
        throw std::out_of_range("expected at least one row in each table");
    const Json &first = c.given.at("first");
    const Json &second = c.given.at("second");
    const auto rowOf = [&](std::size_t a, std::size_t b) {
        Json row = first.at(a);
        row.insert(row.end(), second.at(b).begin(), second.at(b).end());
        return row;
    };
    Json out{{"reference", Json::array()},
             {"reference_rows", Json::array()},
             {"formula", Json::array()},
             {"formula_rows", Json::array()}};
    for (std::size_t j = 0; j < number("positions"); ++j) {
        out["reference"].push_back(rowOf(j / l2, j % l2));
        out["reference_rows"].push_back(std::vector<std::size_t>{j / l2, j % l2});
        out["formula"].push_back(rowOf(j % l1, j / l1));
        out["formula_rows"].push_back(std::vector<std::size_t>{j % l1, j / l1});
    }
    out["parameters"] = l1 * number("d1") + l2 * number("d2");
    out["parameters_without"] = l1 * l2 * (number("d1") + number("d2"));
    return out;
}

std::vector<Case> drawBuckets(const Material &m)
{
    constexpr std::size_t kWidth = 4;
    constexpr std::size_t kRounds = 2;
    constexpr std::size_t kBuckets = 4;
    Json rotations = Json::array();
    for (std::size_t d = 0; d < kWidth; ++d)
        rotations.push_back(drawn(m.dice, kRounds, kBuckets / 2));
    return {{.name = "buckets",
             .given = {{"vectors", drawn(m.dice, m.text.words.size(), kWidth)},
                       {"buckets", kBuckets},
                       {"attention_mask", std::vector<int>(m.text.words.size(), 1)}},
             .choices = {{"rotations", rotations}}}};
}

// The place of the largest of the scores followed by the negated ones, for each factor; joined as a mixed number.
std::size_t bucketOf(const Row &scores, const std::vector<std::size_t> &factors)
{
    std::size_t bucket = 0;
    std::size_t scale = 1;
    std::size_t begin = 0;
    for (const auto factor : factors) {
        Row both(scores.begin() + static_cast<std::ptrdiff_t>(begin),
                 scores.begin() + static_cast<std::ptrdiff_t>(begin + factor / 2));
        for (std::size_t i = 0; i < factor / 2; ++i)
            both.push_back(-both[i]);
        bucket += scale * static_cast<std::size_t>(std::ranges::max_element(both) - both.begin());
        scale *= factor;
        begin += factor / 2;
    }
    return bucket;
}

Json expectedBuckets(const Case &c)
{
    const auto vectors = c.given.at("vectors").get<Rows>();
    const auto mask = c.given.at("attention_mask").get<std::vector<int>>();
    const auto rotations = c.choices.at("rotations").get<std::vector<Rows>>(); // (d, rounds, half buckets)
    const Json &given = c.given.at("buckets");
    const auto factors =
        given.is_array() ? given.get<std::vector<std::size_t>>() : std::vector{given.get<std::size_t>()};
    const auto halves = std::accumulate(factors.begin(), factors.end(), std::size_t{0}) / 2;
    const auto total = std::accumulate(factors.begin(), factors.end(), std::size_t{1}, std::multiplies<>());
    const auto length = vectors.size();
    const auto rounds = rotations.at(0).size();
    const bool hasPadding = std::ranges::count(mask, 0) > 0;
    const auto step = total + (hasPadding ? 1 : 0); // padding has a bucket of its own
    std::vector<std::vector<std::size_t>> buckets(rounds, std::vector<std::size_t>(length));
    auto shifted = buckets;
    std::vector<std::size_t> flat;
    for (std::size_t r = 0; r < rounds; ++r)
        for (std::size_t i = 0; i < length; ++i) {
            Row scores(halves, 0.0);
            for (std::size_t d = 0; d < vectors[i].size(); ++d)
                for (std::size_t h = 0; h < halves; ++h)
                    scores[h] += vectors[i][d] * rotations.at(d).at(r).at(h);
            buckets[r][i] = mask.at(i) != 0 ? bucketOf(scores, factors) : total;
            shifted[r][i] = buckets[r][i] + r * step;
            flat.push_back(shifted[r][i]);
        }
    std::vector<std::size_t> order(flat.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](std::size_t entry) { return flat[entry]; });
    std::vector<std::size_t> undo(flat.size());
    for (std::size_t place = 0; place < order.size(); ++place)
        undo[order[place]] = place;
    return {{"buckets", buckets}, {"with_round_offset", shifted}, {"sorted_order", order}, {"undo_order", undo}};
}

} // namespace

Objective reformerAxialPositions()
{
    return {
        .info = {.id = "reformer-axial-positions",
                 .title = "Axial positions",
                 .family = "reformer",
                 .source = "Kitaev et al. 2020, Reformer; the formula of its overview",
                 .rules = {"two tables of l1 rows of d1 and l2 rows of d2 numbers; a position joins one row of each",
                           "checkpoints take rows j div l2 and j mod l2; the formula says j mod l1 and j div l1",
                           "both give every position a pair of its own"}},
        .draw = drawAxial,
        .expected = expectedAxial};
}

Objective reformerLshBuckets()
{
    return {
        .info = {.id = "reformer-lsh-buckets",
                 .title = "Buckets of LSH attention",
                 .family = "reformer",
                 .source = "Kitaev et al. 2020, Reformer, section 2",
                 .rules = {"a round rotates each vector; its bucket is the place of the largest of the scores "
                           "followed by the negated scores",
                           "queries and keys share their projection, so both fall into the same bucket",
                           "entries are sorted by bucket, stable in the position; round r comes behind round r − 1"}},
        .draw = drawBuckets,
        .expected = expectedBuckets};
}

} // namespace engine::objectives
