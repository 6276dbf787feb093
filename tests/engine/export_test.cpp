// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "engine/export.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <cstring>
#include <memory>

using namespace engine;

namespace {

// Two layers, two heads, three tokens; weight = layer + head / 10 + query / 100 + key / 1000, causal.
TaskResult tracedResult()
{
    auto trace = std::make_shared<Trace>();
    for (int layer = 0; layer < 2; ++layer) {
        std::vector<float> weights;
        for (int head = 0; head < 2; ++head)
            for (int query = 0; query < 3; ++query)
                for (int key = 0; key < 3; ++key)
                    weights.push_back(static_cast<float>(layer * 1000 + head * 100 + query * 10 + key) / 1000.0F);
        trace->attentions.push_back({.stack = Stack::Decoder,
                                     .layer = layer,
                                     .data = DenseAttention{.weights = Tensor::fromFloats({1, 2, 3, 3}, weights)},
                                     .mask = {{{.rule = MaskRule::causal(0)}}}});
    }
    TaskResult result;
    result.encoding.tokens = {"a", "b,\"c\"", "d"};
    result.encoding.ids = {1, 2, 3};
    result.encoding.typeIds = {0, 0, 0};
    result.encoding.attentionMask = {1, 1, 1};
    result.encoding.specialTokensMask = {0, 0, 0};
    result.encoding.offsets = {{0, 1}, {1, 2}, {2, 3}};
    result.encoding.sequence = {0, 0, -1};
    result.display = {"a", "\xFF", "d"};
    result.trace = std::move(trace);
    return result;
}

QByteArray bytesOf(const QString &file)
{
    QFile f(file);
    return f.open(QIODevice::ReadOnly) ? f.readAll() : QByteArray("<cannot open>");
}

QJsonObject jsonOf(const TaskResult &result)
{
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(QByteArray::fromStdString(toJson(result)), &error);
    return error.error == QJsonParseError::NoError ? document.object() : QJsonObject{{"error", error.errorString()}};
}

template <typename F> std::pair<ErrorKind, std::string> failure(F &&f)
{
    try {
        f();
    } catch (const Error &error) {
        return {error.kind(), error.what()};
    }
    return {ErrorKind::Internal, "nothing thrown"};
}

} // namespace

class ExportTest : public QObject {
    Q_OBJECT

private slots:
    void init() { QVERIFY(m_folder.isValid()); }

    void attentionAsCsv()
    {
        const QString file = path("a.csv");
        exportAttention(file.toStdString(), tracedResult(), {.stack = Stack::Decoder, .layer = 1, .head = 1});
        const auto lines = bytesOf(file).split('\n');
        QCOMPARE(lines.size(), 1 + 9 + 1);
        QCOMPARE(lines[0], QByteArray("layer,head,query,key,query_token,key_token,weight"));
        QCOMPARE(lines[2], QByteArray("1,1,0,1,a,\"b,\"\"c\"\"\",1.101"));
        QCOMPARE(QDir(m_folder.path()).entryList({"*.part"}).size(), 0);
    }

    void attentionAsJson()
    {
        const QString file = path("a.json");
        exportAttention(file.toStdString(), tracedResult(), {.stack = Stack::Decoder});
        const auto json = QJsonDocument::fromJson(bytesOf(file)).object();
        QCOMPARE(json["stack"].toString(), QString("decoder"));
        QCOMPARE(json["tokens"].toArray()[1].toString(), QString("b,\"c\""));
        const auto layers = json["layers"].toArray();
        QCOMPARE(layers.size(), 2);
        const auto weight = layers[1].toObject()["attention"].toArray()[0].toArray()[2].toArray()[1].toDouble();
        QVERIFY(std::abs(weight - 1.021) < 1e-6);
    }

    void attentionAsNumpy()
    {
        const QString file = path("a.npy");
        exportAttention(file.toStdString(), tracedResult(), {.stack = Stack::Decoder, .head = 1});
        const QByteArray bytes = bytesOf(file);
        QVERIFY(bytes.startsWith(QByteArray("\x93NUMPY\x01\x00", 8)));
        const auto headerLength = static_cast<unsigned char>(bytes[8]) + 256 * static_cast<unsigned char>(bytes[9]);
        QCOMPARE((10 + headerLength) % 64, 0);
        QVERIFY(bytes.mid(10, headerLength).contains("'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 3, 3)"));
        QCOMPARE(bytes.size(), qsizetype{10 + headerLength + 2 * 9 * 4});
        float value = 0.0F;
        std::memcpy(&value, bytes.constData() + 10 + headerLength + (9 + 5) * 4, sizeof(value));
        QCOMPARE(value, 1.112F);
    }

    void vectorsAsFiles()
    {
        TaskResult result = tracedResult();
        const Tensor one = Tensor::fromFloats({2}, std::array{0.5F, -1.0F});
        const Tensor other = Tensor::fromFloats({2}, std::array{2.0F, 3.0F});
        result.payload = FeatureResult{.lastHiddenState = {}, .pooled = {}, .texts = {{.text = "a", .mean = one}, {.text = "b, c", .mean = other}}};
        const QString csv = path("v.csv");
        exportVectors(csv.toStdString(), result, TextPooling::Mean);
        QCOMPARE(bytesOf(csv), QByteArray("text,0,1\na,0.5,-1\n\"b, c\",2,3\n"));
        const QString json = path("v.json");
        exportVectors(json.toStdString(), result, TextPooling::Mean);
        const auto texts = QJsonDocument::fromJson(bytesOf(json)).array();
        QCOMPARE(texts[1].toObject()["text"].toString(), QString("b, c"));
        QCOMPARE(texts[1].toObject()["vector"].toArray()[1].toDouble(), 3.0);
        const QString npy = path("v.npy");
        exportVectors(npy.toStdString(), result, TextPooling::Mean);
        const QByteArray bytes = bytesOf(npy);
        QVERIFY(bytes.contains("'shape': (2, 2)"));
        float last = 0.0F;
        std::memcpy(&last, bytes.constData() + bytes.size() - 4, sizeof(last));
        QCOMPARE(last, 3.0F);
        QVERIFY_EXCEPTION_THROWN(exportVectors(csv.toStdString(), result, TextPooling::Pooler), Error);
        QVERIFY_EXCEPTION_THROWN(exportVectors(path("v.txt").toStdString(), result, TextPooling::Mean), Error);
    }

    void masksSayWhy()
    {
        const QString csv = path("m.csv");
        exportMask(csv.toStdString(), tracedResult(), {.stack = Stack::Decoder, .layer = 0});
        const auto lines = bytesOf(csv).split('\n');
        QCOMPARE(lines[0], QByteArray("layer,query,key,visible,why"));
        QVERIFY2(lines[2].startsWith("0,0,1,0,hidden"), lines[2].constData());
        QVERIFY2(lines[4].startsWith("0,1,0,1,visible"), lines[4].constData());
        const QString file = path("m.json");
        exportMask(file.toStdString(), tracedResult(), {.stack = Stack::Decoder});
        const auto layer = QJsonDocument::fromJson(bytesOf(file)).object()["layers"].toArray()[1].toObject();
        QCOMPARE(layer["visible"].toArray()[0].toArray()[2].toInt(-1), 0);
        QVERIFY(layer["why"].toArray()[0].toArray()[2].toString().startsWith("hidden"));
    }

    void badSelectionsAndPlacesAreNamed()
    {
        const auto result = tracedResult();
        const auto asked = [&](const QString &file, const AttentionSelection &selection) {
            return failure([&] { exportAttention(file.toStdString(), result, selection); });
        };
        const AttentionSelection all{.stack = Stack::Decoder};
        QVERIFY(asked(path("a.txt"), all).second.find(".csv, .json, .npy") != std::string::npos);
        QCOMPARE(asked(path("b.csv"), {.stack = Stack::Decoder, .layer = 7}).second,
                 std::string("there is no layer 7: this run has layers 0 to 1"));
        QVERIFY(asked(path("b.csv"), {.stack = Stack::Decoder, .head = 2}).second.find("head 2") != std::string::npos);
        QVERIFY(asked(path("b.csv"), {.stack = Stack::Decoder, .batch = 1}).second.find("row 1") != std::string::npos);
        QVERIFY(asked(path("b.csv"), {.stack = Stack::Cross}).second.find("cross attention") != std::string::npos);
        QVERIFY(!QFile::exists(path("b.csv")));
        const auto nowhere = asked(path("no/such/a.csv"), all);
        QVERIFY(nowhere.first == ErrorKind::File);
        QVERIFY2(nowhere.second.find("is not a folder") != std::string::npos, nowhere.second.c_str());
        QVERIFY(QDir().mkpath(path("folder.csv")));
        QVERIFY(asked(path("folder.csv"), all).second.find("it is a folder") != std::string::npos);
    }

    void resultsHaveStableKeys()
    {
        auto result = tracedResult();
        result.task = TaskKind::FillMask;
        Candidate candidate;
        candidate.id = 2;
        candidate.token = "b";
        candidate.probability = 0.5;
        result.payload =
            FillMaskResult{.masks = {{.position = 1, .candidates = {candidate}, .sequences = {"a b d"}}}, .logits = {}};
        auto json = jsonOf(result);
        QCOMPARE(json["task"].toString(), QString("fill-mask"));
        const auto prediction = json["masks"].toArray()[0].toObject()["predictions"].toArray()[0].toObject();
        QCOMPARE(prediction["score"].toDouble(), 0.5);
        QCOMPARE(prediction["token"].toInt(), 2);
        QCOMPARE(prediction["token_str"].toString(), QString("b"));
        QCOMPARE(prediction["sequence"].toString(), QString("a b d"));
        QCOMPARE(json["offsets"].toArray()[1].toArray()[0].toInt(), 1);
        QVERIFY(json["sequence_ids"].toArray()[2].isNull());
        QCOMPARE(json["display"].toArray()[1].toString(), QString(QChar::ReplacementCharacter));
        for (const char *key : {"ids", "tokens", "token_type_ids", "attention_mask", "notes", "elapsed_ms", "trace"})
            QVERIFY2(json.contains(key), key);

        result.payload = ClassificationResult{.scores = {{.id = 0, .label = "good", .logit = 1.0F, .probability = 0.7}},
                                              .best = 0,
                                              .activation = "softmax"};
        json = jsonOf(result);
        QCOMPARE(json["label"].toString(), QString("good"));
        QCOMPARE(json["scores"].toArray()[0].toObject()["score"].toDouble(), 0.7);

        result.payload = ReplacedTokensResult{.tokens = {{.token = 1, .logit = 1.0F, .probability = 0.7}}};
        json = jsonOf(result);
        QCOMPARE(json["detections"].toArray()[0].toObject()["replaced"].toBool(), true);
        QCOMPARE(json["detections"].toArray()[0].toObject()["score"].toDouble(), 0.7);

        result.payload = AnswerResult{.answers = {{.beginToken = 0, .endToken = 1, .text = "ab", .probability = 0.4}},
                                      .startProbabilities = {1.0},
                                      .endProbabilities = {1.0}};
        json = jsonOf(result);
        QCOMPARE(json["answer"].toString(), QString("ab"));
        QCOMPARE(json["end"].toInt(), 2);
        QCOMPARE(json["end_token"].toInt(), 1);

        GenerationResult generated;
        generated.hypotheses.push_back({.ids = {1, 2}, .text = "ab", .newText = "b", .score = -1.0});
        generated.steps.push_back({.id = 1, .text = "a"});
        generated.stopReason = "length";
        result.payload = generated;
        json = jsonOf(result);
        QCOMPARE(json["generated_text"].toString(), QString("ab"));
        QCOMPARE(json["stop_reason"].toString(), QString("length"));
        QVERIFY(json["steps"].toArray()[0].toObject().contains("surprisal_bits"));

        const Tensor one = Tensor::fromFloats({2}, std::array{3.0F, 4.0F});
        const Tensor other = Tensor::fromFloats({2}, std::array{4.0F, -3.0F});
        const FeatureResult near{.lastHiddenState = Tensor::zeros({3, 2}),
                                 .pooled = {},
                                 .texts = {{.text = "a", .mean = one}, {.text = "b, c", .mean = other}}};
        QVERIFY(std::abs(similarities(near, TextPooling::Mean).floats()[0] - 1.0F) < 1e-6F);
        QVERIFY(std::abs(similarities(near, TextPooling::Mean).floats()[1]) < 1e-6F); // at right angles
        QVERIFY(similarities(near, TextPooling::Pooler).isNull());

        result.payload = FeatureResult{.lastHiddenState = Tensor::zeros({3, 2}), .pooled = {}};
        json = jsonOf(result);
        QCOMPARE(json["last_hidden_state"].toArray()[2].toArray().size(), 2);
        QVERIFY(json["pooler_output"].isNull());
    }

private:
    [[nodiscard]] QString path(const QString &name) const { return m_folder.filePath(name); }
    QTemporaryDir m_folder;
};

QTEST_APPLESS_MAIN(ExportTest)
#include "export_test.moc"
