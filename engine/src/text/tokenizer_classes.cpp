// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/tokenizer_classes.h"

#include "engine/error.h"
#include "text/legacy.h"

#include <map>
#include <string>

namespace engine::text {
namespace {

std::vector<std::string> withTypes()
{
    return {"input_ids", "token_type_ids", "attention_mask"};
}

std::vector<std::string> withoutTypes()
{
    return {"input_ids", "attention_mask"};
}

// ---- WordPiece ---------------------------------------------------------------------------------------------------

TokenizerSpec bert()
{
    return {.files = {"vocab.txt"},
            .read = legacyWordPiece({}),
            .specialTokens = {{"unk_token", "[UNK]"},
                              {"sep_token", "[SEP]"},
                              {"pad_token", "[PAD]"},
                              {"cls_token", "[CLS]"},
                              {"mask_token", "[MASK]"}},
            .single = "cls_token A sep_token",
            .pair = "cls_token A sep_token B:1 sep_token:1",
            .modelInputNames = withTypes()};
}

TokenizerSpec bertWithoutTypes()
{
    TokenizerSpec spec = bert();
    spec.modelInputNames = withoutTypes();
    return spec;
}

TokenizerSpec funnel()
{
    TokenizerSpec spec = bert();
    spec.specialTokens = {{"bos_token", "<s>"},    {"eos_token", "</s>"},  {"unk_token", "<unk>"},
                          {"sep_token", "<sep>"},  {"pad_token", "<pad>"}, {"cls_token", "<cls>"},
                          {"mask_token", "<mask>"}};
    spec.single = "cls_token:2 A sep_token";
    spec.pair = "cls_token:2 A sep_token B:1 sep_token:1";
    return spec;
}

// ---- byte-level BPE ----------------------------------------------------------------------------------------------

TokenizerSpec gpt2()
{
    return {.files = {"vocab.json", "merges.txt"},
            .read = legacyByteLevel({}),
            .specialTokens = {{"bos_token", "<|endoftext|>", BareToken::KeepsSpaces},
                              {"eos_token", "<|endoftext|>", BareToken::KeepsSpaces},
                              {"unk_token", "<|endoftext|>", BareToken::KeepsSpaces},
                              {"pad_token", "", BareToken::KeepsSpaces}},
            .modelInputNames = withoutTypes()};
}

TokenizerSpec roberta()
{
    return {.files = {"vocab.json", "merges.txt"},
            .read = legacyByteLevel({.prefixesOnlyWords = true}),
            .specialTokens = {{"bos_token", "<s>", BareToken::KeepsSpaces},
                              {"eos_token", "</s>", BareToken::KeepsSpaces},
                              {"unk_token", "<unk>", BareToken::KeepsSpaces},
                              {"sep_token", "</s>", BareToken::KeepsSpaces},
                              {"pad_token", "<pad>", BareToken::KeepsSpaces},
                              {"cls_token", "<s>", BareToken::KeepsSpaces},
                              {"mask_token", "<mask>", BareToken::TakesSpacesOnLeft}},
            .single = "cls_token A sep_token",
            .pair = "cls_token A sep_token sep_token B sep_token",
            .modelInputNames = withoutTypes()};
}

// ------------------------------------------------------------------------------------------------------------------

using Table = std::map<std::string, TokenizerSpec, std::less<>>;

const Table &table()
{
    static const Table classes = {
        {"BartTokenizer", roberta()},
        {"BertTokenizer", bert()},
        {"ConvBertTokenizer", bert()},
        {"DPRContextEncoderTokenizer", bert()},
        {"DPRQuestionEncoderTokenizer", bert()},
        {"DPRReaderTokenizer", bertWithoutTypes()},
        {"DistilBertTokenizer", bertWithoutTypes()},
        {"ElectraTokenizer", bert()},
        {"FunnelTokenizer", funnel()},
        {"GPT2Tokenizer", gpt2()},
        {"LongformerTokenizer", roberta()},
        {"MobileBertTokenizer", bert()},
        {"RobertaTokenizer", roberta()},
    };
    return classes;
}

} // namespace

const TokenizerSpec *findTokenizerClass(std::string_view className)
{
    constexpr std::string_view kFast = "Fast";
    if (className.ends_with(kFast))
        className.remove_suffix(kFast.size());
    const auto found = table().find(className);
    return found == table().end() ? nullptr : &found->second;
}

const TokenizerSpec &tokenizerClass(std::string_view className)
{
    const TokenizerSpec *spec = findTokenizerClass(className);
    if (spec == nullptr)
        failInternal("no tokenizer class is named " + std::string(className));
    return *spec;
}

} // namespace engine::text
