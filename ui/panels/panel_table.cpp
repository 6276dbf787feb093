// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/panel_table.h"

#include "ui/panels/answer_panel.h"
#include "ui/panels/choice_panel.h"
#include "ui/panels/embedding_panel.h"
#include "ui/panels/feature_panel.h"
#include "ui/panels/fill_mask_panel.h"
#include "ui/panels/generation_panel.h"
#include "ui/panels/image_text_panel.h"
#include "ui/panels/label_panel.h"
#include "ui/panels/rag_panel.h"
#include "ui/panels/reading_panel.h"
#include "ui/panels/replaced_panel.h"
#include "ui/panels/rewriting_panel.h"
#include "ui/panels/tagging_panel.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace ui {

namespace {

using engine::TaskKind;

QString words(const char *text)
{
    return QCoreApplication::translate("ui::panels", text);
}

template <typename Panel> TaskPanel *make(TaskKind task, const PanelContext &context)
{
    return new Panel(task, context);
}

TaskPanel *makeLabels(TaskKind task, const PanelContext &context)
{
    return new LabelPanel(task, context,
                          {.first = words(QT_TRANSLATE_NOOP("ui::panels", "Text")),
                           .second = {},
                           .answer = words(QT_TRANSLATE_NOOP("ui::panels", "This is most likely"))});
}

TaskPanel *makePair(TaskKind task, const PanelContext &context)
{
    return new LabelPanel(task, context,
                          {.first = words(QT_TRANSLATE_NOOP("ui::panels", "First sentence")),
                           .second = words(QT_TRANSLATE_NOOP("ui::panels", "Second sentence")),
                           .answer = words(QT_TRANSLATE_NOOP("ui::panels", "The second sentence is most likely"))});
}

TaskPanel *makeOrder(TaskKind task, const PanelContext &context)
{
    return new LabelPanel(task, context,
                          {.first = words(QT_TRANSLATE_NOOP("ui::panels", "First sentence")),
                           .second = words(QT_TRANSLATE_NOOP("ui::panels", "Second sentence")),
                           .answer = words(QT_TRANSLATE_NOOP("ui::panels", "The sentences are most likely"))});
}

struct Row {
    TaskKind task;
    const char *title;
    TaskPanel *(*factory)(TaskKind, const PanelContext &);
};

constexpr std::array kRows = {
    Row{TaskKind::FillMask, QT_TRANSLATE_NOOP("ui::panels", "Fill mask"), &make<FillMaskPanel>},
    Row{TaskKind::NextSentence, QT_TRANSLATE_NOOP("ui::panels", "Next sentence"), &makePair},
    Row{TaskKind::SentenceOrder, QT_TRANSLATE_NOOP("ui::panels", "Sentence order"), &makeOrder},
    Row{TaskKind::TextClassification, QT_TRANSLATE_NOOP("ui::panels", "Classify"), &makeLabels},
    Row{TaskKind::TokenClassification, QT_TRANSLATE_NOOP("ui::panels", "Tag tokens"), &make<TaggingPanel>},
    Row{TaskKind::ReplacedTokenDetection, QT_TRANSLATE_NOOP("ui::panels", "Spot replaced words"), &make<ReplacedPanel>},
    Row{TaskKind::QuestionAnswering, QT_TRANSLATE_NOOP("ui::panels", "Answer"), &make<AnswerPanel>},
    Row{TaskKind::MultipleChoice, QT_TRANSLATE_NOOP("ui::panels", "Choose"), &make<ChoicePanel>},
    Row{TaskKind::TextGeneration, QT_TRANSLATE_NOOP("ui::panels", "Generate"), &make<GenerationPanel>},
    Row{TaskKind::Text2TextGeneration, QT_TRANSLATE_NOOP("ui::panels", "Rewrite"), &make<RewritingPanel>},
    Row{TaskKind::Translation, QT_TRANSLATE_NOOP("ui::panels", "Translate"), &make<RewritingPanel>},
    Row{TaskKind::Summarization, QT_TRANSLATE_NOOP("ui::panels", "Summarize"), &make<RewritingPanel>},
    Row{TaskKind::MultimodalClassification, QT_TRANSLATE_NOOP("ui::panels", "Picture and text"), &make<ImageTextPanel>},
    Row{TaskKind::QuestionEmbedding, QT_TRANSLATE_NOOP("ui::panels", "Find passages"), &make<QuestionPanel>},
    Row{TaskKind::PassageEmbedding, QT_TRANSLATE_NOOP("ui::panels", "Embed passages"), &make<PassagePanel>},
    Row{TaskKind::Reading, QT_TRANSLATE_NOOP("ui::panels", "Read"), &make<ReadingPanel>},
    Row{TaskKind::RagToken, QT_TRANSLATE_NOOP("ui::panels", "Answer, by token"), &make<RagPanel>},
    Row{TaskKind::RagSequence, QT_TRANSLATE_NOOP("ui::panels", "Answer, by sequence"), &make<RagPanel>},
    Row{TaskKind::FeatureExtraction, QT_TRANSLATE_NOOP("ui::panels", "Vectors"), &make<FeaturePanel>},
};

const Row *find(TaskKind task)
{
    const auto row = std::find_if(kRows.begin(), kRows.end(), [task](const Row &r) { return r.task == task; });
    return row == kRows.end() ? nullptr : &*row;
}

} // namespace

std::vector<TaskKind> orderedTasks(const engine::ModelInfo &info)
{
    std::vector<TaskKind> tasks;
    for (const Row &row : kRows) {
        if (std::find(info.tasks.begin(), info.tasks.end(), row.task) != info.tasks.end())
            tasks.push_back(row.task);
    }
    // What a model was made for comes first: those that read from left to right were made to write.
    if (info.category == engine::Category::Autoregressive)
        std::stable_partition(tasks.begin(), tasks.end(),
                              [](TaskKind task) { return task == TaskKind::TextGeneration; });
    return tasks;
}

QString taskTitle(TaskKind task)
{
    const Row *row = find(task);
    const std::string_view id = engine::id(task);
    return row != nullptr ? words(row->title) : QString::fromUtf8(id.data(), static_cast<qsizetype>(id.size()));
}

bool hasPanel(TaskKind task)
{
    return find(task) != nullptr;
}

TaskPanel *makePanel(TaskKind task, const PanelContext &context)
{
    const Row *row = find(task);
    return row == nullptr ? nullptr : row->factory(task, context);
}

} // namespace ui
