// SPDX-License-Identifier: GPL-3.0-or-later
// Passages that were found or read, each with the answers lit in it.
#pragma once

#include "engine/retrieval.h"

#include <QWidget>

#include <vector>

class QVBoxLayout;

namespace ui {

class FoundPassages : public QWidget {
    Q_OBJECT
public:
    explicit FoundPassages(QWidget *parent = nullptr);

    void showFound(const std::vector<engine::FoundPassage> &passages);
    void showRead(const engine::ReadingResult &reading); // the most relevant passage first

private:
    struct Entry {
        const engine::FoundPassage &found;
        QString hint;
        std::vector<const engine::ReadSpan *> spans;
    };
    void setEntries(const std::vector<Entry> &entries);
    QVBoxLayout *m_column;
};

} // namespace ui
