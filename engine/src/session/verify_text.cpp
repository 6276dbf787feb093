// SPDX-License-Identifier: GPL-3.0-or-later
// Text cases: tokenizing, the model on the recorded inputs, and the answer that follows from its outputs.
#include "session/verify_case.h"

#include "engine/names.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace engine::session {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kShownCandidates = 5;
constexpr std::size_t kLongestAnswer = 15; // tokens

// What tokenizing gives, as nested lists like the recorded tensors: (1, length) or (1, choices, length).
struct Encoded {
    Json ids; // without the batch axis
    std::map<std::string, Tensor> inputs;
};

EncodeOptions encodeOptionsOf(const Json &arguments)
{
    EncodeOptions options;
    for (const auto &[name, value] : arguments.items()) {
        if (name == "add_special_tokens")
            options.addSpecialTokens = value.get<bool>();
        else if (name == "max_length")
            options.maxLength = value.get<std::int64_t>();
        else if (name == "truncation")
            options.truncation = Truncation::LongestFirst;
        else if (name != "padding") // one text alone is not padded; rows of choices are
            failArgument("tokenizer argument \"" + name + "\" is not known");
    }
    return options;
}

Encoded encodedText(const Tokenizer &tokenizer, const Json &entry)
{
    const Json pair = entry.value("text_pair", Json());
    const Encoding encoding = tokenizer.encode(entry.at("text").get<std::string>(),
                                               pair.is_null() ? std::nullopt : std::optional(pair.get<std::string>()),
                                               encodeOptionsOf(entry.at("encode")));
    const auto length = static_cast<std::int64_t>(encoding.size());
    return {.ids = encoding.ids,
            .inputs = {{names::kInputIds, Tensor::fromInts({1, length}, encoding.ids)},
                       {names::kTokenTypeIds, Tensor::fromInts({1, length}, encoding.typeIds)},
                       {names::kAttentionMask, Tensor::fromInts({1, length}, encoding.attentionMask)}}};
}

struct Rows {
    std::vector<std::vector<std::int64_t>> rows = {};
    std::int64_t fill = 0;
    Side side = Side::Right;
};

// (1, rows, longest)
Tensor padded(const Rows &source)
{
    std::size_t width = 0;
    for (const auto &row : source.rows)
        width = std::max(width, row.size());
    std::vector<std::int64_t> flat;
    for (const auto &row : source.rows) {
        const std::vector<std::int64_t> filling(width - row.size(), source.fill);
        if (source.side == Side::Left)
            flat.insert(flat.end(), filling.begin(), filling.end());
        flat.insert(flat.end(), row.begin(), row.end());
        if (source.side == Side::Right)
            flat.insert(flat.end(), filling.begin(), filling.end());
    }
    return Tensor::fromInts({1, static_cast<std::int64_t>(source.rows.size()), static_cast<std::int64_t>(width)}, flat);
}

// Rows of a (1, rows, length) tensor as nested lists.
Json nested(const Tensor &tensor)
{
    Json rows = Json::array();
    const auto values = tensor.ints();
    const auto length = static_cast<std::size_t>(tensor.size(2));
    for (std::size_t begin = 0; begin + length <= values.size() && length > 0; begin += length)
        rows.push_back(std::vector<std::int64_t>(values.begin() + static_cast<std::ptrdiff_t>(begin),
                                                 values.begin() + static_cast<std::ptrdiff_t>(begin + length)));
    return rows;
}

// Every choice as the pair of the text, padded to the longest.
Encoded encodedChoices(const Tokenizer &tokenizer, const Json &entry)
{
    const Side side = tokenizer.paddingSide();
    Rows ids{.fill = tokenizer.special("pad_token").value_or(0), .side = side};
    Rows types{.fill = tokenizer.padTypeId(), .side = side};
    Rows mask{.side = side};
    for (const Json &choice : entry.at("choices")) {
        const Encoding encoding = tokenizer.encode(entry.at("text").get<std::string>(), choice.get<std::string>(),
                                                   encodeOptionsOf(entry.at("encode")));
        ids.rows.push_back(encoding.ids);
        types.rows.push_back(encoding.typeIds);
        mask.rows.push_back(encoding.attentionMask);
    }
    const Tensor padIds = padded(ids);
    return {.ids = nested(padIds),
            .inputs = {{names::kInputIds, padIds},
                       {names::kTokenTypeIds, padded(types)},
                       {names::kAttentionMask, padded(mask)}}};
}

// Every choice written after the text with a space between, filled up on the right; mc_token_ids names the
// last token of each.
Encoded encodedJoined(const Tokenizer &tokenizer, const Json &entry)
{
    Rows ids{.fill = entry.at("encode").at("fill").get<std::int64_t>()};
    std::vector<std::int64_t> last;
    for (const Json &choice : entry.at("choices")) {
        const std::string text = entry.at("text").get<std::string>() + ' ' + choice.get<std::string>();
        ids.rows.push_back(tokenizer.encode(text, std::nullopt, {}).ids);
        last.push_back(static_cast<std::int64_t>(ids.rows.back().size()) - 1);
    }
    const Tensor padIds = padded(ids);
    return {.ids = nested(padIds),
            .inputs = {{names::kInputIds, padIds},
                       {names::kMcTokenIds, Tensor::fromInts({1, static_cast<std::int64_t>(last.size())}, last)}}};
}

Encoded encoded(const Tokenizer &tokenizer, const Json &entry)
{
    if (entry.at("encode").value("joined", false))
        return encodedJoined(tokenizer, entry);
    return entry.contains("choices") ? encodedChoices(tokenizer, entry) : encodedText(tokenizer, entry);
}

void compareTokens(const Fixture &fixture, const Json &entry, Comparer &comparer)
{
    const Tokenizer &tokenizer = fixture.model->tokenizer();
    const Encoded computed = encoded(tokenizer, entry);
    comparer.equal("ids", entry.at("ids"), computed.ids);
    for (const auto &[name, description] : entry.at("inputs").items()) {
        if (const auto found = computed.inputs.find(name); found != computed.inputs.end())
            comparer.tensor("tokenizer's " + name, recordedTensor(fixture, description), found->second);
    }
    if (!entry.contains("tokens"))
        return;
    Json tokens = Json::array();
    for (const Json &id : entry.at("ids"))
        tokens.push_back(tokenizer.token(id.get<std::int64_t>()));
    comparer.equal("tokens", entry.at("tokens"), tokens);
}

// Row `position` of (1, length, vocabulary).
Tensor rowOf(const Tensor &logits, std::int64_t position)
{
    const std::int64_t length = logits.size(-2);
    if (position < 0 || position >= length)
        failArgument("position " + std::to_string(position) + " of a text of " + std::to_string(length) + " tokens");
    return logits.reshaped({length, logits.size(-1)}).rows(position, position + 1).reshaped({logits.size(-1)});
}

// The outputs under the names of text cases: whole tensors, but one row of vocabulary scores.
NamedTensors textOutputs(const Fixture &fixture, const Json &entry, NamedTensors outputs)
{
    Tensor logits = find(outputs, names::kLogits);
    if (logits.isNull())
        logits = find(outputs, names::kPredictionScores);
    if (fixture.task == id(TaskKind::TextGeneration) && !logits.isNull())
        outputs.insert_or_assign("last_logits", rowOf(logits, logits.size(-2) - 1));
    if (!entry.contains("mask_position"))
        return outputs;
    const auto position = entry.at("mask_position").get<std::int64_t>();
    if (const Tensor prediction = find(outputs, names::kPredictionLogits); !prediction.isNull())
        outputs.insert_or_assign("mask_logits", rowOf(prediction, position));
    else if (!logits.isNull())
        outputs.insert_or_assign("mask_logits", rowOf(logits, position));
    return outputs;
}

std::vector<double> softmax(std::span<const float> logits)
{
    std::vector<double> p(logits.begin(), logits.end());
    const double largest = p.empty() ? 0.0 : *std::max_element(p.begin(), p.end());
    for (double &value : p)
        value = std::exp(value - largest);
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double &value : p)
        value /= sum;
    return p;
}

std::vector<double> sigmoid(std::span<const float> logits)
{
    std::vector<double> p(logits.begin(), logits.end());
    for (double &value : p)
        value = 1.0 / (1.0 + std::exp(-value));
    return p;
}

std::int64_t argmax(std::span<const float> row)
{
    return std::max_element(row.begin(), row.end()) - row.begin();
}

void compareTop(const Fixture &fixture, const Json &recorded, std::span<const float> logits, Comparer &comparer)
{
    std::vector<std::int64_t> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    const std::size_t count = std::min(kShownCandidates, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                      [&](std::int64_t a, std::int64_t b) {
                          return logits[static_cast<std::size_t>(a)] > logits[static_cast<std::size_t>(b)];
                      });
    const std::vector<double> probabilities = softmax(logits);
    if (recorded.size() != count)
        return comparer.fail("top5: " + std::to_string(recorded.size()) + " recorded, " + std::to_string(count) +
                             " computed");
    for (std::size_t rank = 0; rank < count; ++rank) {
        const std::string what = "top5[" + std::to_string(rank) + "]";
        const auto at = static_cast<std::size_t>(order[rank]);
        comparer.equal(what + ".id", recorded[rank].at("id"), order[rank]);
        comparer.equal(what + ".token", recorded[rank].at("token"), fixture.model->tokenizer().token(order[rank]));
        comparer.number(what + ".logit", recorded[rank].at("logit").get<double>(), logits[at]);
        comparer.number(what + ".probability", recorded[rank].at("probability").get<double>(), probabilities[at]);
    }
}

void compareLabel(const Fixture &fixture, const Json &entry, std::span<const float> logits, Comparer &comparer)
{
    const std::int64_t best = argmax(logits);
    comparer.equal("label", entry.at("label"), best);
    comparer.numbers("scores", entry.at("scores"),
                     entry.at("activation") == "sigmoid" ? sigmoid(logits) : softmax(logits));
    const Json name = entry.value("label_name", Json());
    const auto &labels = fixture.head->labels;
    if (!name.is_null())
        comparer.equal("label_name", name,
                       static_cast<std::size_t>(best) < labels.size() ? labels[static_cast<std::size_t>(best)] : "");
}

void compareLabels(const Json &recorded, const Tensor &logits, Comparer &comparer)
{
    Json labels = Json::array();
    const auto values = logits.floats();
    const auto width = static_cast<std::size_t>(logits.size(-1));
    for (std::size_t begin = 0; width > 0 && begin + width <= values.size(); begin += width)
        labels.push_back(argmax(values.subspan(begin, width)));
    comparer.equal("labels", recorded, labels);
}

struct Span {
    std::size_t start = 0;
    std::size_t end = 0;
    double probability = -1.0;
};

// The best product of the start and end softmax with start ≤ end, at most kLongestAnswer tokens, both allowed.
Span bestSpan(const Json &allowed, const std::vector<double> &start, const std::vector<double> &end)
{
    Span best;
    const std::size_t length = std::min({allowed.size(), start.size(), end.size()});
    for (std::size_t i = 0; i < length; ++i) {
        for (std::size_t j = i; j < std::min(length, i + kLongestAnswer); ++j) {
            const bool isAllowed = allowed[i] == 1 && allowed[j] == 1;
            if (isAllowed && start[i] * end[j] > best.probability)
                best = {.start = i, .end = j, .probability = start[i] * end[j]};
        }
    }
    return best;
}

void compareSpan(const Fixture &fixture, const Json &entry, const NamedTensors &outputs, Comparer &comparer)
{
    const Span best = bestSpan(entry.at("answer_allowed"), softmax(require(outputs, names::kStartLogits).floats()),
                               softmax(require(outputs, names::kEndLogits).floats()));
    comparer.equal("start", entry.at("start"), best.start);
    comparer.equal("end", entry.at("end"), best.end);
    comparer.number("probability", entry.at("probability").get<double>(), best.probability);
    const auto ids = entry.at("ids").get<std::vector<std::int64_t>>();
    if (best.end < ids.size())
        comparer.equal(
            "answer", entry.at("answer"),
            fixture.model->tokenizer().decode(std::span(ids).subspan(best.start, best.end - best.start + 1), {}));
}

void compareGenerated(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl &control)
{
    generation::SearchInput input;
    input.ids = recordedTensor(fixture, entry.at("inputs").at(names::kInputIds));
    input.head = fixture.head->id;
    const generation::SearchResult result = runGenerate(fixture, input, entry.at("options"), control);
    const auto sequence = result.sequences.rows(0, 1).ints();
    const std::vector<std::int64_t> ids(sequence.begin(), sequence.end());
    comparer.equal("generated", entry.at("generated"), ids);
    const auto text = [&](const char *name, const DecodeOptions &options) {
        if (entry.contains(name))
            comparer.equal(name, entry.at(name), fixture.model->tokenizer().decode(ids, options));
    };
    text("generated_text", {.cleanUpSpaces = false});
    text("answer", {.skipSpecialTokens = true, .cleanUpSpaces = false});
    text("answer_cleaned", {.skipSpecialTokens = true, .cleanUpSpaces = true});
}

// The row or matrix of scores that the answer is read from.
Tensor answerLogits(const NamedTensors &outputs)
{
    for (const char *name : {"mask_logits", "last_logits", names::kMcLogits, names::kLogits}) {
        if (const Tensor logits = find(outputs, name); !logits.isNull())
            return logits;
    }
    return {};
}

void compareAnswer(const Fixture &fixture, const Json &entry, const NamedTensors &outputs, Comparer &comparer)
{
    const Tensor logits = answerLogits(outputs);
    const auto scores = logits.isNull() ? std::span<const float>() : logits.floats();
    if (entry.contains("top5"))
        compareTop(fixture, entry.at("top5"), scores, comparer);
    if (entry.contains("label"))
        compareLabel(fixture, entry, scores, comparer);
    if (entry.contains("labels"))
        compareLabels(entry.at("labels"), logits, comparer);
    if (entry.contains("replaced")) {
        Json replaced = Json::array();
        for (const float score : scores)
            replaced.push_back(score > 0.0F ? 1 : 0);
        comparer.equal("replaced", entry.at("replaced"), replaced);
    }
    if (entry.contains("choice")) {
        comparer.equal("choice", entry.at("choice"), argmax(scores));
        comparer.numbers("probabilities", entry.at("probabilities"), softmax(scores));
    }
    if (entry.contains("start"))
        compareSpan(fixture, entry, outputs, comparer);
}

} // namespace

void verifyText(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl &control)
{
    compareTokens(fixture, entry, comparer);
    RunChoices choices = choicesOf(fixture, entry);
    const ForwardRun run = runForward(fixture, entry, choices, control);
    compareChoices(choices, comparer);
    const NamedTensors outputs = textOutputs(fixture, entry, run.outputs);
    for (const auto &[name, description] : entry.at("outputs").items()) {
        if (description.is_array())
            compareTraced(fixture, name, description, *run.trace, comparer);
        else
            comparer.tensor(name, recordedTensor(fixture, description), find(outputs, name));
    }
    compareAnswer(fixture, entry, outputs, comparer);
    if (entry.contains("generated"))
        compareGenerated(fixture, entry, comparer, control);
}

} // namespace engine::session
