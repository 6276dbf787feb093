// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "engine/tokenizer.h"
#include "engine/tokenizer_checks.h"
#include "text/load.h"
#include "text/parity.h"
#include "text/tokenizer_classes.h"

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

using namespace engine;

namespace {

namespace fs = std::filesystem;

const text::TokenizerSpec &bertSpec()
{
    return text::tokenizerClass("BertTokenizer");
}

const text::TokenizerSpec &gptSpec()
{
    return text::tokenizerClass("GPT2Tokenizer");
}

const text::TokenizerSpec &specOf(const std::string &name)
{
    return name.starts_with("bert") ? bertSpec() : gptSpec();
}

// A directory with a few files in it.
class Folder {
public:
    fs::path path() const { return m_folder.path().toStdString(); }
    Folder &write(const std::string &name, const std::string &content)
    {
        std::ofstream(path() / name, std::ios::binary) << content;
        return *this;
    }

private:
    QTemporaryDir m_folder;
};

const std::string kVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##b\nab\ncd\n";

const std::string kBytes = R"({"a": 0, "b": 1, "ab": 2, "Ġ": 3, "Ġab": 4, "aa": 5, "aaaa": 6, "<|endoftext|>": 7})";
const std::string kMerges = "#version: 0.2\na b\nĠ ab\na a\naa aa\n";

std::string tokensOf(const Tokenizer &tokenizer, const std::string &text, const EncodeOptions &options = {})
{
    return joined(tokenizer.encode(text, std::nullopt, options).tokens);
}

void compareCases(const fs::path &directory, const std::string &name)
{
    const auto tokenizer = text::load(directory, specOf(name));
    const auto cases = text::runParityCases(directory / "parity.json", *tokenizer);
    QVERIFY(cases.size() > 50);
    int failed = 0;
    for (const text::ParityCase &entry : cases) {
        if (entry.failure.empty())
            continue;
        ++failed;
        qWarning("%s: %s", entry.name.c_str(), entry.failure.c_str());
    }
    QCOMPARE(failed, 0);
}

} // namespace

class TokenizerTest : public QObject {
    Q_OBJECT

private slots:
    void recordedCases_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"bert", "bert-cased", "bert-json", "gpt2", "gpt2-prefix-json"})
            QTest::newRow(name) << name;
    }

    void recordedCases()
    {
        QFETCH(QString, name);
        compareCases(fs::path(MODELARIUM_FIXTURES) / "tokenizers" / name.toStdString(), name.toStdString());
    }

    void sharedCases_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"bert-accents", "bert-accents-json", "bert-cased-json", "gpt2-json", "gpt2-prefix"})
            QTest::newRow(name) << name;
    }

    void sharedCases()
    {
        QFETCH(QString, name);
        const fs::path directory = fs::path(MODELARIUM_SHARED_FIXTURES) / "tokenizers" / name.toStdString();
        if (!fs::exists(directory))
            QSKIP("the shared fixtures are not here");
        compareCases(directory, name.toStdString());
    }

    void parityCasesNoticeDifferences()
    {
        // The cased vocabulary gives other tokens: a runner that finds nothing would be worthless.
        const fs::path fixtures = fs::path(MODELARIUM_FIXTURES) / "tokenizers";
        const auto tokenizer = text::load(fixtures / "bert-cased", bertSpec());
        const auto cases = text::runParityCases(fixtures / "bert" / "parity.json", *tokenizer);
        QVERIFY(std::ranges::any_of(cases, [](const auto &entry) { return !entry.failure.empty(); }));
        QVERIFY(messageOf(ErrorKind::File, [&] {
                    std::ignore = text::runParityCases(fixtures / "bert" / "tokenizer_config.json", *tokenizer);
                }).find("tokenizer-1") != std::string::npos);
    }

    void offsetsPointIntoTheText()
    {
        Folder folder;
        folder.write("vocab.txt", kVocabulary);
        const auto tokenizer = text::load(folder.path(), bertSpec());
        // é is one letter or two; both lose the accent, neither moves what follows.
        const Encoding encoding = tokenizer->encode("  \u00c1B [MASK]cd a\u0301b", "B", {});
        QCOMPARE(joined(encoding.tokens), std::string("[CLS] ab [MASK] cd ab [SEP] b [SEP]"));
        const std::vector<Offset> expected = {{0, 0}, {2, 4}, {5, 11}, {11, 13}, {14, 17}, {0, 0}, {0, 1}, {0, 0}};
        QVERIFY(encoding.offsets == expected);
        QVERIFY((encoding.sequence == std::vector<int>{-1, 0, 0, 0, 0, -1, 1, -1}));
        QVERIFY((encoding.typeIds == std::vector<std::int64_t>{0, 0, 0, 0, 0, 0, 1, 1}));
        QCOMPARE(tokenizer->display(7), std::string("b"));
        QCOMPARE(tokenizer->kind(), std::string("WordPiece"));
        QCOMPARE(tokenizer->token(99), std::string());
        QVERIFY(!tokenizer->id("zzz"));
    }

    void byteTokensCoverWholeCharacters()
    {
        const auto tokenizer = text::load(fs::path(MODELARIUM_FIXTURES) / "tokenizers" / "gpt2", gptSpec());
        const Encoding encoding = tokenizer->encode("x\u2603", std::nullopt, {}); // three bytes without a merge
        QCOMPARE(encoding.size(), std::size_t{4});
        for (std::size_t at = 1; at < encoding.size(); ++at)
            QVERIFY((encoding.offsets[at] == Offset{1, 2}));
        QCOMPARE(tokenizer->decode(encoding.ids, {}), std::string("x\u2603"));
        QCOMPARE(tokenizer->decode(std::span(encoding.ids).first(3), {}), std::string("x\ufffd"));
        QCOMPARE(tokenizer->display(*tokenizer->id("Ġ")), std::string(" "));
        QCOMPARE(tokenizer->kind(), std::string("byte-level BPE"));
    }

    void addedTokensFollowTheVocabulary()
    {
        Folder folder;
        folder.write("vocab.txt", kVocabulary).write("added_tokens.json", R"({"Foo": 10, "<x>": 11})");
        folder.write("special_tokens_map.json",
                     R"({"additional_special_tokens": [{"content": "<x>", "lstrip": true}, "<new>"]})");
        const auto tokenizer = text::load(folder.path(), bertSpec());
        QCOMPARE(tokenizer->size(), std::int64_t{13});
        QCOMPARE(tokensOf(*tokenizer, "abFOO  <x> cd<new>"), std::string("[CLS] ab foo <x> cd <new> [SEP]"));
        const std::vector<std::int64_t> ids = {8, 10, 11, 9};
        QCOMPARE(tokenizer->decode(ids, {}), std::string("ab foo <x> cd"));
        QCOMPARE(tokenizer->decode(ids, {.skipSpecialTokens = true}), std::string("ab foo cd"));
    }

    void neverSplitWordsStay()
    {
        Folder folder;
        folder.write("vocab.txt", kVocabulary + "a.b\n");
        folder.write("tokenizer_config.json",
                     R"({"never_split": ["a.b"], "model_max_length": 1000000000000000019884624838656})");
        const auto tokenizer = text::load(folder.path(), bertSpec());
        QCOMPARE(tokensOf(*tokenizer, "a.b a.bb"), std::string("[CLS] a.b a [UNK] b ##b [SEP]"));
        QVERIFY(!tokenizer->modelMaxLength());
    }

    void configurationDecidesAboutCase()
    {
        Folder folder;
        folder.write("vocab.txt", kVocabulary).write("tokenizer_config.json", R"({"do_lower_case": false})");
        QCOMPARE(tokensOf(*text::load(folder.path(), bertSpec()), "ab AB"), std::string("[CLS] ab [UNK] [SEP]"));
    }

    void windowsOverlap()
    {
        const auto tokenizer = text::load(fs::path(MODELARIUM_FIXTURES) / "tokenizers" / "bert-json", bertSpec());
        const EncodeOptions options = {.addSpecialTokens = false,
                                       .maxLength = 4,
                                       .truncation = Truncation::LongestFirst,
                                       .returnsOverflow = true,
                                       .stride = 1};
        const Encoding encoding = tokenizer->encode("a b c d e f g h", std::nullopt, options);
        QCOMPARE(joined(encoding.tokens), std::string("a b c d"));
        QCOMPARE(encoding.removedByTruncation, std::int64_t{4});
        QCOMPARE(encoding.overflow.size(), std::size_t{2});
        QCOMPARE(joined(encoding.overflow[0].tokens), std::string("d e f g"));
        QCOMPARE(joined(encoding.overflow[1].tokens), std::string("g h"));
        EncodeOptions left = options;
        left.truncationSide = Side::Left;
        const Encoding fromLeft = tokenizer->encode("a b c d e f g h", std::nullopt, left);
        QCOMPARE(joined(fromLeft.tokens), std::string("e f g h"));
        QCOMPARE(joined(fromLeft.overflow[1].tokens), std::string("a b"));
        EncodeOptions wide = options;
        wide.stride = 4;
        QVERIFY(messageOf(ErrorKind::Argument, [&] {
                    std::ignore = tokenizer->encode("a b c d e f", std::nullopt, wide);
                }).find("stride is 4") != std::string::npos);
        QVERIFY(messageOf(ErrorKind::Argument, [&] {
                    std::ignore = tokenizer->encode("a", "b", {.maxLength = 2, .truncation = Truncation::LongestFirst});
                }).find("no room") != std::string::npos);
    }

    void pairsOfWindowsCombine()
    {
        const auto tokenizer = text::load(fs::path(MODELARIUM_FIXTURES) / "tokenizers" / "bert-json", bertSpec());
        const Encoding encoding = tokenizer->encode("a b c", "d e f",
                                                    {.addSpecialTokens = false,
                                                     .maxLength = 4,
                                                     .truncation = Truncation::LongestFirst,
                                                     .returnsOverflow = true});
        QCOMPARE(joined(encoding.tokens), std::string("a b d e"));
        QCOMPARE(encoding.overflow.size(), std::size_t{3});
        QCOMPARE(joined(encoding.overflow[0].tokens), std::string("c d e"));
        QCOMPARE(joined(encoding.overflow[1].tokens), std::string("c f"));
        QCOMPARE(joined(encoding.overflow[2].tokens), std::string("a b f"));
    }

    void paddingNeedsAToken()
    {
        const auto bert = text::load(fs::path(MODELARIUM_FIXTURES) / "tokenizers" / "bert", bertSpec());
        const Encoding encoding = pad(bert->encode("a", std::nullopt, {}), *bert, {.length = 5, .side = Side::Left});
        QCOMPARE(joined(encoding.tokens), std::string("[PAD] [PAD] [CLS] a [SEP]"));
        QVERIFY((encoding.attentionMask == std::vector<std::int64_t>{0, 0, 1, 1, 1}));
        const auto gpt = text::load(fs::path(MODELARIUM_FIXTURES) / "tokenizers" / "gpt2", gptSpec());
        QVERIFY(messageOf(ErrorKind::Argument, [&] {
                    std::ignore = pad(gpt->encode("a", std::nullopt, {}), *gpt, {.length = 9});
                }).find("needs a pad token") != std::string::npos);
        QVERIFY(messageOf(ErrorKind::Argument, [&] {
                    std::ignore = pad({}, *bert, {.length = std::int64_t{1} << 60});
                }).find("padding to") != std::string::npos);
    }

    void brokenTextIsRefused()
    {
        Folder folder;
        folder.write("vocab.txt", kVocabulary);
        const auto tokenizer = text::load(folder.path(), bertSpec());
        for (const std::string text : {"ab\xff", "ab\xc3", "ab\xed\xa0\x80", "ab\xc0\xaf", "ab\xf5\x80\x80\x80"}) {
            const std::string message =
                messageOf(ErrorKind::Argument, [&] { std::ignore = tokenizer->encode(text, std::nullopt, {}); });
            QCOMPARE(message, std::string("the text is not valid UTF-8 at byte 2"));
        }
    }

    void badFiles_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("content");
        QTest::addColumn<QString>("message");
        const auto vocabulary = [](const char *row, const QString &content, const char *message) {
            QTest::newRow(row) << "vocab.txt" << content << message;
        };
        const QString good = QString::fromStdString(kVocabulary);
        vocabulary("no tokens", "", "expected one token a line");
        vocabulary("empty line", "[PAD]\n\n[UNK]\n", "line 2 is empty");
        vocabulary("repeated", good + "ab\n", "line 11 repeats the token \"ab\" of line 9");
        vocabulary("no unknown", "[PAD]\n[CLS]\n[SEP]\n", "the unknown token \"[UNK]\" is not in the vocabulary");
        QTest::newRow("gap") << "added_tokens.json"
                             << R"({"x": 12})"
                             << "expected the id 10";
        QTest::newRow("no id") << "added_tokens.json"
                               << R"({"x": "y"})"
                               << "expected an id";
        QTest::newRow("bad flag") << "special_tokens_map.json"
                                  << R"({"mask_token": {"content": "m", "lstrip": 3}})"
                                  << "lstrip";
        QTest::newRow("no text") << "special_tokens_map.json"
                                 << R"({"mask_token": 3})"
                                 << "mask_token";
        QTest::newRow("not JSON") << "tokenizer_config.json"
                                  << "{"
                                  << "tokenizer_config.json";
        QTest::newRow("bad side") << "tokenizer_config.json"
                                  << R"({"padding_side": "up"})"
                                  << "padding_side";
        QTest::newRow("bad length") << "tokenizer_config.json"
                                    << R"({"model_max_length": 0})"
                                    << "model_max_length";
    }

    void badFiles()
    {
        QFETCH(QString, name);
        QFETCH(QString, content);
        QFETCH(QString, message);
        Folder folder;
        folder.write("vocab.txt", kVocabulary).write(name.toStdString(), content.toStdString());
        const std::string found =
            messageOf(ErrorKind::File, [&] { std::ignore = text::load(folder.path(), bertSpec()); });
        QVERIFY2(found.find(name.toStdString()) != std::string::npos, found.c_str());
        QVERIFY2(found.find(message.toStdString()) != std::string::npos, found.c_str());
    }

    void badByteFiles_data()
    {
        QTest::addColumn<QString>("vocabulary");
        QTest::addColumn<QString>("merges");
        QTest::addColumn<QString>("message");
        const QString bytes = QString::fromStdString(kBytes);
        const QString merges = QString::fromStdString(kMerges);
        QTest::newRow("one part") << bytes << "#version: 0.2\nab\n"
                                  << "merges.txt: line 2: expected two tokens";
        QTest::newRow("three parts") << bytes << "#version: 0.2\na b a\n"
                                     << "merges.txt: line 2: expected two tokens";
        QTest::newRow("unknown part") << bytes << "#version: 0.2\na b\na q\n"
                                      << "merges.txt: line 3: the token \"q\" is not in the vocabulary";
        QTest::newRow("unknown result") << bytes << "#version: 0.2\nb a\n"
                                        << "the token \"ba\" is not";
        QTest::newRow("gap") << R"({"a": 0, "b": 2})" << merges << "expected an id from 0 to 1";
        QTest::newRow("same id") << R"({"a": 0, "b": 0})" << merges << "have the same id 0";
        QTest::newRow("huge id") << R"({"a": 18446744073709551615})" << merges << "expected an id from 0 to 0";
        QTest::newRow("negative id") << R"({"a": -1})" << merges << "expected an id from 0 to 0";
        QTest::newRow("no id") << R"({"a": "0"})" << merges << "expected an id";
        QTest::newRow("repeated") << R"({"a": 0, "a": 1})" << merges << "occurs twice";
        QTest::newRow("list") << "[1]" << merges << "expected an object";
    }

    void badByteFiles()
    {
        QFETCH(QString, vocabulary);
        QFETCH(QString, merges);
        QFETCH(QString, message);
        Folder folder;
        folder.write("vocab.json", vocabulary.toStdString()).write("merges.txt", merges.toStdString());
        const std::string found =
            messageOf(ErrorKind::File, [&] { std::ignore = text::load(folder.path(), gptSpec()); });
        QVERIFY2(found.find(message.toStdString()) != std::string::npos, found.c_str());
    }

    // Single quotes stand for double ones.
    void badJson_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<QString>("message");
        QTest::newRow("pre-tokenizer") << "'type':'BertPreTokenizer'"
                                       << "'type':'Foo'"
                                       << "tokenizer.json: pre_tokenizer of type Foo is not supported";
        QTest::newRow("normalizer") << "BertNormalizer"
                                    << "Foo"
                                    << "normalizer of type Foo is not supported";
        QTest::newRow("model") << "'type':'WordPiece','unk"
                               << "'type':'Foo','unk"
                               << "model of type Foo is not supported";
        QTest::newRow("decoder") << "'type':'WordPiece','prefix"
                                 << "'type':'Foo','prefix"
                                 << "decoder of type Foo is not supported";
        QTest::newRow("post-processor") << "TemplateProcessing"
                                        << "Foo"
                                        << "post_processor of type Foo";
        QTest::newRow("unknown token") << "'unk_token':'[UNK]'"
                                       << "'unk_token':'[X]'"
                                       << "\"[X]\" is not in";
        QTest::newRow("gap") << "'a':5"
                             << "'a':50"
                             << "expected an id from 0 to";
        QTest::newRow("other id") << "'id':4,'content':'[MASK]'"
                                  << "'id':3,'content':'[MASK]'"
                                  << "the vocabulary says 4";
        QTest::newRow("far token") << "'id':4,'content':'[MASK]'"
                                   << "'id':99,'content':'[M]'"
                                   << "expected less than the number of tokens";
        QTest::newRow("template") << "'Sequence':{'id':'A'"
                                  << "'Sequence':{'id':'C'"
                                  << "found \"C\"";
        QTest::newRow("template id") << "'ids':[2]"
                                     << "'ids':[77]"
                                     << "no token has the id 77";
        QTest::newRow("no object") << "{'added_tokens'"
                                   << "[{'added_tokens'"
                                   << "tokenizer.json";
    }

    void badJson()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(QString, message);
        QString json = wordPieceJson();
        Folder folder;
        folder.write("tokenizer.json", json.toStdString());
        QCOMPARE(tokensOf(*text::load(folder.path(), bertSpec()), "AB [MASK]"), std::string("[CLS] ab [MASK] [SEP]"));
        QVERIFY(json.contains(from.replace('\'', '"')));
        json.replace(from, to.replace('\'', '"'));
        folder.write("tokenizer.json", json.toStdString());
        const std::string found =
            messageOf(ErrorKind::File, [&] { std::ignore = text::load(folder.path(), bertSpec()); });
        QVERIFY2(found.find(message.toStdString()) != std::string::npos, found.c_str());
    }

    void nothingThere()
    {
        Folder folder;
        QVERIFY(!text::hasTokenizer(folder.path(), bertSpec()));
        folder.write("vocab.json", kBytes);
        QVERIFY(!text::hasTokenizer(folder.path(), gptSpec()));
        QVERIFY(
            messageOf(ErrorKind::File, [&] {
                std::ignore = text::load(folder.path(), gptSpec());
            }).find("no tokenizer files: expected vocab.json with merges.txt, or tokenizer.json") != std::string::npos);
    }

    // One word of a MiB: a quadratic merge would need days.
    void longInputsFinish()
    {
        constexpr std::size_t kLength = std::size_t{1} << 20;
        Folder folder;
        folder.write("vocab.json", kBytes).write("merges.txt", kMerges).write("vocab.txt", kVocabulary);
        const auto gpt = text::load(folder.path(), gptSpec());
        const Encoding letters = gpt->encode(std::string(kLength, 'a'), std::nullopt, {});
        QCOMPARE(letters.size(), kLength / 4);
        QVERIFY((letters.offsets.back() == Offset{kLength - 4, kLength}));
        QCOMPARE(gpt->encode(std::string(kLength, ' '), std::nullopt, {}).size(), kLength);
        const auto bert = text::load(folder.path(), bertSpec());
        QCOMPARE(tokensOf(*bert, std::string(kLength, 'a')), std::string("[CLS] [UNK] [SEP]"));
        QCOMPARE(bert->encode(std::string(kLength, '.'), std::nullopt, {}).size(), kLength + 2);
        std::string marks = "a";
        for (std::size_t k = 0; k < kLength / 2; ++k)
            marks += k % 2 == 0 ? "\u0301" : "\u0323";
        QCOMPARE(tokensOf(*bert, marks), std::string("[CLS] a [SEP]"));
    }

private:
    static QString wordPieceJson()
    {
        return R"({"added_tokens":[{"id":4,"content":"[MASK]","special":true,"normalized":false}],)"
               R"("normalizer":{"type":"BertNormalizer","lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},)"
               R"("post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},)"
               R"({"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],)"
               R"("pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],)"
               R"("special_tokens":{"[CLS]":{"ids":[2]},"[SEP]":{"ids":[3]}}},)"
               R"("decoder":{"type":"WordPiece","prefix":"##"},"model":{"type":"WordPiece","unk_token":"[UNK]",)"
               R"("vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4,"a":5,"ab":6}}})";
    }
};

QTEST_GUILESS_MAIN(TokenizerTest)
#include "tokenizer_test.moc"
