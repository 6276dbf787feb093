// SPDX-License-Identifier: GPL-3.0-or-later
// tokenizer.json, a reader for each kind of part. Every one raises a File error that names the part for what is
// malformed or not supported.
#pragma once

#include "files/config.h"
#include "text/json_part.h"
#include "text/pattern.h"
#include "text/pipeline.h"
#include "text/segmenter.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::text {

// Parts nest no deeper than this.
inline constexpr int kDeepestSequence = 16;

// Null for null. tokenizer_config.json wins: the reference class rewrites the normaliser with its own settings.
[[nodiscard]] std::shared_ptr<const Normalizer> readNormalizer(const JsonPart &part, const files::Config &config);

// tokenizer_config.json wins as above.
[[nodiscard]] std::unique_ptr<const PreTokenizer> readPreTokenizer(const JsonPart &part, const files::Config &config);

// Whether words are meant as bytes that stand as printable characters: ByteLevel, or a Sequence that ends in it.
[[nodiscard]] bool isByteLevel(const JsonPart &preTokenizer);

[[nodiscard]] std::unique_ptr<const Decoder> readDecoder(const JsonPart &part);

// Tokens and ids of the model. `elsewhere`: ids that added tokens have.
[[nodiscard]] std::shared_ptr<const Vocabulary>
readModelVocabulary(const JsonPart &model, const std::map<std::int64_t, std::string> &elsewhere);
[[nodiscard]] std::unique_ptr<const SubwordModel> readModel(const JsonPart &root, const Pipeline &pipeline);

[[nodiscard]] PostProcessor readPostProcessor(const JsonPart &part, const Pipeline &pipeline);

// {"String": …} or {"Regex": …}, or a text that is a literal.
[[nodiscard]] std::unique_ptr<const Pattern> readPattern(const JsonPart &part);

// added_tokens of the file, and what tokenizer_config.json and its relatives add to them.
class JsonAddedTokens {
public:
    // Both have to outlive this.
    JsonAddedTokens(Pipeline &pipeline, const JsonPart &root) : m_pipeline(pipeline), m_root(root) {}

    // What the model's vocabulary lacks, read before that vocabulary is.
    [[nodiscard]] std::map<std::int64_t, std::string> listed() const;

    // Into the pipeline, after its vocabulary is there.
    void read();

    [[nodiscard]] const std::vector<JsonSegmenter::Token> &tokens() const { return m_tokens; }

private:
    [[nodiscard]] std::optional<std::int64_t> idOf(std::string_view token) const;
    [[nodiscard]] std::int64_t size() const;
    void add(AddedToken token, std::int64_t id);
    void readListed(const JsonPart &part);
    void requireContiguous() const;
    void addSpecial(const SpecialToken &special);

    Pipeline &m_pipeline;
    const JsonPart &m_root;
    std::vector<JsonSegmenter::Token> m_tokens;
    std::map<std::string, std::size_t, std::less<>> m_places; // in m_tokens
    std::map<std::string, std::int64_t, std::less<>> m_ids;
};

} // namespace engine::text
