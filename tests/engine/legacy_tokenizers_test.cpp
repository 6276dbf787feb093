// SPDX-License-Identifier: GPL-3.0-or-later
// Classes over legacy files that are not sentencepiece: what the recorded cases do not reach.
#include "engine/error.h"
#include "engine/tokenizer.h"
#include "text/load.h"
#include "text/moses_detokenizer.h"
#include "text/moses_steps.h"
#include "text/reader.h"
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

class Folder {
public:
    fs::path path() const { return m_folder.path().toStdString(); }
    Folder &write(const std::string &name, const std::string &content)
    {
        fs::create_directories((path() / name).parent_path());
        std::ofstream(path() / name, std::ios::binary) << content;
        return *this;
    }

private:
    QTemporaryDir m_folder;
};

std::string joined(const std::vector<std::string> &tokens)
{
    std::string text;
    for (const std::string &token : tokens)
        text += (text.empty() ? "" : "|") + token;
    return text;
}

std::string errorOf(const std::function<void()> &action)
{
    try {
        action();
    } catch (const Error &error) {
        return error.what();
    }
    return "no error";
}

std::shared_ptr<const Tokenizer> loadFrom(const fs::path &folder, const char *className)
{
    return text::load(folder, text::tokenizerClass(className));
}

std::shared_ptr<const Tokenizer> bundled(const char *name, const char *className)
{
    return loadFrom(fs::path(MODELARIUM_FIXTURES) / "tokenizers" / name, className);
}

std::string wordsOf(const text::PreTokenizer &steps, const std::string &text)
{
    text::NormalizedText characters = text::alignedText(QString::fromStdString(text).toStdU32String());
    std::vector<std::string> words;
    for (const text::Word &word : steps.split(characters))
        words.push_back(
            text::utf8(std::span<const text::Character>(characters).subspan(word.begin, word.end - word.begin)));
    return joined(words);
}

std::string mosesWords(const std::string &language, const std::string &text)
{
    return wordsOf(text::MosesTokenizer({.language = language}), text);
}

std::string plainPunctuation(const char *language, const std::string &text)
{
    text::NormalizedText characters = text::alignedText(QString::fromStdString(text).toStdU32String());
    text::MosesPunctuation(language).apply(characters);
    return text::utf8(characters);
}

// Opcodes of protocol 2.
std::string textOp(const std::string &value)
{
    return "X" + std::string(1, static_cast<char>(value.size())) + std::string(3, '\0') + value;
}

std::string pickled(const std::string &body)
{
    return "\x80\x02" + body + ".";
}

std::string vocabulary(const std::string &words, const std::string &more = {})
{
    return pickled("}(" + textOp("idx2sym") + "](" + words + "e" + more + "u");
}

const std::string kWords = textOp("<eos>") + textOp("<unk>") + textOp("cat") + textOp(",") + textOp("@-@");

} // namespace

class LegacyTokenizersTest : public QObject {
    Q_OBJECT

private slots:
    void mosesWords_data()
    {
        QTest::addColumn<QString>("language");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("words");
        const auto add = [](const char *language, const char *text, const char *words) {
            QTest::addRow("%s: %s", language, text) << language << text << words;
        };
        add("en", "Mr. Cat (one) isn't here.", "Mr.|Cat|(|one|)|isn|'t|here|.");
        add("en", "a.m. No. 5 and No. One", "a.m.|No.|5|and|No|.|One");
        add("en", "1,500 cats,dogs, ok,", "1,500|cats|,|dogs|,|ok|,");
        add("en", "wait... what.. a DOTMULTI", "wait|...|what|..|a|.");
        add("en", "dogs' '90s rock'n'roll 80's", "dogs|'|'|90s|rock|'n'roll|80|'s");
        add("fr", "l'été d'Anna, ca. 5 vol. X", "l'|été|d'|Anna|,|ca.|5|vol.|X");
        add("de", "Das ist z.B. am 27. Mai usw. Ja'.", "Das|ist|z.B.|am|27.|Mai|usw.|Ja|'|.");
        add("ro", "dvs. și dl. Ion. ok", "dvs.|și|dl.|Ion.|ok");
        add("ru", "ул. Мира, 5кг. Да.", "ул.|Мира|,|5кг.|Да|.");
        add("en", "你看a½", "你|看|a|½");
    }

    void mosesWords()
    {
        QFETCH(QString, language);
        QFETCH(QString, text);
        QFETCH(QString, words);
        QCOMPARE(QString::fromStdString(::mosesWords(language.toStdString(), text.toStdString())), words);
    }

    void mosesPunctuation()
    {
        QCOMPARE(plainPunctuation("en", "( a ) , “b”…  „c‘"), std::string("(a), \"b...\" \"c'"));
        QCOMPARE(plainPunctuation("en", "«\u00a0x\u00a0» \"a\", 5\u00a0% 1\u00a02"),
                 std::string("\"x\" \"a,\" 5% 1.2"));
        QCOMPARE(plainPunctuation("fr", "\"a,\" dit.\" x 1\u00a02"), std::string("\"a\", dit\". x 1,2"));
        QCOMPARE(plainPunctuation("en", " \u00a0 "), std::string());
    }

    void mosesSteps()
    {
        const text::MosesSteps steps({.tokenizer = {.splitsHyphens = true, .protectedTokens = {U"<eos>"}},
                                      .splitsNumbers = true,
                                      .looksUpWords = true});
        QCOMPARE(wordsOf(steps, "well-known 1,500.5 <EOS>"), std::string("well|@-@|known|1|@,@|500|@.@|5|<EOS>"));
        const text::MosesSteps lower({.replacesPunctuation = true, .foldsRomanian = true, .lowersWords = true});
        QCOMPARE(wordsOf(lower, "Șură。ÉTÉ\nΣΑΣ"), std::string("sura|.|eteσας"));
    }

    void mosesDetokenizer()
    {
        const text::MosesDetokenizer english("en");
        QCOMPARE(english.decode({"it", "'s", "$", "5", "@,@", "000", ",", "\"", "a", "@-@", "b", "\"", "!"}),
                 std::string("it's $5,000, \"a-b\"!"));
        QCOMPARE(english.decode({"dogs", "'", "(", "你", "看", ")", "&amp;"}), std::string("dogs' (你看) &"));
        QCOMPARE(text::MosesDetokenizer("fr").decode({"l'", "été", "?"}), std::string("l'été ?"));
    }

    void languagesAreChosen()
    {
        const auto xlm = bundled("xlm", "XLMTokenizer");
        QVERIFY(joined(xlm->pieces("l'été", {.sourceLanguage = "fr"})) != joined(xlm->pieces("l'été", {})));
        QVERIFY(errorOf([&] {
                    std::ignore = xlm->encode("x", std::nullopt, {.sourceLanguage = "ja"});
                }).find("the language is \"ja\", expected one of de, en, fr, ro, ru") != std::string::npos);
        const auto gpt = bundled("openai-gpt", "OpenAIGPTTokenizer");
        QVERIFY(errorOf([&] {
                    std::ignore = gpt->encode("x", std::nullopt, {.wordsAreGiven = true});
                }).find("does not take words") != std::string::npos);
    }

    void piecesSayWhatWasUnknown()
    {
        const auto ctrl = bundled("ctrl", "CTRLTokenizer");
        const std::string text = "a\u2603b\n";
        const std::vector<std::string> pieces = ctrl->pieces(text, {});
        QCOMPARE(pieces.at(1), std::string("\u2603@@"));
        QCOMPARE(pieces.back(), std::string("\n"));
        QCOMPARE(ctrl->encode(text, std::nullopt, {}).tokens.at(1), std::string("<unk>"));
        QCOMPARE(ctrl->display(*ctrl->id("a@@")), std::string("a"));
    }

    void mergesNeedNoVocabulary()
    {
        Folder folder;
        folder.write("vocab.json", R"({"<unk>": 0, "abc</w>": 1, "a": 2, "b": 3})");
        folder.write("merges.txt", "#version\na b\nab c</w>\ncut o");
        const auto gpt = loadFrom(folder.path(), "OpenAIGPTTokenizer");
        QCOMPARE(joined(gpt->encode("abc ab", std::nullopt, {}).tokens), std::string("abc</w>|a|<unk>"));
        QCOMPARE(joined(gpt->pieces("abc abx", {})), std::string("abc</w>|ab|x</w>"));
    }

    void badWordFiles_data()
    {
        QTest::addColumn<QString>("className");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("content");
        QTest::addColumn<QString>("message");
        const auto add = [](const char *className, const char *name, const char *content, const char *message) {
            QTest::addRow("%s: %s", className, message) << className << name << content << message;
        };
        add("OpenAIGPTTokenizer", "merges.txt", "h\na b\nc\n", "merges.txt: line 3: expected two tokens");
        add("OpenAIGPTTokenizer", "merges.txt", "h\na b 3\n", "merges.txt: line 2: expected two tokens");
        add("XLMTokenizer", "merges.txt", "a b 3\na b 3 4\n", "merges.txt: line 2: expected two tokens");
        add("CTRLTokenizer", "vocab.json", R"({"a": 0})", "the unknown token \"<unk>\" is not in the vocabulary");
        add("CTRLTokenizer", "vocab.json", R"({"<unk>": 0, "a": 7})", "expected an id from 0 to 1");
        add("CTRLTokenizer", "vocab.json", R"({"<unk>": 0, "a": 1, "a": 2})", "occurs twice");
        add("XLMTokenizer", "tokenizer_config.json", R"({"do_lowercase_and_remove_accent": 3})",
            "do_lowercase_and_remove_accent");
    }

    void badWordFiles()
    {
        QFETCH(QString, className);
        QFETCH(QString, name);
        QFETCH(QString, content);
        QFETCH(QString, message);
        Folder folder;
        folder.write("vocab.json", R"({"<unk>": 0, "a": 1})").write("merges.txt", "a a 2\n");
        folder.write(name.toStdString(), content.toStdString());
        const std::string found =
            errorOf([&] { std::ignore = loadFrom(folder.path(), className.toStdString().c_str()); });
        QVERIFY2(found.find(message.toStdString()) != std::string::npos, found.c_str());
    }

    void badTexts()
    {
        const auto xlm = bundled("xlm", "XLMTokenizer");
        QVERIFY(errorOf([&] { std::ignore = xlm->encode("a\xff", std::nullopt, {}); }).find("byte 1") !=
                std::string::npos);
        QCOMPARE(xlm->pieces(std::string("a\0b", 3), {}).size(), xlm->pieces("ab", {}).size());
        const std::vector<std::int64_t> ids = {-1, 1 << 30, 0};
        QCOMPARE(xlm->decode(ids, {}), std::string("<unk><unk><s>"));
    }

    void pickledWords()
    {
        Folder folder;
        folder.write("vocab.pkl", vocabulary(kWords, textOp("unk_idx") + "K\x01" + textOp("tool") + "cos\nsystem\n"));
        const auto tokenizer = loadFrom(folder.path(), "TransfoXLTokenizer");
        QCOMPARE(tokenizer->size(), std::int64_t{6}); // <formula> follows
        QCOMPARE(joined(tokenizer->encode("cat, cat-dog", std::nullopt, {}).tokens),
                 std::string("cat|,|cat|@-@|<unk>"));
        QCOMPARE(joined(tokenizer->pieces("cat-dog", {})), std::string("cat|@-@|dog"));
        // A word list of its own comes first.
        folder.write("vocab.txt", "<eos> 9\n<unk>\ndog\ndog 3\n");
        QCOMPARE(loadFrom(folder.path(), "TransfoXLTokenizer")->size(), std::int64_t{4});
    }

    void badPickles_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("message");
        const auto add = [](const char *name, const std::string &content, const char *message) {
            QTest::newRow(name) << QByteArray::fromStdString(content) << message;
        };
        add("empty", "", "vocab.pkl");
        add("cut off", vocabulary(kWords).substr(0, 40), "vocab.pkl: malformed pickle");
        add("no words", pickled("}"), "list of words \"idx2sym\"");
        add("no dictionary", pickled("K\x01"), "vocab.pkl");
        add("repeated", vocabulary(kWords + textOp("cat")), "idx2sym[5] repeats the word \"cat\"");
        add("number", vocabulary(kWords + "K\x03"), "idx2sym[5]: expected a word");
        add("unknown id", vocabulary(kWords, textOp("unk_idx") + "K\x63"), "unk_idx: expected an id from 0 to 4");
        add("no unknown", vocabulary(textOp("cat")), "neither \"<unk>\" nor \"<UNK>\"");
    }

    void badPickles()
    {
        QFETCH(QByteArray, content);
        QFETCH(QString, message);
        Folder folder;
        folder.write("vocab.pkl", content.toStdString());
        const std::string found = errorOf([&] { std::ignore = loadFrom(folder.path(), "TransfoXLTokenizer"); });
        QVERIFY2(found.find(message.toStdString()) != std::string::npos, found.c_str());
    }

    void settingsOfWords()
    {
        Folder folder;
        folder.write("vocab.pkl", vocabulary(kWords));
        folder.write("tokenizer_config.json", R"({"language": "ja"})");
        QVERIFY(errorOf([&] {
                    std::ignore = loadFrom(folder.path(), "TransfoXLTokenizer");
                }).find("one of de, en, fr, ro, ru") != std::string::npos);
        folder.write("tokenizer_config.json", R"({"never_split": ["[a]"]})");
        QVERIFY(errorOf([&] {
                    std::ignore = loadFrom(folder.path(), "TransfoXLTokenizer");
                }).find("regular expressions") != std::string::npos);
    }

    void filesNameTheirClass()
    {
        Folder folder;
        folder.write("vocab.txt",
                     "[PAD]\n[UNK]\n<cls>\n<sep>\n<mask>\n<unk>\n<pad>\n<s>\n</s>\na\n[CLS]\n[SEP]\n[MASK]\n");
        QCOMPARE(loadFrom(folder.path(), "BertTokenizer")->encode("a", std::nullopt, {}).tokens.front(),
                 std::string("[CLS]"));
        folder.write("config.json", R"({"tokenizer_class": "FunnelTokenizerFast"})");
        const Encoding funnel = loadFrom(folder.path(), "BertTokenizer")->encode("a", std::nullopt, {});
        QCOMPARE(funnel.tokens.front(), std::string("<cls>"));
        QCOMPARE(funnel.typeIds.front(), std::int64_t{2});
        folder.write("tokenizer_config.json", R"({"tokenizer_class": "SomeOtherTokenizer"})");
        QCOMPARE(loadFrom(folder.path(), "BertTokenizer")->encode("a", std::nullopt, {}).tokens.front(),
                 std::string("[CLS]"));
    }

    void twoSides()
    {
        const auto rag = bundled("rag", "RagTokenizer");
        QVERIFY(rag->part("generator_tokenizer") != nullptr);
        QVERIFY(rag->part("another") == nullptr);
        QCOMPARE(rag->encode("a", std::nullopt, {}).tokens.front(), std::string("[CLS]"));
        const std::vector<std::int64_t> ids = rag->part("generator_tokenizer")->encode("A cat.", std::nullopt, {}).ids;
        QCOMPARE(rag->decode(ids, {.skipSpecialTokens = true}), std::string("A cat."));
    }

    void passages()
    {
        const auto reader = bundled("dpr-reader", "DPRReaderTokenizer");
        const text::ReaderPassage passage = {.question = "who", .title = "a", .text = "the cat"};
        const Encoding row = text::encodePassage(*reader, passage, {});
        QCOMPARE(row.sequence.back(), 2);
        QVERIFY(row.tokens.back() != "[SEP]");
        const std::vector<float> logits(row.size(), 0.0F);
        const text::ReaderScores scores = {.ids = row.ids, .start = logits, .end = logits, .relevance = 1};
        const auto spans = text::bestSpans(*reader, std::span(&scores, 1), {.spans = 3, .longestAnswer = 1});
        QVERIFY(!spans.empty());
        QCOMPARE(spans.front().text, std::string("a"));
        const text::ReaderScores missing = {.ids = row.ids, .start = {}, .end = logits, .relevance = 1};
        QVERIFY(errorOf([&] { std::ignore = text::bestSpans(*reader, std::span(&missing, 1), {}); }).find("0 start") !=
                std::string::npos);
    }

    // A quadratic step would take minutes on each of these.
    void longTextsFinish_data()
    {
        QTest::addColumn<QString>("text");
        constexpr qsizetype kLength = qsizetype{1} << 16;
        const auto add = [](const char *name, const char16_t *part) {
            QTest::newRow(name) << QString::fromUtf16(part).repeated(kLength);
        };
        add("letters", u"a");
        add("marks", u"\u0301\u0323");
        add("unknown", u"\u2603");
        add("dots", u".");
        add("apostrophes", u"'");
        add("quotes and dots", u".\"");
        add("commas", u",");
        add("capital sigmas", u"\u03a3.");
    }

    void longTextsFinish()
    {
        QFETCH(QString, text);
        for (const auto &[name, className] : {std::pair{"xlm", "XLMTokenizer"},
                                              {"flaubert-uncased", "FlaubertTokenizer"},
                                              {"transfo-xl-lower", "TransfoXLTokenizer"},
                                              {"ctrl", "CTRLTokenizer"},
                                              {"openai-gpt", "OpenAIGPTTokenizer"}}) {
            const auto tokenizer = bundled(name, className);
            const Encoding encoding = tokenizer->encode(text.toStdString(), std::nullopt, {});
            std::ignore = tokenizer->decode(encoding.ids, {});
        }
    }
};

QTEST_GUILESS_MAIN(LegacyTokenizersTest)
#include "legacy_tokenizers_test.moc"
