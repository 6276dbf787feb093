// SPDX-License-Identifier: GPL-3.0-or-later
// A tokenizer put together from its stages.
#pragma once

#include "engine/tokenizer.h"
#include "text/post_processor.h"
#include "text/segmenter.h"
#include "text/settings.h"
#include "text/stages.h"
#include "text/vocabulary.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace engine::text {

// Whose behaviour is followed where the reference's two implementations disagree.
enum class Behaviour {
    Legacy, // the Python classes, over vocab.txt and the like
    Json,   // the Rust library, over tokenizer.json
};

// Language codes that stand around a text.
struct LanguageCodes {
    std::map<std::string, std::int64_t, std::less<>> ids;
    // Where EncodeOptions name none.
    std::optional<std::string> source = {};
    std::optional<std::string> target = {};
};

// How text of the decoder's side is read (EncodeOptions::isTarget).
struct TargetSide {
    std::unique_ptr<const PreTokenizer> preTokenizer;
    std::unique_ptr<const SubwordModel> model;
};

struct Pipeline {
    Behaviour behaviour = Behaviour::Legacy;
    std::shared_ptr<const Vocabulary> vocabulary;
    std::map<std::int64_t, std::string> added = {}; // tokens that the vocabulary does not have
    std::set<std::int64_t> specialIds = {};         // left out by skipSpecialTokens
    std::optional<std::int64_t> unknown = {};       // id for a whole word that is in no vocabulary
    std::unique_ptr<const Segmenter> segmenter = {};
    std::unique_ptr<const PreTokenizer> preTokenizer = {};
    // What a call may ask for instead: these see the whole text, no special tokens are cut out of it.
    std::map<std::string, std::unique_ptr<const PreTokenizer>, std::less<>> languages = {};
    std::unique_ptr<const PreTokenizer> givenWords = {}; // for a text whose words are apart by white space already
    std::unique_ptr<const SubwordModel> model = {};
    std::optional<TargetSide> target = {}; // empty: as the other side
    std::optional<LanguageCodes> languageCodes = {};
    PostProcessor postProcessor = {};
    std::unique_ptr<const Decoder> decoder = {};
    std::map<std::string, std::int64_t, std::less<>> special = {};
    Settings settings;
};

class PipelineTokenizer final : public Tokenizer {
public:
    explicit PipelineTokenizer(Pipeline pipeline);

    [[nodiscard]] Encoding encode(std::string_view text, const std::optional<std::string> &pair,
                                  const EncodeOptions &options) const override;
    [[nodiscard]] TokenizerExplanation explain(std::string_view text) const override;
    [[nodiscard]] std::string decode(std::span<const std::int64_t> ids, const DecodeOptions &options) const override;
    [[nodiscard]] std::vector<std::string> pieces(std::string_view text, const EncodeOptions &options) const override;
    [[nodiscard]] std::string kind() const override { return m_pipeline.model->kind(); }
    [[nodiscard]] std::int64_t size() const override;
    [[nodiscard]] std::string token(std::int64_t id) const override { return std::string(text(id)); }
    [[nodiscard]] std::optional<std::int64_t> id(std::string_view token) const override;
    [[nodiscard]] const std::map<std::string, std::int64_t, std::less<>> &specialTokens() const override;
    [[nodiscard]] Side paddingSide() const override { return m_pipeline.settings.paddingSide; }
    [[nodiscard]] std::int64_t padTypeId() const override { return m_pipeline.settings.padTypeId; }
    [[nodiscard]] const std::vector<std::string> &modelInputNames() const override;
    [[nodiscard]] std::optional<std::int64_t> modelMaxLength() const override;
    [[nodiscard]] std::string display(std::int64_t id) const override;

private:
    [[nodiscard]] std::string_view text(std::int64_t id) const;
    [[nodiscard]] const PreTokenizer *chosenSteps(const EncodeOptions &options) const;
    template <typename Use> void forEachToken(std::string_view text, const EncodeOptions &options, Use use) const;
    [[nodiscard]] TextTokens tokenize(std::string_view text, const EncodeOptions &options) const;
    [[nodiscard]] ExplainedWord explainWord(std::span<const Character> characters, bool isWhole) const;
    [[nodiscard]] std::optional<std::int64_t> language(const EncodeOptions &options) const;
    [[nodiscard]] Truncated truncated(Sequences sequences, const EncodeOptions &options) const;
    void addOverflow(Encoding &encoding, Truncated &truncated, const PostProcessor::Options &options) const;
    [[nodiscard]] std::string decodeLegacy(std::span<const std::int64_t> ids, bool skipsSpecial) const;
    [[nodiscard]] std::string decodeJson(std::span<const std::int64_t> ids, bool skipsSpecial) const;

    Pipeline m_pipeline;
    std::map<std::string, std::int64_t, std::less<>> m_addedIds;
};

} // namespace engine::text
