// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/load.h"

#include "engine/error.h"
#include "files/config.h"
#include "text/builders.h"
#include "text/tokenizer_classes.h"

#include <algorithm>

namespace engine::text {

namespace {

bool isThere(const std::filesystem::path &file)
{
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

bool areThere(const std::filesystem::path &directory, const std::vector<std::string> &files)
{
    return !files.empty() &&
           std::ranges::all_of(files, [&](const std::string &name) { return isThere(directory / name); });
}

bool hasLegacy(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    const bool needsNone = spec.read && spec.files.empty();
    return needsNone || areThere(directory, spec.files) || areThere(directory, spec.otherFiles);
}

std::string legacyNames(const TokenizerSpec &spec)
{
    std::string names;
    for (const auto *files : {&spec.files, &spec.otherFiles})
        for (const std::string &name : *files)
            names += (names.empty() ? "" : name == files->front() ? ", or " : " with ") + name;
    return names;
}

// The class that the files name, as the reference's AutoTokenizer reads them: tokenizer_config.json, then config.json.
// A class that is not in the table leaves it to the family.
const TokenizerSpec &namedClass(const std::filesystem::path &directory, const TokenizerSpec &fallback)
{
    for (const char *name : {"tokenizer_config.json", "config.json"}) {
        if (!isThere(directory / name))
            continue;
        const std::string className = files::Config::read(directory / name).text("tokenizer_class", "");
        if (className.empty())
            continue;
        const TokenizerSpec *found = findTokenizerClass(className);
        return found != nullptr ? *found : fallback;
    }
    return fallback;
}

bool hasFiles(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    return hasLegacy(directory, spec) || isThere(directory / "tokenizer.json");
}

} // namespace

std::shared_ptr<const Tokenizer> load(const std::filesystem::path &directory, const TokenizerSpec &family)
{
    const TokenizerSpec &spec = namedClass(directory, family);
    if (!hasFiles(directory, spec))
        failFile(directory.string() + ": no tokenizer files: expected " + legacyNames(spec) + ", or tokenizer.json");
    try {
        if (hasLegacy(directory, spec))
            return spec.read(directory, spec);
        return std::make_shared<PipelineTokenizer>(buildFromJson(directory, spec));
    } catch (const Error &error) {
        // A text of a file that is not valid UTF-8 is the file's fault here.
        if (error.kind() == ErrorKind::Argument)
            failFile(directory.string() + ": tokenizer files: " + error.what());
        throw;
    }
}

bool hasTokenizer(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    return hasFiles(directory, namedClass(directory, spec));
}

} // namespace engine::text
