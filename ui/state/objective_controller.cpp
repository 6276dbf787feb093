// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/objective_controller.h"

#include "ui/state/texts.h"

#include <QRandomGenerator>

#include <algorithm>

namespace ui {

namespace {

using engine::ObjectiveInfo;
using engine::ObjectiveOption;

constexpr int kTypingMs = 120;
constexpr std::uint64_t kSeeds = 1'000'000; // that a roll chooses from: short enough to be told to somebody

// Where a text has too little for an objective, so that nobody meets an empty page.
constexpr std::size_t kMostWords = 160; // pictures of who sees whom grow with the square
constexpr char kDocument[] =
    "Anna bakes dark bread in the morning. The bread of Anna is warm. A small cat sleeps near the "
    "warm stove. At noon Anna sells her bread at the market.";
constexpr char kOtherDocument[] = "Ships carry grain to the coast. The harbour is quiet at night.";

struct Example {
    const char *objective;
    const char *text;
    const char *pair = "";
    std::vector<engine::ForcedChoice> forced = {}; // instead of the dice, until somebody chooses
};

// Those of the papers, or of the overview of models; other objectives take a document.
const Example *exampleOf(const std::string &objective)
{
    static const std::vector<Example> kExamples{
        {.objective = "bert-masking", .text = "My dog is hairy and likes long walks near the river ."},
        {.objective = "electra", .text = "The chef cooked the meal ."},
        {.objective = "xlm", .text = "The curtains were blue .", .pair = "Les rideaux étaient bleus ."},
        {.objective = "t5-span-corruption",
         .text = "My dog is very cute .",
         .forced = {{0, "none"}, {1, "chosen"}, {2, "chosen"}, {3, "none"}, {4, "chosen"}, {5, "none"}}},
    };
    const auto found = std::ranges::find_if(kExamples, [&](const Example &e) { return objective == e.objective; });
    return found == kExamples.end() ? nullptr : &*found;
}

const ObjectiveInfo *infoOf(const std::string &id)
{
    const auto all = engine::allObjectives();
    const auto found = std::ranges::find(all, id, &ObjectiveInfo::id);
    return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> objectivesOf(const LoadedModelPtr &model)
{
    std::vector<std::string> ids;
    if (model)
        for (const ObjectiveInfo *info : engine::objectivesOf(model->info().familyId))
            ids.push_back(info->id);
    return ids;
}

const std::string *forcedAt(const engine::ObjectiveRequest &hand, std::size_t position,
                            const std::vector<std::string> &actions)
{
    for (const auto &choice : hand.forced)
        if (choice.position == position && std::ranges::find(actions, choice.action) != actions.end())
            return &choice.action;
    return nullptr;
}

} // namespace

ObjectiveController::ObjectiveController(std::vector<std::string> shown, QObject *parent)
    : QObject(parent), m_shown(std::move(shown))
{
    m_later.setSingleShot(true);
    m_later.setInterval(kTypingMs);
    connect(&m_later, &QTimer::timeout, this, &ObjectiveController::ask);
}

void ObjectiveController::setEngine(EngineClient &engine)
{
    m_engine = &engine;
    connect(&engine, &EngineClient::answered, this, [this](RunId id, const ObjectiveAnswerPtr &answer) {
        if (m_asked != id)
            return;
        m_answer = answer;
        m_problem = answer->problem;
        settle();
    });
    connect(&engine, &EngineClient::refused, this, [this](RunId id, const QString &why) {
        if (m_asked != id)
            return;
        m_answer.reset();
        m_problem = why;
        settle();
    });
    connect(&engine, &EngineClient::cancelled, this, [this](RunId id) {
        if (m_asked != id)
            return;
        m_asked.reset();
        m_isStale = true;
        m_later.start(); // it was stopped on behalf of something else
    });
}

void ObjectiveController::settle()
{
    m_asked.reset();
    m_answered = m_askedRequest;
    emit answerChanged();
}

void ObjectiveController::setActive(bool isActive)
{
    m_isActive = isActive;
    if (m_isActive && m_isStale)
        ask();
}

void ObjectiveController::setModel(const LoadedModelPtr &model)
{
    if (m_model == model)
        return;
    const bool isOtherFamily = m_model && objectivesOf(m_model) != objectivesOf(model);
    m_model = model;
    if (isOtherFamily)
        m_id.clear(); // show what that one was trained with
    changed();
}

void ObjectiveController::setInputs(const QString &text, const QString &pair)
{
    if (m_text == text && m_pair == pair)
        return;
    const auto wordsBefore = engine::objectiveWords(toUtf8(m_text)).size();
    m_text = text;
    m_pair = pair;
    if (wordsBefore != engine::objectiveWords(toUtf8(m_text)).size())
        dropPlaces();
    m_isStale = true;
    if (m_isActive)
        m_later.start();
    emit requestChanged();
}

void ObjectiveController::dropPlaces()
{
    for (auto &[id, hand] : m_byHand) {
        hand.forced.clear();
        hand.order.clear();
        hand.sentence.reset();
        hand.predicted.reset();
    }
}

std::vector<const ObjectiveInfo *> ObjectiveController::own() const
{
    std::vector<const ObjectiveInfo *> out;
    for (const std::string &id : objectivesOf(m_model))
        if (const ObjectiveInfo *found = infoOf(id); found != nullptr && std::ranges::count(m_shown, id) > 0)
            out.push_back(found);
    return out;
}

bool ObjectiveController::isOwn(const std::string &id) const
{
    return std::ranges::count(objectivesOf(m_model), id) > 0;
}

std::vector<const ObjectiveInfo *> ObjectiveController::others() const
{
    std::vector<const ObjectiveInfo *> out;
    for (const std::string &id : m_shown)
        if (const ObjectiveInfo *found = infoOf(id); found != nullptr && !isOwn(id))
            out.push_back(found);
    return out;
}

const ObjectiveInfo &ObjectiveController::info() const
{
    if (const ObjectiveInfo *chosen = infoOf(m_id))
        return *chosen;
    const auto first = own();
    return first.empty() ? *others().front() : *first.front();
}

void ObjectiveController::choose(const std::string &id)
{
    if (m_id == id)
        return;
    m_id = id;
    changed();
}

void ObjectiveController::setSeed(std::uint64_t seed)
{
    if (m_seed == seed)
        return;
    m_seed = seed;
    changed();
}

void ObjectiveController::roll()
{
    setSeed((m_seed + 1 + QRandomGenerator::global()->bounded(static_cast<quint32>(kSeeds - 1))) % kSeeds);
}

void ObjectiveController::setPair(const QString &pair)
{
    if (m_ownPair == pair)
        return;
    m_ownPair = pair;
    m_isStale = true;
    m_later.start();
    emit requestChanged();
}

void ObjectiveController::setShowsExample(bool shows)
{
    if (m_wantsExample == shows)
        return;
    m_wantsExample = shows;
    dropPlaces();
    changed();
}

void ObjectiveController::setByHand(engine::ObjectiveRequest options)
{
    m_byHand[info().id] = std::move(options);
    changed();
}

const engine::ObjectiveRequest &ObjectiveController::byHand() const
{
    static const engine::ObjectiveRequest kNothing;
    const auto found = m_byHand.find(info().id);
    return found == m_byHand.end() ? kNothing : found->second;
}

void ObjectiveController::cycle(const Place &place)
{
    std::vector<std::string> ways; // of being chosen; the last is not to be
    for (const std::string &action : info().actions)
        if (action.ends_with("gap") == place.isSentence)
            ways.push_back(action);
    if (ways.empty())
        return;
    engine::ObjectiveRequest hand = byHand();
    const std::string *forced = forcedAt(hand, place.position, ways);
    std::string next; // empty: the dice's
    if (forced == nullptr)
        next = place.isChosen ? ways.back() : ways.front();
    else if (const auto at = std::ranges::find(ways, *forced); at + 2 < ways.end())
        next = *(at + 1);
    std::erase_if(hand.forced, [&](const engine::ForcedChoice &choice) {
        return choice.position == place.position && std::ranges::count(ways, choice.action) > 0;
    });
    if (!next.empty())
        hand.forced.push_back({place.position, next});
    setByHand(std::move(hand));
}

void ObjectiveController::forgetHand()
{
    engine::ObjectiveRequest hand = byHand();
    hand.forced.clear();
    hand.order.clear();
    hand.sentence.reset();
    hand.follows.reset();
    setByHand(std::move(hand));
}

bool ObjectiveController::isByHand() const
{
    const auto &hand = byHand();
    return !hand.forced.empty() || !hand.order.empty() || hand.sentence || hand.follows;
}

void ObjectiveController::setTeacher(const QString &folder)
{
    if (m_teacher == folder)
        return;
    m_teacher = folder;
    changed();
}

bool ObjectiveController::mustShowExample() const
{
    const std::string text = toUtf8(m_text);
    return engine::objectiveWords(text).size() < 2 || (info().needsSentences && engine::objectiveSentences(text) < 2);
}

bool ObjectiveController::showsExample() const
{
    return m_wantsExample || mustShowExample();
}

std::size_t ObjectiveController::wordsLeftOut() const
{
    const auto count = engine::objectiveWords(toUtf8(m_text)).size();
    return showsExample() || count <= kMostWords ? 0 : count - kMostWords;
}

QString ObjectiveController::textShown() const
{
    if (!showsExample()) {
        const auto words = engine::objectiveWords(toUtf8(m_text));
        if (words.size() <= kMostWords)
            return m_text;
        const auto end = static_cast<std::int64_t>(words[kMostWords - 1].end);
        return m_text.first(toUtf16(m_text, {.begin = 0, .end = end}).end);
    }
    const Example *example = exampleOf(info().id);
    return QString::fromUtf8(example != nullptr ? example->text : kDocument);
}

QString ObjectiveController::pairShown() const
{
    if (info().pair.empty())
        return {};
    if (!m_ownPair.trimmed().isEmpty())
        return m_ownPair;
    if (const Example *example = exampleOf(info().id); showsExample() && example != nullptr)
        return QString::fromUtf8(example->pair);
    if (!m_pair.trimmed().isEmpty() && !showsExample())
        return m_pair;
    return info().needsPair ? QString::fromLatin1(kOtherDocument) : QString();
}

engine::ObjectiveRequest ObjectiveController::request() const
{
    engine::ObjectiveRequest request = byHand();
    request.id = info().id;
    request.text = toUtf8(textShown());
    request.seed = m_seed;
    if (const Example *example = exampleOf(request.id); showsExample() && example != nullptr && request.forced.empty())
        request.forced = example->forced;
    request.textPair.reset();
    if (const QString pair = pairShown(); !pair.isEmpty())
        request.textPair = toUtf8(pair);
    return request;
}

void ObjectiveController::changed()
{
    m_isStale = true;
    emit requestChanged();
    if (m_isActive)
        ask();
}

void ObjectiveController::ask()
{
    if (m_engine == nullptr || !m_isActive)
        return;
    m_later.stop();
    m_isStale = false;
    m_askedRequest = request();
    const bool isDistillation = info().takes(ObjectiveOption::Temperature);
    m_asked = m_engine->ask({.request = m_askedRequest,
                             .wantsModel = m_model && info().takes(ObjectiveOption::Predicted) && isOwn(info().id),
                             .teacher = isDistillation && m_model ? m_teacher : QString()});
}

void ObjectiveController::answerNow()
{
    if (!m_isStale)
        return;
    m_isStale = false;
    m_askedRequest = request();
    try {
        m_answer =
            std::make_shared<const ObjectiveAnswer>(ObjectiveAnswer{.result = engine::runObjective(m_askedRequest)});
        m_problem.clear();
    } catch (const engine::Error &error) {
        m_answer.reset();
        m_problem = QString::fromUtf8(error.what());
    }
    settle();
}

QVariantMap ObjectiveController::state() const
{
    return {{QStringLiteral("objective"), fromUtf8(m_id)},
            {QStringLiteral("seed"), QVariant::fromValue<qulonglong>(m_seed)},
            {QStringLiteral("pair"), m_ownPair},
            {QStringLiteral("teacher"), m_teacher}};
}

void ObjectiveController::restoreState(const QVariantMap &state)
{
    const std::string id = toUtf8(state.value(QStringLiteral("objective")).toString());
    if (std::ranges::count(m_shown, id) > 0)
        m_id = id;
    m_seed = state.value(QStringLiteral("seed")).toULongLong() % kSeeds;
    m_ownPair = state.value(QStringLiteral("pair")).toString();
    m_teacher = state.value(QStringLiteral("teacher")).toString();
    changed();
}

} // namespace ui
