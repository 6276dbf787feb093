// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor.h"

#include "engine/error.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <new>

namespace engine {
namespace {

constexpr std::align_val_t kAlignment{64}; // a cache line, and a vector register of AVX-512

std::shared_ptr<std::byte> allocate(std::size_t bytes)
{
    auto *memory = static_cast<std::byte *>(::operator new(std::max<std::size_t>(bytes, 1), kAlignment));
    return {memory, [](std::byte *p) { ::operator delete(p, kAlignment); }};
}

float halfToFloat(std::uint16_t half)
{
    const std::uint32_t sign = (half & 0x8000U) << 16U;
    const std::uint32_t exponent = (half >> 10U) & 0x1FU;
    std::uint32_t mantissa = half & 0x3FFU;
    if (exponent == 0x1FU)
        return std::bit_cast<float>(sign | 0x7F800000U | (mantissa << 13U));
    if (exponent != 0)
        return std::bit_cast<float>(sign | ((exponent + 112U) << 23U) | (mantissa << 13U));
    // Subnormal: mantissa · 2^-24 is exact in F32.
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
}

template <typename From, typename To, typename Convert>
void convert(const std::byte *from, std::span<To> to, Convert &&one)
{
    for (std::size_t i = 0; i < to.size(); ++i) {
        From value;
        std::memcpy(&value, from + i * sizeof(From), sizeof(From)); // mapped files need not be aligned
        to[i] = one(value);
    }
}

} // namespace

std::size_t byteSize(DType dtype) noexcept
{
    switch (dtype) {
    case DType::F64:
    case DType::I64:
        return 8;
    case DType::F32:
    case DType::I32:
        return 4;
    case DType::F16:
    case DType::BF16:
    case DType::I16:
        return 2;
    case DType::I8:
    case DType::U8:
    case DType::Bool:
        return 1;
    }
    return 1;
}

std::string_view name(DType dtype) noexcept
{
    switch (dtype) {
    case DType::F64:
        return "F64";
    case DType::I64:
        return "I64";
    case DType::F32:
        return "F32";
    case DType::I32:
        return "I32";
    case DType::F16:
        return "F16";
    case DType::BF16:
        return "BF16";
    case DType::I16:
        return "I16";
    case DType::I8:
        return "I8";
    case DType::U8:
        return "U8";
    case DType::Bool:
        return "BOOL";
    }
    return "?";
}

std::int64_t Shape::operator[](int axis) const
{
    const int index = axis < 0 ? axis + rank() : axis;
    if (index < 0 || index >= rank())
        failInternal("axis " + std::to_string(axis) + " of shape " + text());
    return m_sizes[static_cast<std::size_t>(index)];
}

std::int64_t Shape::elements() const noexcept
{
    std::int64_t product = 1;
    for (const auto size : m_sizes)
        product *= size;
    return product;
}

std::string Shape::text() const
{
    std::string out = "(";
    for (std::size_t i = 0; i < m_sizes.size(); ++i)
        out += (i == 0 ? "" : ", ") + std::to_string(m_sizes[i]);
    return out + ")";
}

Tensor Tensor::uninitialised(Shape shape, DType dtype)
{
    for (const auto size : shape.sizes())
        if (size < 0)
            failInternal("a tensor of negative size: " + shape.text());
    Tensor t;
    auto memory = allocate(static_cast<std::size_t>(shape.elements()) * byteSize(dtype));
    t.m_data = memory.get();
    t.m_owner = std::move(memory);
    t.m_shape = std::move(shape);
    t.m_dtype = dtype;
    t.m_isWritable = true;
    return t;
}

Tensor Tensor::zeros(Shape shape, DType dtype)
{
    Tensor t = uninitialised(std::move(shape), dtype);
    std::memset(t.mutableData(), 0, t.bytes());
    return t;
}

Tensor Tensor::fromFloats(Shape shape, std::span<const float> values)
{
    Tensor t = uninitialised(std::move(shape), DType::F32);
    if (static_cast<std::size_t>(t.elements()) != values.size())
        failInternal(std::to_string(values.size()) + " values for shape " + t.shape().text());
    std::copy(values.begin(), values.end(), t.mutableFloats().begin());
    return t;
}

Tensor Tensor::fromInts(Shape shape, std::span<const std::int64_t> values)
{
    Tensor t = uninitialised(std::move(shape), DType::I64);
    if (static_cast<std::size_t>(t.elements()) != values.size())
        failInternal(std::to_string(values.size()) + " values for shape " + t.shape().text());
    std::copy(values.begin(), values.end(), t.mutableInts().begin());
    return t;
}

Tensor Tensor::view(Shape shape, DType dtype, const std::byte *data, std::shared_ptr<const void> owner)
{
    Tensor t;
    t.m_shape = std::move(shape);
    t.m_dtype = dtype;
    t.m_data = data;
    t.m_owner = std::move(owner);
    return t;
}

std::span<const float> Tensor::floats() const
{
    if (m_dtype != DType::F32 || isNull())
        failInternal("floats() of a tensor of type " + std::string(name(m_dtype)) + (isNull() ? " (null)" : ""));
    return {reinterpret_cast<const float *>(m_data), static_cast<std::size_t>(elements())};
}

std::span<const std::int64_t> Tensor::ints() const
{
    if (m_dtype != DType::I64 || isNull())
        failInternal("ints() of a tensor of type " + std::string(name(m_dtype)) + (isNull() ? " (null)" : ""));
    return {reinterpret_cast<const std::int64_t *>(m_data), static_cast<std::size_t>(elements())};
}

std::byte *Tensor::mutableData()
{
    if (!m_isWritable || m_owner.use_count() != 1)
        failInternal("writing into a shared tensor");
    return const_cast<std::byte *>(m_data); // NOLINT: allocated by uninitialised(), owned by this tensor alone
}

std::span<float> Tensor::mutableFloats()
{
    if (m_dtype != DType::F32)
        failInternal("mutableFloats() of a tensor of type " + std::string(name(m_dtype)));
    return {reinterpret_cast<float *>(mutableData()), static_cast<std::size_t>(elements())};
}

std::span<std::int64_t> Tensor::mutableInts()
{
    if (m_dtype != DType::I64)
        failInternal("mutableInts() of a tensor of type " + std::string(name(m_dtype)));
    return {reinterpret_cast<std::int64_t *>(mutableData()), static_cast<std::size_t>(elements())};
}

Tensor Tensor::reshaped(Shape shape) const
{
    if (shape.elements() != elements())
        failInternal("cannot reshape " + m_shape.text() + " to " + shape.text());
    Tensor t = *this;
    t.m_shape = std::move(shape);
    return t;
}

Tensor Tensor::rows(std::int64_t begin, std::int64_t end) const
{
    if (rank() < 1 || begin < 0 || end < begin || end > m_shape[0])
        failInternal("rows " + std::to_string(begin) + " to " + std::to_string(end) + " of " + m_shape.text());
    auto sizes = m_shape.sizes();
    const std::int64_t rowBytes =
        sizes[0] == 0 ? 0 : static_cast<std::int64_t>(bytes()) / sizes[0];
    sizes[0] = end - begin;
    Tensor t = *this;
    t.m_shape = Shape(std::move(sizes));
    t.m_data = m_data + begin * rowBytes;
    t.m_isWritable = false;
    return t;
}

Tensor Tensor::toFloats() const
{
    if (m_dtype == DType::F32)
        return *this;
    Tensor t = uninitialised(m_shape, DType::F32);
    const auto out = t.mutableFloats();
    switch (m_dtype) {
    case DType::F16:
        convert<std::uint16_t>(m_data, out, halfToFloat);
        break;
    case DType::BF16:
        convert<std::uint16_t>(m_data, out,
                               [](std::uint16_t v) { return std::bit_cast<float>(std::uint32_t{v} << 16U); });
        break;
    case DType::F64:
        convert<double>(m_data, out, [](double v) { return static_cast<float>(v); });
        break;
    default:
        failInternal("toFloats() of a tensor of type " + std::string(name(m_dtype)));
    }
    return t;
}

Tensor Tensor::toInts() const
{
    if (m_dtype == DType::I64)
        return *this;
    Tensor t = uninitialised(m_shape, DType::I64);
    const auto out = t.mutableInts();
    const auto widen = [](auto v) { return static_cast<std::int64_t>(v); };
    switch (m_dtype) {
    case DType::I32:
        convert<std::int32_t>(m_data, out, widen);
        break;
    case DType::I16:
        convert<std::int16_t>(m_data, out, widen);
        break;
    case DType::I8:
        convert<std::int8_t>(m_data, out, widen);
        break;
    case DType::U8:
    case DType::Bool:
        convert<std::uint8_t>(m_data, out, widen);
        break;
    default:
        failInternal("toInts() of a tensor of type " + std::string(name(m_dtype)));
    }
    return t;
}

Tensor find(const NamedTensors &tensors, std::string_view name)
{
    const auto it = tensors.find(name);
    return it == tensors.end() ? Tensor() : it->second;
}

const Tensor &require(const NamedTensors &tensors, std::string_view name)
{
    const auto it = tensors.find(name);
    if (it == tensors.end() || it->second.isNull())
        failInternal("no tensor named " + std::string(name));
    return it->second;
}

} // namespace engine
