// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/passages_card.h"

#include "ui/panels/undo_text.h"
#include "ui/shell/pill_button.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include "engine/companions.h"

#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QLineEdit>
#include <QSpinBox>
#include <QVBoxLayout>

namespace ui {

namespace {

std::filesystem::path pathIn(const QLineEdit *field)
{
    return field == nullptr ? std::filesystem::path()
                            : std::filesystem::path(QFile::encodeName(field->text().trimmed()).toStdString());
}

void setPath(QLineEdit *field, const std::filesystem::path &path)
{
    if (field != nullptr)
        field->setText(QFile::decodeName(path.c_str()));
}

} // namespace

std::vector<engine::Passage> passagesIn(const QString &lines)
{
    std::vector<engine::Passage> passages;
    for (const QString &line : lines.split(QLatin1Char('\n'))) {
        if (line.trimmed().isEmpty())
            continue;
        const qsizetype bar = line.indexOf(QLatin1Char('|'));
        passages.push_back({.title = toUtf8(bar < 0 ? QString() : line.left(bar).trimmed()),
                            .text = toUtf8(line.mid(bar + 1).trimmed())});
    }
    return passages;
}

QString linesOf(const std::vector<engine::Passage> &passages)
{
    QStringList lines;
    for (const engine::Passage &passage : passages) {
        const QString text = fromUtf8(passage.text).simplified();
        lines << (passage.title.empty() ? text : fromUtf8(passage.title).simplified() + QStringLiteral(" | ") + text);
    }
    return lines.join(QLatin1Char('\n'));
}

std::vector<engine::Passage> samplePassages()
{
    return {{.title = toUtf8(PassagesCard::tr("Anna")),
             .text = toUtf8(PassagesCard::tr("Anna bakes bread in the kitchen every morning."))},
            {.title = toUtf8(PassagesCard::tr("The garden")),
             .text = toUtf8(PassagesCard::tr("The garden lies behind the house, between the river and the road."))},
            {.title = toUtf8(PassagesCard::tr("The cat")),
             .text = toUtf8(PassagesCard::tr("The cat sleeps on the mat until the baker comes home."))},
            {.title = toUtf8(PassagesCard::tr("The river")),
             .text = toUtf8(PassagesCard::tr("In spring the river is wide and carries old letters to the sea."))}};
}

PassagesCard::PassagesCard(QUndoStack &undo, const PassagesOptions &options, QWidget *parent)
    : SentenceCard(undo,
                   {.title = tr("Passages"),
                    .hint = tr("one a line: title | text"),
                    .placeholder = tr("Title | a text that may hold the answer"),
                    .leastLines = 3,
                    .mostLines = 8,
                    .showsTokens = false},
                   parent),
      m_grid(new QGridLayout)
{
    m_grid->setHorizontalSpacing(kGrid);
    m_grid->setVerticalSpacing(kGrid / 2);
    m_grid->setColumnStretch(1, 1);
    body().addLayout(m_grid);
    m_source = addFolder({tr("or a file or index"), tr(".jsonl, .csv, .tsv, .txt, .md, or the folder of an index")});
    if (options.asksForQuestionEncoder)
        m_questionEncoder = addFolder({tr("Question encoder"), tr("finds the passages to read; empty: all are read")});
    if (options.asksForPassageEncoder)
        m_passageEncoder = addFolder({tr("Passage encoder"), tr("embeds the passages; empty: the question encoder")});
    if (options.asksForReader)
        m_reader = addFolder({tr("Reader"), tr("finds the answer in the passages; empty: nobody reads them")});
    if (options.asksForCount) {
        constexpr int kMost = 100;
        m_count = new QSpinBox;
        m_count->setRange(0, kMost);
        m_count->setSpecialValueText(tr("default"));
        m_count->setMinimumWidth(scaled(110));
        m_count->setAccessibleName(tr("Passages found for a question"));
        const int row = m_grid->rowCount();
        m_grid->addWidget(new DimLabel(tr("Passages found")), row, 0);
        m_grid->addWidget(m_count, row, 1, Qt::AlignLeft);
        connect(m_count, &QSpinBox::valueChanged, this, &PassagesCard::edited);
    }
    connect(this, &SentenceCard::textEdited, this, &PassagesCard::edited);
}

QLineEdit *PassagesCard::addFolder(const Row &row)
{
    auto *field = new QLineEdit;
    field->setPlaceholderText(row.placeholder);
    field->setAccessibleName(row.title);
    field->setMinimumWidth(scaled(40));
    auto *button = new PillButton(tr("Browse"), PillKind::Link);
    auto *title = new DimLabel(row.title);
    title->setWordWrap(false);
    const int at = m_grid->rowCount();
    m_grid->addWidget(title, at, 0);
    m_grid->addWidget(field, at, 1);
    m_grid->addWidget(button, at, 2);
    connect(field, &QLineEdit::textEdited, this, &PassagesCard::edited);
    connect(button, &QAbstractButton::clicked, this, [this, field] { browse(*field); });
    return field;
}

void PassagesCard::browse(QLineEdit &field)
{
    QFileDialog dialog(this, field.accessibleName(), field.text());
    // A folder, or, for passages, a file too: the dialog for files takes no folder, so the person types its name.
    dialog.setFileMode(&field == m_source ? QFileDialog::AnyFile : QFileDialog::Directory);
    if (dialog.exec() != QDialog::Accepted || dialog.selectedFiles().isEmpty())
        return;
    field.setText(dialog.selectedFiles().front());
    emit edited();
}

bool PassagesCard::hasPassages() const
{
    return !m_source->text().trimmed().isEmpty() || !passagesIn(text()).empty();
}

engine::RetrievalRequest PassagesCard::retrieval() const
{
    engine::RetrievalRequest request;
    request.indexFolder = pathIn(m_source);
    if (request.indexFolder.empty())
        request.passages = passagesIn(text());
    request.questionEncoderFolder = pathIn(m_questionEncoder);
    request.passageEncoderFolder = pathIn(m_passageEncoder);
    request.readerFolder = pathIn(m_reader);
    request.documents = m_count != nullptr ? m_count->value() : 0;
    return request;
}

void PassagesCard::setRetrieval(const engine::RetrievalRequest &request)
{
    if (!request.passages.empty())
        setText(linesOf(request.passages));
    // What a request leaves open keeps what was suggested; passages of its own take the place of a file or an index.
    if (!request.indexFolder.empty() || !request.passages.empty())
        setPath(m_source, request.indexFolder);
    for (const auto &[field, folder] :
         {std::pair(m_questionEncoder, request.questionEncoderFolder),
          std::pair(m_passageEncoder, request.passageEncoderFolder), std::pair(m_reader, request.readerFolder)})
        if (!folder.empty())
            setPath(field, folder);
    if (m_count != nullptr)
        m_count->setValue(static_cast<int>(request.documents));
}

void PassagesCard::suggestFor(const engine::ModelInfo &info)
{
    const auto suggest = [&](QLineEdit *field, engine::TaskKind task) {
        if (field != nullptr && field->text().isEmpty())
            setPath(field, engine::companionBeside(info, task));
    };
    suggest(m_questionEncoder, engine::TaskKind::QuestionEmbedding);
    suggest(m_passageEncoder, engine::TaskKind::PassageEmbedding);
    suggest(m_reader, engine::TaskKind::Reading);
    if (m_source->text().isEmpty() && engine::isIndex(info.directory))
        setPath(m_source, info.directory);
    else if (!hasPassages())
        setText(linesOf(samplePassages()));
}

} // namespace ui
