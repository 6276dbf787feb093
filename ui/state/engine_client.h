// SPDX-License-Identifier: GPL-3.0-or-later
// How the window talks to the engine: never blocking, every answer carries the id of its question, and
// answers to superseded questions never arrive. The application provides the real one (app/core), tests a fake.
#pragma once

#include "engine/objective.h"
#include "engine/objective_model.h"
#include "engine/passage_index.h"
#include "engine/passages.h"
#include "engine/session.h"

#include <QObject>
#include <QString>

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace ui {

struct RunId {
    std::uint64_t value = 0;
    auto operator<=>(const RunId &) const = default;
};

using LoadedModelPtr = std::shared_ptr<const engine::LoadedModel>;
using TaskResultPtr = std::shared_ptr<const engine::TaskResult>;

// A pretraining objective on a text, and what the open model says to it.
struct ObjectiveQuestion {
    engine::ObjectiveRequest request;
    bool wantsModel = false; // also what the model that loaded() brought last predicts, where it can
    QString teacher = {};    // folder of the model that it is compared with; empty: none
};
struct ObjectiveAnswer {
    engine::ObjectiveResult result;
    std::vector<engine::WordPrediction> predictions =
        {}; // one a word; empty: not asked for, or the model reads one way only
    std::optional<engine::Distillation> distillation = {};
    QString teacher = {}; // its name
    QString problem = {}; // what kept the model or its teacher from answering, in words
};
using ObjectiveAnswerPtr = std::shared_ptr<const ObjectiveAnswer>;
enum class IndexAction { Build, Add, Resume };

// Work on an index of passages, by the model that loaded() brought last: it embeds them.
struct IndexJob {
    IndexAction action = IndexAction::Build;
    std::filesystem::path folder = {};
    std::filesystem::path passages = {}; // file or folder; not needed to go on
    engine::ImportOptions import = {};
};

class EngineClient : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    // Latest wins: a new load cancels the one under way. The model in use stays until loaded() arrives.
    virtual RunId load(const QString &path) = 0;
    // Runs on the model that loaded() brought last. Latest wins.
    virtual RunId run(engine::TaskRequest request) = 0;
    // Latest wins among its like; needs no model unless the question does.
    virtual RunId ask(ObjectiveQuestion question) = 0;
    // Takes the place of a run: a later run or job cancels it. indexed() follows, or what follows a run otherwise.
    virtual RunId index(IndexJob job) = 0;
    // Stops what is under way; cancelled() follows within 100 ms.
    virtual void stop() = 0;
    // From now on runs work on this model, as if loaded() had brought it; nothing is emitted.
    virtual void adopt(const LoadedModelPtr &model) = 0;
    // A further client with work of its own, for a second model beside this one.
    [[nodiscard]] virtual std::unique_ptr<EngineClient> another() const = 0;
    // Looks for bundled minis, cached checkpoints and added folders; modelsFound() follows.
    virtual void findModels() = 0;

signals:
    void loaded(ui::RunId id, ui::LoadedModelPtr model);
    void loadFailed(ui::RunId id, const QString &message);
    void finished(ui::RunId id, ui::TaskResultPtr result);
    void runFailed(ui::RunId id, const QString &message);
    void indexed(ui::RunId id, const engine::IndexInfo &info);
    void cancelled(ui::RunId id);
    void answered(ui::RunId id, ui::ObjectiveAnswerPtr answer);
    void refused(ui::RunId id, const QString &why);                              // a question that has no answer
    void progressed(ui::RunId id, const engine::Progress &progress);             // at most 30 times a second
    void tokensGenerated(ui::RunId id, const QString &text, std::int64_t count); // since the last signal; likewise
    void modelsFound(const std::vector<engine::FoundModel> &models);
};

} // namespace ui

Q_DECLARE_METATYPE(ui::RunId)
Q_DECLARE_METATYPE(ui::LoadedModelPtr)
Q_DECLARE_METATYPE(ui::TaskResultPtr)
Q_DECLARE_METATYPE(ui::ObjectiveAnswerPtr)
Q_DECLARE_METATYPE(ui::IndexJob)
Q_DECLARE_METATYPE(engine::Progress)
