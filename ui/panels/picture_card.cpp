// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/picture_card.h"

#include "ui/panels/region_picture.h"
#include "ui/shell/pill_button.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include "engine/error.h"

#include <QAction>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QMimeData>
#include <QPointer>
#include <QThreadPool>
#include <QUndoCommand>
#include <QUndoStack>
#include <QUrl>
#include <QVBoxLayout>

namespace ui {

namespace {

constexpr QSize kThumbnail(128, 88);

QString firstLocalFile(const QMimeData &data)
{
    for (const QUrl &url : data.urls())
        if (url.isLocalFile() && QFileInfo(url.toLocalFile()).isFile())
            return url.toLocalFile();
    return {};
}

bool hasPicture(const QMimeData &data)
{
    return data.hasImage() || !firstLocalFile(data).isEmpty();
}

} // namespace

class PictureCard::Change : public QUndoCommand {
public:
    Change(PictureCard &card, ImagePtr image)
        : QUndoCommand(PictureCard::tr("another picture")), m_card(&card), m_before(card.m_image),
          m_after(std::move(image))
    {
    }
    void undo() override { set(m_before); }
    void redo() override { set(m_after); }

private:
    void set(const ImagePtr &image)
    {
        if (m_card)
            m_card->adopt(image);
    }
    QPointer<PictureCard> m_card;
    ImagePtr m_before, m_after;
};

PictureCard::PictureCard(QUndoStack &undo, QWidget *parent)
    : Card(tr("Picture"), tr("drop one here, paste it, or open a PNG, JPEG or WebP file"), parent), m_undo(undo),
      m_picture(new RegionPicture), m_about(new DimLabel), m_problem(new DimLabel)
{
    setAcceptDrops(true);
    build();
    auto *pasteHere = new QAction(tr("Paste a picture"), this);
    pasteHere->setShortcut(QKeySequence::Paste);
    pasteHere->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    addAction(pasteHere);
    connect(pasteHere, &QAction::triggered, this, &PictureCard::paste);
    adopt(nullptr);
}

void PictureCard::build()
{
    m_picture->setFixedSize(scaled(kThumbnail.width()), scaled(kThumbnail.height()));
    m_picture->setFocusPolicy(Qt::NoFocus);
    m_picture->setAccessibleName(tr("Picture"));
    auto *open = new PillButton(tr("Open…"), PillKind::Plain);
    auto *pasteButton = new PillButton(tr("Paste"), PillKind::Plain);
    connect(open, &PillButton::clicked, this, &PictureCard::chooseFile);
    connect(pasteButton, &PillButton::clicked, this, &PictureCard::paste);
    addToHeading(open);
    addToHeading(pasteButton);
    auto *words = new QVBoxLayout;
    words->addWidget(m_about);
    words->addWidget(m_problem);
    words->addStretch(1);
    auto *row = new QHBoxLayout;
    row->setSpacing(2 * kGrid);
    row->addWidget(m_picture);
    row->addLayout(words, 1);
    body().addLayout(row);
}

void PictureCard::setImage(const ImagePtr &image)
{
    if (image != m_image)
        m_undo.push(new Change(*this, image));
}

void PictureCard::adopt(const ImagePtr &image)
{
    ++m_request; // a file that is still being read comes too late
    m_image = image;
    m_picture->setImage(image);
    m_picture->setVisible(image != nullptr);
    m_problem->hide();
    m_problem->clear();
    if (!image) {
        m_about->setText(tr("No picture yet."));
    } else {
        const QString name =
            image->file.empty() ? tr("pasted") : QFileInfo(QFile::decodeName(image->file.c_str())).fileName();
        m_about->setText(tr("%1 · %2 × %3 pixels").arg(name, groupedText(image->width), groupedText(image->height)));
    }
    emit imageChanged();
}

void PictureCard::load(const QString &path)
{
    const int request = ++m_request;
    m_about->setText(tr("Reading %1 …").arg(QFileInfo(path).fileName()));
    const std::filesystem::path file(QFile::encodeName(path).toStdString());
    QThreadPool::globalInstance()->start([card = QPointer<PictureCard>(this), application = qApp, request, file] {
        ImagePtr image;
        QString problem;
        try {
            image = std::make_shared<const engine::Image>(engine::readImage(file));
        } catch (const engine::Error &error) {
            problem = QString::fromUtf8(error.what());
        } catch (const std::bad_alloc &) {
            problem = tr("%1: does not fit into memory").arg(QFile::decodeName(file.c_str()));
        }
        // By way of the application: the card may be gone by then, and only its own thread knows.
        QMetaObject::invokeMethod(application, [card, request, image, problem] {
            if (card)
                card->loaded(request, image, problem);
        });
    });
}

void PictureCard::loaded(int request, const ImagePtr &image, const QString &problem)
{
    if (request != m_request)
        return;
    if (image) {
        setImage(image);
        emit imageGiven();
        return;
    }
    adopt(m_image); // says again what stands there
    m_problem->setText(problem);
    m_problem->show();
}

QString PictureCard::problem() const
{
    return m_problem->text();
}

void PictureCard::take(const QMimeData &given)
{
    if (const QString file = firstLocalFile(given); !file.isEmpty()) {
        load(file);
        return;
    }
    const QImage image = qvariant_cast<QImage>(given.imageData());
    if (image.isNull())
        return;
    setImage(std::make_shared<const engine::Image>(fromQImage(image)));
    emit imageGiven();
}

void PictureCard::paste()
{
    const QMimeData *given = QGuiApplication::clipboard()->mimeData();
    if (given != nullptr && hasPicture(*given)) {
        take(*given);
        return;
    }
    m_problem->setText(tr("There is no picture in the clipboard."));
    m_problem->show();
}

void PictureCard::chooseFile()
{
    auto *dialog = new QFileDialog(this, tr("Open a picture"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Pictures (*.png *.jpg *.jpeg *.webp)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, &PictureCard::load);
    dialog->open();
}

void PictureCard::dragEnterEvent(QDragEnterEvent *event)
{
    if (hasPicture(*event->mimeData()))
        event->acceptProposedAction();
}

void PictureCard::dropEvent(QDropEvent *event)
{
    event->acceptProposedAction();
    take(*event->mimeData());
}

} // namespace ui
