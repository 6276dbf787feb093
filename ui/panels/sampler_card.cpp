// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/sampler_card.h"

#include "ui/shell/pill_button.h"
#include "ui/state/theme.h"

#include <QCoreApplication>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QPointer>
#include <QSlider>
#include <QUndoCommand>
#include <QUndoStack>

#include <array>
#include <cmath>

namespace ui {

namespace {

using engine::GenerationOptions;

struct Field {
    const char *id;
    const char *title;
    double least;
    double most;
    double step;
    int decimals;
    bool needsSampling;
    double (*read)(const GenerationOptions &);
    void (*write)(GenerationOptions &, double);
    const char *off; // shown instead of the least value, null: the number
};

constexpr std::array<Field, 6> kFields = {{
    {"temperature", QT_TRANSLATE_NOOP("ui::SamplerCard", "Temperature"), 0.1, 2.0, 0.05, 2, true,
     [](const GenerationOptions &o) { return o.temperature; }, [](GenerationOptions &o, double v) { o.temperature = v; },
     nullptr},
    {"top-k", QT_TRANSLATE_NOOP("ui::SamplerCard", "Top-k"), 0, 100, 1, 0, true,
     [](const GenerationOptions &o) { return static_cast<double>(o.topK); },
     [](GenerationOptions &o, double v) { o.topK = std::llround(v); }, QT_TRANSLATE_NOOP("ui::SamplerCard", "off")},
    {"top-p", QT_TRANSLATE_NOOP("ui::SamplerCard", "Top-p"), 0.05, 1.0, 0.01, 2, true,
     [](const GenerationOptions &o) { return o.topP; }, [](GenerationOptions &o, double v) { o.topP = v; }, nullptr},
    {"repetition", QT_TRANSLATE_NOOP("ui::SamplerCard", "Repetition"), 1.0, 2.0, 0.05, 2, false,
     [](const GenerationOptions &o) { return o.repetitionPenalty; },
     [](GenerationOptions &o, double v) { o.repetitionPenalty = v; }, nullptr},
    {"beams", QT_TRANSLATE_NOOP("ui::SamplerCard", "Beams"), 1, 8, 1, 0, false,
     [](const GenerationOptions &o) { return static_cast<double>(o.beams); },
     [](GenerationOptions &o, double v) { o.beams = std::llround(v); }, nullptr},
    {"new-tokens", QT_TRANSLATE_NOOP("ui::SamplerCard", "New tokens"), 1, 200, 1, 0, false,
     [](const GenerationOptions &o) { return static_cast<double>(o.maxNewTokens); },
     [](GenerationOptions &o, double v) { o.maxNewTokens = std::llround(v); }, nullptr},
}};

QString fieldText(const char *text)
{
    return QCoreApplication::translate("ui::SamplerCard", text);
}

int ticksOf(const Field &field, double value)
{
    return static_cast<int>(std::lround((value - field.least) / field.step));
}

constexpr int kSamplerCommandId = 2;
constexpr int kSeparateField = -1;

class SamplerCommand : public QUndoCommand {
public:
    SamplerCommand(SamplerCard &card, GenerationOptions after, int field)
        : QUndoCommand(fieldText(QT_TRANSLATE_NOOP("ui::SamplerCard", "sampler"))), m_card(&card), m_before(card.options()),
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
      m_seed(new PillButton(QString(), PillKind::Link)), m_pipeline(new DimLabel)
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
    for (std::size_t i = 0; i < kFields.size(); ++i)
        addRow(i, *grid);
    body().addLayout(grid);
    body().addWidget(m_pipeline);
    body().addStretch(1);
    for (PillButton *button : {m_greedy, m_sample})
        button->setCheckable(true);
    m_seed->setToolTip(tr("Draw with another seed and run"));
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
    showOptions();
}

void SamplerCard::addRow(std::size_t field, QGridLayout &grid)
{
    const Field &f = kFields[field];
    Row row;
    row.title = new QLabel(fieldText(f.title));
    row.slider = new QSlider(Qt::Horizontal);
    row.slider->setRange(0, ticksOf(f, f.most));
    row.slider->setPageStep(std::max(1, ticksOf(f, f.most) / 10));
    row.slider->setAccessibleName(fieldText(f.title));
    row.slider->setObjectName(QLatin1String(f.id));
    row.slider->setMinimumWidth(scaled(56));
    row.value = new QLabel;
    row.value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    row.value->setMinimumWidth(QFontMetrics(ui::font(TextSize::Normal)).horizontalAdvance(QStringLiteral("0.000")));
    row.title->setBuddy(row.slider);
    const int line = static_cast<int>(field);
    grid.addWidget(row.title, line, 0);
    grid.addWidget(row.slider, line, 1);
    grid.addWidget(row.value, line, 2);
    m_rows.push_back(row);
    connect(row.slider, &QSlider::valueChanged, this, [this, field](int ticks) {
        if (m_isShowing)
            return;
        GenerationOptions next = m_options;
        const Field &changed = kFields[field];
        changed.write(next, changed.least + ticks * changed.step);
        change(next, static_cast<int>(field));
    });
}

void SamplerCard::change(const GenerationOptions &options, int field)
{
    m_undo.push(new SamplerCommand(*this, options, field));
}

void SamplerCard::setOptions(const GenerationOptions &options)
{
    change(options, kSeparateField);
}

void SamplerCard::setOptionsSilently(const GenerationOptions &options)
{
    m_options = options;
    showOptions();
    emit optionsChanged();
}

void SamplerCard::setPipelineText(const QString &text)
{
    m_pipeline->setText(text);
}

QSlider *SamplerCard::slider(const QString &id) const
{
    return findChild<QSlider *>(id);
}

void SamplerCard::showOptions()
{
    m_isShowing = true;
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const Field &field = kFields[i];
        const double value = field.read(m_options);
        const int ticks = ticksOf(field, value);
        m_rows[i].slider->setValue(ticks);
        m_rows[i].value->setText(ticks == 0 && field.off != nullptr ? fieldText(field.off)
                                                                    : QString::number(value, 'f', field.decimals));
        for (QWidget *part : {static_cast<QWidget *>(m_rows[i].slider), static_cast<QWidget *>(m_rows[i].value),
                              static_cast<QWidget *>(m_rows[i].title)})
            part->setEnabled(m_options.sample || !field.needsSampling);
    }
    m_greedy->setChecked(!m_options.sample);
    m_sample->setChecked(m_options.sample);
    m_seed->setText(tr("seed %1 ⟳").arg(m_options.seed));
    m_seed->updateGeometry();
    m_isShowing = false;
}

void SamplerCard::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::ApplicationFontChange)
        showOptions();
    Card::changeEvent(event);
}

} // namespace ui
