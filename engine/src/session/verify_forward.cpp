// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/verify_case.h"

#include "engine/names.h"

#include <algorithm>
#include <limits>

namespace engine::session {

namespace {

constexpr char kPastKeyValues[] = "past_key_values";
constexpr char kHiddenStates[] = "hidden_states";
constexpr char kAttentions[] = "attentions";

// Arguments of the call that decide what is recorded, not what is computed.
struct Call {
    bool wantsHiddenStates = false;
    bool wantsAttentions = false;
    bool usesCache = false;
};

Call callOf(const nlohmann::json &entry)
{
    Call call;
    const nlohmann::json arguments = entry.value("call", nlohmann::json::object());
    for (const auto &[name, value] : arguments.items()) {
        if (name == "output_hidden_states")
            call.wantsHiddenStates = value.get<bool>();
        else if (name == "output_attentions")
            call.wantsAttentions = value.get<bool>();
        else if (name == "use_cache")
            call.usesCache = value.get<bool>();
        else
            failArgument("argument \"" + name + "\" of the call is not known");
    }
    return call;
}

NamedTensors inputsOf(const Fixture &fixture, const nlohmann::json &entry)
{
    NamedTensors inputs;
    for (const auto &[name, description] : entry.at("inputs").items()) {
        if (name != kPastKeyValues)
            inputs.emplace(name, recordedTensor(fixture, description));
    }
    return inputs;
}

NamedTensors stateInputs(const Fixture &fixture, const nlohmann::json &layers)
{
    NamedTensors state;
    for (std::size_t layer = 0; layer < layers.size(); ++layer) {
        for (std::size_t part = 0; part < layers[layer].size(); ++part)
            state.emplace(std::string(kPastKeyValues) + '.' + std::to_string(layer) + '.' + std::to_string(part),
                          recordedTensor(fixture, layers[layer][part]));
    }
    return state;
}

std::unique_ptr<RunState> stateOf(const Fixture &fixture, const nlohmann::json &entry, const Call &call)
{
    const bool hasPast = entry.at("inputs").contains(kPastKeyValues);
    if (!hasPast && !call.usesCache)
        return nullptr;
    std::unique_ptr<RunState> state = fixture.model->model().newState();
    if (!state)
        failArgument("the case uses a cache, the family has none");
    if (hasPast)
        state->assign(stateInputs(fixture, entry.at("inputs").at(kPastKeyValues)));
    return state;
}

// The trace keeps choices inside the batch axis; some recorded tensors have them as an axis of their own.
Tensor withAxesOf(const Tensor &recorded, const Tensor &computed)
{
    if (computed.isNull() || recorded.rank() != computed.rank() + 1)
        return computed;
    const auto &sizes = recorded.shape().sizes();
    std::vector<std::int64_t> merged(sizes.begin() + 1, sizes.end());
    merged.front() *= sizes.front();
    return Shape(merged) == computed.shape() ? computed.reshaped(recorded.shape()) : computed;
}

// A recorded list beside a computed one; null in the list stands for a None of the reference.
void compareList(const Fixture &fixture, const std::string &name, const nlohmann::json &recorded,
                 const std::vector<Tensor> &computed, Comparer &comparer)
{
    if (recorded.size() != computed.size())
        return comparer.fail(name + ": " + std::to_string(recorded.size()) + " recorded, " +
                             std::to_string(computed.size()) + " computed");
    for (std::size_t i = 0; i < computed.size(); ++i) {
        if (recorded[i].is_null())
            continue;
        const Tensor &expected = recordedTensor(fixture, recorded[i]);
        comparer.tensor(name + '.' + std::to_string(i), expected, withAxesOf(expected, computed[i]));
    }
}

void compareState(const Fixture &fixture, const nlohmann::json &recorded, const NamedTensors &computed, Comparer &comparer)
{
    const NamedTensors expected = stateInputs(fixture, recorded);
    for (const auto &[name, tensor] : expected)
        comparer.tensor(name, tensor, find(computed, name));
    if (expected.size() != computed.size())
        comparer.fail(std::string(kPastKeyValues) + ": " + std::to_string(expected.size()) + " tensors recorded, " +
                      std::to_string(computed.size()) + " computed");
}

} // namespace

const Tensor &recordedTensor(const Fixture &fixture, const nlohmann::json &description)
{
    if (!description.is_string())
        failFile("parity.json: expected the name of a tensor, found " + description.dump());
    const auto found = fixture.tensors.find(description.get_ref<const std::string &>());
    if (found == fixture.tensors.end())
        failFile("parity.safetensors: no tensor " + description.dump());
    return found->second;
}

ForwardRun runForward(const Fixture &fixture, const nlohmann::json &entry, const RunControl &control)
{
    const Call call = callOf(entry);
    const std::unique_ptr<RunState> state = stateOf(fixture, entry, call);
    TraceCollector collector({.wantsHiddenStates = call.wantsHiddenStates,
                              .wantsAttentions = call.wantsAttentions,
                              .maxBytes = std::numeric_limits<std::size_t>::max()});
    RunControl traced = control;
    traced.trace = &collector;
    ForwardRun run;
    run.outputs = fixture.model->model().forward(inputsOf(fixture, entry),
                                                 {.head = fixture.head->id, .state = state.get()}, traced);
    const auto trace = collector.finish();
    for (const LayerTensor &record : trace->hiddenStates)
        run.hiddenStates.push_back(record.tensor);
    for (const AttentionRecord &record : trace->attentions)
        run.attentions.push_back(record.data.weights);
    if (state)
        run.state = state->tensors();
    return run;
}

void verifyForward(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control)
{
    const ForwardRun run = runForward(fixture, entry, control);
    for (const auto &[name, description] : entry.at("outputs").items()) {
        // In the order in which they are computed, a difference shows where it begins.
        if (name == kHiddenStates)
            compareList(fixture, name, description, run.hiddenStates, comparer);
    }
    for (const auto &[name, description] : entry.at("outputs").items()) {
        if (name == kHiddenStates)
            continue;
        if (name == kAttentions)
            compareList(fixture, name, description, run.attentions, comparer);
        else if (name == kPastKeyValues)
            compareState(fixture, description, run.state, comparer);
        else
            comparer.tensor(name, recordedTensor(fixture, description), find(run.outputs, name));
    }
}

} // namespace engine::session
