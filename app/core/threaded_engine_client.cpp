// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/threaded_engine_client.h"

#include "engine/companions.h"
#include "engine/run_session.h"
#include "places/places.h"

#include <QCoreApplication>
#include <QEvent>
#include <QFile>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

namespace app {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPostInterval{34}; // at most 30 posts a second

QEvent::Type answersEvent()
{
    static const auto type = static_cast<QEvent::Type>(QEvent::registerEventType());
    return type;
}

struct Loaded {
    ui::LoadedModelPtr model;
};
struct LoadFailed {
    std::string message;
};
struct Finished {
    ui::TaskResultPtr result;
};
struct Indexed {
    engine::IndexInfo info;
};
struct RunFailed {
    std::string message;
};
struct WasCancelled {};
struct Tokens {
    std::string text;
    std::int64_t count = 0;
};
struct Answered {
    ui::ObjectiveAnswerPtr answer;
};
struct Refused {
    std::string why;
};
struct Models {
    std::vector<engine::FoundModel> models;
};

template <typename... Functions> struct Overloaded : Functions... {
    using Functions::operator()...;
};

constexpr double kTemperature = 2.0; // that DistilBERT was trained with

// The order that the result was made with.
std::vector<std::size_t> orderOf(const engine::ObjectiveResult &result)
{
    std::vector<std::size_t> order;
    for (const auto &field : result.cases.front().choices)
        if (field.name == "order")
            for (const auto &cell : field.rows.front())
                order.push_back(std::stoul(cell.value_or("0")));
    return order;
}

// Says when enough time has passed for the next post.
class Throttle {
public:
    [[nodiscard]] bool isDue()
    {
        const auto now = Clock::now();
        if (now - m_last < kPostInterval)
            return false;
        m_last = now;
        return true;
    }

private:
    Clock::time_point m_last = Clock::now();
};

} // namespace

struct ThreadedEngineClient::Answer {
    ui::RunId id = {};
    std::variant<Loaded, LoadFailed, Finished, Indexed, RunFailed, WasCancelled, Tokens, engine::Progress, Models,
                 Answered, Refused>
        what;
};

// Owns the engine's thread. Public functions are called on the client's thread.
class ThreadedEngineClient::Worker {
public:
    Worker(ThreadedEngineClient &client, int threads)
        : m_client(client), m_threads(threads), m_companions({.threads = threads}),
          m_thread([this](const std::stop_token &ending) { work(ending); })
    {
    }

    ~Worker()
    {
        m_thread.request_stop();
        const std::scoped_lock lock(m_mutex);
        if (m_current)
            m_current->stop.request_stop();
    } // m_thread joins first: it is the last member

    Worker(const Worker &) = delete;
    Worker &operator=(const Worker &) = delete;

    struct LoadJob {
        ui::RunId id;
        std::filesystem::path path;
    };
    struct RunJob {
        ui::RunId id;
        std::variant<engine::TaskRequest, ui::IndexJob> what;
        ui::LoadedModelPtr model;
    };
    struct QuestionJob {
        ui::RunId id;
        ui::ObjectiveQuestion question;
        ui::LoadedModelPtr model; // may be null
    };

    void load(LoadJob job)
    {
        const std::scoped_lock lock(m_mutex);
        if (m_current && m_current->kind != Kind::Search)
            m_current->stop.request_stop();
        if (m_run)
            say({.id = m_run->id, .what = WasCancelled{}});
        m_run.reset();
        m_load = std::move(job);
        m_wake.notify_one();
    }

    void run(RunJob job)
    {
        const std::scoped_lock lock(m_mutex);
        if (m_current && m_current->kind == Kind::Run)
            m_current->stop.request_stop();
        m_run = std::move(job);
        m_wake.notify_one();
    }

    void ask(QuestionJob job)
    {
        const std::scoped_lock lock(m_mutex);
        if (m_current && m_current->kind == Kind::Question)
            m_current->stop.request_stop();
        m_question = std::move(job);
        m_wake.notify_one();
    }

    void refuse(ui::RunId id, std::string why) { sayLocked({.id = id, .what = RunFailed{std::move(why)}}); }

    void search(engine::ModelPlaces places)
    {
        const std::scoped_lock lock(m_mutex);
        m_search = std::move(places);
        m_wake.notify_one();
    }

    void stop()
    {
        const std::scoped_lock lock(m_mutex);
        if (m_current && m_current->kind != Kind::Search)
            m_current->stop.request_stop();
        if (m_load)
            say({.id = m_load->id, .what = WasCancelled{}});
        if (m_run)
            say({.id = m_run->id, .what = WasCancelled{}});
        m_load.reset();
        m_run.reset();
    }

    // Runs that nobody waits for any more.
    void dropRuns()
    {
        const std::scoped_lock lock(m_mutex);
        if (m_current && m_current->kind == Kind::Run)
            m_current->stop.request_stop();
        m_run.reset();
    }

    [[nodiscard]] std::vector<Answer> takeAnswers()
    {
        const std::scoped_lock lock(m_mutex);
        return std::exchange(m_answers, {});
    }

private:
    enum class Kind { Load, Run, Question, Search };
    struct Current {
        Kind kind = Kind::Load;
        std::stop_source stop = {};
    };

    // The mutex is held. Answers wait in a list of our own, so that the lock orders both threads' memory;
    // the event only wakes the client.
    void say(Answer answer)
    {
        m_answers.push_back(std::move(answer));
        if (m_answers.size() == 1)
            QCoreApplication::postEvent(&m_client, new QEvent(answersEvent()));
    }

    void sayLocked(Answer answer)
    {
        const std::scoped_lock lock(m_mutex);
        say(std::move(answer));
    }

    void work(const std::stop_token &ending)
    {
        std::unique_lock lock(m_mutex);
        const auto hasWork = [this] { return m_load || m_run || m_question || m_search; };
        while (m_wake.wait(lock, ending, hasWork) && !ending.stop_requested()) {
            if (m_load)
                perform(lock, Kind::Load, [this, job = take(m_load)] { openModel(job); });
            else if (m_run)
                perform(lock, Kind::Run, [this, job = take(m_run)] {
                    if (const auto *index = std::get_if<ui::IndexJob>(&job.what))
                        changeIndex(job, *index);
                    else
                        runTask(job);
                });
            else if (m_question)
                perform(lock, Kind::Question, [this, job = take(m_question)] { answerQuestion(job); });
            else
                perform(lock, Kind::Search, [this, places = take(m_search)] { findModels(places); });
        }
    }

    template <typename Job> static Job take(std::optional<Job> &slot)
    {
        Job job = std::move(*slot);
        slot.reset();
        return job;
    }

    template <typename Action> void perform(std::unique_lock<std::mutex> &lock, Kind kind, const Action &action)
    {
        m_current.emplace(Current{.kind = kind});
        lock.unlock();
        action();
        lock.lock();
        m_current.reset();
    }

    [[nodiscard]] engine::RunControl control(ui::RunId id)
    {
        const std::scoped_lock lock(m_mutex);
        return {.stopToken = m_current->stop.get_token(),
                .progress = [this, id, throttle = Throttle()](const engine::Progress &progress) mutable {
                    if (throttle.isDue())
                        sayLocked({.id = id, .what = progress});
                }};
    }

    // Calls `action`, which gives the answer; an exception becomes the answer `Failed`.
    template <typename Failed, typename Action> void answer(ui::RunId id, const Action &action)
    {
        try {
            sayLocked({.id = id, .what = action()});
        } catch (const engine::Cancelled &) {
            sayLocked({.id = id, .what = WasCancelled{}});
        } catch (const std::bad_alloc &) {
            sayLocked({.id = id, .what = Failed{"not enough memory"}});
        } catch (const std::exception &error) {
            sayLocked({.id = id, .what = Failed{error.what()}});
        }
    }

    void openModel(const LoadJob &job)
    {
        answer<LoadFailed>(job.id, [&] {
            const engine::LoadOptions options{.threads = m_threads};
            m_session.reset(); // its model is on the way out
            return Loaded{engine::openModel(resolveModel(job.path.string()), options, control(job.id))};
        });
    }

    void runTask(const RunJob &job)
    {
        auto request = std::get<engine::TaskRequest>(job.what);
        Tokens fresh;
        Throttle throttle;
        request.onToken = [&](const engine::GeneratedToken &token) {
            fresh.text += token.text;
            ++fresh.count;
            if (throttle.isDue())
                sayLocked({.id = job.id, .what = std::exchange(fresh, {})});
        };
        answer<RunFailed>(job.id, [&] {
            m_companions.open(request.retrieval, *job.model, control(job.id));
            if (!m_session || m_session->model() != job.model)
                m_session = std::make_unique<engine::RunSession>(job.model);
            auto result = std::make_shared<engine::TaskResult>(m_session->run(request, control(job.id)));
            if (fresh.count > 0)
                sayLocked({.id = job.id, .what = fresh});
            return Finished{std::move(result)};
        });
    }

    void answerQuestion(const QuestionJob &job)
    {
        answer<Refused>(job.id, [&] {
            auto result = std::make_shared<ui::ObjectiveAnswer>();
            result->result = engine::runObjective(job.question.request);
            try {
                addModels(job, *result);
            } catch (const engine::Error &error) { // the objective itself stands
                result->problem = QString::fromUtf8(error.what());
            }
            return Answered{std::move(result)};
        });
    }

    void addModels(const QuestionJob &job, ui::ObjectiveAnswer &result)
    {
        const engine::ObjectiveRequest &request = job.question.request;
        if (job.model && job.question.wantsModel && engine::predictsInOrder(*job.model))
            result.predictions = engine::predictInOrder(
                *job.model,
                {.text = request.text, .order = orderOf(result.result), .predicted = request.predicted.value_or(0)},
                control(job.id));
        if (!job.model || job.question.teacher.isEmpty())
            return;
        const auto teacher = teacherAt(QFile::encodeName(job.question.teacher).toStdString(), job.id);
        result.teacher = QString::fromStdString(teacher->info().name);
        result.distillation = engine::distil(
            *job.model, *teacher,
            {.text = request.text, .seed = request.seed, .temperature = request.temperature.value_or(kTemperature)},
            control(job.id));
    }

    // Loaded once: the next question is mostly of the same one.
    [[nodiscard]] const ui::LoadedModelPtr &teacherAt(const std::string &path, ui::RunId id)
    {
        if (!m_teacher || m_teacherPath != path) {
            m_teacher.reset();
            m_teacher = engine::openModel(resolveModel(path), {.threads = m_threads}, control(id));
            m_teacherPath = path;
        }
        return m_teacher;
    }

    void changeIndex(const RunJob &job, const ui::IndexJob &index)
    {
        answer<RunFailed>(job.id, [&] {
            const engine::RunControl control = this->control(job.id);
            if (index.action == ui::IndexAction::Resume)
                return Indexed{engine::resumeIndex(index.folder, *job.model, {}, control)};
            const auto passages = engine::readPassages(index.passages, index.import, control);
            const auto change = index.action == ui::IndexAction::Add ? engine::addToIndex : engine::buildIndex;
            return Indexed{change(index.folder, passages, *job.model, {}, control)};
        });
    }

    void findModels(const engine::ModelPlaces &places)
    {
        Models found;
        try {
            found.models = engine::findModels(places);
        } catch (const std::exception &) { // a folder that vanished meanwhile: nothing was found
            found.models.clear();
        }
        sayLocked({.id = {}, .what = std::move(found)});
    }

    ThreadedEngineClient &m_client;
    const int m_threads;
    engine::Companions m_companions; // of the engine's thread
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::optional<LoadJob> m_load;
    std::optional<RunJob> m_run;
    std::optional<QuestionJob> m_question;
    std::optional<engine::ModelPlaces> m_search;
    ui::LoadedModelPtr m_teacher; // only the engine's thread touches these two
    std::string m_teacherPath;
    std::optional<Current> m_current;
    std::vector<Answer> m_answers;
    std::unique_ptr<engine::RunSession> m_session; // runs that follow each other; the engine's thread alone touches it
    std::jthread m_thread;
};

ThreadedEngineClient::ThreadedEngineClient(EngineClientOptions options, QObject *parent)
    : EngineClient(parent), m_threads(options.threads), m_folders(std::move(options.folders)),
      m_worker(std::make_unique<Worker>(*this, options.threads))
{
}

ThreadedEngineClient::~ThreadedEngineClient() = default;

ui::RunId ThreadedEngineClient::load(const QString &path)
{
    m_latestLoad = {++m_lastId};
    m_worker->load({.id = m_latestLoad, .path = QFile::encodeName(path).toStdString()});
    return m_latestLoad;
}

ui::RunId ThreadedEngineClient::run(engine::TaskRequest request)
{
    m_latestRun = {++m_lastId};
    if (!m_model) {
        m_worker->refuse(m_latestRun, "no model is open");
        return m_latestRun;
    }
    m_worker->run({.id = m_latestRun, .what = std::move(request), .model = m_model});
    return m_latestRun;
}

ui::RunId ThreadedEngineClient::index(ui::IndexJob job)
{
    m_latestRun = {++m_lastId};
    if (m_model)
        m_worker->run({.id = m_latestRun, .what = std::move(job), .model = m_model});
    else
        m_worker->refuse(m_latestRun, "no model is open");
    return m_latestRun;
}

ui::RunId ThreadedEngineClient::ask(ui::ObjectiveQuestion question)
{
    m_latestQuestion = {++m_lastId};
    m_worker->ask({.id = m_latestQuestion, .question = std::move(question), .model = m_model});
    return m_latestQuestion;
}

void ThreadedEngineClient::stop()
{
    m_worker->stop();
}

void ThreadedEngineClient::adopt(const ui::LoadedModelPtr &model)
{
    m_model = model;
    m_latestRun = {};
    m_worker->dropRuns();
}

std::unique_ptr<ui::EngineClient> ThreadedEngineClient::another() const
{
    return std::make_unique<ThreadedEngineClient>(EngineClientOptions{.threads = m_threads, .folders = m_folders});
}

void ThreadedEngineClient::findModels()
{
    m_worker->search(modelPlaces(m_folders));
}

void ThreadedEngineClient::setFolders(std::vector<std::filesystem::path> folders)
{
    m_folders = std::move(folders);
}

bool ThreadedEngineClient::event(QEvent *event)
{
    if (event->type() != answersEvent())
        return EngineClient::event(event);
    for (const Answer &answer : m_worker->takeAnswers())
        deliver(answer);
    return true;
}

void ThreadedEngineClient::deliver(const Answer &answer)
{
    const ui::RunId id = answer.id;
    if (const auto *found = std::get_if<Models>(&answer.what)) {
        emit modelsFound(found->models);
        return;
    }
    if (!isAwaited(id))
        return;
    std::visit(
        Overloaded{[&](const Loaded &it) {
                       m_model = it.model;
                       m_latestRun = {};
                       m_worker->dropRuns();
                       emit loaded(id, it.model);
                   },
                   [&](const LoadFailed &it) { emit loadFailed(id, QString::fromStdString(it.message)); },
                   [&](const Finished &it) { emit finished(id, it.result); },
                   [&](const Indexed &it) { emit indexed(id, it.info); },
                   [&](const RunFailed &it) { emit runFailed(id, QString::fromStdString(it.message)); },
                   [&](const WasCancelled &) { emit cancelled(id); },
                   [&](const Tokens &it) { emit tokensGenerated(id, QString::fromStdString(it.text), it.count); },
                   [&](const engine::Progress &it) { emit progressed(id, it); },
                   [&](const Answered &it) { emit answered(id, it.answer); },
                   [&](const Refused &it) { emit refused(id, QString::fromStdString(it.why)); }, [](const Models &) {}},
        answer.what);
}

} // namespace app
