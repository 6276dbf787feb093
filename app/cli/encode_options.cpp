// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/encode_options.h"

#include "engine/error.h"

#include <CLI/CLI.hpp>

#include <limits>

namespace app::cli {

namespace {

engine::Truncation truncationOf(const std::string &name)
{
    if (name == "longest_first")
        return engine::Truncation::LongestFirst;
    if (name == "only_first")
        return engine::Truncation::OnlyFirst;
    return name == "only_second" ? engine::Truncation::OnlySecond : engine::Truncation::None;
}

} // namespace

void addEncodeOptions(CLI::App &command, EncodeArguments &arguments)
{
    command.add_option("--max-length", arguments.maxLength, "cut to this many tokens")
        ->check(CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max()));
    command.add_option("--truncation", arguments.truncation, "where to cut")
        ->check(CLI::IsMember({"longest_first", "only_first", "only_second"}));
    command.add_option("--src-lang", arguments.sourceLanguage, "language of the text");
    command.add_option("--tgt-lang", arguments.targetLanguage, "language to translate into");
}

engine::EncodeOptions encodeOptions(const EncodeArguments &arguments)
{
    if (arguments.maxLength && arguments.truncation.empty())
        engine::failArgument("--max-length cuts the text only together with --truncation");
    if (!arguments.maxLength && !arguments.truncation.empty())
        engine::failArgument("--truncation needs --max-length");
    return {.maxLength = arguments.maxLength,
            .truncation = truncationOf(arguments.truncation),
            .sourceLanguage = arguments.sourceLanguage,
            .targetLanguage = arguments.targetLanguage};
}

} // namespace app::cli
