// SPDX-License-Identifier: GPL-3.0-or-later
#include "places/places.h"

#include "places/install_paths.h"

#include <algorithm>
#include <cstdlib>

namespace app {

namespace fs = std::filesystem;

namespace {

// Empty when unset or empty.
fs::path fromEnvironment(const char *variable)
{
    const char *value = std::getenv(variable);
    return value ? fs::path(value) : fs::path();
}

fs::path executableFolder()
{
    std::error_code error;
    const fs::path file = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::current_path(error) : file.parent_path();
}

bool isFolder(const fs::path &path)
{
    std::error_code error;
    return !path.empty() && fs::is_directory(path, error);
}

std::string miniNames(const fs::path &minis)
{
    std::vector<std::string> names;
    std::error_code error;
    for (const auto &entry : fs::directory_iterator(minis, error)) {
        if (fs::exists(entry.path() / "config.json", error))
            names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    std::string text;
    for (const std::string &name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "none found" : text;
}

} // namespace

std::string version()
{
    return kVersion;
}

fs::path bundledMinis()
{
    if (const fs::path chosen = fromEnvironment("MODELARIUM_MINIS"); !chosen.empty())
        return chosen;
    const fs::path installed = (executableFolder() / kMinisFromInstalled).lexically_normal();
    if (isFolder(installed))
        return installed;
    return (executableFolder() / kMinisFromBuild).lexically_normal();
}

std::vector<fs::path> hubCaches()
{
    fs::path cache = fromEnvironment("HF_HUB_CACHE");
    if (const fs::path home = fromEnvironment("HF_HOME"); cache.empty() && !home.empty())
        cache = home / "hub";
    if (const fs::path xdg = fromEnvironment("XDG_CACHE_HOME"); cache.empty() && !xdg.empty())
        cache = xdg / "huggingface" / "hub";
    if (const fs::path home = fromEnvironment("HOME"); cache.empty() && !home.empty())
        cache = home / ".cache" / "huggingface" / "hub";
    return isFolder(cache) ? std::vector{cache} : std::vector<fs::path>{};
}

engine::ModelPlaces modelPlaces(std::vector<fs::path> folders)
{
    return {.bundled = bundledMinis(), .caches = hubCaches(), .folders = std::move(folders)};
}

fs::path resolveModel(std::string_view pathOrName)
{
    std::error_code error;
    const fs::path given(pathOrName);
    if (given.empty())
        engine::failArgument("the name of the model is empty");
    if (fs::exists(given, error))
        return given;
    const fs::path minis = bundledMinis();
    if (!given.has_parent_path() && isFolder(minis / given))
        return minis / given;
    engine::failArgument("no model at " + given.string() + ": neither a path nor a bundled mini (" + miniNames(minis) +
                         ")");
}

} // namespace app
