// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/model_info.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace engine::session {
namespace {

namespace fs = std::filesystem;

std::string knownFamilies()
{
    std::string out;
    for (const auto &family : models::registry())
        out += (out.empty() ? "" : ", ") + family.info.id;
    return out;
}

const models::Family &familyOf(const files::Config &config)
{
    const auto type = config.text("model_type", "");
    const auto *family = models::findFamily(type);
    if (family == nullptr)
        config.fail("model_type", "one of " + knownFamilies(), type.empty() ? "nothing" : type);
    return *family;
}

// The type that most bytes of the tensors have.
std::string mainType(const checkpoint::WeightFiles &files)
{
    std::map<DType, std::int64_t> bytes;
    for (const auto &[tensorName, entry] : files.tensors)
        bytes[entry.dtype] += entry.shape.elements() * static_cast<std::int64_t>(byteSize(entry.dtype));
    const auto most = std::ranges::max_element(bytes, {}, [](const auto &pair) { return pair.second; });
    return most == bytes.end() ? std::string() : std::string(name(most->first));
}

// "bert.encoder.layer.3.output.dense.weight" → "layer 3", "bert.pooler.dense.bias" → "pooler"; of a model with
// several stacks "decoder layer 3".
std::string groupOf(std::string tensorName, const models::Family &family)
{
    for (const auto &prefix : family.names.prefixes)
        if (tensorName.starts_with(prefix))
            tensorName.erase(0, prefix.size());
    const bool hasStacks = family.info.category == Category::SequenceToSequence ||
                           family.info.category == Category::Multimodal || !family.parts.empty();
    std::string first;
    for (std::size_t begin = 0; begin < tensorName.size();) {
        const auto end = std::min(tensorName.find('.', begin), tensorName.size());
        const auto part = tensorName.substr(begin, end - begin);
        if (std::ranges::all_of(part, [](unsigned char c) { return c >= '0' && c <= '9'; }))
            return (hasStacks && !first.empty() ? first + " " : "") + "layer " + part;
        if (first.empty())
            first = part;
        begin = end + 1;
    }
    return first;
}

} // namespace

Opened open(const fs::path &path)
{
    std::error_code error;
    if (!fs::exists(path, error))
        failFile(path.string() + ": no such file or folder");
    const fs::path directory = fs::is_directory(path, error) ? path : path.parent_path();
    const auto file = directory / "config.json";
    if (!fs::exists(file, error))
        failFile(directory.string() + ": no config.json; expected a checkpoint folder with config.json and weights");
    auto config = files::Config::read(file);
    const auto &family = familyOf(config);
    return {fs::absolute(directory).lexically_normal(), std::move(config), &family};
}

std::vector<fs::path> headDirectories(const fs::path &directory)
{
    std::vector<fs::path> found;
    std::error_code error;
    for (const auto &entry : fs::directory_iterator(directory / "heads", error))
        if (fs::exists(entry.path() / "config.json", error))
            found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

ModelInfo describe(const Opened &opened, const checkpoint::Weights &weights)
{
    const auto &files = weights.files();
    const auto sizes = opened.family->dimensions(opened.config);
    const auto architectures = opened.config.texts("architectures");
    ModelInfo info;
    info.directory = opened.directory;
    info.name =
        (opened.directory.has_filename() ? opened.directory : opened.directory.parent_path()).filename().string();
    info.familyId = opened.family->info.id;
    info.familyTitle = opened.family->info.title;
    info.category = opened.family->info.category;
    info.architecture = architectures.empty() ? std::string() : architectures.front();
    info.fileBytes = files.bytes;
    info.weightFormat = files.format;
    info.weightType = mainType(files);
    info.vocabulary = sizes.vocabulary;
    info.maxPositions = sizes.maxPositions;
    info.layers = sizes.layers;
    info.heads = sizes.heads;
    info.hidden = sizes.hidden;
    info.configText = opened.config.json().dump(2);
    for (const auto &spec : opened.family->heads)
        if (std::ranges::count(architectures, spec.className) > 0 && !spec.evidence.empty() &&
            !weights.has(spec.evidence))
            info.missingTensors.push_back(spec.evidence);
    return info;
}

void addBound(ModelInfo &info, const checkpoint::Weights &weights, const models::Family &family)
{
    for (const auto &[tensorName, elements] : weights.bound()) {
        const auto group = groupOf(tensorName, family);
        const auto it = std::ranges::find(info.parameterGroups, group, [](const auto &pair) { return pair.first; });
        if (it == info.parameterGroups.end())
            info.parameterGroups.emplace_back(group, elements);
        else
            it->second += elements;
        info.parameters += elements;
    }
    std::ranges::copy(weights.unused(), std::back_inserter(info.unusedTensors));
}

std::vector<TaskKind> tasksInOrder(const std::vector<models::HeadedModel::BoundHead> &heads,
                                   const models::Family &family)
{
    std::vector<TaskKind> tasks;
    for (const auto task : family.info.tasks)
        if (std::ranges::any_of(heads, [&](const auto &head) { return std::ranges::count(head.info.tasks, task) > 0; }))
            tasks.push_back(task);
    return tasks;
}

} // namespace engine::session
