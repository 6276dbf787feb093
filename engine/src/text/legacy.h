// SPDX-License-Identifier: GPL-3.0-or-later
// What the Python classes over legacy files have in common.
#pragma once

#include "text/bpe.h"
#include "text/pipeline.h"
#include "text/segmenter.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace engine::text {

// Special and added tokens with their ids: those that the vocabulary lacks follow it. Writes into the pipeline, whose
// vocabulary and settings are there.
class LegacyTokens {
public:
    struct Options {
        bool lowersCase = false; // added tokens that are not special
    };
    LegacyTokens(Pipeline &pipeline, Options options) : m_pipeline(pipeline), m_options(options) {}

    // added_tokens.json of the directory, then the special tokens. File error when an id is not the next one.
    void read(const std::filesystem::path &directory);

    // Keeps one more token of the vocabulary together: as a bare string, so it strips the white space on both sides.
    void keepWhole(const std::string &content);

    // What is cut out of a text before anything else looks at it.
    [[nodiscard]] std::vector<LegacySegmenter::Token> uncut() const;

    [[nodiscard]] std::optional<std::int64_t> idOf(std::string_view token) const;

private:
    void readFile(const std::filesystem::path &file);
    void addSpecial();
    void add(const std::string &content);
    [[nodiscard]] std::int64_t size() const;

    Pipeline &m_pipeline;
    Options m_options;
    std::map<std::string, std::int64_t, std::less<>> m_ids;
    std::set<std::string> m_uncut;
};

// The class's templates with the ids of the pipeline's special tokens. File error that names `file` when a token of
// theirs does not exist.
[[nodiscard]] PostProcessor legacyPostProcessor(const Pipeline &pipeline, const std::filesystem::path &file,
                                                const TokenizerSpec &spec);

// The unknown token's id. File error that names `file` when the vocabulary has none.
[[nodiscard]] std::int64_t requiredUnknown(const Pipeline &pipeline, const std::filesystem::path &file);

// vocab.json: {"token": id, …}. File error when it is bad.
[[nodiscard]] std::shared_ptr<const Vocabulary> readVocabularyJson(const std::filesystem::path &file);

// ---- readers of one kind of legacy files each ----------------------------------------------------------------

struct LegacyWordPieceOptions {
    bool lowersCase = true; // default of do_lower_case
};
[[nodiscard]] LegacyReader legacyWordPiece(LegacyWordPieceOptions options);

struct LegacyByteLevelOptions {
    // An empty text stays empty, and white space at its beginning serves as the prefix.
    bool prefixesOnlyWords = false;
};
[[nodiscard]] LegacyReader legacyByteLevel(LegacyByteLevelOptions options);

} // namespace engine::text
