// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/verify_retrieval.h"

#include "engine/names.h"
#include "retrieval/embedder.h"
#include "text/reader.h"

#include <utility>

namespace engine::session {
namespace {

using Json = nlohmann::json;

// Rows of ids beside recorded ones.
void compareInputs(const Fixture &fixture, const Json &entry, const NamedTensors &computed, Comparer &comparer)
{
    for (const auto &[name, description] : entry.at("inputs").items())
        comparer.tensor("tokenizer's " + name, recordedTensor(fixture, description), find(computed, name));
}

void compareOutputs(const Fixture &fixture, const Json &entry, const NamedTensors &outputs, Comparer &comparer)
{
    for (const auto &[name, description] : entry.at("outputs").items())
        comparer.tensor(name, recordedTensor(fixture, description), find(outputs, name));
}

// One text or a list of them.
std::vector<std::string> textsOf(const Json &entry, const char *name)
{
    const Json &value = entry.at(name);
    return value.is_array() ? value.get<std::vector<std::string>>() : std::vector{value.get<std::string>()};
}

retrieval::Encoder encoderOf(const Fixture &fixture)
{
    return retrieval::embedsPassages(*fixture.model) ? retrieval::passageEncoder(*fixture.model)
                                                     : retrieval::questionEncoder(*fixture.model);
}

text::SpanOptions spanOptionsOf(const Json &options)
{
    text::SpanOptions out;
    for (const auto &[name, value] : options.items()) {
        if (name == "num_spans")
            out.spans = value.get<std::size_t>();
        else if (name == "max_answer_length")
            out.longestAnswer = value.get<std::size_t>();
        else if (name == "num_spans_per_passage")
            out.spansOfPassage = value.get<std::size_t>();
        else
            failArgument("span option \"" + name + "\" is not known");
    }
    return out;
}

void compareSpans(const Json &recorded, const std::vector<text::AnswerSpan> &computed, Comparer &comparer)
{
    comparer.equal("number of spans", recorded.size(), computed.size());
    for (std::size_t i = 0; i < std::min(recorded.size(), computed.size()); ++i) {
        const std::string what = "spans[" + std::to_string(i) + "]";
        const text::AnswerSpan &span = computed[i];
        comparer.equal(what + ".doc_id", recorded[i].at("doc_id"), span.passage);
        comparer.equal(what + ".start_index", recorded[i].at("start_index"), span.begin);
        comparer.equal(what + ".end_index", recorded[i].at("end_index"), span.last);
        comparer.equal(what + ".text", recorded[i].at("text"), span.text);
        comparer.number(what + ".span_score", recorded[i].at("span_score").get<double>(), span.score);
        comparer.number(what + ".relevance_score", recorded[i].at("relevance_score").get<double>(), span.relevance);
    }
}

std::span<const float> rowOf(const Tensor &logits, std::size_t row)
{
    const auto length = static_cast<std::size_t>(logits.size(1));
    return logits.floats().subspan(row * length, length);
}

} // namespace

void verifyEmbedding(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl &control)
{
    const retrieval::Encoder encoder = encoderOf(fixture);
    const Json pair = entry.at("text_pair");
    std::vector<Encoding> rows;
    for (const std::string &text : textsOf(entry, "text"))
        rows.push_back(
            encoder.tokenizer.encode(text, pair.is_null() ? std::nullopt : std::optional(pair.get<std::string>()), {}));
    rows = retrieval::padded(encoder.tokenizer, std::move(rows));
    const NamedTensors inputs = retrieval::inputsOf(encoder.tokenizer, rows);
    compareInputs(fixture, entry, inputs, comparer);
    compareOutputs(fixture, entry, encoder.model.forward(inputs, {.head = encoder.head}, control), comparer);
}

void verifySpans(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl &control)
{
    const Tokenizer &tokenizer = fixture.model->tokenizer();
    const auto titles = textsOf(entry, "titles");
    const auto texts = textsOf(entry, "texts");
    std::vector<Encoding> rows;
    for (std::size_t i = 0; i < titles.size(); ++i)
        rows.push_back(text::encodePassage(
            tokenizer, {.question = entry.at("question").get<std::string>(), .title = titles[i], .text = texts.at(i)},
            {}));
    rows = retrieval::padded(tokenizer, std::move(rows));
    const NamedTensors inputs = retrieval::inputsOf(tokenizer, rows);
    compareInputs(fixture, entry, inputs, comparer);
    const NamedTensors outputs = fixture.model->model().forward(inputs, {.head = fixture.head->id}, control);
    compareOutputs(fixture, entry, outputs, comparer);
    std::vector<text::ReaderScores> scores;
    for (std::size_t i = 0; i < rows.size(); ++i)
        scores.push_back({.ids = rows[i].ids,
                          .start = rowOf(require(outputs, names::kStartLogits), i),
                          .end = rowOf(require(outputs, names::kEndLogits), i),
                          .relevance = require(outputs, names::kRelevanceLogits).floats()[i]});
    compareSpans(entry.at("spans"), text::bestSpans(tokenizer, scores, spanOptionsOf(entry.at("options"))), comparer);
}

} // namespace engine::session
