// SPDX-License-Identifier: GPL-3.0-or-later
// Where an answer starts and where it ends: two curves over the tokens, named at their peaks.
#pragma once

#include <QString>
#include <QWidget>

#include <vector>

namespace ui {

class SpanCurves : public QWidget {
    Q_OBJECT
public:
    explicit SpanCurves(QWidget *parent = nullptr);
    struct Curves {
        std::vector<double> start;
        std::vector<double> end;
        std::vector<QString> tokens;
    };
    void setCurves(Curves curves);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    struct Line {
        const std::vector<double> *values = nullptr;
        QColor colour;
        QString name;
        bool isDashed = false;
        int row = 0; // of its name
    };
    void paintLine(QPainter &painter, const QRectF &area, const Line &line) const;
    Curves m_curves;
};

} // namespace ui
