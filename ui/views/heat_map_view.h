// SPDX-License-Identifier: GPL-3.0-or-later
// One head's attention: "attention".
#pragma once

#include "ui/views/cells_view.h"

namespace ui {

class HeatMapView final : public CellsView {
    Q_OBJECT
public:
    explicit HeatMapView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("attention"); }
    [[nodiscard]] QStringList exportExtensions() const override;

protected:
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    [[nodiscard]] HeatContent makeContent() override;
    [[nodiscard]] StripText describe(const Cell &cell) const override;
    [[nodiscard]] StripText describeAll() const override;
    [[nodiscard]] QString heading() const override;
    [[nodiscard]] bool dependsOnHead() const override { return true; }

private:
    MaxPyramid m_values;
};

// Runs an export of the engine and gives its error in words, empty when all went well.
[[nodiscard]] QString engineExport(const std::function<void()> &writes);

} // namespace ui
