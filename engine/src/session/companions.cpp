// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/companions.h"

#include "engine/passages.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <system_error>

namespace engine {
namespace fs = std::filesystem;

namespace {

// Readers may be of any width; encoders whose vectors are to meet may not.
bool fits(const fs::path &folder, TaskKind task, const ModelInfo &beside)
{
    try {
        const ModelInfo info = inspectModel(folder);
        return std::ranges::count(info.tasks, task) > 0 && (task == TaskKind::Reading || info.hidden == beside.hidden);
    } catch (const Error &) {
        return false;
    }
}

fs::path firstThatFits(const fs::path &parent, TaskKind task, const ModelInfo &beside)
{
    constexpr std::size_t kMostLooked = 64;
    std::set<fs::path> folders;
    std::error_code error;
    for (const auto &entry : fs::directory_iterator(parent, error))
        if (fs::exists(entry.path() / "config.json", error))
            folders.insert(entry.path());
    std::size_t looked = 0;
    for (const auto &folder : folders)
        if (looked++ < kMostLooked && fits(folder, task, beside))
            return folder;
    return {};
}

} // namespace

fs::path companionBeside(const ModelInfo &info, TaskKind task)
{
    const auto below = firstThatFits(info.directory, task, info);
    const auto folder = info.directory.has_filename() ? info.directory : info.directory.parent_path();
    return below.empty() ? firstThatFits(folder.parent_path(), task, info) : below;
}

std::shared_ptr<const PassageIndex> Companions::index(const fs::path &folder)
{
    std::error_code error;
    const auto changed = fs::last_write_time(folder / "index.json", error); // none: it never changes
    if (m_index.index && m_index.folder == folder && m_index.changed == changed)
        return m_index.index;
    m_index = {.folder = folder, .changed = changed, .index = PassageIndex::open(folder)};
    return m_index.index;
}

void Companions::take(const fs::path &folder, std::shared_ptr<const LoadedModel> &model, const RunControl &control)
{
    constexpr std::size_t kKept = 3; // a question encoder, a passage encoder, a reader
    if (model || folder.empty())
        return;
    auto &known = m_models[folder];
    if (!known) {
        RunControl silent = control; // its loading is not the progress of the run
        silent.progress = {};
        known = openModel(folder, m_options, silent);
    }
    model = known;
    while (m_models.size() > kKept)
        m_models.erase(m_models.begin()->first == folder ? std::next(m_models.begin()) : m_models.begin());
}

void Companions::open(RetrievalRequest &request, const LoadedModel &model, const RunControl &control)
{
    take(request.questionEncoderFolder, request.questionEncoder, control);
    take(request.passageEncoderFolder, request.passageEncoder, control);
    take(request.readerFolder, request.reader, control);
    if (request.index || !request.passages.empty())
        return;
    if (!request.indexFolder.empty() && !isIndex(request.indexFolder))
        request.passages = readPassages(request.indexFolder, {}, control);
    else if (!request.indexFolder.empty())
        request.index = index(request.indexFolder);
    else if (isIndex(model.info().directory))
        request.index = index(model.info().directory);
}

} // namespace engine
