// SPDX-License-Identifier: GPL-3.0-or-later
// Passages from files, indexes of them, and the tasks over both.
#include "engine/companions.h"
#include "engine/passage_index.h"
#include "engine/passages.h"
#include "engine/session.h"
#include "ops/mixture.h"
#include "retrieval/clusters.h"
#include "tasks/votes.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <random>
#include <set>

using namespace engine;
namespace fs = std::filesystem;

namespace {

const fs::path kModels = fs::path(MODELARIUM_FIXTURES) / "models";

std::shared_ptr<const LoadedModel> passageEncoder()
{
    return openModel(kModels / "dpr/passage-embedding-projection", {.threads = 2}, {});
}

fs::path write(const QTemporaryDir &folder, const char *name, const std::string &text)
{
    const fs::path file = fs::path(folder.path().toStdString()) / name;
    std::ofstream(file, std::ios::binary) << text;
    return file;
}

std::string errorOf(const std::function<void()> &action)
{
    try {
        action();
    } catch (const Error &error) {
        return error.what();
    }
    return {};
}

bool says(const std::string &error, const char *part)
{
    const bool isOneLine = error.find('\n') == std::string::npos;
    const bool found = error.find(part) != std::string::npos;
    if (!isOneLine || !found)
        qWarning("%s", error.c_str());
    return isOneLine && found;
}

std::vector<Passage> passages(std::int64_t count)
{
    std::vector<Passage> out;
    for (std::int64_t i = 0; i < count; ++i)
        out.push_back({.title = "Garden " + std::to_string(i),
                       .text = "The house number " + std::to_string(i * 7) + " is beside the river."});
    return out;
}

Tensor randomVectors(std::int64_t rows, std::int64_t width, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> draw;
    Tensor out = Tensor::uninitialised({rows, width});
    for (auto &value : out.mutableFloats())
        value = draw(random);
    return out;
}

// The ids of the largest inner products, by doubles.
std::vector<std::int64_t> nearestByHand(const PassageIndex &index, std::int64_t rows, std::span<const float> question,
                                        std::size_t count)
{
    std::vector<std::int64_t> ids(static_cast<std::size_t>(rows));
    std::iota(ids.begin(), ids.end(), 0);
    const Tensor vectors = index.vectors(ids);
    const auto score = [&](std::int64_t id) {
        const auto row = vectors.rows(id, id + 1);
        return std::inner_product(question.begin(), question.end(), row.floats().begin(), 0.0);
    };
    std::ranges::stable_sort(ids, std::greater<>(), score);
    ids.resize(count);
    return ids;
}

std::vector<std::int64_t> idsOf(const std::vector<PassageHit> &hits)
{
    std::vector<std::int64_t> ids;
    for (const auto &hit : hits)
        ids.push_back(hit.id);
    return ids;
}

} // namespace

class RetrievalTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_index = fs::path(m_folder->path().toStdString()) / "index";
    }

    // ---- passages ----

    void everyFormatIsRead()
    {
        const QTemporaryDir folder;
        write(folder, "a.txt", "One text\nof a file.");
        write(folder, "b.md", "intro\n# A heading\nMore text.");
        write(folder, "c.jsonl", "{\"title\": \"T\", \"text\": \"x y\"}\n\n{\"text\": \"no title\", \"id\": 3}\n");
        write(folder, "d.csv", "id,title,text\r\n1,\"A, B\",\"said \"\"yes\"\"\nand went\"\r\n");
        write(folder, "e.tsv", "id\ttext\ttitle\n1\tthe text\tthe title\n");
        write(folder, "ignored.bin", "\xff\xff");
        const auto found = readPassages(folder.path().toStdString(), {}, {});
        QCOMPARE(found.size(), std::size_t{6});
        QCOMPARE(found[0].title, std::string("a"));
        QCOMPARE(found[1].title, std::string("A heading"));
        QCOMPARE(found[2].title, std::string("T"));
        QCOMPARE(found[3].text, std::string("no title"));
        QCOMPARE(found[4].title, std::string("A, B"));
        QCOMPARE(found[4].text, std::string("said \"yes\"\nand went"));
        QCOMPARE(found[5].title, std::string("the title"));
        QVERIFY(fs::path(found[5].source).filename() == "e.tsv");
    }

    void longTextsAreSplitByWords()
    {
        const QTemporaryDir folder;
        const auto file = write(folder, "a.txt", " a b  c d e\nf g ");
        const auto found = readPassages(file, {.words = 3, .overlap = 1}, {});
        std::vector<std::string> texts;
        for (const auto &passage : found)
            texts.push_back(passage.text);
        QCOMPARE(texts, (std::vector<std::string>{"a b  c", "c d e", "e\nf g"}));
        QCOMPARE(readPassages(file, {.words = 0}, {}).front().text, std::string(" a b  c d e\nf g "));
        QVERIFY(says(errorOf([&] { (void)readPassages(file, {.words = 3, .overlap = 3}, {}); }), "share"));
    }

    void badFilesAreNamed_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("part");
        QTest::newRow("no json") << "a.jsonl" << QByteArray("{\"text\": \"x\"}\n{oops\n") << "line 2";
        QTest::newRow("no text") << "a.jsonl" << QByteArray("{\"title\": \"x\"}\n") << "expected a string \"text\"";
        QTest::newRow("a number") << "a.jsonl" << QByteArray("{\"text\": 3}\n") << "expected a string \"text\"";
        QTest::newRow("a list") << "a.jsonl" << QByteArray("[1]\n") << "expected an object";
        QTest::newRow("no column") << "a.csv" << QByteArray("id,body\n1,x\n") << "\"text\"";
        QTest::newRow("fields") << "a.tsv" << QByteArray("id\ttext\n1\tx\ty\n") << "line 2: expected 2 fields, found 3";
        QTest::newRow("quote") << "a.csv" << QByteArray("text\n\"never closed\n") << "never closed";
        QTest::newRow("bytes") << "a.txt" << QByteArray("ab\xff") << "offset 2";
        QTest::newRow("empty") << "a.txt" << QByteArray("  \n") << "no passage";
        QTest::newRow("format") << "a.pdf" << QByteArray("x") << "found .pdf";
    }
    void badFilesAreNamed()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, text);
        QFETCH(QString, part);
        const auto file = write(*m_folder, qPrintable(name), text.toStdString());
        QVERIFY(says(errorOf([&] { (void)readPassages(file, {}, {}); }), qPrintable(part)));
    }

    // ---- indexes ----

    void anIndexFindsWhatABruteSearchFinds()
    {
        const auto model = passageEncoder();
        const auto built = buildIndex(m_index, passages(30), *model, {.batch = 7}, {});
        QCOMPARE(built.passages, std::int64_t{30});
        QCOMPARE(built.kind, std::string("flat"));
        const auto index = PassageIndex::open(m_index);
        const Tensor questions = randomVectors(3, built.dimension, 1);
        const auto hits = index->search(questions, 5);
        for (std::int64_t row = 0; row < 3; ++row)
            QCOMPARE(idsOf(hits[static_cast<std::size_t>(row)]),
                     nearestByHand(*index, 30, questions.rows(row, row + 1).floats(), 5));
        QCOMPARE(index->passage(4).title, std::string("Garden 4"));
        QVERIFY(says(errorOf([&] { (void)index->passage(30); }), "passages 0 to 29"));
        QVERIFY(says(errorOf([&] { (void)index->search(randomVectors(1, 5, 1), 1); }), "build it anew"));
    }

    void passagesAreAddedAndRemoved()
    {
        const auto model = passageEncoder();
        (void)buildIndex(m_index, passages(5), *model, {}, {});
        const auto info = addToIndex(m_index, passages(8), *model, {}, {});
        QCOMPARE(info.passages, std::int64_t{13});
        const Tensor question = randomVectors(1, info.dimension, 2);
        const auto best = PassageIndex::open(m_index)->search(question, 13).front();
        const auto gone = removeFromIndex(m_index, std::vector{best[0].id, best[3].id});
        QCOMPARE(gone.passages, std::int64_t{11});
        QCOMPARE(gone.removed, std::int64_t{2});
        auto expected = idsOf(best);
        expected.erase(expected.begin() + 3);
        expected.erase(expected.begin());
        QCOMPARE(idsOf(PassageIndex::open(m_index)->search(question, 20).front()), expected);
        QVERIFY(says(errorOf([&] { (void)removeFromIndex(m_index, std::vector<std::int64_t>{13}); }), "0 to 12"));
        QVERIFY(says(errorOf([&] { (void)buildIndex(m_index, passages(1), *model, {}, {}); }), "already"));
    }

    void anInterruptedEmbeddingGoesOn()
    {
        const auto model = passageEncoder();
        std::stop_source stop;
        RunControl control{.stopToken = stop.get_token()};
        control.progress = [&](const Progress &progress) {
            if (progress.what == "embedding" && progress.done >= 12)
                stop.request_stop();
        };
        QVERIFY_EXCEPTION_THROWN((void)buildIndex(m_index, passages(30), *model, {.batch = 4}, control), Cancelled);
        QCOMPARE(inspectIndex(m_index).pending, std::int64_t{18}); // the batches so far stay
        QVERIFY(says(errorOf([&] { (void)PassageIndex::open(m_index); }), "after 12 of 30"));
        {
            std::ofstream torn(m_index / "vectors.f32", std::ios::app | std::ios::binary);
            torn << "half a row"; // as a crash in the middle of a write leaves it
        }
        QCOMPARE(resumeIndex(m_index, *model, {.batch = 5}, {}).pending, std::int64_t{0});
        const fs::path whole = m_index.parent_path() / "whole";
        (void)buildIndex(whole, passages(30), *model, {.batch = 4}, {});
        std::vector<std::int64_t> ids(30);
        std::iota(ids.begin(), ids.end(), 0);
        const Tensor a = PassageIndex::open(m_index)->vectors(ids);
        const Tensor b = PassageIndex::open(whole)->vectors(ids);
        for (std::size_t i = 0; i < a.floats().size(); ++i)
            QVERIFY(std::fabs(a.floats()[i] - b.floats()[i]) < 1e-5F);
    }

    void whatACrashLeftBehindPassagesIsNotCounted()
    {
        const auto model = passageEncoder();
        (void)buildIndex(m_index, passages(6), *model, {}, {});
        std::ofstream(m_index / "passages.jsonl", std::ios::app) << "{\"title\": \"half";
        QCOMPARE(PassageIndex::open(m_index)->info().passages, std::int64_t{6});
        QCOMPARE(addToIndex(m_index, passages(1), *model, {}, {}).passages, std::int64_t{7});
        QCOMPARE(PassageIndex::open(m_index)->passage(6).title, std::string("Garden 0"));
    }

    void brokenIndexesSayToRebuild()
    {
        const auto model = passageEncoder();
        (void)buildIndex(m_index, passages(6), *model, {}, {});
        const auto cut = [&](const char *file) {
            fs::resize_file(m_index / file, fs::file_size(m_index / file) - 5);
            return errorOf([&] { (void)PassageIndex::open(m_index); });
        };
        QVERIFY(says(cut("vectors.f32"), "cut off"));
        fs::remove(m_index / "vectors.f32");
        QVERIFY(!errorOf([&] { (void)PassageIndex::open(m_index); }).empty());
        QVERIFY(says(cut("passages.jsonl"), "build it anew"));
        std::ofstream(m_index / "index.json") << "{\"format\": \"another\"}";
        QVERIFY(says(errorOf([&] { (void)PassageIndex::open(m_index); }), "modelarium-index-1"));
        std::ofstream(m_index / "index.json") << "{";
        QVERIFY(says(errorOf([&] { (void)PassageIndex::open(m_index); }), "index.json"));
        QVERIFY(says(errorOf([&] { (void)PassageIndex::open(m_index / "nowhere"); }), "expected an index"));
    }

    void anotherModelIsRefused()
    {
        const auto model = passageEncoder();
        (void)buildIndex(m_index, passages(3), *model, {}, {});
        // The same model with one weight file that differs.
        const fs::path other = m_index.parent_path() / "other";
        fs::copy(kModels / "dpr/passage-embedding-projection", other, fs::copy_options::recursive);
        fs::permissions(other / "model.safetensors", fs::perms::owner_write, fs::perm_options::add);
        {
            std::fstream file(other / "model.safetensors", std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(-4, std::ios::end);
            const float value = 0.25F;
            file.write(reinterpret_cast<const char *>(&value), sizeof(value));
        }
        const auto changed = openModel(other, {}, {});
        const auto error = errorOf([&] { (void)addToIndex(m_index, passages(1), *changed, {}, {}); });
        QVERIFY(says(error, "expected the model that embedded its passages"));
        QVERIFY(says(error, "build it anew"));
        const auto reader = openModel(kModels / "dpr/reading", {}, {});
        QVERIFY(says(errorOf([&] { (void)buildIndex(m_index.parent_path() / "x", passages(1), *reader, {}, {}); }),
                     "embeds passages"));
    }

    void anIndexThatACheckpointCarriesIsOpened()
    {
        const fs::path carried = fs::path(MODELARIUM_FIXTURES) / "retrieval/rag";
        const auto index = PassageIndex::open(carried);
        QCOMPARE(index->info().passages, std::int64_t{40});
        const fs::path copy = m_index.parent_path() / "copy";
        fs::create_directories(copy);
        for (const char *name : {"passages.tsv", "index.faiss", "index.safetensors"})
            fs::copy_file(carried / name, copy / name);
        fs::permissions(copy / "index.faiss", fs::perms::owner_write, fs::perm_options::add);
        fs::resize_file(copy / "index.faiss", 2000);
        QVERIFY(says(errorOf([&] { (void)PassageIndex::open(copy); }), "expected 40 vectors"));
        std::ofstream(copy / "index.faiss") << "no index at all, of no kind";
        QVERIFY(says(errorOf([&] { (void)PassageIndex::open(copy); }), "FAISS"));
        fs::remove(copy / "index.faiss");
        QCOMPARE(PassageIndex::open(copy)->info().kind, std::string("flat"));
    }

    void clustersFindNearlyEverything()
    {
        constexpr std::int64_t kRows = 6000;
        constexpr std::int64_t kWidth = 24;
        constexpr std::int64_t kGroups = 60;
        const Tensor centres = randomVectors(kGroups, kWidth, 3);
        Tensor vectors = randomVectors(kRows, kWidth, 4);
        auto values = vectors.mutableFloats();
        for (std::int64_t i = 0; i < vectors.elements(); ++i)
            values[static_cast<std::size_t>(i)] =
                0.3F * values[static_cast<std::size_t>(i)] +
                centres.floats()[static_cast<std::size_t>(i / kWidth % kGroups * kWidth + i % kWidth)];
        const retrieval::Vectors rows{.data = vectors.floats().data(), .rows = kRows, .dimension = kWidth};
        const fs::path file = m_index.parent_path() / "clusters.bin";
        retrieval::Clusters::build(rows, file, {});
        const auto clusters = retrieval::Clusters::open(file, rows);
        QCOMPARE(clusters->rows(), kRows);
        std::size_t found = 0;
        std::size_t looked = 0;
        for (std::int64_t q = 0; q < 40; ++q) {
            const float *question = rows.data + q * 149 * kWidth;
            std::vector<PassageHit> all;
            for (const float score : retrieval::scoresOfRows(question, rows, 0, kRows))
                all.push_back({.id = static_cast<std::int64_t>(all.size()), .score = static_cast<double>(score)});
            retrieval::keepBest(all, 20);
            const auto candidates = clusters->candidates(question);
            const std::set<std::uint32_t> known(candidates.begin(), candidates.end());
            looked += candidates.size();
            for (const auto &hit : all)
                found += known.contains(static_cast<std::uint32_t>(hit.id)) ? 1U : 0U;
        }
        QVERIFY2(found >= 760, qPrintable(QString::number(found))); // of 800
        QVERIFY(looked < 40 * kRows / 4);
        fs::resize_file(file, fs::file_size(file) - 4);
        QVERIFY(says(errorOf([&] { (void)retrieval::Clusters::open(file, rows); }), "build the index anew"));
    }

    // ---- mixtures ----

    void mixturesAreThoseOfDoubles()
    {
        const Tensor logits = randomVectors(2 * 3 * 2, 37, 5).reshaped({2, 3, 2, 37});
        const std::vector<float> weights{std::log(0.2F), std::log(0.5F),  std::log(0.3F),
                                         std::log(0.9F), std::log(0.05F), std::log(0.05F)};
        const Tensor mixed = ops::logMixture(logits, Tensor::fromFloats({2, 3}, weights));
        const auto at = [&](std::size_t g, std::size_t p, std::size_t r, std::size_t i) {
            return double{logits.floats()[((g * 3 + p) * 2 + r) * 37 + i]};
        };
        for (std::size_t g = 0; g < 2; ++g)
            for (std::size_t r = 0; r < 2; ++r)
                for (std::size_t i = 0; i < 37; ++i) {
                    double sum = 0.0;
                    for (std::size_t p = 0; p < 3; ++p) {
                        double total = 0.0;
                        for (std::size_t j = 0; j < 37; ++j)
                            total += std::exp(at(g, p, r, j));
                        sum += std::exp(double{weights[g * 3 + p]}) * std::exp(at(g, p, r, i)) / total;
                    }
                    QVERIFY(std::fabs(double{mixed.floats()[(g * 2 + r) * 37 + i]} - std::log(sum)) < 1e-5);
                }
    }

    void oneDocumentIsHeldOnTo()
    {
        // Document 0 likes token 1 twice as much as token 0; document 1 the other way round.
        const std::vector<float> logits{0.0F,           std::log(2.0F), 0.0F,           std::log(2.0F),
                                        std::log(2.0F), 0.0F,           std::log(2.0F), 0.0F};
        const Tensor priors = Tensor::fromFloats({2}, std::vector{std::log(0.5F), std::log(0.5F)});
        const std::vector<std::int64_t> tokens{1, 1};
        const Tensor x = Tensor::fromFloats({2, 2, 2}, logits);
        const auto anew = tasks::votesOf(x, priors, tokens, tasks::Hold::NoDocument);
        const auto held = tasks::votesOf(x, priors, tokens, tasks::Hold::OneDocument);
        const auto isNear = [](float a, double b) { return std::fabs(double{a} - b) < 1e-5; };
        QVERIFY(isNear(anew.after.floats()[0], 2.0 / 3) && isNear(anew.after.floats()[2], 2.0 / 3));
        QVERIFY(isNear(held.after.floats()[0], 2.0 / 3) && isNear(held.after.floats()[2], 4.0 / 5));
        QVERIFY(isNear(std::exp(held.before.floats()[2]), 2.0 / 3));
    }

    // ---- tasks ----

    void aReaderLightsItsAnswers()
    {
        const auto model = openModel(kModels / "dpr/reading", {}, {});
        TaskRequest request{.task = TaskKind::Reading, .text = "Where is the cat?"};
        request.retrieval.passages = passages(3);
        request.trace.wantsAttentions = true;
        const TaskResult result = runTask(*model, request, {});
        const auto &payload = std::get<ReadingResult>(result.payload);
        QCOMPARE(payload.passages.size(), std::size_t{3});
        QVERIFY(!payload.spans.empty());
        for (std::size_t i = 1; i < payload.spans.size(); ++i)
            QVERIFY(payload.spans[i - 1].relevance >= payload.spans[i].relevance);
        for (const auto &span : payload.spans) {
            const auto &passage = payload.passages[span.passage];
            QVERIFY(span.beginToken <= span.endToken && span.endToken < passage.encoding.size());
            if (span.textPlace.begin < span.textPlace.end && span.titlePlace.begin == span.titlePlace.end)
                QVERIFY(passage.found.passage.text.find(span.text) != std::string::npos);
        }
        QCOMPARE(result.trace->attentions.front().rows(), std::int64_t{3});
        QCOMPARE(attentionAxes(result, Stack::Encoder, 2).keys, &payload.passages[2].encoding);
        request.retrieval.passages.clear();
        QVERIFY(says(errorOf([&] { (void)runTask(*model, request, {}); }), "--passages"));
        request.text = " ";
        QVERIFY(says(errorOf([&] { (void)runTask(*model, request, {}); }), "question is empty"));
    }

    void ragAnswersFromTheIndexItCarries_data()
    {
        QTest::addColumn<int>("task");
        QTest::newRow("token") << static_cast<int>(TaskKind::RagToken);
        QTest::newRow("sequence") << static_cast<int>(TaskKind::RagSequence);
    }
    void ragAnswersFromTheIndexItCarries()
    {
        QFETCH(int, task);
        const auto model = openModel(kModels / "rag/rag-token", {}, {});
        TaskRequest request{.task = static_cast<TaskKind>(task), .text = "Where is the letter of Paris?"};
        request.generation = generationFor(model->info(), request.task);
        request.generation.beams = 2;
        request.generation.maxNewTokens = 6;
        request.trace.wantsAttentions = true;
        Companions companions;
        companions.open(request.retrieval, *model, {});
        const TaskResult result = runTask(*model, request, {});
        const auto &payload = std::get<RagResult>(result.payload);
        QCOMPARE(payload.documents.size(), std::size_t{3});
        QVERIFY(payload.documents[0].found.score >= payload.documents[1].found.score);
        QCOMPARE(payload.shares.size(0), static_cast<std::int64_t>(payload.generation.steps.size()));
        for (std::int64_t row = 0; row < payload.shares.size(0); ++row) {
            const auto shares = payload.shares.rows(row, row + 1).floats();
            QVERIFY(std::fabs(std::accumulate(shares.begin(), shares.end(), 0.0) - 1.0) < 1e-4);
        }
        QCOMPARE(payload.candidates.empty(), request.task == TaskKind::RagToken);
        QCOMPARE(attentionAxes(result, Stack::Cross, 1).keys, &payload.documents[1].encoding);
        QCOMPARE(result.trace->attentions.front().rows(), std::int64_t{3});
        // A target of the request is scored, not searched.
        request.target = payload.generation.hypotheses.front().text;
        const TaskResult given = runTask(*model, request, {});
        QCOMPARE(std::get<RagResult>(given.payload).generation.stopReason, std::string("given"));
    }

    void ragReadsPassagesThatAreGiven()
    {
        const auto model = openModel(kModels / "rag/rag-token", {}, {});
        TaskRequest request{.task = TaskKind::RagToken, .text = "Where is the cat?"};
        request.generation = generationFor(model->info(), request.task);
        request.generation.maxNewTokens = 4;
        QVERIFY(says(errorOf([&] { (void)runTask(*model, request, {}); }), "--passages"));
        request.retrieval.passages = passages(4);
        request.retrieval.documents = 2;
        std::string streamed;
        request.onToken = [&](const GeneratedToken &token) { streamed += token.text; };
        const TaskResult result = runTask(*model, request, {});
        const auto &payload = std::get<RagResult>(result.payload);
        QCOMPARE(payload.documents.size(), std::size_t{2});
        QVERIFY(says(result.notes.front(), "no passage encoder"));
        for (std::size_t i = 1; i + 1 < payload.generation.steps.size(); ++i) // the last token is forced
            QCOMPARE(payload.generation.steps[i].rank, std::int64_t{1});      // greedy, over the mixture
        // Vectors of another width are refused.
        request.retrieval.passageEncoder = passageEncoder();
        QVERIFY(says(errorOf([&] { (void)runTask(*model, request, {}); }), "vectors of 36 numbers"));
    }

    void questionsFindPassagesAndReadersReadThem()
    {
        const fs::path shared = fs::path(MODELARIUM_SHARED_FIXTURES) / "models/dpr/question-embedding";
        if (!fs::exists(shared))
            QSKIP("the shared fixtures are not on this machine");
        const auto model = openModel(shared, {}, {});
        TaskRequest request{.task = TaskKind::QuestionEmbedding, .text = "Where is the cat?"};
        QVERIFY(std::get<EmbeddingResult>(runTask(*model, request, {}).payload).passages.empty());
        request.retrieval.passages = passages(9);
        request.retrieval.documents = 4;
        request.retrieval.readerFolder = kModels / "dpr/reading";
        Companions companions;
        companions.open(request.retrieval, *model, {});
        const auto result = runTask(*model, request, {});
        const auto &payload = std::get<EmbeddingResult>(result.payload);
        QCOMPARE(payload.passages.size(), std::size_t{4});
        QVERIFY(payload.reading != nullptr && payload.reading->passages.size() == 4);
        double sum = 0.0;
        for (const auto &found : payload.passages)
            sum += found.probability;
        QVERIFY(std::fabs(sum - 1.0) < 1e-9);
        QVERIFY(companionBeside(model->info(), TaskKind::Reading).filename() == "reading");
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    fs::path m_index;
};

QTEST_GUILESS_MAIN(RetrievalTest)
#include "retrieval_test.moc"
