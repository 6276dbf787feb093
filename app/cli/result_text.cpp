// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/result_text.h"

#include "cli/format.h"

#include <algorithm>
#include <cmath>

namespace app::cli {

namespace {

constexpr std::size_t kShownFeatures = 8;

// Bytes of the code points [begin, end) of UTF-8 text.
struct ByteSpan {
    std::size_t begin = 0;
    std::size_t end = 0;
};

ByteSpan bytesOf(std::string_view text, engine::Offset offset)
{
    std::int64_t point = -1;
    ByteSpan span{text.size(), text.size()};
    for (std::size_t i = 0; i < text.size(); ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80U)
            continue;
        ++point;
        if (point == offset.begin)
            span.begin = i;
        if (point == offset.end) {
            span.end = i;
            break;
        }
    }
    return span;
}

std::string trimmed(const std::string &text)
{
    const std::size_t first = text.find_first_not_of(' ');
    return first == std::string::npos ? text : text.substr(first);
}

std::string shortened(const std::string &text)
{
    constexpr std::int64_t kShown = 60; // code points
    const ByteSpan span = bytesOf(text, {0, kShown});
    return span.end >= text.size() ? text : text.substr(0, span.end) + " \u2026";
}

// The text with every mask replaced by its best candidate.
std::string filled(const engine::TaskRequest &request, const engine::TaskResult &result,
                   const engine::FillMaskResult &payload)
{
    std::string text = request.text;
    for (auto mask = payload.masks.rbegin(); mask != payload.masks.rend(); ++mask) {
        const bool isInText = mask->position < result.encoding.size() && result.encoding.sequence[mask->position] == 0;
        if (!isInText || mask->candidates.empty())
            continue;
        const ByteSpan span = bytesOf(text, result.encoding.offsets[mask->position]);
        text.replace(span.begin, span.end - span.begin, trimmed(mask->candidates.front().token));
    }
    return text;
}

struct Printer {
    const engine::TaskRequest &request;
    const engine::TaskResult &result;
    std::ostream &out;

    void operator()(const std::monostate & /*nothing*/) const {}

    void operator()(const engine::FillMaskResult &payload) const
    {
        out << filled(request, result, payload) << '\n';
        for (const engine::FilledMask &mask : payload.masks) {
            out << "token " << mask.position << '\n';
            Table table({Align::Right, Align::Left, Align::Right, Align::Right});
            table.head({"probability", "word", "logit", "id"});
            for (const engine::Candidate &candidate : mask.candidates)
                table.row({percent(candidate.rawProbability), trimmed(candidate.token), number(candidate.logit, 3),
                           std::to_string(candidate.id)});
            table.print(out, "  ");
        }
    }

    void operator()(const engine::ClassificationResult &payload) const
    {
        if (payload.best < payload.scores.size())
            out << payload.scores[payload.best].label << "  " << percent(payload.scores[payload.best].probability)
                << '\n';
        printScores(payload.scores);
    }

    void operator()(const engine::ImageAndTextResult &payload) const
    {
        std::vector<std::string> labels;
        for (const engine::ScoredLabel &score : payload.labels.scores)
            if (score.holds())
                labels.push_back(score.label);
        out << (labels.empty() ? "no label is above one half" : joined(labels, ", ")) << '\n';
        printScores(payload.labels.scores);
        for (const engine::ImageRegion &region : payload.regions)
            out << "  token " << region.token << ' ' << shownToken(region.token) << ": pixels " << region.area.left
                << ',' << region.area.top << " to " << region.area.right << ',' << region.area.bottom << '\n';
    }

    void operator()(const engine::TokenClassificationResult &payload) const
    {
        for (const engine::LabelledSpan &span : payload.spans)
            out << span.label << "  " << trimmed(span.text) << '\n';
        Table table({Align::Right, Align::Left, Align::Left, Align::Right});
        table.head({"", "token", "label", "probability"});
        for (const engine::TokenLabel &label : payload.tokens)
            table.row({std::to_string(label.token), shownToken(label.token), label.best.label,
                       percent(label.best.probability)});
        table.print(out, "  ");
    }

    void operator()(const engine::ReplacedTokensResult &payload) const
    {
        Table table({Align::Right, Align::Left, Align::Left, Align::Right, Align::Right});
        table.head({"", "token", "", "probability", "logit"});
        for (const engine::ReplacedToken &token : payload.tokens)
            table.row({std::to_string(token.token), shownToken(token.token), token.isReplaced() ? "replaced" : "",
                       percent(token.probability), number(token.logit, 3)});
        table.print(out, "  ");
    }

    void operator()(const engine::AnswerResult &payload) const
    {
        if (!payload.answers.empty())
            out << payload.answers.front().text << "  " << percent(payload.answers.front().probability) << '\n';
        Table table({Align::Right, Align::Left, Align::Right});
        table.head({"probability", "answer", "tokens"});
        for (const engine::AnswerSpan &answer : payload.answers)
            table.row({percent(answer.probability), answer.text,
                       std::to_string(answer.beginToken) + "\u2013" + std::to_string(answer.endToken)});
        table.print(out, "  ");
        out << "  no answer in the passage: " << percent(payload.noAnswer) << '\n';
    }

    void operator()(const engine::ChoiceResult &payload) const
    {
        if (payload.best < payload.scores.size())
            out << payload.scores[payload.best].label << "  " << percent(payload.scores[payload.best].probability)
                << '\n';
        printScores(payload.scores);
    }

    void operator()(const engine::GenerationResult &payload) const
    {
        if (payload.hypotheses.size() < 2) {
            for (const engine::Hypothesis &hypothesis : payload.hypotheses)
                out << hypothesis.text << '\n';
        } else {
            for (const engine::Hypothesis &hypothesis : payload.hypotheses)
                out << number(hypothesis.score, 4) << "  " << hypothesis.text << '\n';
        }
    }

    void operator()(const engine::FeatureResult &payload) const
    {
        printFeatures("last hidden state", payload.lastHiddenState);
        printFeatures("pooled", payload.pooled);
        if (payload.texts.size() > 1)
            for (const engine::TextPooling pooling : engine::allTextPoolings())
                printSimilarities(payload, pooling);
    }

    void operator()(const engine::EmbeddingResult &payload) const
    {
        printFeatures("vector", payload.vector);
        if (!payload.passages.empty())
            printFound(payload.passages);
        if (payload.reading)
            (*this)(*payload.reading);
    }

    void operator()(const engine::ReadingResult &payload) const
    {
        if (!payload.spans.empty())
            out << trimmed(payload.spans.front().text) << '\n';
        Table table({Align::Right, Align::Right, Align::Right, Align::Left, Align::Left});
        table.head({"relevance", "score", "passage", "title", "answer"});
        for (const engine::ReadSpan &span : payload.spans)
            table.row({number(span.relevance, 3), number(span.score, 3), std::to_string(span.passage + 1),
                       payload.passages[span.passage].found.passage.title, trimmed(span.text)});
        table.print(out, "  ");
    }

    void operator()(const engine::RagResult &payload) const
    {
        (*this)(payload.generation);
        std::vector<engine::FoundPassage> found;
        for (const engine::ReadDocument &document : payload.documents)
            found.push_back(document.found);
        printFound(found);
        printShares(payload);
        for (const engine::SequenceCandidate &candidate : payload.candidates)
            out << "  loss " << number(candidate.loss, 3) << "  " << candidate.text << '\n';
    }

private:
    void printFound(const std::vector<engine::FoundPassage> &passages) const
    {
        Table table({Align::Right, Align::Right, Align::Right, Align::Left, Align::Left});
        table.head({"probability", "score", "id", "title", "text"});
        for (const engine::FoundPassage &found : passages)
            table.row({percent(found.probability), number(found.score, 3), std::to_string(found.id),
                       found.passage.title, shortened(found.passage.text)});
        table.print(out, "  ");
    }

    // Which document voted for which token.
    void printShares(const engine::RagResult &payload) const
    {
        const auto documents = payload.documents.size();
        std::vector<Align> columns(documents + 1, Align::Right);
        columns.front() = Align::Left;
        Table table(columns);
        std::vector<std::string> head{"token"};
        for (const engine::ReadDocument &document : payload.documents)
            head.push_back(document.found.passage.title);
        table.head(head);
        const auto shares = payload.shares.floats();
        for (std::size_t i = 0; i < payload.generation.steps.size(); ++i) {
            std::vector<std::string> cells{payload.generation.steps[i].text};
            for (std::size_t d = 0; d < documents; ++d)
                cells.push_back(percent(static_cast<double>(shares[i * documents + d])));
            table.row(cells);
        }
        table.print(out, "  ");
    }

    [[nodiscard]] std::string shownToken(std::size_t index) const
    {
        return index < result.encoding.tokens.size() ? result.encoding.tokens[index] : std::string();
    }

    void printScores(const std::vector<engine::ScoredLabel> &scores) const
    {
        Table table({Align::Right, Align::Left, Align::Right});
        table.head({"probability", "label", "logit"});
        for (const engine::ScoredLabel &score : scores)
            table.row({percent(score.probability), score.label, number(score.logit, 3)});
        table.print(out, "  ");
    }

    void printSimilarities(const engine::FeatureResult &payload, engine::TextPooling pooling) const
    {
        const engine::Tensor cosines = similarities(payload, pooling);
        if (cosines.isNull())
            return;
        out << "similarity, " << engine::id(pooling) << '\n';
        Table table(std::vector<Align>(payload.texts.size() + 1, Align::Right));
        for (std::size_t row = 0; row < payload.texts.size(); ++row) {
            std::vector<std::string> cells{std::to_string(row + 1)};
            for (std::size_t column = 0; column < payload.texts.size(); ++column)
                cells.push_back(number(cosines.floats()[row * payload.texts.size() + column], 3));
            table.row(cells);
        }
        table.print(out, "  ");
    }

    void printFeatures(std::string_view what, const engine::Tensor &tensor) const
    {
        if (tensor.isNull())
            return;
        const auto values = tensor.floats();
        double squares = 0.0;
        for (const float value : values)
            squares += static_cast<double>(value) * static_cast<double>(value);
        out << what << ' ' << tensor.shape().text() << ", norm " << number(std::sqrt(squares), 4) << '\n' << ' ';
        for (std::size_t i = 0; i < std::min(values.size(), kShownFeatures); ++i)
            out << ' ' << number(values[i], 4);
        out << (values.size() > kShownFeatures ? " \u2026\n" : "\n");
    }
};

} // namespace

void printResult(const engine::TaskRequest &request, const engine::TaskResult &result, std::ostream &out)
{
    std::visit(Printer{.request = request, .result = result, .out = out}, result.payload);
}

} // namespace app::cli
