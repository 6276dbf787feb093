// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/store.h"

#include "engine/error.h"
#include "files/config.h"
#include "files/json_text.h"
#include "retrieval/replace_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace engine::retrieval {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr char kFormat[] = "modelarium-index-1";
constexpr std::int64_t kMostRows = std::int64_t{1} << 31;
constexpr std::int64_t kMostDimension = std::int64_t{1} << 16;

std::int64_t sizeOf(const fs::path &file)
{
    std::error_code error;
    const auto size = fs::file_size(file, error);
    return error ? 0 : static_cast<std::int64_t>(size);
}

std::int64_t rowBytes(const StoreState &state)
{
    return state.dimension * static_cast<std::int64_t>(sizeof(float));
}

} // namespace

StorePaths::StorePaths(const fs::path &directory)
    : folder(directory), state(directory / "index.json"), passages(directory / "passages.jsonl"),
      vectors(directory / "vectors.f32"), clusters(directory / "clusters.bin")
{
}

std::string rebuildHint(const fs::path &folder)
{
    return "; build it anew (modelarium-cli index build " + folder.string() + " …)";
}

StoreState readState(const StorePaths &paths)
{
    const auto config = files::Config::read(paths.state);
    if (const auto format = config.text("format", ""); format != kFormat)
        config.fail("format", kFormat, format.empty() ? "nothing" : format);
    constexpr std::int64_t kMostBytes = std::int64_t{1} << 62;
    StoreState state{.model = config.text("model", ""),
                     .fingerprint = config.text("fingerprint", ""),
                     .dimension = config.integer("dimension", 0, 1, kMostDimension),
                     .passages = config.integer("passages", -1, 0, kMostRows),
                     .passageBytes = config.integer("passage_bytes", -1, 0, kMostBytes),
                     .isComplete = config.boolean("complete", false),
                     .hasClusters = config.boolean("clusters", false)};
    if (config.has("removed"))
        state.removed = config.integers("removed", {}, {.minimum = 0, .maximum = state.passages - 1});
    std::ranges::sort(state.removed);
    return state;
}

void writeState(const StorePaths &paths, const StoreState &state)
{
    const Json json{{"format", kFormat},
                    {"model", state.model},
                    {"fingerprint", state.fingerprint},
                    {"dimension", state.dimension},
                    {"passages", state.passages},
                    {"passage_bytes", state.passageBytes},
                    {"complete", state.isComplete},
                    {"clusters", state.hasClusters},
                    {"removed", state.removed}};
    replaceFile(paths.state, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::int64_t embeddedRows(const StorePaths &paths, const StoreState &state)
{
    return std::min(sizeOf(paths.vectors) / rowBytes(state), state.passages);
}

void appendPassages(const StorePaths &paths, StoreState &state, std::span<const Passage> passages)
{
    if (state.passages + static_cast<std::int64_t>(passages.size()) > kMostRows)
        failArgument("an index holds at most " + std::to_string(kMostRows) + " passages");
    GrowingFile file(paths.passages, state.passageBytes);
    std::string lines;
    constexpr std::size_t kFull = std::size_t{1} << 20;
    const auto write = [&] {
        file.write(std::as_bytes(std::span(lines)));
        state.passageBytes += static_cast<std::int64_t>(lines.size());
        lines.clear();
    };
    for (const auto &passage : passages) {
        Json line{{"title", passage.title}, {"text", passage.text}};
        if (!passage.source.empty())
            line["source"] = passage.source;
        lines += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
        if (lines.size() >= kFull)
            write();
    }
    write();
    file.flush();
    state.passages += static_cast<std::int64_t>(passages.size());
}

PassageLines::PassageLines(const StorePaths &paths, const StoreState &state)
    : m_file(files::MappedFile::open(paths.passages))
{
    const auto text = m_file->text();
    if (static_cast<std::int64_t>(text.size()) < state.passageBytes)
        failFile(paths.passages.string() + ": it was cut off: expected " + std::to_string(state.passageBytes) +
                 " bytes, found " + std::to_string(text.size()) + rebuildHint(paths.folder));
    const auto end = static_cast<std::size_t>(state.passageBytes); // what stands behind was never counted
    m_begins.push_back(0);
    for (std::size_t at = 0; at < end;) {
        const void *found = std::memchr(text.data() + at, '\n', end - at);
        if (found == nullptr)
            break;
        at = static_cast<std::size_t>(static_cast<const char *>(found) - text.data()) + 1;
        m_begins.push_back(at);
    }
    if (size() != state.passages || m_begins.back() != end)
        failFile(paths.passages.string() + ": expected " + std::to_string(state.passages) + " lines, found " +
                 std::to_string(size()) + rebuildHint(paths.folder));
}

Passage PassageLines::operator[](std::int64_t id) const
{
    const auto at = static_cast<std::size_t>(id);
    const auto line = m_file->text().substr(m_begins[at], m_begins[at + 1] - m_begins[at]);
    const fs::path where(m_file->file().string() + ": line " + std::to_string(id + 1));
    const auto json = files::parseJson(where, line);
    const auto text = [&](const char *key) {
        const auto found = json.find(key);
        return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    if (!json.is_object())
        failFile(where.string() + ": expected an object, found " + files::describe(json));
    return {.title = text("title"), .text = text("text"), .source = text("source")};
}

VectorFile::VectorFile(const StorePaths &paths, const StoreState &state, std::int64_t rows)
    : m_vectors{.data = nullptr, .rows = rows, .dimension = state.dimension}
{
    if (rows == 0)
        return;
    m_file = files::MappedFile::open(paths.vectors);
    const auto size = static_cast<std::int64_t>(m_file->bytes().size());
    if (size < rows * rowBytes(state))
        failFile(paths.vectors.string() + ": it was cut off: expected " + std::to_string(rows) + " vectors of " +
                 std::to_string(state.dimension) + " numbers, found " + std::to_string(size) + " bytes" +
                 rebuildHint(paths.folder));
    m_vectors.data = reinterpret_cast<const float *>(m_file->bytes().data());
}

} // namespace engine::retrieval
