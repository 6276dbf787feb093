// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/verdict.h"

#include "ui/panels/panel_table.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"

#include <QCoreApplication>

#include <algorithm>

namespace ui {

namespace {

QString words(const char *text)
{
    return QCoreApplication::translate("ui::verdict", text);
}

} // namespace

QString verdict(const engine::ModelInfo &info)
{
    QStringList parts;
    parts << words("%1 is a %2 checkpoint").arg(fromUtf8(info.name), fromUtf8(info.familyTitle));
    parts << words("%1 parameters, %2").arg(countText(info.parameters), bytesText(info.fileBytes));
    QStringList tasks;
    for (const engine::TaskKind task : info.tasks)
        tasks << taskTitle(task);
    parts << (tasks.isEmpty() ? words("no head for a task") : words("tasks: %1").arg(tasks.join(QStringLiteral(", "))));
    if (info.tokenizerKind.empty())
        parts << words("missing: the tokenizer's files, so it cannot read text");
    if (!info.missingTensors.empty()) {
        const QString first = fromUtf8(info.missingTensors.front());
        parts << words("missing: %1 and %2 more tensors").arg(first).arg(info.missingTensors.size() - 1);
    }
    return parts.join(QStringLiteral(" · "));
}

Selection fitted(const Selection &selection, const TaskResultPtr &result)
{
    Selection next = selection;
    if (!result || !result->trace)
        return next;
    int layers = 0;
    std::int64_t heads = 0;
    for (const engine::AttentionRecord &record : result->trace->attentions) {
        if (record.stack != next.stack)
            continue;
        layers = std::max(layers, record.layer + 1);
        heads = std::max(heads, record.heads());
    }
    if (layers == 0 && !result->trace->attentions.empty()) { // this model has another stack
        next.stack = result->trace->attentions.front().stack;
        next.layer = 0;
        next.head = 0;
        return next;
    }
    next.layer = std::clamp(next.layer, 0, std::max(0, layers - 1));
    next.head = std::clamp(next.head, 0, std::max(0, static_cast<int>(heads) - 1));
    const auto tokens = static_cast<std::int64_t>(result->encoding.size());
    if (next.query && *next.query >= tokens)
        next.query.reset();
    if (next.key && *next.key >= tokens)
        next.key.reset();
    const auto *choices = std::get_if<engine::ChoiceResult>(&result->payload);
    const std::int64_t rows = choices != nullptr ? static_cast<std::int64_t>(choices->scores.size()) : 1;
    next.row = std::clamp<std::int64_t>(next.row, 0, std::max<std::int64_t>(rows - 1, 0));
    return next;
}

} // namespace ui
