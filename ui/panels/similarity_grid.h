// SPDX-License-Identifier: GPL-3.0-or-later
// How near texts are to each other: a row and a column a text, a colour and a number a pair.
#pragma once

#include <QString>
#include <QStringList>
#include <QWidget>

#include <vector>

namespace ui {

class SimilarityGrid : public QWidget {
    Q_OBJECT
public:
    explicit SimilarityGrid(QWidget *parent = nullptr);
    // values: texts · texts cosines, row by row.
    void setSimilarities(const QStringList &texts, std::vector<double> values);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] int rowHeight() const;
    [[nodiscard]] QRectF cellRect(int row, int column) const;
    [[nodiscard]] double labelWidth() const;

    QStringList m_texts;
    std::vector<double> m_values;
};

} // namespace ui
