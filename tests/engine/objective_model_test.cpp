// SPDX-License-Identifier: GPL-3.0-or-later
// Objectives with checkpoints: predictions under an order, losses between a student and a teacher.
#include "engine/error.h"
#include "engine/objective.h"
#include "engine/objective_model.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <functional>

using namespace engine;

namespace {

std::shared_ptr<const LoadedModel> openFixture(const std::string &name)
{
    return openModel(std::string(MODELARIUM_FIXTURES "/models/") + name, {.threads = 2}, {});
}

QString messageOf(const std::function<void()> &call)
{
    try {
        call();
    } catch (const Error &error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

} // namespace

class ObjectiveModelTest : public QObject {
    Q_OBJECT

private slots:
    void theFirstOfAnOrderHasNothingToGoBy()
    {
        const auto model = openFixture("xlnet/text-generation-clamped");
        QVERIFY(predictsInOrder(*model));
        const auto words = predictInOrder(*model, {.text = "the small cat sleeps", .order = {2, 0, 3, 1}}, {});
        QCOMPARE(words.size(), std::size_t{4});
        QVERIFY(!words[2].probability);
        for (const std::size_t i : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
            QVERIFY(words[i].probability && *words[i].probability > 0.0 && *words[i].probability < 1.0);
            QCOMPARE(words[i].best.size(), std::size_t{3});
            QVERIFY(words[i].best[0].probability >= words[i].best[1].probability);
        }
    }

    // Nobody sees the word whose turn is last, so that changing it changes no other prediction.
    void theLastOfAnOrderIsSeenByNobody()
    {
        const auto model = openFixture("xlnet/text-generation-clamped");
        const std::vector<std::size_t> order{3, 0, 2, 1};
        const auto one = predictInOrder(*model, {.text = "a b c d", .order = order}, {});
        const auto other = predictInOrder(*model, {.text = "a a c d", .order = order}, {});
        for (const std::size_t i : {std::size_t{0}, std::size_t{2}})
            QVERIFY(std::abs(*one[i].probability - *other[i].probability) < 1e-7);
        QVERIFY(one[1].best.front().id == other[1].best.front().id); // it does not see itself either
        // The first of the order is seen by all.
        const auto changed = predictInOrder(*model, {.text = "a b c a", .order = order}, {});
        QVERIFY(std::abs(*one[0].probability - *changed[0].probability) > 1e-9);
    }

    void onlyTargetsArePredicted()
    {
        const auto model = openFixture("xlnet/text-generation-clamped");
        const auto words = predictInOrder(*model, {.text = "a b c d", .order = {3, 0, 2, 1}, .predicted = 2}, {});
        QVERIFY(!words[0].probability && !words[3].probability);
        QVERIFY(words[1].probability && words[2].probability);
    }

    void whatCannotBePredictedIsNamed()
    {
        const auto model = openFixture("xlnet/text-generation-clamped");
        QVERIFY(messageOf([&] {
                    static_cast<void>(predictInOrder(*model, {.text = "a b", .order = {0, 0}}, {}));
                }).contains(QStringLiteral("order")));
        const auto bert = openFixture("bert/fill-mask-legacy");
        QVERIFY(!predictsInOrder(*bert));
        QVERIFY(messageOf([&] {
                    static_cast<void>(predictInOrder(*bert, {.text = "a b", .order = {0, 1}}, {}));
                }).contains(QStringLiteral("one direction")));
    }

    void aModelIsItsOwnPerfectTeacher()
    {
        const auto model = openFixture("bert/fill-mask-legacy");
        const auto losses = distil(*model, *model, {.text = "The cat sleeps on the mat.", .seed = 3}, {});
        QVERIFY(std::abs(losses.distillation) < 1e-6);
        QVERIFY(losses.cosine && std::abs(*losses.cosine) < 1e-6);
        QVERIFY(losses.words > 0.0);
        QVERIFY(std::abs(losses.total - 2.0 * losses.words) < 1e-5);
        QVERIFY(std::ranges::any_of(losses.tokens, [](const auto &token) { return token.words.has_value(); }));
        QVERIFY(std::ranges::all_of(losses.tokens, [](const auto &t) { return t.studentWord == t.teacherWord; }));
    }

    void aTeacherOfAnotherVocabularyIsRefused()
    {
        const auto student = openFixture("distilbert/fill-mask-sinusoidal");
        const auto teacher = openFixture("albert/pretraining");
        const QString message =
            messageOf([&] { static_cast<void>(distil(*student, *teacher, {.text = "The cat sleeps."}, {})); });
        QVERIFY2(message.contains(QStringLiteral("vocabulary")), qPrintable(message));
        QVERIFY(messageOf([&] {
                    static_cast<void>(distil(*student, *student, {.text = "a", .temperature = 0.0}, {}));
                }).contains(QStringLiteral("temperature")));
    }
};

QTEST_GUILESS_MAIN(ObjectiveModelTest)
#include "objective_model_test.moc"
