// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/sampler_card.h"

#include "engine/error.h"
#include "ui/shell/pill_button.h"
#include "ui/state/theme.h"

#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPointer>
#include <QSlider>
#include <QUndoCommand>
#include <QUndoStack>

#include <algorithm>
#include <array>
#include <cmath>

namespace ui {

namespace {

using engine::EarlyStopping;
using engine::GenerationOptions;

int ticksOf(const SamplerField &field, double value)
{
    return static_cast<int>(std::lround((value - field.least) / field.step));
}

constexpr int kSamplerCommandId = 2;
constexpr int kSeparateField = -1;
constexpr int kFirstWordField = 1000; // beyond the sliders: typing in one field is one step of undo

class SamplerCommand : public QUndoCommand {
public:
    SamplerCommand(SamplerCard &card, GenerationOptions after, int field)
        : QUndoCommand(samplerText(QT_TRANSLATE_NOOP("ui::SamplerCard", "sampler"))), m_card(&card), m_before(card.options()),
          m_after(std::move(after)), m_field(field)
    {
    }
    [[nodiscard]] int id() const override { return kSamplerCommandId; }
    bool mergeWith(const QUndoCommand *other) override
    {
        const auto *next = dynamic_cast<const SamplerCommand *>(other);
        if (next == nullptr || next->m_card != m_card || next->m_field != m_field || m_field == kSeparateField)
            return false;
        m_after = next->m_after;
        return true;
    }
    void undo() override
    {
        if (m_card)
            m_card->setOptionsSilently(m_before);
    }
    void redo() override
    {
        if (m_card)
            m_card->setOptionsSilently(m_after);
    }

private:
    QPointer<SamplerCard> m_card;
    GenerationOptions m_before;
    GenerationOptions m_after;
    int m_field;
};

GenerationOptions firstOptions()
{
    GenerationOptions options;
    options.sample = true;
    options.temperature = 0.8;
    options.topK = 20;
    options.topP = 0.92;
    return options;
}

} // namespace

SamplerCard::SamplerCard(QUndoStack &undo, QWidget *parent)
    : Card(tr("Sampler"), tr("the bars follow, no new run needed"), parent), m_undo(undo), m_options(firstOptions()),
      m_greedy(new PillButton(tr("Greedy"), PillKind::Tab)), m_sample(new PillButton(tr("Sample"), PillKind::Tab)),
      m_seed(new PillButton(QString(), PillKind::Link)), m_moreButton(new PillButton(QString(), PillKind::Link)),
      m_stopping(new QComboBox), m_stoppingTitle(new QLabel(tr("Early stopping"))), m_pipeline(new DimLabel),
      m_problem(new DimLabel)
{
    m_rows.resize(samplerFields().size());
    m_words.resize(samplerWords().size());
    build();
    const auto setSampling = [this](bool isSampling) {
        GenerationOptions next = m_options;
        next.sample = isSampling;
        change(next, kSeparateField);
    };
    connect(m_greedy, &PillButton::clicked, this, [setSampling] { setSampling(false); });
    connect(m_sample, &PillButton::clicked, this, [setSampling] { setSampling(true); });
    connect(m_seed, &PillButton::clicked, this, [this] {
        GenerationOptions next = m_options;
        ++next.seed;
        next.sample = true;
        change(next, kSeparateField);
        emit rerollRequested();
    });
    connect(m_moreButton, &PillButton::clicked, this, [this] { showMore(m_more->isHidden()); });
    connect(m_stopping, &QComboBox::activated, this, [this](int index) {
        GenerationOptions next = m_options;
        next.earlyStopping = static_cast<EarlyStopping>(m_stopping->itemData(index).toInt());
        change(next, kSeparateField);
    });
    showOptions();
    showWords();
    showMore(false);
}

void SamplerCard::build()
{
    auto *mode = new QHBoxLayout;
    mode->setSpacing(4);
    mode->addWidget(m_sample);
    mode->addWidget(m_greedy);
    mode->addStretch(1);
    mode->addWidget(m_seed);
    body().addLayout(mode);
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(7);
    grid->setColumnStretch(1, 1);
    int line = 0;
    for (std::size_t i = 0; i < samplerFields().size(); ++i)
        if (samplerFields()[i].group == FieldGroup::Main)
            addRow(i, *grid, line++);
    body().addLayout(grid);
    auto *more = new QHBoxLayout;
    more->addWidget(m_moreButton);
    more->addStretch(1);
    body().addLayout(more);
    m_more = makeMore();
    body().addWidget(m_more);
    body().addWidget(m_problem);
    body().addWidget(m_pipeline);
    body().addStretch(1);
    m_problem->hide();
    for (PillButton *button : {m_greedy, m_sample})
        button->setCheckable(true);
    m_seed->setToolTip(tr("Draw with another seed and run"));
}

QWidget *SamplerCard::makeMore()
{
    auto *more = new QWidget;
    auto *grid = new QGridLayout(more);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(7);
    grid->setColumnStretch(1, 1);
    int line = 0;
    for (std::size_t i = 0; i < samplerFields().size(); ++i)
        if (samplerFields()[i].group == FieldGroup::More)
            addRow(i, *grid, line++);
    struct Choice {
        QString text;
        EarlyStopping value;
    };
    for (const Choice &choice : {Choice{tr("when none is likely to be better"), EarlyStopping::No},
                                 Choice{tr("as soon as enough have ended"), EarlyStopping::Yes},
                                 Choice{tr("only when none can be better"), EarlyStopping::Never}})
        m_stopping->addItem(choice.text, static_cast<int>(choice.value));
    m_stopping->setAccessibleName(m_stoppingTitle->text());
    m_stopping->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_stoppingTitle->setBuddy(m_stopping);
    grid->addWidget(m_stoppingTitle, line, 0);
    grid->addWidget(m_stopping, line++, 1, 1, 2);
    for (std::size_t i = 0; i < samplerWords().size(); ++i)
        addWords(i, *grid, line++);
    return more;
}

void SamplerCard::addRow(std::size_t field, QGridLayout &grid, int line)
{
    const SamplerField &f = samplerFields()[field];
    Row row;
    row.title = new QLabel(samplerText(f.title));
    row.slider = new QSlider(Qt::Horizontal);
    row.slider->setRange(0, ticksOf(f, f.most));
    row.slider->setPageStep(std::max(1, ticksOf(f, f.most) / 10));
    row.slider->setAccessibleName(samplerText(f.title));
    row.slider->setObjectName(QLatin1String(f.id));
    row.slider->setMinimumWidth(scaled(56));
    row.value = new QLabel;
    row.value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    row.value->setMinimumWidth(QFontMetrics(ui::font(TextSize::Normal)).horizontalAdvance(QStringLiteral("0.000")));
    row.title->setBuddy(row.slider);
    grid.addWidget(row.title, line, 0);
    grid.addWidget(row.slider, line, 1);
    grid.addWidget(row.value, line, 2);
    m_rows[field] = row;
    connect(row.slider, &QSlider::valueChanged, this, [this, field](int ticks) {
        if (m_isShowing)
            return;
        GenerationOptions next = m_options;
        const SamplerField &changed = samplerFields()[field];
        changed.write(next, changed.least + ticks * changed.step);
        change(next, static_cast<int>(field));
    });
}

void SamplerCard::addWords(std::size_t field, QGridLayout &grid, int line)
{
    const SamplerWords &words = samplerWords()[field];
    auto *title = new QLabel(samplerText(words.title));
    auto *edit = new QLineEdit;
    edit->setObjectName(QLatin1String(words.id));
    edit->setPlaceholderText(samplerText(words.hint));
    edit->setToolTip(samplerText(words.hint));
    edit->setAccessibleName(samplerText(words.title));
    title->setBuddy(edit);
    grid.addWidget(title, line, 0);
    grid.addWidget(edit, line, 1, 1, 2);
    m_words[field] = edit;
    connect(edit, &QLineEdit::textEdited, this, [this, field] { takeWords(field); });
    connect(edit, &QLineEdit::editingFinished, this, [this] { showWords(); });
}

void SamplerCard::takeWords(std::size_t field)
{
    if (!m_model || !m_model->hasTokenizer())
        return;
    GenerationOptions next = m_options;
    m_problem->hide();
    try {
        samplerWords()[field].write(next, m_words[field]->text(), m_model->tokenizer());
    } catch (const engine::Error &error) { // half a word is none yet; what was said last stays
        m_problem->setText(QString::fromUtf8(error.what()));
        m_problem->show();
        return;
    }
    m_typedWords = static_cast<int>(field);
    change(next, kFirstWordField + static_cast<int>(field));
    m_typedWords = -1;
}

void SamplerCard::change(const GenerationOptions &options, int field)
{
    m_undo.push(new SamplerCommand(*this, options, field));
}

void SamplerCard::setModel(const LoadedModelPtr &model)
{
    m_model = model;
    m_problem->hide();
    // Tokens of another vocabulary mean nothing here.
    GenerationOptions next = m_options;
    next.badWords.clear();
    next.forcedFirstToken.reset();
    next.forcedLastToken.reset();
    setOptionsSilently(next);
}

void SamplerCard::setOptions(const GenerationOptions &options)
{
    change(options, kSeparateField);
}

void SamplerCard::setOptionsSilently(const GenerationOptions &options)
{
    m_options = options;
    showOptions();
    showWords();
    emit optionsChanged();
}

void SamplerCard::setPipelineText(const QString &text)
{
    m_pipeline->setText(text);
    m_pipeline->setVisible(!text.isEmpty());
}

void SamplerCard::showMore(bool isShown)
{
    m_more->setVisible(isShown);
    m_moreButton->setText(isShown ? tr("Fewer settings ▴") : tr("Lengths, beams, words ▾"));
    m_moreButton->updateGeometry();
}

QSlider *SamplerCard::slider(const QString &id) const
{
    return findChild<QSlider *>(id);
}

QLineEdit *SamplerCard::words(const QString &id) const
{
    return findChild<QLineEdit *>(id);
}

void SamplerCard::showOptions()
{
    m_isShowing = true;
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const SamplerField &field = samplerFields()[i];
        const double value = field.read(m_options);
        m_rows[i].slider->setValue(ticksOf(field, value));
        const bool isOff = field.off != nullptr && value <= field.least;
        m_rows[i].value->setText(isOff ? samplerText(field.off) : QString::number(value, 'f', field.decimals));
        for (QWidget *part : {static_cast<QWidget *>(m_rows[i].slider), static_cast<QWidget *>(m_rows[i].value),
                              static_cast<QWidget *>(m_rows[i].title)})
            part->setEnabled(isNeedMet(field.needs, m_options));
    }
    const bool hasBeams = isNeedMet(FieldNeeds::Beams, m_options);
    m_stopping->setCurrentIndex(m_stopping->findData(static_cast<int>(m_options.earlyStopping)));
    m_stopping->setEnabled(hasBeams);
    m_stoppingTitle->setEnabled(hasBeams);
    m_greedy->setChecked(!m_options.sample);
    m_sample->setChecked(m_options.sample);
    m_seed->setText(tr("seed %1 ⟳").arg(m_options.seed));
    m_seed->updateGeometry();
    m_isShowing = false;
}

// The field that is being typed in says what is meant already.
void SamplerCard::showWords()
{
    for (std::size_t i = 0; i < m_words.size(); ++i) {
        m_words[i]->setEnabled(m_model && m_model->hasTokenizer());
        if (m_model && m_model->hasTokenizer() && static_cast<int>(i) != m_typedWords)
            m_words[i]->setText(samplerWords()[i].read(m_options, m_model->tokenizer()));
    }
}

void SamplerCard::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::ApplicationFontChange)
        showOptions();
    Card::changeEvent(event);
}

} // namespace ui
