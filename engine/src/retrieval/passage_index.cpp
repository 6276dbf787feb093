// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/passage_index.h"

#include "engine/error.h"
#include "retrieval/embedder.h"
#include "retrieval/finder.h"
#include "retrieval/index_folder.h"
#include "retrieval/replace_file.h"
#include "retrieval/store.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

namespace engine {
namespace fs = std::filesystem;
using retrieval::StorePaths;
using retrieval::StoreState;

class PassageIndex::Parts {
public:
    explicit Parts(std::unique_ptr<const retrieval::IndexFolder> opened) : folder(std::move(opened)) {}
    std::unique_ptr<const retrieval::IndexFolder> folder;
};

PassageIndex::PassageIndex(std::unique_ptr<const Parts> parts) : m_parts(std::move(parts)) {}
PassageIndex::~PassageIndex() = default;

std::shared_ptr<const PassageIndex> PassageIndex::open(const fs::path &directory)
{
    if (!isIndex(directory))
        failFile(directory.string() +
                 ": expected an index of passages (index.json; or passages.tsv with index.faiss or "
                 "index.safetensors), found none");
    auto folder = retrieval::isOwn(directory) ? retrieval::openOwn(directory) : retrieval::openCarried(directory);
    return std::shared_ptr<const PassageIndex>(new PassageIndex(std::make_unique<Parts>(std::move(folder))));
}

const IndexInfo &PassageIndex::info() const noexcept
{
    return m_parts->folder->info();
}

namespace {

void checkId(std::int64_t id, std::int64_t rows)
{
    if (id < 0 || id >= rows)
        failArgument("passage " + std::to_string(id) + ": the index has passages 0 to " + std::to_string(rows - 1));
}

} // namespace

Passage PassageIndex::passage(std::int64_t id) const
{
    checkId(id, m_parts->folder->rows());
    return m_parts->folder->passage(id);
}

std::vector<std::vector<PassageHit>> PassageIndex::search(const Tensor &questions, std::int64_t count) const
{
    if (questions.rank() != 2 || questions.size(1) != info().dimension)
        failArgument(info().directory.string() + ": expected questions of " + std::to_string(info().dimension) +
                     " numbers, as its passages have, found " + questions.shape().text() +
                     ": the index belongs to another model; build it anew with the passage encoder of this one");
    if (count < 1)
        failArgument("passages to find: expected at least 1, found " + std::to_string(count));
    return m_parts->folder->search(questions, count);
}

Tensor PassageIndex::vectors(std::span<const std::int64_t> ids) const
{
    for (const auto id : ids)
        checkId(id, m_parts->folder->rows());
    return m_parts->folder->vectors(ids);
}

bool isIndex(const fs::path &directory)
{
    return retrieval::isOwn(directory) || retrieval::isCarried(directory);
}

IndexInfo inspectIndex(const fs::path &directory)
{
    if (!retrieval::isOwn(directory))
        return PassageIndex::open(directory)->info();
    const StorePaths paths(directory);
    const StoreState state = retrieval::readState(paths);
    IndexInfo info{.directory = directory,
                   .model = state.model,
                   .fingerprint = state.fingerprint,
                   .dimension = state.dimension,
                   .passages = state.passages - static_cast<std::int64_t>(state.removed.size()),
                   .removed = static_cast<std::int64_t>(state.removed.size()),
                   .pending = state.isComplete ? 0 : state.passages - retrieval::embeddedRows(paths, state),
                   .kind = state.hasClusters ? "clusters" : "flat"};
    for (const auto &file : {paths.passages, paths.vectors, paths.clusters}) {
        std::error_code error;
        const auto size = fs::file_size(file, error);
        info.bytes += error ? 0 : static_cast<std::int64_t>(size);
    }
    return info;
}

namespace {

// Embeds what has no vector yet, batch by batch onto the disk, and ends the state.
IndexInfo embedPending(const StorePaths &paths, StoreState state, const LoadedModel &model, const BuildOptions &options,
                       const RunControl &control)
{
    const auto encoder = retrieval::passageEncoder(model);
    const retrieval::PassageLines lines(paths, state);
    auto done = retrieval::embeddedRows(paths, state);
    const auto rowBytes = state.dimension * static_cast<std::int64_t>(sizeof(float));
    retrieval::GrowingFile vectors(paths.vectors, done * rowBytes);
    constexpr std::int64_t kRead = 1024; // lines held at once
    const auto write = [&](const Tensor &batch) {
        if (batch.size(1) != state.dimension)
            failFile(paths.folder.string() + ": expected vectors of " + std::to_string(state.dimension) +
                     " numbers, found " + std::to_string(batch.size(1)) + retrieval::rebuildHint(paths.folder));
        vectors.write({batch.data(), batch.bytes()});
    };
    while (done < state.passages) {
        std::vector<Passage> passages;
        for (auto id = done; id < std::min(done + kRead, state.passages); ++id)
            passages.push_back(lines[id]);
        (void)retrieval::embedPassages(
            encoder, passages, {.batch = options.batch, .done = done, .total = state.passages, .onBatch = write},
            control);
        done += static_cast<std::int64_t>(passages.size());
    }
    vectors.flush();
    const retrieval::VectorFile file(paths, state, state.passages);
    const auto known =
        state.hasClusters ? retrieval::Clusters::open(paths.clusters, file.vectors())->rows() : std::int64_t{0};
    constexpr std::int64_t kOutside = 10; // one row in so many may lie outside the clusters
    const bool isStale = state.passages > options.flatUpTo && (state.passages - known) * kOutside > state.passages;
    if (isStale)
        retrieval::Clusters::build(file.vectors(), paths.clusters, control);
    state.hasClusters = state.hasClusters || isStale;
    state.isComplete = true;
    retrieval::writeState(paths, state);
    return inspectIndex(paths.folder);
}

// The dimension of the vectors that a model makes.
std::int64_t dimensionOf(const LoadedModel &model, const RunControl &control)
{
    const auto encoder = retrieval::passageEncoder(model);
    const std::vector rows{retrieval::encodePassage(encoder, {.title = "title", .text = "text"})};
    RunControl quiet{.stopToken = control.stopToken};
    return retrieval::embed(encoder, rows, quiet).size(1);
}

StoreState stateFor(const StorePaths &paths, const LoadedModel &model)
{
    if (!retrieval::isOwn(paths.folder))
        failFile(paths.folder.string() + ": expected an index that can be changed (index.json), found " +
                 (isIndex(paths.folder) ? "one that a checkpoint carries" : "none"));
    auto state = retrieval::readState(paths);
    if (const auto found = weightsFingerprint(model.info().directory); found != state.fingerprint)
        failFile(paths.state.string() + ": expected the model that embedded its passages, " + state.model + " (" +
                 state.fingerprint + "), found " + model.info().name + " (" + found + ")" +
                 retrieval::rebuildHint(paths.folder));
    return state;
}

} // namespace

IndexInfo buildIndex(const fs::path &directory, std::span<const Passage> passages, const LoadedModel &model,
                     const BuildOptions &options, const RunControl &control)
{
    if (isIndex(directory))
        failArgument(directory.string() + ": there is an index already; remove the folder, or add to it");
    if (passages.empty())
        failArgument("an index needs at least one passage");
    std::error_code error;
    fs::create_directories(directory, error);
    if (error)
        failFile(directory.string() + ": cannot be created: " + error.message());
    const StorePaths paths(directory);
    fs::remove(paths.vectors, error);
    StoreState state{.model = model.info().name,
                     .fingerprint = weightsFingerprint(model.info().directory),
                     .dimension = dimensionOf(model, control)};
    retrieval::appendPassages(paths, state, passages);
    retrieval::writeState(paths, state);
    return embedPending(paths, std::move(state), model, options, control);
}

IndexInfo addToIndex(const fs::path &directory, std::span<const Passage> passages, const LoadedModel &model,
                     const BuildOptions &options, const RunControl &control)
{
    const StorePaths paths(directory);
    auto state = stateFor(paths, model);
    retrieval::appendPassages(paths, state, passages);
    state.isComplete = false;
    retrieval::writeState(paths, state);
    return embedPending(paths, std::move(state), model, options, control);
}

IndexInfo resumeIndex(const fs::path &directory, const LoadedModel &model, const BuildOptions &options,
                      const RunControl &control)
{
    const StorePaths paths(directory);
    return embedPending(paths, stateFor(paths, model), model, options, control);
}

IndexInfo removeFromIndex(const fs::path &directory, std::span<const std::int64_t> ids)
{
    const StorePaths paths(directory);
    auto state = retrieval::readState(paths);
    std::set<std::int64_t> removed(state.removed.begin(), state.removed.end());
    for (const auto id : ids) {
        checkId(id, state.passages);
        removed.insert(id);
    }
    state.removed.assign(removed.begin(), removed.end());
    retrieval::writeState(paths, state);
    return inspectIndex(directory);
}

} // namespace engine
