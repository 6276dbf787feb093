// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/window_session.h"

#include "core/threaded_engine_client.h"
#include "places/places.h"
#include "ui/shell/main_window.h"
#include "ui/state/settings_keys.h"
#include "ui/views/view.h"

#include <QApplication>
#include <QFile>
#include <QLocale>
#include <QPixmap>
#include <QSettings>
#include <QTemporaryDir>
#include <QTextStream>
#include <QTimer>
#include <QTranslator>

#include <chrono>

namespace app {

namespace {

constexpr int kPictureFailed = 1;
constexpr int kWrongArguments = 2;
constexpr int kBadFile = 3;
constexpr std::chrono::minutes kLongestWait{5}; // for a picture
constexpr double kExportScale = 2.0;            // pixels of a .png for each of the view's
constexpr char kFirstMini[] = "bert-mini";

int complain(int code, const QString &message)
{
    QTextStream(stderr) << "modelarium: " << message << '\n';
    return code;
}

std::vector<std::filesystem::path> addedFolders(const QSettings &settings)
{
    std::vector<std::filesystem::path> folders;
    for (const QString &folder : settings.value(QLatin1String(ui::kModelFoldersKey)).toStringList())
        folders.emplace_back(QFile::encodeName(folder).toStdString());
    return folders;
}

// False when this build has no translation for the language.
bool translate(QApplication &application, QTranslator &translator, const QString &language)
{
    const QLocale locale = language.isEmpty() ? QLocale() : QLocale(language);
    if (!language.isEmpty())
        QLocale::setDefault(locale);
    if (locale.language() == QLocale::English)
        return true;
    if (!translator.load(locale, QStringLiteral("modelarium"), QStringLiteral("_"), QStringLiteral(":/i18n")))
        return language.isEmpty(); // the desktop's language is a wish, --language an order
    application.installTranslator(&translator);
    return true;
}

QString writePictures(ui::MainWindow &window, const WindowOptions &options)
{
    if (!options.screenshot.isEmpty() && !window.grab().save(options.screenshot, "PNG"))
        return options.screenshot + QStringLiteral(": could not be written");
    if (options.exportFile.isEmpty())
        return {};
    ui::View *view = window.currentView(); // null also where the result has nothing for that view
    return view ? view->exportTo(options.exportFile, view->size(), kExportScale)
                : QStringLiteral("no view to export: name one with --view that this result has something for");
}

// Once the first run is painted: save, quit.
void leaveWithPictures(QApplication &application, ui::MainWindow &window, const WindowOptions &options)
{
    QObject::connect(&window, &ui::MainWindow::settled, &application, [&](const QString &failure) {
        if (!failure.isEmpty()) {
            application.exit(complain(kBadFile, failure));
            return;
        }
        const QString problem = writePictures(window, options);
        application.exit(problem.isEmpty() ? 0 : complain(kPictureFailed, problem));
    });
    QTimer::singleShot(kLongestWait, &application, [&application] {
        application.exit(complain(kPictureFailed, QStringLiteral("no result after five minutes")));
    });
}

ui::WindowStart startOf(const WindowOptions &options)
{
    ui::WindowStart start = options.start;
    const std::filesystem::path mini = bundledMinis() / kFirstMini;
    std::error_code error;
    if (std::filesystem::is_directory(mini, error))
        start.fallbackPath = QFile::decodeName(mini.c_str());
    return start;
}

} // namespace

int runWindow(QApplication &application, const WindowOptions &options)
{
    QTranslator translator;
    if (!translate(application, translator, options.language))
        return complain(kWrongArguments, QStringLiteral("--language %1: not in this build").arg(options.language));
    const QTemporaryDir scratch;
    QSettings settings(options.makesPicture() ? scratch.filePath(QStringLiteral("settings.ini"))
                                              : QSettings(QSettings::IniFormat, QSettings::UserScope,
                                                          QStringLiteral("modelarium"), QStringLiteral("modelarium"))
                                                    .fileName(),
                       QSettings::IniFormat);
    ThreadedEngineClient engine({.folders = addedFolders(settings)});
    ui::MainWindow window(engine, settings, startOf(options));
    if (!options.start.view.isEmpty() && !window.showView(options.start.view))
        return complain(kWrongArguments, QStringLiteral("--view %1: no such view").arg(options.start.view));
    if (options.size.isValid())
        window.resize(options.size);
    if (options.makesPicture())
        leaveWithPictures(application, window, options);
    window.show();
    window.begin();
    return QApplication::exec();
}

} // namespace app
