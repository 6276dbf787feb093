// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/torch_pickle.h"

#include "checkpoint/layouts.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

namespace engine::checkpoint {
namespace {

using files::PickleKind;
using files::PickleValue;

constexpr std::size_t kMaxRank = 64; // that of torch

constexpr std::array<std::pair<std::string_view, DType>, 10> kStorages{{
    {"torch.FloatStorage", DType::F32},
    {"torch.HalfStorage", DType::F16},
    {"torch.BFloat16Storage", DType::BF16},
    {"torch.DoubleStorage", DType::F64},
    {"torch.LongStorage", DType::I64},
    {"torch.IntStorage", DType::I32},
    {"torch.ShortStorage", DType::I16},
    {"torch.CharStorage", DType::I8},
    {"torch.ByteStorage", DType::U8},
    {"torch.BoolStorage", DType::Bool},
}};

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kParameter = "torch._utils._rebuild_parameter";
constexpr std::string_view kTensor = "torch._utils._rebuild_tensor";
constexpr std::string_view kTensorV2 = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kSize = "torch.Size";

// Read as what they are, mentioned by checkpoints that hold more than a state dict.
constexpr std::array kHarmless{kOrderedDict,
                               kParameter,
                               kTensor,
                               kTensorV2,
                               kSize,
                               std::string_view("torch.device"),
                               std::string_view("torch.float32"),
                               std::string_view("torch.float16"),
                               std::string_view("torch.bfloat16"),
                               std::string_view("torch.float64"),
                               std::string_view("torch.int64")};

// A dictionary as pickles have it: a dict, or an OrderedDict, whose entries come either one by one (Python 3) or as
// one list of pairs among the arguments (Python 2).
class Entries {
public:
    explicit Entries(PickleValue value) : m_value(value), m_pairs(value)
    {
        m_isDictionary = value.is(PickleKind::Dict) || value.isCallOf(kOrderedDict);
        if (value.is(PickleKind::Call) && value.arguments().size() == 1)
            m_pairs = value.arguments()[0];
        m_hasPairs = m_pairs.is(PickleKind::List);
    }

    [[nodiscard]] bool isDictionary() const { return m_isDictionary; }

    // Calls use(key, value) for every entry with a text as key.
    template <typename Use> void each(Use &&use) const
    {
        for (std::size_t i = 0; m_hasPairs && i < m_pairs.size(); ++i)
            if (const auto pair = m_pairs[i]; pair.size() == 2 && pair[0].is(PickleKind::Text))
                use(pair[0].text(), pair[1]);
        for (std::size_t i = 0; i < m_value.entryCount(); ++i)
            if (m_value.key(i).is(PickleKind::Text))
                use(m_value.key(i).text(), m_value.value(i));
    }

private:
    PickleValue m_value;
    PickleValue m_pairs;
    bool m_isDictionary = false;
    bool m_hasPairs = false;
};

std::vector<std::int64_t> integers(const std::string &where, PickleValue value)
{
    if (value.isCallOf(kSize) && value.arguments().size() == 1)
        value = value.arguments()[0];
    if (!value.is(PickleKind::Tuple) && !value.is(PickleKind::List))
        failFile(where + ": expected a tuple of integers, found " + value.describe());
    if (value.size() > kMaxRank)
        failFile(where + ": expected at most " + std::to_string(kMaxRank) + " axes, found " +
                 std::to_string(value.size()));
    std::vector<std::int64_t> out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (!value[i].is(PickleKind::Int) || value[i].integer() < 0)
            failFile(where + ": expected integers ≥ 0 as sizes and strides, found " + value[i].describe());
        out.push_back(value[i].integer());
    }
    return out;
}

std::string stridesText(const TorchTensor &tensor)
{
    return Shape(tensor.strides).text();
}

// Whether the last element that the strides reach lies inside the (view of the) storage.
bool liesInStorage(const TorchTensor &tensor)
{
    const auto &sizes = tensor.shape.sizes();
    const std::int64_t limit = tensor.storage.viewElements;
    if (tensor.shape.elements() == 0)
        return tensor.offset <= limit;
    if (tensor.offset >= limit)
        return false;
    std::int64_t room = limit - 1 - tensor.offset;
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
        const std::int64_t steps = sizes[axis] - 1;
        if (steps > 0 && tensor.strides[axis] > room / steps)
            return false;
        room -= steps * tensor.strides[axis];
    }
    return true;
}

void check(const std::string &where, const TorchTensor &tensor, std::int64_t fileBytes)
{
    if (tensor.shape.sizes().size() != tensor.strides.size())
        failFile(where + ": shape " + tensor.shape.text() + " and strides " + stridesText(tensor) +
                 " differ in length");
    const std::int64_t bytes = checkedBytes(tensor.shape, tensor.storage.dtype);
    if (bytes < 0)
        failFile(where + ": the shape " + tensor.shape.text() + " is too large");
    if (tensor.offset < 0 || !liesInStorage(tensor))
        failFile(where + ": shape " + tensor.shape.text() + " with strides " + stridesText(tensor) + " at element " +
                 std::to_string(tensor.offset) + " does not lie in its storage of " +
                 std::to_string(tensor.storage.viewElements) + " elements");
    if (tensor.shape.elements() > std::max(tensor.storage.viewElements, fileBytes))
        failFile(where + ": the shape " + tensor.shape.text() + " repeats elements beyond the size of the file");
}

TorchTensor readTensor(const std::string &file, std::string_view name, PickleValue value, std::int64_t fileBytes)
{
    const std::string where = file + ": tensor " + std::string(name);
    const auto arguments = value.arguments();
    if (arguments.size() < 4 || !arguments[0].is(PickleKind::PersistentId) || !arguments[1].is(PickleKind::Int))
        failFile(where + ": expected a storage, an offset, a shape and strides, found " + arguments.describe());
    TorchTensor tensor{.name = std::string(name),
                       .storage = storageReference(where, arguments[0]),
                       .offset = arguments[1].integer(),
                       .shape = Shape(integers(where, arguments[2])),
                       .strides = integers(where, arguments[3])};
    check(where, tensor, fileBytes);
    tensor.offset += tensor.storage.viewOffset;
    return tensor;
}

bool isTensor(PickleValue value)
{
    return value.isCallOf(kTensor) || value.isCallOf(kTensorV2);
}

// A parameter is a tensor with a wrapper round it.
PickleValue unwrapped(PickleValue value)
{
    return value.isCallOf(kParameter) && value.arguments().size() > 0 ? value.arguments()[0] : value;
}

// Row-major without gaps; the strides of axes with one element mean nothing.
bool isContiguous(const TorchTensor &tensor)
{
    std::int64_t expected = 1;
    for (std::size_t axis = tensor.strides.size(); axis-- > 0;) {
        const std::int64_t size = tensor.shape.sizes()[axis];
        if (size != 1 && tensor.strides[axis] != expected)
            return false;
        expected *= size;
    }
    return true;
}

// Element after element in row-major order.
template <typename Element> void gather(const TorchTensor &tensor, const std::byte *data, std::byte *out)
{
    const auto &sizes = tensor.shape.sizes();
    const std::size_t inner = sizes.size() - 1; // a tensor without axes is contiguous
    std::vector<std::int64_t> index(sizes.size(), 0);
    std::int64_t base = tensor.offset;
    const std::int64_t rows = tensor.shape.elements() / sizes[inner];
    for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t i = 0; i < sizes[inner]; ++i) {
            const std::int64_t from = base + i * tensor.strides[inner];
            std::memcpy(out, data + from * static_cast<std::int64_t>(sizeof(Element)), sizeof(Element));
            out += sizeof(Element);
        }
        for (std::size_t axis = inner; axis-- > 0;) {
            base += tensor.strides[axis];
            if (++index[axis] < sizes[axis])
                break;
            base -= tensor.strides[axis] * sizes[axis];
            index[axis] = 0;
        }
    }
}

} // namespace

bool isAllowedInStateDict(std::string_view global)
{
    const auto isThis = [&](const auto &entry) { return entry.first == global; };
    return std::find(kHarmless.begin(), kHarmless.end(), global) != kHarmless.end() ||
           std::any_of(kStorages.begin(), kStorages.end(), isThis);
}

StorageReference storageReference(const std::string &file, PickleValue persistentId)
{
    const auto id = persistentId.arguments();
    if (!id.is(PickleKind::Tuple) || id.size() < 5 || id[0].text() != "storage" || !id[1].is(PickleKind::Global) ||
        !id[2].is(PickleKind::Text) || !id[4].is(PickleKind::Int))
        failFile(file + ": expected the id of a storage, found " + id.describe());
    const auto type = std::find_if(kStorages.begin(), kStorages.end(),
                                   [&](const auto &entry) { return entry.first == id[1].text(); });
    if (type == kStorages.end())
        failFile(file + ": expected a type of storage, found " + std::string(id[1].text()));
    StorageReference out{.key = std::string(id[2].text()),
                         .dtype = type->second,
                         .elements = id[4].integer(),
                         .viewOffset = 0,
                         .viewElements = id[4].integer()};
    if (checkedBytes(Shape{out.elements}, out.dtype) < 0)
        failFile(file + ": storage " + out.key + " claims " + std::to_string(out.elements) + " elements");
    if (id.size() > 5 && id[5].is(PickleKind::Tuple)) {
        const auto view = id[5];
        const bool isWhole = view.size() == 3 && view[1].is(PickleKind::Int) && view[2].is(PickleKind::Int);
        if (!isWhole || view[1].integer() < 0 || view[2].integer() < 0 || view[1].integer() > out.elements ||
            view[2].integer() > out.elements - view[1].integer())
            failFile(file + ": a view does not lie in storage " + out.key + " of " + std::to_string(out.elements) +
                     " elements");
        out.viewOffset = view[1].integer();
        out.viewElements = view[2].integer();
    }
    return out;
}

std::vector<TorchTensor> tensorsOf(const std::string &file, PickleValue root, std::int64_t fileBytes)
{
    if (!Entries(root).isDictionary())
        failFile(file + ": expected a dictionary of tensors, found " + root.describe());
    PickleValue dictionary = root;
    Entries(root).each([&](std::string_view key, PickleValue value) {
        if (key == "state_dict" && Entries(value).isDictionary())
            dictionary = value;
    });
    std::vector<TorchTensor> out;
    Entries(dictionary).each([&](std::string_view key, PickleValue value) {
        if (const auto tensor = unwrapped(value); isTensor(tensor))
            out.push_back(readTensor(file, key, tensor, fileBytes));
    });
    if (out.empty())
        failFile(file + ": no tensors in it");
    return out;
}

Tensor materialise(const TorchTensor &tensor, const StorageBytes &storage)
{
    const std::size_t width = byteSize(tensor.storage.dtype);
    const std::byte *first = storage.data + static_cast<std::size_t>(tensor.offset) * width;
    const bool isGapless = isContiguous(tensor) || tensor.shape.elements() == 0;
    if (isGapless && std::bit_cast<std::uintptr_t>(first) % width == 0)
        return Tensor::view(tensor.shape, tensor.storage.dtype, first, storage.owner);
    Tensor out = Tensor::uninitialised(tensor.shape, tensor.storage.dtype);
    if (isGapless)
        std::memcpy(out.mutableData(), first, out.bytes());
    else if (width == 8)
        gather<std::uint64_t>(tensor, storage.data, out.mutableData());
    else if (width == 4)
        gather<std::uint32_t>(tensor, storage.data, out.mutableData());
    else if (width == 2)
        gather<std::uint16_t>(tensor, storage.data, out.mutableData());
    else
        gather<std::uint8_t>(tensor, storage.data, out.mutableData());
    return out;
}

} // namespace engine::checkpoint
