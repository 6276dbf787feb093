// SPDX-License-Identifier: GPL-3.0-or-later
// A text to type and, under it, the tokens that the model will see: re-tokenized while typing.
#pragma once

#include "ui/shell/card.h"
#include "ui/shell/token_chips.h"
#include "ui/state/engine_client.h"

#include <QTimer>

#include <functional>

class QUndoStack;

namespace ui {

class UndoText;

struct SentenceOptions {
    QString title;
    QString hint = {};
    QString placeholder = {};
    int leastLines = 1;
    int mostLines = 6;
    bool showsTokens = true;
};

class SentenceCard : public Card {
    Q_OBJECT
public:
    SentenceCard(QUndoStack &undo, const SentenceOptions &options, QWidget *parent = nullptr);

    [[nodiscard]] QString text() const;
    void setText(const QString &text); // undoable
    void setModel(const LoadedModelPtr &model);
    void retokenize(); // at once, not after the pause of typing
    [[nodiscard]] UndoText &field() noexcept { return *m_field; }
    [[nodiscard]] TokenChips &chips() noexcept { return *m_chips; }
    [[nodiscard]] const engine::Encoding &encoding() const noexcept { return m_encoding; }

    // Called for every chip before it is shown: marks masks, labels and so on.
    using Decorate = std::function<void(std::size_t token, TokenChip &chip)>;
    void setDecorator(Decorate decorate);

signals:
    void textEdited();
    void tokenClicked(int token);
    void tokenMenuAsked(int token, const QPoint &place); // place on the screen

private:
    UndoText *m_field;
    TokenChips *m_chips;
    LoadedModelPtr m_model;
    engine::Encoding m_encoding;
    Decorate m_decorate;
    QTimer m_pause;
    bool m_showsTokens;
};

} // namespace ui
