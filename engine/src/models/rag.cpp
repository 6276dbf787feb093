// SPDX-License-Identifier: GPL-3.0-or-later
// RAG: Lewis et al. 2020, "Retrieval-Augmented Generation for Knowledge-Intensive NLP Tasks". Three parts: a question
// encoder, an index outside the checkpoint, and a generator, an encoder-decoder of another family, which is the
// backbone here. It reads one context a document; the documents' votes are mixed behind it.
#include "engine/names.h"
#include "heads/marginal.h"
#include "layers/key_value_cache.h"
#include "models/families.h"
#include "models/family.h"
#include "models/part.h"
#include "text/tokenizer_classes.h"

#include <algorithm>
#include <string>
#include <vector>

namespace engine::models {
namespace {

constexpr char kGenerator[] = "generator";
constexpr char kGeneratorWeights[] = "rag.generator";

PartSpec generatorPart()
{
    return {.key = kGenerator, .weights = kGeneratorWeights};
}

// The generator's scores of words, of the head that its family prefers.
heads::HeadPtr generatorWords(const HeadContext &c)
{
    const Part part = openPart(c.config, c.weights, generatorPart());
    const auto present = presentHeads(part.family, part.config, part.weights);
    if (present.empty())
        c.config.fail(kGenerator, "a model that writes text", part.family.info.id);
    return present.front()->bind({part.config, part.weights, c.backbone});
}

heads::HeadPtr mixedWords(const HeadContext &c, heads::Mixing mixing)
{
    const auto generator = partConfig(c.config, kGenerator);
    const auto begin = c.config.optionalInteger("bos_token_id");
    return heads::marginalWords({.words = generatorWords(c),
                                 .mixing = mixing,
                                 .pad = generator.config.integer("pad_token_id", 0),
                                 .begin = begin ? begin : generator.config.optionalInteger("bos_token_id"),
                                 .labelSmoothing = c.config.number("label_smoothing", 0.0)});
}

// One copy of each row a document.
Tensor repeated(const Tensor &x, std::int64_t documents)
{
    std::vector<std::int64_t> rows;
    for (std::int64_t row = 0; row < x.size(0); ++row)
        rows.insert(rows.end(), static_cast<std::size_t>(documents), row);
    return layers::pickRows(x, rows);
}

// The decoder writes the same for every document: its ids come once a question. Labels are read as they stand.
void addDecoderRows(const files::Config & /*config*/, NamedTensors &inputs)
{
    const Tensor scores = find(inputs, names::kDocScores);
    if (scores.isNull())
        return;
    const Tensor contexts = find(inputs, names::kInputIds); // absent where a state holds them
    const auto documents = contexts.isNull() ? scores.size(-1) : heads::documentsOf(scores, contexts.size(0));
    if (const Tensor labels = find(inputs, names::kLabels); !labels.isNull()) {
        inputs.emplace(names::kDecoderInputIds, labels);
        inputs.erase(names::kLabels);
    }
    for (const auto *const name : {names::kDecoderInputIds, names::kDecoderAttentionMask})
        if (const Tensor x = find(inputs, name); !x.isNull() && x.size(0) == scores.size(0))
            inputs[name] = repeated(x, documents);
}

HeadSpec mixedHead(TaskKind task, std::string className, heads::Mixing mixing)
{
    return {.id = std::string(id(task)),
            .className = std::move(className),
            .tasks = {task},
            .addInputs = addDecoderRows,
            .bind = [mixing](const HeadContext &c) { return mixedWords(c, mixing); }};
}

} // namespace

Family rag()
{
    return {
        .info = {.id = "rag",
                 .title = "RAG",
                 .category = Category::Retrieval,
                 .tasks = {TaskKind::RagToken, TaskKind::RagSequence},
                 .description = "Looks passages up for a question and writes the answer from all of them at once; each "
                                "passage votes for every word."},
        .tokenizer = text::tokenizerClass("RagTokenizer"),
        .names = {.prefixes = {"rag."}},
        .heads = {mixedHead(TaskKind::RagToken, "RagTokenForGeneration", heads::Mixing::EachToken),
                  mixedHead(TaskKind::RagSequence, "RagSequenceForGeneration", heads::Mixing::WholeSequence)},
        .generation =
            [](const files::Config &config) {
                const auto part = partConfig(config, kGenerator);
                return part.family.generation ? part.family.generation(part.config) : GenerationOptions();
            },
        .dimensions =
            [](const files::Config &config) {
                const auto part = partConfig(config, kGenerator);
                return part.family.dimensions(part.config);
            },
        .backbone =
            [](const files::Config &config, const checkpoint::Weights &weights) {
                return openPart(config, weights, generatorPart()).backbone();
            },
        .parts = {{.key = "question_encoder", .weights = "rag.question_encoder"}},
        .searchesAs = kGenerator,
    };
}

} // namespace engine::models
