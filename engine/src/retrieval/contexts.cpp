// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/contexts.h"

#include "files/config.h"

#include <nlohmann/json.hpp>

namespace engine::retrieval {
namespace {

std::string withoutDoubleSpaces(std::string_view text)
{
    constexpr std::string_view kDouble = "  ";
    std::string out;
    while (true) {
        const std::size_t at = text.find(kDouble);
        out += text.substr(0, at);
        if (at == std::string_view::npos)
            return out;
        out += ' ';
        text.remove_prefix(at + kDouble.size());
    }
}

} // namespace

ContextFormat contextFormat(const ModelInfo &info)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 20;
    constexpr char kGenerator[] = "generator";
    const auto file = info.directory / "config.json";
    const auto config = files::Config::fromText(file, info.configText);
    ContextFormat format;
    format.titleSeparator = config.text("title_sep", format.titleSeparator);
    format.documentSeparator = config.text("doc_sep", format.documentSeparator);
    format.maxLength = config.integer("max_combined_length", format.maxLength, 1, kMost);
    format.documents = config.integer("n_docs", format.documents, 1, kMost);
    if (config.has(kGenerator))
        format.prefix = files::Config::fromText(file, config.json().at(kGenerator).dump()).text("prefix", "");
    return format;
}

std::string contextOf(const Passage &passage, std::string_view question, const ContextFormat &format)
{
    std::string_view title = passage.title;
    if (title.starts_with('"'))
        title.remove_prefix(1);
    if (title.ends_with('"'))
        title.remove_suffix(1);
    return withoutDoubleSpaces(format.prefix + std::string(title) + format.titleSeparator + passage.text +
                               format.documentSeparator + std::string(question));
}

Encoding encodeContext(const Tokenizer &generator, std::string_view context, const ContextFormat &format)
{
    return generator.encode(context, std::nullopt,
                            {.maxLength = format.maxLength, .truncation = Truncation::LongestFirst});
}

std::string questionText(const Tokenizer &questions, std::span<const std::int64_t> ids)
{
    return questions.decode(ids, {.skipSpecialTokens = true});
}

} // namespace engine::retrieval
