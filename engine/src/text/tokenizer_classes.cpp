// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/tokenizer_classes.h"

#include "engine/error.h"

#include <map>
#include <string>

namespace engine::text {
namespace {

TokenizerSpec bertTokenizer()
{
    return {.kind = TokenizerClass::WordPiece,
            .lowerCase = true,
            .specialTokens = {{"unk_token", "[UNK]"},
                              {"sep_token", "[SEP]"},
                              {"pad_token", "[PAD]"},
                              {"cls_token", "[CLS]"},
                              {"mask_token", "[MASK]"}},
            .modelInputNames = {"input_ids", "token_type_ids", "attention_mask"}};
}

TokenizerSpec gpt2Tokenizer()
{
    return {.kind = TokenizerClass::ByteLevelBpe,
            .addPrefixSpace = false,
            .specialTokens = {{"bos_token", "<|endoftext|>"},
                              {"eos_token", "<|endoftext|>"},
                              {"unk_token", "<|endoftext|>"}},
            .modelInputNames = {"input_ids", "attention_mask"}};
}

using Table = std::map<std::string, TokenizerSpec, std::less<>>;

const Table &table()
{
    static const Table classes = {
        {"BertTokenizer", bertTokenizer()},
        {"GPT2Tokenizer", gpt2Tokenizer()},
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
