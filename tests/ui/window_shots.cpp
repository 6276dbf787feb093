// SPDX-License-Identifier: GPL-3.0-or-later
// Paints the window with results made by hand: window_shots FOLDER WIDTHxHEIGHT [light|dark]. For people who
// change the looks; the command of the application, --screenshot, does it with a real model.
#include "fake_engine.h"

#include "ui/shell/main_window.h"
#include "ui/shell/workspace.h"
#include "ui/state/theme.h"

#include <QApplication>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

using namespace ui;
using namespace ui::test;
using engine::TaskKind;

namespace {

engine::TaskRequest requestFor(TaskKind task)
{
    engine::TaskRequest request{.task = task, .text = "the baker Anna eats [MASK] at noon ."};
    if (task == TaskKind::TextGeneration || task == TaskKind::MultipleChoice)
        request.text = "the cat";
    if (task == TaskKind::QuestionAnswering)
        request.text = "Where is Anna";
    request.textPair = "Anna is in the kitchen";
    request.choices = {"sat on the mat .", "eats the baker ."};
    return request;
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("Modelarium"));
    const QStringList arguments = QApplication::arguments();
    if (arguments.size() < 3)
        return 2;
    const QStringList size = arguments[2].split(QLatin1Char('x'));
    const QString theme = arguments.size() > 3 ? arguments[3] : QStringLiteral("light");
    const QTemporaryDir scratch;
    for (const TaskKind task : {TaskKind::FillMask, TaskKind::TextGeneration, TaskKind::TextClassification, TaskKind::NextSentence,
                                TaskKind::TokenClassification, TaskKind::QuestionAnswering, TaskKind::MultipleChoice,
                                TaskKind::FeatureExtraction}) {
        QSettings settings(scratch.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
        settings.clear();
        FakeEngine engine;
        engine.models = {{.name = "bert-mini", .directory = "/nowhere/bert-mini", .familyId = "bert", .bytes = 1'800'000, .source = "bundled", .problem = {}},
                         {.name = "bert-base-uncased", .directory = "/nowhere/bert-base-uncased", .familyId = "bert", .bytes = 438'000'000, .source = "cache", .problem = {}}};
        MainWindow window(engine, settings, {.path = QStringLiteral("/nowhere/bert-mini"), .theme = theme});
        window.resize(size[0].toInt(), size[1].toInt());
        window.show();
        auto *workspace = window.findChild<Workspace *>();
        workspace->startWith(requestFor(task));
        window.begin();
        const auto category = task == TaskKind::TextGeneration ? engine::Category::Autoregressive : engine::Category::Autoencoding;
        const auto model = makeModel({.name = "bert-mini",
                                      .tasks = {TaskKind::FillMask, TaskKind::NextSentence, TaskKind::TextClassification,
                                                TaskKind::TokenClassification, TaskKind::QuestionAnswering,
                                                TaskKind::MultipleChoice, TaskKind::TextGeneration, TaskKind::FeatureExtraction},
                                      .category = category});
        engine.answerLoad(model);
        if (task == TaskKind::FillMask)
            engine.answerRun(fillMaskResult(model, "Anna eats [MASK]"));
        if (task == TaskKind::FillMask)
            workspace->runNow();
        engine.answerRun();
        QTest::qWait(120);
        const std::string_view id = engine::id(task);
        const QString file = QStringLiteral("%1/%2-%3-%4.png")
                                 .arg(arguments[1], QString::fromUtf8(id.data(), static_cast<qsizetype>(id.size())), theme, arguments[2]);
        if (!window.grab().save(file))
            return 1;
    }
    return 0;
}
