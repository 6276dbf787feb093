// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/encode_options.h"
#include "cli/format.h"
#include "places/places.h"

#include "engine/export.h"

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
    bool explains = false;
    std::vector<std::string> others; // tokenizers for the same text
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

std::string piecesText(const engine::ExplainedWord &word)
{
    std::vector<std::string> parts;
    for (const engine::ExplainedPiece &piece : word.pieces)
        parts.push_back(piece.token + " (" + std::to_string(piece.id) + ")");
    return joined(parts, " ");
}

void printWord(const engine::ExplainedWord &word, std::ostream &out)
{
    out << "  " << shownText(word.text) << " → " << piecesText(word) << '\n';
    for (const engine::MergeStep &merge : word.merges)
        out << "      " << merge.left << " + " << merge.right << "  rank " << number(merge.rank, 0) << '\n';
    for (const engine::LatticeEdge &edge : word.lattice)
        out << "      " << (edge.isChosen ? "* " : "  ") << edge.begin << "–" << edge.end << "  " << edge.token << "  "
            << number(edge.score, 4) << '\n';
}

void printExplanation(const engine::TokenizerExplanation &explanation, std::ostream &out)
{
    out << explanation.kind << '\n';
    for (const engine::ExplainedSegment &segment : explanation.segments) {
        if (segment.specialId) {
            out << "special token " << shownText(segment.source) << " (" << *segment.specialId << ")\n";
            continue;
        }
        out << "text        " << shownText(segment.source) << '\n';
        out << "normalised  " << shownText(segment.normalized) << '\n';
        for (const engine::ExplainedWord &word : segment.words)
            printWord(word, out);
    }
}

void explain(const TokenizeOptions &options, Context &context)
{
    const auto tokenizer = engine::openTokenizer(resolveModel(options.model.directory));
    const engine::TokenizerExplanation explanation = tokenizer->explain(options.text);
    if (options.model.json)
        context.out << engine::toJson(explanation) << '\n';
    else
        printExplanation(explanation, context.out);
}

// The same text through several vocabularies.
void compare(const TokenizeOptions &options, Context &context)
{
    std::vector<std::string> directories{options.model.directory};
    directories.insert(directories.end(), options.others.begin(), options.others.end());
    auto rows = nlohmann::ordered_json::array();
    Table table({Align::Left, Align::Left, Align::Right, Align::Left});
    table.head({"tokenizer", "kind", "tokens", ""});
    for (const std::string &directory : directories) {
        const auto tokenizer = engine::openTokenizer(resolveModel(directory));
        const engine::Encoding encoding =
            tokenizer->encode(options.text, options.textPair, encodeOptions(options.encode));
        rows.push_back({{"directory", directory}, {"kind", tokenizer->kind()}, {"encoding", toJson(encoding)}});
        table.row({directory, tokenizer->kind(), std::to_string(encoding.size()), joined(encoding.tokens, " ")});
    }
    if (options.model.json)
        context.print(rows);
    else
        table.print(context.out);
}

void tokenize(const TokenizeOptions &options, Context &context)
{
    if (options.explains)
        return explain(options, context);
    if (!options.others.empty())
        return compare(options, context);
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
    auto *explains = command->add_flag("--explain", options->explains, "what each stage makes of the text");
    command->add_option("--with", options->others, "the same text through this tokenizer too")->excludes(explains);
    addEncodeOptions(*command, options->encode);
    addJson(*command, options->model);
    command->callback([options, &context] { tokenize(*options, context); });
}

} // namespace app::cli
