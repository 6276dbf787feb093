// SPDX-License-Identifier: GPL-3.0-or-later
// Position vectors put together of one short table an axis, instead of one long table: "axial"
#pragma once

#include "ui/mechanisms/mechanism_view.h"

#include <vector>

namespace ui {

struct AxialAxis {
    std::int64_t size = 0;     // rows of the table
    std::int64_t features = 0; // of each row
    engine::Tensor table;      // (size, features)
};
struct AxialTables {
    std::vector<AxialAxis> axes; // the last one runs fastest

    [[nodiscard]] std::int64_t positions() const;  // of the whole grid
    [[nodiscard]] std::int64_t features() const;   // of a position's vector
    [[nodiscard]] std::int64_t parameters() const; // of all tables
    // The row of each axis' table that a position takes.
    [[nodiscard]] std::vector<std::int64_t> rowsOf(std::int64_t position) const;
};
[[nodiscard]] AxialTables axialTables(const engine::Trace &trace); // no axes: the run has none

class AxialView final : public MechanismView {
    Q_OBJECT
public:
    explicit AxialView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("axial"); }

protected:
    [[nodiscard]] bool read() override;
    void lay(Column &column) const override;
    [[nodiscard]] NumberTable numbers() const override;
    [[nodiscard]] StripText usualText() const override;
    [[nodiscard]] std::int64_t places() const override { return m_length; }

private:
    struct Grid {
        QRectF cells;
        QRectF left; // table of the first axis
        QRectF top;  // of the last one
    };
    void layGrid(Column &column) const;
    void paintGrid(QPainter &painter, const Grid &grid) const;
    void layVector(Column &column) const;
    void layBill(Column &column) const;
    [[nodiscard]] std::int64_t token() const;
    [[nodiscard]] StripText describe(std::int64_t position) const;

    AxialTables m_tables;
    std::int64_t m_length = 0; // of the text
    std::vector<QString> m_labels;
};

} // namespace ui
