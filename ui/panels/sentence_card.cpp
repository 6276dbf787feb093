// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/sentence_card.h"

#include "ui/panels/task_panel.h"
#include "ui/panels/undo_text.h"
#include "ui/state/texts.h"

#include <QVBoxLayout>

namespace ui {

SentenceCard::SentenceCard(QUndoStack &undo, const SentenceOptions &options, QWidget *parent)
    : Card(options.title, options.hint, parent), m_field(new UndoText(undo, options.title)), m_chips(new TokenChips),
      m_showsTokens(options.showsTokens)
{
    m_field->setLines(options.leastLines, options.mostLines);
    m_field->setPlaceholderText(options.placeholder);
    body().setSpacing(6);
    body().addWidget(m_field);
    body().addWidget(m_chips);
    m_chips->setVisible(m_showsTokens);
    constexpr int kPauseMs = 60;
    m_pause.setSingleShot(true);
    m_pause.setInterval(kPauseMs);
    connect(&m_pause, &QTimer::timeout, this, &SentenceCard::retokenize);
    connect(m_field, &UndoText::textEdited, this, [this] {
        m_pause.start();
        emit textEdited();
    });
    connect(m_chips, &TokenChips::clicked, this, [this](int token) {
        if (m_pause.isActive())
            retokenize(); // the chips must speak of the text as it stands
        emit tokenClicked(token);
    });
    connect(m_chips, &TokenChips::menuAsked, this, &SentenceCard::tokenMenuAsked);
}

QString SentenceCard::text() const
{
    return m_field->text();
}

void SentenceCard::setText(const QString &text)
{
    m_field->setText(text);
    retokenize();
}

void SentenceCard::setModel(const LoadedModelPtr &model)
{
    m_model = model;
    retokenize();
}

void SentenceCard::setDecorator(Decorate decorate)
{
    m_decorate = std::move(decorate);
    retokenize();
}

void SentenceCard::retokenize()
{
    m_pause.stop();
    if (!m_showsTokens)
        return;
    m_encoding = {};
    std::vector<TokenChip> chips;
    const QString text = m_field->text();
    if (m_model && m_model->hasTokenizer() && text.size() <= kMostPreviewed && !text.trimmed().isEmpty()) {
        try {
            m_encoding = m_model->tokenizer().encode(toUtf8(text), std::nullopt, {});
        } catch (const engine::Error &) {
            m_encoding = {}; // the run itself says what is wrong with the text
        }
    }
    chips.reserve(m_encoding.size());
    for (std::size_t i = 0; i < m_encoding.size(); ++i) {
        const bool isSpecial = m_encoding.specialTokensMask[i] != 0;
        const QString shown = isSpecial ? fromUtf8(m_encoding.tokens[i]) : fromUtf8(m_model->tokenizer().display(m_encoding.ids[i]));
        TokenChip chip{.text = chipText(shown), .below = QString::number(m_encoding.ids[i])};
        chip.isDim = isSpecial;
        chip.tip = tr("token “%1”, id %2, position %3").arg(fromUtf8(m_encoding.tokens[i])).arg(m_encoding.ids[i]).arg(i);
        if (m_decorate)
            m_decorate(i, chip);
        chips.push_back(std::move(chip));
    }
    m_chips->setChips(std::move(chips));
    m_chips->setVisible(m_encoding.size() > 0);
}

} // namespace ui
