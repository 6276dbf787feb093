// SPDX-License-Identifier: GPL-3.0-or-later
// The explanation of a text must agree with its encoding, and its steps must lead to its pieces.
#include "engine/export.h"
#include "engine/session.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

using namespace engine;

namespace {

std::shared_ptr<const Tokenizer> tokenizer(const std::string &name)
{
    return openTokenizer(std::string(MODELARIUM_FIXTURES "/tokenizers/") + name);
}

std::vector<std::int64_t> idsOf(const TokenizerExplanation &explanation)
{
    std::vector<std::int64_t> ids;
    for (const ExplainedSegment &segment : explanation.segments) {
        if (segment.specialId)
            ids.push_back(*segment.specialId);
        for (const ExplainedWord &word : segment.words)
            for (const ExplainedPiece &piece : word.pieces)
                ids.push_back(piece.id);
    }
    return ids;
}

// The best sum of scores from the beginning to the end of the word.
double bestScore(const ExplainedWord &word)
{
    std::map<std::uint32_t, double> best{{0, 0.0}};
    std::uint32_t end = 0;
    for (const LatticeEdge &edge : word.lattice) { // in the order of their places
        end = std::max(end, edge.end);
        const double score = best.at(edge.begin) + edge.score;
        const auto [found, isNew] = best.emplace(edge.end, score);
        if (!isNew)
            found->second = std::max(found->second, score);
    }
    return best.at(end);
}

} // namespace

class ExplainTest : public QObject {
    Q_OBJECT

private slots:
    void piecesAreThoseOfTheEncoding_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"bert", "bert-cased", "bert-json", "gpt2", "gpt2-prefix-json"})
            QTest::newRow(name) << QString::fromUtf8(name);
    }

    void piecesAreThoseOfTheEncoding()
    {
        QFETCH(const QString, name);
        const auto t = tokenizer(name.toStdString());
        for (const char *text :
             {"", " ", "The baker Anna eats bread.", "naïve café — 12,5 % 漢字", "  two  spaces\n",
              "[MASK] and <|endoftext|> too", "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80 e\xCC\x81"}) {
            const auto explanation = t->explain(text);
            QCOMPARE(idsOf(explanation), t->encode(text, std::nullopt, {.addSpecialTokens = false}).ids);
            QCOMPARE(explanation.encoding.ids, t->encode(text, std::nullopt, {}).ids);
            QCOMPARE(explanation.kind, t->kind());
        }
    }

    void mergesLeadToThePieces()
    {
        const auto t = tokenizer("gpt2");
        int merges = 0;
        for (const ExplainedSegment &segment : t->explain("The baker eats the bread in the kitchen").segments)
            for (const ExplainedWord &word : segment.words) {
                std::vector<std::string> made;
                for (const MergeStep &merge : word.merges) {
                    made.push_back(merge.left + merge.right);
                    ++merges;
                }
                // A piece of more than one byte was made by some merge.
                for (const ExplainedPiece &piece : word.pieces)
                    if (piece.offset.end - piece.offset.begin > 1)
                        QVERIFY2(std::ranges::find(made, piece.token) != made.end(), piece.token.c_str());
                QVERIFY(word.lattice.empty());
            }
        QVERIFY(merges > 5);
    }

    void theChosenPathIsTheBest()
    {
        if (!std::filesystem::exists(MODELARIUM_SHARED_FIXTURES "/tokenizers/t5-json"))
            QSKIP("the shared fixtures are not on this machine");
        const auto t = openTokenizer(MODELARIUM_SHARED_FIXTURES "/tokenizers/t5-json");
        int words = 0;
        for (const ExplainedSegment &segment :
             t->explain("translate English to German: The house is wonderful").segments)
            for (const ExplainedWord &word : segment.words) {
                double chosen = 0.0;
                for (const LatticeEdge &edge : word.lattice)
                    if (edge.isChosen)
                        chosen += edge.score;
                QVERIFY(std::abs(chosen - bestScore(word)) < 1e-9);
                ++words;
            }
        QVERIFY(words > 0);
    }

    void whiteSpaceBetweenWordsIsSeen()
    {
        QCOMPARE(tokenizer("bert")->explain("The  na\xC3\xAFve cook.").segments.at(0).normalized,
                 std::string("the naive cook."));
        QCOMPARE(tokenizer("gpt2")->explain("a  b").segments.at(0).normalized, std::string("a  b"));
    }

    void everyStageIsInTheDocument()
    {
        const auto json = nlohmann::json::parse(toJson(tokenizer("gpt2")->explain("The baker <|endoftext|>é")));
        QCOMPARE(json.at("kind").get<std::string>(), std::string("byte-level BPE"));
        QCOMPARE(json.at("segments").size(), std::size_t{3});
        QVERIFY(json.at("segments")[1].contains("special_id"));
        const auto &word = json.at("segments")[0].at("words")[0];
        QCOMPARE(word.at("text").get<std::string>(), std::string("The"));
        QVERIFY(word.contains("pieces"));
        QVERIFY(word.contains("merges"));
    }
};

QTEST_APPLESS_MAIN(ExplainTest)
#include "explain_test.moc"
