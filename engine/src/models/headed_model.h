// SPDX-License-Identifier: GPL-3.0-or-later
// A backbone with the heads that its checkpoint has: the Model of every family.
#pragma once

#include "models/family.h"
#include "models/model.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace engine::models {

class HeadedModel final : public Model {
public:
    struct BoundHead {
        HeadInfo info;
        heads::HeadPtr head;
        bool usesEncoderOnly = false;
        std::function<void(NamedTensors &)> addInputs = {}; // HeadSpec::addInputs; may be empty
    };
    using Parts = std::map<std::string, std::shared_ptr<const Model>, std::less<>>;
    HeadedModel(std::shared_ptr<const Backbone> backbone, std::vector<BoundHead> heads, GenerationOptions defaults,
                Parts parts = {});

    [[nodiscard]] const std::vector<HeadInfo> &heads() const override { return m_infos; }
    [[nodiscard]] NamedTensors forward(const NamedTensors &inputs, const ForwardOptions &options,
                                       const RunControl &control) const override;
    [[nodiscard]] bool takes(std::string_view inputName) const override;
    [[nodiscard]] Behaviour behaviour() const override { return m_backbone->behaviour(); }
    [[nodiscard]] std::unique_ptr<RunState> newState() const override { return m_backbone->newState(); }
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor &mask, const RunState *state) const override;
    [[nodiscard]] NamedTensors scoringInputs(const Tensor &ids, const Tensor &mask) const override
    {
        return m_backbone->scoringInputs(ids, mask);
    }
    [[nodiscard]] bool scoresAsItSteps() const override { return m_backbone->scoresAsItSteps(); }
    [[nodiscard]] GenerationOptions generationDefaults() const override { return m_defaults; }
    [[nodiscard]] bool isEncoderDecoder() const override { return m_backbone->isEncoderDecoder(); }
    [[nodiscard]] std::unique_ptr<RunState> encode(const NamedTensors &inputs,
                                                   const RunControl &control) const override;
    [[nodiscard]] Tensor decoderInputs(const Tensor &labels) const override
    {
        return m_backbone->decoderInputs(labels);
    }
    [[nodiscard]] NamedTensors relativeBuckets(const BucketRange &range) const override
    {
        return m_backbone->relativeBuckets(range);
    }
    [[nodiscard]] const ImageInput *imageInput() const override { return m_backbone->imageInput(); }
    [[nodiscard]] const Model *part(std::string_view name) const override;
    [[nodiscard]] std::vector<Language> languages() const override { return m_backbone->languages(); }
    [[nodiscard]] std::int64_t maxPositions() const override { return m_backbone->maxPositions(); }
    [[nodiscard]] std::int64_t vocabularySize() const override { return m_backbone->vocabularySize(); }
    [[nodiscard]] int layerCount() const override { return m_backbone->layerCount(); }
    [[nodiscard]] int headCount() const override { return m_backbone->headCount(); }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_backbone->hiddenSize(); }

private:
    void checkInputs(const NamedTensors &inputs) const;

    std::shared_ptr<const Backbone> m_backbone;
    std::vector<BoundHead> m_heads;
    std::vector<HeadInfo> m_infos;
    GenerationOptions m_defaults;
    Parts m_parts;
};

// The heads of the family that `weights` holds, by tensor names and by config.json's architectures.
[[nodiscard]] std::vector<HeadedModel::BoundHead> bindHeads(const Family &family, const HeadContext &context);

// Which of the family's heads a checkpoint with these tensor names and this config has (no weights read).
[[nodiscard]] std::vector<const HeadSpec *> presentHeads(const Family &family, const files::Config &config,
                                                         const checkpoint::Weights &weights);

} // namespace engine::models
