// SPDX-License-Identifier: GPL-3.0-or-later
// What is special in how a model works, live: one class a kind of record that a run leaves behind. A view is there
// where the run has such a record, whatever the model is called.
#pragma once

#include "ui/paint/column.h"
#include "ui/paint/heat_map.h"
#include "ui/views/picture_view.h"
#include "ui/views/tables.h"

#include <functional>
#include <vector>

namespace ui {

class MechanismView : public PictureView {
    Q_OBJECT
public:
    explicit MechanismView(SelectionModel &selection, QWidget *parent = nullptr);

    void show(const LoadedModelPtr &model, const TaskResultPtr &result) override;
    // Whether the last result shown has what the view is about.
    [[nodiscard]] bool hasSubject() const noexcept { return m_hasSubject; }
    void paintExport(QPainter &painter, const QSize &size) override;
    [[nodiscard]] QStringList exportExtensions() const override;

signals:
    void chosen(std::int64_t choice) const; // by a click: becomes choice()

protected:
    // Reads a new result. False: it has nothing for this view.
    [[nodiscard]] virtual bool read() = 0;
    // Takes what the selection points at; after read(), and whenever the selection changes.
    virtual void follow() {}
    // Puts the picture together, the strip of told() included.
    virtual void lay(Column &column) const = 0;
    // A view that says how to get a picture while there is none.
    [[nodiscard]] virtual bool staysVisible() const { return false; }
    // The numbers of the picture; asked only where there is a subject.
    [[nodiscard]] virtual NumberTable numbers() const = 0;
    // What the strip says while nothing is pointed at.
    [[nodiscard]] virtual StripText usualText() const = 0;
    // Return and Space act on the selected token.
    virtual void actOnSelection() {}
    // Tokens that the arrow keys walk through; 0: none.
    [[nodiscard]] virtual std::int64_t places() const { return 0; }

    void strip(Column &column) const;
    // What the view lets people choose beside the shared selection, e.g. a round; counted from 0.
    [[nodiscard]] std::int64_t choice() const noexcept { return m_choice; }
    // For what spots do.
    [[nodiscard]] SelectionModel &chooser() const noexcept { return m_chooser; }
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    [[nodiscard]] int pictureHeight(int width) const override;
    void contentsChanged() override;
    void selectionChanged() override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

    // Tokens of one side of a stack as labels.
    [[nodiscard]] std::vector<QString> labelsOf(engine::Stack stack, std::int64_t count) const;

private:
    void tell(const std::optional<StripText> &text);

    SelectionModel &m_chooser;
    std::vector<Spot> m_spots; // of the last painting of the widget
    QRectF m_strip;
    std::optional<StripText> m_told;
    std::int64_t m_choice = 0;
    bool m_hasSubject = false;
};

// The text at an index, or the index itself.
[[nodiscard]] QString labelAt(const std::vector<QString> &labels, std::int64_t index);

// The cells of a square of pairs, painted with its rulers counting from `left`: pointing says, a click acts.
struct PairSpot {
    HeatMapGeometry geometry;
    double left = 0.0;
    std::function<StripText(const Cell &)> say;
    std::function<void(const Cell &)> act;
};
void spotPairs(Column &column, const PairSpot &spot);

} // namespace ui
