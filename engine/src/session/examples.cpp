// SPDX-License-Identifier: GPL-3.0-or-later
// examples.json beside a bundled mini:
//   {"tasks": {"<task>": [{"text", "text_pair"?, "choices"?, "prefix"?, "control_code"?, "src_lang"?, "tgt_lang"?,
//   "top_k"?, "image"?, "passages"?: [{"title"?, "text"}], "documents"?,
//    "generation"?: {"max_new_tokens", "sample", "temperature", "top_k", "top_p", "repetition_penalty", "beams",
//    "seed"}}, …]}}
#include "engine/session.h"
#include "files/config.h"
#include "session/example_request.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace engine {

namespace {

using Json = nlohmann::json;

// The value under `key`, which keeps what it had where the key is absent.
template <typename Value> void read(const Json &object, const char *key, Value &value)
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

// A picture in the folder of the examples or below.
std::shared_ptr<const Image> pictureOf(const std::filesystem::path &directory, const std::string &file)
{
    const std::filesystem::path relative(file);
    if (relative.is_absolute() || std::ranges::find(relative, "..") != relative.end())
        failFile(directory.string() + ": image: expected a file in this folder, found " + file);
    return std::make_shared<const Image>(readImage(directory / relative));
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

} // namespace

TaskRequest session::exampleRequest(TaskKind task, const Json &entry, const std::filesystem::path &directory)
{
    TaskRequest request{.task = task, .text = entry.at("text").get<std::string>()};
    if (const auto pair = entry.find("text_pair"); pair != entry.end() && !pair->is_null())
        request.textPair = pair->get<std::string>();
    read(entry, "choices", request.choices);
    read(entry, "prefix", request.prefix);
    read(entry, "control_code", request.controlCode);
    read(entry, "top_k", request.topK);
    if (const auto language = entry.find("src_lang"); language != entry.end())
        request.encode.sourceLanguage = language->get<std::string>();
    if (const auto language = entry.find("tgt_lang"); language != entry.end())
        request.encode.targetLanguage = language->get<std::string>();
    if (const auto image = entry.find("image"); image != entry.end() && !image->is_null())
        request.image = pictureOf(directory, image->get<std::string>());
    request.retrieval = retrievalOf(entry);
    if (const auto generation = entry.find("generation"); generation != entry.end())
        request.generation = generationOf(*generation);
    return request;
}

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
            requests.push_back(session::exampleRequest(task, entry, directory));
    } catch (const Json::exception &problem) {
        config.fail(id(task), "a list of examples, each with a \"text\"", problem.what());
    }
    return requests;
}

} // namespace engine
