// SPDX-License-Identifier: GPL-3.0-or-later
// Which pretraining objective is looked at, on which text, with which seed and which choices taken by hand; asks the
// engine and keeps its last answer.
#pragma once

#include "ui/state/engine_client.h"

#include <QObject>
#include <QTimer>
#include <QVariantMap>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ui {

class ObjectiveController : public QObject {
    Q_OBJECT
public:
    // `shown`: ids of the objectives that there are pictures of, in the order of the list.
    explicit ObjectiveController(std::vector<std::string> shown, QObject *parent = nullptr);

    void setEngine(EngineClient &engine);
    void setActive(bool isActive); // nothing is asked while nobody looks
    void setModel(const LoadedModelPtr &model);
    void setInputs(const QString &text, const QString &pair);

    // Those of the open model's family first; the others after.
    [[nodiscard]] std::vector<const engine::ObjectiveInfo *> own() const;
    [[nodiscard]] std::vector<const engine::ObjectiveInfo *> others() const;
    [[nodiscard]] const engine::ObjectiveInfo &info() const; // of the chosen one

    void choose(const std::string &id);
    void setSeed(std::uint64_t seed);
    void roll();                       // another seed
    void setPair(const QString &pair); // for objectives with a second text; empty: the panel's, or an example
    [[nodiscard]] const QString &pair() const noexcept { return m_ownPair; }
    void setShowsExample(bool shows);
    // What is set by hand for the chosen objective; the text, its pair, id and seed are not looked at.
    void setByHand(engine::ObjectiveRequest options);
    [[nodiscard]] const engine::ObjectiveRequest &byHand() const;
    // The next action in turn at a position: chosen by hand in each way, then the dice's again.
    struct Place {
        std::size_t position = 0;
        bool isSentence = false;
        bool isChosen = false; // as it is shown now
    };
    void cycle(const Place &place);
    void forgetHand(); // the dice decide again
    [[nodiscard]] bool isByHand() const;
    void setTeacher(const QString &folder);
    [[nodiscard]] const QString &teacher() const noexcept { return m_teacher; }

    [[nodiscard]] std::uint64_t seed() const noexcept { return m_seed; }
    [[nodiscard]] engine::ObjectiveRequest request() const;
    [[nodiscard]] bool showsExample() const; // because it was asked for, or the text has too little for this objective
    [[nodiscard]] bool mustShowExample() const;
    [[nodiscard]] std::size_t wordsLeftOut() const; // at the end of a text that is too long for a picture
    [[nodiscard]] const ObjectiveAnswerPtr &answer() const noexcept { return m_answer; } // of answeredRequest()
    [[nodiscard]] const engine::ObjectiveRequest &answeredRequest() const noexcept { return m_answered; }
    [[nodiscard]] const QString &problem() const noexcept { return m_problem; }
    void answerNow(); // for an export of what nobody has looked at yet; without the model
    [[nodiscard]] bool isWaiting() const { return m_later.isActive() || m_asked.has_value(); }

    [[nodiscard]] QVariantMap state() const;
    void restoreState(const QVariantMap &state);

signals:
    void requestChanged();
    void answerChanged();

private:
    void changed(); // ask at once
    void ask();
    void settle(); // the last question has an answer, or none
    [[nodiscard]] QString textShown() const;
    [[nodiscard]] QString pairShown() const;
    [[nodiscard]] bool isOwn(const std::string &id) const;
    void dropPlaces(); // choices that belong to words of the former text

    std::vector<std::string> m_shown;
    EngineClient *m_engine = nullptr;
    QTimer m_later; // after typing
    LoadedModelPtr m_model;
    QString m_text, m_pair, m_ownPair, m_teacher;
    std::string m_id; // empty: the family's first
    std::uint64_t m_seed = 3; // any: another one is a click away
    std::map<std::string, engine::ObjectiveRequest> m_byHand;
    bool m_wantsExample = false;
    bool m_isActive = false;
    bool m_isStale = true;
    std::optional<RunId> m_asked;
    engine::ObjectiveRequest m_askedRequest, m_answered;
    ObjectiveAnswerPtr m_answer;
    QString m_problem;
};

} // namespace ui
