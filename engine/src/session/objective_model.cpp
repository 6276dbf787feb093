// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/objective_model.h"

#include "engine/error.h"
#include "engine/names.h"
#include "engine/objective.h"
#include "engine/trace.h"
#include "models/model.h"
#include "objectives/distillation.h"
#include "objectives/objective.h"
#include "ops/ops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace engine {
namespace {

using Row = std::vector<double>;

Row rowOf(const Tensor &rows, std::size_t index)
{
    const auto size = static_cast<std::size_t>(rows.size(-1));
    const auto values = rows.floats().subspan(index * size, size);
    return {values.begin(), values.end()};
}

const HeadInfo &headOf(const LoadedModel &model, TaskKind task)
{
    const HeadInfo *head = model.model().headFor(task);
    if (head == nullptr)
        failArgument(model.info().name + ": this checkpoint has no head for " + std::string(id(task)));
    return *head;
}

Tensor logitsOf(const NamedTensors &outputs)
{
    for (const char *name : {names::kLogits, names::kPredictionLogits})
        if (const auto found = outputs.find(name); found != outputs.end())
            return found->second;
    failInternal("a head for words gave no logits");
}

// ---- predictions under an order ---------------------------------------------------------------------

// Tokens of the text and the word that each stands for.
struct Pieces {
    std::vector<std::int64_t> ids;
    std::vector<std::size_t> word;
};

Pieces piecesOf(const Tokenizer &tokenizer, const OrderRequest &request, const std::vector<ObjectiveWord> &words)
{
    const Encoding encoding = tokenizer.encode(request.text, std::nullopt, {.addSpecialTokens = false});
    Pieces out{.ids = encoding.ids, .word = std::vector<std::size_t>(encoding.size(), words.size())};
    std::size_t next = words.size() - 1; // of the token behind
    for (std::size_t i = encoding.size(); i-- > 0;) {
        const auto begin = static_cast<std::size_t>(std::max<std::int64_t>(0, encoding.offsets[i].begin));
        const auto end = static_cast<std::size_t>(std::max<std::int64_t>(0, encoding.offsets[i].end));
        std::size_t at = next;
        while (at > 0 && words[at].begin >= end)
            --at;
        if (words[at].begin < end && begin < words[at].end)
            next = at; // else it has no letters of its own, and goes with the one behind
        out.word[i] = next;
    }
    return out;
}

// When each token is predicted: 0, 1, …; −1 for those that are no targets and come first, together.
std::vector<std::int64_t> turnsOf(const Pieces &pieces, const OrderRequest &request)
{
    const auto words = request.order.size();
    const auto first = request.predicted == 0 ? 0 : words - std::min(words, request.predicted);
    std::vector<std::vector<std::size_t>> tokensOf(words);
    for (std::size_t i = 0; i < pieces.word.size(); ++i)
        tokensOf[pieces.word[i]].push_back(i);
    std::vector<std::int64_t> turns(pieces.ids.size(), -1);
    std::int64_t turn = 0;
    for (std::size_t k = first; k < words; ++k)
        for (const auto token : tokensOf[request.order[k]])
            turns[token] = turn++;
    return turns;
}

bool isSeen(std::int64_t by, std::int64_t turn)
{
    return turn < 0 || turn < by;
}

struct TargetInputs {
    std::vector<std::size_t> tokens; // that are predicted and have something to go by
    NamedTensors tensors;
};

TargetInputs inputsFor(const Pieces &pieces, const std::vector<std::int64_t> &turns)
{
    const auto n = pieces.ids.size();
    const auto length = static_cast<std::int64_t>(n);
    TargetInputs out;
    const bool hasContext = std::ranges::count(turns, -1) > 0;
    for (std::size_t i = 0; i < n; ++i)
        if (turns[i] > 0 || (turns[i] == 0 && hasContext))
            out.tokens.push_back(i);
    Tensor hidden = Tensor::zeros({1, length, length});
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            hidden.mutableFloats()[i * n + j] = isSeen(turns[i], turns[j]) ? 0.0F : 1.0F;
    Tensor mapping = Tensor::zeros({1, static_cast<std::int64_t>(out.tokens.size()), length});
    for (std::size_t t = 0; t < out.tokens.size(); ++t)
        mapping.mutableFloats()[t * n + out.tokens[t]] = 1.0F;
    out.tensors = {{names::kInputIds, Tensor::fromInts({1, length}, pieces.ids)},
                   {names::kPermMask, hidden},
                   {names::kTargetMapping, mapping}};
    return out;
}

std::vector<Candidate> bestOf(const Tokenizer &tokenizer, const Row &logProbabilities, std::int64_t count)
{
    std::vector<std::size_t> ids(logProbabilities.size());
    for (std::size_t i = 0; i < ids.size(); ++i)
        ids[i] = i;
    const auto kept = static_cast<std::ptrdiff_t>(std::min<std::size_t>(ids.size(), static_cast<std::size_t>(count)));
    std::partial_sort(ids.begin(), ids.begin() + kept, ids.end(),
                      [&](auto a, auto b) { return logProbabilities[a] > logProbabilities[b]; });
    std::vector<Candidate> out;
    for (std::ptrdiff_t i = 0; i < kept; ++i) {
        const auto id = ids[static_cast<std::size_t>(i)];
        Candidate candidate;
        candidate.id = static_cast<std::int64_t>(id);
        candidate.token = tokenizer.display(candidate.id);
        candidate.probability = candidate.rawProbability = std::exp(logProbabilities[id]);
        out.push_back(std::move(candidate));
    }
    return out;
}

void requireOrder(const OrderRequest &request, std::size_t words)
{
    auto sorted = request.order;
    std::ranges::sort(sorted);
    bool isWhole = sorted.size() == words;
    for (std::size_t i = 0; isWhole && i < words; ++i)
        isWhole = sorted[i] == i;
    if (words == 0 || !isWhole)
        failArgument("order: expected each of " + std::to_string(words) + " words once, found " +
                     std::to_string(request.order.size()) + " places");
}

// ---- distillation -----------------------------------------------------------------------------------

// The text with some of its tokens hidden, and which.
struct Masked {
    Encoding encoding;
    std::vector<std::int64_t> original = {};
    std::vector<std::int64_t> shown = {};
    std::vector<bool> isChosen = {};
};

Masked maskedText(const Tokenizer &tokenizer, const DistillationRequest &request)
{
    constexpr double kChosen = 0.15;
    constexpr double kMasked = 0.8;
    constexpr double kRandom = 0.1;
    const auto mask = tokenizer.special("mask_token");
    if (!mask)
        failArgument("this model's tokenizer has no mask token");
    Masked out{.encoding = tokenizer.encode(request.text, std::nullopt, {})};
    out.original = out.shown = out.encoding.ids;
    out.isChosen.resize(out.shown.size());
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < out.shown.size(); ++i)
        if (out.encoding.sequence[i] >= 0)
            candidates.push_back(i);
    if (candidates.empty())
        failArgument("the text is empty: type at least one word");
    objectives::Dice dice(request.seed);
    const auto count = std::max<std::size_t>(1, objectives::rounded(kChosen * static_cast<double>(candidates.size())));
    for (const auto i : dice.some(count, candidates.size())) {
        const auto at = candidates[i];
        out.isChosen[at] = true;
        const double draw = dice.uniform();
        if (draw < kMasked)
            out.shown[at] = *mask;
        else if (draw < kMasked + kRandom)
            out.shown[at] = static_cast<std::int64_t>(dice.below(static_cast<std::size_t>(tokenizer.size())));
    }
    return out;
}

struct Read {
    Tensor logits; // (1, length, vocabulary)
    Tensor hidden; // (1, length, hidden): the last
};

Read readBy(const LoadedModel &model, const Masked &text, const RunControl &control)
{
    const auto length = static_cast<std::int64_t>(text.shown.size());
    NamedTensors inputs{{names::kInputIds, Tensor::fromInts({1, length}, text.shown)},
                        {names::kAttentionMask, Tensor::fromInts({1, length}, text.encoding.attentionMask)}};
    const auto &fields = model.tokenizer().modelInputNames();
    if (std::ranges::find(fields, std::string(names::kTokenTypeIds)) != fields.end())
        inputs[names::kTokenTypeIds] = Tensor::fromInts({1, length}, text.encoding.typeIds);
    if (const auto limit = model.model().maxPositions(); limit > 0 && length > limit)
        failArgument(model.info().name + ": the text has " + std::to_string(length) + " tokens, the model takes " +
                     std::to_string(limit));
    TraceCollector collector({.wantsHiddenStates = true});
    RunControl listening = control;
    listening.trace = &collector;
    ops::setThreads(model.info().threads);
    const auto outputs = model.model().forward(inputs, {.head = headOf(model, TaskKind::FillMask).id}, listening);
    const auto trace = collector.finish();
    return {.logits = logitsOf(outputs),
            .hidden = trace->hiddenStates.empty() ? Tensor() : trace->hiddenStates.back().tensor};
}

void requireSameWords(const LoadedModel &student, const LoadedModel &teacher, const Masked &text,
                      const std::string &words)
{
    const bool isSame = student.tokenizer().size() == teacher.tokenizer().size() &&
                        student.model().vocabularySize() == teacher.model().vocabularySize() &&
                        teacher.tokenizer().encode(words, std::nullopt, {}).ids == text.original;
    if (!isSame)
        failArgument("teacher " + teacher.info().name + ": expected the vocabulary of " + student.info().name + " (" +
                     std::to_string(student.tokenizer().size()) + " tokens), found another of " +
                     std::to_string(teacher.tokenizer().size()) + "; their predictions cannot be compared");
}

std::string likeliest(const Tokenizer &tokenizer, const Row &logits)
{
    return tokenizer.display(std::ranges::max_element(logits) - logits.begin());
}

} // namespace

bool predictsInOrder(const LoadedModel &model)
{
    return model.hasTokenizer() && model.model().takes(names::kTargetMapping) &&
           model.model().headFor(TaskKind::TextGeneration) != nullptr;
}

std::vector<WordPrediction> predictInOrder(const LoadedModel &model, const OrderRequest &request,
                                           const RunControl &control)
{
    if (!predictsInOrder(model))
        failArgument(model.info().name + ": this model reads in one direction, it predicts in no other order");
    const auto words = objectiveWords(request.text);
    requireOrder(request, words.size());
    ops::setThreads(model.info().threads);
    const Pieces pieces = piecesOf(model.tokenizer(), request, words);
    std::vector<WordPrediction> out(words.size());
    for (std::size_t i = 0; i < words.size(); ++i)
        out[i].word = i;
    for (std::size_t i = 0; i < pieces.ids.size(); ++i)
        out[pieces.word[i]].tokens.push_back(model.tokenizer().display(pieces.ids[i]));
    const TargetInputs inputs = inputsFor(pieces, turnsOf(pieces, request));
    if (inputs.tokens.empty())
        return out;
    const Tensor logits =
        logitsOf(model.model().forward(inputs.tensors, {.head = headOf(model, TaskKind::TextGeneration).id}, control));
    std::vector<std::size_t> predicted(words.size(), 0); // tokens of each word
    for (std::size_t t = 0; t < inputs.tokens.size(); ++t) {
        control.checkpoint();
        const auto token = inputs.tokens[t];
        WordPrediction &word = out[pieces.word[token]];
        const Row scores = objectives::logSoftmax(rowOf(logits, t), 1.0);
        word.probability =
            word.probability.value_or(1.0) * std::exp(scores.at(static_cast<std::size_t>(pieces.ids[token])));
        if (predicted[word.word]++ == 0)
            word.best = bestOf(model.tokenizer(), scores, request.topK);
    }
    for (auto &word : out)
        if (predicted[word.word] != word.tokens.size())
            word.probability.reset(); // its first token had nothing to go by
    return out;
}

Distillation distil(const LoadedModel &student, const LoadedModel &teacher, const DistillationRequest &request,
                    const RunControl &control)
{
    if (!(request.temperature > 0.0))
        failArgument("temperature: expected a number above 0, found " + std::to_string(request.temperature));
    const Tokenizer &tokenizer = student.tokenizer();
    const Masked text = maskedText(tokenizer, request);
    requireSameWords(student, teacher, text, request.text);
    const Read ofStudent = readBy(student, text, control);
    const Read ofTeacher = readBy(teacher, text, control);
    const bool hasCosine = !ofStudent.hidden.isNull() && !ofTeacher.hidden.isNull() &&
                           ofStudent.hidden.size(-1) == ofTeacher.hidden.size(-1);
    Distillation out;
    double apart = 0.0;
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < text.shown.size(); ++i) {
        control.checkpoint();
        const Row p = rowOf(ofTeacher.logits, i);
        const Row q = rowOf(ofStudent.logits, i);
        TokenLosses token{.original = tokenizer.display(text.original[i]), .shown = tokenizer.display(text.shown[i])};
        token.distillation =
            objectives::divergence(p, q, request.temperature) * request.temperature * request.temperature;
        token.teacherWord = likeliest(tokenizer, p);
        token.studentWord = likeliest(tokenizer, q);
        out.distillation += token.distillation;
        if (text.isChosen[i]) {
            token.words = -objectives::logSoftmax(q, 1.0).at(static_cast<std::size_t>(text.original[i]));
            out.words += *token.words;
            ++chosen;
        }
        if (hasCosine) {
            token.cosine = 1.0 - objectives::cosine(rowOf(ofStudent.hidden, i), rowOf(ofTeacher.hidden, i));
            apart += *token.cosine;
        }
        out.tokens.push_back(std::move(token));
    }
    const auto count = static_cast<double>(out.tokens.size());
    out.distillation /= count;
    out.words /= static_cast<double>(chosen);
    if (hasCosine)
        out.cosine = apart / count;
    out.total = objectives::kDistillationWeight * out.distillation + objectives::kWordsWeight * out.words +
                objectives::kCosineWeight * out.cosine.value_or(0.0);
    return out;
}

} // namespace engine
