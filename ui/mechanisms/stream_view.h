// SPDX-License-Identifier: GPL-3.0-or-later
// Several words ahead at once: what each predicting stream sees, and what it says at every step. "streams"
#pragma once

#include "ui/mechanisms/mechanism_view.h"
#include "ui/paint/pairs.h"

#include <vector>

namespace ui {

// What one stream holds most likely at one place.
struct StreamGuess {
    std::int64_t id = 0;
    double probability = 0.0;
};
// [stream][row]: the most probable word of the row's distribution. Stream 0 is the one that writes. All streams of
// row t speak of token t + 1, stream k without the last k tokens before it.
using StreamGuesses = std::vector<std::vector<StreamGuess>>;
[[nodiscard]] StreamGuesses streamGuesses(const engine::TaskResult &result);

class StreamView final : public MechanismView {
    Q_OBJECT
public:
    explicit StreamView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("streams"); }

protected:
    [[nodiscard]] bool read() override;
    void lay(Column &column) const override;
    [[nodiscard]] NumberTable numbers() const override;
    [[nodiscard]] StripText usualText() const override;
    [[nodiscard]] std::int64_t places() const override { return m_length; }

private:
    struct Table {
        QRectF area;
        double wordWidth = 0.0;
        double guessWidth = 0.0;
        double rowHeight = 0.0;
    };
    void layMasks(Column &column) const;
    void layGuesses(Column &column) const;
    void paintGuess(QPainter &painter, const QRectF &cell, const StreamGuess &guess, std::int64_t written) const;
    [[nodiscard]] PairPicture mainMask() const;
    [[nodiscard]] PairPicture streamMask(std::int64_t stream) const;
    [[nodiscard]] QString wordOf(std::int64_t id) const;
    // What stream `ahead` says of the token `ahead` + 1 places behind `read`; null: beyond the text.
    [[nodiscard]] const StreamGuess *guessAt(std::int64_t read, std::int64_t ahead) const;
    [[nodiscard]] std::int64_t written(std::int64_t position) const; // the token's id, −1 beyond the text
    [[nodiscard]] StripText describe(std::int64_t read, std::int64_t ahead) const;

    const engine::MechanismRecord *m_mask = nullptr; // (streams, length, keys + length)
    std::int64_t m_streams = 0;
    std::int64_t m_length = 0;
    std::int64_t m_keys = 0;
    std::vector<QString> m_labels;
    StreamGuesses m_guesses;
};

} // namespace ui
