// SPDX-License-Identifier: GPL-3.0-or-later
// What every task panel is: inputs that make a request, a place for the answer. One class a task kind,
// shared by all families that have it.
#pragma once

#include "ui/state/engine_client.h"
#include "ui/state/selection_model.h"

#include <QVariantMap>
#include <QWidget>

#include <vector>

class QUndoStack;
class QVBoxLayout;

namespace ui {

class ExampleRow;
class View;

struct PanelContext {
    SelectionModel &selection;
    QUndoStack &undo;
};

// A result and what to hold it against (null: nothing).
struct ShownRun {
    TaskResultPtr result;
    TaskResultPtr baseline;
    QString baselineName; // a phrase: "the run before: “…”"
};

class TaskPanel : public QWidget {
    Q_OBJECT
public:
    TaskPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskKind task() const noexcept { return m_task; }
    void setModel(const LoadedModelPtr &model);
    [[nodiscard]] const LoadedModelPtr &model() const noexcept { return m_model; }
    void setExamples(std::vector<engine::TaskRequest> examples);
    [[nodiscard]] const std::vector<engine::TaskRequest> &examples() const noexcept { return m_examples; }

    [[nodiscard]] virtual engine::TaskRequest request() const = 0;
    virtual void setRequest(const engine::TaskRequest &request) = 0; // fills the inputs; undoable
    // Why it cannot be run as it stands, in words; empty: it can.
    [[nodiscard]] virtual QString obstacle() const;
    virtual void showRun(const ShownRun &run) = 0; // a null result hides the answer
    virtual void showStream(const QString &text, std::int64_t count);
    virtual void showIndex(const engine::IndexInfo &info); // after work on an index that this panel asked for
    virtual void focusInput() = 0;
    virtual void setSearch(const engine::GenerationOptions & /*options*/) {} // where a panel searches; not undoable
    // Views that stand in the panel now: they are exported like those of the inspector.
    [[nodiscard]] virtual std::vector<View *> views() const { return {}; }

signals:
    void runRequested();
    void resultChosen(const ui::TaskResultPtr &result); // a former run is to be shown again
    void inputsEdited();
    void indexRequested(const ui::IndexJob &job);

protected:
    virtual void modelChanged() {}
    [[nodiscard]] QVBoxLayout &column() noexcept { return *m_column; }
    [[nodiscard]] SelectionModel &selection() const noexcept { return m_context.selection; }
    [[nodiscard]] QUndoStack &undo() noexcept { return m_context.undo; }
    void addExamplesHere(); // the row of examples goes to this place of the column

private:
    engine::TaskKind m_task;
    PanelContext m_context;
    LoadedModelPtr m_model;
    std::vector<engine::TaskRequest> m_examples;
    QVBoxLayout *m_column;
    ExampleRow *m_exampleRow;
};

// Tokens by which the request exceeds the model's positions; 0: it fits. Texts of more than
// kMostPreviewed characters are not counted on the UI's thread: then −1 when they surely do not fit.
inline constexpr qsizetype kMostPreviewed = 20'000;
[[nodiscard]] std::int64_t tokensOver(const LoadedModelPtr &model, const engine::TaskRequest &request);

// Inputs as a session keeps them.
[[nodiscard]] QVariantMap toVariant(const engine::TaskRequest &request);
[[nodiscard]] engine::TaskRequest fromVariant(const QVariantMap &values, engine::TaskKind task);

} // namespace ui
