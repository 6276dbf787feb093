// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/window_options.h"

#include <QTest>

namespace {

app::ParsedWindowOptions parse(const QStringList &arguments)
{
    return app::parseWindowOptions(QStringList{"modelarium"} + arguments);
}

} // namespace

class WindowOptionsTest : public QObject {
    Q_OBJECT

private slots:
    void everythingMayBeLeftOut()
    {
        const auto parsed = parse({});
        QVERIFY(parsed.options);
        QVERIFY(parsed.options->start.path.isEmpty());
        QVERIFY(!parsed.options->makesPicture());
        QVERIFY(!parsed.options->size.isValid());
    }

    void everythingIsRead()
    {
        const auto parsed = parse({"bert-mini", "--task", "fill-mask", "--text", "a [MASK]", "--view", "attention", "--layer",
                                   "1", "--head", "0", "--theme", "dark", "--language", "en", "--screenshot", "a.png",
                                   "--size", "800x600"});
        QVERIFY(parsed.options);
        const auto &start = parsed.options->start;
        QCOMPARE(start.path, QString("bert-mini"));
        QCOMPARE(start.task, QString("fill-mask"));
        QCOMPARE(start.text, QString("a [MASK]"));
        QCOMPARE(start.view, QString("attention"));
        QCOMPARE(start.layer.value(), 1);
        QCOMPARE(start.head.value(), 0);
        QCOMPARE(start.theme, QString("dark"));
        QCOMPARE(parsed.options->size, QSize(800, 600));
        QVERIFY(parsed.options->makesPicture());
    }

    void pictureHasASize()
    {
        QVERIFY(parse({"--screenshot", "a.png"}).options->size.isValid());
    }

    void helpAndVersionAreNoErrors()
    {
        QVERIFY(!parse({"--help"}).options);
        QCOMPARE(parse({"--help"}).exitCode, 0);
        QVERIFY(parse({"--help"}).text.contains("--screenshot"));
        QVERIFY(parse({"--version"}).text.startsWith("modelarium "));
    }

    void whatIsWrongIsSaid_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("unknown option") << QStringList{"--colour"};
        QTest::newRow("unknown task") << QStringList{"--task", "juggling"};
        QTest::newRow("layer") << QStringList{"--layer", "first"};
        QTest::newRow("negative head") << QStringList{"--head=-1"};
        QTest::newRow("theme") << QStringList{"--theme", "blue"};
        QTest::newRow("language") << QStringList{"--language", "tlh"};
        QTest::newRow("size") << QStringList{"--size", "800"};
        QTest::newRow("empty size") << QStringList{"--size", "0x600"};
        QTest::newRow("size too large") << QStringList{"--size", "99999x600"};
        QTest::newRow("picture format") << QStringList{"--screenshot", "a.jpg"};
        QTest::newRow("export format") << QStringList{"--export", "a.txt"};
        QTest::newRow("two checkpoints") << QStringList{"a", "b"};
    }

    void whatIsWrongIsSaid()
    {
        QFETCH(const QStringList, arguments);
        const auto parsed = parse(arguments);
        QVERIFY(!parsed.options);
        QCOMPARE(parsed.exitCode, 2);
        QCOMPARE(parsed.text.count('\n'), 1);
        QVERIFY(parsed.text.startsWith("modelarium: "));
    }
};

QTEST_GUILESS_MAIN(WindowOptionsTest)
#include "window_options_test.moc"
