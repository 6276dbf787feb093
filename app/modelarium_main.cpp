// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/window_options.h"
#include "core/window_session.h"

#include <QApplication>
#include <QIcon>
#include <QTextStream>

#include <exception>

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("modelarium"));
    QApplication::setOrganizationName(QStringLiteral("modelarium"));
    QApplication::setApplicationDisplayName(QStringLiteral("Modelarium"));
    QApplication::setDesktopFileName(QStringLiteral("org.modelarium.Modelarium"));
    const auto parsed = app::parseWindowOptions(QApplication::arguments());
    if (!parsed.options) {
        QTextStream(parsed.exitCode == 0 ? stdout : stderr) << parsed.text;
        return parsed.exitCode;
    }
    try {
        return app::runWindow(application, *parsed.options);
    } catch (const std::exception &error) {
        QTextStream(stderr) << "modelarium: " << error.what() << '\n';
        return 1;
    }
}
