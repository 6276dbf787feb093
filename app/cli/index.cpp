// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/format.h"
#include "engine/companions.h"
#include "engine/passages.h"
#include "places/places.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace app::cli {

namespace {

struct IndexOptions {
    ModelOptions model; // that embeds; json
    std::string folder;
    std::string passages;
    engine::ImportOptions import;
    engine::BuildOptions build;
    std::vector<std::int64_t> ids;
    std::string text;
    std::int64_t documents = 5;
};

nlohmann::ordered_json toJson(const engine::IndexInfo &info)
{
    return {{"directory", info.directory.string()},
            {"model", info.model},
            {"fingerprint", info.fingerprint},
            {"kind", info.kind},
            {"dimension", info.dimension},
            {"passages", info.passages},
            {"removed", info.removed},
            {"pending", info.pending},
            {"bytes", info.bytes}};
}

void print(const engine::IndexInfo &info, bool isJson, Context &context)
{
    if (isJson)
        return context.print(toJson(info));
    context.clearProgress();
    Table table({Align::Left, Align::Left});
    table.row({"folder", info.directory.string()});
    table.row({"embedded by", info.model.empty() ? "not known" : info.model + " (" + info.fingerprint + ")"});
    table.row({"search", info.kind});
    table.row({"dimension", std::to_string(info.dimension)});
    table.row({"passages", grouped(info.passages)});
    if (info.removed > 0)
        table.row({"removed", grouped(info.removed)});
    if (info.pending > 0)
        table.row({"without a vector yet", grouped(info.pending) + " (index resume)"});
    table.row({"size", byteText(info.bytes)});
    table.print(context.out);
}

std::vector<engine::Passage> passagesOf(const IndexOptions &options, Context &context)
{
    auto passages = engine::readPassages(options.passages, options.import, context.control());
    context.clearProgress();
    return passages;
}

void build(const IndexOptions &options, Context &context)
{
    const auto passages = passagesOf(options, context);
    const auto model = open(options.model, context);
    print(engine::buildIndex(options.folder, passages, *model, options.build, context.control()), options.model.json,
          context);
}

void add(const IndexOptions &options, Context &context)
{
    const auto passages = passagesOf(options, context);
    const auto model = open(options.model, context);
    print(engine::addToIndex(options.folder, passages, *model, options.build, context.control()), options.model.json,
          context);
}

void resume(const IndexOptions &options, Context &context)
{
    const auto model = open(options.model, context);
    print(engine::resumeIndex(options.folder, *model, options.build, context.control()), options.model.json, context);
}

void remove(const IndexOptions &options, Context &context)
{
    print(engine::removeFromIndex(options.folder, options.ids), options.model.json, context);
}

void inspect(const IndexOptions &options, Context &context)
{
    print(engine::inspectIndex(options.folder), options.model.json, context);
}

void search(const IndexOptions &options, Context &context)
{
    const auto index = engine::PassageIndex::open(options.folder);
    const auto model = open(options.model, context);
    const auto hits = index->search(engine::questionVector(*model, options.text, context.control()), options.documents);
    context.clearProgress();
    auto rows = nlohmann::ordered_json::array();
    Table table({Align::Right, Align::Right, Align::Left, Align::Left});
    table.head({"score", "id", "title", "text"});
    for (const auto &hit : hits.front()) {
        const auto passage = index->passage(hit.id);
        rows.push_back({{"id", hit.id}, {"score", hit.score}, {"title", passage.title}, {"text", passage.text}});
        table.row({number(hit.score, 3), std::to_string(hit.id), passage.title, shownText(passage.text)});
    }
    if (options.model.json)
        context.print(rows);
    else
        table.print(context.out);
}

// One subcommand of `index`, over the folder of an index.
CLI::App *addAction(CLI::App &parent, const std::shared_ptr<IndexOptions> &options, const char *name, const char *help)
{
    auto *action = parent.add_subcommand(name, help);
    action->add_option("INDEX", options->folder, "folder of the index")->required();
    addJson(*action, options->model);
    return action;
}

void addEncoder(CLI::App &action, IndexOptions &options, const char *name, const char *help)
{
    action.add_option(name, options.model.directory, help)->required();
    addCompute(action, options.model);
}

void addEmbedding(CLI::App &action, IndexOptions &options)
{
    constexpr std::int64_t kMost = 1'000'000;
    addEncoder(action, options, "--passage-encoder", "checkpoint that embeds passages");
    action.add_option("--batch", options.build.batch, "passages of a pass; what a crash loses at most")
        ->check(CLI::Range(std::int64_t{1}, kMost));
}

void addImport(CLI::App &action, IndexOptions &options)
{
    constexpr std::int64_t kMost = 1'000'000;
    action.add_option("--passages", options.passages, "file or folder: .jsonl (title, text), .csv, .tsv, .txt, .md")
        ->required();
    action.add_option("--words", options.import.words, "split longer texts into passages of this many; 0: never")
        ->check(CLI::Range(std::int64_t{0}, kMost));
    action.add_option("--overlap", options.import.overlap, "words that neighbouring passages share")
        ->check(CLI::Range(std::int64_t{0}, kMost));
}

} // namespace

void addIndex(CLI::App &parent, Context &context)
{
    auto *command = parent.add_subcommand("index", "indexes of passages: build, add, resume, remove, info, search");
    command->require_subcommand(1);
    const auto options = std::make_shared<IndexOptions>();
    const auto action = [&](const char *name, const char *help, void (*run)(const IndexOptions &, Context &)) {
        auto *added = addAction(*command, options, name, help);
        added->callback([options, run, &context] { run(*options, context); });
        return added;
    };
    auto *building = action("build", "embed passages into a new index", build);
    addImport(*building, *options);
    addEmbedding(*building, *options);
    auto *adding = action("add", "embed further passages into an index", add);
    addImport(*adding, *options);
    addEmbedding(*adding, *options);
    addEmbedding(*action("resume", "go on with an embedding that was interrupted", resume), *options);
    action("remove", "passages that are not to be found any more", remove)
        ->add_option("--id", options->ids, "one passage; give it several times")
        ->required()
        ->allow_extra_args(false)
        ->take_all();
    action("info", "what an index holds", inspect);
    auto *searching = action("search", "the passages nearest to a question", search);
    searching->add_option("--text", options->text, "the question")->required();
    addEncoder(*searching, *options, "--question-encoder", "checkpoint that embeds questions");
    searching->add_option("--documents", options->documents, "passages found")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000}));
}

} // namespace app::cli
