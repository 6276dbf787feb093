// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/pipeline_view.h"

#include "ui/views/tables.h"

#include <QHelpEvent>
#include <QToolTip>

#include <cmath>

namespace ui {

PipelineView::PipelineView(SelectionModel &selectionModel, QWidget *parent) : PictureView(selectionModel, parent)
{
    setWindowTitle(tr("Processors"));
    setAccessibleName(tr("What every processor does to the candidates"));
}

void PipelineView::setContents(Contents contents)
{
    const std::size_t rowsBefore = m_table.candidates.size();
    m_contents = std::move(contents);
    m_table = pipelineTable(m_contents.stages, m_contents.names, m_contents.raw);
    QStringList spoken;
    for (const StageColumn &column : m_table.columns)
        spoken << QStringLiteral("%1: %2").arg(column.title, column.note);
    setAccessibleDescription(spoken.join(QStringLiteral(", ")));
    if (rowsBefore == m_table.candidates.size())
        update();
    else
        relayout();
}

PipelineGeometry PipelineView::geometryFor(double width) const
{
    return layoutPipeline(QRectF(0.0, 0.0, width, 0.0), m_table);
}

int PipelineView::pictureHeight(int width) const
{
    return static_cast<int>(std::ceil(geometryFor(width).height()));
}

void PipelineView::paintExport(QPainter &painter, const QSize &size)
{
    paintPipeline(painter, geometryFor(size.width()), m_table);
}

QStringList PipelineView::exportExtensions() const
{
    return PictureView::exportExtensions() << QStringLiteral("csv") << QStringLiteral("json");
}

QString PipelineView::exportNumbers(const QString &file)
{
    NumberTable table{
        {"stage", "processor", "removed", "changed", "left", "token", "id", "before", "after", "is_removed"}, {}};
    for (std::size_t s = 0; s < m_contents.stages.size(); ++s) {
        const engine::RankStage &stage = m_contents.stages[s];
        for (std::size_t i = 0; i < stage.candidates.size(); ++i) {
            const engine::StageCandidate &candidate = stage.candidates[i];
            table.rows.push_back(
                {static_cast<qlonglong>(s + 1), fromUtf8(stage.name), static_cast<qlonglong>(stage.removed),
                 static_cast<qlonglong>(stage.changed), static_cast<qlonglong>(stage.left),
                 i < m_contents.names.size() ? m_contents.names[i] : QString(), static_cast<qlonglong>(candidate.id),
                 candidate.before, candidate.after, candidate.isRemoved ? 1 : 0});
        }
    }
    return writeTable(file, table);
}

bool PipelineView::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return PictureView::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const PipelineGeometry geometry = geometryFor(width());
    for (std::size_t column = 1; column < m_table.columns.size(); ++column) {
        if (!geometry.headRect(column).contains(help->pos()))
            continue;
        const engine::RankStage &stage = m_contents.stages[column - 1];
        QToolTip::showText(help->globalPos(),
                           tr("%1: removed %2 tokens, moved the scores of %3, left %4")
                               .arg(fromUtf8(stage.name), groupedText(stage.removed), groupedText(stage.changed),
                                    groupedText(stage.left)),
                           this);
        return true;
    }
    QToolTip::hideText();
    return true;
}

} // namespace ui
