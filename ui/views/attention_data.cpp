// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/attention_data.h"

#include "ui/paint/text.h"
#include "ui/state/results.h"

#include <QCoreApplication>

#include <algorithm>
#include <cstdlib>

namespace ui {

namespace {

QString words(const char *text)
{
    return QCoreApplication::translate("ui::View", text);
}

bool isUsable(const engine::AttentionRecord &record)
{
    if (const engine::DenseAttention *dense = record.dense())
        return !dense->weights.isNull() && dense->weights.rank() == 4 && dense->weights.dtype() == engine::DType::F32 &&
               dense->weights.elements() > 0;
    return record.queries() > 0 && record.keys() > 0;
}

} // namespace

Matrix ChosenAttention::matrix(int ofHead) const
{
    Matrix matrix{.values = {}, .rows = record->queries(), .columns = record->keys()};
    if (const engine::DenseAttention *dense = record->dense()) {
        const auto cells = static_cast<std::size_t>(matrix.rows * matrix.columns);
        const auto first = static_cast<std::size_t>(row * record->heads() + ofHead) * cells;
        matrix.values = dense->weights.floats().subspan(first, cells);
    } else {
        matrix.fillRow = [of = record, batch = row, ofHead](std::int64_t query, std::span<float> out) {
            of->fillRow({.batch = batch, .head = ofHead, .query = query}, out);
        };
    }
    return matrix;
}

std::int64_t ChosenAttention::queryOffset() const
{
    for (const engine::MaskTerm &term : record->mask.terms)
        if (term.rule.kind() == engine::MaskKind::Causal)
            return term.rule.queryOffset();
    return 0;
}

std::vector<QString> ChosenAttention::labels(const LoadedModelPtr &model, const TaskResultPtr &result,
                                             AttentionAxis axis) const
{
    const std::int64_t count = axis == AttentionAxis::Queries ? record->queries() : record->keys();
    return tokenLabels(model, result, {.stack = record->stack, .axis = axis, .row = row, .count = count});
}

std::vector<engine::Stack> stacksOf(const TaskResultPtr &result)
{
    std::vector<engine::Stack> stacks;
    if (result && result->trace)
        for (const engine::AttentionRecord &record : result->trace->attentions)
            if (isUsable(record) && std::find(stacks.begin(), stacks.end(), record.stack) == stacks.end())
                stacks.push_back(record.stack);
    return stacks;
}

std::vector<const engine::AttentionRecord *> recordsOfStack(const TaskResultPtr &result, const Selection &selection)
{
    std::vector<const engine::AttentionRecord *> records;
    const auto stacks = stacksOf(result);
    if (stacks.empty())
        return records;
    const bool hasStack = std::find(stacks.begin(), stacks.end(), selection.stack) != stacks.end();
    const engine::Stack stack = hasStack ? selection.stack : stacks.front();
    for (const engine::AttentionRecord &record : result->trace->attentions)
        if (isUsable(record) && record.stack == stack)
            records.push_back(&record);
    return records;
}

ChosenAttention chooseAttention(const TaskResultPtr &result, const Selection &selection)
{
    ChosenAttention chosen;
    for (const engine::AttentionRecord *record : recordsOfStack(result, selection)) {
        const auto distance = [&](const engine::AttentionRecord *of) { return std::abs(of->layer - selection.layer); };
        if (chosen.record == nullptr || distance(record) < distance(chosen.record))
            chosen.record = record;
    }
    if (chosen.record != nullptr) {
        chosen.row = std::clamp<std::int64_t>(selection.row, 0, chosen.record->rows() - 1);
        chosen.head = std::clamp(selection.head, 0, static_cast<int>(chosen.record->heads()) - 1);
    }
    return chosen;
}

QString stackTitle(engine::Stack stack)
{
    switch (stack) {
    case engine::Stack::Encoder:
        return words(QT_TRANSLATE_NOOP("ui::View", "Encoder"));
    case engine::Stack::Decoder:
        return words(QT_TRANSLATE_NOOP("ui::View", "Decoder"));
    case engine::Stack::Cross:
        return words(QT_TRANSLATE_NOOP("ui::View", "Cross"));
    case engine::Stack::Query:
        return words(QT_TRANSLATE_NOOP("ui::View", "Query stream"));
    }
    return {};
}

const engine::Encoding &encodingOf(const engine::TaskResult &result, std::int64_t row)
{
    if (result.decoder && generationIn(result) != nullptr)
        return *result.decoder;
    const auto at = static_cast<std::size_t>(std::max<std::int64_t>(0, row));
    return *engine::attentionAxes(result, engine::Stack::Encoder, at).keys;
}

std::vector<QString> tokenLabels(const LoadedModelPtr &model, const TaskResultPtr &result, const LabelledAxis &axis)
{
    std::vector<QString> labels;
    const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(0, axis.count));
    const auto axes =
        engine::attentionAxes(*result, axis.stack, static_cast<std::size_t>(std::max<std::int64_t>(0, axis.row)));
    const bool areKeys = axis.axis == AttentionAxis::Keys;
    const engine::Encoding &encoding = areKeys ? *axes.keys : *axes.queries;
    const std::vector<std::string> *display = nullptr; // made by the task where it is the result's own
    if (&encoding == &result->encoding)
        display = &result->display;
    else if (result->decoder && &encoding == &*result->decoder)
        display = &result->decoderDisplay;
    labels.reserve(wanted);
    for (std::size_t i = 0; i < wanted; ++i) {
        const auto place = static_cast<std::int64_t>(i);
        const auto token = areKeys ? axes.keyToken(place) : std::optional(i);
        if (!token)
            labels.push_back(fromUtf8(axes.keyName(place)));
        else if (display != nullptr && *token < display->size())
            labels.push_back(chipText(fromUtf8((*display)[*token])));
        else if (*token < encoding.size() && model && model->hasTokenizer())
            labels.push_back(chipText(fromUtf8(model->tokenizer().writer().display(encoding.ids[*token]))));
        else
            labels.push_back(chipText(fromUtf8(axes.queryName(static_cast<std::int64_t>(*token)))));
    }
    return labels;
}

QString droppedText(const TaskResultPtr &result)
{
    if (!result || !result->trace || result->trace->dropped.empty())
        return {};
    QStringList parts;
    constexpr std::size_t kMost = 3;
    const std::size_t count = result->trace->dropped.size();
    for (std::size_t i = 0; i < std::min(count, kMost); ++i)
        parts << QString::fromStdString(result->trace->dropped[i]);
    QString text = words(QT_TRANSLATE_NOOP("ui::View", "Not kept: %1")).arg(parts.join(QStringLiteral("; ")));
    if (count > kMost)
        text += words(QT_TRANSLATE_NOOP("ui::View", "; and %1 more")).arg(count - kMost);
    return text;
}

EmptyWords whyNoResult()
{
    return {words(QT_TRANSLATE_NOOP("ui::View", "Nothing has run yet")),
            words(QT_TRANSLATE_NOOP("ui::View", "Type a text and press Run, or pick an example."))};
}

EmptyWords whyNoAttention(const TaskResultPtr &result)
{
    if (!result)
        return whyNoResult();
    const QString dropped = droppedText(result);
    return {words(QT_TRANSLATE_NOOP("ui::View", "No attention was kept")),
            dropped.isEmpty() ? words(QT_TRANSLATE_NOOP("ui::View", "Run again with attention being recorded."))
                              : dropped + words(QT_TRANSLATE_NOOP("ui::View", " A shorter text fits."))};
}

} // namespace ui
