// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/clusters.h"

#include "engine/error.h"
#include "ops/ops.h"
#include "retrieval/replace_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

namespace engine::retrieval {
namespace {

constexpr std::uint64_t kMagic = 0x31554c434c444d00; // "\0MDLCLU1"
constexpr std::int64_t kRounds = 10;                 // of k-means
constexpr std::int64_t kSampleOfCluster = 32;        // rows of the sample for each centre
constexpr std::int64_t kBlock = 512;                 // rows that are compared with all centres at once
constexpr std::int64_t kLooked = 8;                  // one cluster in so many is looked into

struct Head {
    std::uint64_t magic = kMagic;
    std::uint64_t rows = 0;
    std::uint64_t dimension = 0;
    std::uint64_t count = 0;
};

std::size_t fileSize(const Head &head)
{
    return sizeof(Head) + head.count * head.dimension * sizeof(float) +
           (head.count + 1 + head.rows) * sizeof(std::uint32_t);
}

// The nearest centre of each row by Euclidean distance: the largest x · c − |c|² / 2.
class Assigner {
public:
    explicit Assigner(Tensor centres) : m_centres(std::move(centres)) // (count, dimension)
    {
        const auto d = static_cast<std::size_t>(m_centres.size(1));
        for (auto rest = m_centres.floats(); !rest.empty(); rest = rest.subspan(d))
            m_halfSquares.push_back(
                std::inner_product(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(d), rest.begin(), 0.0F) /
                2);
    }

    // rows (n, dimension) → n indices
    [[nodiscard]] std::vector<std::uint32_t> operator()(const Tensor &rows) const
    {
        const auto d = m_centres.size(1);
        const Tensor scores = ops::matmulTransposed(rows.reshaped({1, 1, rows.size(0), d}),
                                                    m_centres.reshaped({1, 1, m_centres.size(0), d}), 1.0F);
        std::vector<std::uint32_t> out;
        for (auto rest = scores.floats(); !rest.empty(); rest = rest.subspan(m_halfSquares.size())) {
            std::size_t best = 0;
            for (std::size_t i = 1; i < m_halfSquares.size(); ++i)
                if (rest[i] - m_halfSquares[i] > rest[best] - m_halfSquares[best])
                    best = i;
            out.push_back(static_cast<std::uint32_t>(best));
        }
        return out;
    }

private:
    Tensor m_centres;
    std::vector<float> m_halfSquares;
};

Tensor pick(const Vectors &vectors, std::span<const std::int64_t> rows)
{
    Tensor out = Tensor::uninitialised({static_cast<std::int64_t>(rows.size()), vectors.dimension});
    auto to = out.mutableFloats().begin();
    for (const auto row : rows)
        to = std::copy_n(vectors.data + row * vectors.dimension, vectors.dimension, to);
    return out;
}

Tensor range(const Vectors &vectors, std::int64_t begin, std::int64_t end)
{
    std::vector<std::int64_t> rows(static_cast<std::size_t>(end - begin));
    std::iota(rows.begin(), rows.end(), begin);
    return pick(vectors, rows);
}

// Means of the rows of each centre; a centre without rows moves to a row drawn by chance.
Tensor movedCentres(const Tensor &sample, std::span<const std::uint32_t> owners, std::int64_t count,
                    std::mt19937_64 &random)
{
    const auto d = sample.size(1);
    Tensor centres = Tensor::zeros({count, d});
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(count), 0);
    float *sums = centres.mutableFloats().data();
    for (std::size_t row = 0; row < owners.size(); ++row) {
        const float *from = sample.floats().data() + static_cast<std::int64_t>(row) * d;
        float *to = sums + std::int64_t{owners[row]} * d;
        std::transform(from, from + d, to, to, std::plus<>());
        ++sizes[owners[row]];
    }
    for (std::int64_t i = 0; i < count; ++i) {
        float *centre = sums + i * d;
        const auto size = sizes[static_cast<std::size_t>(i)];
        if (size == 0) {
            const auto row = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(sample.size(0)));
            std::copy_n(sample.floats().data() + row * d, d, centre);
        } else {
            std::transform(centre, centre + d, centre, [size](float sum) { return sum / static_cast<float>(size); });
        }
    }
    return centres;
}

class Work { // for the progress
public:
    Work(std::int64_t total, const RunControl &control) : m_total(total), m_control(control) {}
    void add(std::int64_t rows)
    {
        m_control.checkpoint();
        m_done += rows;
        m_control.report({.what = "clustering", .done = m_done, .total = m_total, .unit = "rows"});
    }

private:
    std::int64_t m_done = 0;
    std::int64_t m_total;
    const RunControl &m_control;
};

Tensor centresOf(const Vectors &vectors, std::int64_t count, std::int64_t sampled, Work &work)
{
    std::mt19937_64 random(0); // the same vectors give the same clusters
    std::vector<std::int64_t> rows(static_cast<std::size_t>(vectors.rows));
    std::iota(rows.begin(), rows.end(), 0);
    for (std::int64_t i = 0; i < sampled; ++i) // the beginning of a shuffle (Fisher and Yates)
        std::swap(rows[static_cast<std::size_t>(i)],
                  rows[static_cast<std::size_t>(i) + random() % static_cast<std::uint64_t>(vectors.rows - i)]);
    rows.resize(static_cast<std::size_t>(sampled));
    const Tensor sample = pick(vectors, rows);
    Tensor centres = Tensor::fromFloats({count, vectors.dimension}, sample.rows(0, count).floats());
    for (std::int64_t round = 0; round < kRounds; ++round) {
        const Assigner assign(centres);
        std::vector<std::uint32_t> owners;
        for (std::int64_t begin = 0; begin < sampled; begin += kBlock) {
            const auto end = std::min(begin + kBlock, sampled);
            std::ranges::copy(assign(sample.rows(begin, end)), std::back_inserter(owners));
            work.add(end - begin);
        }
        centres = movedCentres(sample, owners, count, random);
    }
    return centres;
}

template <typename Value> void append(std::string &bytes, std::span<const Value> values)
{
    bytes.append(reinterpret_cast<const char *>(values.data()), values.size_bytes());
}

} // namespace

void Clusters::build(const Vectors &vectors, const std::filesystem::path &file, const RunControl &control)
{
    const auto count = std::max<std::int64_t>(1, std::llround(4.0 * std::sqrt(static_cast<double>(vectors.rows))));
    const auto sampled = std::min(vectors.rows, count * kSampleOfCluster);
    Work work(sampled * kRounds + vectors.rows, control);
    const Tensor centres = centresOf(vectors, count, sampled, work);
    const Assigner assign(centres);
    std::vector<std::vector<std::uint32_t>> members(static_cast<std::size_t>(count));
    for (std::int64_t begin = 0; begin < vectors.rows; begin += kBlock) {
        const auto end = std::min(begin + kBlock, vectors.rows);
        auto row = static_cast<std::uint32_t>(begin);
        for (const auto owner : assign(range(vectors, begin, end)))
            members[owner].push_back(row++);
        work.add(end - begin);
    }

    const Head head{.rows = static_cast<std::uint64_t>(vectors.rows),
                    .dimension = static_cast<std::uint64_t>(vectors.dimension),
                    .count = static_cast<std::uint64_t>(count)};
    std::string bytes;
    bytes.reserve(fileSize(head));
    append(bytes, std::span(&head, 1));
    append(bytes, centres.floats());
    std::vector<std::uint32_t> begins{0};
    for (const auto &rows : members)
        begins.push_back(begins.back() + static_cast<std::uint32_t>(rows.size()));
    append(bytes, std::span<const std::uint32_t>(begins));
    for (const auto &rows : members)
        append(bytes, std::span<const std::uint32_t>(rows));
    replaceFile(file, bytes);
}

std::unique_ptr<const Clusters> Clusters::open(const std::filesystem::path &file, const Vectors &vectors)
{
    const auto fail = [&](const std::string &what) {
        failFile(file.string() + ": " + what + "; build the index anew");
    };
    std::unique_ptr<Clusters> out(new Clusters);
    out->m_file = files::MappedFile::open(file);
    const auto bytes = out->m_file->bytes();
    Head head;
    if (bytes.size() < sizeof(Head))
        fail("expected clusters, found " + std::to_string(bytes.size()) + " bytes");
    std::memcpy(&head, bytes.data(), sizeof(Head));
    const auto rows = static_cast<std::uint64_t>(vectors.rows);
    if (head.magic != kMagic || head.dimension != static_cast<std::uint64_t>(vectors.dimension) || head.rows > rows ||
        head.count == 0 || head.count > head.rows)
        fail("expected clusters of " + std::to_string(rows) + " vectors of " + std::to_string(vectors.dimension) +
             " numbers, found other ones");
    if (bytes.size() != fileSize(head))
        fail("expected " + std::to_string(fileSize(head)) + " bytes, found " + std::to_string(bytes.size()));
    out->m_rows = static_cast<std::int64_t>(head.rows);
    out->m_count = static_cast<std::int64_t>(head.count);
    const std::byte *at = bytes.data() + sizeof(Head);
    out->m_centres = {
        .data = reinterpret_cast<const float *>(at), .rows = out->m_count, .dimension = vectors.dimension};
    at += head.count * head.dimension * sizeof(float);
    out->m_begins = {reinterpret_cast<const std::uint32_t *>(at), head.count + 1};
    out->m_members = {out->m_begins.data() + head.count + 1, head.rows};
    const bool isOrdered =
        std::ranges::is_sorted(out->m_begins) && out->m_begins.front() == 0 && out->m_begins.back() == head.rows;
    if (!isOrdered || std::ranges::any_of(out->m_members, [&](std::uint32_t row) { return row >= head.rows; }))
        fail("its lists of rows are damaged");
    return out;
}

std::vector<std::uint32_t> Clusters::candidates(const float *question) const
{
    const auto looked = std::max<std::int64_t>(1, (m_count + kLooked - 1) / kLooked);
    const auto scores = scoresOfRows(question, m_centres, 0, m_count);
    std::vector<PassageHit> centres;
    for (std::int64_t i = 0; i < m_count; ++i)
        centres.push_back({.id = i, .score = static_cast<double>(scores[static_cast<std::size_t>(i)])});
    keepBest(centres, looked);
    std::vector<std::uint32_t> rows;
    for (const auto &centre : centres) {
        const auto at = static_cast<std::size_t>(centre.id);
        const auto members = m_members.subspan(m_begins[at], m_begins[at + 1] - m_begins[at]);
        rows.insert(rows.end(), members.begin(), members.end());
    }
    return rows;
}

} // namespace engine::retrieval
