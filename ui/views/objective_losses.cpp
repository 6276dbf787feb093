// SPDX-License-Identifier: GPL-3.0-or-later
// A student and its teacher: DistilBERT's three losses, in numbers.
#include "ui/views/objective_pictures.h"

#include "ui/state/texts.h"

namespace ui {

namespace {

struct Losses {
    double distillation = 0.0;
    double words = 0.0;
    std::optional<double> cosine;
    double total = 0.0;
};

ObjectiveSection sumSection(const Losses &losses)
{
    constexpr double kDistillation = 5.0; // the weights of the paper's training
    constexpr double kWords = 2.0;
    const auto row = [](const QString &label, double value, double weight) {
        return ValueRow{.label = label,
                        .value = value * weight,
                        .number = QString::number(value * weight, 'f', 4),
                        .note = QStringLiteral("%1 × %2").arg(weight).arg(value, 0, 'f', 4)};
    };
    std::vector<ValueRow> rows{row(ObjectiveWords::tr("same probabilities"), losses.distillation, kDistillation),
                               row(ObjectiveWords::tr("masked words"), losses.words, kWords)};
    if (losses.cosine)
        rows.push_back(row(ObjectiveWords::tr("same direction"), *losses.cosine, 1.0));
    rows.push_back({.label = ObjectiveWords::tr("total"),
                    .value = losses.total,
                    .number = QString::number(losses.total, 'f', 4),
                    .isSelected = true});
    return {.title = ObjectiveWords::tr("Three losses"),
            .hint = ObjectiveWords::tr("weighed and added; 0 would be the teacher itself"),
            .text = ObjectiveWords::tr(
                "Same probabilities: how far the student's softened distributions are from the teacher's. "
                "Masked words: surprise at the words that were hidden. Same direction: 1 − cosine of the "
                "last hidden states."),
            .picture = std::move(rows)};
}

ObjectiveSection tokenSection(const engine::Distillation &distillation)
{
    TokenLanes lanes;
    Lane shown{.title = ObjectiveWords::tr("both read"), .cells = {}};
    Lane teacher{.title = ObjectiveWords::tr("teacher says"), .cells = {}};
    Lane student{.title = ObjectiveWords::tr("student says"), .cells = {}};
    Lane apart{.title = ObjectiveWords::tr("probabilities"), .cells = {}};
    Lane words{.title = ObjectiveWords::tr("masked word"), .cells = {}};
    Lane cosine{.title = ObjectiveWords::tr("1 − cosine"), .cells = {}};
    const auto note = [](const std::optional<double> &value) {
        return value ? std::optional(LaneCell{.text = QString::number(*value, 'f', 2), .tone = LaneTone::Note})
                     : std::nullopt;
    };
    for (const engine::TokenLosses &token : distillation.tokens) {
        LaneCell cell{.text = chipText(fromUtf8(token.shown))};
        cell.tone =
            token.words ? (token.shown == token.original ? LaneTone::Chosen : LaneTone::Masked) : LaneTone::Plain;
        if (token.words)
            cell.why = ObjectiveWords::tr("chosen; the text has “%1”").arg(chipText(fromUtf8(token.original)));
        shown.cells.push_back(std::move(cell));
        teacher.cells.push_back(LaneCell{.text = chipText(fromUtf8(token.teacherWord)), .tone = LaneTone::Asked});
        student.cells.push_back(
            LaneCell{.text = chipText(fromUtf8(token.studentWord)),
                     .tone = token.studentWord == token.teacherWord ? LaneTone::Plain : LaneTone::Changed});
        apart.cells.push_back(note(token.distillation));
        words.cells.push_back(note(token.words));
        cosine.cells.push_back(note(token.cosine));
    }
    lanes.lanes = {std::move(shown), std::move(teacher), std::move(student),
                   std::move(apart), std::move(words),   std::move(cosine)};
    return {.title = ObjectiveWords::tr("Token by token"),
            .hint = ObjectiveWords::tr("coloured where the student disagrees"),
            .picture = std::move(lanes)};
}

} // namespace

ObjectivePicture lossesPicture(const ObjectiveScene &scene)
{
    ObjectivePicture picture;
    if (const auto &measured = scene.answer.distillation) {
        picture.sections.push_back(sumSection({.distillation = measured->distillation,
                                               .words = measured->words,
                                               .cosine = measured->cosine,
                                               .total = measured->total}));
        picture.sections.push_back(tokenSection(*measured));
        picture.summary = {
            ObjectiveWords::tr("Total %1").arg(measured->total, 0, 'f', 4),
            ObjectiveWords::tr("The open model is the student, %1 its teacher; both read the same text with the "
                               "same words hidden.")
                .arg(scene.answer.teacher)};
        if (!measured->cosine)
            picture.summary.text +=
                QLatin1Char(' ') + ObjectiveWords::tr("Their hidden states have different sizes: no cosine.");
        return picture;
    }
    const FieldReader expected(scene.answer.result.cases.front().expected);
    picture.sections.push_back(sumSection({.distillation = expected.real("distillation"),
                                           .words = expected.real("mlm"),
                                           .cosine = expected.real("cosine"),
                                           .total = expected.real("total")}));
    picture.summary = {
        ObjectiveWords::tr("Drawn numbers"),
        ObjectiveWords::tr("Two checkpoints with one vocabulary give real ones: open the student, choose its "
                           "teacher above. Until then the logits and states of both are drawn by the seed.")};
    return picture;
}

} // namespace ui
