// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/run_controller.h"

namespace ui {

RunController::RunController(EngineClient &engine, QObject *parent) : QObject(parent), m_engine(engine)
{
    connect(&engine, &EngineClient::loaded, this, &RunController::onLoaded);
    connect(&engine, &EngineClient::finished, this, &RunController::onFinished);
    connect(&engine, &EngineClient::cancelled, this, &RunController::onCancelled);
    connect(&engine, &EngineClient::loadFailed, this, [this](RunId id, const QString &message) {
        if (m_loadId != id)
            return;
        m_loadId.reset();
        emit workChanged();
        emit loadFailed(m_openingPath, message);
    });
    connect(&engine, &EngineClient::runFailed, this, [this](RunId id, const QString &message) {
        if (m_runId != id)
            return;
        m_runId.reset();
        emit workChanged();
        emit runFailed(message);
        emit runEnded();
    });
    connect(&engine, &EngineClient::progressed, this, [this](RunId id, const engine::Progress &progress) {
        if (m_loadId == id || m_runId == id)
            emit progressed(progress);
    });
    connect(&engine, &EngineClient::indexed, this, [this](RunId id, const engine::IndexInfo &info) {
        if (m_runId != id)
            return;
        m_runId.reset();
        emit workChanged();
        emit indexed(info);
        emit runEnded();
    });
    connect(&engine, &EngineClient::tokensGenerated, this, [this](RunId id, const QString &text, std::int64_t count) {
        if (m_runId == id)
            emit streamed(text, count);
    });
}

Work RunController::work() const noexcept
{
    if (m_loadId)
        return Work::Loading;
    return m_runId ? Work::Running : Work::None;
}

void RunController::open(const QString &path)
{
    m_openingPath = path;
    m_loadId = m_engine.load(path);
    emit workChanged();
}

void RunController::adopt(const LoadedModelPtr &model)
{
    m_engine.adopt(model);
    m_loadId.reset();
    m_runId.reset();
    m_model = model;
    m_result.reset();
    emit workChanged();
    emit modelChanged();
}

void RunController::run(engine::TaskRequest request)
{
    if (!m_model)
        return;
    // The views are drawn from what the run leaves behind; more than this is dropped by the engine and said.
    constexpr std::size_t kTraceBytes = std::size_t{512} << 20;
    request.trace = {.wantsHiddenStates = true,
                     .wantsAttentions = true,
                     .wantsQueryKey = true,
                     .wantsValues = true,
                     .wantsMechanisms = true,
                     .maxBytes = kTraceBytes};
    m_request = request;
    m_runId = m_engine.run(std::move(request));
    emit workChanged();
}

void RunController::index(IndexJob job)
{
    if (!m_model)
        return;
    m_runId = m_engine.index(std::move(job));
    emit workChanged();
}

void RunController::stop()
{
    if (work() != Work::None)
        m_engine.stop();
}

void RunController::restore(const TaskResultPtr &result)
{
    if (m_result == result)
        return;
    m_result = result;
    emit resultChanged();
}

void RunController::forgetResult()
{
    restore(nullptr);
}

void RunController::onLoaded(RunId id, const LoadedModelPtr &model)
{
    if (m_loadId != id)
        return;
    m_loadId.reset();
    m_runId.reset(); // it belonged to the former model
    m_model = model;
    m_result.reset();
    emit workChanged();
    emit modelChanged();
}

void RunController::onFinished(RunId id, const TaskResultPtr &result)
{
    if (m_runId != id)
        return;
    m_runId.reset();
    m_result = result;
    emit workChanged();
    emit resultChanged();
    emit runEnded();
}

void RunController::onCancelled(RunId id)
{
    const bool wasRun = m_runId == id;
    if (!wasRun && m_loadId != id)
        return;
    (wasRun ? m_runId : m_loadId).reset();
    emit workChanged();
    emit stopped();
    if (wasRun)
        emit runEnded();
}

} // namespace ui
