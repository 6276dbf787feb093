// SPDX-License-Identifier: GPL-3.0-or-later
// The engine behind the window: one thread of its own, one mutex, one condition variable.
#pragma once

#include "ui/state/engine_client.h"

#include <filesystem>
#include <memory>
#include <vector>

namespace app {

struct EngineClientOptions {
    int threads = 0;                                 // that the engine computes with; 0 = one per physical core
    std::vector<std::filesystem::path> folders = {}; // searched for models beside the bundled minis and caches
};

// Jobs wait in latest-wins slots (loading, running, questions about objectives, searching), served in this order. A new
// one cancels what it supersedes without a word: answers to superseded questions never leave this class. A load also
// cancels the run under way, whose cancelled() is emitted. A run that was asked for before loaded() works on the former
// model and is dropped when loaded() comes first. Signals are emitted on the thread that this object lives in; a failed
// or cancelled load keeps the former model.
class ThreadedEngineClient final : public ui::EngineClient {
    Q_OBJECT
public:
    explicit ThreadedEngineClient(EngineClientOptions options = {}, QObject *parent = nullptr);
    ~ThreadedEngineClient() override;

    ui::RunId load(const QString &path) override; // a path or the name of a bundled mini
    ui::RunId run(engine::TaskRequest request) override;
    ui::RunId ask(ui::ObjectiveQuestion question) override;
    ui::RunId index(ui::IndexJob job) override;
    void stop() override;
    void adopt(const ui::LoadedModelPtr &model) override;
    [[nodiscard]] std::unique_ptr<ui::EngineClient> another() const override;
    void findModels() override;

    void setFolders(std::vector<std::filesystem::path> folders); // for the next findModels()

    bool event(QEvent *event) override;

private:
    class Worker;

    struct Answer; // what the engine's thread has to say
    void deliver(const Answer &answer);
    [[nodiscard]] bool isAwaited(ui::RunId id) const noexcept
    {
        return id == m_latestLoad || id == m_latestRun || id == m_latestQuestion;
    }

    // Only the thread that this object lives in touches these.
    std::uint64_t m_lastId = 0;
    ui::RunId m_latestLoad;
    ui::RunId m_latestRun;
    ui::RunId m_latestQuestion;
    ui::LoadedModelPtr m_model; // that loaded() brought last
    int m_threads;
    std::vector<std::filesystem::path> m_folders;

    std::unique_ptr<Worker> m_worker;
};

} // namespace app
