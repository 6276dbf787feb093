// SPDX-License-Identifier: GPL-3.0-or-later
// Linear maps. Many rows go to oneDNN, with weights blocked for it on first use; few rows (decoding) are
// limited by reading the weights once, which own kernels do from the same memory.
#include "ops/dnnl_compat.h"
#include "ops/kernels.h"
#include "ops/ops.h"
#include "ops/parallel.h"

#include "engine/error.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <tuple>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace engine::ops {
namespace {

using dnnl::memory;

constexpr std::int64_t kTypicalRows = 128; // what the blocked layout is chosen for
constexpr std::int64_t kFewRows = 4;       // up to here reading the weights is the limit

// Blocked layouts that are panels: every panel holds all inputs of `width` outputs, input by input.
struct PanelFormat {
    memory::format_tag tag;
    std::int64_t width;
};
constexpr std::array<PanelFormat, 4> kPanelFormats{{{memory::format_tag::BA16a16b, 16},
                                                    {memory::format_tag::BA16a32b, 32},
                                                    {memory::format_tag::BA16a48b, 48},
                                                    {memory::format_tag::BA16a64b, 64}}};
constexpr std::int64_t kPanelInputs = 16; // inputs are padded to this

// Large pages where the system gives them on request: streams of weights then miss the TLB less often.
std::shared_ptr<float> allocateWeights(std::size_t bytes)
{
    constexpr std::size_t kLargePage = std::size_t{1} << 21U;
    const bool isLarge = bytes >= 2 * kLargePage;
    const std::align_val_t alignment{isLarge ? kLargePage : 64};
    auto *memory = static_cast<float *>(::operator new(bytes, alignment));
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (isLarge)
        static_cast<void>(madvise(memory, bytes, MADV_HUGEPAGE)); // only a hint: failing costs speed alone
#endif
    return {memory, [alignment](float *p) { ::operator delete(p, alignment); }};
}

} // namespace

struct PackedMatrix::Data {
    std::int64_t inputs = 0;
    std::int64_t outputs = 0;
    WeightLayout layout = WeightLayout::OutIn;

    // Made once, by the first product; before that only `weight` is there, after it maybe only the panels.
    mutable std::once_flag once;
    mutable Tensor weight;
    mutable std::shared_ptr<float> panels;
    mutable std::int64_t panelWidth = 0; // 0: `weight` is used as it is
    mutable backend::MemoryDesc desc;

    [[nodiscard]] const float *memoryForBackend() const { return panels ? panels.get() : weight.floats().data(); }
};

namespace {

using Data = PackedMatrix::Data;

backend::MemoryDesc plainWeights(const Data &data)
{
    return {{data.inputs, data.outputs},
            memory::data_type::f32,
            data.layout == WeightLayout::OutIn ? memory::format_tag::ba : memory::format_tag::ab};
}

void choosePanels(const Data &data)
{
    const backend::MemoryDesc any({data.inputs, data.outputs}, memory::data_type::f32, memory::format_tag::any);
    const auto descriptor = backend::matmulDescriptor({.source = backend::plainMatrix(kTypicalRows, data.inputs),
                                                       .weights = any,
                                                       .destination = backend::plainMatrix(kTypicalRows, data.outputs)},
                                                      dnnl::primitive_attr());
    for (const auto &format : kPanelFormats) {
        const backend::MemoryDesc desc({data.inputs, data.outputs}, memory::data_type::f32, format.tag);
        if (!(desc == descriptor.weights_desc()))
            continue;
        data.panels = allocateWeights(desc.get_size());
        backend::reorder({.from = data.desc, .to = desc}, data.weight.floats().data(), data.panels.get());
        data.panelWidth = format.width;
        data.desc = desc;
        data.weight = Tensor(); // a mapped file keeps its pages for others, converted weights are freed
        return;
    }
}

void prepare(const Data &data)
{
    std::call_once(data.once, [&] {
        data.desc = plainWeights(data);
        choosePanels(data);
    });
}

// ---- few rows -------------------------------------------------------------------------------------

struct Call {
    const float *x;
    float *y;
    std::int64_t rows;
    const float *bias;     // or null
    const float *residual; // or null
    Activation activation;
};

void finishBlock(const Call &call, std::int64_t outputs, std::int64_t begin, std::int64_t count)
{
    for (std::int64_t r = 0; r < call.rows; ++r) {
        const std::int64_t at = r * outputs + begin;
        kernels::kernels().finish(call.y + at, count,
                                  {.bias = call.bias == nullptr ? nullptr : call.bias + begin,
                                   .residual = call.residual == nullptr ? nullptr : call.residual + at,
                                   .activation = call.activation});
    }
}

// One block of outputs [begin, begin + count) for all rows of the call.
void productBlock(const Data &data, const Call &call, std::int64_t begin, std::int64_t count)
{
    const auto &k = kernels::kernels();
    kernels::Skinny s{.x = {call.x, data.inputs}, .m = 0, .k = data.inputs, .n = count};
    std::array<float, kernels::kSkinnyRows * kernels::kPanel> padded; // NOLINT: written before it is read
    const bool isPartial = data.panelWidth > 0 && count < data.panelWidth;
    for (std::int64_t r = 0; r < call.rows; r += s.m) {
        s.m = std::min(kernels::kSkinnyRows, call.rows - r);
        s.x.data = call.x + r * data.inputs;
        s.y = {call.y + r * data.outputs + begin, data.outputs};
        if (data.panelWidth > 0) {
            const std::int64_t depth = (data.inputs + kPanelInputs - 1) / kPanelInputs * kPanelInputs;
            s.weights = {data.panels.get() + begin * depth, data.panelWidth * depth};
            s.n = std::max(count, data.panelWidth);
            if (isPartial)
                s.y = {padded.data(), kernels::kPanel};
            k.panelProduct(s);
            for (std::int64_t i = 0; isPartial && i < s.m; ++i)
                std::copy_n(padded.data() + i * kernels::kPanel, count, call.y + (r + i) * data.outputs + begin);
        } else if (data.layout == WeightLayout::OutIn) {
            s.weights = {data.weight.floats().data() + begin * data.inputs, data.inputs};
            k.rowProduct(s);
        } else {
            s.weights = {data.weight.floats().data() + begin, data.outputs};
            k.columnProduct(s);
        }
    }
    finishBlock(call, data.outputs, begin, count);
}

void fewRows(const Data &data, const Call &call)
{
    std::int64_t width = data.panelWidth > 0 ? data.panelWidth : kernels::kPanel;
    if (data.panelWidth == kernels::kPanel && call.rows == 1 && data.outputs % (2 * kernels::kPanel) == 0)
        width = 2 * kernels::kPanel;
    if (data.panelWidth == 0 && data.layout == WeightLayout::InOut) {
        const std::int64_t share = (data.outputs + threads() - 1) / threads();
        width = std::max<std::int64_t>((share + 15) / 16 * 16, kernels::kPanel); // long rows stream best
    }
    const std::int64_t blocks = (data.outputs + width - 1) / width;
    parallelFor(blocks, data.inputs * data.outputs, [&](std::int64_t block) {
        const std::int64_t begin = block * width;
        productBlock(data, call, begin, std::min(width, data.outputs - begin));
    });
}

// ---- many rows ------------------------------------------------------------------------------------

struct Key {
    std::int64_t rows, inputs, outputs;
    std::int64_t panelWidth;
    WeightLayout layout;
    Activation activation;
    bool hasBias, hasResidual;
    int threads;
    auto operator<=>(const Key &) const = default;
};

// Primitives by what they compute: layers share them. Cleared when full; texts of new lengths refill it.
class MatmulCache {
public:
    std::shared_ptr<const backend::Matmul> find(const Key &key, const Data &data)
    {
        const std::lock_guard lock(m_mutex);
        if (const auto it = m_entries.find(key); it != m_entries.end())
            return it->second;
        if (m_entries.size() >= kMost)
            m_entries.clear();
        return m_entries[key] = make(key, data);
    }

private:
    static constexpr std::size_t kMost = 128;

    static std::shared_ptr<const backend::Matmul> make(const Key &key, const Data &data)
    {
        const auto destination = backend::plainMatrix(key.rows, key.outputs);
        const auto bias = backend::plainMatrix(1, key.outputs);
        dnnl::post_ops operations;
        backend::appendActivation(operations, key.activation);
        if (key.hasResidual)
            backend::appendSum(operations, destination);
        dnnl::primitive_attr attributes;
        attributes.set_post_ops(operations);
        return backend::makeMatmul({.source = backend::plainMatrix(key.rows, key.inputs),
                                    .weights = data.desc,
                                    .destination = destination,
                                    .bias = key.hasBias ? &bias : nullptr},
                                   attributes);
    }

    std::mutex m_mutex;
    std::map<Key, std::shared_ptr<const backend::Matmul>> m_entries;
};

void manyRows(const Data &data, const Call &call)
{
    static MatmulCache cache;
    const auto activation = call.activation == Activation::Identity ? Activation::None : call.activation;
    const Key key{.rows = call.rows,
                  .inputs = data.inputs,
                  .outputs = data.outputs,
                  .panelWidth = data.panelWidth,
                  .layout = data.layout,
                  .activation = activation,
                  .hasBias = call.bias != nullptr,
                  .hasResidual = call.residual != nullptr,
                  .threads = threads()};
    backend::run(*cache.find(key, data), {.source = call.x,
                                          .weights = data.memoryForBackend(),
                                          .bias = call.bias,
                                          .sum = call.residual,
                                          .sumIndex = activation == Activation::None ? 0 : 1,
                                          .destination = call.y});
}

Shape outputShape(const Tensor &x, const Data &data)
{
    if (x.rank() < 1 || x.size(-1) != data.inputs)
        failInternal("linear: input " + x.shape().text() + " for a matrix of " + std::to_string(data.inputs) +
                     " inputs");
    auto sizes = x.shape().sizes();
    sizes.back() = data.outputs;
    return Shape(std::move(sizes));
}

const float *optionalFloats(const Tensor &t, const Shape &expected, const char *what)
{
    if (t.isNull())
        return nullptr;
    if (t.elements() != expected.elements() || t.rank() < 1 || t.size(-1) != expected[-1])
        failInternal(std::string("linear: ") + what + " " + t.shape().text() + ", expected " + expected.text());
    return t.floats().data();
}

} // namespace

PackedMatrix::PackedMatrix() = default;

std::int64_t PackedMatrix::inputs() const
{
    return data ? data->inputs : 0;
}

std::int64_t PackedMatrix::outputs() const
{
    return data ? data->outputs : 0;
}

std::size_t PackedMatrix::bytes() const
{
    return static_cast<std::size_t>(inputs()) * static_cast<std::size_t>(outputs()) * sizeof(float);
}

PackedMatrix pack(const Tensor &weight, WeightLayout layout, DType compute)
{
    if (compute != DType::F32)
        failArgument("dtype " + std::string(name(compute)) + " is not supported for computing; expected F32");
    if (weight.isNull() || weight.rank() != 2)
        failInternal("pack: expected a matrix, found " + weight.shape().text());
    auto data = std::make_shared<Data>();
    const bool isOutIn = layout == WeightLayout::OutIn;
    data->inputs = weight.size(isOutIn ? 1 : 0);
    data->outputs = weight.size(isOutIn ? 0 : 1);
    data->layout = layout;
    data->weight = weight.toFloats();
    if (reinterpret_cast<std::uintptr_t>(data->weight.data()) % alignof(float) != 0) { // an oddly laid out file
        Tensor aligned = Tensor::uninitialised(weight.shape());
        std::memcpy(aligned.mutableData(), data->weight.data(), data->weight.bytes());
        data->weight = std::move(aligned);
    }
    PackedMatrix packed;
    packed.data = std::move(data);
    return packed;
}

Tensor linear(const Tensor &x, const PackedMatrix &weight, const LinearOptions &options)
{
    if (!weight.data)
        failInternal("linear: the matrix was never packed");
    const Data &data = *weight.data;
    Tensor y = Tensor::uninitialised(outputShape(x, data));
    const float *bias = optionalFloats(options.bias, Shape({data.outputs}), "bias");
    const float *residual = optionalFloats(options.residual, y.shape(), "residual");
    if (y.elements() == 0)
        return y;
    const Call call{.x = x.floats().data(),
                    .y = y.mutableFloats().data(),
                    .rows = y.elements() / data.outputs,
                    .bias = bias,
                    .residual = residual,
                    .activation = options.activation};
    if (data.inputs == 0) {
        std::fill_n(call.y, y.elements(), 0.0F);
        finishBlock(call, data.outputs, 0, data.outputs);
        return y;
    }
    try {
        prepare(data);
        if (call.rows <= kFewRows)
            fewRows(data, call);
        else
            manyRows(data, call);
    } catch (const dnnl::error &error) {
        failInternal(std::string("oneDNN: ") + error.what());
    }
    return y;
}

} // namespace engine::ops
