// SPDX-License-Identifier: GPL-3.0-or-later
// What the inspector asks of every view: show a result, name yourself, export your picture and numbers.
#pragma once

#include "ui/state/engine_client.h"
#include "ui/state/selection_model.h"

#include <QString>
#include <QVariantMap>
#include <QWidget>

class QContextMenuEvent;
class QPainter;

namespace ui {

// What else the same text is to be run with, by a view's wish; what is absent stays as it was.
struct RunChange {
    // These see all and are seen by all; none: as the task has it by default.
    std::optional<std::vector<std::int64_t>> globalTokens = {};
    std::optional<std::int64_t> hashRounds = {};
    std::optional<std::int64_t> segmentLength = {};
    bool operator==(const RunChange &) const = default;
};

class View : public QWidget {
    Q_OBJECT
public:
    explicit View(SelectionModel &selection, QWidget *parent = nullptr);

    // Both may be null: then the view shows how to get a picture. Cheap: paint lazily.
    virtual void show(const LoadedModelPtr &model, const TaskResultPtr &result) = 0;

    // Of the task panel, as they are edited; called when they change.
    virtual void setInputs(const engine::TaskRequest & /*inputs*/) {}
    // For views that ask the engine something themselves; called once.
    virtual void setEngine(EngineClient & /*engine*/) {}
    [[nodiscard]] virtual bool isWaiting() const { return false; } // for an answer: the picture will change

    // What a session remembers of the view.
    [[nodiscard]] virtual QVariantMap state() const { return {}; }
    virtual void restoreState(const QVariantMap & /*state*/) {}

    // What else there is on this machine, for views that compare; called when the list changes.
    virtual void setModels(const std::vector<engine::FoundModel> & /*models*/) {}

    [[nodiscard]] virtual QString viewId() const = 0; // of --view: "attention", "lines", "grid", …

    // Paints the view's picture, without scroll bars and controls, into a rectangle of that logical size.
    virtual void paintExport(QPainter &painter, const QSize &size) = 0;
    // .png (at `scale`), .svg, .pdf pictures; .csv, .json, .npy numbers where the view has some.
    // Returns an empty string, or what went wrong in words.
    [[nodiscard]] virtual QString exportTo(const QString &file, const QSize &size, double scale);
    [[nodiscard]] virtual QStringList exportExtensions() const; // what exportTo accepts, pictures first

signals:
    // What a menu of the view did or why it could not, in words; for a status bar.
    void said(const QString &message);
    void shown(const ui::TaskResultPtr &result); // by show(), where controls stand around the view
    void rerunAsked(const ui::RunChange &change) const;

protected:
    void contextMenuEvent(QContextMenuEvent *event) override; // copy picture, copy numbers, export
    // Writes numbers for one of the extensions that exportExtensions() adds. Default: none.
    [[nodiscard]] virtual QString exportNumbers(const QString &file);
    [[nodiscard]] SelectionModel &selection() noexcept { return m_selection; }
    [[nodiscard]] const SelectionModel &selection() const noexcept { return m_selection; }

private:
    [[nodiscard]] QString exportPicture(const QString &file, const QSize &size, double scale);
    void copyPicture();
    void copyNumbers();
    void askWhereToExport();

    SelectionModel &m_selection;
};

} // namespace ui
