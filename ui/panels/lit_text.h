// SPDX-License-Identifier: GPL-3.0-or-later
// A text with ranges lit up: the answer in its passage, the named spans of a sentence.
#pragma once

#include "ui/state/texts.h"

#include <QColor>
#include <QLabel>

#include <vector>

namespace ui {

struct LitRange {
    TextRange range;
    QColor colour;     // of the ground behind the text
    QString label = {}; // small, after the range
};

class LitText : public QLabel {
    Q_OBJECT
public:
    explicit LitText(QWidget *parent = nullptr);
    void setLit(const QString &text, std::vector<LitRange> ranges); // overlapping ranges: the first wins
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] const std::vector<LitRange> &ranges() const noexcept { return m_ranges; }

protected:
    void changeEvent(QEvent *event) override;

private:
    void render();
    QString m_text;
    std::vector<LitRange> m_ranges;
    bool m_isRendering = false;
};

// A steady soft colour for the n-th label of a set, readable under the theme's text.
[[nodiscard]] QColor labelColour(std::size_t index);

} // namespace ui
