// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "engine/names.h"
#include "tasks/input.h"
#include "tasks/tape.h"
#include "tasks/tasks.h"
#include "tasks/text_stream.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

using namespace engine;

namespace {

constexpr std::int64_t kPad = 0;
constexpr std::int64_t kCls = 1;
constexpr std::int64_t kSep = 2;
constexpr std::int64_t kMask = 3;
constexpr std::int64_t kFirstByte = 10;

// One token a byte, so that characters break into pieces; [MASK] is a token of its own. With `wraps`, texts
// stand in [CLS] … [SEP] … [SEP]. Pairs are cut at the end of the longer text.
class ByteTokenizer final : public Tokenizer {
public:
    explicit ByteTokenizer(bool wraps) : m_wraps(wraps)
    {
        m_specials = {{"pad_token", kPad}, {"cls_token", kCls}, {"sep_token", kSep}, {"mask_token", kMask}};
        m_inputs = {names::kInputIds, names::kTokenTypeIds, names::kAttentionMask};
    }
    std::map<std::string, std::int64_t, std::less<>> m_specials;
    std::vector<std::string> m_inputs;

    [[nodiscard]] Encoding encode(std::string_view text, const std::optional<std::string> &pair,
                                  const EncodeOptions &options) const override
    {
        std::array<Encoding, 2> parts{bytes(text, 0), bytes(pair.value_or(""), 1)};
        const bool wraps = m_wraps && options.addSpecialTokens;
        const std::int64_t wrapping = wraps ? (pair ? 3 : 2) : 0;
        std::int64_t removed = 0;
        const auto total = [&] { return static_cast<std::int64_t>(parts[0].size() + parts[1].size()) + wrapping; };
        while (options.truncation != Truncation::None && options.maxLength && total() > *options.maxLength) {
            Encoding &longer = parts[0].size() >= parts[1].size() ? parts[0] : parts[1];
            if (longer.size() == 0)
                break;
            drop(longer, options.truncationSide);
            ++removed;
        }
        Encoding out;
        if (wraps)
            add(out, kCls, 0, -1);
        append(out, parts[0]);
        if (wraps)
            add(out, kSep, 0, -1);
        append(out, parts[1]);
        if (wraps && pair)
            add(out, kSep, 1, -1);
        out.removedByTruncation = removed;
        return out;
    }
    [[nodiscard]] std::string decode(std::span<const std::int64_t> ids, const DecodeOptions &options) const override
    {
        std::string raw;
        for (const auto id : ids)
            if (id >= kFirstByte)
                raw += static_cast<char>(id - kFirstByte);
            else if (!options.skipSpecialTokens)
                raw += token(id);
        return QString::fromUtf8(QByteArray::fromStdString(raw)).toStdString(); // broken bytes become U+FFFD
    }
    [[nodiscard]] std::string kind() const override { return "bytes"; }
    [[nodiscard]] std::int64_t size() const override { return kFirstByte + 256; }
    [[nodiscard]] std::string token(std::int64_t id) const override
    {
        static const std::array<std::string, 4> kNames{"[PAD]", "[CLS]", "[SEP]", "[MASK]"};
        return id < 4 ? kNames.at(static_cast<std::size_t>(id)) : std::string(1, static_cast<char>(id - kFirstByte));
    }
    [[nodiscard]] std::optional<std::int64_t> id(std::string_view token) const override
    {
        return token.size() == 1 ? std::optional(kFirstByte + static_cast<unsigned char>(token[0])) : std::nullopt;
    }
    [[nodiscard]] const std::map<std::string, std::int64_t, std::less<>> &specialTokens() const override
    {
        return m_specials;
    }
    [[nodiscard]] Side paddingSide() const override { return Side::Right; }
    [[nodiscard]] const std::vector<std::string> &modelInputNames() const override { return m_inputs; }
    [[nodiscard]] std::optional<std::int64_t> modelMaxLength() const override { return {}; }
    [[nodiscard]] std::string display(std::int64_t id) const override { return token(id); }

private:
    static void add(Encoding &out, std::int64_t id, std::int64_t type, int sequence, Offset offset = {})
    {
        out.ids.push_back(id);
        out.tokens.push_back(id < kFirstByte ? "[special]" : std::string(1, static_cast<char>(id - kFirstByte)));
        out.typeIds.push_back(type);
        out.attentionMask.push_back(1);
        out.specialTokensMask.push_back(sequence < 0 ? 1 : 0);
        out.offsets.push_back(offset);
        out.sequence.push_back(sequence);
    }
    static Encoding bytes(std::string_view text, int sequence)
    {
        constexpr std::string_view kMaskText = "[MASK]";
        Encoding out;
        std::int64_t at = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text.substr(i).starts_with(kMaskText)) {
                add(out, kMask, sequence, sequence, {at, at + 6});
                at += 6;
                i += kMaskText.size() - 1;
                continue;
            }
            const auto byte = static_cast<unsigned char>(text[i]);
            if ((byte & 0xC0U) == 0x80U)
                --at;
            add(out, kFirstByte + byte, sequence, sequence, {at, at + 1});
            ++at;
        }
        return out;
    }
    template <typename F> static void eachField(F &&f)
    {
        f(&Encoding::ids), f(&Encoding::tokens), f(&Encoding::typeIds), f(&Encoding::attentionMask);
        f(&Encoding::specialTokensMask), f(&Encoding::offsets), f(&Encoding::sequence);
    }
    static void append(Encoding &out, const Encoding &part)
    {
        eachField(
            [&](auto field) { (out.*field).insert((out.*field).end(), (part.*field).begin(), (part.*field).end()); });
    }
    static void drop(Encoding &part, Side side)
    {
        eachField([&](auto field) {
            auto &values = part.*field;
            values.erase(side == Side::Left ? values.begin() : values.end() - 1);
        });
    }

    bool m_wraps;
};

class FakeModel final : public Model {
public:
    using Run = std::function<NamedTensors(const NamedTensors &)>;
    FakeModel(HeadInfo head, Run run) : m_heads{std::move(head)}, m_run(std::move(run)) {}
    std::int64_t positions = 0;
    std::int64_t vocabulary = kFirstByte + 256;
    GenerationOptions defaults = {};
    mutable std::vector<bool> traced; // for each pass: was somebody listening?
    mutable NamedTensors inputs;      // of the last pass

    [[nodiscard]] const std::vector<HeadInfo> &heads() const override { return m_heads; }
    [[nodiscard]] NamedTensors forward(const NamedTensors &in, const ForwardOptions &,
                                       const RunControl &control) const override
    {
        control.checkpoint();
        traced.push_back(control.trace != nullptr);
        inputs = in;
        return m_run(in);
    }
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor &mask, const RunState *) const override
    {
        return {{names::kInputIds, ids}, {names::kAttentionMask, mask}};
    }
    [[nodiscard]] GenerationOptions generationDefaults() const override { return defaults; }
    [[nodiscard]] std::int64_t maxPositions() const override { return positions; }
    [[nodiscard]] std::int64_t vocabularySize() const override { return vocabulary; }
    [[nodiscard]] int layerCount() const override { return 1; }
    [[nodiscard]] int headCount() const override { return 1; }
    [[nodiscard]] std::int64_t hiddenSize() const override { return 1; }

private:
    std::vector<HeadInfo> m_heads;
    Run m_run;
};

Tensor filled(const Shape &shape, const std::function<float(std::int64_t)> &value)
{
    Tensor t = Tensor::uninitialised(shape);
    for (std::int64_t i = 0; i < t.elements(); ++i)
        t.mutableFloats()[static_cast<std::size_t>(i)] = value(i);
    return t;
}

// After byte n of `story` comes byte n + 1 (by position); after its end, [SEP].
FakeModel storyTeller(const std::string &story)
{
    FakeModel model(
        {.id = "text-generation", .className = "TellerLMHeadModel", .tasks = {TaskKind::TextGeneration}, .labels = {}},
        [story](const NamedTensors &in) {
            const Tensor &ids = require(in, names::kInputIds);
            const std::int64_t length = ids.size(1);
            constexpr std::int64_t kVocabulary = kFirstByte + 256;
            return NamedTensors{{names::kLogits, filled({1, length, kVocabulary}, [&](std::int64_t i) {
                                     const auto next = static_cast<std::size_t>(i / kVocabulary) + 1;
                                     const std::int64_t best =
                                         next < story.size() ? kFirstByte + static_cast<unsigned char>(story[next])
                                                             : kSep;
                                     return i % kVocabulary == best ? 9.0F : 0.0F;
                                 })}};
        });
    model.defaults.eosTokenIds = {kSep};
    return model;
}

TaskResult run(const Model &model, const Tokenizer &tokenizer, const TaskRequest &request)
{
    static const ModelInfo info = [] {
        ModelInfo i;
        i.name = "fake";
        return i;
    }();
    return tasks::run({.model = model, .tokenizer = tokenizer, .control = {}, .info = info}, request);
}

std::string failure(const std::function<void()> &f)
{
    try {
        f();
    } catch (const Error &error) {
        return (error.kind() == ErrorKind::Argument ? "argument: " : "other: ") + std::string(error.what());
    }
    return "nothing thrown";
}

HeadInfo headOf(TaskKind task, std::vector<std::string> labels = {})
{
    return {.id = std::string(id(task)), .className = "FakeModel", .tasks = {task}, .labels = std::move(labels)};
}

} // namespace

class TasksTest : public QObject {
    Q_OBJECT

private slots:
    void masksAreFilledWithTheBestTokens()
    {
        const ByteTokenizer tokenizer(true);
        const FakeModel model(headOf(TaskKind::FillMask), [](const NamedTensors &in) {
            const std::int64_t length = require(in, names::kInputIds).size(1);
            return NamedTensors{
                {names::kPredictionLogits, filled({1, length, 266}, [](std::int64_t i) {
                     return i % 266 == kFirstByte + 'x' ? 5.0F : i % 266 == kFirstByte + 'y' ? 4.0F : 0.0F;
                 })}};
        });
        const auto result = run(model, tokenizer, {.task = TaskKind::FillMask, .text = "a[MASK]b[MASK]", .topK = 2});
        const auto &payload = std::get<FillMaskResult>(result.payload);
        QCOMPARE(payload.masks.size(), std::size_t{2});
        QCOMPARE(payload.masks[1].position, std::size_t{4});
        QCOMPARE(payload.masks[0].candidates.size(), std::size_t{2});
        QCOMPARE(payload.masks[0].candidates[0].token, std::string("x"));
        QCOMPARE(payload.masks[0].sequences[1], std::string("ayb[MASK]"));
        QCOMPARE(payload.logits.shape(), (Shape{6, 266}));
        QCOMPARE(result.display.size(), result.encoding.size());
        QVERIFY(result.trace != nullptr);
        TaskRequest request{.task = TaskKind::FillMask, .text = "a[MASK]", .candidates = {"z", "yes", "y"}};
        const auto asked = run(model, tokenizer, request);
        const auto &mask = std::get<FillMaskResult>(asked.payload).masks.at(0);
        QCOMPARE(mask.candidates.size(), std::size_t{2}); // "yes" is no token: "y" stands for it, once
        QCOMPARE(mask.candidates[0].token, std::string("y"));
        QVERIFY(mask.candidates[0].probability < 0.5); // among the whole vocabulary
        QCOMPARE(asked.notes.size(), std::size_t{1});
        request.candidates = {" "};
        QVERIFY(failure([&] { (void)run(model, tokenizer, request); }).find("candidate") != std::string::npos);
        QCOMPARE(
            failure([&] { (void)run(model, tokenizer, {.task = TaskKind::FillMask, .text = "ab"}); }),
            std::string("argument: the text has no mask token: write [MASK] in place of a word that is to be guessed"));
    }

    void beamsOfAnAnswerAreRanked()
    {
        // [CLS] q [SEP] a b c d [SEP]: starts 4 and 3, two ends for each; the better start ends before it begins.
        const FakeModel model(headOf(TaskKind::QuestionAnswering), [](const NamedTensors &in) {
            const Tensor &hidden = require(in, names::kPMask);
            if (!std::ranges::equal(hidden.ints(), std::array<std::int64_t, 8>{1, 1, 1, 0, 0, 0, 0, 1}))
                failInternal("the mask of what cannot be an answer");
            if (require(in, names::kClsIndex).ints().front() != 0)
                failInternal("the place of the class token");
            return NamedTensors{
                {names::kStartTopLogProbs, Tensor::fromFloats({1, 2}, std::array{0.6F, 0.4F})},
                {names::kStartTopIndex, Tensor::fromInts({1, 2}, std::array<std::int64_t, 2>{4, 3})},
                {names::kEndTopLogProbs, Tensor::fromFloats({1, 4}, std::array{0.9F, 0.5F, 0.1F, 0.25F})},
                {names::kEndTopIndex, Tensor::fromInts({1, 4}, std::array<std::int64_t, 4>{3, 4, 6, 3})},
                {names::kClsLogits, Tensor::fromFloats({1}, std::array{0.0F})}};
        });
        const auto result =
            run(model, ByteTokenizer(true), {.task = TaskKind::QuestionAnswering, .text = "q", .textPair = "abcd"});
        const auto &payload = std::get<AnswerResult>(result.payload);
        QCOMPARE(payload.answers.size(), std::size_t{3});
        QCOMPARE(payload.answers[0].text, std::string("ab"));
        QVERIFY(std::abs(payload.answers[0].probability - 0.2) < 1e-6);
        QCOMPARE(payload.answers[1].text, std::string("a"));
        QCOMPARE(payload.answers[2].text, std::string("bcd"));
        QVERIFY(std::abs(payload.startProbabilities[4] - 0.6) < 1e-6);
        QCOMPARE(payload.noAnswer, 0.5);
    }

    void missingInputsAreNamed()
    {
        const ByteTokenizer tokenizer(true);
        const FakeModel model(headOf(TaskKind::NextSentence), [](const NamedTensors &) {
            return NamedTensors{{names::kSeqRelationshipLogits, Tensor::fromFloats({1, 2}, std::array{3.0F, 0.0F})}};
        });
        TaskRequest request{.task = TaskKind::NextSentence, .text = "a"};
        QVERIFY(failure([&] { (void)run(model, tokenizer, request); }).find("second sentence") != std::string::npos);
        request.textPair = "";
        QVERIFY(failure([&] { (void)run(model, tokenizer, request); }).find("second text is empty") !=
                std::string::npos);
        request.textPair = "b";
        const auto result = run(model, tokenizer, request);
        const auto &payload = std::get<ClassificationResult>(result.payload);
        QCOMPARE(payload.scores[payload.best].label, std::string("is next"));
        QVERIFY(std::abs(payload.scores[0].probability - 1.0 / (1.0 + std::exp(-3.0))) < 1e-6);
        QCOMPARE(require(model.inputs, names::kTokenTypeIds).ints()[4], std::int64_t{1});
        request.text = "";
        QVERIFY(failure([&] { (void)run(model, tokenizer, request); }).find("text is empty") != std::string::npos);
        request = {.task = TaskKind::QuestionAnswering, .text = "a"};
        QCOMPARE(failure([&] { (void)run(model, tokenizer, request); }),
                 std::string("argument: fake has no head for question-answering; it can do: next-sentence"));
        request.task = TaskKind::Translation;
        QVERIFY(failure([&] { (void)run(model, tokenizer, request); }).find("translation") != std::string::npos);
    }

    void sentencesAreInOrderOrSwapped()
    {
        const FakeModel model(headOf(TaskKind::SentenceOrder), [](const NamedTensors &) {
            return NamedTensors{{names::kPredictionLogits, Tensor::zeros({1, 5, 266})},
                                {names::kSopLogits, Tensor::fromFloats({1, 2}, std::array{0.0F, 2.0F})}};
        });
        TaskRequest request{.task = TaskKind::SentenceOrder, .text = "a"};
        QVERIFY(failure([&] { (void)run(model, ByteTokenizer(true), request); }).find("second sentence") !=
                std::string::npos);
        request.textPair = "b";
        const auto result = run(model, ByteTokenizer(true), request);
        const auto &payload = std::get<ClassificationResult>(result.payload);
        QCOMPARE(payload.scores[payload.best].label, std::string("swapped"));
        QCOMPARE(payload.scores[0].label, std::string("in order"));
    }

    void replacedTokensHaveTheirProbability()
    {
        const FakeModel model(headOf(TaskKind::ReplacedTokenDetection), [](const NamedTensors &in) {
            const std::int64_t length = require(in, names::kInputIds).size(1);
            return NamedTensors{{names::kLogits, filled({1, length}, [](std::int64_t i) { return i == 2 ? 1.5F : -1.5F; })}};
        });
        const auto result =
            run(model, ByteTokenizer(true), {.task = TaskKind::ReplacedTokenDetection, .text = "abc"});
        const auto &payload = std::get<ReplacedTokensResult>(result.payload);
        QCOMPARE(payload.tokens.size(), result.encoding.size());
        for (std::size_t i = 0; i < payload.tokens.size(); ++i) {
            QCOMPARE(payload.tokens[i].token, i);
            QCOMPARE(payload.tokens[i].isReplaced(), i == 2);
        }
        QVERIFY(std::abs(payload.tokens[2].probability - 1.0 / (1.0 + std::exp(-1.5))) < 1e-6);
    }

    void severalLabelsMayHold()
    {
        HeadInfo head = headOf(TaskKind::TextClassification, {"funny", "short"});
        head.isMultiLabel = true;
        const FakeModel model(head, [](const NamedTensors &) {
            return NamedTensors{{names::kLogits, Tensor::fromFloats({1, 2}, std::array{0.0F, 2.0F})}};
        });
        const auto result = run(model, ByteTokenizer(true), {.task = TaskKind::TextClassification, .text = "ha"});
        const auto &payload = std::get<ClassificationResult>(result.payload);
        QCOMPARE(payload.activation, std::string("sigmoid"));
        QCOMPARE(payload.scores[0].probability, 0.5);
        QCOMPARE(payload.scores[payload.best].label, std::string("short"));
    }

    void entitiesAreJoinedFromPieces()
    {
        // Positions in "[CLS] A n n   B o b   r a n [SEP]": labels O, B-PER, I-PER.
        const std::map<std::int64_t, std::int64_t> labels{{1, 1}, {2, 0}, {3, 1}, {5, 2}, {6, 1}};
        const FakeModel model(
            headOf(TaskKind::TokenClassification, {"O", "B-PER", "I-PER"}), [&](const NamedTensors &in) {
                const std::int64_t length = require(in, names::kInputIds).size(1);
                return NamedTensors{{names::kLogits, filled({1, length, 3}, [&](std::int64_t i) {
                                         const auto it = labels.find(i / 3);
                                         return i % 3 == (it == labels.end() ? 0 : it->second) ? 4.0F : 0.0F;
                                     })}};
            });
        auto result = run(model, ByteTokenizer(true), {.task = TaskKind::TokenClassification, .text = "Ann Bob ran"});
        auto payload = std::get<TokenClassificationResult>(result.payload);
        QCOMPARE(payload.tokens.size(), result.encoding.size());
        // The blank between them is O, so the second name is an entity of its own although it says I-PER.
        QCOMPARE(payload.spans.size(), std::size_t{2});
        QCOMPARE(payload.spans[0].text, std::string("Ann"));
        QCOMPARE(payload.spans[1].text, std::string("Bob"));
        QCOMPARE(payload.spans[1].label, std::string("PER"));
    }

    void answersLieInThePassage()
    {
        // Start and end are likeliest in the question; inside the passage "cd" wins.
        const FakeModel model(headOf(TaskKind::QuestionAnswering), [](const NamedTensors &in) {
            const std::int64_t length = require(in, names::kInputIds).size(1);
            return NamedTensors{{names::kStartLogits, filled({1, length},
                                                             [](std::int64_t i) {
                                                                 return i == 1 ? 9.0F : i == 6 ? 3.0F : 0.0F;
                                                             })},
                                {names::kEndLogits, filled({1, length}, [](std::int64_t i) {
                                     return i == 2 ? 9.0F : i == 7 ? 3.0F : 0.0F;
                                 })}};
        });
        TaskRequest request{.task = TaskKind::QuestionAnswering, .text = "qq", .textPair = "abcdefa", .topK = 40};
        const auto result = run(model, ByteTokenizer(true), request);
        const auto &payload = std::get<AnswerResult>(result.payload);
        QCOMPARE(payload.answers[0].text, std::string("cd"));
        QVERIFY(std::abs(payload.answers[0].probability - payload.startProbabilities[6] * payload.endProbabilities[7]) <
                1e-12);
        QVERIFY(std::abs(payload.noAnswer - payload.startProbabilities[0] * payload.endProbabilities[0]) < 1e-12);
        QCOMPARE(std::ranges::count(payload.answers, "a", &AnswerSpan::text), std::ptrdiff_t{1}); // not twice
        for (const auto &answer : payload.answers) {
            QVERIFY(answer.beginToken <= answer.endToken && answer.endToken - answer.beginToken < 15);
            QVERIFY(result.encoding.sequence[answer.beginToken] == 1 && result.encoding.sequence[answer.endToken] == 1);
        }
        request.textPair.reset();
        QVERIFY(failure([&] { (void)run(model, ByteTokenizer(true), request); }).find("passage") != std::string::npos);
    }

    void choicesArePairsOrContinuations()
    {
        const auto scores = [](const NamedTensors &) {
            return NamedTensors{{names::kLogits, Tensor::fromFloats({1, 2}, std::array{0.0F, 1.0F})}};
        };
        const FakeModel pairs(headOf(TaskKind::MultipleChoice), scores);
        TaskRequest request{.task = TaskKind::MultipleChoice, .text = "a", .choices = {"bcd", "e"}};
        const auto result = run(pairs, ByteTokenizer(true), request);
        const auto &payload = std::get<ChoiceResult>(result.payload);
        QCOMPARE(payload.best, std::size_t{1});
        QCOMPARE(payload.scores[0].label, std::string("bcd"));
        QCOMPARE(require(pairs.inputs, names::kInputIds).shape(), (Shape{1, 2, 7}));
        QCOMPARE(require(pairs.inputs, names::kAttentionMask).ints()[13], std::int64_t{0});
        QCOMPARE(payload.encodings[1].ids.back(), kPad);

        HeadInfo head = headOf(TaskKind::MultipleChoice);
        head.className = "FakeDoubleHeadsModel";
        const FakeModel joined(head, [](const NamedTensors &) {
            return NamedTensors{{names::kMcLogits, Tensor::fromFloats({1, 2}, std::array{0.0F, 1.0F})},
                                {names::kLogits, Tensor::fromFloats({1, 1}, std::array{0.0F})}};
        });
        (void)run(joined, ByteTokenizer(false), request);
        QCOMPARE(require(joined.inputs, names::kInputIds).shape(), (Shape{1, 2, 5})); // "a bcd", "a e" filled
        const auto last = require(joined.inputs, names::kMcTokenIds).ints();
        QCOMPARE((std::vector<std::int64_t>(last.begin(), last.end())), (std::vector<std::int64_t>{4, 2}));
        request.choices = {"b"};
        QVERIFY(failure([&] { (void)run(pairs, ByteTokenizer(true), request); }).find("two choices") !=
                std::string::npos);
    }

    void textGrowsAndStreamsWholeCharacters()
    {
        const ByteTokenizer tokenizer(false);
        const std::string story = "Grüße, 🐱!";
        const FakeModel model = storyTeller(story);
        std::string streamed;
        std::size_t tokens = 0;
        TaskRequest request{.task = TaskKind::TextGeneration, .text = "Gr", .generation = {.maxNewTokens = 30}};
        request.onToken = [&](const GeneratedToken &token) {
            ++tokens;
            streamed += token.text;
            QVERIFY(QString::fromStdString(token.text).indexOf(QChar::ReplacementCharacter) < 0);
            QVERIFY(token.probability > 0.9);
        };
        const ModelInfo info;
        TraceCollector collector({.wantsAttentions = true});
        const RunControl control{.trace = &collector};
        const auto result =
            tasks::run({.model = model, .tokenizer = tokenizer, .control = control, .info = info}, request);
        const auto &payload = std::get<GenerationResult>(result.payload);
        QCOMPARE(payload.hypotheses[0].text, story);
        QCOMPARE(payload.hypotheses[0].newText, story.substr(2));
        QCOMPARE(streamed, story.substr(2));
        QCOMPARE(tokens, story.size() - 2 + 1);
        QCOMPARE(payload.stopReason, std::string("end token"));
        QCOMPARE(payload.promptLength, std::size_t{2});
        QCOMPARE(payload.steps.size(), story.size() + 1);
        QVERIFY(payload.steps[1].isPrompt && !payload.steps[2].isPrompt);
        QCOMPARE(payload.steps[2].rank, std::int64_t{1});
        QCOMPARE(payload.logits.shape(), (Shape{static_cast<std::int64_t>(story.size()) + 1, 266}));
        QCOMPARE(result.encoding.size(), payload.steps.size());
        QCOMPARE(result.encoding.offsets[story.size() - 1], (Offset{8, 9})); // "!" is the ninth character
        // Only the last pass is traced.
        QVERIFY(model.traced.back());
        QCOMPARE(std::ranges::count(model.traced, true), std::ptrdiff_t{1});

        request.usesModelEndTokens = false;
        request.onToken = {};
        request.generation.maxNewTokens = 12;
        const auto endless = run(model, tokenizer, request);
        QCOMPARE(std::get<GenerationResult>(endless.payload).stopReason, std::string("length"));
    }

    void emptyPromptsStartFromTheStartToken()
    {
        ByteTokenizer tokenizer(false);
        const FakeModel model = storyTeller("?ab");
        const TaskRequest request{.task = TaskKind::TextGeneration, .text = "", .generation = {.maxNewTokens = 5}};
        QVERIFY(failure([&] { (void)run(model, tokenizer, request); }).find("no start token") != std::string::npos);
        tokenizer.m_specials["eos_token"] = kSep;
        const auto result = run(model, tokenizer, request);
        QCOMPARE(std::get<GenerationResult>(result.payload).hypotheses[0].text, std::string("ab"));
    }

    void controlCodesComeFirst()
    {
        const ByteTokenizer tokenizer(false);
        const FakeModel model = storyTeller("Zab");
        ModelInfo info;
        info.controlCodes = {"Z", "Y"};
        TaskRequest request{.task = TaskKind::TextGeneration, .text = "", .generation = {.maxNewTokens = 2}};
        const auto generate = [&] {
            return tasks::run({.model = model, .tokenizer = tokenizer, .control = {}, .info = info}, request);
        };
        QVERIFY(failure([&] { (void)generate(); }).find("--control-code") != std::string::npos);
        request.controlCode = "Z";
        auto result = generate();
        QCOMPARE(std::get<GenerationResult>(result.payload).promptLength, std::size_t{1});
        QCOMPARE(std::get<GenerationResult>(result.payload).hypotheses[0].newText, std::string("ab"));
        QVERIFY(result.notes.empty());
        request.text = "a";
        result = generate();
        QCOMPARE(std::get<GenerationResult>(result.payload).hypotheses[0].newText.substr(0, 1), std::string("b"));
        request.controlCode = "X";
        QVERIFY(failure([&] { (void)generate(); }).find("expected one of Z, Y") != std::string::npos);
        request.controlCode.clear();
        QVERIFY(generate().notes.at(0).find("control code") != std::string::npos);
        info.controlCodes.clear();
        request.controlCode = "Z";
        QVERIFY(failure([&] { (void)generate(); }).find("knows no control codes") != std::string::npos);
    }

    void longTextsAreRefusedOrCutInWords()
    {
        FakeModel model(headOf(TaskKind::TextClassification), [](const NamedTensors &) {
            return NamedTensors{{names::kLogits, Tensor::fromFloats({1, 2}, std::array{0.0F, 1.0F})}};
        });
        model.positions = 8;
        TaskRequest request{.task = TaskKind::TextClassification, .text = "abcdefghij"};
        QCOMPARE(failure([&] { (void)run(model, ByteTokenizer(true), request); }),
                 std::string("argument: the text has 12 tokens, the model takes 8: 4 at the end would be cut (pass "
                             "--truncation longest_first)"));
        request.truncate = true;
        const auto result = run(model, ByteTokenizer(true), request);
        QCOMPARE(result.encoding.size(), std::size_t{8});
        QCOMPARE(result.notes,
                 std::vector<std::string>{
                     "4 tokens at the end of the text did not fit into 8 positions and were cut (\"ghij\" …)"});
        request.truncate = false;
        request.encode.truncation = Truncation::LongestFirst;
        QCOMPARE(run(model, ByteTokenizer(true), request).notes, result.notes);
    }

    void longPromptsKeepTheirEnd()
    {
        const ByteTokenizer tokenizer(false);
        FakeModel model = storyTeller("abcdefghijklmnop");
        model.positions = 8;
        TaskRequest request{.task = TaskKind::TextGeneration, .text = "abcdef", .generation = {.maxNewTokens = 5}};
        auto result = run(model, tokenizer, request);
        QCOMPARE(std::get<GenerationResult>(result.payload).hypotheses[0].text, std::string("abcdefgh"));
        QVERIFY(result.notes.at(0).find("only 2 new tokens instead of 5 fit") != std::string::npos);
        request.text = "abcdefghij";
        QVERIFY(failure([&] { (void)run(model, tokenizer, request); }).find("2 at the beginning would be cut") !=
                std::string::npos);
        request.truncate = true;
        request.generation.maxNewTokens = 3;
        result = run(model, tokenizer, request);
        QVERIFY(std::get<GenerationResult>(result.payload).hypotheses[0].text.starts_with("fghij"));
        QVERIFY(result.notes.at(0).find("the last 5 were kept") != std::string::npos);
    }

    void idsBeyondTheEmbeddingAreNamed()
    {
        FakeModel model(headOf(TaskKind::FeatureExtraction), [](const NamedTensors &) { return NamedTensors{}; });
        model.vocabulary = 100;
        const auto text =
            failure([&] { (void)run(model, ByteTokenizer(true), {.task = TaskKind::FeatureExtraction, .text = "z"}); });
        QVERIFY2(text.find("token \"z\" has id 132") != std::string::npos &&
                     text.find("100 rows (0 to 99)") != std::string::npos,
                 text.c_str());
    }

    void featuresComeWithAndWithoutAPooler()
    {
        for (const bool hasPooler : {false, true}) {
            const FakeModel model(headOf(TaskKind::FeatureExtraction), [hasPooler](const NamedTensors &) {
                NamedTensors out{{names::kLastHiddenState, Tensor::zeros({1, 3, 4})}};
                if (hasPooler)
                    out[names::kPoolerOutput] = Tensor::zeros({1, 4});
                return out;
            });
            const auto result = run(model, ByteTokenizer(true), {.task = TaskKind::FeatureExtraction, .text = "z"});
            const auto &payload = std::get<FeatureResult>(result.payload);
            QCOMPARE(payload.lastHiddenState.shape(), (Shape{3, 4}));
            QCOMPARE(payload.pooled.isNull(), !hasPooler);
            QCOMPARE(similarities(payload, TextPooling::Pooler).isNull(), !hasPooler);
        }
    }

    void theTapeMeasuresInBits()
    {
        const float absent = -std::numeric_limits<float>::infinity();
        const Tensor logits =
            Tensor::fromFloats({3, 4}, std::array{0.F, 0.F, 0.F, 0.F, 0.F, 0.F, absent, absent, 0.F, 0.F, 0.F, 0.F});
        const ByteTokenizer tokenizer(false);
        const auto steps =
            tasks::tape(logits, {.ids = std::array<std::int64_t, 3>{0, 2, 1}, .tokenizer = tokenizer, .top = 2}, {});
        QCOMPARE(steps[0].probability, 0.0);
        QVERIFY(std::abs(steps[1].surprisalBits - 2.0) < 1e-6 && std::abs(steps[1].entropyBits - 2.0) < 1e-6);
        QCOMPARE(steps[1].rank, std::int64_t{3}); // ties count by id
        QVERIFY(std::abs(steps[2].surprisalBits - 1.0) < 1e-6 && std::abs(steps[2].entropyBits - 1.0) < 1e-6);
        QVERIFY(steps[0].top.empty());
        QCOMPARE(steps[2].top.size(), std::size_t{2});
        QCOMPARE(steps[2].top[1].id, std::int64_t{1});
        QCOMPARE(steps[2].top[1].probability, 0.5);
    }

    void anIncompleteCharacterAtTheEndIsShownOnce()
    {
        const ByteTokenizer tokenizer(false);
        tasks::TextStream stream(tokenizer, {});
        QCOMPARE(stream.push(kFirstByte + 'a'), std::string("a"));
        QCOMPARE(stream.push(kFirstByte + 0xC3), std::string());
        QCOMPARE(stream.rest(), std::string("\xEF\xBF\xBD"));
        QCOMPARE(stream.rest(), std::string());
    }

    void stopsWhenAsked()
    {
        std::stop_source source;
        source.request_stop();
        const RunControl control{.stopToken = source.get_token()};
        const ModelInfo info;
        const FakeModel model = storyTeller("abc");
        const ByteTokenizer tokenizer(false);
        QVERIFY_THROWS_EXCEPTION(
            Cancelled, (void)tasks::run({.model = model, .tokenizer = tokenizer, .control = control, .info = info},
                                        {.task = TaskKind::TextGeneration, .text = "a"}));
    }
};

QTEST_APPLESS_MAIN(TasksTest)
#include "tasks_test.moc"
