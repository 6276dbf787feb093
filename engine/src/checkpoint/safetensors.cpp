// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/layouts.h"

#include "files/json_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

namespace engine::checkpoint {
namespace {

static_assert(std::endian::native == std::endian::little, "weights are read in place");

struct Extent {
    std::int64_t begin = 0; // within the data
    std::int64_t end = 0;
    std::string_view tensor;
};

std::optional<DType> dtypeFromName(std::string_view text)
{
    for (const auto dtype : {DType::F32, DType::F16, DType::BF16, DType::F64, DType::I64, DType::I32, DType::I16,
                             DType::I8, DType::U8, DType::Bool})
        if (name(dtype) == text)
            return dtype;
    return std::nullopt;
}

// One entry of the header: {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}.
class EntryReader {
public:
    EntryReader(const std::filesystem::path &file, std::string_view tensor, const nlohmann::json &entry)
        : m_where(file.string() + ": tensor " + std::string(tensor)), m_entry(entry)
    {
        if (!entry.is_object())
            failFile(m_where + ": expected an object in the header, found " + files::describe(entry));
    }

    [[nodiscard]] DType dtype() const
    {
        const auto &value = member("dtype");
        if (!value.is_string())
            failFile(m_where + ": dtype: expected a string, found " + files::describe(value));
        const auto dtype = dtypeFromName(value.get_ref<const std::string &>());
        if (!dtype)
            failFile(m_where + ": dtype: expected one of F32, F16, BF16, F64, I64, I32, I16, I8, U8, BOOL, found " +
                     value.get_ref<const std::string &>());
        return *dtype;
    }

    [[nodiscard]] Shape shape() const { return Shape(integers("shape")); }

    // Within the data, checked against its size and against the shape.
    [[nodiscard]] Extent extent(std::int64_t dataBytes, std::int64_t expectedBytes, const Shape &shape) const
    {
        const auto offsets = integers("data_offsets");
        if (offsets.size() != 2 || offsets[0] > offsets[1])
            failFile(m_where + ": data_offsets: expected [begin, end] with begin ≤ end, found " +
                     member("data_offsets").dump());
        if (offsets[1] > dataBytes)
            failFile(m_where + ": the data ends at byte " + std::to_string(offsets[1]) + ", but the file has only " +
                     std::to_string(dataBytes) + " bytes of data (truncated?)");
        if (expectedBytes < 0)
            failFile(m_where + ": the shape " + shape.text() + " is too large");
        if (offsets[1] - offsets[0] != expectedBytes)
            failFile(m_where + ": expected " + std::to_string(expectedBytes) + " bytes for shape " + shape.text() +
                     " of type " + member("dtype").get<std::string>() + ", found " +
                     std::to_string(offsets[1] - offsets[0]));
        return {.begin = offsets[0], .end = offsets[1], .tensor = {}};
    }

private:
    [[nodiscard]] const nlohmann::json &member(const char *key) const
    {
        const auto it = m_entry.find(key);
        if (it == m_entry.end())
            failFile(m_where + ": the header gives no " + key);
        return *it;
    }

    [[nodiscard]] std::vector<std::int64_t> integers(const char *key) const
    {
        const auto &list = member(key);
        if (!list.is_array())
            failFile(m_where + ": " + key + ": expected a list of integers, found " + files::describe(list));
        std::vector<std::int64_t> out;
        out.reserve(list.size());
        for (const auto &item : list) {
            // Negative numbers are stored as signed ones, so unsigned means ≥ 0.
            if (!item.is_number_unsigned() ||
                item.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
                failFile(m_where + ": " + key + ": expected integers from 0 to 2^63 − 1, found " +
                         files::describe(item));
            out.push_back(item.get<std::int64_t>());
        }
        return out;
    }

    std::string m_where;
    const nlohmann::json &m_entry;
};

void readMetadata(const std::filesystem::path &file, const nlohmann::json &entry, WeightFiles &out)
{
    if (!entry.is_object())
        failFile(file.string() + ": __metadata__: expected an object, found " + files::describe(entry));
    for (const auto &[key, value] : entry.items())
        out.metadata[key] = value.is_string() ? value.get<std::string>() : value.dump();
}

// The format allows neither overlaps nor gaps.
void checkCoverage(const std::filesystem::path &file, std::vector<Extent> &extents, std::int64_t dataBytes)
{
    std::sort(extents.begin(), extents.end(),
              [](const Extent &a, const Extent &b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    std::int64_t reached = 0;
    std::string_view previous;
    for (const auto &extent : extents) {
        if (extent.begin < reached)
            failFile(file.string() + ": tensor " + std::string(extent.tensor) + ": overlaps with tensor " +
                     std::string(previous) + " (begins at byte " + std::to_string(extent.begin) +
                     ", which is before byte " + std::to_string(reached) + ")");
        if (extent.begin > reached)
            failFile(file.string() + ": tensor " + std::string(extent.tensor) + ": expected to begin at byte " +
                     std::to_string(reached) + ", found " + std::to_string(extent.begin));
        reached = extent.end;
        previous = extent.tensor;
    }
    if (reached != dataBytes)
        failFile(file.string() + ": overlong file: expected " + std::to_string(reached) + " bytes of data, found " +
                 std::to_string(dataBytes));
}

// Length of the JSON header, checked against the size of the file.
std::size_t headerLength(const files::MappedFile &file)
{
    constexpr std::size_t kPrefix = sizeof(std::uint64_t);
    const auto bytes = file.bytes();
    if (bytes.size() < kPrefix)
        failFile(file.file().string() + ": truncated: expected at least 8 bytes, found " +
                 std::to_string(bytes.size()));
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), kPrefix);
    if (length > bytes.size() - kPrefix)
        failFile(file.file().string() + ": truncated or no safetensors file: the header claims " +
                 std::to_string(length) + " bytes, but the file has only " + std::to_string(bytes.size()));
    return length;
}

} // namespace

std::int64_t checkedBytes(const Shape &shape, DType dtype) noexcept
{
    auto total = static_cast<std::int64_t>(byteSize(dtype));
    bool isEmpty = false;
    for (const auto size : shape.sizes()) {
        if (size < 0)
            return -1;
        isEmpty = isEmpty || size == 0;
        // A zero does not excuse the other sizes: their product is computed elsewhere too.
        const auto factor = std::max<std::int64_t>(size, 1);
        if (total > std::numeric_limits<std::int64_t>::max() / factor)
            return -1;
        total *= factor;
    }
    return isEmpty ? 0 : total;
}

Tensor mappedTensor(const MappedFilePtr &file, std::size_t offset, const Shape &shape, DType dtype)
{
    file->ensureIntact();
    const std::byte *data = file->bytes().data() + offset;
    if (std::bit_cast<std::uintptr_t>(data) % byteSize(dtype) == 0)
        return Tensor::view(shape, dtype, data, file);
    Tensor copy = Tensor::uninitialised(shape, dtype);
    std::memcpy(copy.mutableData(), data, copy.bytes());
    return copy;
}

WeightFiles readSafetensors(const MappedFilePtr &file)
{
    constexpr std::size_t kPrefix = sizeof(std::uint64_t);
    const auto &path = file->file();
    const std::size_t length = headerLength(*file);
    const auto header = files::parseJson(path, file->text().substr(kPrefix, length), files::DuplicateKeys::Refused);
    if (!header.is_object())
        failFile(path.string() + ": expected a JSON object as header, found " + files::describe(header));
    const std::size_t dataBegin = kPrefix + length;
    const auto dataBytes = static_cast<std::int64_t>(file->bytes().size() - dataBegin);

    WeightFiles out;
    out.files = {path};
    out.bytes = static_cast<std::int64_t>(file->bytes().size());
    out.format = "safetensors";
    std::vector<Extent> extents;
    for (const auto &[tensor, json] : header.items()) {
        if (tensor == "__metadata__") {
            readMetadata(path, json, out);
            continue;
        }
        const EntryReader entry(path, tensor, json);
        const DType dtype = entry.dtype();
        const Shape shape = entry.shape();
        auto extent = entry.extent(dataBytes, checkedBytes(shape, dtype), shape);
        const std::size_t offset = dataBegin + static_cast<std::size_t>(extent.begin);
        const auto [it, isNew] = out.tensors.try_emplace(
            tensor, TensorEntry{.shape = shape, .dtype = dtype, .file = path, .load = [file, offset, shape, dtype] {
                                    return mappedTensor(file, offset, shape, dtype);
                                }});
        extent.tensor = it->first;
        extents.push_back(extent);
    }
    checkCoverage(path, extents, dataBytes);
    return out;
}

} // namespace engine::checkpoint
