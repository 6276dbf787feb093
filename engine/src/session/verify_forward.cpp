// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/verify_case.h"

#include "engine/names.h"
#include "ops/ops.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace engine::session {

namespace {

// Lists that hold what a run has accumulated.
bool isState(const std::string &name)
{
    return name == "past_key_values" || name == "mems";
}

// Arguments of the call that decide what is recorded, not what is computed.
struct Call {
    bool wantsHiddenStates = false;
    bool wantsAttentions = false;
    bool usesState = false;
    NamedTensors inputs = {}; // numbers that the model takes as scalar inputs ("num_hashes")
};

Call callOf(const nlohmann::json &entry)
{
    Call call;
    const nlohmann::json arguments = entry.value("call", nlohmann::json::object());
    for (const auto &[name, value] : arguments.items()) {
        if (name == "use_cache" || name == "use_mems")
            call.usesState = value.get<bool>();
        else if (name == names::kDoMarginalize || name == names::kExcludeBosScore)
            call.inputs.emplace(name, Tensor::fromInts({}, std::vector<std::int64_t>{value.get<bool>() ? 1 : 0}));
        else if (name == "n_docs") // doc_scores tell it
            continue;
        else if (name == "num_hashes")
            call.inputs.emplace(name, Tensor::fromInts({}, std::vector{value.get<std::int64_t>()}));
        else if (name == "output_hidden_states")
            call.wantsHiddenStates = value.get<bool>();
        else if (name == "output_attentions")
            call.wantsAttentions = value.get<bool>();
        else
            failArgument("argument \"" + name + "\" of the call is not known");
    }
    for (const auto &[name, description] : entry.at("outputs").items()) {
        call.usesState = call.usesState || isState(name);
        call.wantsHiddenStates = call.wantsHiddenStates || name.ends_with("hidden_states");
        call.wantsAttentions = call.wantsAttentions || name.ends_with("attentions");
    }
    return call;
}

// Recorded lists of tensors and lists of lists as "name.0", "name.0.1", …
void flatten(const Fixture &fixture, const std::string &name, const nlohmann::json &description, NamedTensors &out)
{
    if (!description.is_array()) {
        out.emplace(name, recordedTensor(fixture, description));
        return;
    }
    for (std::size_t i = 0; i < description.size(); ++i)
        flatten(fixture, name + '.' + std::to_string(i), description[i], out);
}

// What a run has accumulated arrives as a list: past_key_values, mems.
NamedTensors stateInputs(const Fixture &fixture, const nlohmann::json &entry)
{
    NamedTensors state;
    for (const auto &[name, description] : entry.at("inputs").items())
        if (description.is_array())
            flatten(fixture, name, description, state);
    return state;
}

std::unique_ptr<RunState> stateOf(const Fixture &fixture, const nlohmann::json &entry, const Call &call)
{
    const NamedTensors past = stateInputs(fixture, entry);
    if (past.empty() && !call.usesState)
        return nullptr;
    std::unique_ptr<RunState> state = fixture.model->model().newState();
    if (!state)
        failArgument("the case uses a cache, the family has none");
    if (!past.empty())
        state->assign(past);
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

// Lists of lists (a pair of streams for each layer) in one row.
nlohmann::json inOneRow(const nlohmann::json &list)
{
    nlohmann::json row = nlohmann::json::array();
    for (const auto &part : list) {
        if (!part.is_array())
            row.push_back(part);
        else
            for (auto &inner : inOneRow(part))
                row.push_back(std::move(inner));
    }
    return row;
}

// Scores before the softmax, which some classes of the reference return in place of attention weights.
std::vector<Tensor> scoresOf(const Trace &trace, const std::string &name)
{
    std::vector<Tensor> list;
    for (const QueryKeyRecord &record : trace.queryKeys)
        if (name == std::string(engine::name(record.stack)) + "_attentions")
            list.push_back(ops::matmulTransposed(record.query, record.key, record.scale));
    return list;
}

// The traced list that a recorded one is compared with: a weight is never below 0, a score is.
std::vector<Tensor> listFor(const Fixture &fixture, const Trace &trace, const std::string &name,
                            const nlohmann::json &recorded)
{
    const auto isScore = [&](const nlohmann::json &description) {
        if (!description.is_string())
            return false;
        const Tensor &tensor = recordedTensor(fixture, description);
        return tensor.dtype() == DType::F32 && std::ranges::any_of(tensor.floats(), [](float x) { return x < 0.0F; });
    };
    const bool isAttention = name == "encoder_attentions" || name == "cross_attentions";
    return isAttention && std::ranges::any_of(recorded, isScore) ? scoresOf(trace, name) : tracedList(trace, name);
}

// A recorded list beside a computed one; null in the list stands for a None of the reference.
void compareList(const Fixture &fixture, const std::string &name, const nlohmann::json &list,
                 const std::vector<Tensor> &computed, Comparer &comparer)
{
    const nlohmann::json recorded = inOneRow(list);
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

std::vector<Tensor> hiddenStatesOf(const Trace &trace, std::optional<Stack> stack)
{
    std::vector<Tensor> list;
    for (const LayerTensor &record : trace.hiddenStates)
        if (!stack || record.stack == *stack)
            list.push_back(record.tensor);
    return list;
}

std::vector<Tensor> attentionsOf(const Trace &trace, std::optional<Stack> stack)
{
    std::vector<Tensor> list;
    for (const AttentionRecord &record : trace.attentions)
        if (!stack || record.stack == *stack)
            list.push_back(record.native());
    return list;
}

} // namespace

// What a generator reads of its documents is simply its source.
std::string modelInputName(const std::string &name)
{
    constexpr std::string_view kContext = "context_";
    return name.starts_with(kContext) ? name.substr(kContext.size()) : name;
}

const Tensor &recordedTensor(const Fixture &fixture, const nlohmann::json &description)
{
    if (!description.is_string())
        failFile("parity.json: expected the name of a tensor, found " + description.dump());
    const auto found = fixture.tensors.find(description.get_ref<const std::string &>());
    if (found == fixture.tensors.end())
        failFile("parity.safetensors: no tensor " + description.dump());
    return found->second;
}

NamedTensors inputsOf(const Fixture &fixture, const nlohmann::json &entry)
{
    NamedTensors inputs;
    for (const auto &[name, description] : entry.at("inputs").items())
        if (!description.is_array())
            inputs.emplace(modelInputName(name), recordedTensor(fixture, description));
    return inputs;
}

void compareState(const Fixture &fixture, const std::string &name, const nlohmann::json &recorded,
                  const NamedTensors &computed, Comparer &comparer)
{
    NamedTensors expected;
    flatten(fixture, name, recorded, expected);
    for (const auto &[part, tensor] : expected)
        comparer.tensor(part, tensor, find(computed, part));
    if (expected.size() != computed.size())
        comparer.fail(name + ": " + std::to_string(expected.size()) + " tensors recorded, " +
                      std::to_string(computed.size()) + " computed");
}

std::vector<Tensor> tracedList(const Trace &trace, const std::string &name)
{
    if (name == "hidden_states")
        return hiddenStatesOf(trace, {});
    if (name == "encoder_hidden_states")
        return hiddenStatesOf(trace, Stack::Encoder);
    if (name == "decoder_hidden_states")
        return hiddenStatesOf(trace, Stack::Decoder);
    if (name == "attentions")
        return attentionsOf(trace, {});
    if (name == "encoder_attentions")
        return attentionsOf(trace, Stack::Encoder);
    if (name == "decoder_attentions")
        return attentionsOf(trace, Stack::Decoder);
    if (name == "cross_attentions")
        return attentionsOf(trace, Stack::Cross);
    std::vector<Tensor> list;
    for (const MechanismRecord &record : trace.mechanisms)
        if (record.name == name)
            list.push_back(record.tensor);
    return list;
}

RunChoices choicesOf(const Fixture &fixture, const nlohmann::json &entry)
{
    if (!entry.contains("rotations"))
        return RunChoices();
    std::vector<Tensor> recorded;
    for (const auto &description : entry.at("rotations"))
        recorded.push_back(recordedTensor(fixture, description));
    return RunChoices(std::move(recorded));
}

void compareChoices(const RunChoices &choices, Comparer &comparer)
{
    if (choices.recordedLeft() > 0)
        comparer.fail("rotations: " + std::to_string(choices.recordedLeft()) + " recorded tensors were not used");
}

void compareTraced(const Fixture &fixture, const std::string &name, const nlohmann::json &recorded, const Trace &trace,
                   Comparer &comparer)
{
    compareList(fixture, name, recorded, listFor(fixture, trace, name, recorded), comparer);
}

ForwardRun runForward(const Fixture &fixture, const nlohmann::json &entry, RunChoices &choices,
                      const RunControl &control)
{
    const Call call = callOf(entry);
    const std::unique_ptr<RunState> state = stateOf(fixture, entry, call);
    TraceCollector collector({.wantsHiddenStates = call.wantsHiddenStates,
                              .wantsAttentions = call.wantsAttentions,
                              .wantsQueryKey = call.wantsAttentions,
                              .wantsMechanisms = true,
                              .maxBytes = std::numeric_limits<std::size_t>::max()});
    RunControl traced = control;
    traced.trace = &collector;
    NamedTensors inputs = inputsOf(fixture, entry);
    inputs.insert(call.inputs.begin(), call.inputs.end());
    ForwardRun run;
    run.outputs = fixture.model->model().forward(
        inputs, {.head = fixture.head->id, .state = state.get(), .choices = &choices}, traced);
    run.trace = collector.finish();
    if (state)
        run.state = state->tensors();
    return run;
}

void compareRun(const Fixture &fixture, const nlohmann::json &entry, const ForwardRun &run, Comparer &comparer)
{
    // Hidden states first: in the order in which they are computed, a difference shows where it begins.
    const auto compare = [&](const std::string &name, const nlohmann::json &description) {
        if (isState(name))
            compareState(fixture, name, description, run.state, comparer);
        else if (description.is_array())
            compareTraced(fixture, name, description, *run.trace, comparer);
        else
            comparer.tensor(name, recordedTensor(fixture, description), find(run.outputs, name));
    };
    const auto isHidden = [](const std::string &name) { return name.ends_with("hidden_states"); };
    for (const bool wantsHidden : {true, false})
        for (const auto &[name, description] : entry.at("outputs").items())
            if (isHidden(name) == wantsHidden)
                compare(name, description);
}

void verifyForward(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control)
{
    RunChoices choices = choicesOf(fixture, entry);
    const ForwardRun run = runForward(fixture, entry, choices, control);
    compareChoices(choices, comparer);
    compareRun(fixture, entry, run, comparer);
}

} // namespace engine::session
