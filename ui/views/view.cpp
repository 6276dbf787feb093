// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/view.h"

#include "ui/state/theme.h"
#include "ui/views/tables.h"

#include <QBuffer>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QImage>
#include <QMenu>
#include <QPainter>
#include <QPdfWriter>
#include <QSvgGenerator>
#include <QTemporaryDir>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr int kMaxPictureSide = 32000; // pixels; Qt's rasteriser ends there
constexpr int kPdfResolution = 1200;   // dots an inch
constexpr double kPixelsPerInch = 96.0;
constexpr qint64 kMaxClipboardBytes = 64LL << 20;

const QStringList &pictureExtensions()
{
    static const QStringList extensions{QStringLiteral("png"), QStringLiteral("svg"), QStringLiteral("pdf")};
    return extensions;
}

QString extensionOf(const QString &file)
{
    return QFileInfo(file).suffix().toLower();
}

} // namespace

View::View(SelectionModel &selection, QWidget *parent) : QWidget(parent), m_selection(selection) {}

QStringList View::exportExtensions() const
{
    return pictureExtensions();
}

QString View::exportNumbers(const QString &file)
{
    return tr("%1: this view has no numbers to write").arg(file);
}

QString View::exportTo(const QString &file, const QSize &size, double scale)
{
    const QString extension = extensionOf(file);
    if (!exportExtensions().contains(extension))
        return tr("%1: expected one of .%2").arg(file, exportExtensions().join(QStringLiteral(", .")));
    if (!pictureExtensions().contains(extension))
        return exportNumbers(file);
    return exportPicture(file, size, scale);
}

QString View::exportPicture(const QString &file, const QSize &size, double scale)
{
    const double longest = std::max(size.width(), size.height()) * scale;
    if (size.isEmpty() || !(scale > 0.0) || longest > kMaxPictureSide)
        return tr("%1: a picture of %2 × %3 at scale %4 is not possible; the longest side may have %5 pixels")
            .arg(file)
            .arg(size.width())
            .arg(size.height())
            .arg(scale)
            .arg(kMaxPictureSide);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    const QRectF ground(QPointF(0, 0), QSizeF(size));
    const auto paintOn = [&](QPaintDevice &device, double factor) {
        QPainter painter(&device);
        painter.scale(factor, factor);
        painter.fillRect(ground, Theme::current().card);
        paintExport(painter, size);
    };
    if (extensionOf(file) == QLatin1String("png")) {
        QImage image((QSizeF(size) * scale).toSize().expandedTo(QSize(1, 1)), QImage::Format_ARGB32_Premultiplied);
        if (image.isNull())
            return tr("%1: not enough memory for a picture of that size").arg(file);
        image.setDevicePixelRatio(scale);
        image.fill(Theme::current().card);
        paintOn(image, 1.0);
        image.save(&buffer, "PNG");
    } else if (extensionOf(file) == QLatin1String("svg")) {
        QSvgGenerator generator;
        generator.setOutputDevice(&buffer);
        generator.setSize(size);
        generator.setViewBox(ground);
        generator.setResolution(static_cast<int>(kPixelsPerInch));
        generator.setTitle(windowTitle());
        paintOn(generator, 1.0);
    } else {
        QPdfWriter writer(&buffer);
        writer.setPageSize(QPageSize(QSizeF(size) * 72.0 / kPixelsPerInch, QPageSize::Point, {}, QPageSize::ExactMatch));
        writer.setPageMargins(QMarginsF());
        writer.setResolution(kPdfResolution);
        writer.setTitle(windowTitle());
        paintOn(writer, kPdfResolution / kPixelsPerInch);
    }
    buffer.close();
    return writeWholeFile(file, bytes);
}

void View::contextMenuEvent(QContextMenuEvent *event)
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("Copy picture"), this, &View::copyPicture);
    if (exportExtensions().contains(QLatin1String("csv")))
        menu->addAction(tr("Copy numbers"), this, &View::copyNumbers);
    menu->addSeparator();
    menu->addAction(tr("Export…"), this, &View::askWhereToExport);
    menu->popup(event->globalPos());
    event->accept();
}

void View::copyPicture()
{
    const double scale = devicePixelRatioF();
    QImage image((QSizeF(size()) * scale).toSize().boundedTo(QSize(kMaxPictureSide, kMaxPictureSide)),
                 QImage::Format_ARGB32_Premultiplied);
    if (image.isNull())
        return;
    image.setDevicePixelRatio(scale);
    image.fill(Theme::current().card);
    QPainter painter(&image);
    paintExport(painter, size());
    painter.end();
    QGuiApplication::clipboard()->setImage(image);
    emit said(tr("The picture is on the clipboard."));
}

void View::copyNumbers()
{
    // The exported file itself, so that what is copied is what is written.
    const QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("numbers.csv"));
    QString problem = folder.isValid() ? exportNumbers(file) : folder.errorString();
    QFile in(file);
    if (problem.isEmpty() && !in.open(QIODevice::ReadOnly))
        problem = in.errorString();
    if (problem.isEmpty() && in.size() > kMaxClipboardBytes)
        problem = tr("That is too much for the clipboard; export it into a file instead.");
    if (!problem.isEmpty()) {
        emit said(problem);
        return;
    }
    QGuiApplication::clipboard()->setText(QString::fromUtf8(in.readAll()));
    emit said(tr("The numbers are on the clipboard, as comma-separated text."));
}

void View::askWhereToExport()
{
    auto *dialog = new QFileDialog(this, tr("Export"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    QStringList filters;
    for (const QString &extension : exportExtensions())
        filters << tr("%1 file (*.%2)").arg(extension.toUpper(), extension);
    dialog->setNameFilters(filters);
    dialog->setDefaultSuffix(exportExtensions().constFirst());
    dialog->selectFile(viewId());
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog, this](const QString &filter) {
        for (const QString &extension : exportExtensions())
            if (filter.contains(QStringLiteral("*.") + extension))
                dialog->setDefaultSuffix(extension);
    });
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &file) {
        const QString problem = exportTo(file, size(), std::max(2.0, devicePixelRatioF()));
        emit said(problem.isEmpty() ? tr("Written: %1").arg(file) : problem);
    });
    dialog->open();
}

} // namespace ui
