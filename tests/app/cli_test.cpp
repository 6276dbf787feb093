// SPDX-License-Identifier: GPL-3.0-or-later
// The command line as a person runs it: a process, its exit code, what it prints where.
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <functional>

namespace {

struct Outcome {
    int exitCode = -1;
    QByteArray out = {};
    QByteArray err = {};

    [[nodiscard]] QJsonObject object() const { return QJsonDocument::fromJson(out).object(); }
    [[nodiscard]] QJsonArray array() const { return QJsonDocument::fromJson(out).array(); }
};

Outcome cli(const QStringList &arguments)
{
    QProcess process;
    process.start(QStringLiteral(MODELARIUM_CLI), arguments);
    if (!process.waitForFinished(600'000) || process.exitStatus() != QProcess::NormalExit)
        return {.err = process.readAllStandardError()};
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

const QString kModels = QStringLiteral(MODELARIUM_FIXTURES "/models");

QString model(const char *name)
{
    return kModels + QLatin1Char('/') + QLatin1String(name);
}

void write(const QString &file, const QByteArray &bytes)
{
    QFile f(file);
    QVERIFY(f.open(QIODevice::WriteOnly));
    f.write(bytes);
}

QByteArray contents(const QString &file)
{
    QFile f(file);
    return f.open(QIODevice::ReadOnly) ? f.readAll() : QByteArray();
}

// A copy of a checkpoint directory to spoil.
void copyInto(const QString &from, const QString &to)
{
    for (const QString &name : QDir(from).entryList(QDir::Files))
        QVERIFY(QFile::copy(from + QLatin1Char('/') + name, to + QLatin1Char('/') + name));
    for (const QString &name : QDir(to).entryList(QDir::Files))
        QFile::setPermissions(to + QLatin1Char('/') + name, QFile::ReadOwner | QFile::WriteOwner);
}

using Spoil = std::function<void(const QString &directory)>;

} // namespace

Q_DECLARE_METATYPE(Spoil)

class CliTest : public QObject {
    Q_OBJECT

private slots:
    void familiesAreListed()
    {
        const Outcome all = cli({"families", "--json"});
        QCOMPARE(all.exitCode, 0);
        QStringList ids;
        for (const auto &family : all.array()) {
            ids << family.toObject()["id"].toString();
            QVERIFY(!family.toObject()["description"].toString().isEmpty());
            QVERIFY(!family.toObject()["tasks"].toArray().isEmpty());
        }
        QVERIFY(ids.contains("bert") && ids.contains("gpt2"));
        QVERIFY(cli({"families"}).out.contains("fill-mask"));
    }

    void infoSaysWhatACheckpointIs()
    {
        const Outcome card = cli({"info", model("bert/fill-mask-legacy"), "--json"});
        QCOMPARE(card.exitCode, 0);
        QCOMPARE(card.object()["family"].toString(), QString("bert"));
        QVERIFY(card.object()["parameters"].toInteger() > 1000);
        QVERIFY(card.object()["tasks"].toArray().contains("fill-mask"));
        QVERIFY(cli({"info", model("bert/fill-mask-legacy")}).out.contains("parameters"));
    }

    void tokenizeShowsIdsAndOffsets()
    {
        const Outcome tokens = cli({"tokenize", model("bert/fill-mask-legacy"), "--text", "the cat", "--json"});
        QCOMPARE(tokens.exitCode, 0);
        const QJsonArray offsets = tokens.object()["offsets"].toArray();
        QCOMPARE(tokens.object()["tokens"].toArray().size(), offsets.size());
        QCOMPARE(tokens.object()["ids"].toArray().size(), offsets.size());
        QCOMPARE(tokens.object()["tokens"].toArray().first().toString(), QString("[CLS]"));
        const Outcome plain = cli({"tokenize", model("bert/fill-mask-legacy"), "--text", "the cat", "--no-special", "--json"});
        QCOMPARE(plain.object()["ids"].toArray().size(), offsets.size() - 2);
    }

    void tokenizeCuts()
    {
        const QString bert = model("bert/fill-mask-legacy");
        const Outcome cut = cli({"tokenize", bert, "--text", "the cat is quiet", "--max-length", "4", "--truncation",
                                 "longest_first", "--json"});
        QCOMPARE(cut.exitCode, 0);
        QCOMPARE(cut.object()["ids"].toArray().size(), 4);
        QVERIFY(cut.err.contains("did not fit"));
        QCOMPARE(cli({"tokenize", bert, "--text", "a", "--max-length", "4"}).exitCode, 2);
    }

    void runAnswersFirst()
    {
        const Outcome filled = cli({"run", model("bert/fill-mask-legacy"), "--task", "fill-mask", "--text", "The [MASK] is quiet."});
        QCOMPARE(filled.exitCode, 0);
        QVERIFY(!filled.out.split('\n').first().contains("[MASK]"));
        const Outcome json = cli({"run", model("bert/fill-mask-legacy"), "--task", "fill-mask", "--text", "The [MASK] is quiet.",
                                  "--top-k", "3", "--json"});
        QCOMPARE(json.exitCode, 0);
        QVERIFY(QJsonDocument::fromJson(json.out).isObject());
    }

    void searchesAreTold()
    {
        const QString gpt2 = model("gpt2/text-generation-scaled");
        const auto run = [&](const QStringList &more) {
            return cli(QStringList{"run", gpt2, "--task", "text-generation", "--text", "The cat", "--max-new-tokens", "6",
                                   "--json"} + more);
        };
        const Outcome plain = run({});
        QCOMPARE(plain.exitCode, 0);
        QVERIFY(!plain.object().contains("beams"));
        const QJsonObject step = plain.object()["steps"].toArray().last().toObject();
        QCOMPARE(step["top"].toArray().size(), 5);
        QCOMPARE(run({"--alternatives", "2"}).object()["steps"].toArray().last().toObject()["top"].toArray().size(), 2);

        const QStringList diverse{"--beams", "4", "--beam-groups", "2", "--diversity-penalty", "0.5", "--return-sequences", "3",
                                  "--length-penalty", "0.8", "--early-stopping", "never", "--beam-history", "200"};
        const QJsonObject beams = run(diverse).object();
        QCOMPARE(beams["sequences"].toArray().size(), 3);
        int results = 0;
        for (const auto &node : beams["beams"].toObject()["nodes"].toArray())
            results += node.toObject()["sequence"].isNull() ? 0 : 1;
        QCOMPARE(results, 3);

        const QString text = plain.object()["new_text"].toString();
        const QString stop = text.mid(1, 2);
        const QJsonObject stopped = run({"--stop", stop}).object();
        QCOMPARE(stopped["stop_reason"].toString(), QString("stop string"));
        QVERIFY(stopped["new_text"].toString().endsWith(stop));

        const qint64 last = plain.object()["ids"].toArray().last().toInteger();
        const QString named = QStringLiteral("#%1").arg(last == 0 ? 1 : last - 1);
        const QJsonArray forced = run({"--forced-last-token", named}).object()["ids"].toArray();
        QCOMPARE(forced.last().toInteger(), last == 0 ? 1 : last - 1);
        QCOMPARE(run({"--forced-first-token", "#99999999"}).exitCode, 2);
        QCOMPARE(run({"--stop", ""}).exitCode, 2);
        QCOMPARE(run({"--early-stopping", "perhaps"}).exitCode, 2);
        QCOMPARE(run({"--no-cache"}).object()["ids"].toArray(), plain.object()["ids"].toArray());
        const QString word = step["token_str"].toString().trimmed();
        if (!word.isEmpty())
            QCOMPARE(run({"--bad-words", word}).exitCode, 0);
    }

    void runGeneratesTheSameTwice()
    {
        const QStringList arguments{"run", model("gpt2/text-generation-scaled"), "--task", "text-generation", "--text",
                                    "The cat", "--max-new-tokens", "5", "--sample", "--seed", "7"};
        const Outcome first = cli(arguments);
        QCOMPARE(first.exitCode, 0);
        QVERIFY(first.out.startsWith("The cat"));
        QCOMPARE(cli(arguments).out, first.out);
    }

    void aPictureAndATextGetLabels()
    {
        const QString mmbt = model("mmbt/multimodal-classification-image");
        const QString picture = mmbt + QStringLiteral("/image-alpha.png");
        const QStringList run{"run", mmbt, "--task", "multimodal-classification", "--text", "The river."};
        const Outcome json = cli(run + QStringList{"--image", picture, "--json"});
        QCOMPARE(json.exitCode, 0);
        QVERIFY(json.object()["labels"].isArray() && !json.object()["scores"].toArray().isEmpty());
        QCOMPARE(json.object()["display"].toArray()[1].toString(), QString("image 1"));
        QVERIFY(cli(run + QStringList{"--image", picture}).out.contains("token 1 image 1: pixels"));
        QCOMPARE(cli(run).exitCode, 2);
        const Outcome broken = cli(run + QStringList{"--image", mmbt + QStringLiteral("/config.json")});
        QCOMPARE(broken.exitCode, 3);
        QVERIFY(broken.err.contains("expected a PNG, JPEG or WebP picture"));
        const Outcome why = cli({"mask", mmbt, "--text", "The river.", "--image", picture, "--why", "0,1"});
        QVERIFY2(why.out.contains("key token 1 “image 1”: visible"), (why.out + why.err).constData());
        const QTemporaryDir folder;
        const QString csv = folder.filePath("attention.csv");
        QCOMPARE(cli({"attention", mmbt, "--text", "The river.", "--image", picture, "--export", csv}).exitCode, 0);
        QVERIFY(contents(csv).contains(",image 1,"));
        QCOMPARE(cli({"mask", model("bert/fill-mask-legacy"), "--text", "a", "--image", picture}).exitCode, 2);
    }

    void attentionAndMaskLeaveNumbers()
    {
        const QTemporaryDir folder;
        const QString csv = folder.filePath("attention.csv");
        QCOMPARE(cli({"attention", model("gpt2/text-generation-scaled"), "--text", "The cat", "--kind", "decoder", "--layer", "0",
                      "--head", "0", "--export", csv}).exitCode, 0);
        QVERIFY(contents(csv).startsWith("layer,head,query,key,query_token,key_token,weight"));
        const Outcome why = cli({"mask", model("gpt2/text-generation-scaled"), "--text", "The cat", "--layer", "0", "--why", "0,1"});
        QCOMPARE(why.exitCode, 0);
        QVERIFY2(why.out.contains("hidden"), why.out.constData());
        QCOMPARE(cli({"mask", model("gpt2/text-generation-scaled"), "--text", "The cat", "--why", "0,999"}).exitCode, 2);
        QCOMPARE(cli({"mask", model("gpt2/text-generation-scaled"), "--text", "The cat", "--why", "0;1"}).exitCode, 2);
    }

    void mechanismsAreListed_data()
    {
        QTest::addColumn<QString>("directory");
        QTest::addColumn<QStringList>("records");
        QTest::newRow("windows") << "longformer/token-classification" << QStringList{"window", "embeddings.words"};
        QTest::newRow("streams") << "prophetnet/text2text-generation" << QStringList{"ngram_mask", "logits_ngram"};
        QTest::newRow("hashing") << "reformer/text-generation"
                                 << QStringList{"axial_positions.0", "axial_positions.1", "reversible_memory"};
        QTest::newRow("segments") << "transfo-xl/text-generation" << QStringList{"segments"};
        QTest::newRow("sharing") << "albert/pretraining" << QStringList{"embedding_sizes", "embedding_rows.positions"};
        QTest::newRow("distances") << "t5/text2text-generation" << QStringList{"relative_position_bias"};
        QTest::newRow("none") << "gpt2/text-generation-scaled" << QStringList{};
    }

    void mechanismsAreListed()
    {
        QFETCH(const QString, directory);
        QFETCH(const QStringList, records);
        const Outcome list = cli({"mechanism", model(qPrintable(directory)), "--text", "The cat", "--json"});
        QCOMPARE(list.exitCode, 0);
        QStringList found;
        for (const auto &record : list.array())
            found << record.toObject()["name"].toString();
        for (const QString &record : records)
            QVERIFY2(found.contains(record), qPrintable(record + " is not among " + found.join(", ")));
        QCOMPARE(found.isEmpty(), records.isEmpty());
    }

    void mechanismsLeaveNumbers()
    {
        const QTemporaryDir folder;
        const QString convbert = model("convbert/fill-mask-grouped");
        const Outcome list = cli({"mechanism", convbert, "--text", "The cat"});
        QCOMPARE(list.exitCode, 0);
        QVERIFY2(list.out.contains("encoder layer 0: kernels (1, "), list.out.constData());
        const QString csv = folder.filePath("kernels.csv");
        QCOMPARE(cli({"mechanism", convbert, "--text", "The cat", "--name", "kernels", "--layer", "0", "--export", csv}).exitCode, 0);
        QVERIFY(contents(csv).startsWith("stack,layer,i0,i1,i2,i3,value\nencoder,0,0,0,0,0,"));
        QCOMPARE(cli({"mechanism", convbert, "--text", "The cat", "--name", "kernels", "--export", folder.filePath("k.npy")}).exitCode, 0);
        QCOMPARE(cli({"mechanism", convbert, "--text", "The cat", "--name", "juggling", "--export", csv}).exitCode, 2);
        QCOMPARE(cli({"mechanism", convbert, "--text", "The cat", "--export", csv}).exitCode, 2);
    }

    void verifyCountsCases()
    {
        const Outcome good = cli({"verify", kModels, "--json"});
        QVERIFY2(good.exitCode == 0, good.out.constData());
        for (const auto &report : good.array()) {
            QCOMPARE(report.toObject()["passed"].toInt(), report.toObject()["total"].toInt());
            QVERIFY(report.toObject()["total"].toInt() > 0);
        }
    }

    void verifyFailsOnUnknownFormats()
    {
        const QTemporaryDir folder;
        write(folder.filePath("parity.json"), "{\"format\": \"parity-9\", \"cases\": []}");
        const Outcome bad = cli({"verify", folder.path()});
        QCOMPARE(bad.exitCode, 1);
        QVERIFY2(bad.out.contains("format parity-9 is not known"), bad.out.constData());
        const QTemporaryDir empty;
        QCOMPARE(cli({"verify", empty.path()}).exitCode, 2);
    }

    void benchPrintsItsKeys()
    {
        const Outcome report = cli({"bench", model("gpt2/text-generation-scaled"), "--mode", "generate", "--length", "4",
                                    "--new-tokens", "4", "--repeat", "2", "--threads", "1", "--json"});
        QCOMPARE(cli({"bench", model("gpt2/text-generation-scaled"), "--mode", "forward", "--length", "4", "--new-tokens",
                      "0", "--repeat", "1"})
                     .exitCode,
                 0);
        QCOMPARE(cli({"bench", model("gpt2/text-generation-scaled"), "--mode", "generate", "--length", "4", "--new-tokens",
                      "0", "--repeat", "1"})
                     .exitCode,
                 2);
        QCOMPARE(report.exitCode, 0);
        for (const char *key : {"seconds", "min_seconds", "load_seconds", "peak_rss_mib", "tokens_per_second"})
            QVERIFY2(report.object()[QLatin1String(key)].toDouble() > 0.0, key);
        QCOMPARE(report.object()["repeats"].toInt(), 2);
    }

    void wrongArguments_data()
    {
        QTest::addColumn<QStringList>("arguments");
        const QString bert = model("bert/fill-mask-legacy");
        QTest::newRow("nothing") << QStringList{};
        QTest::newRow("unknown command") << QStringList{"fly"};
        QTest::newRow("unknown option") << QStringList{"families", "--colour"};
        QTest::newRow("no text") << QStringList{"tokenize", bert};
        QTest::newRow("no such task") << QStringList{"run", bert, "--task", "juggling", "--text", "a"};
        QTest::newRow("task of another head") << QStringList{"run", bert, "--task", "translation", "--text", "a"};
        QTest::newRow("dtype to come") << QStringList{"run", bert, "--task", "fill-mask", "--text", "a", "--dtype", "int8"};
        QTest::newRow("no threads") << QStringList{"run", bert, "--task", "fill-mask", "--text", "a", "--threads", "0"};
        QTest::newRow("no such model") << QStringList{"info", "no-such-model"};
        QTest::newRow("no mask") << QStringList{"run", bert, "--task", "fill-mask", "--text", "nothing hidden"};
        QTest::newRow("extension") << QStringList{"attention", bert, "--text", "a", "--export", "numbers.xls"};
    }

    void wrongArguments()
    {
        QFETCH(const QStringList, arguments);
        const Outcome outcome = cli(arguments);
        QVERIFY2(outcome.exitCode == 2, outcome.err.constData());
        QVERIFY(outcome.out.isEmpty());
        QCOMPARE(outcome.err.count('\n'), 1);
    }

    void brokenUtf8IsAnError()
    {
        QProcess shell;
        shell.start("/bin/sh", {"-c", "exec \"$0\" tokenize \"$1\" --text \"$(printf 'a\\377b')\"",
                                QStringLiteral(MODELARIUM_CLI), model("bert/fill-mask-legacy")});
        QVERIFY(shell.waitForFinished(60'000));
        QCOMPARE(shell.exitCode(), 2);
        QVERIFY(shell.readAllStandardError().contains("UTF-8"));
    }

    void badFiles_data()
    {
        QTest::addColumn<Spoil>("spoil");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("no config.json") << Spoil([](const QString &d) { QFile::remove(d + "/config.json"); })
                                        << QByteArray("config.json");
        QTest::newRow("config.json is no JSON") << Spoil([](const QString &d) { write(d + "/config.json", "{\"a\": "); })
                                                << QByteArray("config.json");
        QTest::newRow("unknown model_type")
            << Spoil([](const QString &d) { write(d + "/config.json", "{\"model_type\": \"abacus\"}"); })
            << QByteArray("abacus");
        QTest::newRow("no weights") << Spoil([](const QString &d) { QFile::remove(d + "/model.safetensors"); })
                                    << QByteArray("model.safetensors");
        QTest::newRow("truncated weights") << Spoil([](const QString &d) {
            QFile f(d + "/model.safetensors");
            QVERIFY(f.resize(f.size() / 2));
        }) << QByteArray("model.safetensors");
        QTest::newRow("huge header") << Spoil([](const QString &d) {
            write(d + "/model.safetensors", QByteArray("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10));
        }) << QByteArray("model.safetensors");
        QTest::newRow("empty weights") << Spoil([](const QString &d) { write(d + "/model.safetensors", ""); })
                                       << QByteArray("model.safetensors");
    }

    void badFiles()
    {
        QFETCH(const Spoil, spoil);
        QFETCH(const QByteArray, says);
        const QTemporaryDir folder;
        copyInto(model("bert/question-answering"), folder.path());
        QVERIFY(QFile::exists(folder.filePath("model.safetensors")));
        spoil(folder.path());
        const Outcome outcome =
            cli({"run", folder.path(), "--task", "question-answering", "--text", "Where is the cat?", "--text-pair",
                 "The cat is in the garden."});
        QVERIFY2(outcome.exitCode == 3, outcome.err.constData());
        QVERIFY2(outcome.err.contains(says), outcome.err.constData());
        QCOMPARE(outcome.err.count('\n'), 1);
        QVERIFY(outcome.out.isEmpty());
    }

    void evaluateMeasuresAMini()
    {
        const QTemporaryDir directory;
        const QString mini = QStringLiteral(MODELARIUM_MINIS "/gpt2-mini");
        copyInto(mini, directory.path());
        write(directory.filePath("test.jsonl"),
              "{\"task\": \"text-generation\", \"text\": \"Bread the of Anna hill the.\"}\n");
        const Outcome measured = cli({"evaluate", directory.path(), "--json"});
        QCOMPARE(measured.exitCode, 1); // no sentence at all: the bar is missed, and that is said
        const QJsonObject figure = measured.array().first().toObject()["figures"].toArray().first().toObject();
        QCOMPARE(figure["task"].toString(), QString("text-generation"));
        QCOMPARE(figure["examples"].toInteger(), 1);
        QVERIFY(figure["value"].toDouble() > 1.0 && figure["baseline"].toDouble() > 1.0);
        QVERIFY(cli({"evaluate", directory.path()}).out.contains("misses its bar"));
        QVERIFY(QFile::remove(directory.filePath("test.jsonl")));
        QCOMPARE(cli({"evaluate", directory.path()}).exitCode, 3);
        QCOMPARE(cli({"evaluate"}).exitCode, 2);
    }

    void interruptEndsWith130()
    {
        QProcess process;
        process.start(QStringLiteral(MODELARIUM_CLI),
                      {"bench", model("bert/question-answering"), "--length", "16", "--repeat", "100000", "--threads", "1"});
        QVERIFY(process.waitForStarted());
        QTest::qWait(300);
        QCOMPARE(process.state(), QProcess::Running);
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(5'000));
        QCOMPARE(process.exitCode(), 130);
        QVERIFY(process.readAllStandardOutput().isEmpty());
    }
};

QTEST_GUILESS_MAIN(CliTest)
#include "cli_test.moc"
