// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/weight_files.h"

#include "checkpoint/layouts.h"
#include "files/json_text.h"

#include <nlohmann/json.hpp>

#include <array>
#include <string_view>

namespace engine::checkpoint {
namespace {

constexpr std::size_t kMaxIndexBytes = std::size_t{64} << 20U;

bool isThere(const std::filesystem::path &file)
{
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

// The directory itself, resp. "." for a file without one.
std::filesystem::path directoryOf(const std::filesystem::path &file)
{
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

// "weight_map" of an index: tensor → file name.
std::map<std::string, std::string> readWeightMap(const std::filesystem::path &index)
{
    const auto json = files::parseJson(index, files::readText(index, kMaxIndexBytes), files::DuplicateKeys::Refused);
    const auto map = json.is_object() ? json.find("weight_map") : json.end();
    if (map == json.end() || !map->is_object() || map->empty())
        failFile(index.string() + ": weight_map: expected an object of file names by tensor, found " +
                 (map == json.end() ? "none"
                  : map->empty()    ? "an empty one"
                                    : files::describe(*map)));
    std::map<std::string, std::string> out;
    for (const auto &[tensor, file] : map->items()) {
        if (!file.is_string())
            failFile(index.string() + ": weight_map: " + tensor + ": expected a file name, found " +
                     files::describe(file));
        out[tensor] = file.get<std::string>();
    }
    return out;
}

// A shard lies beside its index or below; an index cannot make us read anything else. A link inside the directory
// may lead elsewhere: that is how download caches are built.
void checkInside(const std::filesystem::path &index, const std::string &shard)
{
    const std::filesystem::path relative(shard);
    bool isInside = !shard.empty() && !relative.is_absolute() && shard.find('\0') == std::string::npos;
    for (const auto &part : relative)
        isInside = isInside && part != "..";
    if (!isInside)
        failFile(index.string() + ": the shard \"" + shard + "\" does not lie in the folder of the index");
}

WeightFiles openShards(const std::filesystem::path &index, const RunControl &control)
{
    const auto map = readWeightMap(index);
    std::map<std::string, WeightFiles> shards;
    WeightFiles out;
    for (const auto &[tensor, shard] : map) {
        if (!shards.contains(shard)) {
            control.checkpoint();
            checkInside(index, shard);
            const auto file = directoryOf(index) / shard;
            if (!isThere(file))
                failFile(file.string() + ": missing; " + index.filename().string() + " names it");
            shards[shard] = openWeightFile(file, control);
        }
        const auto &opened = shards[shard];
        const auto found = opened.tensors.find(tensor);
        if (found == opened.tensors.end())
            failFile((directoryOf(index) / shard).string() + ": tensor " + tensor + " is missing; " +
                     index.filename().string() + " says that it is there");
        out.tensors.insert(*found);
    }
    for (const auto &[name, opened] : shards) {
        out.files.insert(out.files.end(), opened.files.begin(), opened.files.end());
        out.bytes += opened.bytes;
        out.metadata.insert(opened.metadata.begin(), opened.metadata.end());
        out.format = opened.format;
    }
    out.format += ", " + std::to_string(shards.size()) + (shards.size() == 1 ? " shard" : " shards");
    return out;
}

// torchvision's downloads have names of their own ("resnet152-394f9c45.pth"): the folder's only such file.
std::filesystem::path onlyStateDict(const std::filesystem::path &directory)
{
    std::filesystem::path found;
    std::error_code ignored;
    for (const auto &entry : std::filesystem::directory_iterator(directory, ignored)) {
        if (entry.path().extension() != ".pth")
            continue;
        if (!found.empty())
            return {};
        found = entry.path();
    }
    return found;
}

} // namespace

WeightFiles openWeightFile(const std::filesystem::path &file, const RunControl &control)
{
    control.checkpoint();
    if (!isThere(file))
        failFile(file.string() + ": missing");
    const auto mapped = files::MappedFile::open(file);
    const auto text = mapped->text();
    if (text.empty())
        failFile(file.string() + ": expected weights, found an empty file");
    constexpr std::string_view kHdf5("\x89HDF", 4);
    if (text.starts_with(kHdf5))
        failFile(file.string() +
                 ": TensorFlow weights (HDF5) are not supported; expected safetensors or PyTorch weights");
    constexpr std::string_view kZip("PK\x03\x04", 4);
    if (text.starts_with(kZip))
        return readTorchZip(mapped);
    if (isTorchStream(mapped))
        return readTorchStream(mapped);
    constexpr char kPickle = '\x80';
    if (text[0] == kPickle && file.extension() != ".safetensors")
        failFile(file.string() + ": a pickle, but not one that PyTorch writes for weights");
    return readSafetensors(mapped);
}

WeightFiles openWeightFiles(const std::filesystem::path &directory, const RunControl &control)
{
    constexpr std::array kNames{"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
                                "pytorch_model.bin.index.json"};
    std::error_code ignored;
    if (!std::filesystem::is_directory(directory, ignored))
        failFile(directory.string() + ": " + (isThere(directory) ? "expected a folder, found a file" : "missing"));
    std::string looked;
    for (const std::string_view candidate : kNames) {
        const auto file = directory / candidate;
        if (isThere(file))
            return candidate.ends_with(".json") ? openShards(file, control) : openWeightFile(file, control);
        looked += (looked.empty() ? "" : ", ") + std::string(candidate);
    }
    if (const auto file = onlyStateDict(directory); !file.empty())
        return openWeightFile(file, control);
    looked += ", one *.pth";
    for (const std::string_view other : {"tf_model.h5", "flax_model.msgpack", "model.ckpt.index", "rust_model.ot"})
        if (isThere(directory / other))
            failFile((directory / other).string() + ": these weights are not supported (looked for " + looked + ")");
    failFile(directory.string() + ": no weights (looked for " + looked + ")");
}

} // namespace engine::checkpoint
