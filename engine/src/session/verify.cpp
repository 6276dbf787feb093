// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/verify.h"

#include "checkpoint/weight_files.h"
#include "files/config.h"
#include "models/family.h"
#include "session/verify_case.h"
#include "session/verify_objectives.h"
#include "session/verify_retrieval.h"
#include "text/load.h"
#include "text/parity.h"
#include "text/tokenizer_classes.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>

namespace engine {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::size_t DirectoryReport::passed() const
{
    return static_cast<std::size_t>(
        std::count_if(cases.begin(), cases.end(), [](const CaseReport &c) { return c.passed; }));
}

bool DirectoryReport::isGood() const
{
    return failure.empty() && !cases.empty() && passed() == cases.size();
}

double DirectoryReport::worstError() const
{
    double worst = 0.0;
    for (const CaseReport &entry : cases)
        worst = std::max(worst, entry.worstError);
    return worst;
}

std::string DirectoryReport::firstFailure() const
{
    if (!failure.empty())
        return failure;
    for (const CaseReport &entry : cases) {
        if (!entry.passed)
            return entry.name + ": " + entry.failure;
    }
    return {};
}

namespace {

constexpr char kParityFile[] = "parity.json";
constexpr std::size_t kHeadBytes = 4096; // of a JSON file, enough to see its format

bool isObjectives(const fs::path &file)
{
    if (file.extension() != ".json")
        return false;
    std::ifstream stream(file, std::ios::binary);
    std::string head(kHeadBytes, '\0');
    stream.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
    return head.find("\"objectives-1\"") != std::string::npos;
}

// The fixture that a path is by itself: a parity.json stands for its directory.
std::optional<fs::path> fixtureAt(const fs::path &file)
{
    if (file.filename() == kParityFile)
        return file.parent_path();
    return isObjectives(file) ? std::optional(file) : std::nullopt;
}

// Fields that a checker of the kind looks at; another one would be a claim left unchecked.
const std::set<std::string> &knownFields(const std::string &kind)
{
    static const std::set<std::string> run = {"name",    "kind",      "inputs", "call",     "options",
                                              "outputs", "tolerance", "notes",  "rotations"};
    static const std::set<std::string> text = {"name",           "kind",           "inputs",     "call",
                                               "options",        "outputs",        "tolerance",  "notes",
                                               "text",           "text_pair",      "choices",    "ids",
                                               "tokens",         "tokenizer",      "encode",     "mask_position",
                                               "top5",           "label",          "label_name", "activation",
                                               "scores",         "labels",         "replaced",   "choice",
                                               "probabilities",  "answer_allowed", "start",      "end",
                                               "probability",    "answer_ids",     "answer",     "generated",
                                               "generated_text", "answer_cleaned", "rotations"};
    static const std::set<std::string> picture = {"name",    "kind",      "inputs", "options",
                                                  "outputs", "tolerance", "notes",  "file"};
    static const std::set<std::string> pictures = {"name",  "kind",  "inputs", "outputs", "tolerance",
                                                   "notes", "files", "texts",  "labels"};
    if (kind == "image" || kind == "image-features")
        return picture;
    if (kind == "image-and-text")
        return pictures;
    static const std::set<std::string> passages = {
        "name",   "kind",      "inputs",       "outputs",          "tolerance", "notes", "tokenizer",
        "text",   "text_pair", "question",     "titles",           "texts",     "spans", "options",
        "answer", "questions", "question_ids", "question_strings", "strings"};
    static const std::set<std::string> passageKinds = {"embedding", "spans",         "retrieval",     "contexts",
                                                       "answer",    "rag-documents", "rag-candidates"};
    return kind == "text" ? text : passageKinds.contains(kind) ? passages : run;
}

struct CaseRunner {
    void (*run)(const session::Fixture &, const Json &, session::Comparer &, const RunControl &) = nullptr;
    bool repeatsFaults = true; // of the reference library, where those are known
    bool needsModel = true;
};

CaseRunner runnerOf(const std::string &kind)
{
    static const std::map<std::string, CaseRunner> runners = {
        {"forward", {session::verifyForward}},
        {"generate", {session::verifyGenerate}},
        {"text", {session::verifyText}},
        {"cache", {session::verifyCache}},
        {"shift", {session::verifyShift}},
        {"buckets", {session::verifyBuckets}},
        {"mask", {session::verifyMask}},
        {"image", {session::verifyImage}},
        {"image-features", {session::verifyImageFeatures}},
        {"multimodal", {session::verifyForward}},
        {"image-and-text", {session::verifyImageAndText}},
        {"embedding", {session::verifyEmbedding}},
        {"spans", {session::verifySpans}},
        {"retrieval", {.run = session::verifyRetrieval, .needsModel = false}},
        {"contexts", {.run = session::verifyContexts, .needsModel = false}},
        {"answer", {session::verifyAnswer}},
        {"rag-documents", {session::verifyDocumentShares}},
        {"rag-candidates", {session::verifyCandidates}},
        {"probabilities", {session::verifyForward, false}},
        {"consistent", {session::verifyForward, false}},
        {"generate-consistent", {session::verifyGenerate, false}}};
    const auto found = runners.find(kind);
    return found == runners.end() ? CaseRunner{} : found->second;
}

// The checkpoint as the cases need it: with the reference's faults, and, where some case asks for it, without.
struct Fixtures {
    session::Fixture faithful;
    std::optional<session::Fixture> own = {};
};

CaseReport runCase(const Fixtures &fixtures, const Json &entry, const RunControl &control)
{
    CaseReport report{.name = entry.value("name", "unnamed")};
    try {
        const std::string kind = entry.at("kind").get<std::string>();
        const CaseRunner runner = runnerOf(kind);
        if (runner.run == nullptr)
            failArgument("case kind \"" + kind + "\" is not known");
        for (const auto &[field, value] : entry.items()) {
            if (!knownFields(kind).contains(field))
                failArgument("field \"" + field + "\" of a " + kind + " case is not known");
        }
        session::Comparer comparer(entry.value("tolerance", 1e-4));
        runner.run(runner.repeatsFaults ? fixtures.faithful : *fixtures.own, entry, comparer, control);
        report.worstError = comparer.worst();
        report.failure = comparer.failure();
    } catch (const Cancelled &) {
        throw;
    } catch (const std::exception &error) {
        report.failure = error.what();
    }
    report.passed = report.failure.empty();
    return report;
}

NamedTensors readTensors(const fs::path &file, const RunControl &control)
{
    NamedTensors tensors;
    for (const auto &[name, entry] : checkpoint::openWeightFile(file, control).tensors) {
        const Tensor tensor = entry.load();
        const bool isFloat = entry.dtype == DType::F32 || entry.dtype == DType::F16 || entry.dtype == DType::BF16 ||
                             entry.dtype == DType::F64;
        tensors.emplace(name, isFloat ? tensor.toFloats() : tensor.toInts());
    }
    return tensors;
}

void openModelOf(session::Fixture &fixture, const fs::path &directory, const LoadOptions &options,
                 const RunControl &control)
{
    fixture.model = openModel(directory, options, control);
    const std::string className = fixture.parity.value("class", "");
    fixture.head = fixture.model->model().headOfClass(className);
    if (!fixture.head)
        failFile(directory.string() + ": the checkpoint has no head of class " + className);
}

Fixtures openFixtures(const fs::path &directory, const files::Config &parity, const RunControl &control)
{
    Fixtures fixtures{.faithful = {.parity = parity.json()}};
    fixtures.faithful.task = parity.text("task", "");
    fixtures.faithful.tensors = readTensors(directory / "parity.safetensors", control);
    fixtures.faithful.directory = directory;
    if (fixtures.faithful.task == "image-encoder") { // no task of a model: a part of some by itself
        fixtures.faithful.images = models::openImageEncoder(directory, control);
        return fixtures;
    }
    const Json cases = parity.json().value("cases", Json::array());
    if (std::ranges::none_of(cases, [](const Json &entry) { return runnerOf(entry.value("kind", "")).needsModel; }))
        return fixtures; // such a directory has no weights
    openModelOf(fixtures.faithful, directory, {.repeatsReferenceFaults = true}, control);
    if (std::ranges::any_of(cases,
                            [](const Json &entry) { return !runnerOf(entry.value("kind", "")).repeatsFaults; })) {
        fixtures.own = fixtures.faithful;
        openModelOf(*fixtures.own, directory, {}, control);
    }
    return fixtures;
}

void verifyParity(const fs::path &directory, const files::Config &parity, DirectoryReport &report,
                  const RunControl &control)
{
    const Json cases = parity.json().value("cases", Json::array());
    try {
        const Fixtures fixtures = openFixtures(directory, parity, control);
        for (const Json &entry : cases) {
            control.checkpoint();
            report.cases.push_back(runCase(fixtures, entry, control));
        }
    } catch (const Error &error) {
        report.failure = error.what();
        for (std::size_t i = report.cases.size(); i < cases.size(); ++i)
            report.cases.push_back({.name = cases[i].value("name", "unnamed"), .failure = error.what()});
    }
}

// Such a directory need not have a config.json: parity.json names the tokenizer class.
void verifyTokenizer(const fs::path &directory, const files::Config &parity, DirectoryReport &report)
{
    const std::string name = parity.text("class", "");
    const text::TokenizerSpec *spec = text::findTokenizerClass(name);
    if (!spec)
        parity.fail("class", "a tokenizer class that this version knows", name);
    const auto tokenizer = text::load(directory, *spec);
    for (const text::ParityCase &entry : text::runParityCases(directory / kParityFile, *tokenizer))
        report.cases.push_back({.name = entry.name, .passed = entry.failure.empty(), .failure = entry.failure});
}

void verifyFormat(const fs::path &fixture, DirectoryReport &report, const RunControl &control)
{
    const bool isFolder = fs::is_directory(fixture);
    const auto parity = files::Config::read(isFolder ? fixture / kParityFile : fixture);
    report.format = parity.text("format", "");
    if (isFolder && report.format == "parity-1")
        verifyParity(fixture, parity, report, control);
    else if (isFolder && report.format == "tokenizer-1")
        verifyTokenizer(fixture, parity, report);
    else if (!isFolder && report.format == "objectives-1")
        session::verifyObjectives(parity.json(), report);
    else
        report.failure = "format " + report.format + " is not known";
}

} // namespace

std::vector<fs::path> findFixtures(const fs::path &path)
{
    std::set<fs::path> found;
    std::error_code error;
    if (!fs::exists(path, error))
        failArgument(path.string() + ": no such file or directory");
    if (!fs::is_directory(path, error)) {
        if (const auto fixture = fixtureAt(path))
            found.insert(*fixture);
    } else {
        const auto options = fs::directory_options::skip_permission_denied;
        for (const auto &entry : fs::recursive_directory_iterator(path, options)) {
            if (!entry.is_regular_file(error))
                continue;
            if (const auto fixture = fixtureAt(entry.path()))
                found.insert(*fixture);
        }
    }
    if (found.empty())
        failArgument(path.string() + ": no fixture at or below it (parity.json, or a file of format objectives-1)");
    return {found.begin(), found.end()};
}

DirectoryReport verifyFixture(const fs::path &fixture, const RunControl &control)
{
    DirectoryReport report{.directory = fixture};
    try {
        verifyFormat(fixture, report, control);
    } catch (const Cancelled &) {
        throw;
    } catch (const std::exception &error) {
        report.failure = error.what();
    }
    return report;
}

} // namespace engine
