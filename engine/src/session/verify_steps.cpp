// SPDX-License-Identifier: GPL-3.0-or-later
// Case kinds of what a decoder needs: its steps one by one, what it starts from, its relative positions.
#include "session/verify_case.h"

#include "engine/names.h"
#include "models/backbone.h"
#include "ops/ops.h"

#include <algorithm>

namespace engine::session {

namespace {

using Json = nlohmann::json;

// The state that steps begin with, and the name under which they take their tokens.
struct Start {
    std::unique_ptr<RunState> state;
    const char *tokens = names::kInputIds;
};

Start startOf(const Model &model, const NamedTensors &inputs, const RunControl &control)
{
    if (!model.isEncoderDecoder()) {
        Start start{.state = model.newState()};
        if (!start.state)
            failArgument("the case uses a cache, the family has none");
        return start;
    }
    NamedTensors source = inputs;
    source.erase(names::kDecoderInputIds);
    return {.state = model.encode(source, control), .tokens = names::kDecoderInputIds};
}

std::int64_t numberOf(const Json &inputs, const char *name)
{
    return inputs.at(name).get<std::int64_t>();
}

} // namespace

void verifyCache(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl &control)
{
    const Model &model = fixture.model->model();
    const NamedTensors inputs = inputsOf(fixture, entry);
    const Start start = startOf(model, inputs, control);
    const Tensor &ids = require(inputs, start.tokens);
    NamedTensors last;
    Tensor logits;
    for (std::int64_t t = 0; t < ids.size(1); ++t) {
        last = model.forward({{start.tokens, models::columns(ids, t, t + 1)}},
                             {.head = fixture.head->id, .state = start.state.get()}, control);
        logits = ops::concat(logits, require(last, names::kLogits), 1);
    }
    last.insert_or_assign(names::kLogits, logits);
    for (const auto &[name, description] : entry.at("outputs").items()) {
        if (description.is_array())
            compareState(fixture, name, description, start.state->tensors(), comparer);
        else
            comparer.tensor(name, recordedTensor(fixture, description), find(last, name));
    }
}

void verifyShift(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl & /*control*/)
{
    const Tensor ids = fixture.model->model().decoderInputs(require(inputsOf(fixture, entry), names::kLabels));
    comparer.tensor(names::kDecoderInputIds, recordedTensor(fixture, entry.at("outputs").at(names::kDecoderInputIds)),
                    ids);
}

void verifyBuckets(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl & /*control*/)
{
    const Json &inputs = entry.at("inputs");
    BucketRange range;
    if (inputs.contains("length")) {
        range = {.queries = numberOf(inputs, "length"), .keys = numberOf(inputs, "length")};
    } else {
        range = {.queries = numberOf(inputs, "query_length"),
                 .keys = numberOf(inputs, "key_length"),
                 .firstQuery = numberOf(inputs, "first_query"),
                 .stack = inputs.at("bidirectional").get<bool>() ? Stack::Encoder : Stack::Decoder};
    }
    const NamedTensors computed = fixture.model->model().relativeBuckets(range);
    for (const auto &[name, description] : entry.at("outputs").items())
        comparer.tensor(name, recordedTensor(fixture, description), find(computed, name));
}

namespace {

// 1 where a row sees a key, (queries, keys).
Tensor visible(const AttentionRecord &record)
{
    Tensor out = Tensor::uninitialised({record.queries(), record.keys()}, DType::I64);
    const MaskRule rule = record.mask.rule();
    auto to = out.mutableInts().begin();
    for (std::int64_t query = 0; query < record.queries(); ++query)
        for (std::int64_t key = 0; key < record.keys(); ++key)
            *to++ = rule.isVisible(0, query, key) ? 1 : 0;
    return out;
}

} // namespace

// What a pass over so many tokens tells of its masks.
void verifyMask(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl &control)
{
    const Model &model = fixture.model->model();
    const Tensor ids = Tensor::zeros({1, numberOf(entry.at("inputs"), "length")}, DType::I64);
    NamedTensors inputs{{names::kInputIds, ids}};
    if (model.isEncoderDecoder())
        inputs.emplace(names::kDecoderInputIds, ids);
    TraceCollector collector({.wantsAttentions = true, .wantsMechanisms = true});
    RunControl traced = control;
    traced.trace = &collector;
    (void)model.forward(inputs, {.head = fixture.head->id}, traced);
    const auto trace = collector.finish();
    const auto main = std::ranges::find(trace->attentions, Stack::Decoder, &AttentionRecord::stack);
    for (const auto &[name, description] : entry.at("outputs").items()) {
        Tensor computed;
        if (name == "main" && main != trace->attentions.end())
            computed = visible(*main);
        if (const auto streams = tracedList(*trace, "ngram_mask"); name == "predict" && !streams.empty())
            computed = streams.front();
        comparer.tensor(name, recordedTensor(fixture, description), computed);
    }
}

} // namespace engine::session
