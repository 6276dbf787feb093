// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/faiss_file.h"

#include "engine/error.h"
#include "files/mapped_file.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <faiss/Index.h>
#include <faiss/IndexFlat.h>
#include <faiss/impl/FaissException.h>
#include <faiss/index_io.h>
#pragma GCC diagnostic pop

#include <cstring>
#include <new>
#include <stdexcept>
#include <typeinfo>
#include <utility>

namespace engine::retrieval {
namespace {

constexpr char kRebuild[] = "; write it anew with FAISS, or build an index with `modelarium-cli index build`";

// The library trusts the sizes in a file. Of the plain kind they are checked here, so that a file that was cut off or
// damaged is never followed; see write_index_header and write_index of FAISS 1.7 for the layout.
void checkFlat(const std::filesystem::path &file, std::span<const std::byte> bytes)
{
    struct Head {
        std::int32_t dimension = 0;
        std::int64_t rows = 0;
        std::int64_t floats = 0;
    } head;
    constexpr std::size_t kName = 4;
    constexpr std::size_t kFixed = 4 + 3 * 8 + 1 + 4; // dimension, rows and two unused numbers, trained, metric
    constexpr std::size_t kData = kName + kFixed + 8;
    if (bytes.size() < kData)
        failFile(file.string() + ": expected a whole index, found " + std::to_string(bytes.size()) + " bytes" +
                 kRebuild);
    std::memcpy(&head.dimension, bytes.data() + kName, sizeof(head.dimension));
    std::memcpy(&head.rows, bytes.data() + kName + sizeof(head.dimension), sizeof(head.rows));
    std::memcpy(&head.floats, bytes.data() + kName + kFixed, sizeof(head.floats));
    const auto floats = static_cast<std::int64_t>((bytes.size() - kData) / sizeof(float));
    const bool isWhole = head.dimension > 0 && head.rows >= 0 && head.floats == floats &&
                         floats % head.dimension == 0 && floats / head.dimension == head.rows &&
                         (bytes.size() - kData) % sizeof(float) == 0;
    if (!isWhole)
        failFile(file.string() + ": expected " + std::to_string(head.rows) + " vectors of " +
                 std::to_string(head.dimension) + " numbers, found " + std::to_string(floats) + " numbers" + kRebuild);
}

} // namespace

struct FaissFile::Library {
    std::unique_ptr<faiss::Index> index;
};

FaissFile::FaissFile(std::unique_ptr<Library> library) : m_library(std::move(library)) {}
FaissFile::~FaissFile() = default;

std::unique_ptr<const FaissFile> FaissFile::open(const std::filesystem::path &file)
{
    {
        const auto mapped = files::MappedFile::open(file);
        if (mapped->text().starts_with("IxFI") || mapped->text().starts_with("IxF2"))
            checkFlat(file, mapped->bytes());
    }
    auto library = std::make_unique<Library>();
    try {
        library->index.reset(faiss::read_index(file.c_str(), faiss::IO_FLAG_MMAP | faiss::IO_FLAG_READ_ONLY));
    } catch (const faiss::FaissException &) {
        failFile(file.string() + ": expected an index of the FAISS library, found something else or a part of one" +
                 kRebuild);
    } catch (const std::bad_alloc &) {
        failFile(file.string() + ": its sizes are larger than memory: it is damaged, or too large" + kRebuild);
    } catch (const std::length_error &) {
        failFile(file.string() + ": its sizes cannot be: it is damaged" + kRebuild);
    }
    if (library->index->metric_type != faiss::METRIC_INNER_PRODUCT)
        failFile(file.string() + ": expected an index that compares by inner products, found another measure" +
                 kRebuild);
    return std::unique_ptr<const FaissFile>(new FaissFile(std::move(library)));
}

std::int64_t FaissFile::rows() const
{
    return m_library->index->ntotal;
}

std::int64_t FaissFile::dimension() const
{
    return m_library->index->d;
}

std::string FaissFile::kind() const
{
    return dynamic_cast<const faiss::IndexFlat *>(m_library->index.get()) != nullptr ? "FAISS, flat" : "FAISS";
}

std::vector<std::vector<PassageHit>> FaissFile::search(const Tensor &questions, std::int64_t count) const
{
    const auto n = questions.size(0);
    const auto most = std::min(count, rows());
    std::vector<float> scores(static_cast<std::size_t>(n * most));
    std::vector<faiss::Index::idx_t> ids(scores.size());
    m_library->index->search(n, questions.floats().data(), most, scores.data(), ids.data());
    std::vector<std::vector<PassageHit>> out(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (ids[i] >= 0) // fewer than asked for: −1
            out[i / static_cast<std::size_t>(most)].push_back({.id = ids[i], .score = static_cast<double>(scores[i])});
    return out;
}

Tensor FaissFile::vectors(std::span<const std::int64_t> ids) const
{
    Tensor out = Tensor::uninitialised({static_cast<std::int64_t>(ids.size()), dimension()});
    float *to = out.mutableFloats().data();
    try {
        for (const auto id : ids) {
            m_library->index->reconstruct(id, to);
            to += dimension();
        }
    } catch (const faiss::FaissException &) {
        failArgument("this index keeps no vectors that could be handed out");
    }
    return out;
}

} // namespace engine::retrieval
