// SPDX-License-Identifier: GPL-3.0-or-later
// What the window has open and what it is doing, in one place: the model, the last result, the work under
// way. Asks the engine, listens to its answers, drops those that nobody waits for any more.
#pragma once

#include "ui/state/engine_client.h"

#include <QObject>
#include <QString>

#include <optional>

namespace ui {

enum class Work { None, Loading, Running };

class RunController : public QObject {
    Q_OBJECT
public:
    explicit RunController(EngineClient &engine, QObject *parent = nullptr);

    void open(const QString &path);
    void adopt(const LoadedModelPtr &model); // one that is loaded already
    void run(engine::TaskRequest request);   // nothing happens without a model
    void index(IndexJob job);                // nothing happens without a model
    void stop();
    // Makes a former result the current one (undo, branches). Needs no run.
    void restore(const TaskResultPtr &result);
    void forgetResult(); // another task was chosen: nothing to show until it has run

    // A further engine for a second model, beside the one that this controller asks.
    [[nodiscard]] std::unique_ptr<EngineClient> anotherEngine() const { return m_engine.another(); }

    [[nodiscard]] const LoadedModelPtr &model() const noexcept { return m_model; }
    [[nodiscard]] const TaskResultPtr &result() const noexcept { return m_result; }
    [[nodiscard]] Work work() const noexcept;
    [[nodiscard]] const QString &openingPath() const noexcept { return m_openingPath; }
    [[nodiscard]] const engine::TaskRequest &lastRequest() const noexcept { return m_request; }

signals:
    void modelChanged();
    void resultChanged(); // result() may be null
    void workChanged();
    void progressed(const engine::Progress &progress);
    void streamed(const QString &text, std::int64_t count);
    void loadFailed(const QString &path, const QString &message);
    void runFailed(const QString &message);
    void indexed(const engine::IndexInfo &info);
    void stopped();
    void runEnded(); // finished, failed or stopped: what a screenshot waits for

private:
    void onLoaded(RunId id, const LoadedModelPtr &model);
    void onFinished(RunId id, const TaskResultPtr &result);
    void onCancelled(RunId id);

    EngineClient &m_engine;
    LoadedModelPtr m_model;
    TaskResultPtr m_result;
    engine::TaskRequest m_request;
    std::optional<RunId> m_loadId;
    std::optional<RunId> m_runId;
    QString m_openingPath;
};

} // namespace ui
