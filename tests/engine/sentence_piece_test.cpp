// SPDX-License-Identifier: GPL-3.0-or-later
// The classes over SentencePiece models. Debian's own library is the judge where it can be.
#include "engine/error.h"
#include "engine/tokenizer.h"
#include "engine/tokenizer_checks.h"
#include "text/load.h"
#include "text/sentence_piece_file.h"
#include "text/tokenizer_classes.h"
#include "text/unicode.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <bit>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>

#include <sentencepiece_processor.h>

using namespace engine;
namespace fs = std::filesystem;

namespace {

std::string varint(std::uint64_t value)
{
    std::string out;
    for (; value >= 0x80; value >>= 7U)
        out += static_cast<char>(static_cast<unsigned char>(value | 0x80U));
    return out + static_cast<char>(value);
}

std::string number(unsigned field, std::uint64_t value)
{
    return varint(field << 3U) + varint(value);
}

std::string bytes(unsigned field, const std::string &value)
{
    return varint((field << 3U) | 2U) + varint(value.size()) + value;
}

enum Type : std::uint64_t { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };

std::string piece(const std::string &text, float score, std::uint64_t type = Normal)
{
    const auto bits = std::bit_cast<std::uint32_t>(score);
    std::string real;
    for (unsigned shift = 0; shift < 32; shift += 8)
        real += static_cast<char>(static_cast<unsigned char>(bits >> shift));
    return bytes(1, bytes(1, text) + varint((2U << 3U) | 5U) + real + number(3, type));
}

const std::string kUnigram = bytes(2, number(3, 1));
const std::string kBpe = bytes(2, number(3, 2));

// <unk> <s> </s> and a few pieces; no map of characters.
std::string smallPieces()
{
    std::string model = piece("<unk>", 0, Unknown) + piece("<s>", 0, Control) + piece("</s>", 0, Control);
    float score = -1;
    for (const char *text : {"▁a", "b", "ab", "▁", "a", ",", "1", "2", "12,", "▁12,", "bb"})
        model += piece(text, score -= 0.5F);
    return model;
}

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

std::string read(const fs::path &file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

fs::path fixture(const std::string &name)
{
    return fs::path(MODELARIUM_FIXTURES) / "tokenizers" / name;
}

std::shared_ptr<const Tokenizer> loaded(const fs::path &directory, const char *className)
{
    return text::load(directory, text::tokenizerClass(className));
}

std::string tokensOf(const Tokenizer &tokenizer, const std::string &text)
{
    return joined(tokenizer.encode(text, std::nullopt, {}).tokens);
}

std::string repeated(const std::string &text, std::size_t size)
{
    std::string out;
    while (out.size() < size)
        out += text;
    return out;
}

// A text of scripts, spaces, digits and signs in any order.
std::string randomText(std::mt19937 &random)
{
    static const std::pair<char32_t, char32_t> kRanges[] = {
        {0x20, 0x7E},     {0x20, 0x20},     {0x61, 0x7A},     {0x61, 0x7A},       {0xA0, 0x17F},    {0x300, 0x345},
        {0x391, 0x3C9},   {0x410, 0x44F},   {0x621, 0x652},   {0x905, 0x94D},     {0x2000, 0x2030}, {0x3041, 0x30F6},
        {0x4E00, 0x4E60}, {0xAC00, 0xAC80}, {0xFF01, 0xFF9F}, {0x1F600, 0x1F610}, {0x2581, 0x2581}, {0x1, 0x1F}};
    std::string out;
    const auto length = random() % 40;
    for (std::size_t at = 0; at < length;) {
        const auto &[low, high] = kRanges[random() % std::size(kRanges)];
        for (auto run = random() % 5; run > 0; --run, ++at)
            text::appendUtf8(out, low + static_cast<char32_t>(random() % (high - low + 1)));
    }
    return out;
}

} // namespace

class SentencePieceTest : public QObject {
    Q_OBJECT

private slots:
    void agreesWithTheLibrary_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("className");
        QTest::newRow("unigram") << "marian"
                                 << "source.spm"
                                 << "XLMRobertaTokenizer";
        QTest::newRow("user-defined pieces") << "albert"
                                             << "spiece.model"
                                             << "T5Tokenizer";
        QTest::newRow("bytes") << "mt5"
                               << "spiece.model"
                               << "T5Tokenizer";
        QTest::newRow("BPE") << "reformer"
                             << "spiece.model"
                             << "ReformerTokenizer";
    }

    // Pieces and decoded text of random texts. Where two ways to cut a text are almost equal, the order of float sums
    // decides in the library, and here too.
    void agreesWithTheLibrary()
    {
        QFETCH(QString, folder);
        QFETCH(QString, file);
        QFETCH(QString, className);
        const std::string model = read(fixture(folder.toStdString()) / file.toStdString());
        sentencepiece::SentencePieceProcessor library;
        QVERIFY(library.LoadFromSerializedProto(model).ok());
        Folder copy;
        const text::TokenizerSpec &spec = text::tokenizerClass(className.toStdString());
        // No token of the class may be cut out of the texts: they have no letters for one.
        copy.write(spec.files.front(), model);
        const auto tokenizer = text::load(copy.path(), spec);
        std::mt19937 random(7);
        for (int round = 0; round < 2000; ++round) {
            const std::string text = randomText(random);
            std::vector<std::string> pieces;
            QVERIFY(library.Encode(text, &pieces).ok());
            for (std::string &piece : pieces)
                if (library.IsUnknown(library.PieceToId(piece)))
                    piece = "<unk>";
            const Encoding encoding = tokenizer->encode(text, std::nullopt, {.addSpecialTokens = false});
            QCOMPARE(joined(encoding.tokens), joined(pieces));
        }
    }

    void offsetsCoverWhatWasReplaced()
    {
        const auto tokenizer = loaded(fixture("reformer"), "ReformerTokenizer");
        // One character becomes two, two become one, spaces go.
        const std::string text = "  \u338F  x\uFF76\uFF9E";
        const Encoding encoding = tokenizer->encode(text, std::nullopt, {});
        QVERIFY(!encoding.offsets.empty());
        QCOMPARE(encoding.offsets.front().begin, std::int64_t{2});
        QCOMPARE(encoding.offsets.back().end, std::int64_t{8});
        for (const Offset &offset : encoding.offsets) {
            QVERIFY(offset.begin <= offset.end);
            QVERIFY(offset.end <= 3 || offset.begin >= 3 || offset.begin == offset.end);
            QVERIFY(offset.begin != 7); // never between the two halves of ガ
        }
        QCOMPARE(tokenizer->kind(), std::string("SentencePiece BPE"));
    }

    void unusedPiecesOnlyHelpOthers()
    {
        const std::string head = piece("<unk>", 0, Unknown);
        Folder folder;
        folder.write("spiece.model", head + piece("▁", -1) + piece("a", -2) + piece("b", -3) + piece("ab", -4, Unused) +
                                         piece("aba", -5) + kBpe);
        const auto tokenizer = loaded(folder.path(), "ReformerTokenizer");
        QCOMPARE(tokensOf(*tokenizer, "aba"), std::string("▁ aba"));
        QCOMPARE(tokensOf(*tokenizer, "abab"), std::string("▁ a b a b"));
        QCOMPARE(tokensOf(*tokenizer, "abb"), std::string("▁ a b b"));
        const TokenizerExplanation explanation = tokenizer->explain("aba");
        const std::vector<MergeStep> &merges = explanation.segments.at(0).words.at(0).merges;
        QCOMPARE(merges.size(), std::size_t{2});
        QCOMPARE(merges[1].left + "+" + merges[1].right, std::string("ab+a"));
        QCOMPARE(merges[1].rank, 5.0);
    }

    void numbersAreCutBeforeTheComma()
    {
        const std::string special = piece("[CLS]", 0, Control) + piece("[SEP]", 0, Control);
        Folder folder;
        folder.write("spiece.model", smallPieces() + special + kUnigram);
        const auto tokenizer = loaded(folder.path(), "AlbertTokenizer");
        const Encoding encoding = tokenizer->encode("12,", std::nullopt, {.addSpecialTokens = false});
        QCOMPARE(joined(encoding.tokens), std::string("▁ 1 2 ,"));
        QVERIFY((encoding.offsets == std::vector<Offset>{{0, 0}, {0, 1}, {1, 2}, {2, 3}}));
        const std::vector<LatticeEdge> lattice = tokenizer->explain("b").segments.at(0).words.at(0).lattice;
        QCOMPARE(lattice.size(), std::size_t{2}); // ▁ and b
        QVERIFY(lattice[1].isChosen && lattice[1].token == "b" && lattice[1].score == -2.0);
        // Not at a beginning of a word: no new space.
        QCOMPARE(tokensOf(*tokenizer, "b12,"), std::string("[CLS] ▁ b 1 2 , [SEP]"));
    }

    void lowercaseKnowsTheFinalSigma()
    {
        const std::string special = piece("[CLS]", 0, Control) + piece("[SEP]", 0, Control);
        Folder folder;
        folder.write("spiece.model", smallPieces() + piece("σ", -1) + piece("ς", -1) + special + kUnigram);
        const auto tokenizer = loaded(folder.path(), "AlbertTokenizer");
        // Mathematical letters become ordinary ones only in the cleaning, after the first lowercasing.
        QCOMPARE(tokensOf(*tokenizer, "a\U0001D6BA\U0001D6BA"), std::string("[CLS] ▁a σ ς [SEP]"));
    }

    void languagesStandBehindTheText()
    {
        Folder folder;
        folder.write("sentencepiece.bpe.model", smallPieces() + kUnigram);
        const auto tokenizer = loaded(folder.path(), "MBartTokenizer");
        const auto tokens = [&](const EncodeOptions &options) {
            return joined(tokenizer->encode("ab", std::nullopt, options).tokens);
        };
        QCOMPARE(tokens({}), std::string("▁a b </s> en_XX"));
        QCOMPARE(tokens({.sourceLanguage = "de_DE"}), std::string("▁a b </s> de_DE"));
        QCOMPARE(tokens({.isTarget = true, .targetLanguage = "ro_RO"}), std::string("▁a b </s> ro_RO"));
        QVERIFY(messageOf(ErrorKind::Argument, [&] { tokens({.sourceLanguage = "xx"}); }).find("ar_AR") !=
                std::string::npos);
        QVERIFY(messageOf(ErrorKind::Argument, [&] { tokens({.isTarget = true}); }).find("target") !=
                std::string::npos);
    }

    void marianReadsBothSides()
    {
        Folder folder;
        const std::string head = piece("<unk>", 0, Unknown) + piece("▁", -1);
        folder.write("source.spm", head + piece("ab", -2) + kUnigram);
        folder.write("target.spm", head + piece("cd", -2) + kUnigram);
        folder.write("vocab.json", R"({"</s>": 0, "<unk>": 1, "ab": 2, "cd": 3, "▁": 4, ">>fra<<": 5, "<pad>": 6})");
        const auto tokenizer = loaded(folder.path(), "MarianTokenizer");
        QCOMPARE(tokensOf(*tokenizer, ">>fra<< ab"), std::string(">>fra<< ▁ ab </s>"));
        QCOMPARE(tokensOf(*tokenizer, "ab >>x<< ab\n>>y<<ab"), std::string("▁ ab ▁ ab <unk> ab </s>"));
        QCOMPARE(tokensOf(*tokenizer, ">><<ab"), std::string("▁ <unk> ab </s>"));
        // No piece of the source, and a token of the target: it has an id all the same.
        QCOMPARE(tokensOf(*tokenizer, "cd"), std::string("▁ cd </s>"));
        QCOMPARE(joined(tokenizer->encode("cdab", std::nullopt, {.isTarget = true}).tokens),
                 std::string("▁ cd ab </s>"));
        // Decoded by the target's model: a piece that it lacks stays as it is.
        const std::vector<std::int64_t> ids = {4, 3, 2, 0, 4, 3};
        QCOMPARE(tokenizer->decode(ids, {}), std::string("cdab</s> cd"));
    }

    void endTokensAreNotDoubled()
    {
        Folder folder;
        folder.write("spiece.model", smallPieces() + piece("<pad>", 0, Control) + kUnigram);
        const auto tokenizer = loaded(folder.path(), "T5Tokenizer");
        const Encoding encoding = tokenizer->encode("ab</s>", "b", {});
        QCOMPARE(joined(encoding.tokens), std::string("▁a b </s> ▁ b </s>"));
        QCOMPARE(encoding.specialTokensMask.size(), encoding.size());
        QCOMPARE(*tokenizer->id("<extra_id_0>"), tokenizer->size() - 1);
        QCOMPARE(tokensOf(*tokenizer, "a <extra_id_99> b"), std::string("▁a <extra_id_99> ▁ b </s>"));
    }

    void bytesNeedNoFiles()
    {
        const Folder folder;
        const auto tokenizer = loaded(folder.path(), "ByteTokenizer");
        const Encoding encoding = tokenizer->encode("a\u00E9\n", std::nullopt, {});
        QVERIFY((encoding.ids == std::vector<std::int64_t>{'a' + 2, 0xC3 + 2, 0xA9 + 2, '\n' + 2}));
        QVERIFY((encoding.offsets == std::vector<Offset>{{0, 1}, {1, 2}, {1, 2}, {2, 3}}));
        QCOMPARE(tokenizer->decode(encoding.ids, {.cleanUpSpaces = false}), std::string("a\u00E9\n"));
        const std::vector<std::int64_t> padded = {0, 1, 'b' + 2, 0};
        QCOMPARE(tokenizer->decode(padded, {}), std::string("b"));
        QCOMPARE(tokenizer->size(), std::int64_t{256});
    }

    void longTextsAreLinear_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("className");
        QTest::newRow("unigram") << "albert"
                                 << "AlbertTokenizer";
        QTest::newRow("BPE") << "reformer"
                             << "ReformerTokenizer";
        QTest::newRow("bytes") << "mt5"
                               << "T5Tokenizer";
        QTest::newRow("two models") << "marian"
                                    << "MarianTokenizer";
    }

    // A quadratic step needs many minutes.
    void longTextsAreLinear()
    {
        QFETCH(QString, folder);
        QFETCH(QString, className);
        const auto tokenizer = loaded(fixture(folder.toStdString()), className.toUtf8().constData());
        constexpr std::size_t kSize = std::size_t{1} << 18;
        for (const char *unit : {"a", "\u0301", "\U0001F984", " ", "1,", "\u03A3'", ">>", "<unk>"}) {
            QElapsedTimer timer;
            timer.start();
            const Encoding encoding = tokenizer->encode(repeated(unit, kSize), std::nullopt, {});
            std::ignore = tokenizer->decode(encoding.ids, {});
            QVERIFY2(timer.elapsed() < 60'000, unit);
        }
    }

    void badFilesAreNamed_data()
    {
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char *name, const std::string &model, const char *reason) {
            QTest::newRow(name) << QByteArray(model.data(), static_cast<qsizetype>(model.size())) << reason;
        };
        const std::string good = smallPieces() + kUnigram;
        row("empty", "", "it has no pieces");
        row("text", "[PAD]\n[UNK]\n[CLS]\n", "not a sentencepiece model");
        row("cut short", good.substr(0, good.size() / 2), "cut short");
        row("huge length", varint(10) + varint(std::uint64_t{1} << 62U) + "x", "cut short");
        row("endless number", std::string(40, '\xFF'), "cut short");
        row("word model", smallPieces() + bytes(2, number(3, 3)), "model type 1 (unigram) or 2 (BPE), found 3");
        row("empty piece", good + bytes(1, ""), "expected a text in UTF-8, found none");
        row("piece of other bytes", good + piece("\xC3", 0), "found other bytes");
        row("no type", good + piece("x", 0, 9), "expected a type from 1 to 6, found 9");
        row("two of a text", good + piece("ab", 0), "\"ab\" was there before");
        row("no number", good + piece("x", std::numeric_limits<float>::quiet_NaN()), "not a finite number");
        row("no unknown piece", piece("a", 0) + kUnigram, "no unknown piece");
        row("two unknown pieces", good + piece("<u>", 0, Unknown), "expected one unknown piece");
        row("only special pieces", piece("<unk>", 0, Unknown) + piece("</s>", 0, Control),
            "no piece can stand for text");
        row("byte without bytes", good + piece("<0x41>", 0, Byte), "has no such pieces");
        row("a byte is missing", smallPieces() + piece("<0x41>", 0, Byte) + bytes(2, number(35, 1)), "for byte 0");
        row("map without a trie", good + bytes(3, bytes(2, "abc")), "charsmap");
        row("map with too large a trie", good + bytes(3, bytes(2, std::string("\xF0\xFF\xFF\x7F") + "abcdefgh")),
            "charsmap");
        const std::string trie = std::string("\x04\0\0\0", 4) + std::string(4, '\0');
        row("map with a long replacement", good + bytes(3, bytes(2, trie + std::string(300, 'x'))), "charsmap");
        row("denormalizer", good + bytes(5, bytes(2, "abc")), "denormalizer_spec");
    }

    void badFilesAreNamed()
    {
        QFETCH(QByteArray, model);
        QFETCH(QString, reason);
        Folder folder;
        folder.write("spiece.model", model.toStdString());
        const std::string message =
            messageOf(ErrorKind::File, [&] { std::ignore = loaded(folder.path(), "ReformerTokenizer"); });
        QVERIFY2(message.find("spiece.model") != std::string::npos, message.c_str());
        QVERIFY2(message.find(reason.toStdString()) != std::string::npos, message.c_str());
        QVERIFY2(message.find('\n') == std::string::npos, message.c_str());
    }

    // Whatever the bytes are: an error or a tokenizer that works.
    void damagedFilesDoNoHarm()
    {
        const std::string model = read(fixture("albert") / "spiece.model");
        std::mt19937 random(11);
        for (int round = 0; round < 200; ++round) {
            std::string damaged = model.substr(0, round % 4 == 0 ? random() % model.size() : model.size());
            // Half of the rounds hit the map of characters, which takes most of the file.
            const std::size_t from = round % 2 == 0 ? 0 : damaged.size() / 4;
            for (auto k = random() % 64 + 1; k > 0 && from < damaged.size(); --k)
                damaged[from + random() % (damaged.size() - from)] = static_cast<char>(random());
            Folder folder;
            folder.write("spiece.model", damaged);
            try {
                const auto tokenizer = loaded(folder.path(), "AlbertTokenizer");
                for (int text = 0; text < 20; ++text)
                    std::ignore = tokenizer->encode(randomText(random), std::nullopt, {});
            } catch (const Error &error) {
                QVERIFY(error.kind() == ErrorKind::File);
            }
        }
    }

    void vocabulariesThatDoNotFitAreNamed()
    {
        const std::string model = smallPieces() + kUnigram;
        Folder two;
        two.write("source.spm", model).write("target.spm", "broken").write("vocab.json", R"({"</s>": 0, "<unk>": 1})");
        const auto load = [&] { std::ignore = loaded(two.path(), "MarianTokenizer"); };
        QVERIFY(messageOf(ErrorKind::File, load).find("target.spm") != std::string::npos);
        two.write("target.spm", model).write("vocab.json", R"({"</s>": 0, "a": 1})");
        QVERIFY(messageOf(ErrorKind::File, load).find("vocab.json: the unknown token \"<unk>\"") != std::string::npos);
        two.write("vocab.json", R"({"</s>": 0, "<unk>": 1, "a": 9})");
        QVERIFY(messageOf(ErrorKind::File, load).find("expected an id from 0 to 2") != std::string::npos);
        Folder repeated;
        repeated.write("sentencepiece.bpe.model", smallPieces() + piece("<mask>", -1) + kUnigram);
        QVERIFY(messageOf(ErrorKind::File, [&] {
                    std::ignore = loaded(repeated.path(), "XLMRobertaTokenizer");
                }).find("\"<mask>\" would have the ids") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(SentencePieceTest)
#include "sentence_piece_test.moc"
