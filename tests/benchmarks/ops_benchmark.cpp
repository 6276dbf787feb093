// SPDX-License-Identifier: GPL-3.0-or-later
// Speed of the operations at the sizes of BERT-base and GPT-2. Compare figures of one run only: "backend" is
// the plain product of oneDNN, "bandwidth" the fastest stream of reads, both on the same machine at that time.
#include "ops/ops.h"

#include <benchmark/benchmark.h>
#include <oneapi/dnnl/dnnl.h>

#include <random>
#include <vector>

using namespace engine;
using ops::WeightLayout;

namespace
{

Tensor randomTensor(const Shape &shape)
{
    std::minstd_rand generator(7);
    std::uniform_real_distribution<float> uniform(-0.1F, 0.1F);
    Tensor t = Tensor::uninitialised(shape);
    for (auto &value : t.mutableFloats())
        value = uniform(generator);
    return t;
}

void reportFlops(benchmark::State &state, double operationsOfOne)
{
    state.counters["GF/s"] = benchmark::Counter(operationsOfOne * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

void backendProduct(benchmark::State &state)
{
    const auto m = state.range(0);
    const auto k = state.range(1);
    const auto n = state.range(2);
    const Tensor x = randomTensor({m, k});
    const Tensor w = randomTensor({n, k});
    std::vector<float> y(static_cast<std::size_t>(m * n));
    for (auto _ : state)
        dnnl_sgemm('N', 'T', m, n, k, 1.0F, x.floats().data(), k, w.floats().data(), k, 0.0F, y.data(), n);
    reportFlops(state, 2.0 * static_cast<double>(m * k * n));
}

struct LinearBench {
    WeightLayout layout = WeightLayout::OutIn;
    ops::Activation activation = ops::Activation::None;
    bool hasResidual = false;
};

// Enough matrices that the weights come from memory, as they do in a model.
void linear(benchmark::State &state, const LinearBench &bench)
{
    const auto m = state.range(0);
    const auto k = state.range(1);
    const auto n = state.range(2);
    constexpr std::int64_t kBeyondCache = std::int64_t{1} << 26;
    std::vector<ops::PackedMatrix> weights;
    const Shape shape = bench.layout == WeightLayout::OutIn ? Shape{n, k} : Shape{k, n};
    for (std::int64_t i = 0; i < 1 + kBeyondCache / (k * n); ++i)
        weights.push_back(ops::pack(randomTensor(shape), bench.layout));
    const Tensor x = randomTensor({m, k});
    const ops::LinearOptions options{.bias = randomTensor({n}),
                                     .activation = bench.activation,
                                     .residual = bench.hasResidual ? randomTensor({m, n}) : Tensor()};
    for (const auto &weight : weights)
        benchmark::DoNotOptimize(ops::linear(x, weight, options));
    std::size_t next = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(ops::linear(x, weights[next++ % weights.size()], options));
    reportFlops(state, 2.0 * static_cast<double>(m * k * n));
    state.counters["GB/s"] =
        benchmark::Counter(static_cast<double>(k * n) * 4e-9, benchmark::Counter::kIsIterationInvariantRate);
}

void sizes(benchmark::internal::Benchmark *b)
{
    for (const int m : {1, 4, 8, 16, 128, 512})
        for (const auto &[k, n] : {std::pair{768, 768}, {768, 2304}, {768, 3072}, {3072, 768}, {768, 50257}})
            if (n < 50000 || m <= 8)
                b->Args({m, k, n});
    b->UseRealTime();
}

void attention(benchmark::State &state, bool isCausal)
{
    const auto queries = state.range(0);
    const auto keys = state.range(1);
    const Tensor q = randomTensor({1, 12, queries, 64});
    const Tensor k = randomTensor({1, 12, keys, 64});
    const Tensor v = randomTensor({1, 12, keys, 64});
    const ops::FusedAttentionOptions options{.factor = 0.125F,
                                             .causalOffset = isCausal ? std::optional(keys - queries) : std::nullopt};
    for (auto _ : state)
        benchmark::DoNotOptimize(ops::fusedAttention(q, k, v, options));
    reportFlops(state, 4.0 * 12 * 64 * static_cast<double>(queries * keys) * (isCausal && queries > 1 ? 0.5 : 1.0));
}

void activation(benchmark::State &state, ops::Activation kind)
{
    const Tensor x = randomTensor({128, 3072});
    for (auto _ : state)
        benchmark::DoNotOptimize(ops::activate(x, kind));
    state.SetItemsProcessed(state.iterations() * x.elements());
}

void layerNorm(benchmark::State &state)
{
    const Tensor x = randomTensor({state.range(0), 768});
    const Tensor weight = randomTensor({768});
    for (auto _ : state)
        benchmark::DoNotOptimize(ops::layerNorm(x, {.weight = weight, .bias = weight}));
    state.SetItemsProcessed(state.iterations() * x.elements());
}

void packing(benchmark::State &state, WeightLayout layout)
{
    const Tensor w = randomTensor({768, 3072});
    const Tensor x = randomTensor({1, layout == WeightLayout::OutIn ? 3072 : 768});
    for (auto _ : state)
        benchmark::DoNotOptimize(ops::linear(x, ops::pack(w, layout)));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(w.bytes()));
}

void bandwidth(benchmark::State &state)
{
    double best = 0.0;
    for (auto _ : state)
        best = std::max(best, ops::readBandwidth());
    state.counters["GB/s"] = best * 1e-9;
}

} // namespace

BENCHMARK(bandwidth)->Iterations(3);
BENCHMARK(backendProduct)->Args({128, 768, 3072})->Args({512, 768, 3072})->Args({512, 3072, 768})->UseRealTime();
BENCHMARK_CAPTURE(linear, out_in, {.layout = WeightLayout::OutIn})->Apply(sizes);
BENCHMARK_CAPTURE(linear, in_out, {.layout = WeightLayout::InOut})
    ->Args({1, 768, 3072})
    ->Args({128, 768, 3072})
    ->UseRealTime();
BENCHMARK_CAPTURE(linear, gelu, {.activation = ops::Activation::Gelu})
    ->Args({128, 768, 3072})
    ->Args({512, 768, 3072})
    ->UseRealTime();
BENCHMARK_CAPTURE(linear, residual, {.hasResidual = true})
    ->Args({128, 3072, 768})
    ->Args({512, 3072, 768})
    ->UseRealTime();
BENCHMARK_CAPTURE(attention, full, false)
    ->Args({128, 128})
    ->Args({512, 512})
    ->Args({1, 160})
    ->Args({1, 1024})
    ->UseRealTime();
BENCHMARK_CAPTURE(attention, causal, true)->Args({512, 512})->Args({32, 32})->UseRealTime();
BENCHMARK_CAPTURE(activation, gelu, ops::Activation::Gelu)->UseRealTime();
BENCHMARK_CAPTURE(activation, gelu_tanh, ops::Activation::GeluTanh)->UseRealTime();
BENCHMARK(layerNorm)->Arg(1)->Arg(128)->Arg(512)->UseRealTime();
BENCHMARK_CAPTURE(packing, out_in, WeightLayout::OutIn)->UseRealTime();
BENCHMARK_CAPTURE(packing, in_out, WeightLayout::InOut)->UseRealTime();
BENCHMARK_MAIN();
