// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/evaluate.h"

#include "files/config.h"
#include "session/example_request.h"
#include "session/text_scores.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <tuple>

namespace engine {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using session::Bleu;

constexpr std::uintmax_t kLargestTestSet = std::uintmax_t{64} << 20; // bytes

// What the examples of one figure have added up to.
struct Tally {
    std::size_t examples = 0;
    std::size_t right = 0; // shares: of `asked`
    std::size_t asked = 0;
    std::size_t found = 0; // F1: right ones are in `right`, those that should be found in `asked`
    double sum = 0.0;      // bits, or scores of single texts
    Bleu bleu = {};
};

using Score = void (*)(Tally &tally, const Json &line, const TaskResult &result);
using Value = double (*)(const Tally &tally);

double ratio(double part, double whole)
{
    return whole > 0.0 ? part / whole : 0.0;
}

double share(const Tally &tally)
{
    return ratio(static_cast<double>(tally.right), static_cast<double>(tally.asked));
}

double f1(const Tally &tally)
{
    return ratio(2.0 * static_cast<double>(tally.right), static_cast<double>(tally.found + tally.asked));
}

double mean(const Tally &tally)
{
    return ratio(tally.sum, static_cast<double>(tally.examples));
}

double perplexity(const Tally &tally)
{
    return std::exp2(ratio(tally.sum, static_cast<double>(tally.asked)));
}

double corpusBleu(const Tally &tally)
{
    return tally.bleu.value();
}

void count(Tally &tally, bool isRight)
{
    ++tally.asked;
    tally.right += isRight ? 1 : 0;
}

// "answers": the id under each mask, in order.
void scoreMasks(Tally &tally, const Json &line, const TaskResult &result)
{
    const auto answers = line.at("answers").get<std::vector<std::int64_t>>();
    const auto &masks = std::get<FillMaskResult>(result.payload).masks;
    for (std::size_t i = 0; i < answers.size(); ++i)
        count(tally, i < masks.size() && !masks[i].candidates.empty() && masks[i].candidates.front().id == answers[i]);
}

// "label": a number or a name.
void scoreClass(Tally &tally, const Json &line, const TaskResult &result)
{
    const auto &classes = std::get<ClassificationResult>(result.payload);
    const Json &label = line.at("label");
    const auto &best = classes.scores.at(classes.best);
    count(tally, label.is_string() ? best.label == label.get<std::string>() : best.id == label.get<std::int64_t>());
}

// "labels": the names of those that hold.
void scoreLabels(Tally &tally, const Json &line, const TaskResult &result)
{
    const auto wanted = line.at("labels").get<std::set<std::string>>();
    for (const auto &score : std::get<ImageAndTextResult>(result.payload).labels.scores) {
        tally.found += score.holds() ? 1 : 0;
        tally.right += score.holds() && wanted.contains(score.label) ? 1 : 0;
    }
    tally.asked += wanted.size();
}

void scoreChoice(Tally &tally, const Json &line, const TaskResult &result)
{
    count(tally, std::get<ChoiceResult>(result.payload).best == line.at("label").get<std::size_t>());
}

using Entity = std::tuple<std::string, std::int64_t, std::int64_t>; // label, begin, end

void scoreEntities(Tally &tally, const Json &line, const TaskResult &result)
{
    std::set<Entity> wanted;
    for (const Json &entity : line.at("entities"))
        wanted.emplace(entity.at("label").get<std::string>(), entity.at("begin").get<std::int64_t>(),
                       entity.at("end").get<std::int64_t>());
    const auto &offsets = result.encoding.offsets;
    const auto &spans = std::get<TokenClassificationResult>(result.payload).spans;
    for (const auto &span : spans)
        tally.right += wanted.count({span.label, offsets.at(span.beginToken).begin, offsets.at(span.endToken - 1).end});
    tally.found += spans.size();
    tally.asked += wanted.size();
}

// "answer" and, where the same words may stand twice, "begin".
void scoreAnswer(Tally &tally, const Json &line, const TaskResult &result)
{
    const auto &answers = std::get<AnswerResult>(result.payload).answers;
    const bool isSame = !answers.empty() && answers.front().text == line.at("answer").get<std::string>();
    const auto begin = line.find("begin");
    count(tally, isSame && (begin == line.end() || result.encoding.offsets.at(answers.front().beginToken).begin ==
                                                       begin->get<std::int64_t>()));
}

// "replaced": numbers of the tokens.
void scoreReplaced(Tally &tally, const Json &line, const TaskResult &result)
{
    const auto wanted = line.at("replaced").get<std::set<std::size_t>>();
    for (const auto &token : std::get<ReplacedTokensResult>(result.payload).tokens) {
        tally.found += token.isReplaced() ? 1 : 0;
        tally.right += token.isReplaced() && wanted.contains(token.token) ? 1 : 0;
    }
    tally.asked += wanted.size();
}

// Every token of the text after the first.
void scoreText(Tally &tally, const Json &, const TaskResult &result)
{
    const auto &steps = std::get<GenerationResult>(result.payload).steps;
    for (std::size_t i = 1; i < steps.size(); ++i) {
        tally.sum += steps[i].surprisalBits;
        ++tally.asked;
    }
}

const std::string &written(const TaskResult &result)
{
    static const std::string nothing;
    const auto &hypotheses = std::get<GenerationResult>(result.payload).hypotheses;
    return hypotheses.empty() ? nothing : hypotheses.front().newText;
}

void scoreExact(Tally &tally, const Json &line, const TaskResult &result)
{
    count(tally, session::words(written(result)) == session::words(line.at("target").get<std::string>()));
}

void scoreBleu(Tally &tally, const Json &line, const TaskResult &result)
{
    tally.bleu.add(written(result), line.at("target").get<std::string>());
}

void scoreRouge(Tally &tally, const Json &line, const TaskResult &result)
{
    tally.sum += session::rougeL(written(result), line.at("target").get<std::string>());
}

// A way to measure; the first of a task is that of lines which name none.
struct Measure {
    TaskKind task = TaskKind::FillMask;
    std::string metric;
    Score score = nullptr;
    Value value = nullptr;
    bool isLowerBetter = false;
};

const std::vector<Measure> &measures()
{
    using enum TaskKind;
    static const std::vector<Measure> all = {
        {.task = TextGeneration,
         .metric = "perplexity per token",
         .score = scoreText,
         .value = perplexity,
         .isLowerBetter = true},
        {.task = FillMask, .metric = "top-1 accuracy", .score = scoreMasks, .value = share},
        {.task = NextSentence, .metric = "accuracy", .score = scoreClass, .value = share},
        {.task = SentenceOrder, .metric = "accuracy", .score = scoreClass, .value = share},
        {.task = TextClassification, .metric = "accuracy", .score = scoreClass, .value = share},
        {.task = TokenClassification, .metric = "entity F1", .score = scoreEntities, .value = f1},
        {.task = QuestionAnswering, .metric = "exact match", .score = scoreAnswer, .value = share},
        {.task = MultipleChoice, .metric = "accuracy", .score = scoreChoice, .value = share},
        {.task = ReplacedTokenDetection, .metric = "F1 of replaced tokens", .score = scoreReplaced, .value = f1},
        {.task = MultimodalClassification, .metric = "F1 of labels", .score = scoreLabels, .value = f1},
        {.task = Text2TextGeneration, .metric = "exact match", .score = scoreExact, .value = share},
        {.task = Text2TextGeneration, .metric = "BLEU", .score = scoreBleu, .value = corpusBleu},
        {.task = Text2TextGeneration, .metric = "ROUGE-L", .score = scoreRouge, .value = mean},
        {.task = Translation, .metric = "BLEU", .score = scoreBleu, .value = corpusBleu},
        {.task = Summarization, .metric = "ROUGE-L", .score = scoreRouge, .value = mean},
    };
    return all;
}

const Measure &measureFor(TaskKind task, const std::string &metric, const std::string &place)
{
    const auto found = std::ranges::find_if(measures(), [&](const Measure &measure) {
        return measure.task == task && (metric.empty() || measure.metric == metric);
    });
    if (found == measures().end())
        failFile(place + ": no measure \"" + metric + "\" of the task " + std::string(id(task)));
    return *found;
}

struct Row {
    Figure figure;
    const Measure *measure = nullptr;
    Tally tally = {};
};

Row &rowFor(std::vector<Row> &rows, const Measure &measure, const std::string &group)
{
    const auto same = [&](const Row &row) { return row.measure == &measure && row.figure.group == group; };
    if (const auto it = std::ranges::find_if(rows, same); it != rows.end())
        return *it;
    rows.push_back({.figure = {.task = measure.task,
                               .group = group,
                               .metric = measure.metric,
                               .isLowerBetter = measure.isLowerBetter},
                    .measure = &measure});
    return rows.back();
}

TaskResult runLine(const LoadedModel &model, TaskKind task, const Json &line, const RunControl &control)
{
    TaskRequest request = session::exampleRequest(task, line, model.info().directory);
    if (task == TaskKind::TextGeneration)
        request.generation.maxNewTokens = 0; // the text as it is
    else if (line.contains("target"))
        request.generation = generationFor(model.info(), task, request.prefix);
    return runTask(model, request, control);
}

// Adds one line of the test set.
void evaluateLine(const LoadedModel &model, const Json &line, const std::string &place, std::vector<Row> &rows,
                  const RunControl &control)
{
    const auto name = line.at("task").get<std::string>();
    const auto task = taskFromId(name);
    if (!task)
        failFile(place + ": expected a task, found \"" + name + "\"");
    const Measure &measure = measureFor(*task, line.value("metric", ""), place);
    Row &row = rowFor(rows, measure, line.value("group", ""));
    measure.score(row.tally, line, runLine(model, *task, line, control));
    ++row.tally.examples;
}

// What metrics.json says about the same figure.
void addRecord(Figure &figure, const Json &metrics)
{
    for (const Json &entry : metrics) {
        const bool isSame = entry.value("task", "") == id(figure.task) && entry.value("group", "") == figure.group &&
                            entry.value("metric", "") == figure.metric;
        if (!isSame)
            continue;
        figure.recorded = entry.at("value").get<double>();
        figure.baseline = entry.at("baseline").get<double>();
        figure.baselineName = entry.value("baseline_name", "");
        figure.bar = entry.at("bar").get<double>();
    }
}

std::vector<std::string> linesOf(const fs::path &file)
{
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error)
        failFile(file.string() + ": no test set (expected one JSON object a line)");
    if (size > kLargestTestSet)
        failFile(file.string() + ": expected at most " + std::to_string(kLargestTestSet) + " bytes, found " +
                 std::to_string(size));
    std::ifstream in(file, std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(std::move(line));
    return lines;
}

} // namespace

bool Figure::reachesBar() const noexcept
{
    return !bar || (isLowerBetter ? value <= *bar : value >= *bar);
}

bool Evaluation::reachesBars() const noexcept
{
    return std::ranges::all_of(figures, &Figure::reachesBar);
}

Evaluation evaluate(const LoadedModel &model, const RunControl &control)
{
    const fs::path file = model.info().directory / "test.jsonl";
    const auto lines = linesOf(file);
    std::vector<Row> rows;
    const RunControl single{.stopToken = control.stopToken}; // progress counts examples, not what each of them does
    for (std::size_t i = 0; i < lines.size(); ++i) {
        control.checkpoint();
        const std::string place = file.string() + " line " + std::to_string(i + 1);
        control.report({.what = "evaluating",
                        .done = static_cast<std::int64_t>(i),
                        .total = static_cast<std::int64_t>(lines.size()),
                        .unit = "examples"});
        try {
            evaluateLine(model, Json::parse(lines[i]), place, rows, single);
        } catch (const Json::exception &problem) {
            failFile(place + ": " + problem.what());
        } catch (const Error &problem) {
            throw problem.within(place);
        }
    }
    Evaluation evaluation{.mini = model.info().name, .figures = {}};
    const fs::path record = model.info().directory / "metrics.json";
    std::error_code error;
    const Json metrics =
        fs::exists(record, error) ? files::Config::read(record).json().value("metrics", Json::array()) : Json::array();
    for (Row &row : rows) {
        row.figure.value = row.measure->value(row.tally);
        row.figure.examples = row.tally.examples;
        addRecord(row.figure, metrics);
        evaluation.figures.push_back(std::move(row.figure));
    }
    return evaluation;
}

} // namespace engine
