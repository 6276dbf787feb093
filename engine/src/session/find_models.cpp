// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints on this machine. Only names and configurations are read, no weights.
#include "engine/session.h"
#include "files/config.h"
#include "models/family.h"

#include <algorithm>
#include <optional>
#include <set>

namespace engine {

namespace fs = std::filesystem;

namespace {

constexpr char kConfigFile[] = "config.json";
constexpr int kDeepestFolder = 3; // below a folder that the person added

bool isWeightFile(const fs::path &file)
{
    const std::string extension = file.extension().string();
    return extension == ".safetensors" || extension == ".bin";
}

std::int64_t weightBytes(const fs::path &directory)
{
    std::int64_t bytes = 0;
    std::error_code error;
    for (const auto &entry : fs::directory_iterator(directory, error)) {
        if (!isWeightFile(entry.path()))
            continue;
        const auto size = entry.file_size(error); // follows the links of the hub cache
        bytes += error ? 0 : static_cast<std::int64_t>(size);
    }
    return bytes;
}

FoundModel found(const fs::path &directory, std::string name, const char *source)
{
    FoundModel model{.name = std::move(name),
                     .directory = directory,
                     .familyId = {},
                     .bytes = weightBytes(directory),
                     .source = source,
                     .problem = {}};
    try {
        const std::string type = files::Config::read(directory / kConfigFile).text("model_type", "");
        if (models::findFamily(type))
            model.familyId = type;
        else
            model.problem = type.empty() ? "config.json has no model_type" : "no family \"" + type + "\"";
        if (model.problem.empty() && model.bytes == 0)
            model.problem = "no weight file";
    } catch (const Error &error) {
        model.problem = error.what();
    }
    return model;
}

std::vector<fs::path> foldersIn(const fs::path &directory)
{
    std::vector<fs::path> folders;
    std::error_code error;
    for (auto it = fs::directory_iterator(directory, fs::directory_options::skip_permission_denied, error);
         !error && it != fs::directory_iterator(); it.increment(error)) {
        std::error_code ignored;
        if (it->is_directory(ignored))
            folders.push_back(it->path());
    }
    std::sort(folders.begin(), folders.end());
    return folders;
}

bool hasConfig(const fs::path &directory)
{
    std::error_code error;
    return fs::is_regular_file(directory / kConfigFile, error);
}

// "models--google--bert_uncased" → "google/bert_uncased"; nothing for another kind of folder.
std::optional<std::string> hubName(const fs::path &folder)
{
    const std::string prefix = "models--";
    std::string name = folder.filename().string();
    if (!name.starts_with(prefix))
        return std::nullopt;
    name.erase(0, prefix.size());
    if (const std::size_t at = name.find("--"); at != std::string::npos)
        name.replace(at, 2, "/");
    return name;
}

// The newest snapshot of a hub folder that has a configuration.
std::optional<fs::path> newestSnapshot(const fs::path &folder)
{
    std::optional<fs::path> newest;
    fs::file_time_type when = fs::file_time_type::min();
    for (const fs::path &snapshot : foldersIn(folder / "snapshots")) {
        std::error_code error;
        const auto written = fs::last_write_time(snapshot, error);
        if (!error && hasConfig(snapshot) && (!newest || written > when)) {
            newest = snapshot;
            when = written;
        }
    }
    return newest;
}

void searchCache(const fs::path &cache, std::vector<FoundModel> &models)
{
    for (const fs::path &folder : foldersIn(cache)) {
        const auto name = hubName(folder);
        const auto snapshot = name ? newestSnapshot(folder) : std::nullopt;
        if (snapshot)
            models.push_back(found(*snapshot, *name, "cache"));
    }
}

// A checkpoint, or a folder of checkpoints. The inside of a checkpoint is its own business.
void searchFolder(const fs::path &folder, int depth, std::vector<FoundModel> &models)
{
    if (hasConfig(folder)) {
        models.push_back(found(folder, folder.filename().string(), "folder"));
        return;
    }
    if (depth >= kDeepestFolder)
        return;
    for (const fs::path &inner : foldersIn(folder))
        searchFolder(inner, depth + 1, models);
}

} // namespace

std::vector<FoundModel> findModels(const ModelPlaces &places)
{
    std::vector<FoundModel> models;
    for (const fs::path &mini : foldersIn(places.bundled)) {
        if (hasConfig(mini))
            models.push_back(found(mini, mini.filename().string(), "bundled"));
    }
    for (const fs::path &cache : places.caches)
        searchCache(cache, models);
    for (const fs::path &folder : places.folders)
        searchFolder(folder, 0, models);
    std::set<fs::path> seen;
    std::erase_if(models, [&](const FoundModel &model) { return !seen.insert(model.directory).second; });
    return models;
}

} // namespace engine
