// SPDX-License-Identifier: GPL-3.0-or-later
// Passages from files into an index: what to import, where to, and what the index holds.
#pragma once

#include "ui/shell/card.h"
#include "ui/state/engine_client.h"

class QLineEdit;
class QSpinBox;

namespace ui {

class PillButton;

class IndexCard : public Card {
    Q_OBJECT
public:
    explicit IndexCard(QWidget *parent = nullptr);

    void showInfo(const engine::IndexInfo &info);
    [[nodiscard]] IndexJob job(IndexAction action) const;
    void setJob(const IndexJob &job);

signals:
    void requested(const ui::IndexJob &job);

private:
    void build();
    QLineEdit *addPath(const QString &title, const QString &placeholder);
    void lookAgain(); // which buttons make sense for what lies in the folder

    QLineEdit *m_folder;
    QLineEdit *m_passages;
    QSpinBox *m_words;
    QSpinBox *m_overlap;
    PillButton *m_build;
    PillButton *m_resume;
    DimLabel *m_info;
};

} // namespace ui
