// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/load.h"

#include "engine/error.h"
#include "text/builders.h"

namespace engine::text {

namespace {

bool isThere(const std::filesystem::path &file)
{
    std::error_code ignored;
    return std::filesystem::is_regular_file(file, ignored);
}

bool hasLegacy(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    if (spec.kind == TokenizerClass::WordPiece)
        return isThere(directory / "vocab.txt");
    return isThere(directory / "vocab.json") && isThere(directory / "merges.txt");
}

std::string legacyNames(const TokenizerSpec &spec)
{
    return spec.kind == TokenizerClass::WordPiece ? "vocab.txt" : "vocab.json with merges.txt";
}

Pipeline build(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    if (!hasLegacy(directory, spec))
        return buildFromJson(directory, spec);
    return spec.kind == TokenizerClass::WordPiece ? buildLegacyWordPiece(directory, spec)
                                                  : buildLegacyByteLevel(directory, spec);
}

} // namespace

std::shared_ptr<const Tokenizer> load(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    if (!hasTokenizer(directory, spec))
        failFile(directory.string() + ": no tokenizer files: expected " + legacyNames(spec) + ", or tokenizer.json");
    try {
        return std::make_shared<PipelineTokenizer>(build(directory, spec));
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
