// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/objective_page.h"

#include "ui/shell/flow_layout.h"
#include "ui/shell/pill_button.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

namespace {

using engine::ObjectiveOption;

constexpr int kPickerLength = 24; // characters; the list itself is as wide as it needs
constexpr int kMostSeed = 999'999;
constexpr int kMostEpochs = 12;
constexpr int kMostNgram = 6;
constexpr int kMostPredicted = 512;
constexpr double kTemperature = 2.0; // what the engine takes where nothing is set

QString familyTitle(const std::string &id)
{
    const auto all = engine::families();
    const auto found = std::ranges::find(all, id, &engine::FamilyInfo::id);
    return found == all.end() ? fromUtf8(id) : fromUtf8(found->title);
}

// Numbers from 1 as people count, however they are separated.
std::vector<std::size_t> orderFrom(const QString &text)
{
    std::vector<std::size_t> out;
    QString digits;
    for (const QChar c : text + QLatin1Char(' ')) {
        if (c.isDigit()) {
            digits += c;
        } else if (!digits.isEmpty()) {
            out.push_back(std::max<std::size_t>(1, digits.toULongLong()) - 1);
            digits.clear();
        }
    }
    return out;
}

QString orderText(const std::vector<std::size_t> &order)
{
    QStringList parts;
    for (const std::size_t place : order)
        parts << QString::number(place + 1);
    return parts.join(QLatin1Char(' '));
}

// Of its longest text, arrows included.
int widthOf(const QAbstractSpinBox &box)
{
    constexpr int kArrows = 44;
    QString longest;
    if (const auto *whole = qobject_cast<const QSpinBox *>(&box))
        longest = whole->prefix() + QString::number(whole->maximum()) + whole->suffix();
    else if (const auto *real = qobject_cast<const QDoubleSpinBox *>(&box))
        longest = real->prefix() + QLocale().toString(real->maximum(), 'f', real->decimals());
    const QFontMetrics metrics = box.fontMetrics();
    return std::max(metrics.horizontalAdvance(longest), metrics.horizontalAdvance(box.specialValueText())) + kArrows;
}

QString noiseName(const std::string &noise)
{
    if (noise == "token-masking")
        return ObjectiveControls::tr("masking");
    if (noise == "token-deletion")
        return ObjectiveControls::tr("deletion");
    if (noise == "text-infilling")
        return ObjectiveControls::tr("infilling");
    if (noise == "sentence-permutation")
        return ObjectiveControls::tr("permutation");
    return ObjectiveControls::tr("rotation");
}

QWidget *flowRow(QLayout *&layout)
{
    auto *row = new QWidget;
    layout = new FlowLayout(kGrid, row);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    row->setSizePolicy(policy);
    return row;
}

} // namespace

ObjectiveControls::ObjectiveControls(ObjectiveController &controller, QWidget *parent)
    : QWidget(parent), m_controller(controller), m_picker(new QComboBox), m_seed(new QSpinBox),
      m_roll(new PillButton(tr("Roll"), PillKind::Plain)),
      m_forget(new PillButton(tr("Let the dice decide"), PillKind::Link)),
      m_example(new PillButton(QString(), PillKind::Link)), m_epochs(new QSpinBox), m_ngram(new QSpinBox),
      m_predicted(new QSpinBox), m_temperature(new QDoubleSpinBox), m_order(new QLineEdit), m_languages(new QLineEdit),
      m_teacher(new QComboBox), m_pair(new QLineEdit), m_note(new QLabel), m_noiseRow(nullptr)
{
    build();
    connectAll();
    refresh();
}

void ObjectiveControls::build()
{
    m_picker->setAccessibleName(tr("Training objective"));
    m_picker->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_picker->setMinimumContentsLength(kPickerLength);
    m_seed->setRange(0, kMostSeed);
    m_seed->setPrefix(tr("seed "));
    m_seed->setAccessibleName(tr("Seed of the random choices"));
    m_roll->setToolTip(tr("other random choices"));
    m_epochs->setRange(1, kMostEpochs);
    m_epochs->setSuffix(tr(" epochs"));
    m_epochs->setAccessibleName(tr("Epochs"));
    m_ngram->setRange(1, kMostNgram);
    m_ngram->setSuffix(tr(" words at once"));
    m_ngram->setAccessibleName(tr("Words that are predicted at once"));
    m_predicted->setRange(0, kMostPredicted);
    m_predicted->setPrefix(tr("targets: last "));
    m_predicted->setSpecialValueText(tr("targets: all words"));
    m_predicted->setAccessibleName(tr("How many of the last words of the order are targets"));
    m_temperature->setRange(0.1, 20.0);
    m_temperature->setSingleStep(0.5);
    m_temperature->setDecimals(1);
    m_temperature->setPrefix(tr("temperature "));
    m_temperature->setAccessibleName(tr("Temperature of the distillation"));
    for (QAbstractSpinBox *box :
         std::initializer_list<QAbstractSpinBox *>{m_seed, m_epochs, m_ngram, m_predicted, m_temperature})
        box->setMinimumWidth(widthOf(*box));
    m_order->setPlaceholderText(tr("order, as 3 1 2"));
    m_order->setAccessibleName(tr("Order of words or sentences, counted from 1"));
    m_order->setMaximumWidth(scaled(220));
    m_languages->setPlaceholderText(tr("languages, as en fr"));
    m_languages->setAccessibleName(tr("Languages of the texts"));
    m_languages->setMaximumWidth(scaled(150));
    m_teacher->setAccessibleName(tr("Teacher"));
    m_teacher->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_pair->setClearButtonEnabled(true);
    m_note->setWordWrap(true);
    m_note->setFont(ui::font(TextSize::Small));

    QLayout *first = nullptr;
    QWidget *row = flowRow(first);
    for (QWidget *widget : std::initializer_list<QWidget *>{m_picker, m_seed, m_roll, m_epochs, m_ngram, m_predicted,
                                                            m_order, m_temperature, m_teacher, m_languages, m_forget})
        first->addWidget(widget);
    QLayout *noises = nullptr;
    m_noiseRow = flowRow(noises);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 4, 0);
    column->setSpacing(6);
    column->addWidget(row);
    column->addWidget(m_noiseRow);
    column->addWidget(m_pair);
    QLayout *last = nullptr;
    QWidget *foot = flowRow(last);
    column->addWidget(m_note);
    last->addWidget(m_example);
    column->addWidget(foot);
}

void ObjectiveControls::connectAll()
{
    connect(&m_controller, &ObjectiveController::requestChanged, this, &ObjectiveControls::refresh);
    connect(m_picker, &QComboBox::activated, this,
            [this](int index) { m_controller.choose(toUtf8(m_picker->itemData(index).toString())); });
    connect(m_seed, &QSpinBox::valueChanged, this, [this](int seed) {
        if (!m_isFilling)
            m_controller.setSeed(static_cast<std::uint64_t>(seed));
    });
    connect(m_roll, &PillButton::clicked, &m_controller, &ObjectiveController::roll);
    connect(m_forget, &PillButton::clicked, &m_controller, &ObjectiveController::forgetHand);
    connect(m_example, &PillButton::clicked, this,
            [this] { m_controller.setShowsExample(!m_controller.showsExample()); });
    for (QSpinBox *box : {m_epochs, m_ngram, m_predicted})
        connect(box, &QSpinBox::valueChanged, this, &ObjectiveControls::editHand);
    connect(m_temperature, &QDoubleSpinBox::valueChanged, this, &ObjectiveControls::editHand);
    for (QLineEdit *line : {m_order, m_languages})
        connect(line, &QLineEdit::editingFinished, this, &ObjectiveControls::editHand);
    connect(m_pair, &QLineEdit::textEdited, &m_controller, &ObjectiveController::setPair);
    connect(m_teacher, &QComboBox::activated, this, [this](int index) {
        const QString folder = m_teacher->itemData(index).toString();
        if (folder == QLatin1String("?"))
            chooseTeacherFolder();
        else
            m_controller.setTeacher(folder);
    });
}

void ObjectiveControls::setModels(const std::vector<engine::FoundModel> &models)
{
    m_models = models;
    refresh();
}

void ObjectiveControls::editHand()
{
    if (m_isFilling)
        return;
    const engine::ObjectiveInfo &info = m_controller.info();
    engine::ObjectiveRequest hand = m_controller.byHand();
    const auto number = [](const QSpinBox &box) {
        return box.value() > 0 ? std::optional(static_cast<std::size_t>(box.value())) : std::nullopt;
    };
    if (info.takes(ObjectiveOption::Epochs))
        hand.epochs = number(*m_epochs);
    if (info.takes(ObjectiveOption::Ngram))
        hand.ngram = number(*m_ngram);
    if (info.takes(ObjectiveOption::Predicted))
        hand.predicted = number(*m_predicted);
    if (info.takes(ObjectiveOption::Temperature))
        hand.temperature = m_temperature->value();
    if (info.takes(ObjectiveOption::Order))
        hand.order = orderFrom(m_order->text());
    if (info.takes(ObjectiveOption::Languages)) {
        hand.languages.clear();
        for (const QString &code : m_languages->text().split(QLatin1Char(' '), Qt::SkipEmptyParts))
            hand.languages.push_back(toUtf8(code));
    }
    hand.noise.clear();
    for (std::size_t i = 0; i < m_noises.size() && i < info.noises.size(); ++i)
        if (m_noises[i]->isChecked())
            hand.noise.push_back(info.noises[i]);
    if (hand.noise != m_controller.byHand().noise)
        hand.forced.clear(); // some noises leave nothing to choose
    m_controller.setByHand(std::move(hand));
}

void ObjectiveControls::chooseTeacherFolder()
{
    auto *dialog = new QFileDialog(this, tr("Open the teacher's folder"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, &m_controller, &ObjectiveController::setTeacher);
    connect(dialog, &QFileDialog::rejected, this, &ObjectiveControls::refresh);
    dialog->open();
}

void ObjectiveControls::refresh()
{
    m_isFilling = true;
    fillPicker();
    fillNoises();
    fillTeachers();
    refreshOptions();
    refreshNote();
    m_isFilling = false;
}

void ObjectiveControls::fillPicker()
{
    m_picker->clear();
    const auto add = [this](const engine::ObjectiveInfo &info) {
        m_picker->addItem(QStringLiteral("%1 · %2").arg(familyTitle(info.family), fromUtf8(info.title)),
                          fromUtf8(info.id));
    };
    const auto own = m_controller.own();
    for (const engine::ObjectiveInfo *info : own)
        add(*info);
    if (!own.empty())
        m_picker->insertSeparator(m_picker->count());
    for (const engine::ObjectiveInfo *info : m_controller.others())
        add(*info);
    m_picker->setCurrentIndex(m_picker->findData(fromUtf8(m_controller.info().id)));
}

void ObjectiveControls::fillNoises()
{
    const auto &noises = m_controller.info().noises;
    while (m_noises.size() < noises.size()) {
        auto *box = new QCheckBox(noiseName(noises[m_noises.size()]));
        m_noiseRow->layout()->addWidget(box);
        connect(box, &QCheckBox::toggled, this, &ObjectiveControls::editHand);
        m_noises.push_back(box);
    }
    const auto &chosen = m_controller.byHand().noise;
    for (std::size_t i = 0; i < m_noises.size(); ++i)
        m_noises[i]->setChecked(i < noises.size() && std::ranges::count(chosen, noises[i]) > 0);
    m_noiseRow->setVisible(!noises.empty());
}

void ObjectiveControls::fillTeachers()
{
    m_teacher->clear();
    m_teacher->addItem(tr("no teacher"), QString());
    for (const engine::FoundModel &model : m_models)
        if (model.problem.empty())
            m_teacher->addItem(tr("teacher: %1").arg(fromUtf8(model.name)), fromUtf8(model.directory.string()));
    const QString &chosen = m_controller.teacher();
    if (m_teacher->findData(chosen) < 0)
        m_teacher->addItem(tr("teacher: %1").arg(QFileInfo(chosen).fileName()), chosen);
    m_teacher->addItem(tr("another folder…"), QStringLiteral("?"));
    m_teacher->setCurrentIndex(m_teacher->findData(chosen));
}

void ObjectiveControls::refreshOptions()
{
    const engine::ObjectiveInfo &info = m_controller.info();
    const engine::ObjectiveRequest &hand = m_controller.byHand();
    m_seed->setValue(static_cast<int>(m_controller.seed()));
    m_epochs->setVisible(info.takes(ObjectiveOption::Epochs));
    m_epochs->setValue(static_cast<int>(hand.epochs.value_or(4)));
    m_ngram->setVisible(info.takes(ObjectiveOption::Ngram));
    m_ngram->setValue(static_cast<int>(hand.ngram.value_or(2)));
    m_predicted->setVisible(info.takes(ObjectiveOption::Predicted));
    m_predicted->setValue(static_cast<int>(hand.predicted.value_or(0)));
    m_temperature->setVisible(info.takes(ObjectiveOption::Temperature));
    m_temperature->setValue(hand.temperature.value_or(kTemperature));
    m_teacher->setVisible(info.takes(ObjectiveOption::Temperature));
    m_order->setVisible(info.takes(ObjectiveOption::Order));
    m_order->setText(orderText(hand.order));
    m_languages->setVisible(info.takes(ObjectiveOption::Languages));
    QStringList codes;
    for (const std::string &code : hand.languages)
        codes << fromUtf8(code);
    if (!m_languages->hasFocus())
        m_languages->setText(codes.join(QLatin1Char(' ')));
    m_forget->setVisible(m_controller.isByHand());
    m_pair->setVisible(!info.pair.empty());
    if (!m_pair->hasFocus())
        m_pair->setText(m_controller.pair());
    m_pair->setPlaceholderText(fromUtf8(info.pair));
    m_pair->setAccessibleName(fromUtf8(info.pair));
}

void ObjectiveControls::refreshNote()
{
    const engine::ObjectiveInfo &info = m_controller.info();
    const auto own = m_controller.own();
    const bool isOwn = std::ranges::find(own, &info) != own.end();
    QStringList notes;
    if (!isOwn)
        notes << tr("The open model was trained in another way; this is how %1 was.").arg(familyTitle(info.family));
    if (m_controller.mustShowExample())
        notes << (info.needsSentences ? tr("Your text has fewer than two sentences, so this is an example.")
                                      : tr("Your text has fewer than two words, so this is an example."));
    if (const auto left = m_controller.wordsLeftOut(); left > 0)
        notes << tr("%n word(s) at the end of your text are left out.", nullptr, static_cast<int>(left));
    m_note->setText(notes.join(QLatin1Char(' ')));
    m_note->setVisible(!notes.isEmpty());
    m_example->setText(m_controller.showsExample() ? tr("Show my text") : tr("Show an example text"));
    m_example->parentWidget()->setVisible(!m_controller.mustShowExample());
}

ObjectivePage::ObjectivePage(SelectionModel &selection, QWidget *parent)
    : ScrolledPage(parent), m_view(new ObjectiveView(selection))
{
    auto *controls = new ObjectiveControls(m_view->controller());
    addFixed(controls);
    add(m_view);
    connect(m_view, &ObjectiveView::modelsFound, controls, &ObjectiveControls::setModels);
}

} // namespace ui
