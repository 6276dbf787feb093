// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold for every family, on small checkpoints with random weights (the parity fixtures).
#include "engine/family.h"
#include "engine/names.h"
#include "engine/session.h"
#include "engine/trace.h"
#include "models/image_input.h"
#include "models/model.h"

#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

using namespace engine;

namespace {

Tensor randomIds(std::int64_t rows, std::int64_t length, std::int64_t vocabulary, unsigned seed)
{
    std::mt19937 random(seed);
    std::uniform_int_distribution<std::int64_t> pick(0, vocabulary - 1);
    Tensor ids = Tensor::uninitialised({rows, length}, DType::I64);
    for (auto &id : ids.mutableInts())
        id = pick(random);
    return ids;
}

Tensor ones(const Shape &shape)
{
    Tensor t = Tensor::uninitialised(shape, DType::I64);
    std::ranges::fill(t.mutableInts(), 1);
    return t;
}

// Largest difference of the first `rows` · `columns` entries of the last axes.
double difference(std::span<const float> a, std::span<const float> b)
{
    double worst = a.size() == b.size() ? 0.0 : 1e9;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        worst = std::max(worst, double(std::fabs(a[i] - b[i])));
    return worst;
}

// Row 0 of (rows, length, …), first `length` positions.
std::span<const float> firstPositions(const Tensor &x, std::int64_t length)
{
    const auto each = x.elements() / (x.size(0) * x.size(1));
    return x.floats().subspan(0, static_cast<std::size_t>(length * each));
}

// Row 0 of (rows, length, …), last `length` positions.
std::span<const float> lastPositions(const Tensor &x, std::int64_t length)
{
    const auto each = x.elements() / (x.size(0) * x.size(1));
    return x.floats().subspan(static_cast<std::size_t>((x.size(1) - length) * each),
                              static_cast<std::size_t>(length * each));
}

// Ids that all heads of the model can read: some look for the end token, which has to stand in every row equally often.
Tensor idsFor(const Model &model, const Shape &shape, unsigned seed)
{
    Tensor ids = randomIds(shape[0], shape[1], model.vocabularySize(), seed);
    const auto defaults = model.generationDefaults();
    if (!model.isEncoderDecoder() || defaults.eosTokenIds.empty())
        return ids;
    const auto end = defaults.eosTokenIds.front();
    auto values = ids.mutableInts();
    for (auto &id : values)
        while (id == end || id == defaults.padTokenId)
            id = (id + 1) % model.vocabularySize();
    for (std::int64_t row = 1; row <= shape[0]; ++row)
        values[static_cast<std::size_t>(row * shape[1] - 1)] = end;
    return ids;
}

// What a head needs beside the ids to say what it thinks of them.
NamedTensors inputsOf(const Model &model, const Tensor &ids)
{
    NamedTensors inputs{{names::kInputIds, ids}};
    if (model.takes(names::kGlobalTokens)) // some heads find them by separators, which random ids have not
        inputs[names::kGlobalTokens] = Tensor::fromInts({1}, std::vector<std::int64_t>{0});
    if (const auto *image = model.imageInput(); image != nullptr) {
        Tensor features = Tensor::uninitialised({ids.size(0), image->tokens(), image->features});
        for (std::int64_t i = 0; i < features.elements(); ++i)
            features.mutableFloats()[static_cast<std::size_t>(i)] = static_cast<float>(i % 5) - 2.0F;
        inputs[names::kInputModal] = features;
    }
    return inputs;
}

NamedTensors inputsOf(const Model &model, const Tensor &ids, const Tensor &mask)
{
    NamedTensors inputs = inputsOf(model, ids);
    inputs[names::kAttentionMask] = mask;
    return inputs;
}

// Of an output (1, streams, length, …) the first stream, (1, length, …); others as they are.
Tensor ofFirstStream(const Tensor &x)
{
    return x.rank() == 4 ? x.reshaped({x.size(1), x.size(2), x.size(3)}).rows(0, 1) : x;
}

// Scores of words, or their log-probabilities.
Tensor wordScores(const NamedTensors &outputs)
{
    const Tensor logits = find(outputs, names::kLogits);
    return logits.isNull() ? require(outputs, names::kPredictionScores) : logits;
}

bool isSequence(const Tensor &x, std::int64_t length)
{
    return x.rank() >= 2 && x.size(1) == length;
}

} // namespace

class FamiliesTest : public QObject {
    Q_OBJECT

private:
    static void eachCheckpoint()
    {
        QTest::addColumn<QString>("path");
        QDirIterator it(QStringLiteral(MODELARIUM_FIXTURES "/models"), {QStringLiteral("parity.json")}, QDir::Files,
                        QDirIterator::Subdirectories);
        while (it.hasNext()) {
            const QDir directory = QFileInfo(it.next()).dir();
            const QString name = directory.path().section(QLatin1Char('/'), -2);
            QTest::newRow(qPrintable(name)) << directory.path();
        }
    }

    static std::shared_ptr<const LoadedModel> open()
    {
        QFETCH(QString, path);
        return openModel(path.toStdString(), {.threads = 2}, {});
    }

private slots:
    void everyFamilyIsOneFileAndOneLine()
    {
        QFile header(QStringLiteral(MODELARIUM_FIXTURES "/../../engine/src/models/families.h"));
        QVERIFY(header.open(QIODevice::ReadOnly));
        const auto functions =
            QString::fromUtf8(header.readAll()).count(QRegularExpression(QStringLiteral("Family \\w+\\(\\);")));
        QCOMPARE(static_cast<std::size_t>(functions), families().size());
        for (const auto &family : families()) {
            const QString file = QString::fromStdString(family.id).replace(QLatin1Char('-'), QLatin1Char('_'));
            QVERIFY2(QFile::exists(QStringLiteral(MODELARIUM_FIXTURES "/../../engine/src/models/%1.cpp").arg(file)),
                     qPrintable(file));
        }
    }

    void headsGiveTheirShapes_data() { eachCheckpoint(); }
    void headsGiveTheirShapes()
    {
        const auto loaded = open();
        const Model &model = loaded->model();
        QVERIFY(!model.heads().empty());
        for (const auto &head : model.heads()) {
            const Tensor ids = idsFor(model, {2, 5}, 1);
            const bool isChoice = std::ranges::count(head.tasks, TaskKind::MultipleChoice) > 0;
            const auto outputs =
                model.forward(inputsOf(model, isChoice ? ids.reshaped({1, 2, 5}) : ids), {.head = head.id}, {});
            QVERIFY(!outputs.empty());
            for (const auto &[name, tensor] : outputs) {
                QVERIFY2(tensor.size(0) == (isChoice ? 1 : 2), name.c_str());
                if (tensor.dtype() != DType::I64) // ranks and places are integers
                    QVERIFY2(std::ranges::all_of(tensor.floats(), [](float v) { return std::isfinite(v); }),
                             name.c_str());
            }
        }
    }

    void paddingChangesNothing_data() { eachCheckpoint(); }
    void paddingChangesNothing()
    {
        const auto loaded = open();
        const Model &model = loaded->model();
        if (!model.behaviour().isIndifferentToPadding)
            QSKIP("padding has its effect by definition");
        const Tensor ids = idsFor(model, {1, 6}, 2);
        const bool isLeft = loaded->hasTokenizer() && loaded->tokenizer().paddingSide() == Side::Left;
        Tensor padded = Tensor::zeros({1, 9}, DType::I64);
        if (model.isEncoderDecoder())
            std::ranges::fill(padded.mutableInts(), model.generationDefaults().padTokenId);
        std::ranges::copy(ids.ints(), padded.mutableInts().begin() + (isLeft ? 3 : 0));
        Tensor mask = Tensor::zeros({1, 9}, DType::I64);
        std::fill_n(mask.mutableInts().begin() + (isLeft ? 3 : 0), 6, 1);
        for (const auto &head : model.heads()) {
            if (std::ranges::count(head.tasks, TaskKind::MultipleChoice) > 0)
                continue; // summaries of the last position see padding by their definition
            const auto trace = traceOf(model, head, ids);
            if (hasConvolutions(*trace))
                continue; // and so do the windows of a convolution, in the reference library too
            if (poolsTokens(*trace, ids.size(1)))
                continue; // a token beside padding goes into one state with it, which is then hidden
            const auto plain = model.forward(inputsOf(model, ids), {.head = head.id}, {});
            if (!find(plain, names::kStartTopIndex).isNull())
                continue; // beams may start at padding: only p_mask takes a token out
            const auto wide = model.forward(inputsOf(model, padded, mask), {.head = head.id}, {});
            for (const auto &[name, given] : plain) {
                const Tensor other = ofFirstStream(require(wide, name));
                const Tensor tensor = ofFirstStream(given);
                const auto a = isSequence(tensor, 6) ? firstPositions(tensor, 6) : tensor.floats();
                const auto whole = isLeft ? lastPositions : firstPositions;
                const auto b = isSequence(tensor, 6) ? whole(other, 6) : other.floats();
                QVERIFY2(difference(a, b) < 1e-4, name.c_str());
            }
        }
    }

    void listeningChangesNothing_data() { eachCheckpoint(); }
    void listeningChangesNothing()
    {
        const auto loaded = open();
        const Model &model = loaded->model();
        const Tensor ids = idsFor(model, {2, 7}, 3);
        Tensor mask = ones({2, 7});
        mask.mutableInts()[6] = 0;
        NamedTensors inputs = inputsOf(model, ids);
        if (model.takes(names::kAttentionMask))
            inputs[names::kAttentionMask] = mask;
        for (const auto &head : model.heads()) {
            if (std::ranges::count(head.tasks, TaskKind::MultipleChoice) > 0)
                continue;
            TraceCollector collector({.wantsHiddenStates = true, .wantsAttentions = true});
            RunControl control;
            control.trace = &collector;
            const auto heard = model.forward(inputs, {.head = head.id}, control);
            const auto silent = model.forward(inputs, {.head = head.id}, {});
            for (const auto &[name, tensor] : silent)
                if (tensor.dtype() != DType::I64)
                    QVERIFY2(difference(tensor.floats(), require(heard, name).floats()) < 1e-4, name.c_str());
            const auto trace = collector.finish();
            const auto crosses = std::ranges::count(trace->attentions, Stack::Cross, &AttentionRecord::stack);
            const auto own = trace->attentions.size() - static_cast<std::size_t>(crosses);
            const auto layers = trace->timings.size(); // that the head uses
            QVERIFY(layers > 0 && layers <= static_cast<std::size_t>(model.layerCount()));
            QVERIFY(own > 0 && own % layers == 0); // blocks in a layer
            QCOMPARE(crosses > 0, model.isEncoderDecoder());
            checkHiddenStates(*trace);
            for (const auto &record : trace->attentions)
                checkRows(record);
        }
    }

    void cachedStepsEqualTheFullPass_data() { eachCheckpoint(); }
    void cachedStepsEqualTheFullPass()
    {
        const auto loaded = open();
        const Model &model = loaded->model();
        const auto state = model.newState();
        const auto *head = model.headFor(TaskKind::TextGeneration);
        if (!state || head == nullptr)
            QSKIP("this checkpoint keeps no cache");
        if (!model.scoresAsItSteps())
            QSKIP("no single pass has the numbers of this model's steps");
        const Tensor ids = randomIds(2, 8, model.vocabularySize(), 4);
        const Tensor full = wordScores(model.forward({{names::kInputIds, ids}}, {.head = head->id}, {}));
        for (std::int64_t length = 3; length <= 8; ++length) {
            Tensor sofar = Tensor::uninitialised({2, length}, DType::I64);
            auto out = sofar.mutableInts().begin();
            for (int row = 0; row < 2; ++row)
                out = std::copy_n(ids.ints().begin() + row * 8, length, out);
            const auto inputs = model.stepInputs(sofar, ones({2, length}), state.get());
            const Tensor step =
                wordScores(model.forward(inputs, {.head = head->id, .state = state.get(), .onlyLastLogits = true}, {}));
            QCOMPARE(state->length(), length);
            for (std::int64_t row = 0; row < 2; ++row) {
                const auto words = static_cast<std::size_t>(full.size(2));
                const auto expected =
                    full.floats().subspan(static_cast<std::size_t>(row * 8 + length - 1) * words, words);
                QVERIFY(difference(expected, step.floats().subspan(static_cast<std::size_t>(row) * words, words)) <
                        1e-4);
            }
        }
    }

    // The tape tells how sure the model was where it chose: what greedy search took was the likeliest.
    void greedyTokensRankFirstOnTheTape_data() { eachCheckpoint(); }
    void greedyTokensRankFirstOnTheTape()
    {
        const auto loaded = open();
        if (!loaded->hasTokenizer() || loaded->model().headFor(TaskKind::TextGeneration) == nullptr)
            QSKIP("this checkpoint does not go on with a text");
        if (!loaded->model().scoresAsItSteps())
            QSKIP("no single pass has the numbers of this model's steps");
        const auto result = runTask(
            *loaded, {.task = TaskKind::TextGeneration, .text = "The cat sees", .generation = {.maxNewTokens = 5}}, {});
        const auto &payload = std::get<GenerationResult>(result.payload);
        QVERIFY(payload.steps.size() > payload.promptLength);
        for (const auto &step : payload.steps)
            QVERIFY2(step.isPrompt || step.rank == 1, step.text.c_str());
        const auto last = payload.logits.rows(payload.logits.size(0) - 1, payload.logits.size(0)).floats();
        QVERIFY(std::ranges::all_of(last, [](float v) { return std::isfinite(v); }));
    }

    // Read in pieces, with the memory in between, a text gives what it gives at once; and so says the trace.
    void segmentsRepeatOnePass_data() { eachCheckpoint(); }
    void segmentsRepeatOnePass()
    {
        const auto loaded = open();
        const Model &model = loaded->model();
        const auto *head = model.headFor(TaskKind::TextGeneration);
        if (!model.takes(names::kSegmentLength) || head == nullptr)
            QSKIP("this model reads a text at once");
        NamedTensors inputs{{names::kInputIds, randomIds(2, 11, model.vocabularySize(), 6)}};
        const Tensor whole = wordScores(model.forward(inputs, {.head = head->id}, {}));
        inputs[names::kSegmentLength] = Tensor::fromInts({}, std::vector<std::int64_t>{4});
        TraceCollector collector(
            {.wantsHiddenStates = true, .wantsAttentions = true, .wantsQueryKey = true, .wantsValues = true});
        RunControl control;
        control.trace = &collector;
        const Tensor pieces = wordScores(model.forward(inputs, {.head = head->id}, control));
        QCOMPARE(pieces.shape(), whole.shape());
        if (model.scoresAsItSteps() && model.newState() != nullptr)
            QVERIFY(difference(whole.floats(), pieces.floats()) < 1e-4);
        const auto trace = collector.finish();
        QCOMPARE(trace->attentions.size(), static_cast<std::size_t>(model.layerCount()));
        QCOMPARE(trace->hiddenStates.front().tensor.size(1), std::int64_t{11});
        for (const auto &record : trace->attentions) {
            QCOMPARE(record.queries(), std::int64_t{11});
            checkRows(record);
        }
        QCOMPARE(trace->queryKeys.front().key.size(2), trace->attentions.front().keys());
        QCOMPARE(trace->values.front().tensor.size(2), trace->attentions.front().keys());
    }

    void stopsAtEveryLayer_data() { eachCheckpoint(); }
    void stopsAtEveryLayer()
    {
        const auto loaded = open();
        const Model &model = loaded->model();
        const NamedTensors inputs = inputsOf(model, randomIds(1, 4, model.vocabularySize(), 5));
        for (int layer = 1; layer <= model.layerCount(); ++layer) {
            std::stop_source source;
            RunControl control{.stopToken = source.get_token()};
            control.progress = [&](const Progress &p) {
                if (p.done == layer)
                    source.request_stop();
            };
            QVERIFY_EXCEPTION_THROWN(
                static_cast<void>(model.forward(inputs, {.head = model.heads().front().id}, control)), Cancelled);
        }
    }

    void globalTokensAreSeenByAll()
    {
        const TaskRequest request{.task = TaskKind::TokenClassification,
                                  .text = "The quiet garden forgets the question. The old engine paints the river.",
                                  .globalTokens = {3},
                                  .trace = {.wantsAttentions = true}};
        const auto loaded = openModel(MODELARIUM_FIXTURES "/models/longformer/token-classification", {}, {});
        const TaskResult result = runTask(*loaded, request, {});
        const auto &record = result.trace->attentions.front();
        const auto rule = record.mask.rule();
        const std::int64_t last = record.keys() - 1;
        QVERIFY(rule.isVisible(0, 3, last) && rule.isVisible(0, last, 3));
        QVERIFY(!rule.isVisible(0, 2, last) && !rule.isVisible(0, last, 2));
        QVERIFY(record.weight({.query = 3}, last) > 0.0F && record.weight({.query = last}, 3) > 0.0F);
        const auto other = openModel(MODELARIUM_FIXTURES "/models/bert/token-classification", {}, {});
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(runTask(*other, request, {})), Error);
    }

    void aTapeReadsWhereGenerationReads()
    {
        const auto loaded = openModel(MODELARIUM_FIXTURES "/models/xlm/text-generation", {}, {});
        TaskRequest request{.task = TaskKind::TextGeneration, .text = "The kitchen cost"};
        request.generation.maxNewTokens = 4;
        request.usesModelEndTokens = false;
        request.trace.wantsAttentions = true;
        const TaskResult result = runTask(*loaded, request, {});
        const auto &payload = std::get<GenerationResult>(result.payload);
        QCOMPARE(payload.steps.size(), payload.promptLength + 4);
        QCOMPARE(payload.logits.size(0), static_cast<std::int64_t>(payload.steps.size()));
        for (const TokenStep &step : payload.steps)
            QVERIFY(step.isPrompt || step.rank == 1); // greedy: the word that was read at the mask token
        QCOMPARE(result.trace->attentions.front().queries(), static_cast<std::int64_t>(result.encoding.size()));
    }

    void aLanguageChangesTheScores()
    {
        const auto loaded = openModel(MODELARIUM_FIXTURES "/models/xlm/fill-mask-languages", {}, {});
        const auto scores = [&](std::optional<std::string> language, std::optional<std::string> ofPair) {
            TaskRequest request{
                .task = TaskKind::FillMask, .text = "The <special1> cat.", .textPair = "Die kleine Katze."};
            request.encode.sourceLanguage = std::move(language);
            request.encode.targetLanguage = std::move(ofPair);
            const TaskResult result = runTask(*loaded, request, {});
            return std::get<FillMaskResult>(result.payload).logits;
        };
        const Tensor none = scores({}, {});
        const Tensor english = scores("en", {});
        const Tensor both = scores("en", "de");
        QVERIFY(difference(none.floats(), english.floats()) > 1e-3);
        QVERIFY(difference(english.floats(), both.floats()) > 1e-3);
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(scores("xx", {})), Error);
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(scores({}, "de")), Error);
    }

    void unknownInputsAreNamed()
    {
        const auto loaded = openModel(MODELARIUM_FIXTURES "/models/bert/question-answering", {}, {});
        try {
            static_cast<void>(loaded->model().forward({{names::kInputIds, ones({1, 2})}, {"langs", ones({1, 2})}},
                                                      {.head = "question-answering"}, {}));
            QFAIL("accepted an input that BERT does not have");
        } catch (const Error &e) {
            QVERIFY2(std::string(e.what()).find("langs") != std::string::npos, e.what());
        }
    }

private:
    static std::shared_ptr<const Trace> traceOf(const Model &model, const HeadInfo &head, const Tensor &ids)
    {
        TraceCollector collector({.wantsAttentions = true, .wantsMechanisms = true});
        RunControl control;
        control.trace = &collector;
        static_cast<void>(model.forward(inputsOf(model, ids), {.head = head.id}, control));
        return collector.finish();
    }

    static bool hasConvolutions(const Trace &trace)
    {
        return std::ranges::find(trace.mechanisms, "kernels", &MechanismRecord::name) != trace.mechanisms.end();
    }

    // Whether some layer has fewer queries than there are tokens.
    static bool poolsTokens(const Trace &trace, std::int64_t tokens)
    {
        return std::ranges::any_of(trace.attentions,
                                   [&](const AttentionRecord &record) { return record.queries() < tokens; });
    }

    // Embeddings (or what a later stack starts from) and the output of each layer, in every stack.
    static void checkHiddenStates(const Trace &trace)
    {
        for (const Stack stack : {Stack::Encoder, Stack::Decoder}) {
            const auto layers = std::ranges::count(trace.timings, stack, &LayerTiming::stack);
            const auto states = std::ranges::count(trace.hiddenStates, stack, &LayerTensor::stack);
            QCOMPARE(states, layers == 0 ? 0 : layers + 1);
        }
    }

    // A score that stands for "only if nothing else is there" is rounded to the spacing of floats of its size.
    static double sumTolerance(const AttentionRecord &record)
    {
        double tolerance = 1e-4;
        for (const auto &term : record.mask.terms)
            if (std::fabs(term.value) < 1e6F)
                tolerance = std::max(tolerance, 2.0 * std::fabs(double(term.value)) * 0x1p-23);
        return tolerance;
    }

    static void checkRows(const AttentionRecord &record)
    {
        const auto rule = record.mask.rule();
        const double tolerance = sumTolerance(record);
        const auto keys = static_cast<std::size_t>(record.keys());
        std::vector<float> values(keys);
        for (std::int64_t batch = 0; batch < record.rows(); ++batch)
            for (std::int64_t head = 0; head < record.heads(); ++head)
                for (std::int64_t query = 0; query < record.queries(); ++query) {
                    record.fillRow({.batch = batch, .head = head, .query = query}, values);
                    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
                    QVERIFY(std::fabs(sum - (rule.isIdle(batch, query) ? 0.0 : 1.0)) < tolerance);
                }
        std::vector<std::uint8_t> visible(keys);
        for (std::int64_t q = 0; q < record.queries(); ++q) {
            rule.fillRow(0, q, visible);
            if (std::ranges::find(visible, 1) == visible.end())
                continue; // sees nothing: what remains is the family's way of hiding
            record.fillRow({.query = q}, values);
            for (std::size_t k = 0; k < keys; ++k)
                if (visible[k] == 0)
                    QCOMPARE(values[k], 0.0F);
        }
    }
};

QTEST_GUILESS_MAIN(FamiliesTest)
#include "families_test.moc"
