// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/sentence_piece_classes.h"

#include "text/legacy.h"

namespace engine::text {

namespace {

using Special = SentencePieceDecoder::Special;

std::vector<std::string> withTypes()
{
    return {"input_ids", "token_type_ids", "attention_mask"};
}

std::vector<std::string> withoutTypes()
{
    return {"input_ids", "attention_mask"};
}

TokenizerSpec albert()
{
    return {.files = {"spiece.model"},
            .read = legacySentencePiece({.cleansText = true, .lowersCase = true, .special = Special::SpaceBefore}),
            .specialTokens = {{"bos_token", "[CLS]"},
                              {"eos_token", "[SEP]"},
                              {"unk_token", "<unk>"},
                              {"sep_token", "[SEP]"},
                              {"pad_token", "<pad>"},
                              {"cls_token", "[CLS]"},
                              {"mask_token", "[MASK]", BareToken::TakesSpacesOnLeft}},
            .single = "cls_token A sep_token",
            .pair = "cls_token A sep_token B:1 sep_token:1",
            .modelInputNames = withTypes()};
}

TokenizerSpec xlnet()
{
    return {.files = {"spiece.model"},
            .read = legacySentencePiece({.cleansText = true}),
            .specialTokens = {{"bos_token", "<s>"},
                              {"eos_token", "</s>"},
                              {"unk_token", "<unk>"},
                              {"sep_token", "<sep>"},
                              {"pad_token", "<pad>"},
                              {"cls_token", "<cls>"},
                              {"mask_token", "<mask>", BareToken::TakesSpacesOnLeft}},
            .additionalTokens = {"<eop>", "<eod>"},
            .single = "A sep_token cls_token:2",
            .pair = "A sep_token B:1 sep_token:1 cls_token:2",
            .modelInputNames = withTypes(),
            .paddingSide = Side::Left,
            .padTypeId = 3};
}

TokenizerSpec reformer()
{
    return {.files = {"spiece.model"},
            .read = legacySentencePiece({.special = Special::Bare}),
            .specialTokens = {{"eos_token", "</s>"}, {"unk_token", "<unk>"}},
            .modelInputNames = withoutTypes()};
}

TokenizerSpec t5()
{
    return {.files = {"spiece.model"},
            .read = legacySentencePiece({.layout = SentencePieceLayout::Sentinels, .special = Special::SpaceBefore}),
            .specialTokens = {{"eos_token", "</s>"}, {"unk_token", "<unk>"}, {"pad_token", "<pad>"}},
            .single = "A eos_token?",
            .pair = "A eos_token? B eos_token?",
            .modelInputNames = withoutTypes()};
}

TokenizerSpec pegasus()
{
    return {.files = {"spiece.model"},
            .read = legacySentencePiece(
                {.layout = SentencePieceLayout::GapSentences, .marksSpecialInText = true, .special = Special::Bare}),
            .specialTokens = {{"eos_token", "</s>"},
                              {"unk_token", "<unk>"},
                              {"pad_token", "<pad>"},
                              {"mask_token", "<mask_2>"}},
            .single = "A eos_token",
            .pair = "A B eos_token",
            .modelInputNames = withoutTypes()};
}

// The first ids of fairseq's dictionaries; the model's pieces begin with <unk>, <s>, </s>.
const std::vector<std::string> &fairseqTokens()
{
    static const std::vector<std::string> tokens = {"<s>", "<pad>", "</s>", "<unk>"};
    return tokens;
}

std::vector<SpecialTokenSpec> fairseqSpecialTokens()
{
    return {{"bos_token", "<s>"},
            {"eos_token", "</s>"},
            {"unk_token", "<unk>"},
            {"sep_token", "</s>"},
            {"pad_token", "<pad>"},
            {"cls_token", "<s>"},
            {"mask_token", "<mask>", BareToken::TakesSpacesOnLeft}};
}

TokenizerSpec xlmRoberta()
{
    return {.files = {"sentencepiece.bpe.model"},
            .read = legacySentencePiece({.firstTokens = fairseqTokens(), .offset = 1, .lastTokens = {"<mask>"}}),
            .specialTokens = fairseqSpecialTokens(),
            .single = "cls_token A sep_token",
            .pair = "cls_token A sep_token sep_token B sep_token",
            .modelInputNames = withoutTypes()};
}

TokenizerSpec mbart()
{
    const std::vector<std::string> languages = {"ar_AR", "cs_CZ", "de_DE", "en_XX", "es_XX", "et_EE", "fi_FI",
                                                "fr_XX", "gu_IN", "hi_IN", "it_IT", "ja_XX", "kk_KZ", "ko_KR",
                                                "lt_LT", "lv_LV", "my_MM", "ne_NP", "nl_XX", "ro_RO", "ru_RU",
                                                "si_LK", "tr_TR", "vi_VN", "zh_CN"};
    std::vector<std::string> last = languages;
    last.emplace_back("<mask>");
    return {.files = {"sentencepiece.bpe.model"},
            .read = legacySentencePiece({.firstTokens = fairseqTokens(), .offset = 1, .lastTokens = last}),
            .specialTokens = fairseqSpecialTokens(),
            .single = "A eos_token language",
            .pair = "A B eos_token language",
            .languages = languages,
            .sourceLanguage = "en_XX",
            .modelInputNames = withoutTypes()};
}

TokenizerSpec xlmProphetNet()
{
    std::vector<std::string> first = {"[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"};
    for (int k = 0; k < 10; ++k)
        first.push_back("[unused" + std::to_string(k) + "]");
    return {.files = {"prophetnet.tokenizer"},
            .read = legacySentencePiece({.firstTokens = first, .cutsFirstTokensOut = true, .offset = 12}),
            .specialTokens = {{"bos_token", "[SEP]"},
                              {"eos_token", "[SEP]"},
                              {"unk_token", "[UNK]"},
                              {"sep_token", "[SEP]"},
                              {"pad_token", "[PAD]"},
                              {"cls_token", "[CLS]"},
                              {"mask_token", "[MASK]"}},
            .single = "A sep_token",
            .pair = "A sep_token B sep_token",
            .modelInputNames = withoutTypes()};
}

TokenizerSpec marian()
{
    return {.files = {"source.spm", "target.spm", "vocab.json"},
            .read = legacyTwoSentencePieces({.marksSpecialInText = true, .special = Special::SpaceAfter}),
            .specialTokens = {{"eos_token", "</s>"}, {"unk_token", "<unk>"}, {"pad_token", "<pad>"}},
            .single = "A eos_token",
            .pair = "A B eos_token",
            .modelInputNames = withoutTypes()};
}

} // namespace

std::map<std::string, TokenizerSpec, std::less<>> sentencePieceClasses()
{
    return {
        {"AlbertTokenizer", albert()},
        {"MBartTokenizer", mbart()},
        {"MT5Tokenizer", t5()},
        {"MarianTokenizer", marian()},
        {"PegasusTokenizer", pegasus()},
        {"ReformerTokenizer", reformer()},
        {"T5Tokenizer", t5()},
        {"XLMProphetNetTokenizer", xlmProphetNet()},
        {"XLMRobertaTokenizer", xlmRoberta()},
        {"XLNetTokenizer", xlnet()},
    };
}

} // namespace engine::text
