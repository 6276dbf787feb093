// SPDX-License-Identifier: GPL-3.0-or-later
// Two runs side by side in numbers: "difference".
#pragma once

#include "ui/views/picture_view.h"
#include "ui/views/run_comparison.h"

namespace ui {

class DifferenceView final : public PictureView {
    Q_OBJECT
public:
    explicit DifferenceView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("difference"); }

    void compare(const ComparedRun &first, const ComparedRun &second);
    [[nodiscard]] const RunComparison &comparison() const noexcept { return m_comparison; }
    void paintExport(QPainter &painter, const QSize &size) override;
    [[nodiscard]] QStringList exportExtensions() const override;

protected:
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    [[nodiscard]] int pictureHeight(int width) const override;

private:
    [[nodiscard]] QString summary() const;
    double paintTokens(QPainter &painter, const QRectF &area) const;
    double paintPlaces(QPainter &painter, const QRectF &area) const;

    RunComparison m_comparison;
    QString m_first, m_second;
};

} // namespace ui
