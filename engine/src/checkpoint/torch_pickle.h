// SPDX-License-Identifier: GPL-3.0-or-later
// What both torch layouts share: from the pickled state dict to tensors over storages.
#pragma once

#include "checkpoint/weight_files.h"
#include "files/mapped_file.h"
#include "files/pickle.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace engine::checkpoint {

// A reference to a storage: ('storage', torch.FloatStorage, '0', 'cpu', 96[, (view key, offset, size)]).
struct StorageReference {
    std::string key;
    DType dtype = DType::F32;
    std::int64_t elements = 0;     // of the whole storage
    std::int64_t viewOffset = 0;   // elements that a view skips
    std::int64_t viewElements = 0; // = elements when it is no view
};

struct TorchTensor {
    std::string name;
    StorageReference storage;
    std::int64_t offset = 0; // elements, from the start of the storage
    Shape shape;
    std::vector<std::int64_t> strides; // elements; as many as the shape has axes
};

// The bytes of a storage: in the mapped file, or unpacked.
struct StorageBytes {
    const std::byte *data = nullptr;
    std::shared_ptr<const void> owner;
};

// File error when the persistent id is none of a storage.
[[nodiscard]] StorageReference storageReference(const std::string &file, files::PickleValue persistentId);

// Whether a state dict may mention the global: collections.OrderedDict, torch.FloatStorage, …
[[nodiscard]] bool isAllowedInStateDict(std::string_view global);

// The tensors of a state dict, or of the state dict in {"state_dict": …}; other values are passed over.
// Every tensor is checked to lie inside its storage; one that repeats elements (stride 0) may not have more of them
// than the file has bytes.
[[nodiscard]] std::vector<TorchTensor> tensorsOf(const std::string &file, files::PickleValue root,
                                                 std::int64_t fileBytes);

// A contiguous tensor of the strided one: a view of the storage where that is possible, gathered otherwise.
[[nodiscard]] Tensor materialise(const TorchTensor &tensor, const StorageBytes &storage);

} // namespace engine::checkpoint
