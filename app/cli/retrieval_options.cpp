// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/retrieval_options.h"

#include "engine/companions.h"
#include "engine/passages.h"
#include "places/places.h"

#include <CLI/CLI.hpp>

namespace app::cli {

void addRetrievalOptions(CLI::App &command, RetrievalArguments &arguments)
{
    const std::string group = "Passages";
    const auto add = [&](const char *name, auto &value, const char *help) {
        return command.add_option(name, value, help)->group(group);
    };
    constexpr std::int64_t kMost = 1000;
    add("--passages", arguments.passages, "file or folder: .jsonl (title, text), .csv, .tsv, .txt, .md");
    add("--index", arguments.index, "index of passages to search; absent: the one that the checkpoint carries");
    add("--documents", arguments.documents, "passages found for the question; absent: as the checkpoint says")
        ->check(CLI::Range(std::int64_t{1}, kMost));
    add("--question-encoder", arguments.questionEncoder, "reading: finds the passages that are read");
    add("--passage-encoder", arguments.passageEncoder, "embeds --passages");
    add("--reader", arguments.reader, "question-embedding: reads what was found");
    add("--spans", arguments.spans, "answers of a reader")->check(CLI::Range(std::int64_t{1}, kMost));
    add("--longest-answer", arguments.longestAnswer, "tokens of a reader's answer")
        ->check(CLI::Range(std::int64_t{1}, kMost));
}

engine::RetrievalRequest retrievalRequest(const RetrievalArguments &arguments, const engine::LoadedModel &model,
                                          Context &context)
{
    const auto folder = [](const std::string &directory) {
        return directory.empty() ? std::filesystem::path() : resolveModel(directory);
    };
    engine::RetrievalRequest request;
    if (!arguments.passages.empty())
        request.passages = engine::readPassages(arguments.passages, {}, context.control());
    request.indexFolder = arguments.index;
    request.questionEncoderFolder = folder(arguments.questionEncoder);
    request.passageEncoderFolder = folder(arguments.passageEncoder);
    request.readerFolder = folder(arguments.reader);
    request.documents = arguments.documents.value_or(request.documents);
    request.spans = arguments.spans.value_or(request.spans);
    request.longestAnswer = arguments.longestAnswer.value_or(request.longestAnswer);
    engine::Companions({.threads = model.info().threads}).open(request, model, context.control());
    context.clearProgress();
    return request;
}

} // namespace app::cli
