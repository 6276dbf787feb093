// SPDX-License-Identifier: GPL-3.0-or-later
// Which document voted for which word: a row a token, a column a document, a colour and a number a cell.
#pragma once

#include <QString>
#include <QStringList>
#include <QWidget>

#include <vector>

namespace ui {

struct VoteRow {
    QString token;
    QString number; // beside it: its probability
    std::vector<double> shares;
};

class VoteGrid : public QWidget {
    Q_OBJECT
public:
    explicit VoteGrid(QWidget *parent = nullptr);

    void setVotes(const QStringList &documents, std::vector<VoteRow> rows);
    [[nodiscard]] const std::vector<VoteRow> &rows() const noexcept { return m_rows; }
    [[nodiscard]] QRectF cellRect(int row, int column) const; // row −1: the heads
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

signals:
    void clicked(int row, int column);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] int rowHeight() const;
    [[nodiscard]] double labelWidth() const;

    QStringList m_documents;
    std::vector<VoteRow> m_rows;
};

} // namespace ui
