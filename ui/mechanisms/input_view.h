// SPDX-License-Identifier: GPL-3.0-or-later
// What the vector is made of that each token begins with: its word, its place, its text or language. "inputs"
#pragma once

#include "ui/mechanisms/mechanism_view.h"

#include <vector>

namespace ui {

struct InputPart {
    QString table;                  // "words", "positions", …
    std::vector<std::int64_t> rows; // of the table, by token
    std::vector<float> norms;       // of the part, by token
};
// Of one row of the batch; fewer than two parts: nothing is summed.
[[nodiscard]] std::vector<InputPart> inputParts(const engine::Trace &trace, std::int64_t row);

class InputView final : public MechanismView {
    Q_OBJECT
public:
    explicit InputView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("inputs"); }

protected:
    [[nodiscard]] bool read() override;
    void follow() override;
    void lay(Column &column) const override;
    [[nodiscard]] NumberTable numbers() const override;
    [[nodiscard]] StripText usualText() const override;
    [[nodiscard]] std::int64_t places() const override { return static_cast<std::int64_t>(m_labels.size()); }

private:
    void layLegend(Column &column) const;
    void paintToken(QPainter &painter, const QRectF &line, std::size_t token) const;
    [[nodiscard]] StripText describe(std::size_t token) const;
    [[nodiscard]] QString rowText(const InputPart &part, std::size_t token) const;

    std::vector<InputPart> m_parts; // of this row of the batch
    std::int64_t m_row = 0;
    std::vector<QString> m_labels;
    std::vector<QString> m_languages; // by id, as config.json names them
    double m_longest = 0.0;           // of the sums of norms
};

} // namespace ui
