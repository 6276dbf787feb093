// SPDX-License-Identifier: GPL-3.0-or-later
#include "fake_engine.h"

#include <algorithm>
#include <cmath>

namespace ui::test {

namespace {

using engine::TaskKind;

void addWords(engine::Encoding &encoding, std::string_view text, const WordTokenizer &tokenizer, int sequence)
{
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        if (end > begin) {
            const std::string word(text.substr(begin, end - begin));
            encoding.ids.push_back(tokenizer.id(word).value_or(3));
            encoding.tokens.push_back(word);
            encoding.offsets.push_back({static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end)});
            encoding.typeIds.push_back(sequence);
            encoding.sequence.push_back(sequence);
            encoding.specialTokensMask.push_back(0);
            encoding.attentionMask.push_back(1);
        }
        begin = end + 1;
    }
}

void addSpecial(engine::Encoding &encoding, const std::string &token, std::int64_t id)
{
    encoding.ids.push_back(id);
    encoding.tokens.push_back(token);
    encoding.offsets.push_back({0, 0});
    encoding.typeIds.push_back(0);
    encoding.sequence.push_back(-1);
    encoding.specialTokensMask.push_back(1);
    encoding.attentionMask.push_back(1);
}

// Attention of 3 layers × 4 heads that leans towards near tokens, more with every head.
std::shared_ptr<const engine::Trace> makeTrace(std::int64_t length)
{
    constexpr std::int64_t kHeads = 4;
    auto trace = std::make_shared<engine::Trace>();
    for (int layer = 0; layer < 3; ++layer) {
        engine::Tensor weights = engine::Tensor::uninitialised({1, kHeads, length, length});
        auto values = weights.mutableFloats();
        for (std::int64_t row = 0; row < kHeads * length; ++row) {
            double sum = 0.0;
            for (std::int64_t k = 0; k < length; ++k) {
                const double away = static_cast<double>(k - (row * 7 + layer * 3) % length);
                values[static_cast<std::size_t>(row * length + k)] =
                    static_cast<float>(std::exp(-away * away / (2.0 + layer)));
                sum += static_cast<double>(values[static_cast<std::size_t>(row * length + k)]);
            }
            for (std::int64_t k = 0; k < length; ++k)
                values[static_cast<std::size_t>(row * length + k)] /= static_cast<float>(sum);
        }
        trace->bytes += weights.bytes();
        trace->attentions.push_back({.stack = engine::Stack::Encoder,
                                     .layer = layer,
                                     .data = engine::DenseAttention{.weights = weights},
                                     .mask = {}});
        trace->timings.push_back({.stack = engine::Stack::Encoder, .layer = layer, .milliseconds = 0.4});
    }
    return trace;
}

std::shared_ptr<engine::TaskResult> start(const LoadedModelPtr &model, TaskKind task,
                                          const engine::TaskRequest &request)
{
    auto result = std::make_shared<engine::TaskResult>();
    result->task = task;
    result->encoding = model->tokenizer().encode(request.text, request.textPair, {});
    result->display = result->encoding.tokens;
    result->trace = makeTrace(static_cast<std::int64_t>(result->encoding.size()));
    result->elapsedMs = 1.9;
    return result;
}

engine::ScoredLabel label(std::int64_t id, const std::string &name, double p)
{
    return {.id = id, .label = name, .logit = static_cast<float>(std::log(p)), .probability = p};
}

} // namespace

engine::Encoding WordTokenizer::encode(std::string_view text, const std::optional<std::string> &pair,
                                       const engine::EncodeOptions &options) const
{
    engine::Encoding encoding;
    if (options.addSpecialTokens)
        addSpecial(encoding, "[CLS]", 0);
    addWords(encoding, text, *this, 0);
    if (options.addSpecialTokens)
        addSpecial(encoding, "[SEP]", 1);
    if (pair) {
        addWords(encoding, *pair, *this, 1);
        addSpecial(encoding, "[SEP]", 1);
    }
    return encoding;
}

std::string WordTokenizer::decode(std::span<const std::int64_t> ids, const engine::DecodeOptions &) const
{
    std::string text;
    for (const std::int64_t id : ids)
        text += (text.empty() ? "" : " ") + token(id);
    return text;
}

std::string WordTokenizer::token(std::int64_t id) const
{
    return id >= 0 && id < size() ? m_words[static_cast<std::size_t>(id)] : std::string();
}

std::optional<std::int64_t> WordTokenizer::id(std::string_view token) const
{
    const auto found = std::find(m_words.begin(), m_words.end(), token);
    if (found == m_words.end())
        return std::nullopt;
    return found - m_words.begin();
}

LoadedModelPtr makeModel(const ModelOptions &options)
{
    engine::ModelInfo info;
    info.directory = "/nowhere/" + options.name;
    info.name = options.name;
    info.familyId = options.category == engine::Category::Autoregressive ? "gpt2" : "bert";
    info.familyTitle = options.category == engine::Category::Autoregressive ? "GPT-2" : "BERT";
    info.category = options.category;
    info.tasks = options.tasks;
    info.parameters = 912'345;
    info.fileBytes = 1'824'690;
    info.weightType = "F16";
    info.tokenizerKind = "words";
    info.maskToken = "[MASK]";
    info.maxPositions = options.maxPositions;
    info.controlCodes = options.controlCodes;
    info.languages = options.languages;
    info.layers = 3;
    info.heads = 4;
    info.hidden = 32;
    info.threads = 2;
    return std::make_shared<engine::LoadedModel>(info, std::shared_ptr<const engine::Model>(),
                                                 std::make_shared<WordTokenizer>());
}

TaskResultPtr fillMaskResult(const LoadedModelPtr &model, const std::string &text)
{
    auto result = start(model, TaskKind::FillMask, {.text = text});
    engine::FillMaskResult payload;
    // The longer the text, the surer: so that two runs differ.
    const double sure = text.size() > 30 ? 0.83 : 0.41;
    for (std::size_t i = 0; i < result->encoding.size(); ++i) {
        if (result->encoding.ids[i] != 4)
            continue;
        engine::FilledMask mask;
        mask.position = i;
        const WordTokenizer words;
        double p = sure;
        for (const char *word : {"bread", "soup", "honey", "cat", "dog"}) {
            mask.candidates.push_back({.id = words.id(word).value_or(3),
                                       .token = word,
                                       .logit = static_cast<float>(std::log(p)),
                                       .probability = p,
                                       .rawProbability = p,
                                       .removedBy = {}});
            p = (1.0 - sure) * p * 0.5;
        }
        payload.masks.push_back(std::move(mask));
    }
    result->payload = std::move(payload);
    return result;
}

TaskResultPtr generationResult(const LoadedModelPtr &model, const std::string &text)
{
    auto result = start(model, TaskKind::TextGeneration, {.text = text});
    engine::GenerationResult payload;
    const auto prompt = model->tokenizer().encode(text, std::nullopt, {.addSpecialTokens = false});
    std::vector<std::int64_t> ids = prompt.ids;
    for (const char *word : {"sat", "on", "the", "mat", "."})
        ids.push_back(model->tokenizer().id(word).value_or(3));
    result->encoding = {};
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const double p = 0.9 / (1.0 + static_cast<double>(i * 5 % 7));
        const std::string word = model->tokenizer().token(ids[i]);
        payload.steps.push_back({.id = ids[i],
                                 .text = (i == 0 ? "" : " ") + word,
                                 .isPrompt = i < prompt.ids.size(),
                                 .probability = i == 0 ? 0.0 : p,
                                 .surprisalBits = i == 0 ? 0.0 : -std::log2(p),
                                 .entropyBits = 1.5,
                                 .rank = 1});
        addWords(result->encoding, word, WordTokenizer(), 0);
    }
    result->display = result->encoding.tokens;
    result->trace = makeTrace(static_cast<std::int64_t>(ids.size()));
    const std::int64_t vocabulary = model->tokenizer().size();
    payload.logits = engine::Tensor::uninitialised({static_cast<std::int64_t>(ids.size()), vocabulary});
    auto logits = payload.logits.mutableFloats();
    for (std::size_t i = 0; i < logits.size(); ++i)
        logits[i] = static_cast<float>((i * 31) % 17) * 0.4F + static_cast<float>(i % 29) * 0.01F; // no two alike
    payload.promptLength = prompt.ids.size();
    payload.stopReason = "length";
    payload.hypotheses.push_back(
        {.ids = ids, .text = text + " sat on the mat .", .newText = " sat on the mat .", .score = -1.2});
    result->payload = std::move(payload);
    return result;
}

TaskResultPtr classificationResult(const LoadedModelPtr &model, const std::string &text)
{
    auto result = start(model, TaskKind::TextClassification, {.text = text});
    result->payload = engine::ClassificationResult{
        .scores = {label(0, "negative", 0.04), label(1, "positive", 0.96)}, .best = 1, .activation = "softmax"};
    return result;
}

TaskResultPtr taggingResult(const LoadedModelPtr &model, const std::string &text)
{
    auto result = start(model, TaskKind::TokenClassification, {.text = text});
    engine::TokenClassificationResult payload;
    for (std::size_t i = 0; i < result->encoding.size(); ++i) {
        const bool isName = result->encoding.tokens[i] == "Anna";
        const auto best = isName ? label(1, "B-PER", 0.98) : label(0, "O", 0.99);
        payload.tokens.push_back({.token = i, .best = best, .scores = {label(0, "O", 0.02), label(1, "B-PER", 0.98)}});
        if (isName)
            payload.spans.push_back({.label = "PER", .beginToken = i, .endToken = i + 1, .text = "Anna"});
    }
    result->payload = std::move(payload);
    return result;
}

TaskResultPtr replacedResult(const LoadedModelPtr &model, const std::string &text)
{
    auto result = start(model, TaskKind::ReplacedTokenDetection, {.text = text});
    engine::ReplacedTokensResult payload;
    for (std::size_t i = 0; i < result->encoding.size(); ++i) {
        const bool isOdd = result->encoding.tokens[i] == "eats";
        payload.tokens.push_back({.token = i, .logit = isOdd ? 2.0F : -3.0F, .probability = isOdd ? 0.88 : 0.05});
    }
    result->payload = std::move(payload);
    return result;
}

TaskResultPtr answerResult(const LoadedModelPtr &model, const engine::TaskRequest &request)
{
    auto result = start(model, TaskKind::QuestionAnswering, request);
    engine::AnswerResult payload;
    const std::size_t length = result->encoding.size();
    payload.startProbabilities.assign(length, 0.01);
    payload.endProbabilities.assign(length, 0.01);
    const std::size_t at = length - 2;
    payload.startProbabilities[at] = 0.9;
    payload.endProbabilities[at] = 0.8;
    payload.answers = {
        {.beginToken = at, .endToken = at, .text = result->encoding.tokens[at], .probability = 0.72},
        {.beginToken = at - 1, .endToken = at, .text = "the " + result->encoding.tokens[at], .probability = 0.11}};
    result->payload = std::move(payload);
    return result;
}

TaskResultPtr choiceResult(const LoadedModelPtr &model, const engine::TaskRequest &request)
{
    auto result = start(model, TaskKind::MultipleChoice, request);
    engine::ChoiceResult payload;
    for (std::size_t i = 0; i < request.choices.size(); ++i)
        payload.scores.push_back(label(static_cast<std::int64_t>(i), request.choices[i], i == 1 ? 0.8 : 0.2));
    payload.best = std::min<std::size_t>(1, request.choices.size() - 1);
    result->payload = std::move(payload);
    return result;
}

TaskResultPtr featureResult(const LoadedModelPtr &model, const engine::TaskRequest &request)
{
    auto result = start(model, TaskKind::FeatureExtraction, request);
    constexpr std::int64_t kHidden = 32;
    const auto length = static_cast<std::int64_t>(result->encoding.size());
    engine::Tensor hidden = engine::Tensor::uninitialised({length, kHidden});
    auto values = hidden.mutableFloats();
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = std::sin(static_cast<float>(i));
    engine::Tensor pooled = engine::Tensor::uninitialised({kHidden});
    std::ranges::fill(pooled.mutableFloats(), 0.5F);
    engine::FeatureResult payload{.lastHiddenState = hidden, .pooled = pooled};
    payload.texts.push_back({.text = request.text, .classToken = pooled, .mean = pooled, .pooled = pooled});
    for (const std::string &text : request.furtherTexts)
        payload.texts.push_back(
            {.text = text, .classToken = pooled, .mean = hidden.rows(0, 1).reshaped({kHidden}), .pooled = pooled});
    result->payload = std::move(payload);
    return result;
}

std::shared_ptr<const engine::Image> twoColours()
{
    auto image = std::make_shared<engine::Image>(engine::Image{.width = 40, .height = 60});
    for (int i = 0; i < 40 * 60; ++i)
        for (const int value : {i < 1200 ? 220 : 40, 120, i < 1200 ? 40 : 220})
            image->pixels.push_back(static_cast<std::uint8_t>(value));
    return image;
}

TaskResultPtr imageAndTextResult(const LoadedModelPtr &model, const engine::TaskRequest &request)
{
    auto result = start(model, TaskKind::MultimodalClassification, request);
    constexpr std::size_t kParts = 2;
    for (std::size_t i = 0; i < kParts; ++i) { // between [CLS] and the words
        const std::string name = "image " + std::to_string(i + 1);
        const auto at = static_cast<std::ptrdiff_t>(i + 1);
        engine::Encoding &encoding = result->encoding;
        encoding.ids.insert(encoding.ids.begin() + at, -1);
        encoding.tokens.insert(encoding.tokens.begin() + at, name);
        encoding.offsets.insert(encoding.offsets.begin() + at, engine::Offset{});
        encoding.typeIds.insert(encoding.typeIds.begin() + at, 0);
        encoding.sequence.insert(encoding.sequence.begin() + at, -1);
        encoding.specialTokensMask.insert(encoding.specialTokensMask.begin() + at, 1);
        encoding.attentionMask.insert(encoding.attentionMask.begin() + at, 1);
        result->display.insert(result->display.begin() + at, name);
    }
    result->trace = makeTrace(static_cast<std::int64_t>(result->encoding.size()));
    engine::ImageAndTextResult payload{.labels = {}, .image = request.image, .seen = {0, 10, 40, 50}, .regions = {}};
    payload.labels.scores = {label(0, "comedy", 0.2), label(1, "drama", 0.9), label(2, "crime", 0.7)};
    payload.labels.best = 1;
    payload.labels.activation = "sigmoid";
    payload.regions = {{.token = 1, .area = {0, 10, 40, 30}}, {.token = 2, .area = {0, 30, 40, 50}}};
    result->payload = std::move(payload);
    return result;
}

namespace {

std::vector<engine::FoundPassage> foundIn(const engine::TaskRequest &request)
{
    std::vector<engine::FoundPassage> found;
    for (const auto &passage : request.retrieval.passages) {
        const auto id = static_cast<std::int64_t>(found.size());
        found.push_back({.id = id,
                         .passage = passage,
                         .score = 3.0 - static_cast<double>(id),
                         .probability = id == 0 ? 0.75 : 0.25});
    }
    return found;
}

std::shared_ptr<engine::TaskResult> encoded(const LoadedModelPtr &model, const engine::TaskRequest &request)
{
    auto result = std::make_shared<engine::TaskResult>();
    result->task = request.task;
    result->text = request.text;
    result->encoding = model->tokenizer().encode(request.text, std::nullopt, {});
    result->display = result->encoding.tokens;
    result->trace = std::make_shared<engine::Trace>();
    return result;
}

} // namespace

TaskResultPtr embeddingResult(const LoadedModelPtr &model, const engine::TaskRequest &request)
{
    auto result = encoded(model, request);
    result->payload = engine::EmbeddingResult{
        .vector = engine::Tensor::fromFloats({4}, std::vector{1.0F, -2.0F, 0.5F, 0.0F}), .passages = foundIn(request)};
    return result;
}

// The answer is the first word of each passage.
TaskResultPtr readingResult(const LoadedModelPtr &model, const engine::TaskRequest &request)
{
    auto result = encoded(model, request);
    engine::ReadingResult payload;
    for (const auto &found : foundIn(request)) {
        const auto end = static_cast<std::int64_t>(found.passage.text.find(' '));
        payload.spans.push_back({.passage = payload.passages.size(),
                                 .beginToken = 1,
                                 .endToken = 1,
                                 .text = found.passage.text.substr(0, static_cast<std::size_t>(end)),
                                 .textPlace = {.begin = 0, .end = end},
                                 .score = found.score,
                                 .relevance = 1.0});
        payload.passages.push_back({.found = found, .relevance = found.score, .encoding = result->encoding});
    }
    result->payload = std::move(payload);
    return result;
}

TaskResultPtr ragResult(const LoadedModelPtr &model, const engine::TaskRequest &request)
{
    auto result = encoded(model, request);
    engine::RagResult payload{.question = request.text};
    for (const auto &found : foundIn(request))
        payload.documents.push_back({.found = found, .context = found.passage.text, .encoding = result->encoding});
    engine::GenerationResult &generation = payload.generation;
    generation.hypotheses.push_back({.ids = {1, 9, 10}, .text = "bread at", .newText = "bread at"});
    generation.promptLength = 1;
    for (const char *word : {"[SEP]", "bread", "at"})
        generation.steps.push_back({.id = 1, .text = word, .isPrompt = generation.steps.empty(), .probability = 0.5});
    std::vector<float> shares;
    for (std::size_t i = 0; i < generation.steps.size(); ++i)
        for (std::size_t d = 0; d < payload.documents.size(); ++d)
            shares.push_back(d == 0 ? 0.75F : 0.25F);
    payload.shares = engine::Tensor::fromFloats({3, static_cast<std::int64_t>(payload.documents.size())}, shares);
    result->payload = std::move(payload);
    return result;
}

TaskResultPtr resultFor(const LoadedModelPtr &model, const engine::TaskRequest &request)
{
    switch (request.task) {
    case TaskKind::FillMask:
        return fillMaskResult(model, request.text);
    case TaskKind::TextGeneration:
        return generationResult(model, request.text);
    case TaskKind::TokenClassification:
        return taggingResult(model, request.text);
    case TaskKind::ReplacedTokenDetection:
        return replacedResult(model, request.text);
    case TaskKind::QuestionAnswering:
        return answerResult(model, request);
    case TaskKind::MultipleChoice:
        return choiceResult(model, request);
    case TaskKind::FeatureExtraction:
        return featureResult(model, request);
    case TaskKind::MultimodalClassification:
        return imageAndTextResult(model, request);
    case TaskKind::QuestionEmbedding:
    case TaskKind::PassageEmbedding:
        return embeddingResult(model, request);
    case TaskKind::Reading:
        return readingResult(model, request);
    case TaskKind::RagToken:
    case TaskKind::RagSequence:
        return ragResult(model, request);
    default: {
        const auto result = std::make_shared<engine::TaskResult>(*classificationResult(model, request.text));
        result->task = request.task;
        return result;
    }
    }
}

RunId FakeEngine::load(const QString &path)
{
    loads.push_back(path);
    lastLoad = RunId{m_next++};
    return lastLoad;
}

RunId FakeEngine::run(engine::TaskRequest request)
{
    runs.push_back(std::move(request));
    lastRun = RunId{m_next++};
    return lastRun;
}

RunId FakeEngine::ask(ObjectiveQuestion question)
{
    questions.push_back(std::move(question));
    lastQuestion = RunId{m_next++};
    return lastQuestion;
}

void FakeEngine::answerQuestion()
{
    try {
        emit answered(lastQuestion, std::make_shared<const ObjectiveAnswer>(
                                        ObjectiveAnswer{.result = engine::runObjective(questions.back().request)}));
    } catch (const engine::Error &error) {
        emit refused(lastQuestion, QString::fromUtf8(error.what()));
    }
}

RunId FakeEngine::index(IndexJob job)
{
    indexJobs.push_back(std::move(job));
    lastRun = RunId{m_next++};
    return lastRun;
}

void FakeEngine::answerLoad(const LoadedModelPtr &model)
{
    m_model = model;
    emit loaded(lastLoad, model);
}

void FakeEngine::answerRun()
{
    emit finished(lastRun, resultFor(m_model, runs.back()));
}

} // namespace ui::test
