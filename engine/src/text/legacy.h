// SPDX-License-Identifier: GPL-3.0-or-later
// What the Python classes over legacy files have in common.
#pragma once

#include "text/builders.h"
#include "text/pipeline.h"
#include "text/segmenter.h"
#include "text/sentence_piece_decoder.h"

#include <filesystem>
#include <functional>
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

// The class's languages with their ids, and those that src_lang and tgt_lang name; empty where it has none. File error
// that names `file` when a code is no token, or the setting that names no language.
[[nodiscard]] std::optional<LanguageCodes>
readLanguageCodes(const Pipeline &pipeline, const std::filesystem::path &file, const TokenizerSpec &spec);

// The unknown token's id. File error that names `file` when the vocabulary has none.
[[nodiscard]] std::int64_t requiredUnknown(const Pipeline &pipeline, const std::filesystem::path &file);

// vocab.json: {"token": id, …}. File error when it is bad.
[[nodiscard]] std::shared_ptr<const Vocabulary> readVocabularyJson(const std::filesystem::path &file);

// merges.txt: two tokens a line. What follows the last line break does not count. File error for a bad line.
struct MergeFile {
    bool hasHeader = true;  // the first line is none
    bool hasCounts = false; // a third column may follow
};
void readMerges(const std::filesystem::path &file, MergeFile format,
                const std::function<void(const std::string &where, const MergeLine &line)> &use);

// ---- readers of one kind of legacy files each ----------------------------------------------------------------

struct LegacyWordPieceOptions {
    bool lowersCase = true; // default of do_lower_case
    // All text outside special tokens is lowercased before words are: one code point at a time.
    bool lowersTextFirst = true;
    // One more token that is cut out of texts: a setting, and what it is where the files are silent.
    std::string wholeTokenKey = {};
    std::string wholeToken = {};
};
[[nodiscard]] LegacyReader legacyWordPiece(LegacyWordPieceOptions options);

struct LegacyByteLevelOptions {
    // An empty text stays empty, and white space at its beginning serves as the prefix.
    bool prefixesOnlyWords = false;
};
[[nodiscard]] LegacyReader legacyByteLevel(LegacyByteLevelOptions options);

// vocab.json and merges.txt over the characters of words.
enum class WordSteps {
    Bert,       // BERT's cleaning, lowercase, without accents, punctuation apart
    LineWords,  // white space; a line break ends a word
    Moses,      // English by default; lowercase without accents by do_lowercase_and_remove_accent
    MosesFrench // composed; lowercase by do_lowercase
};
[[nodiscard]] LegacyReader legacyWordBpe(WordSteps steps);

// The tokenizers of the two folders that the class's files name; their classes where their own files are silent.
struct TwoSidedClasses {
    std::string input;
    std::string output;
};
[[nodiscard]] LegacyReader legacyTwoSided(TwoSidedClasses classes);

// vocab.pkl or vocab.txt: words.
[[nodiscard]] LegacyReader legacyWordLevel();

// Every byte of the text is a token, without any file: byte b has the id b + firstId; smaller ids have no token.
[[nodiscard]] LegacyReader bytesAsTokens(std::int64_t firstId);

// Where the tokens that the class adds to the model's pieces come from.
enum class SentencePieceLayout {
    Fixed,        // from the options
    Sentinels,    // <extra_id_k>, as many as `extra_ids` says, after the pieces; the first one has the last id
    GapSentences, // padding, end and tokens of the pretraining, `offset` pieces further up
};

struct LegacySentencePieceOptions {
    SentencePieceLayout layout = SentencePieceLayout::Fixed;
    std::vector<std::string> firstTokens = {}; // with the ids 0, 1, …, whatever pieces would have them
    bool cutsFirstTokensOut = false;           // of texts, as if they were special
    std::int64_t offset = 0;                   // piece p has the id p + offset
    std::vector<std::string> lastTokens = {};  // after the last piece
    bool cleansText = false;                   // as PythonCleaner does, and cuts "9," before the comma
    bool lowersCase = false;                   // default of do_lower_case where the text is cleaned
    bool marksSpecialInText = false;           // special tokens of the text count as special, the unknown one apart
    SentencePieceDecoder::Special special = SentencePieceDecoder::Special::Joined;
};
// One model file.
[[nodiscard]] LegacyReader legacySentencePiece(LegacySentencePieceOptions options);
// A model file for each side of a translation, with the ids of both in vocab.json; the target language stands in front
// of a text as ">>fra<<". `layout` and its tokens do not matter.
[[nodiscard]] LegacyReader legacyTwoSentencePieces(LegacySentencePieceOptions options);

} // namespace engine::text
