// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/rows.h"

#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace ui {

std::vector<BarRow> hypothesisRows(const std::vector<engine::Hypothesis> &hypotheses)
{
    std::vector<BarRow> rows;
    for (const engine::Hypothesis &hypothesis : hypotheses) {
        const QString text = fromUtf8(hypothesis.newText).simplified();
        BarRow row{.label = text,
                   .number = QString::number(hypothesis.score, 'f', 3).replace(QLatin1Char('-'), QChar(0x2212)),
                   .share = std::exp(hypothesis.score - hypotheses.front().score)};
        row.isStrong = rows.empty();
        row.tip = text;
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<BarRow> labelRows(const std::vector<engine::ScoredLabel> &scores)
{
    std::vector<engine::ScoredLabel> sorted = scores;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto &a, const auto &b) { return a.probability > b.probability; });
    std::vector<BarRow> rows;
    for (const engine::ScoredLabel &score : sorted) {
        BarRow row{.label = fromUtf8(score.label), .number = probabilityText(score.probability), .share = score.probability};
        row.isStrong = rows.empty();
        row.tip = QCoreApplication::translate("ui::rows", "logit %1").arg(static_cast<double>(score.logit), 0, 'f', 3);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<BarRow> differenceRows(std::vector<NamedValue> values, std::size_t most)
{
    constexpr double kLeast = 0.0005;
    const auto change = [](const NamedValue &value) { return value.after - value.before; };
    std::erase_if(values, [&](const NamedValue &value) { return std::abs(change(value)) < kLeast; });
    std::stable_sort(values.begin(), values.end(), [&](const NamedValue &a, const NamedValue &b) {
        return std::abs(change(a)) > std::abs(change(b));
    });
    if (values.size() > most)
        values.resize(most);
    const Theme &theme = Theme::current();
    std::vector<BarRow> rows;
    for (const NamedValue &value : values) {
        const double by = change(value);
        BarRow row{.label = value.name, .number = signedText(by), .share = std::abs(by)};
        row.colour = by < 0.0 ? theme.negative : theme.positive;
        row.tip = QStringLiteral("%1 → %2").arg(probabilityText(value.before), probabilityText(value.after));
        rows.push_back(std::move(row));
    }
    return rows;
}

QColor weightColour(double share)
{
    const Theme &theme = Theme::current();
    const auto mix = [share](int from, int to) {
        return static_cast<int>(std::lround(from + 0.8 * share * (to - from)));
    };
    return {mix(theme.chip.red(), theme.accent.red()), mix(theme.chip.green(), theme.accent.green()),
            mix(theme.chip.blue(), theme.accent.blue())};
}

double probabilityAt(const engine::Tensor &logits, std::int64_t row, std::int64_t id)
{
    if (logits.isNull() || logits.rank() != 2 || row < 0 || row >= logits.size(0) || id < 0 || id >= logits.size(1))
        return 0.0;
    const auto width = static_cast<std::size_t>(logits.size(1));
    const auto values = logits.floats().subspan(static_cast<std::size_t>(row) * width, width);
    const float top = *std::max_element(values.begin(), values.end());
    double sum = 0.0;
    for (const float value : values)
        sum += std::exp(static_cast<double>(value - top));
    return std::exp(static_cast<double>(values[static_cast<std::size_t>(id)] - top)) / sum;
}

QString answerHint(double probability, double elapsedMs)
{
    return QCoreApplication::translate("ui::rows", "p = %1 · surprisal %2 bit · %3")
        .arg(probabilityText(probability))
        .arg(surprisalBits(probability), 0, 'f', 2)
        .arg(millisecondsText(elapsedMs));
}

} // namespace ui
