// SPDX-License-Identifier: GPL-3.0-or-later
// Batched products of attention whose result somebody looks at.
#include "ops/dnnl_compat.h"
#include "ops/ops.h"

#include "engine/error.h"

#include <algorithm>
#include <compare>
#include <map>
#include <mutex>

namespace engine::ops {
namespace {

using dnnl::memory;

struct Key {
    std::int64_t batch, m, n, k;
    bool isTransposed;
    float factor;
    int threads;
    auto operator<=>(const Key &) const = default;
};

class BatchCache {
public:
    std::shared_ptr<const backend::Matmul> find(const Key &key)
    {
        const std::lock_guard lock(m_mutex);
        if (const auto it = m_entries.find(key); it != m_entries.end())
            return it->second;
        if (m_entries.size() >= kMost)
            m_entries.clear();
        return m_entries[key] = make(key);
    }

private:
    static constexpr std::size_t kMost = 64; // cached decoding makes a new shape with every token

    static std::shared_ptr<const backend::Matmul> make(const Key &key)
    {
        using tag = memory::format_tag;
        constexpr auto kType = memory::data_type::f32;
        dnnl::primitive_attr attributes;
        if (key.factor != 1.0F) {
            dnnl::post_ops operations;
            backend::appendFactor(operations, key.factor);
            attributes.set_post_ops(operations);
        }
        return backend::makeMatmul(
            {.source = {{key.batch, key.m, key.k}, kType, tag::abc},
             .weights = {{key.batch, key.k, key.n}, kType, key.isTransposed ? tag::acb : tag::abc},
             .destination = {{key.batch, key.m, key.n}, kType, tag::abc}},
            attributes);
    }

    std::mutex m_mutex;
    std::map<Key, std::shared_ptr<const backend::Matmul>> m_entries;
};

struct Product {
    bool isTransposed;
    float factor;
};

Tensor product(const Tensor &a, const Tensor &b, const Product &how)
{
    const bool fits = a.rank() == 4 && b.rank() == 4 && a.size(0) == b.size(0) && a.size(1) == b.size(1) &&
                      a.size(3) == b.size(how.isTransposed ? 3 : 2);
    if (!fits)
        failInternal(std::string(how.isTransposed ? "matmulTransposed: " : "matmul: ") + a.shape().text() + " and " +
                     b.shape().text());
    const Key key{.batch = a.size(0) * a.size(1),
                  .m = a.size(2),
                  .n = b.size(how.isTransposed ? 2 : 3),
                  .k = a.size(3),
                  .isTransposed = how.isTransposed,
                  .factor = how.factor,
                  .threads = threads()};
    Tensor y = Tensor::uninitialised({a.size(0), a.size(1), key.m, key.n});
    if (y.elements() == 0)
        return y;
    if (key.k == 0) {
        std::ranges::fill(y.mutableFloats(), 0.0F);
        return y;
    }
    static BatchCache cache;
    try {
        backend::run(
            *cache.find(key),
            {.source = a.floats().data(), .weights = b.floats().data(), .destination = y.mutableFloats().data()});
    } catch (const dnnl::error &error) {
        failInternal(std::string("oneDNN: ") + error.what());
    }
    return y;
}

} // namespace

Tensor matmulTransposed(const Tensor &a, const Tensor &b, float factor)
{
    return product(a, b, {.isTransposed = true, .factor = factor});
}

Tensor matmul(const Tensor &a, const Tensor &b)
{
    return product(a, b, {.isTransposed = false, .factor = 1.0F});
}

} // namespace engine::ops
