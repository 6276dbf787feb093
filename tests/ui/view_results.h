// SPDX-License-Identifier: GPL-3.0-or-later
// Results as the engine gives them, with random softmax rows, for tests of views.
#pragma once

#include "engine/session.h"

#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace testing_views {

struct Sizes {
    std::int64_t tokens = 10;
    int layers = 3;
    int heads = 4;
    std::int64_t hidden = 16;
    std::int64_t vocabulary = 300;
    bool isCausal = false;
};

inline engine::Tensor randomTensor(const engine::Shape &shape, std::mt19937 &random)
{
    engine::Tensor tensor = engine::Tensor::uninitialised(shape);
    std::normal_distribution<float> normal;
    for (float &value : tensor.mutableFloats())
        value = normal(random);
    return tensor;
}

// (1, heads, n, n): every visible row sums to 1.
inline engine::Tensor randomAttention(const Sizes &sizes, std::mt19937 &random)
{
    engine::Tensor tensor = engine::Tensor::zeros({1, sizes.heads, sizes.tokens, sizes.tokens});
    std::normal_distribution<float> normal(0.0F, 2.0F);
    const auto values = tensor.mutableFloats();
    for (std::int64_t row = 0; row < sizes.heads * sizes.tokens; ++row) {
        const std::int64_t query = row % sizes.tokens;
        const std::int64_t keys = sizes.isCausal ? query + 1 : sizes.tokens;
        float total = 0.0F;
        for (std::int64_t key = 0; key < keys; ++key)
            total += values[static_cast<std::size_t>(row * sizes.tokens + key)] = std::exp(normal(random));
        for (std::int64_t key = 0; key < keys; ++key)
            values[static_cast<std::size_t>(row * sizes.tokens + key)] /= total;
    }
    return tensor;
}

inline std::shared_ptr<const engine::Trace> randomTrace(const Sizes &sizes, std::mt19937 &random)
{
    auto trace = std::make_shared<engine::Trace>();
    trace->hiddenStates.push_back({engine::Stack::Encoder, 0, randomTensor({1, sizes.tokens, sizes.hidden}, random)});
    for (int layer = 0; layer < sizes.layers; ++layer) {
        engine::AttentionRecord record;
        record.layer = layer;
        record.data = engine::DenseAttention{.weights = randomAttention(sizes, random)};
        if (sizes.isCausal)
            record.mask.terms.push_back({engine::MaskRule::causal(0), engine::MaskMode::Replace, -1e30F});
        trace->bytes += record.bytes();
        trace->attentions.push_back(std::move(record));
        trace->hiddenStates.push_back(
            {engine::Stack::Encoder, layer + 1, randomTensor({1, sizes.tokens, sizes.hidden}, random)});
        if (sizes.tokens <= 64)
            trace->queryKeys.push_back({engine::Stack::Encoder, layer,
                                        randomTensor({1, sizes.heads, sizes.tokens, 8}, random),
                                        randomTensor({1, sizes.heads, sizes.tokens, 8}, random), 0.35F});
        trace->timings.push_back({engine::Stack::Encoder, layer, 0.4 + 0.1 * layer});
    }
    return trace;
}

inline std::shared_ptr<const engine::TaskResult> randomFillMask(const Sizes &sizes)
{
    static const std::vector<std::string> kWords{"[CLS]", "the", "baker", "Anna", "eats", "[MASK]", "at", "noon", ".", "[SEP]"};
    std::mt19937 random(7);
    auto result = std::make_shared<engine::TaskResult>();
    for (std::int64_t i = 0; i < sizes.tokens; ++i) {
        const std::string &word = kWords[static_cast<std::size_t>(i) % kWords.size()];
        result->encoding.ids.push_back(100 + i % 10);
        result->encoding.tokens.push_back(word);
        result->encoding.typeIds.push_back(0);
        result->encoding.attentionMask.push_back(1);
        result->encoding.specialTokensMask.push_back(word.front() == '[' ? 1 : 0);
        result->encoding.offsets.push_back({i, i + 1});
        result->encoding.sequence.push_back(0);
        result->display.push_back(word);
    }
    engine::FillMaskResult fill;
    fill.masks.push_back({.position = 5, .candidates = {}, .sequences = {}});
    fill.logits = randomTensor({sizes.tokens, sizes.vocabulary}, random);
    result->payload = std::move(fill);
    result->trace = randomTrace(sizes, random);
    result->elapsedMs = 1.9;
    return result;
}

inline std::shared_ptr<const engine::LoadedModel> describedModel(const Sizes &sizes)
{
    engine::ModelInfo info;
    info.directory = "minis/bert-mini";
    info.name = "bert-mini";
    info.familyId = "bert";
    info.familyTitle = "BERT";
    info.tasks = {engine::TaskKind::FillMask, engine::TaskKind::TextClassification};
    info.architecture = "BertForMaskedLM";
    info.parameters = 912345;
    info.fileBytes = 1824690;
    info.weightFormat = "safetensors";
    info.weightType = "F16";
    info.tokenizerKind = "WordPiece";
    info.vocabulary = sizes.vocabulary;
    info.maxPositions = 512;
    info.layers = sizes.layers;
    info.heads = sizes.heads;
    info.hidden = sizes.hidden;
    info.unusedTensors = {"cls.seq_relationship.weight", "cls.seq_relationship.bias"};
    info.parameterGroups = {{"embeddings", 400000}};
    for (int layer = 0; layer < sizes.layers; ++layer)
        info.parameterGroups.emplace_back("layer " + std::to_string(layer), 150000);
    info.parameterGroups.emplace_back("heads", 62345);
    info.configText = "{\n  \"hidden_size\": 16,\n  \"model_type\": \"bert\"\n}\n";
    return std::make_shared<engine::LoadedModel>(info, nullptr, engine::openTokenizer(MODELARIUM_FIXTURES "/tokenizers/bert"));
}

} // namespace testing_views
