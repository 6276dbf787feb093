// SPDX-License-Identifier: GPL-3.0-or-later
// A picture to give: dropped, pasted or opened from a file.
#pragma once

#include "ui/shell/card.h"

#include "engine/image.h"

#include <memory>

class QMimeData;
class QUndoStack;

namespace ui {

using ImagePtr = std::shared_ptr<const engine::Image>;

class PillButton;
class RegionPicture;

class PictureCard : public Card {
    Q_OBJECT
public:
    explicit PictureCard(QUndoStack &undo, QWidget *parent = nullptr);

    [[nodiscard]] const ImagePtr &image() const noexcept { return m_image; }
    void setImage(const ImagePtr &image); // undoable
    void load(const QString &path);       // read beside the window's thread; what is wrong with it is said in the card
    void paste();
    [[nodiscard]] QString problem() const; // of the last file; empty: none

signals:
    void imageChanged();
    void imageGiven(); // by hand: worth a run

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    class Change;
    void build();
    void adopt(const ImagePtr &image); // without undo
    void take(const QMimeData &given);
    void chooseFile();
    void loaded(int request, const ImagePtr &image, const QString &problem);

    QUndoStack &m_undo;
    ImagePtr m_image;
    RegionPicture *m_picture;
    DimLabel *m_about;
    DimLabel *m_problem;
    int m_request = 0; // the last file that was asked for; former ones come too late
};

} // namespace ui
