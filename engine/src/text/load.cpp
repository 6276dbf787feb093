// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/load.h"

#include "engine/error.h"
#include "text/builders.h"

#include <algorithm>

namespace engine::text {

namespace {

bool isThere(const std::filesystem::path &file)
{
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

bool hasLegacy(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    return !spec.files.empty() &&
           std::ranges::all_of(spec.files, [&](const std::string &name) { return isThere(directory / name); });
}

std::string legacyNames(const TokenizerSpec &spec)
{
    std::string names;
    for (const std::string &name : spec.files)
        names += (names.empty() ? "" : " with ") + name;
    return names;
}

} // namespace

std::shared_ptr<const Tokenizer> load(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    if (!hasTokenizer(directory, spec))
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
    return hasLegacy(directory, spec) || isThere(directory / "tokenizer.json");
}

} // namespace engine::text
