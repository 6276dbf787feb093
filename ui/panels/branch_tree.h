// SPDX-License-Identifier: GPL-3.0-or-later
// The runs of a generation as a tree: a branch hangs under the run that it left.
#pragma once

#include <QString>
#include <QWidget>

#include <vector>

namespace ui {

struct Branch {
    int parent = -1;    // −1: a run of its own
    QString chosen = {}; // the token that was clicked, or the end of the prompt
    QString rest = {};   // what the model wrote after it
    QString note = {};   // small, at the right: "0.9 bit a token"
};

struct BranchLine {
    int branch = 0;
    int depth = 0;
    int parentLine = -1; // of the line above that it hangs on
};
// Depth first, children in the order in which they were made; a function of its argument.
[[nodiscard]] std::vector<BranchLine> orderBranches(const std::vector<Branch> &branches);

class BranchTree : public QWidget {
    Q_OBJECT
public:
    explicit BranchTree(QWidget *parent = nullptr);
    void setBranches(std::vector<Branch> branches, int current);
    void setCompared(int branch); // −1: none
    [[nodiscard]] int current() const noexcept { return m_current; }
    [[nodiscard]] QRect branchRect(int branch) const;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    void chosen(int branch);
    void compareChosen(int branch); // Shift with a click, or with Up and Down

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] int lineHeight() const;
    [[nodiscard]] int lineAt(int y) const;
    [[nodiscard]] int indent(int depth) const;
    [[nodiscard]] bool isOnPath(int branch) const; // from the root to the current one
    void paintLine(QPainter &painter, int line) const;

    std::vector<Branch> m_branches;
    std::vector<BranchLine> m_lines;
    int m_current = -1;
    int m_compared = -1;
};

} // namespace ui
