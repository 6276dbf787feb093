// SPDX-License-Identifier: GPL-3.0-or-later
// The tensors of a checkpoint directory, whatever the file layout: model.safetensors (memory-mapped),
// sharded safetensors with index, pytorch_model.bin as zip + pickle or as the older stream of pickles,
// sharded .bin with index. Pickles are read by a safe subset reader that executes nothing.
#pragma once

#include "engine/run_control.h"
#include "engine/tensor.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace engine::checkpoint {

struct TensorEntry {
    Shape shape;
    DType dtype = DType::F32;
    std::filesystem::path file;
    // The tensor in its stored type; mapped where the format allows it. File error when the data is bad.
    std::function<Tensor()> load;
};

struct WeightFiles {
    std::map<std::string, TensorEntry, std::less<>> tensors;
    std::vector<std::filesystem::path> files;
    std::int64_t bytes = 0; // of the files
    std::string format;     // "safetensors", "safetensors, 4 shards", "torch zip", "torch stream", …
    std::map<std::string, std::string> metadata; // __metadata__ of safetensors
};

// Reads headers only. File error when the directory has no weight file or one is malformed.
[[nodiscard]] WeightFiles openWeightFiles(const std::filesystem::path &directory, const RunControl &control);
// One weight file of any of the formats, by its content.
[[nodiscard]] WeightFiles openWeightFile(const std::filesystem::path &file, const RunControl &control);

} // namespace engine::checkpoint
