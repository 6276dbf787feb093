// SPDX-License-Identifier: GPL-3.0-or-later
// The heads that encoders share, each an arrangement of the same few parts under the family's names.
#pragma once

#include "heads/summary.h"
#include "models/family.h"

#include <functional>
#include <string>
#include <vector>

namespace engine::models {

using BindHead = std::function<heads::HeadPtr(const HeadContext &)>;

// Scores of every word: dense → activation → norm → output matrix, which is the word embedding unless
// tie_word_embeddings is false. The transform ends in the width of the embeddings.
struct WordHead {
    std::string transform; // "cls.predictions.transform.dense"
    std::string norm;      // "cls.predictions.transform.LayerNorm"
    std::string decoder;   // "cls.predictions.decoder", for a matrix of its own
    std::string bias;      // where "bias" lies: "cls.predictions"
    ops::Activation activation = ops::Activation::Gelu;
    double epsilon = 1e-12;
    std::string output = "logits";
};
[[nodiscard]] heads::HeadPtr wordHead(const HeadContext &context, const WordHead &parts);

// Linear maps one after another, from the width of the model.
struct Link {
    std::string name;
    std::int64_t outputs = 0; // 0: the width of the model
    ops::Activation activation = ops::Activation::None;
};
[[nodiscard]] std::vector<heads::Dense> chain(const HeadContext &context, const std::vector<Link> &links);

[[nodiscard]] std::int64_t labelCount(const HeadContext &context);

// "classifier" on every token, "qa_outputs" for spans: the same in all encoders.
[[nodiscard]] heads::HeadPtr tokenClasses(const HeadContext &context);
[[nodiscard]] heads::HeadPtr answerSpans(const HeadContext &context);

// "classifier" on the backbone's pooler: one score a label, or one a choice.
[[nodiscard]] heads::HeadPtr pooledClasses(const HeadContext &context);
[[nodiscard]] heads::HeadPtr pooledChoices(const HeadContext &context);

// "classifier" on the summary of a row ("sequence_summary"): one score a choice.
[[nodiscard]] heads::HeadPtr summarisedChoices(const HeadContext &context, const heads::SummaryOptions &options);

// What differs between the encoders' heads for masked words, classes, choices and spans.
struct EncoderHeads {
    std::string classPrefix;   // "Roberta": RobertaForMaskedLM, RobertaForTokenClassification, …, RobertaModel
    std::string wordsEvidence; // a tensor that only checkpoints with masked words have
    // A tensor that only the text classifier has; empty: its names are those of other heads.
    std::string classesEvidence = {};
    BindHead words;
    BindHead textClasses;
    BindHead choices;
};
// The specs of those heads and of the bare model, in the order in which a checkpoint prefers them.
[[nodiscard]] std::vector<HeadSpec> encoderHeads(const EncoderHeads &family);

// A language model over the same words, for a config.json with is_decoder.
[[nodiscard]] HeadSpec languageModel(std::string className, std::string evidence, BindHead bind);

// Spellings of LayerNorm that old conversions left behind.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> olderNormNames();

} // namespace engine::models
