// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/main_window.h"

#include "ui/panels/task_panel.h"
#include "ui/shell/inspector.h"
#include "ui/shell/main_window_parts.h"
#include "ui/shell/workspace.h"
#include "ui/state/settings_keys.h"
#include "ui/state/texts.h"

#include <QCloseEvent>
#include <QFile>
#include <QFileInfo>
#include <QMimeData>
#include <QSettings>

namespace ui {

MainWindow::MainWindow(EngineClient &engine, QSettings &settings, WindowStart start, QWidget *parent)
    : QMainWindow(parent), m_parts(std::make_unique<Parts>(*this, engine, settings, std::move(start)))
{
    setWindowTitle(QStringLiteral("Modelarium"));
    setAcceptDrops(true);
    m_parts->build();
    m_parts->connectAll();
    m_parts->restoreSession();
    setMinimumSize(760, 480);
}

MainWindow::~MainWindow() = default;

void MainWindow::begin()
{
    Parts &p = *m_parts;
    p.engine.findModels();
    const QString last = p.settings.value(kLastModelKey).toString();
    QString path = p.start.path;
    const bool usesLast = path.isEmpty() && !last.isEmpty() && QFileInfo::exists(last);
    if (path.isEmpty())
        path = usesLast ? last : p.start.fallbackPath;
    const QString task = !p.start.task.isEmpty() || !usesLast ? p.start.task : p.settings.value(kLastTaskKey).toString();
    std::shared_ptr<const engine::Image> image;
    try {
        if (!p.start.image.isEmpty())
            image = std::make_shared<const engine::Image>(engine::readImage(QFile::encodeName(p.start.image).toStdString()));
    } catch (const engine::Error &error) {
        p.settle(QString::fromUtf8(error.what()));
    }
    const auto kind = engine::taskFromId(toUtf8(task));
    if (kind) {
        const bool usesInputs = usesLast && p.start.text.isEmpty() && p.start.task.isEmpty();
        engine::TaskRequest request = fromVariant(usesInputs ? p.settings.value(kLastInputsKey).toMap() : QVariantMap(), *kind);
        if (!p.start.text.isEmpty())
            request.text = toUtf8(p.start.text);
        if (image)
            request.image = image;
        p.workspace->startWith(request);
    } else if (!p.start.text.isEmpty() || image) {
        p.workspace->startWithText(p.start.text, image);
    }
    if (path.isEmpty())
        p.settle(tr("there is no model to open"));
    else
        p.controller.open(path);
}

void MainWindow::openPath(const QString &path)
{
    m_parts->wasOpenedByHand = true;
    m_parts->controller.open(path);
}

View *MainWindow::currentView() const
{
    if (!m_parts->panelView.isEmpty())
        return m_parts->workspace->view(m_parts->panelView);
    return m_parts->inspector->currentView();
}

bool MainWindow::showView(const QString &id)
{
    m_parts->panelView.clear();
    if (m_parts->inspector->showView(id) != nullptr)
        return true;
    if (!panelViewIds().contains(id))
        return false;
    m_parts->panelView = id;
    return true;
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    m_parts->saveSession();
    m_parts->controller.stop();
    QMainWindow::closeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    if (!urls.isEmpty() && urls.front().isLocalFile())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.isEmpty() || !urls.front().isLocalFile())
        return;
    event->acceptProposedAction();
    openPath(urls.front().toLocalFile());
}

} // namespace ui
