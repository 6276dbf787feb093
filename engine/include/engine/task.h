// SPDX-License-Identifier: GPL-3.0-or-later
// Text in, typed result out. One request type for all tasks; fields that a task does not use are ignored.
#pragma once

#include "engine/attention_axes.h"
#include "engine/beam_history.h"
#include "engine/encoding.h"
#include "engine/family.h"
#include "engine/generation.h"
#include "engine/generation_result.h"
#include "engine/image.h"
#include "engine/retrieval.h"
#include "engine/tensor.h"
#include "engine/trace.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace engine {

// A token of the running generation, posted as soon as it is known.
struct GeneratedToken {
    std::int64_t id = 0;
    std::string text;         // to append to what is shown
    double probability = 0.0; // after processors
};

struct TaskRequest {
    TaskKind task = TaskKind::FillMask;
    std::string text;
    std::optional<std::string> textPair = {};
    std::vector<std::string> choices = {};
    std::string controlCode = {}; // text-generation: one of ModelInfo::controlCodes, put before the text; may be empty
    std::vector<std::string> furtherTexts = {}; // feature-extraction: to compare with the text
    std::shared_ptr<const Image> image = {};    // multimodal-classification: the picture beside the text
    std::vector<std::string> candidates = {};   // fill-mask: only these words; empty: the whole vocabulary
    std::size_t topK = 5;
    std::string prefix = {};                // encoder–decoders: a task prefix, put before the text
    std::optional<std::string> target = {}; // encoder–decoders: look at this target instead of searching one
    // Searches: look at this row instead of searching one: as Hypothesis::ids, the end token included. Beats `target`.
    std::vector<std::int64_t> targetIds = {};
    GenerationOptions generation = {};           // its seed is that of everything random in the run
    std::optional<std::int64_t> hashRounds = {}; // of LSH attention; absent: as the checkpoint says
    // Tokens that see all and are seen by all, where attention has such; empty: as the task's head does by default.
    std::vector<std::int64_t> globalTokens = {};
    RetrievalRequest retrieval = {};                // passages and what belongs to them
    std::optional<std::int64_t> segmentLength = {}; // of a text read with a memory; absent: as it suits the model
    // With generation.eosTokenIds empty: take the checkpoint's end and padding tokens. False: nothing ends a row.
    bool usesModelEndTokens = true;
    EncodeOptions encode = {};
    bool truncate = false; // cut a text that is too long instead of refusing it
    TraceRequest trace = {};
    std::function<void(const GeneratedToken &)> onToken = {}; // on the engine's thread
};

struct ScoredLabel {
    std::int64_t id = 0;
    std::string label;
    float logit = 0.0F;
    double probability = 0.0;
    // Whether it holds where every label is judged by itself.
    [[nodiscard]] bool holds() const noexcept { return probability > 0.5; }
};

struct FilledMask {
    std::size_t position = 0; // token index
    std::vector<Candidate> candidates;
    std::vector<std::string> sequences; // one a candidate: the text with it in place of this mask
};
struct FillMaskResult {
    std::vector<FilledMask> masks; // one a mask token of the text
    Tensor logits;                 // (length, vocabulary)
};

struct ClassificationResult {        // text-classification, next-sentence, sentence-order
    std::vector<ScoredLabel> scores; // in the order of the labels
    std::size_t best = 0;            // index into scores
    std::string activation;          // "softmax" or "sigmoid" (several labels may hold)
};

struct ImageRegion {
    std::size_t token = 0; // token index
    PixelRect area;        // what of the picture the token was pooled from
};
struct ImageAndTextResult {             // multimodal-classification
    ClassificationResult labels;        // sigmoid: every label by itself
    std::shared_ptr<const Image> image; // of the request; never null
    PixelRect seen;                     // what of the picture the model looked at: the rest was cropped
    std::vector<ImageRegion> regions;   // one a token of the picture
};

struct TokenLabel {
    std::size_t token = 0; // token index
    ScoredLabel best;
    std::vector<ScoredLabel> scores;
};
struct LabelledSpan {
    std::string label; // without the B-/I- prefix
    std::size_t beginToken = 0;
    std::size_t endToken = 0; // exclusive
    std::string text;
};
struct TokenClassificationResult {
    std::vector<TokenLabel> tokens; // every token, special ones too
    std::vector<LabelledSpan> spans;
};

struct ReplacedToken {
    std::size_t token = 0; // token index
    float logit = 0.0F;
    double probability = 0.0; // that the text had another token here
    [[nodiscard]] bool isReplaced() const noexcept { return logit > 0.0F; }
};
struct ReplacedTokensResult {
    std::vector<ReplacedToken> tokens; // every token, special ones too
};

struct AnswerSpan {
    std::size_t beginToken = 0;
    std::size_t endToken = 0; // inclusive, as the reference counts
    std::string text;         // cut out of the passage by offsets
    double probability = 0.0; // product of start and end probability
};
struct AnswerResult {
    std::vector<AnswerSpan> answers; // best first
    // That the passage has none: the product at the class token, as SQuAD 2.0 trains it, or what a classifier says.
    double noAnswer = 0.0;
    std::vector<double> startProbabilities; // per token
    std::vector<double> endProbabilities;
};

struct ChoiceResult {
    std::vector<ScoredLabel> scores; // one a choice, label = the choice
    std::size_t best = 0;
    std::vector<Encoding> encodings; // one a choice; rows of the trace's batch
};

enum class TextPooling { ClassToken, Mean, Pooler };             // how tokens become one vector
[[nodiscard]] std::string_view id(TextPooling pooling) noexcept; // "cls", "mean", "pooler"
[[nodiscard]] std::span<const TextPooling> allTextPoolings() noexcept;

struct TextVectors { // of one text, each (hidden)
    std::string text;
    Tensor classToken = {};
    Tensor mean = {};   // over all tokens
    Tensor pooled = {}; // null when the model has no pooler
    [[nodiscard]] const Tensor &vector(TextPooling pooling) const noexcept;
};
struct FeatureResult {
    Tensor lastHiddenState;              // (length, hidden)
    Tensor pooled;                       // (hidden), null when the model has no pooler
    std::vector<TextVectors> texts = {}; // the text and those to compare it with
};

// Cosines of every pair of texts, (texts, texts); null where a text has no such vector.
[[nodiscard]] Tensor similarities(const FeatureResult &result, TextPooling pooling);

using TaskPayload = std::variant<std::monostate, FillMaskResult, ClassificationResult, ImageAndTextResult,
                                 TokenClassificationResult, ReplacedTokensResult, AnswerResult, ChoiceResult,
                                 GenerationResult, FeatureResult, EmbeddingResult, ReadingResult, RagResult>;

struct TaskResult {
    TaskKind task = TaskKind::FillMask;
    std::string text; // of the request
    // Of what the trace shows. Generation: the whole first hypothesis; offsets of new tokens count on after the
    // prompt's text as if the new text stood there. Choices: the first; see ChoiceResult::encodings. Encoder–decoders:
    // the source, offsets counting in TaskRequest::text (tokens of a prefix have none); see `decoder`.
    Encoding encoding;
    std::vector<std::string> display; // one a token, as a person reads it
    // Encoder–decoders: what the decoder read. Generation: the first hypothesis, its start token included; offsets
    // count in its text.
    std::optional<Encoding> decoder = {};
    std::vector<std::string> decoderDisplay = {};
    TaskPayload payload;
    std::shared_ptr<const Trace> trace; // never null
    std::vector<std::string> notes;     // e.g. "12 tokens did not fit into 512 positions and were cut"
    double elapsedMs = 0.0;             // forward passes and search, without tokenizing
};

} // namespace engine
