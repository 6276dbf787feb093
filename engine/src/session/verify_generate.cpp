// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/verify_case.h"
#include "session/verify_retrieval.h"

#include "engine/names.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

namespace engine::session {

namespace {

using Setter = std::function<void(GenerationOptions &, const nlohmann::json &, std::int64_t promptLength)>;

EarlyStopping earlyStoppingOf(const nlohmann::json &value)
{
    if (value.is_string() && value.get<std::string>() == "never")
        return EarlyStopping::Never;
    return value.get<bool>() ? EarlyStopping::Yes : EarlyStopping::No;
}

std::vector<std::int64_t> endTokensOf(const nlohmann::json &value)
{
    return value.is_array() ? value.get<std::vector<std::int64_t>>() : std::vector{value.get<std::int64_t>()};
}

template <typename Value> Setter into(Value GenerationOptions::*member)
{
    return
        [member](GenerationOptions &o, const nlohmann::json &value, std::int64_t) { o.*member = value.get<Value>(); };
}

Setter intoOptional(std::optional<std::int64_t> GenerationOptions::*member)
{
    return [member](GenerationOptions &o, const nlohmann::json &value, std::int64_t) {
        o.*member = value.get<std::int64_t>();
    };
}

// The reference's argument names.
const std::map<std::string, Setter> &setters()
{
    using O = GenerationOptions;
    using J = nlohmann::json;
    static const std::map<std::string, Setter> table = {
        {"max_new_tokens", into(&O::maxNewTokens)},
        {"min_new_tokens", into(&O::minNewTokens)},
        {"max_length",
         [](O &o, const J &value, std::int64_t prompt) { o.maxNewTokens = value.get<std::int64_t>() - prompt; }},
        {"min_length",
         [](O &o, const J &value, std::int64_t prompt) {
             o.minNewTokens = std::max<std::int64_t>(0, value.get<std::int64_t>() - prompt);
         }},
        {"num_beams", into(&O::beams)},
        {"num_beam_groups", into(&O::beamGroups)},
        {"diversity_penalty", into(&O::diversityPenalty)},
        {"num_return_sequences", into(&O::returnSequences)},
        {"length_penalty", into(&O::lengthPenalty)},
        {"early_stopping", [](O &o, const J &value, std::int64_t) { o.earlyStopping = earlyStoppingOf(value); }},
        {"no_repeat_ngram_size", into(&O::noRepeatNgram)},
        {"repetition_penalty", into(&O::repetitionPenalty)},
        {"do_sample", into(&O::sample)},
        {"use_cache", into(&O::useCache)},
        {"use_mems", into(&O::useCache)},
        {"eos_token_id", [](O &o, const J &value, std::int64_t) { o.eosTokenIds = endTokensOf(value); }},
        {"pad_token_id", into(&O::padTokenId)},
        {"bad_words_ids", into(&O::badWords)},
        {"forced_bos_token_id", intoOptional(&O::forcedFirstToken)},
        {"forced_eos_token_id", intoOptional(&O::forcedLastToken)},
        {"decoder_start_token_id", intoOptional(&O::decoderStartToken)},
    };
    return table;
}

Tensor scoresTensor(const std::vector<double> &scores)
{
    const std::vector<float> values(scores.begin(), scores.end());
    return Tensor::fromFloats({static_cast<std::int64_t>(values.size())}, values);
}

} // namespace

GenerationOptions generationOptionsOf(const Fixture &fixture, const nlohmann::json &options, std::int64_t promptLength)
{
    GenerationOptions chosen = fixture.model->model().generationDefaults();
    for (const auto &[name, value] : options.items()) {
        const auto setter = setters().find(name);
        if (setter == setters().end())
            failArgument("generation option \"" + name + "\" is not known");
        if (!value.is_null()) // None leaves the default: the reference's searches fall back to it
            setter->second(chosen, value, promptLength);
    }
    if (chosen.sample)
        failArgument("a recorded sample cannot be repeated: the random numbers differ");
    return chosen;
}

generation::SearchResult runGenerate(const Fixture &fixture, const generation::SearchInput &input,
                                     const nlohmann::json &options, const RunControl &control)
{
    // Lengths count the prompt; that of an encoder–decoder is the start token.
    const auto prompt = fixture.model->model().isEncoderDecoder() ? 1 : input.ids.size(1);
    return generation::search(fixture.model->model(), input, generationOptionsOf(fixture, options, prompt), control);
}

void verifyGenerate(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control)
{
    if (entry.at("inputs").contains(names::kDocScores))
        return verifyGenerateOverDocuments(fixture, entry, comparer, control);
    generation::SearchInput input;
    input.head = fixture.head->id;
    for (const auto &[name, description] : entry.at("inputs").items()) {
        if (name == names::kInputIds)
            input.ids = recordedTensor(fixture, description);
        else if (name == names::kAttentionMask)
            input.mask = recordedTensor(fixture, description);
        else
            failArgument("generation input \"" + name + "\" is not known");
    }
    if (input.ids.isNull())
        failFile("parity.json: the case has no input_ids");
    RunChoices choices = choicesOf(fixture, entry);
    input.choices = &choices;
    const generation::SearchResult result = runGenerate(fixture, input, entry.at("options"), control);
    compareChoices(choices, comparer);
    for (const auto &[name, description] : entry.at("outputs").items()) {
        if (name == "sequences")
            comparer.tensor(name, recordedTensor(fixture, description), result.sequences);
        else if (name == "sequences_scores")
            comparer.tensor(name, recordedTensor(fixture, description), scoresTensor(result.scores));
        else
            comparer.fail("output \"" + name + "\" of a generation is not known");
    }
}

} // namespace engine::session
