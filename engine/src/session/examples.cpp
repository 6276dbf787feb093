// SPDX-License-Identifier: GPL-3.0-or-later
// examples.json beside a bundled mini:
//   {"tasks": {"<task>": [{"text", "text_pair"?, "choices"?, "control_code"?, "top_k"?, "passages"?: [{"title"?, "text"}],
//    "documents"?, "generation"?: {"max_new_tokens", "sample",
//    "temperature", "top_k", "top_p", "repetition_penalty", "beams", "seed"}}, …]}}
#include "engine/session.h"
#include "files/config.h"

#include <nlohmann/json.hpp>

namespace engine {

namespace {

using Json = nlohmann::json;

// The value under `key`, which keeps what it had where the key is absent.
template <typename Value>
void read(const Json &object, const char *key, Value &value)
{
    if (const auto it = object.find(key); it != object.end() && !it->is_null())
        value = it->get<Value>();
}

GenerationOptions generationOf(const Json &object)
{
    GenerationOptions options;
    read(object, "max_new_tokens", options.maxNewTokens);
    read(object, "sample", options.sample);
    read(object, "temperature", options.temperature);
    read(object, "top_k", options.topK);
    read(object, "top_p", options.topP);
    read(object, "repetition_penalty", options.repetitionPenalty);
    read(object, "beams", options.beams);
    read(object, "seed", options.seed);
    return options;
}

RetrievalRequest retrievalOf(const Json &entry)
{
    RetrievalRequest request;
    if (const auto passages = entry.find("passages"); passages != entry.end())
        for (const Json &passage : *passages)
            request.passages.push_back(
                {.title = passage.value("title", ""), .text = passage.at("text").get<std::string>()});
    read(entry, "documents", request.documents);
    return request;
}

TaskRequest requestOf(TaskKind task, const Json &entry)
{
    TaskRequest request{.task = task, .text = entry.at("text").get<std::string>()};
    if (const auto pair = entry.find("text_pair"); pair != entry.end() && !pair->is_null())
        request.textPair = pair->get<std::string>();
    read(entry, "choices", request.choices);
    read(entry, "prefix", request.prefix);
    read(entry, "control_code", request.controlCode);
    read(entry, "top_k", request.topK);
    request.retrieval = retrievalOf(entry);
    if (const auto generation = entry.find("generation"); generation != entry.end())
        request.generation = generationOf(*generation);
    return request;
}

} // namespace

std::vector<TaskRequest> examples(const std::filesystem::path &directory, TaskKind task)
{
    const std::filesystem::path file = directory / "examples.json";
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return {};
    const auto config = files::Config::read(file);
    std::vector<TaskRequest> requests;
    try {
        const Json tasks = config.json().value("tasks", Json::object());
        const auto entries = tasks.find(std::string(id(task)));
        if (entries == tasks.end())
            return {};
        for (const Json &entry : *entries)
            requests.push_back(requestOf(task, entry));
    } catch (const Json::exception &problem) {
        config.fail(id(task), "a list of examples, each with a \"text\"", problem.what());
    }
    return requests;
}

} // namespace engine
