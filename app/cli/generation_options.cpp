// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/generation_options.h"

#include "engine/words.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>

namespace app::cli {

namespace {

constexpr std::int64_t kMostBeams = 1024;
constexpr const char *kGroup = "Generation";

const std::map<std::string, engine::EarlyStopping> &stoppings()
{
    static const std::map<std::string, engine::EarlyStopping> all{{"no", engine::EarlyStopping::No},
                                                                  {"yes", engine::EarlyStopping::Yes},
                                                                  {"never", engine::EarlyStopping::Never}};
    return all;
}

void addWords(CLI::App &command, GenerationArguments &generation)
{
    const auto addMany = [&](const char *name, auto &values, const char *help) {
        command.add_option(name, values, help)->group(kGroup)->allow_extra_args(false)->take_all();
    };
    addMany("--bad-words", generation.badWords, "never write this word; give it several times");
    addMany("--stop", generation.stopStrings, "stop where the new text holds this; give it several times");
    const auto add = [&](const char *name, auto &value, const char *help) {
        command.add_option(name, value, help)->group(kGroup);
    };
    add("--forced-first-token", generation.forcedFirstToken,
        "the token after the first one of a row: its spelling, a word, or #number");
    add("--forced-last-token", generation.forcedLastToken, "the last token that --max-new-tokens allows");
}

void addBeams(CLI::App &command, GenerationArguments &generation)
{
    const auto add = [&](const char *name, auto &value, const char *help) {
        return command.add_option(name, value, help)->group(kGroup);
    };
    const CLI::Range some(std::int64_t{1}, kMostBeams);
    add("--beams", generation.beams, "beam search")->check(some);
    add("--beam-groups", generation.beamGroups, "diverse beam search: groups that divide the beams")->check(some);
    add("--diversity-penalty", generation.diversityPenalty, "off a token for each group that took it this step")
        ->check(CLI::Range(0.0, 1000.0));
    add("--return-sequences", generation.returnSequences, "results: at most the beams; any number when sampling")
        ->check(some);
    add("--length-penalty", generation.lengthPenalty, "beams: score = sum / length^x")
        ->check(CLI::Range(-100.0, 100.0));
    std::vector<std::string> names;
    for (const auto &[name, value] : stoppings())
        names.push_back(name);
    add("--early-stopping", generation.earlyStopping,
        "beams: yes = as soon as enough rows have ended; no = when none is likely to be better; never = when none can "
        "be")
        ->check(CLI::IsMember(names));
    add("--beam-history", generation.beamHistory, "with --json: what became of so many tokens of the beams")
        ->check(CLI::Range(std::size_t{0}, static_cast<std::size_t>(kMostTokens)));
}

template <typename Value> void take(const std::optional<Value> &given, Value &value)
{
    if (given)
        value = *given;
}

void takeBeams(const GenerationArguments &given, engine::GenerationOptions &options)
{
    take(given.beams, options.beams);
    if (given.beams) { // groups and results of a checkpoint belong to its own number of beams
        options.beamGroups = 1;
        options.returnSequences = 1;
    }
    take(given.beamGroups, options.beamGroups);
    take(given.diversityPenalty, options.diversityPenalty);
    take(given.returnSequences, options.returnSequences);
    take(given.lengthPenalty, options.lengthPenalty);
    if (given.earlyStopping)
        options.earlyStopping = stoppings().at(*given.earlyStopping);
    take(given.beamHistory, options.beamHistory);
}

} // namespace

void addGenerationOptions(CLI::App &command, GenerationArguments &generation)
{
    const auto add = [&](const char *name, auto &value, const char *help) {
        return command.add_option(name, value, help)->group(kGroup);
    };
    const CLI::Range count(std::int64_t{0}, kMostTokens);
    add("--max-new-tokens", generation.maxNewTokens, "stop after this many")->check(count);
    add("--min-new-tokens", generation.minNewTokens, "no end token before")->check(count);
    addBeams(command, generation);
    add("--no-repeat-ngram", generation.noRepeatNgram, "no n-gram twice; 0 = off")->check(count);
    add("--repetition-penalty", generation.repetitionPenalty, "> 1 discourages tokens seen")
        ->check(CLI::Range(0.01, 100.0));
    addWords(command, generation);
    command.add_flag("--sample", generation.sample, "draw tokens instead of taking the best")->group(kGroup);
    add("--temperature", generation.temperature, "sampling")->check(CLI::Range(0.001, 1000.0));
    add("--top-p", generation.topP, "sample from this much probability")->check(CLI::Range(0.0, 1.0));
    add("--seed", generation.seed, "of the random choices");
    command.add_flag("--no-cache", generation.avoidsCache, "compute every token again at every step")->group(kGroup);
}

engine::GenerationOptions generationOptions(const GenerationArguments &given, const engine::LoadedModel &model,
                                            engine::GenerationOptions options)
{
    take(given.maxNewTokens, options.maxNewTokens);
    options.minNewTokens = std::min(options.minNewTokens, options.maxNewTokens);
    take(given.minNewTokens, options.minNewTokens);
    takeBeams(given, options);
    take(given.noRepeatNgram, options.noRepeatNgram);
    take(given.repetitionPenalty, options.repetitionPenalty);
    for (const auto &word : given.badWords)
        std::ranges::move(engine::spellings(model.tokenizer(), word), std::back_inserter(options.badWords));
    if (given.forcedFirstToken)
        options.forcedFirstToken = engine::namedToken(model.tokenizer(), *given.forcedFirstToken);
    if (given.forcedLastToken)
        options.forcedLastToken = engine::namedToken(model.tokenizer(), *given.forcedLastToken);
    std::ranges::copy(given.stopStrings, std::back_inserter(options.stopStrings));
    options.sample = options.sample || given.sample;
    take(given.temperature, options.temperature);
    take(given.topP, options.topP);
    take(given.seed, options.seed);
    options.useCache = options.useCache && !given.avoidsCache;
    return options;
}

} // namespace app::cli
