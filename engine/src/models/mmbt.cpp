// SPDX-License-Identifier: GPL-3.0-or-later
// MMBT: Kiela et al. 2019, "Supervised Multimodal Bitransformers for Classifying Images and Text".
#include "engine/names.h"
#include "models/families.h"
#include "models/family.h"
#include "models/image_encoder.h"
#include "models/image_input.h"
#include "models/recipes/bert_block.h"
#include "models/recipes/bert_embeddings.h"
#include "models/recipes/bert_like.h"
#include "models/recipes/encoder_heads.h"
#include "text/tokenizer_classes.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace engine::models {
namespace {

using checkpoint::Weights;
using layers::Linear;

constexpr float kLowest = std::numeric_limits<float>::lowest(); // hides a pair
constexpr char kImageEncoder[] = "modal_encoder.encoder.model";

struct Options {
    BertLikeOptions text;
    ImageInput image;
};

// The grids of the published model's pooling; other counts stand one below the other.
ops::Grid gridOf(std::int64_t tokens)
{
    static const std::map<std::int64_t, ops::Grid> kGrids{{4, {2, 2}}, {6, {3, 2}}, {8, {4, 2}}, {9, {3, 3}}};
    const auto found = kGrids.find(tokens);
    return found == kGrids.end() ? ops::Grid{.rows = tokens, .columns = 1} : found->second;
}

// Three numbers, one a colour; absent: as they are.
void readColours(const files::Config &config, const char *key, std::array<float, 3> &values)
{
    const auto found = config.json().find(key);
    if (found == config.json().end() || found->is_null())
        return;
    const bool fits = found->is_array() && found->size() == values.size() &&
                      std::ranges::all_of(*found, [](const auto &value) { return value.is_number(); });
    if (!fits)
        config.fail(key, "three numbers, one a colour", found->dump());
    for (std::size_t c = 0; c < values.size(); ++c)
        values[c] = found->at(c).get<float>();
}

Options optionsOf(const files::Config &config)
{
    constexpr std::int64_t kLongestSide = 1 << 13; // pixels
    constexpr std::int64_t kResNetFeatures = 2048;
    Options o{.text = bertLikeOptions(config), .image = {}};
    requireWholeHeads(config, o.text);
    if (o.text.isCausal)
        config.fail("is_decoder", "false", "true");
    if (o.text.positions != PositionType::Absolute)
        config.fail("position_embedding_type", "absolute", config.text("position_embedding_type", ""));
    o.image.features = config.integer("modal_hidden_size", kResNetFeatures, 1, std::int64_t{1} << 31);
    o.image.grid = gridOf(config.integer("num_image_embeds", 1, 1, o.text.maxPositions));
    o.image.trainedText = config.integer("max_text_length", 0, 0, o.text.maxPositions);
    auto &how = o.image.preparation;
    how.shorterSide = config.integer("image_resize", how.shorterSide, 1, kLongestSide);
    how.crop = config.integer("image_crop", how.crop, 1, kLongestSide);
    readColours(config, "image_mean", how.mean);
    readColours(config, "image_std", how.deviation);
    if (std::ranges::any_of(how.deviation, [](float x) { return !(x > 0.0F); }))
        config.fail("image_std", "numbers above 0", config.json().at("image_std").dump());
    return o;
}

void traceMechanism(const RunControl &control, const char *name, const Tensor &tensor)
{
    if (control.trace != nullptr && control.trace->wants(Stack::Encoder, 0, TraceKind::Mechanism))
        control.trace->mechanism({.stack = Stack::Encoder, .layer = 0, .name = name, .tensor = tensor});
}

// Tokens of a picture, framed by a start and an end token, then those of the text: positions begin at 0 in both parts,
// the segment tells which is which, and both share the tables and the norm.
class Mmbt final : public Backbone {
public:
    Mmbt(const Weights &w, Options o)
        : m_options(std::move(o)), m_embeddings(w / "transformer.embeddings", m_options.text),
          m_projection(w / "modal_encoder.proj_embeddings",
                       {.inputs = m_options.image.features, .outputs = m_options.text.hidden}),
          m_pooler(w / "transformer.pooler.dense", {.inputs = m_options.text.hidden, .outputs = m_options.text.hidden})
    {
        if (layers::ResNet::isAt(w / kImageEncoder)) {
            m_images.emplace(w / kImageEncoder, layers::ResNetOptions{});
            if (m_images->features() != m_options.image.features)
                failFile(w.files().files.front().string() + ": the image encoder gives " +
                         std::to_string(m_images->features()) + " features, modal_hidden_size of config.json says " +
                         std::to_string(m_options.image.features));
        }
        m_options.image.readsPictures = m_images.has_value();
        for (int i = 0; i < m_options.text.layers; ++i)
            m_blocks.emplace_back(w / "transformer" / m_options.text.names.block(i, 0), m_options.text);
    }

    [[nodiscard]] BackboneOutput run(const BackboneInput &input, const RunControl &control) const override
    {
        BackboneOutput out;
        const Tensor pictures = imagePart(input.inputs, out.further, control);
        const Tensor texts = textPart(input.inputs);
        if (pictures.size(0) != texts.size(0))
            failArgument("input_modal: expected " + std::to_string(texts.size(0)) + " pictures, one a text, found " +
                         std::to_string(pictures.size(0)));
        const AppliedMask mask = maskFor(input.inputs, pictures.size(1), texts);
        Tensor x = ops::concat(pictures, texts, 1);
        traceHiddenState(control, Stack::Encoder, 0, x);
        const int layers = m_options.text.layers;
        for (int i = 0; i < layers; ++i) {
            const BlockScope scope(control, {.layer = i, .layers = layers});
            x = m_blocks[static_cast<std::size_t>(i)](x, {.layer = i, .mask = mask}, control);
            traceHiddenState(control, Stack::Encoder, i + 1, x);
        }
        out.hidden = x;
        out.pooled = [this, x] { return pool(x); };
        return out;
    }

    [[nodiscard]] const std::vector<std::string_view> &inputNames() const override
    {
        static const std::vector<std::string_view> kNames{
            names::kInputIds,       names::kAttentionMask,     names::kTokenTypeIds,
            names::kPositionIds,    names::kInputModal,        names::kModalStartTokens,
            names::kModalEndTokens, names::kModalTokenTypeIds, names::kModalPositionIds};
        return kNames;
    }
    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_embeddings.words(); }
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor &mask, const RunState *) const override
    {
        return {{names::kInputIds, ids}, {names::kAttentionMask, mask}};
    }
    [[nodiscard]] const ImageInput *imageInput() const override { return &m_options.image; }
    [[nodiscard]] std::int64_t maxPositions() const override { return m_options.text.longestText(); }
    [[nodiscard]] int layerCount() const override { return m_options.text.layers; }
    [[nodiscard]] int headCount() const override { return m_options.text.heads; }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.text.hidden; }

private:
    // (rows, tokens, features) of the pictures, which may come as pixels.
    [[nodiscard]] Tensor imageFeatures(const Tensor &pictures, NamedTensors &further, const RunControl &control) const
    {
        constexpr int kPixelRank = 4;
        Tensor features = pictures;
        if (pictures.rank() == kPixelRank) {
            if (!m_images)
                failArgument("input_modal: expected features " + std::to_string(m_options.image.features) +
                             " wide, found pixels " + pictures.shape().text() +
                             ": this checkpoint holds no image encoder");
            const auto made = (*m_images)(pictures, m_options.image.grid, control);
            traceMechanism(control, names::kFeatureMap, made.featureMap);
            traceMechanism(control, names::kImageTokens, made.tokens);
            further[names::kFeatureMap] = made.featureMap;
            further[names::kImageTokens] = made.tokens;
            features = made.tokens;
        }
        if (features.rank() != 3 || features.size(2) != m_options.image.features || features.elements() == 0)
            failArgument("input_modal: expected (batch, 3, height, width) or (batch, tokens, " +
                         std::to_string(m_options.image.features) + "), found " + pictures.shape().text());
        return features;
    }

    // (rows, tokens of the picture and of its frame, hidden)
    [[nodiscard]] Tensor imagePart(const NamedTensors &inputs, NamedTensors &further, const RunControl &control) const
    {
        Tensor x = m_projection(imageFeatures(require(inputs, names::kInputModal), further, control));
        const auto rows = x.size(0);
        const auto frame = [&](const char *name) {
            const Tensor tokens = find(inputs, name);
            if (!tokens.isNull() && tokens.elements() != rows)
                failArgument(std::string(name) + ": expected " + std::to_string(rows) +
                             " tokens, one a picture, found " + tokens.shape().text());
            return tokens.isNull() ? Tensor() : m_embeddings.vectorsOf(tokens.reshaped({rows, 1}));
        };
        x = ops::concat(frame(names::kModalStartTokens), x, 1);
        if (const Tensor end = frame(names::kModalEndTokens); !end.isNull())
            x = ops::concat(x, end, 1);
        return m_embeddings.sum(
            {.vectors = x,
             .types = idsFor(find(inputs, names::kModalTokenTypeIds), x, names::kModalTokenTypeIds),
             .positions = idsFor(find(inputs, names::kModalPositionIds), x, names::kModalPositionIds)},
            {});
    }

    // Ids given for each of the vectors, or null.
    [[nodiscard]] static Tensor idsFor(const Tensor &ids, const Tensor &x, const char *name)
    {
        const Shape expected{x.size(0), x.size(1)};
        if (!ids.isNull() && ids.shape() != expected)
            failArgument(std::string(name) + ": expected " + expected.text() + ", found " + ids.shape().text());
        return ids;
    }

    [[nodiscard]] Tensor textPart(const NamedTensors &inputs) const
    {
        const Tensor &ids = require(inputs, names::kInputIds);
        NamedTensors text = inputs;
        if (find(inputs, names::kTokenTypeIds).isNull()) {
            Tensor second = Tensor::uninitialised(ids.shape(), DType::I64);
            std::ranges::fill(second.mutableInts(), 1);
            text[names::kTokenTypeIds] = second;
        }
        return m_embeddings(text, 0, {});
    }

    // The picture is always visible, the text as its mask says.
    [[nodiscard]] static AppliedMask maskFor(const NamedTensors &inputs, std::int64_t pictures, const Tensor &texts)
    {
        Tensor mask = find(inputs, names::kAttentionMask);
        if (!mask.isNull()) {
            const Shape expected{texts.size(0), texts.size(1)};
            if (mask.shape() != expected)
                failArgument("attention_mask: expected " + expected.text() + ", found " + mask.shape().text());
            Tensor all = Tensor::uninitialised({texts.size(0), pictures + texts.size(1)}, DType::I64);
            auto to = all.mutableInts().begin();
            for (std::int64_t row = 0; row < texts.size(0); ++row) {
                to = std::fill_n(to, pictures, 1);
                to = std::ranges::copy(mask.rows(row, row + 1).ints(), to).out;
            }
            mask = all;
        }
        return {{{.rule = paddingRule(mask, texts.size(0), pictures + texts.size(1)), .value = kLowest}}};
    }

    // tanh(W · first token + b), (rows, hidden)
    [[nodiscard]] Tensor pool(const Tensor &hidden) const
    {
        const NamedTensors none;
        const Tensor first = heads::poolPosition(0)({.hidden = hidden, .pooled = {}, .inputs = none, .leading = {}});
        return m_pooler(first, {.activation = ops::Activation::Tanh});
    }

    Options m_options;
    BertEmbeddings m_embeddings;
    Linear m_projection;
    Linear m_pooler;
    std::optional<ImageEncoder> m_images;
    std::vector<BertBlock> m_blocks;
};

// The state dict has the tables twice, once for each part; they are the same tensors.
std::vector<std::pair<std::string, std::string>> sharedTables()
{
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const char *table : {"word_embeddings.weight", "position_embeddings.weight", "token_type_embeddings.weight",
                              "LayerNorm.weight", "LayerNorm.bias"})
        pairs.emplace_back(std::string("mmbt.transformer.embeddings.") + table,
                           std::string("mmbt.modal_encoder.") + table);
    return pairs;
}

} // namespace

Family mmbt()
{
    return {
        .info = {.id = "mmbt",
                 .title = "MMBT",
                 .category = Category::Multimodal,
                 .tasks = {TaskKind::MultimodalClassification},
                 .description = "Reads a picture and a text as one sequence: an image encoder makes tokens of the "
                                "picture, which stand in front of the words of a BERT."},
        .tokenizer = text::tokenizerClass("BertTokenizer"),
        .names = {.prefixes = {"mmbt."},
                  .endings = olderNormNames(),
                  .aliases = sharedTables(),
                  .ignored = {"embeddings.position_ids", ".num_batches_tracked"}},
        .heads = {{.id = "multimodal-classification",
                   .className = "MMBTForClassification",
                   .tasks = {TaskKind::MultimodalClassification},
                   .evidence = "classifier.weight",
                   .bind = pooledClasses,
                   .labels = [](const files::Config &config) { return config.labels(); }}},
        .dimensions =
            [](const files::Config &config) {
                const auto o = optionsOf(config).text;
                return Dimensions{o.layers, o.heads, o.hidden, o.vocabulary, o.longestText()};
            },
        .backbone = [](const files::Config &config, const Weights &weights) -> std::shared_ptr<const Backbone> {
            return std::make_shared<const Mmbt>(weights / "mmbt", optionsOf(config));
        },
    };
}

} // namespace engine::models
