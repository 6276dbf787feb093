// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/probabilities.h"

#include "ui/paint/matrix.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ui {

namespace {

constexpr std::size_t kTop = 10;

class Words {
    Q_DECLARE_TR_FUNCTIONS(Probabilities)
};

QString tokenText(const LoadedModelPtr &model, std::int64_t id)
{
    return model && model->hasTokenizer() ? chipText(fromUtf8(model->tokenizer().writer().display(id)))
                                          : QString::number(id);
}

QString tokenAt(const engine::TaskResult &result, std::size_t index)
{
    return index < result.display.size() ? chipText(fromUtf8(result.display[index])) : QString::number(index);
}

bool isUsable(const engine::Tensor &logits)
{
    return !logits.isNull() && logits.rank() == 2 && logits.dtype() == engine::DType::F32 && logits.elements() > 0;
}

void addRow(Probabilities &made, ValueRow row)
{
    made.values.push_back(row.value);
    row.number = probabilityText(row.value);
    made.rows.push_back(std::move(row));
}

struct LogitRow {
    std::span<const float> logits;
    std::optional<std::int64_t> actual; // the token that stands there
    std::span<const std::int64_t> prior;
};

// The engine ranks; the picture adds what the whole row says.
void addDistribution(Probabilities &made, const LoadedModelPtr &model, const LogitRow &row)
{
    const auto candidates = engine::rankNextTokens(row.logits, row.prior, engine::GenerationOptions{}, kTop);
    for (const engine::Candidate &candidate : candidates)
        addRow(made, {.label = model && model->hasTokenizer() ? tokenText(model, candidate.id)
                                                              : chipText(fromUtf8(candidate.token)),
                      .value = candidate.rawProbability,
                      .note = Words::tr("id %1").arg(candidate.id),
                      .isSelected = row.actual == candidate.id});
    QStringList parts{Words::tr("entropy %1 bit").arg(softmaxEntropyBits(row.logits), 0, 'f', 2)};
    if (row.actual && *row.actual >= 0 && static_cast<std::size_t>(*row.actual) < row.logits.size()) {
        const double probability = softmaxProbability(row.logits, static_cast<std::size_t>(*row.actual));
        parts << Words::tr("surprisal of “%1” %2 bit")
                     .arg(tokenText(model, *row.actual))
                     .arg(surprisalBits(probability), 0, 'f', 2);
    }
    made.hint = parts.join(QStringLiteral(" · "));
    const double shown = std::accumulate(made.values.begin(), made.values.end(), 0.0);
    made.note =
        Words::tr("%1 of %2 tokens, %3 of the probability")
            .arg(made.rows.size())
            .arg(groupedText(static_cast<std::int64_t>(row.logits.size())), probabilityText(std::min(1.0, shown)));
}

std::span<const float> rowOf(const engine::Tensor &logits, std::int64_t row)
{
    const auto columns = static_cast<std::size_t>(logits.size(1));
    return logits.floats().subspan(static_cast<std::size_t>(row) * columns, columns);
}

struct Maker {
    const LoadedModelPtr &model;
    const engine::TaskResult &result;
    std::optional<std::int64_t> token;

    Probabilities operator()(const std::monostate &) const { return {}; }

    Probabilities operator()(const engine::FeatureResult &) const
    {
        Probabilities made;
        made.note = Words::tr("This task gives vectors, not probabilities.");
        return made;
    }

    Probabilities operator()(const engine::EmbeddingResult &) const { return (*this)(engine::FeatureResult{}); }

    Probabilities operator()(const engine::ReadingResult &reading) const
    {
        Probabilities made;
        made.title = Words::tr("Answers, by start + end logit");
        double total = 0.0;
        for (const engine::ReadSpan &span : reading.spans)
            total += std::exp(span.score);
        for (const engine::ReadSpan &span : reading.spans)
            addRow(made, {.label = fromUtf8(span.text),
                          .value = std::exp(span.score) / total,
                          .note = Words::tr("passage %1, score %2").arg(span.passage + 1).arg(span.score, 0, 'f', 2)});
        return made;
    }

    Probabilities operator()(const engine::RagResult &rag) const { return (*this)(rag.generation); }

    Probabilities operator()(const engine::FillMaskResult &fill) const
    {
        Probabilities made;
        if (!isUsable(fill.logits))
            return made;
        std::int64_t at =
            token.value_or(fill.masks.empty() ? 0 : static_cast<std::int64_t>(fill.masks.front().position));
        at = std::clamp<std::int64_t>(at, 0, fill.logits.size(0) - 1);
        const auto index = static_cast<std::size_t>(at);
        made.title = Words::tr("In place of token %1, %2").arg(at).arg(tokenAt(result, index));
        const bool isMask = std::any_of(fill.masks.begin(), fill.masks.end(),
                                        [index](const engine::FilledMask &mask) { return mask.position == index; });
        LogitRow row{rowOf(fill.logits, at), {}, {}};
        if (!isMask && index < result.encoding.size())
            row.actual = result.encoding.ids[index];
        addDistribution(made, model, row);
        return made;
    }

    Probabilities operator()(const engine::GenerationResult &generation) const
    {
        Probabilities made;
        if (!isUsable(generation.logits))
            return made;
        const std::size_t end = generation.firstLogits + static_cast<std::size_t>(generation.logits.size(0));
        // The first token was predicted by nobody, and of a long text the last places alone are kept.
        const auto asked = static_cast<std::size_t>(std::max<std::int64_t>(0, token.value_or(0)));
        const std::size_t next = generation.logitsFor(asked).empty() ? end : asked;
        LogitRow logits{generation.logitsFor(next), {}, {}};
        if (!generation.hypotheses.empty()) {
            const auto &ids = generation.hypotheses.front().ids;
            logits.prior = std::span(ids).first(std::min(next, ids.size()));
            if (next < ids.size())
                logits.actual = ids[next];
        }
        made.title = Words::tr("After token %1, %2").arg(next - 1).arg(tokenAt(result, next - 1));
        addDistribution(made, model, logits);
        return made;
    }

    Probabilities operator()(const engine::ClassificationResult &classes) const
    {
        return labels(classes.scores, Words::tr("Labels"),
                      classes.activation == "sigmoid" ? Words::tr("sigmoid: several may hold") : QString());
    }

    Probabilities operator()(const engine::ImageAndTextResult &both) const { return (*this)(both.labels); }

    Probabilities operator()(const engine::ChoiceResult &choices) const
    {
        return labels(choices.scores, Words::tr("Choices"), {});
    }

    Probabilities operator()(const engine::TokenClassificationResult &tags) const
    {
        if (tags.tokens.empty())
            return {};
        const std::int64_t last = static_cast<std::int64_t>(tags.tokens.size()) - 1;
        const auto at = static_cast<std::size_t>(std::clamp<std::int64_t>(token.value_or(1), 0, last));
        return labels(tags.tokens[at].scores, Words::tr("Labels of token %1, %2").arg(at).arg(tokenAt(result, at)), {});
    }

    Probabilities operator()(const engine::ReplacedTokensResult &replaced) const
    {
        Probabilities made;
        made.title = Words::tr("Was another token here?");
        made.hint = Words::tr("sigmoid: every token by itself");
        for (const engine::ReplacedToken &one : replaced.tokens)
            addRow(made, {.label = tokenAt(result, one.token),
                          .value = one.probability,
                          .note = Words::tr("logit %1").arg(static_cast<double>(one.logit), 0, 'f', 2)});
        return made;
    }

    Probabilities operator()(const engine::AnswerResult &answer) const
    {
        Probabilities made;
        made.title = Words::tr("Where the answer starts and ends");
        const auto add = [&](const std::vector<double> &curve, const QString &side) {
            std::vector<std::size_t> order(curve.size());
            std::iota(order.begin(), order.end(), std::size_t{0});
            const std::size_t most = std::min<std::size_t>(5, order.size());
            std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most), order.end(),
                              [&curve](std::size_t a, std::size_t b) { return curve[a] > curve[b]; });
            for (std::size_t i = 0; i < most; ++i)
                addRow(made,
                       {.label = tokenAt(result, order[i]), .value = curve[order[i]], .note = side.arg(order[i])});
        };
        add(answer.startProbabilities, Words::tr("start, token %1"));
        add(answer.endProbabilities, Words::tr("end, token %1"));
        return made;
    }

    Probabilities labels(const std::vector<engine::ScoredLabel> &scores, const QString &title,
                         const QString &hint) const
    {
        Probabilities made;
        made.title = title;
        double bits = 0.0;
        for (const engine::ScoredLabel &score : scores) {
            addRow(made, {.label = fromUtf8(score.label),
                          .value = score.probability,
                          .note = Words::tr("logit %1").arg(static_cast<double>(score.logit), 0, 'f', 2)});
            if (score.probability > 0.0)
                bits -= score.probability * std::log2(score.probability);
        }
        made.hint = hint.isEmpty() ? Words::tr("entropy %1 bit").arg(bits, 0, 'f', 2) : hint;
        return made;
    }
};

} // namespace

Probabilities probabilitiesAt(const LoadedModelPtr &model, const TaskResultPtr &result,
                              std::optional<std::int64_t> token)
{
    if (!result)
        return {};
    return std::visit(Maker{model, *result, token}, result->payload);
}

} // namespace ui
