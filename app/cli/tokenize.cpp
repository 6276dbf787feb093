// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/encode_options.h"
#include "cli/format.h"
#include "places/places.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace app::cli {

namespace {

struct TokenizeOptions {
    ModelOptions model;
    EncodeArguments encode;
    std::string text;
    std::optional<std::string> textPair;
    bool hasNoSpecialTokens = false;
};

nlohmann::ordered_json toJson(const engine::Encoding &encoding)
{
    auto offsets = nlohmann::ordered_json::array();
    for (const engine::Offset &offset : encoding.offsets)
        offsets.push_back({offset.begin, offset.end});
    return {{"tokens", encoding.tokens},
            {"ids", encoding.ids},
            {"token_type_ids", encoding.typeIds},
            {"attention_mask", encoding.attentionMask},
            {"special_tokens_mask", encoding.specialTokensMask},
            {"offsets", offsets},
            {"removed_by_truncation", encoding.removedByTruncation}};
}

void printTokens(const engine::Encoding &encoding, std::ostream &out)
{
    out << encoding.size() << " tokens\n";
    Table table({Align::Right, Align::Left, Align::Right, Align::Right, Align::Right, Align::Right});
    table.head({"", "token", "id", "type", "mask", "offsets"});
    for (std::size_t i = 0; i < encoding.size(); ++i) {
        const bool isSpecial = encoding.specialTokensMask[i] != 0;
        const engine::Offset offset = encoding.offsets[i];
        table.row({std::to_string(i), encoding.tokens[i], std::to_string(encoding.ids[i]),
                   std::to_string(encoding.typeIds[i]), std::to_string(encoding.attentionMask[i]),
                   isSpecial ? "special" : std::to_string(offset.begin) + "\u2013" + std::to_string(offset.end)});
    }
    table.print(out, "  ");
}

void tokenize(const TokenizeOptions &options, Context &context)
{
    engine::EncodeOptions encode = encodeOptions(options.encode);
    encode.addSpecialTokens = !options.hasNoSpecialTokens;
    const auto tokenizer = engine::openTokenizer(resolveModel(options.model.directory));
    const engine::Encoding encoding = tokenizer->encode(options.text, options.textPair, encode);
    if (options.model.json)
        context.print(toJson(encoding));
    else
        printTokens(encoding, context.out);
    if (encoding.removedByTruncation > 0)
        context.note(std::to_string(encoding.removedByTruncation) + " tokens did not fit and were cut");
}

} // namespace

void addTokenize(CLI::App &parent, Context &context)
{
    auto *command = parent.add_subcommand("tokenize", "a text as the model sees it: tokens, ids, offsets");
    auto options = std::make_shared<TokenizeOptions>();
    addDirectory(*command, options->model);
    command->add_option("--text", options->text, "text")->required();
    command->add_option("--text-pair", options->textPair, "second text");
    command->add_flag("--no-special", options->hasNoSpecialTokens, "without [CLS], [SEP] and the like");
    addEncodeOptions(*command, options->encode);
    addJson(*command, options->model);
    command->callback([options, &context] { tokenize(*options, context); });
}

} // namespace app::cli
