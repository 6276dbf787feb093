// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/teacher_view.h"

#include "ui/paint/matrix.h"

#include "engine/error.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QPointer>
#include <QThreadPool>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ui {

namespace {

constexpr std::size_t kWordsOfEach = 4;
constexpr std::size_t kMostOffered = 8;

std::vector<double> softmaxOf(std::span<const float> logits)
{
    const double largest = *std::ranges::max_element(logits);
    std::vector<double> probabilities;
    probabilities.reserve(logits.size());
    double sum = 0.0;
    for (const float logit : logits)
        sum += probabilities.emplace_back(std::exp(static_cast<double>(logit) - largest));
    for (double &probability : probabilities)
        probability /= sum;
    return probabilities;
}

std::vector<std::size_t> bestOf(const std::vector<double> &probabilities)
{
    std::vector<std::size_t> ids(probabilities.size());
    std::iota(ids.begin(), ids.end(), std::size_t{0});
    const std::size_t count = std::min(kWordsOfEach, ids.size());
    std::ranges::partial_sort(ids, ids.begin() + static_cast<std::ptrdiff_t>(count), std::greater<>(),
                              [&](std::size_t id) { return probabilities[id]; });
    ids.resize(count);
    return ids;
}

bool fillsMasks(const std::string &familyId)
{
    const auto families = engine::families();
    return std::ranges::any_of(families, [&](const engine::FamilyInfo &family) {
        return family.id == familyId &&
               std::ranges::find(family.tasks, engine::TaskKind::FillMask) != family.tasks.end();
    });
}

TeacherMask compareMask(std::int64_t position, const std::vector<double> &student, const std::vector<double> &teacher)
{
    TeacherMask mask{.position = position, .words = {}};
    std::vector<std::size_t> ids = bestOf(teacher);
    for (const std::size_t id : bestOf(student))
        if (std::ranges::find(ids, id) == ids.end())
            ids.push_back(id);
    for (const std::size_t id : ids)
        mask.words.push_back({.id = static_cast<std::int64_t>(id), .student = student[id], .teacher = teacher[id]});
    for (std::size_t id = 0; id < teacher.size(); ++id)
        if (teacher[id] > 0.0)
            mask.divergenceBits += teacher[id] * std::log2(teacher[id] / std::max(student[id], 1e-300));
    return mask;
}

// States of the student beside those of the teacher at the same share of the way.
std::vector<TeacherLayer> compareLayers(const engine::Trace &student, const engine::Trace &teacher)
{
    std::vector<TeacherLayer> layers;
    const auto &own = student.hiddenStates;
    const auto &others = teacher.hiddenStates;
    if (own.size() < 2 || others.size() < 2 || own.front().tensor.shape() != others.front().tensor.shape())
        return layers;
    for (std::size_t i = 0; i < own.size(); ++i) {
        const std::size_t at = (i * (others.size() - 1) + (own.size() - 1) / 2) / (own.size() - 1);
        if (own[i].tensor.shape() != others[at].tensor.shape())
            return {};
        const auto tokens = static_cast<std::size_t>(own[i].tensor.size(1));
        const auto width = static_cast<std::size_t>(own[i].tensor.size(2));
        double sum = 0.0;
        for (std::size_t token = 0; token < tokens; ++token)
            sum += cosine(own[i].tensor.floats().subspan(token * width, width),
                          others[at].tensor.floats().subspan(token * width, width));
        layers.push_back({.student = static_cast<int>(i),
                          .teacher = static_cast<int>(at),
                          .cosine = sum / static_cast<double>(tokens)});
    }
    return layers;
}

} // namespace

TeacherComparison compareWithTeacher(const engine::TaskResult &student, const engine::TaskResult &teacher)
{
    TeacherComparison comparison;
    const auto *own = std::get_if<engine::FillMaskResult>(&student.payload);
    const auto *other = std::get_if<engine::FillMaskResult>(&teacher.payload);
    if (own == nullptr || other == nullptr || student.encoding.ids != teacher.encoding.ids ||
        own->logits.shape() != other->logits.shape()) {
        comparison.problem = TeacherView::tr(
            "The other checkpoint cuts this text into other tokens: the two cannot be compared word by word.");
        return comparison;
    }
    const auto vocabulary = static_cast<std::size_t>(own->logits.size(1));
    for (const engine::FilledMask &mask : own->masks) {
        const auto row = [&](const engine::Tensor &logits) {
            return softmaxOf(logits.floats().subspan(mask.position * vocabulary, vocabulary));
        };
        comparison.masks.push_back(
            compareMask(static_cast<std::int64_t>(mask.position), row(own->logits), row(other->logits)));
    }
    comparison.layers = compareLayers(*student.trace, *teacher.trace);
    return comparison;
}

TeacherView::TeacherView(SelectionModel &selectionModel, QWidget *parent) : MechanismView(selectionModel, parent)
{
    setWindowTitle(tr("Teacher and student"));
    setAccessibleName(tr("Another checkpoint's answer beside this one's"));
    connect(this, &TeacherView::teacherAsked, this, &TeacherView::compareWith);
    connect(this, &TeacherView::folderAsked, this, &TeacherView::chooseFolder);
}

TeacherView::~TeacherView()
{
    m_stop.request_stop();
}

void TeacherView::setModels(const std::vector<engine::FoundModel> &models)
{
    m_models = models;
    if (hasSubject())
        relayout();
}

bool TeacherView::read()
{
    m_stop.request_stop();
    m_running.clear();
    m_comparison = {};
    const auto *filled = std::get_if<engine::FillMaskResult>(&result()->payload);
    return filled != nullptr && !filled->masks.empty() && !filled->logits.isNull();
}

void TeacherView::chooseFolder()
{
    auto *dialog = new QFileDialog(this, tr("Choose the teacher's folder"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, this, &TeacherView::compareWith);
    dialog->open();
}

void TeacherView::compareWith(const QString &directory)
{
    if (!hasSubject())
        return;
    m_stop.request_stop();
    m_stop = {};
    m_running = directory;
    relayout();
    // The window's engine keeps its model; the teacher comes and goes on a thread of the pool.
    QThreadPool::globalInstance()->start(
        [self = QPointer<TeacherView>(this), student = result(), token = m_stop.get_token(), directory] {
            TeacherComparison comparison;
            try {
                const engine::RunControl control{.stopToken = token};
                const auto teacher = engine::openModel(directory.toStdString(), {}, control);
                const engine::TaskRequest request{
                    .task = engine::TaskKind::FillMask, .text = student->text, .trace = {.wantsHiddenStates = true}};
                comparison = compareWithTeacher(*student, engine::runTask(*teacher, request, control));
            } catch (const engine::Cancelled &) {
                return;
            } catch (const std::exception &error) {
                comparison.problem = QString::fromUtf8(error.what());
            }
            comparison.teacher = QFileInfo(directory).fileName();
            QMetaObject::invokeMethod(qApp, [self, student, comparison] {
                if (self == nullptr || self->result() != student)
                    return; // another run is shown by now
                self->m_comparison = comparison;
                self->m_running.clear();
                self->relayout();
                emit self->compared();
            });
        });
}

QString TeacherView::wordOf(std::int64_t id) const
{
    try {
        if (loadedModel()->hasTokenizer())
            return chipText(fromUtf8(loadedModel()->tokenizer().display(id)));
    } catch (const engine::Error &) { // the output has more rows than the vocabulary has words
    }
    return QStringLiteral("#%1").arg(id);
}

void TeacherView::lay(Column &column) const
{
    column.heading(windowTitle(), m_comparison.teacher);
    column.paragraph(tr(
        "A distilled model is trained to say what its teacher says, with what probability it says it, and to keep its "
        "hidden states pointing the same way. Choose a teacher with the same vocabulary; it reads the same text."));
    std::vector<Pill> pills;
    for (const engine::FoundModel &model : m_models) {
        const QString directory = QString::fromStdString(model.directory.string());
        if (!model.problem.empty() || !fillsMasks(model.familyId) ||
            model.directory == loadedModel()->info().directory || pills.size() == kMostOffered)
            continue;
        pills.push_back({.text = QString::fromStdString(model.name),
                         .isChosen = directory == m_running,
                         .says = {QString::fromStdString(model.name), directory},
                         .act = [this, directory] { emit teacherAsked(directory); }});
    }
    pills.push_back({.text = tr("Choose a folder…"),
                     .says = {tr("Another checkpoint"), tr("from a folder on this machine.")},
                     .act = [this] { emit folderAsked(); }});
    column.pills(std::move(pills));
    strip(column);
    column.gap(12.0);
    for (const TeacherMask &mask : m_comparison.masks)
        layMask(column, mask);
    if (!m_comparison.layers.empty())
        layLayers(column);
    column.gap();
}

void TeacherView::layMask(Column &column, const TeacherMask &mask) const
{
    column.heading(tr("Place %1").arg(mask.position),
                   tr("the teacher above, the student below; divergence %1 bits").arg(mask.divergenceBits, 0, 'f', 2));
    std::vector<ValueRow> rows;
    for (const TeacherWord &word : mask.words) {
        rows.push_back({.label = wordOf(word.id),
                        .value = word.teacher,
                        .number = probabilityText(word.teacher),
                        .note = tr("teacher")});
        rows.push_back({.label = QString(),
                        .value = word.student,
                        .number = probabilityText(word.student),
                        .note = tr("student"),
                        .isDimmed = true});
    }
    column.bars(rows, {.largest = 1.0});
    column.gap(12.0);
}

void TeacherView::layLayers(Column &column) const
{
    column.heading(tr("Hidden states"), tr("cosine, mean over the tokens"));
    std::vector<ValueRow> rows;
    for (const TeacherLayer &layer : m_comparison.layers)
        rows.push_back(
            {.label = layer.student == 0 ? tr("embeddings") : tr("layer %1").arg(layer.student),
             .value = std::max(0.0, layer.cosine),
             .number = signedText(layer.cosine),
             .note = layer.teacher == 0 ? tr("teacher's embeddings") : tr("teacher's layer %1").arg(layer.teacher)});
    column.bars(rows, {.largest = 1.0});
}

StripText TeacherView::usualText() const
{
    if (!m_running.isEmpty())
        return {QFileInfo(m_running).fileName(), tr("is being read and run …")};
    if (!m_comparison.problem.isEmpty())
        return {tr("No comparison"), m_comparison.problem};
    if (m_comparison.masks.empty())
        return {tr("No teacher yet"), tr("click one above.")};
    double sum = 0.0;
    for (const TeacherMask &mask : m_comparison.masks)
        sum += mask.divergenceBits;
    return {tr("%1 bits").arg(sum / static_cast<double>(m_comparison.masks.size()), 0, 'f', 2),
            tr("is how much the student's distribution still differs from the teacher's (Kullback–Leibler; 0 is the "
               "same).")};
}

NumberTable TeacherView::numbers() const
{
    NumberTable table{{"position", "token_id", "token", "student", "teacher"}, {}};
    for (const TeacherMask &mask : m_comparison.masks)
        for (const TeacherWord &word : mask.words)
            table.rows.push_back({static_cast<qlonglong>(mask.position), static_cast<qlonglong>(word.id),
                                  wordOf(word.id), word.student, word.teacher});
    return table;
}

} // namespace ui
