// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/index_card.h"

#include "ui/shell/pill_button.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QFile>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QSpinBox>
#include <QVBoxLayout>

namespace ui {

namespace {

std::filesystem::path pathIn(const QLineEdit &field)
{
    return QFile::encodeName(field.text().trimmed()).toStdString();
}

QSpinBox *counter(int value, const QString &name)
{
    constexpr int kMost = 100'000;
    auto *box = new QSpinBox;
    box->setRange(0, kMost);
    box->setValue(value);
    box->setAccessibleName(name);
    return box;
}

DimLabel *rowTitle(const QString &title)
{
    auto *label = new DimLabel(title);
    label->setFixedWidth(scaled(100));
    return label;
}

} // namespace

IndexCard::IndexCard(QWidget *parent)
    : Card(tr("Index"), tr("many passages, embedded once and searched by their vectors"), parent), m_folder(nullptr),
      m_passages(nullptr), m_words(counter(100, tr("Words of a passage"))),
      m_overlap(counter(0, tr("Words that neighbours share"))),
      m_build(new PillButton(tr("Build index"), PillKind::Plain)),
      m_resume(new PillButton(tr("Go on embedding"), PillKind::Plain)), m_info(new DimLabel)
{
    build();
    lookAgain();
}

void IndexCard::build()
{
    m_passages = addPath(tr("Passages"), tr("file or folder: .jsonl, .csv, .tsv, .txt, .md"));
    m_folder = addPath(tr("Folder of the index"), tr("a new folder, or that of an index to add to"));
    for (const auto &[title, box] :
         {std::pair(tr("Words of a passage"), m_words), std::pair(tr("Shared words"), m_overlap)}) {
        auto *row = new QHBoxLayout;
        row->setSpacing(kGrid);
        row->addWidget(rowTitle(title));
        row->addWidget(box);
        row->addStretch(1);
        body().addLayout(row);
    }
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(kGrid);
    buttons->addWidget(m_build);
    buttons->addWidget(m_resume);
    buttons->addStretch(1);
    body().addLayout(buttons);
    body().addWidget(m_info);
    connect(m_folder, &QLineEdit::textChanged, this, &IndexCard::lookAgain);
    connect(m_passages, &QLineEdit::textChanged, this, &IndexCard::lookAgain);
    connect(m_build, &QAbstractButton::clicked, this, [this] {
        emit requested(job(engine::isIndex(pathIn(*m_folder)) ? IndexAction::Add : IndexAction::Build));
    });
    connect(m_resume, &QAbstractButton::clicked, this, [this] { emit requested(job(IndexAction::Resume)); });
}

QLineEdit *IndexCard::addPath(const QString &title, const QString &placeholder)
{
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    auto *field = new QLineEdit;
    field->setMinimumWidth(scaled(40));
    field->setPlaceholderText(placeholder);
    field->setAccessibleName(title);
    auto *browse = new PillButton(tr("Browse"), PillKind::Link);
    row->addWidget(rowTitle(title));
    row->addWidget(field, 1);
    row->addWidget(browse);
    body().addLayout(row);
    connect(browse, &QAbstractButton::clicked, this, [this, field] {
        const QString chosen = field == m_passages ? QFileDialog::getOpenFileName(this, field->accessibleName())
                                                   : QFileDialog::getExistingDirectory(this, field->accessibleName());
        if (!chosen.isEmpty())
            field->setText(chosen);
    });
    return field;
}

void IndexCard::lookAgain()
{
    const bool exists = engine::isIndex(pathIn(*m_folder));
    m_build->setText(exists ? tr("Add to index") : tr("Build index"));
    m_build->setEnabled(!m_folder->text().trimmed().isEmpty() && !m_passages->text().trimmed().isEmpty());
    m_resume->setVisible(false);
    m_info->clear();
    if (!exists)
        return;
    try {
        showInfo(engine::inspectIndex(pathIn(*m_folder)));
    } catch (const engine::Error &error) {
        m_info->setText(QString::fromUtf8(error.what()));
    }
}

void IndexCard::showInfo(const engine::IndexInfo &info)
{
    QStringList parts{tr("%1 passages").arg(groupedText(info.passages)), tr("%1 numbers each").arg(info.dimension),
                      bytesText(info.bytes)};
    if (!info.model.empty())
        parts.prepend(tr("embedded by %1").arg(fromUtf8(info.model)));
    if (info.removed > 0)
        parts << tr("%1 removed").arg(groupedText(info.removed));
    if (info.pending > 0)
        parts << tr("%1 without a vector yet: the embedding was interrupted").arg(groupedText(info.pending));
    if (info.clusters > 0)
        parts << tr("searched in clusters");
    m_info->setText(parts.join(QStringLiteral(" · ")));
    m_resume->setVisible(info.pending > 0);
    m_build->setText(tr("Add to index"));
}

IndexJob IndexCard::job(IndexAction action) const
{
    return {.action = action,
            .folder = pathIn(*m_folder),
            .passages = pathIn(*m_passages),
            .import = {.words = m_words->value(), .overlap = m_overlap->value()}};
}

void IndexCard::setJob(const IndexJob &job)
{
    m_folder->setText(QFile::decodeName(job.folder.c_str()));
    m_passages->setText(QFile::decodeName(job.passages.c_str()));
    m_words->setValue(static_cast<int>(job.import.words));
    m_overlap->setValue(static_cast<int>(job.import.overlap));
}

} // namespace ui
