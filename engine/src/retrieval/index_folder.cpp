// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/index_folder.h"

#include "checkpoint/weight_files.h"
#include "engine/error.h"
#include "engine/passages.h"
#include "retrieval/clusters.h"
#include "retrieval/faiss_file.h"
#include "retrieval/nearest_rows.h"
#include "retrieval/store.h"

#include <algorithm>
#include <utility>

namespace engine::retrieval {
namespace {

namespace fs = std::filesystem;

constexpr char kCarriedPassages[] = "passages.tsv";
constexpr char kFaiss[] = "index.faiss";
constexpr char kSafetensors[] = "index.safetensors";
constexpr char kEmbeddings[] = "embeddings";

bool isThere(const fs::path &file)
{
    std::error_code error;
    return fs::is_regular_file(file, error);
}

std::vector<PassageHit> hitsOf(std::span<const float> scores, std::int64_t first)
{
    std::vector<PassageHit> hits;
    hits.reserve(scores.size());
    for (const float score : scores)
        hits.push_back({.id = first++, .score = static_cast<double>(score)});
    return hits;
}

Tensor rowsOf(const Vectors &vectors, std::span<const std::int64_t> ids)
{
    Tensor out = Tensor::uninitialised({static_cast<std::int64_t>(ids.size()), vectors.dimension});
    auto to = out.mutableFloats().begin();
    for (const auto id : ids)
        to = std::copy_n(vectors.data + id * vectors.dimension, vectors.dimension, to);
    return out;
}

class OwnFolder final : public IndexFolder {
public:
    explicit OwnFolder(const fs::path &directory)
        : m_paths(directory), m_state(readState(m_paths)), m_lines(m_paths, m_state), m_vectors(whole())
    {
        m_info = inspectIndex(directory);
        m_isRemoved.assign(static_cast<std::size_t>(m_state.passages), false);
        for (const auto id : m_state.removed)
            m_isRemoved[static_cast<std::size_t>(id)] = true;
        if (m_state.hasClusters)
            m_clusters = Clusters::open(m_paths.clusters, m_vectors.vectors());
        m_info.clusters = m_clusters ? m_clusters->count() : 0;
    }

    [[nodiscard]] const IndexInfo &info() const noexcept override { return m_info; }
    [[nodiscard]] std::int64_t rows() const noexcept override { return m_state.passages; }
    [[nodiscard]] Passage passage(std::int64_t id) const override { return m_lines[id]; }
    [[nodiscard]] Tensor vectors(std::span<const std::int64_t> ids) const override
    {
        return rowsOf(m_vectors.vectors(), ids);
    }

    [[nodiscard]] std::vector<std::vector<PassageHit>> search(const Tensor &questions,
                                                              std::int64_t count) const override
    {
        const auto &vectors = m_vectors.vectors();
        std::vector<std::vector<PassageHit>> out;
        for (std::int64_t row = 0; row < questions.size(0); ++row) {
            const float *question = questions.floats().data() + row * vectors.dimension;
            std::vector<PassageHit> hits;
            std::int64_t searched = 0; // rows that clusters know
            if (m_clusters) {
                const auto candidates = m_clusters->candidates(question);
                const auto scores = scoresOfRows(question, vectors, candidates);
                for (std::size_t i = 0; i < scores.size(); ++i)
                    hits.push_back({.id = candidates[i], .score = static_cast<double>(scores[i])});
                searched = m_clusters->rows();
            }
            std::ranges::copy(hitsOf(scoresOfRows(question, vectors, searched, vectors.rows), searched),
                              std::back_inserter(hits));
            if (!m_state.removed.empty())
                std::erase_if(hits, [&](const auto &hit) { return m_isRemoved[static_cast<std::size_t>(hit.id)]; });
            keepBest(hits, count);
            out.push_back(std::move(hits));
        }
        return out;
    }

private:
    [[nodiscard]] VectorFile whole() const
    {
        const auto embedded = embeddedRows(m_paths, m_state);
        if (!m_state.isComplete)
            failFile(m_paths.folder.string() + ": its embedding was interrupted after " + std::to_string(embedded) +
                     " of " + std::to_string(m_state.passages) +
                     " passages; go on with it (modelarium-cli index resume " + m_paths.folder.string() +
                     " …) or build it anew");
        return VectorFile(m_paths, m_state, m_state.passages);
    }

    StorePaths m_paths;
    StoreState m_state;
    PassageLines m_lines;
    VectorFile m_vectors;
    std::unique_ptr<const Clusters> m_clusters; // null: few passages
    std::vector<bool> m_isRemoved;
    IndexInfo m_info;
};

class CarriedFolder final : public IndexFolder {
public:
    CarriedFolder(const fs::path &directory, const std::string &file)
        : m_passages(readPassages(directory / kCarriedPassages, {.words = 0}, {}))
    {
        m_info.directory = directory;
        if (file == kFaiss)
            m_faiss = FaissFile::open(directory / file);
        else
            m_vectors = embeddingsOf(directory / file);
        m_info.dimension = m_faiss ? m_faiss->dimension() : m_vectors.size(1);
        m_info.kind = m_faiss ? m_faiss->kind() : "flat";
        const auto vectors = m_faiss ? m_faiss->rows() : m_vectors.size(0);
        if (vectors != rows())
            failFile((directory / file).string() + ": expected " + std::to_string(rows()) +
                     " vectors, one for each passage of " + kCarriedPassages + ", found " + std::to_string(vectors) +
                     rebuildHint(directory));
        m_info.passages = rows();
        std::error_code error;
        for (const std::string &name : {std::string(kCarriedPassages), file})
            m_info.bytes += static_cast<std::int64_t>(fs::file_size(directory / name, error));
    }

    [[nodiscard]] const IndexInfo &info() const noexcept override { return m_info; }
    [[nodiscard]] std::int64_t rows() const noexcept override { return static_cast<std::int64_t>(m_passages.size()); }
    [[nodiscard]] Passage passage(std::int64_t id) const override { return m_passages[static_cast<std::size_t>(id)]; }
    [[nodiscard]] std::vector<std::vector<PassageHit>> search(const Tensor &questions,
                                                              std::int64_t count) const override
    {
        if (m_faiss)
            return m_faiss->search(questions, count);
        std::vector<std::vector<PassageHit>> out;
        for (std::int64_t row = 0; row < questions.size(0); ++row) {
            out.push_back(
                hitsOf(scoresOfRows(questions.floats().data() + row * m_info.dimension, flat(), 0, rows()), 0));
            keepBest(out.back(), count);
        }
        return out;
    }
    [[nodiscard]] Tensor vectors(std::span<const std::int64_t> ids) const override
    {
        return m_faiss ? m_faiss->vectors(ids) : rowsOf(flat(), ids);
    }

private:
    static Tensor embeddingsOf(const fs::path &file)
    {
        const auto opened = checkpoint::openWeightFile(file, {});
        const auto found = opened.tensors.find(kEmbeddings);
        if (found == opened.tensors.end() || found->second.shape.rank() != 2)
            failFile(file.string() + ": expected a matrix \"" + kEmbeddings + "\", one row a passage");
        return found->second.load().toFloats();
    }
    [[nodiscard]] Vectors flat() const
    {
        return {.data = m_vectors.floats().data(), .rows = m_vectors.size(0), .dimension = m_vectors.size(1)};
    }

    std::vector<Passage> m_passages;
    std::unique_ptr<const FaissFile> m_faiss; // or
    Tensor m_vectors;                         // (passages, dimension)
    IndexInfo m_info;
};

} // namespace

std::unique_ptr<const IndexFolder> openOwn(const fs::path &directory)
{
    return std::make_unique<OwnFolder>(directory);
}

std::unique_ptr<const IndexFolder> openCarried(const fs::path &directory)
{
    return openCarried(directory, isThere(directory / kFaiss) ? kFaiss : kSafetensors);
}

std::unique_ptr<const IndexFolder> openCarried(const fs::path &directory, const std::string &vectors)
{
    return std::make_unique<CarriedFolder>(directory, vectors);
}

bool isOwn(const fs::path &directory)
{
    return isThere(directory / "index.json");
}

bool isCarried(const fs::path &directory)
{
    return isThere(directory / kCarriedPassages) && (isThere(directory / kFaiss) || isThere(directory / kSafetensors));
}

} // namespace engine::retrieval
