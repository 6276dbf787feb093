// SPDX-License-Identifier: GPL-3.0-or-later
// Value type over shared, constant storage. Always contiguous and row-major; no mathematics here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine {

enum class DType { F32, F16, BF16, F64, I64, I32, I16, I8, U8, Bool };

[[nodiscard]] std::size_t byteSize(DType dtype) noexcept;
[[nodiscard]] std::string_view name(DType dtype) noexcept; // "F32", "I64", … as in safetensors

class Shape {
public:
    Shape() = default; // a scalar: rank 0, one element
    Shape(std::initializer_list<std::int64_t> sizes) : m_sizes(sizes) {}
    explicit Shape(std::vector<std::int64_t> sizes) : m_sizes(std::move(sizes)) {}

    [[nodiscard]] int rank() const noexcept { return static_cast<int>(m_sizes.size()); }
    [[nodiscard]] std::int64_t operator[](int axis) const; // axis < 0 counts from the end
    [[nodiscard]] std::int64_t elements() const noexcept;
    [[nodiscard]] const std::vector<std::int64_t> &sizes() const noexcept { return m_sizes; }
    [[nodiscard]] std::string text() const; // "(2, 3)"
    bool operator==(const Shape &) const = default;

private:
    std::vector<std::int64_t> m_sizes;
};

class Tensor {
public:
    Tensor() = default; // no tensor at all: isNull()

    // New, uninitialised memory (64-byte aligned). Fill it through mutableData() before sharing it.
    [[nodiscard]] static Tensor uninitialised(Shape shape, DType dtype = DType::F32);
    [[nodiscard]] static Tensor zeros(Shape shape, DType dtype = DType::F32);
    [[nodiscard]] static Tensor fromFloats(Shape shape, std::span<const float> values);
    [[nodiscard]] static Tensor fromInts(Shape shape, std::span<const std::int64_t> values); // I64
    // A view of foreign memory (a mapped file); `owner` keeps it alive.
    [[nodiscard]] static Tensor view(Shape shape, DType dtype, const std::byte *data,
                                     std::shared_ptr<const void> owner);

    [[nodiscard]] bool isNull() const noexcept { return !m_owner; }
    [[nodiscard]] const Shape &shape() const noexcept { return m_shape; }
    [[nodiscard]] std::int64_t size(int axis) const { return m_shape[axis]; }
    [[nodiscard]] int rank() const noexcept { return m_shape.rank(); }
    [[nodiscard]] std::int64_t elements() const noexcept { return m_shape.elements(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return static_cast<std::size_t>(elements()) * byteSize(m_dtype); }
    [[nodiscard]] DType dtype() const noexcept { return m_dtype; }

    [[nodiscard]] const std::byte *data() const noexcept { return m_data; }
    [[nodiscard]] std::span<const float> floats() const;         // Internal error unless F32
    [[nodiscard]] std::span<const std::int64_t> ints() const;    // Internal error unless I64
    // Whether the mutable accessors may be used: memory of its own that no other tensor shares.
    [[nodiscard]] bool isWritable() const noexcept { return m_isWritable && m_owner.use_count() == 1; }
    // Only for the creator of the tensor, before it is shared (Internal error on a view or a shared one).
    [[nodiscard]] std::span<float> mutableFloats();
    [[nodiscard]] std::span<std::int64_t> mutableInts();
    [[nodiscard]] std::byte *mutableData();

    [[nodiscard]] Tensor reshaped(Shape shape) const;                                  // same elements, same memory
    [[nodiscard]] Tensor rows(std::int64_t begin, std::int64_t end) const;            // outermost axis, same memory
    [[nodiscard]] Tensor toFloats() const;  // F32 copy of F16, BF16, F64 (itself when already F32)
    [[nodiscard]] Tensor toInts() const;    // I64 copy of I32, I16, I8, U8, Bool (itself when already I64)

private:
    Shape m_shape;
    DType m_dtype = DType::F32;
    const std::byte *m_data = nullptr;
    std::shared_ptr<const void> m_owner;
    bool m_isWritable = false;
};

// Inputs and outputs of a model under the reference library's argument names
// ("input_ids", "attention_mask", "logits", "start_logits", …); see engine/names.h.
using NamedTensors = std::map<std::string, Tensor, std::less<>>;

// The tensor of that name, or a null tensor.
[[nodiscard]] Tensor find(const NamedTensors &tensors, std::string_view name);
// The tensor of that name; Internal error naming it when it is absent.
[[nodiscard]] const Tensor &require(const NamedTensors &tensors, std::string_view name);

} // namespace engine
