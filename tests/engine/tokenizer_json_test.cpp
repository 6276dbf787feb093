// SPDX-License-Identifier: GPL-3.0-or-later
// tokenizer.json part by part. The expected values are what tokenizers 0.13.3 makes of the same parts.
#include "engine/error.h"
#include "engine/tokenizer.h"
#include "engine/tokenizer_checks.h"
#include "text/json_readers.h"
#include "text/unicode.h"
#include "text/unigram.h"

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <functional>
#include <string>

using namespace engine;
using Json = nlohmann::json;

namespace {

const std::filesystem::path kFile = "tokenizer.json";

Json parsed(const QString &json)
{
    return Json::parse(json.toStdString());
}

const files::Config &noConfig()
{
    static const files::Config config = files::Config::fromText("tokenizer_config.json", "{}");
    return config;
}

// "ab" → "a0-1 b1-2".
QString described(const text::NormalizedText &text)
{
    QStringList parts;
    for (const text::Character &c : text)
        parts
            << QString("%1%2-%3").arg(QString::fromStdString(text::encodeUtf8({&c.value, 1}))).arg(c.begin).arg(c.end);
    return parts.join(' ');
}

const QString kUnigram = R"({"type":"Unigram","unk_id":0,"vocab":[["<unk>",0.0],["▁",-2.0],["a",-1.0],["b",-1.5],)"
                         R"(["ab",-2.0],["▁a",-2.25],["é",-3.0]]})";
const QString kBpe = R"({"type":"BPE","unk_token":"?","vocab":{"?":0,"a":1,"b":2,"ab":3,"b</w>":4,"ab</w>":5,)"
                     R"("<0xC3>":6,"<0xA9>":7},"merges":["a b","a b</w>"],"end_of_word_suffix":"</w>"})";

// A tokenizer.json with this model and otherwise these parts ("\"decoder\":…").
class JsonTokenizer {
public:
    explicit JsonTokenizer(const QString &model, const QString &parts = {})
    {
        const QString json = "{\"model\":" + model + (parts.isEmpty() ? "" : ",") + parts + "}";
        std::ofstream(m_folder.filePath("tokenizer.json").toStdString(), std::ios::binary) << json.toStdString();
    }

    [[nodiscard]] std::shared_ptr<const Tokenizer> load() const
    {
        return text::load(m_folder.path().toStdString(), {.modelInputNames = {"input_ids"}});
    }

    // "token begin-end" one behind the other.
    [[nodiscard]] QString encoded(const QString &text) const
    {
        const auto tokenizer = load();
        const Encoding encoding = tokenizer->encode(text.toStdString(), std::nullopt, {});
        QStringList parts;
        for (std::size_t at = 0; at < encoding.size(); ++at)
            parts << QString("%1 %2-%3")
                         .arg(QString::fromStdString(encoding.tokens[at]))
                         .arg(encoding.offsets[at].begin)
                         .arg(encoding.offsets[at].end);
        return parts.join(", ");
    }

private:
    QTemporaryDir m_folder;
};

const QString kMetaspace = R"("pre_tokenizer":{"type":"Metaspace","replacement":"▁","add_prefix_space":true})";

} // namespace

class TokenizerJsonTest : public QObject {
    Q_OBJECT

private slots:
    void normalizers_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected");
        const auto add = [](const char *name, const char *json, const char *text, const char *expected) {
            QTest::newRow(name) << QString(json) << QString(text) << QString(expected);
        };
        add("NFC", R"({"type":"NFC"})", "e\u0301\u0323", "\u1eb90-1 \u03012-3");
        add("NFD", R"({"type":"NFD"})", "\u1e69\u0323", "s0-1 \u03230-1 \u03231-2 \u03071-2");
        add("NFD Hangul", R"({"type":"NFD"})", "\uac01", "\u11000-1 \u11610-1 \u11a80-1");
        add("NFKC", R"({"type":"NFKC"})", "\ufb01\u00bd\uff76\uff9e", "f0-1 i0-1 11-2 \u20441-2 21-2 \u30ac2-3");
        add("NFKD", R"({"type":"NFKD"})", "\ufb01\u0344\u0323", "f0-1 i0-1 \u03231-2 \u03082-3 \u03012-3");
        add("StripAccents", R"({"type":"StripAccents"})", "e\u0301\u0903x", "e0-1 x3-4");
        // A mark of Unicode 11 and what stopped being one in Unicode 12: the library's tables are of Unicode 9.
        add("marks of that time", R"({"type":"StripAccents"})", "\u07fd\u1cf2x", "\u07fd0-1 x2-3");
        add("BertNormalizer", R"({"type":"BertNormalizer","lowercase":true})", "\u00c9\u07fd\u4e8c",
            "e0-1 \u07fd1-2  2-3 \u4e8c2-3  2-3");
        add("Lowercase", R"({"type":"Lowercase"})", "A\u0130\u03a3", "a0-1 i1-2 \u03071-2 \u03c32-3");
        add("Strip", R"({"type":"Strip","strip_left":true,"strip_right":false})", " \tab ", "a2-3 b3-4  4-5");
        add("Prepend", R"({"type":"Prepend","prepend":"_x"})", "ab", "_0-1 x0-1 a0-1 b1-2");
        add("Prepend to nothing", R"({"type":"Prepend","prepend":"_x"})", "", "");
        add("Replace", R"({"type":"Replace","pattern":{"String":"ab"},"content":"xyz"})", "cabd",
            "c0-1 x2-3 y2-3 z2-3 d3-4");
        add("Replace run", R"({"type":"Replace","pattern":{"Regex":" {2,}"},"content":"_"})", "a   b c",
            "a0-1 _3-4 b4-5  5-6 c6-7");
        add("Replace regex", R"({"type":"Replace","pattern":{"Regex":"\\d+|e."},"content":""})", "a12eb3", "a0-1");
        add("Sequence",
            R"({"type":"Sequence","normalizers":[{"type":"NFKD"},{"type":"StripAccents"},{"type":"Lowercase"}]})",
            "\u00c9\ufb03", "e0-1 f1-2 f1-2 i1-2");
    }

    void normalizers()
    {
        QFETCH(const QString, json);
        QFETCH(const QString, text);
        const Json value = parsed(json);
        text::NormalizedText aligned = text::alignedText(text::decodeUtf8(text.toStdString()));
        text::readNormalizer({kFile, "normalizer", value}, noConfig())->apply(aligned);
        QTEST(described(aligned), "expected");
    }

    void preTokenizers_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected");
        const auto add = [](const char *name, const char *json, const char *text, const char *expected) {
            QTest::newRow(name) << QString(json) << QString(text) << QString(expected);
        };
        add("none", "null", "a b", "a b");
        add("Whitespace", R"({"type":"Whitespace"})", "a-b  \u00e9!? x_1", "a|-|b|\u00e9|!?|x_1");
        add("WhitespaceSplit", R"({"type":"WhitespaceSplit"})", " a\u2003b ", "a|b");
        add("Punctuation", R"({"type":"Punctuation"})", "a,b!?", "a|,|b|!|?");
        add("merged", R"({"type":"Punctuation","behavior":"MergedWithPrevious"})", "a,b!?", "a,|b!|?");
        add("Digits", R"({"type":"Digits"})", "a12b\u00bd", "a|12|b|\u00bd");
        add("single digits", R"({"type":"Digits","individual_digits":true})", "a12", "a|1|2");
        add("Split", R"({"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithNext"})", "-a--b-", "-a|-|-b|-");
        add("inverted", R"({"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Removed","invert":true})",
            "a b\u200d c", "a|b|c");
        add("Metaspace", R"({"type":"Metaspace","replacement":"_"})", "a  b ", "_a|_|_b|_");
        add("Sequence",
            R"({"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"_"}]})",
            " a b", "_a|_b");
    }

    void preTokenizers()
    {
        QFETCH(const QString, json);
        QFETCH(const QString, text);
        const Json value = parsed(json);
        text::NormalizedText aligned = text::alignedText(text::decodeUtf8(text.toStdString()));
        QStringList words;
        for (const text::Word &word :
             text::readPreTokenizer({kFile, "pre_tokenizer", value}, noConfig())->split(aligned))
            words << QString::fromStdString(text::utf8(std::span(aligned).subspan(word.begin, word.end - word.begin)));
        QTEST(words.join('|'), "expected");
    }

    void decoders_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("tokens");
        QTest::addColumn<QString>("expected");
        const auto add = [](const char *name, const char *json, const char *tokens, const char *expected) {
            QTest::newRow(name) << QString(json) << QString(tokens) << QString(expected);
        };
        add("none", "null", "a|b", "a b");
        add("BPEDecoder", R"({"type":"BPEDecoder","suffix":"</w>"})", "a</w>|b|c</w>", "a bc");
        add("Metaspace", R"({"type":"Metaspace","replacement":"▁","add_prefix_space":true})", "▁a▁|b|▁▁c", "ab  c");
        add("bytes",
            R"({"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},)"
            R"({"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]})",
            "▁▁a|<0xC3>|<0xA9>|b", " a\u00e9b");
        add("broken bytes", R"({"type":"ByteFallback"})", "<0xC3>|<0xA9>|<0xE2>|b", "\ufffd\ufffd\ufffdb");
        add("WordPiece", R"({"type":"WordPiece","prefix":"##","cleanup":true})", "a|##b|,|do| not", "ab, do  not");
    }

    void decoders()
    {
        QFETCH(const QString, json);
        QFETCH(const QString, tokens);
        const Json value = parsed(json);
        std::vector<std::string> texts;
        for (const QString &token : tokens.split('|'))
            texts.push_back(token.toStdString());
        const auto decoder = text::readDecoder({kFile, "decoder", value});
        QTEST(QString::fromStdString(decoder->decode({texts.begin(), texts.end()})), "expected");
    }

    void models()
    {
        QCOMPARE(JsonTokenizer(kUnigram, kMetaspace).encoded("ab xy"), "▁a 0-1, b 1-2, ▁ 2-3, <unk> 3-5");
        QCOMPARE(JsonTokenizer(kBpe).encoded("xabab"), "? 0-1, ab 1-3, ab</w> 3-5");
        QString fallback = kBpe;
        fallback.replace("\"merges\"", "\"byte_fallback\":true,\"merges\"");
        QCOMPARE(JsonTokenizer(fallback).encoded("\u00e9a"), "<0xC3> 0-1, <0xA9> 0-1, ? 1-2");
        const QString words = R"({"type":"WordLevel","unk_token":"?","vocab":{"?":0,"ab":1}})";
        QCOMPARE(JsonTokenizer(words, R"("pre_tokenizer":{"type":"WhitespaceSplit"})").encoded("ab c"),
                 "ab 0-2, ? 3-4");
    }

    // Ordinary added tokens that the model has are found by the model alone; special ones are cut out of the text.
    void addedTokensOfTheModel()
    {
        const QString token = R"("added_tokens":[{"id":6,"content":"é","special":%1,"normalized":false}])";
        QCOMPARE(JsonTokenizer(kUnigram, kMetaspace + "," + token.arg("true")).encoded("éa"), "é 0-1, ▁a 1-2");
        QCOMPARE(JsonTokenizer(kUnigram, kMetaspace + "," + token.arg("false")).encoded("éa"), "▁ 0-1, é 0-1, a 1-2");
    }

    // The lattice of an explanation: the best path is made of its edges.
    void unigramEdges()
    {
        const auto vocabulary = std::make_shared<text::Vocabulary>(std::vector<std::string>{"?", "a", "b", "ab"});
        const text::Unigram unigram(vocabulary, {0.0, -1.0, -1.0, -1.5}, {.unknown = 0});
        const text::NormalizedText word = text::alignedText(U"abx");
        text::Weighed weighed;
        unigram.weigh(word, weighed);
        const std::vector<text::Weighed::Edge> &edges = weighed.edges;
        QCOMPARE(edges.size(), std::size_t{4});
        QCOMPARE(edges[1].id, 3);
        QCOMPARE(edges[1].end, 2U);
        QCOMPARE(edges[3].score, -11.5);
        std::vector<text::Piece> pieces;
        unigram.tokenize(word, pieces);
        QCOMPARE(pieces.size(), std::size_t{2});
        QCOMPARE(pieces[0].id, 3);
        QCOMPARE(pieces[1].id, 0);
    }

    void badModels_data()
    {
        addBadColumns();
        const auto add = addBad;
        const auto changed = [](QString json, const char *from, const char *to) { return json.replace(from, to); };
        add("model type", changed(kBpe, "BPE", "Magic"), {}, "model of type Magic is not supported");
        add("no score", changed(kUnigram, "-1.5", "null"), {}, "model.vocab: entry 3: expected a token and its score");
        add("repeated", changed(kUnigram, "\"b\"", "\"a\""), {}, "repeats the token \"a\" of entry 2");
        add("unknown id", changed(kUnigram, "\"unk_id\":0", "\"unk_id\":7"), {}, "model.unk_id: expected an integer");
        add("no unknown id", changed(kUnigram, "\"unk_id\":0", "\"unk_id\":null"), {}, "model.unk_id: expected the id");
        add("cut merge", changed(kBpe, "\"a b\"", "\"a \""), {}, "model.merges[0]: expected two tokens");
        add("foreign merge", changed(kBpe, "\"a b\"", "\"a c\""), {}, "the token \"c\" is not in the vocabulary");
        add("same id", changed(kBpe, "\"b\":2", "\"b\":1"), {}, "have the same id 1");
        add("huge id", changed(kBpe, "\"b\":2", "\"b\":99999999999999999999"), {}, "expected an id");
        add("negative id", changed(kBpe, "\"b\":2", "\"b\":-2"), {}, "expected an id from 0 to");
        add("no list", changed(kBpe, "[\"a b\",\"a b</w>\"]", "5"), {}, "model.merges: expected a list");
        add("dropout", changed(kBpe, "\"merges\"", "\"dropout\":0.1,\"merges\""), {}, "random merges");
    }

    void badModels() { refuses(); }

    void badParts_data()
    {
        addBadColumns();
        const auto add = addBad;
        add("regex", kBpe, R"("normalizer":{"type":"Replace","pattern":{"Regex":"*a"},"content":""})",
            "normalizer.pattern: \"*a\" is not a regular expression");
        add("empty text", kBpe, R"("normalizer":{"type":"Replace","pattern":{"String":""},"content":""})",
            "normalizer.pattern: an empty text is no pattern");
        add("no pattern", kBpe, R"("pre_tokenizer":{"type":"Split","pattern":{},"behavior":"Removed"})",
            "pre_tokenizer.pattern: expected a String or a Regex");
        add("behaviour", kBpe, R"("pre_tokenizer":{"type":"Punctuation","behavior":"Eaten"})", "found \"Eaten\"");
        add("charsmap", kBpe, R"("normalizer":{"type":"Precompiled","precompiled_charsmap":"AAA"})",
            "normalizer.precompiled_charsmap: expected text in base 64");
        add("cut charsmap", kBpe, R"("normalizer":{"type":"Precompiled","precompiled_charsmap":"CAAAAAAA"})",
            "a charsmap with a trie of 8 bytes");
        add("replacement", kBpe, R"("pre_tokenizer":{"type":"Metaspace","replacement":"ab"})",
            "pre_tokenizer.replacement: expected one character");
        add("bytes first", kBpe,
            R"("pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"Digits"}]})",
            "pre_tokenizer.pretokenizers[0]: ByteLevel is supported as the last part");
        add("bytes of a unigram", kUnigram, R"("pre_tokenizer":{"type":"ByteLevel"})", "expected BPE");
        add("decoder", kBpe, R"("decoder":{"type":"Sequence","decoders":[{"type":"CTC"}]})",
            "decoder.decoders[0] of type CTC is not supported");
        add("truncation", kBpe, R"("truncation":5)", "truncation: expected an object");
        add("two templates", kBpe,
            R"("post_processor":{"type":"Sequence","processors":[{"type":"BertProcessing","cls":["a",1],"sep":["b",2]},)"
            R"({"type":"BertProcessing","cls":["a",1],"sep":["b",2]}]})",
            "post_processor.processors[1]: a second part");
        QString nested = R"({"type":"Lowercase"})";
        for (int depth = 0; depth < 40; ++depth)
            nested = R"({"type":"Sequence","normalizers":[)" + nested + "]}";
        add("nested", kBpe, "\"normalizer\":" + nested, "sequences are nested deeper than 16");
    }

    void badParts() { refuses(); }

    // An expression that needs more steps than there are atoms is given up.
    void endlessExpressions()
    {
        const JsonTokenizer tokenizer(
            kBpe, R"("pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a|aa)+(b|c)\\1$"},"behavior":"Removed"})");
        const auto loaded = tokenizer.load();
        const std::string found = messageOf(
            ErrorKind::Argument, [&] { std::ignore = loaded->encode(std::string(5000, 'a'), std::nullopt, {}); });
        QVERIFY2(found.find("backtracks without end") != std::string::npos, found.c_str());
    }

    // A MiB without a place to split at; with anything quadratic this would not end.
    void longWordsFinish()
    {
        constexpr std::size_t kLength = std::size_t{1} << 20;
        const auto unigram = JsonTokenizer(kUnigram, kMetaspace).load();
        QCOMPARE(unigram->encode(std::string(kLength, 'a'), std::nullopt, {}).size(), kLength);
        QCOMPARE(unigram->encode(std::string(kLength, 'x'), std::nullopt, {}).size(), std::size_t{2});
        const auto bpe = JsonTokenizer(kBpe, R"("normalizer":{"type":"NFC"})").load();
        QCOMPARE(bpe->encode(std::string(kLength, 'a'), std::nullopt, {}).size(), kLength);
        std::string marks;
        for (std::size_t at = 0; at < kLength / 2; ++at)
            marks += "\u0301";
        QCOMPARE(bpe->encode(marks, std::nullopt, {}).size(), kLength / 2);
    }

private:
    static void addBadColumns()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("parts");
        QTest::addColumn<QString>("message");
    }

    static void addBad(const char *name, const QString &model, const QString &parts, const char *message)
    {
        QTest::newRow(name) << model << parts << QString(message);
    }

    static void refuses()
    {
        QFETCH(const QString, model);
        QFETCH(const QString, parts);
        QFETCH(const QString, message);
        const JsonTokenizer tokenizer(model, parts);
        const std::string found = messageOf(ErrorKind::File, [&] { std::ignore = tokenizer.load(); });
        QVERIFY2(found.find(message.toStdString()) != std::string::npos, found.c_str());
        QVERIFY(found.find("tokenizer.json: ") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TokenizerJsonTest)
#include "tokenizer_json_test.moc"
