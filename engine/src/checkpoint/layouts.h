// SPDX-License-Identifier: GPL-3.0-or-later
// The single-file layouts that openWeightFile() tells apart by their first bytes.
#pragma once

#include "checkpoint/weight_files.h"
#include "files/mapped_file.h"

#include <cstdint>
#include <memory>
#include <string>

namespace engine::checkpoint {

using MappedFilePtr = std::shared_ptr<const files::MappedFile>;

// https://huggingface.co/docs/safetensors: u64 length of a JSON header, the header, the data. Every byte of the
// data belongs to exactly one tensor.
[[nodiscard]] WeightFiles readSafetensors(const MappedFilePtr &file);

// What torch.save writes since 1.6: a zip with <name>/data.pkl and the storages <name>/data/<key>.
[[nodiscard]] WeightFiles readTorchZip(const MappedFilePtr &file);
[[nodiscard]] bool isTorchStream(const MappedFilePtr &file);
// What torch.save wrote before 1.6: five pickles (magic number, protocol, system, object, storage keys), then
// for each key an element count of 8 bytes and the elements.
[[nodiscard]] WeightFiles readTorchStream(const MappedFilePtr &file);

// Bytes of `shape` in `dtype`, or −1 when a size is negative or the product does not fit 63 bits.
[[nodiscard]] std::int64_t checkedBytes(const Shape &shape, DType dtype) noexcept;

// The bytes [offset, offset + size) of the file as a tensor: a view where the address is aligned for the type,
// a copy where it is not. File error when the file has been cut short.
[[nodiscard]] Tensor mappedTensor(const MappedFilePtr &file, std::size_t offset, const Shape &shape, DType dtype);

} // namespace engine::checkpoint
