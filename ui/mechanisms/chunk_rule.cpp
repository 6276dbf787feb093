// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/chunk_rule.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ui {

namespace {

constexpr std::size_t kBucketColours = 7;

bool isCausal(const engine::MaskRule &rule)
{
    return rule.kind() == engine::MaskKind::Causal || std::ranges::any_of(rule.parts(), isCausal);
}

// Keys that padding hides.
void takePadding(const engine::MaskRule &rule, std::int64_t row, std::vector<std::uint8_t> &keep)
{
    for (const engine::MaskRule &part : rule.parts())
        takePadding(part, row, keep);
    if (rule.kind() != engine::MaskKind::Padding)
        return;
    std::vector<std::uint8_t> own(keep.size());
    rule.fillRow(row, 0, own);
    std::ranges::transform(keep, own, keep.begin(),
                           [](std::uint8_t a, std::uint8_t b) { return a != 0 && b != 0 ? 1 : 0; });
}

// The softmax of a query's scores over all keys that the mask leaves, without the query itself where others are left.
std::vector<double> fullWeights(const ChunkRule &rule, std::int64_t query, std::span<const double> scores)
{
    std::vector<double> weights(scores.size(), 0.0);
    double largest = -1e300;
    for (std::size_t key = 0; key < scores.size(); ++key)
        if (static_cast<std::int64_t>(key) != query && !rule.hides(query, static_cast<std::int64_t>(key)))
            largest = std::max(largest, scores[key]);
    if (largest == -1e300) { // nothing but itself
        weights[static_cast<std::size_t>(query)] = 1.0;
        return weights;
    }
    double sum = 0.0;
    for (std::size_t key = 0; key < scores.size(); ++key)
        if (static_cast<std::int64_t>(key) != query && !rule.hides(query, static_cast<std::int64_t>(key)))
            sum += weights[key] = std::exp(scores[key] - largest);
    for (double &weight : weights)
        weight /= sum;
    return weights;
}

} // namespace

std::int64_t ChunkRule::place(std::int64_t round, std::int64_t position) const
{
    const std::int64_t entry = round * layout.length + position;
    return isHashed() ? layout.places.ints()[static_cast<std::size_t>(list * layout.entries() + entry)] : entry;
}

std::int64_t ChunkRule::positionAt(std::int64_t at) const
{
    const std::int64_t entry =
        isHashed() ? layout.order.ints()[static_cast<std::size_t>(list * layout.entries() + at)] : at;
    return entry % layout.length;
}

std::int64_t ChunkRule::bucket(std::int64_t round, std::int64_t position) const
{
    if (layout.buckets.isNull())
        return 0;
    const std::int64_t index = (list * layout.rounds + round) * layout.length + position;
    return layout.buckets.ints()[static_cast<std::size_t>(index)] - firstBuckets[static_cast<std::size_t>(round)];
}

bool ChunkRule::hides(std::int64_t query, std::int64_t key) const
{
    return (looksBackOnly && key > query) || (!keep.empty() && keep[static_cast<std::size_t>(key)] == 0);
}

void ChunkRule::compared(std::int64_t round, std::int64_t query, std::vector<std::int64_t> &keys) const
{
    const std::int64_t chunks = layout.chunks();
    const std::int64_t own = place(round, query) / layout.chunk;
    for (std::int64_t by = -layout.before; by <= layout.after; ++by) {
        const std::int64_t chunk = ((own + by) % chunks + chunks) % chunks; // the list's ends are neighbours
        for (std::int64_t at = chunk * layout.chunk; at < (chunk + 1) * layout.chunk; ++at)
            if (const std::int64_t key = positionAt(at); !hides(query, key))
                keys.push_back(key);
    }
}

std::optional<ChunkRule> chunkRule(const engine::AttentionRecord &record, const ChunkPlace &place)
{
    const auto *chunks = std::get_if<engine::ChunkAttention>(&record.data);
    if (chunks == nullptr || chunks->layout.length <= 0)
        return std::nullopt;
    ChunkRule rule{.layout = chunks->layout, .list = place.row * record.heads() + place.head};
    for (std::int64_t round = 0; !rule.layout.buckets.isNull() && round < rule.layout.rounds; ++round) {
        const auto first = static_cast<std::size_t>((rule.list * rule.layout.rounds + round) * rule.layout.length);
        const auto own = rule.layout.buckets.ints().subspan(first, static_cast<std::size_t>(rule.layout.length));
        rule.firstBuckets.push_back(*std::ranges::min_element(own));
    }
    rule.keep.assign(static_cast<std::size_t>(rule.layout.length), 1);
    for (const engine::MaskTerm &term : record.mask.terms) {
        rule.looksBackOnly = rule.looksBackOnly || isCausal(term.rule);
        takePadding(term.rule, place.row, rule.keep);
    }
    return rule;
}

std::vector<std::int64_t> comparedPairs(const ChunkRule &rule)
{
    std::vector<std::int64_t> pairs(static_cast<std::size_t>(rule.layout.rounds), 0);
    std::vector<std::int64_t> lastQuery(static_cast<std::size_t>(rule.layout.length),
                                        -1); // that was compared with the key
    std::vector<std::int64_t> keys;
    for (std::int64_t query = 0; query < rule.layout.length; ++query) {
        std::int64_t distinct = 0;
        for (std::int64_t round = 0; round < rule.layout.rounds; ++round) {
            keys.clear();
            rule.compared(round, query, keys);
            for (const std::int64_t key : keys) {
                distinct += lastQuery[static_cast<std::size_t>(key)] != query ? 1 : 0;
                lastQuery[static_cast<std::size_t>(key)] = query;
            }
            pairs[static_cast<std::size_t>(round)] += distinct;
        }
    }
    return pairs;
}

std::int64_t allPairs(const ChunkRule &rule)
{
    const std::int64_t length = rule.layout.length;
    std::int64_t sum = 0;
    std::int64_t kept = 0; // up to the query
    const std::int64_t all = std::ranges::count(rule.keep, std::uint8_t{1});
    for (std::int64_t query = 0; query < length; ++query) {
        kept += rule.keep[static_cast<std::size_t>(query)];
        sum += rule.looksBackOnly ? kept : all;
    }
    return sum;
}

std::vector<double> agreementByRounds(const ChunkRule &rule, const AgreementQuestion &question)
{
    std::vector<double> agreement(static_cast<std::size_t>(rule.layout.rounds), 0.0);
    const engine::QueryKeyRecord *vectors = question.vectors;
    if (vectors == nullptr || vectors->key.rank() != 4 || vectors->key.size(2) != rule.layout.length)
        return {};
    const std::int64_t length = rule.layout.length;
    const std::int64_t features = vectors->key.size(3);
    const auto base =
        static_cast<std::size_t>((question.place.row * vectors->key.size(1) + question.place.head) * length * features);
    const std::int64_t step = std::max<std::int64_t>(1, length / question.queries);
    std::int64_t asked = 0;
    std::vector<double> scores(static_cast<std::size_t>(length));
    std::vector<std::uint8_t> row(static_cast<std::size_t>(length));
    for (std::int64_t query = step / 2; query < length; query += step) {
        if (!rule.keep.empty() && rule.keep[static_cast<std::size_t>(query)] == 0)
            continue;
        const float *own = vectors->query.floats().data() + base + query * features;
        for (std::int64_t key = 0; key < length; ++key) {
            const float *other = vectors->key.floats().data() + base + key * features;
            double sum = 0.0;
            for (std::int64_t i = 0; i < features; ++i)
                sum += static_cast<double>(own[i]) * static_cast<double>(other[i]);
            scores[static_cast<std::size_t>(key)] = sum * static_cast<double>(vectors->scale);
        }
        const std::vector<double> full = fullWeights(rule, query, scores);
        std::ranges::fill(row, std::uint8_t{0});
        for (std::int64_t rounds = 1; rounds <= rule.layout.rounds; ++rounds) {
            std::vector<std::int64_t> keys;
            rule.compared(rounds - 1, query, keys);
            for (const std::int64_t key : keys)
                row[static_cast<std::size_t>(key)] = 1;
            for (std::size_t key = 0; key < row.size(); ++key)
                agreement[static_cast<std::size_t>(rounds - 1)] += row[key] != 0 ? full[key] : 0.0;
        }
        ++asked;
    }
    for (double &value : agreement)
        value /= static_cast<double>(std::max<std::int64_t>(1, asked));
    return agreement;
}

PairPicture pairsOfRound(const ChunkRule &rule, std::int64_t round)
{
    PairPicture picture{.rows = rule.layout.length,
                        .columns = rule.layout.length,
                        .fillRow = {},
                        .colours = {Theme::current().dimText}};
    for (std::size_t i = 0; i < kBucketColours; ++i)
        picture.colours.push_back(bucketColour(static_cast<std::int64_t>(i)));
    std::vector<std::int64_t> buckets;
    for (std::int64_t position = 0; position < rule.layout.length; ++position)
        buckets.push_back(rule.isHashed() ? rule.bucket(round, position) : 0);
    picture.fillRow = [rule, round, buckets = std::move(buckets), keys = std::vector<std::int64_t>()](
                          std::int64_t query, std::span<std::uint8_t> reasons) mutable {
        keys.clear();
        rule.compared(round, query, keys);
        const std::int64_t own = buckets[static_cast<std::size_t>(query)];
        for (const std::int64_t key : keys) {
            const bool isSame = buckets[static_cast<std::size_t>(key)] == own;
            reasons[static_cast<std::size_t>(key)] =
                isSame ? static_cast<std::uint8_t>(2 + static_cast<std::size_t>(own) % kBucketColours) : 1;
        }
    };
    return picture;
}

QColor bucketColour(std::int64_t bucket)
{
    // Okabe and Ito's, which most people tell apart.
    static constexpr std::array<QRgb, kBucketColours> kColours{0xffe69f00, 0xff56b4e9, 0xff009e73, 0xfff0e442,
                                                               0xff0072b2, 0xffd55e00, 0xffcc79a7};
    return QColor::fromRgb(kColours[static_cast<std::size_t>(bucket) % kBucketColours]);
}

} // namespace ui
