// SPDX-License-Identifier: GPL-3.0-or-later
// The answer of another checkpoint beside this one's, as a teacher's beside its student's: probabilities, and how far
// hidden states point the same way. "teacher"
#pragma once

#include "ui/mechanisms/mechanism_view.h"

#include <stop_token>
#include <vector>

namespace ui {

struct TeacherWord {
    std::int64_t id = 0;
    double student = 0.0; // probability
    double teacher = 0.0;
};
struct TeacherMask { // one masked place
    std::int64_t position = 0;
    std::vector<TeacherWord> words; // the best of either, the teacher's order
    double divergenceBits = 0.0;    // Kullback–Leibler, teacher against student
};
struct TeacherLayer {
    int student = 0; // hidden states, 0 = embeddings
    int teacher = 0;
    double cosine = 0.0; // mean over the tokens
};
struct TeacherComparison {
    QString teacher;
    QString problem; // why there is nothing to compare, in words; empty: there is
    std::vector<TeacherMask> masks;
    std::vector<TeacherLayer> layers; // empty: vectors of another width
};
[[nodiscard]] TeacherComparison compareWithTeacher(const engine::TaskResult &student,
                                                   const engine::TaskResult &teacher);

class TeacherView final : public MechanismView {
    Q_OBJECT
public:
    explicit TeacherView(SelectionModel &selection, QWidget *parent = nullptr);
    ~TeacherView() override;
    [[nodiscard]] QString viewId() const override { return QStringLiteral("teacher"); }
    void setModels(const std::vector<engine::FoundModel> &models) override;
    // Runs the shown text on that checkpoint, away from the window's thread.
    void compareWith(const QString &directory);

signals:
    void compared();
    void teacherAsked(const QString &directory) const;
    void folderAsked() const;

protected:
    [[nodiscard]] bool read() override;
    void lay(Column &column) const override;
    [[nodiscard]] NumberTable numbers() const override;
    [[nodiscard]] StripText usualText() const override;

private:
    void layMask(Column &column, const TeacherMask &mask) const;
    void layLayers(Column &column) const;
    void chooseFolder();
    [[nodiscard]] QString wordOf(std::int64_t id) const;

    std::vector<engine::FoundModel> m_models;
    TeacherComparison m_comparison;
    QString m_running; // the directory that is being read; empty: none
    std::stop_source m_stop;
};

} // namespace ui
