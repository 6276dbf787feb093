// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/tokenizer_classes.h"

#include "engine/error.h"
#include "text/legacy.h"
#include "text/sentence_piece_classes.h"

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

TokenizerSpec prophetNet()
{
    return {.files = {"prophetnet.tokenizer"},
            .read =
                legacyWordPiece({.lowersTextFirst = false, .wholeTokenKey = "x_sep_token", .wholeToken = "[X_SEP]"}),
            .specialTokens = {{"unk_token", "[UNK]"},
                              {"sep_token", "[SEP]"},
                              {"pad_token", "[PAD]"},
                              {"mask_token", "[MASK]"}},
            .single = "A sep_token",
            .pair = "A sep_token B:1 sep_token:1",
            .modelInputNames = withoutTypes()};
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

// ---- BPE over the characters of words, and words -----------------------------------------------------------------

TokenizerSpec wordBpe(WordSteps steps)
{
    return {.files = {"vocab.json", "merges.txt"},
            .read = legacyWordBpe(steps),
            .specialTokens = {{"unk_token", "<unk>"}},
            .modelInputNames = withoutTypes()};
}

TokenizerSpec ctrl()
{
    TokenizerSpec spec = wordBpe(WordSteps::LineWords);
    spec.modelInputNames = withTypes();
    return spec;
}

TokenizerSpec xlm(WordSteps steps)
{
    TokenizerSpec spec = wordBpe(steps);
    spec.specialTokens = {{"bos_token", "<s>"},   {"unk_token", "<unk>"}, {"sep_token", "</s>"},
                          {"pad_token", "<pad>"}, {"cls_token", "</s>"},  {"mask_token", "<special1>"}};
    for (char digit = '0'; digit <= '9'; ++digit)
        spec.additionalTokens.push_back(std::string("<special") + digit + ">");
    spec.single = "bos_token A sep_token";
    spec.pair = "bos_token A sep_token B:1 sep_token:1";
    spec.modelInputNames = withTypes();
    return spec;
}

TokenizerSpec transformerXl()
{
    return {.files = {"vocab.pkl"},
            .otherFiles = {"vocab.txt"},
            .read = legacyWordLevel(),
            .specialTokens = {{"eos_token", "<eos>"}, {"unk_token", "<unk>"}},
            .additionalTokens = {"<formula>"},
            .modelInputNames = {"input_ids"}};
}

// ---- two tokenizers ----------------------------------------------------------------------------------------------

TokenizerSpec rag()
{
    return {.files = {"question_encoder_tokenizer", "generator_tokenizer"},
            .read = legacyTwoSided({.input = "DPRQuestionEncoderTokenizer", .output = "BartTokenizer"})};
}

// No class of the library: the bytes that google/reformer-enwik8 was trained on, which has no tokenizer files.
TokenizerSpec bytes()
{
    return {.read = bytesAsTokens(2), .modelInputNames = withoutTypes()};
}

// ------------------------------------------------------------------------------------------------------------------

using Table = std::map<std::string, TokenizerSpec, std::less<>>;

const Table &table()
{
    static const Table classes = [] {
        Table all = sentencePieceClasses();
        all.merge(Table{
            {"BartTokenizer", roberta()},
            {"BertTokenizer", bert()},
            {"ByteTokenizer", bytes()},
            {"CTRLTokenizer", ctrl()},
            {"ConvBertTokenizer", bert()},
            {"DPRContextEncoderTokenizer", bert()},
            {"DPRQuestionEncoderTokenizer", bert()},
            {"DPRReaderTokenizer", bertWithoutTypes()},
            {"DistilBertTokenizer", bertWithoutTypes()},
            {"ElectraTokenizer", bert()},
            {"FlaubertTokenizer", xlm(WordSteps::MosesFrench)},
            {"FunnelTokenizer", funnel()},
            {"GPT2Tokenizer", gpt2()},
            {"LongformerTokenizer", roberta()},
            {"MobileBertTokenizer", bert()},
            {"OpenAIGPTTokenizer", wordBpe(WordSteps::Bert)},
            {"ProphetNetTokenizer", prophetNet()},
            {"RagTokenizer", rag()},
            {"RobertaTokenizer", roberta()},
            {"TransfoXLTokenizer", transformerXl()},
            {"XLMTokenizer", xlm(WordSteps::Moses)},
        });
        return all;
    }();
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
