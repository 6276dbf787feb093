// SPDX-License-Identifier: GPL-3.0-or-later
// What all encoder-decoders share: the state of a run, and how a pass is put together of encoder and decoder.
#pragma once

#include "checkpoint/weights.h"
#include "files/config.h"
#include "layers/attention/multi_head.h"
#include "layers/key_value_cache.h"
#include "models/backbone.h"

#include <memory>
#include <string_view>
#include <vector>

namespace engine::models {

// The source, projected once, and the decoder's own keys and values.
class Seq2SeqState final : public RunState {
public:
    explicit Seq2SeqState(int layers) : cache(layers) {}

    [[nodiscard]] std::int64_t length() const override { return cache.length(); }
    void truncate(std::int64_t length) override { cache.truncate(length); }
    [[nodiscard]] bool forgetsExactly() const override { return true; }
    void reorder(std::span<const std::int64_t> rows) override
    {
        cache.reorder(rows);
        if (!source.isEmpty())
            source.reorder(rows);
    }
    [[nodiscard]] std::unique_ptr<RunState> clone() const override { return std::make_unique<Seq2SeqState>(*this); }
    [[nodiscard]] NamedTensors tensors() const override;
    void assign(const NamedTensors &tensors) override { cache.assign(tensors); }

    layers::KeyValueCache cache;
    layers::SourceMemory source;
};

class Seq2SeqBackbone : public Backbone {
public:
    explicit Seq2SeqBackbone(int decoderLayers) : m_decoderLayers(decoderLayers) {}

    [[nodiscard]] BackboneOutput run(const BackboneInput &input, const RunControl &control) const final;
    [[nodiscard]] const std::vector<std::string_view> &inputNames() const final;
    [[nodiscard]] bool isEncoderDecoder() const final { return true; }
    [[nodiscard]] std::unique_ptr<RunState> newState() const final;
    [[nodiscard]] std::unique_ptr<RunState> encode(const NamedTensors &inputs, const RunControl &control) const final;
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor &mask, const RunState *state) const final;

protected:
    struct Source {
        Tensor ids;  // (rows, length)
        Tensor mask; // like the ids, or null
    };
    struct Step {
        Tensor ids;              // (rows, length)
        Tensor mask;             // (rows, offset + length), or null
        std::int64_t offset = 0; // positions that the cache holds
        layers::KeyValueCache *cache = nullptr;
        const layers::SourceMemory &source;
    };
    // (rows, length, hidden)
    [[nodiscard]] virtual Tensor encodeSource(const Source &source, const RunControl &control) const = 0;
    // Keys and values of a decoder layer's cross-attention.
    [[nodiscard]] virtual layers::KeyValueCache::KeyValue project(int layer, const Tensor &states) const = 0;
    [[nodiscard]] virtual BackboneOutput decode(const Step &step, const RunControl &control) const = 0;

private:
    void encodeInto(layers::SourceMemory &memory, const NamedTensors &inputs, const RunControl &control) const;

    int m_decoderLayers;
};

// Their decoder used alone as a language model.
class LoneDecoder : public Backbone {
public:
    explicit LoneDecoder(int layers) : m_layers(layers) {}

    [[nodiscard]] BackboneOutput run(const BackboneInput &input, const RunControl &control) const final;
    [[nodiscard]] const std::vector<std::string_view> &inputNames() const final;
    [[nodiscard]] std::unique_ptr<RunState> newState() const final;
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor &mask, const RunState *state) const final;
    [[nodiscard]] int layerCount() const final { return m_layers; }

protected:
    struct Step {
        Tensor ids;              // (rows, length)
        Tensor mask;             // (rows, offset + length), or null
        std::int64_t offset = 0; // positions that the cache holds
        layers::KeyValueCache *cache = nullptr;
    };
    [[nodiscard]] virtual BackboneOutput decode(const Step &step, const RunControl &control) const = 0;

private:
    int m_layers;
};

// Whether config.json names the class of a decoder alone.
[[nodiscard]] bool isDecoderAlone(const files::Config &config);

// One table of words that files store under several names: the first of them that is there.
[[nodiscard]] Tensor firstTable(const std::vector<checkpoint::Weights> &places, const Shape &shape);

// The lowest float on what is padding of (rows, keys); null: nothing is.
[[nodiscard]] AppliedMask paddingMask(const Tensor &mask, std::int64_t rows, std::int64_t keys);
[[nodiscard]] AppliedMask paddingMask(const layers::SourceMemory &source);
// The future and padding add the lowest float each: what is both becomes −∞.
[[nodiscard]] AppliedMask causalMask(const Tensor &mask, const Tensor &ids, std::int64_t offset);

} // namespace engine::models
