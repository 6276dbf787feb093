// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/task_panel.h"

#include "ui/panels/example_row.h"
#include "ui/state/texts.h"

#include <QFile>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

TaskPanel::TaskPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : QWidget(parent), m_task(task), m_context(context), m_column(new QVBoxLayout(this)),
      m_exampleRow(new ExampleRow(this))
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(14);
    connect(m_exampleRow, &ExampleRow::chosen, this, [this](int index) {
        setRequest(m_examples[static_cast<std::size_t>(index)]);
        emit runRequested();
    });
}

void TaskPanel::setModel(const LoadedModelPtr &model)
{
    if (m_model == model)
        return;
    m_model = model;
    modelChanged();
}

void TaskPanel::setExamples(std::vector<engine::TaskRequest> examples)
{
    m_examples = std::move(examples);
    m_exampleRow->setExamples(m_examples);
}

void TaskPanel::addExamplesHere()
{
    m_column->addWidget(m_exampleRow);
}

QString TaskPanel::obstacle() const
{
    if (fromUtf8(request().text).trimmed().isEmpty())
        return tr("There is no text yet: type one, or pick an example.");
    return {};
}

void TaskPanel::showStream(const QString &, std::int64_t) {}
void TaskPanel::showIndex(const engine::IndexInfo &) {}

std::int64_t tokensOver(const LoadedModelPtr &model, const engine::TaskRequest &request)
{
    if (!model || !model->hasTokenizer() || model->info().maxPositions <= 0)
        return 0;
    const std::int64_t most = model->info().maxPositions;
    std::size_t characters = request.text.size() + (request.textPair ? request.textPair->size() : 0);
    if (characters > static_cast<std::size_t>(kMostPreviewed)) {
        constexpr std::int64_t kLongestWord = 24; // even at so many characters a token
        return static_cast<std::int64_t>(characters) > most * kLongestWord ? -1 : 0;
    }
    try {
        const engine::Encoding encoding = model->tokenizer().encode(request.text, request.textPair, {});
        return std::max<std::int64_t>(0, static_cast<std::int64_t>(encoding.size()) - most);
    } catch (const engine::Error &) {
        return 0; // the run itself will say what is wrong with the text
    }
}

namespace {

struct Folder {
    QString key;
    std::filesystem::path engine::RetrievalRequest::*folder;
};

const std::vector<Folder> &retrievalFolders()
{
    using Request = engine::RetrievalRequest;
    static const std::vector<Folder> folders{{QStringLiteral("index"), &Request::indexFolder},
                                             {QStringLiteral("questionEncoder"), &Request::questionEncoderFolder},
                                             {QStringLiteral("passageEncoder"), &Request::passageEncoderFolder},
                                             {QStringLiteral("reader"), &Request::readerFolder}};
    return folders;
}

void addRetrieval(const engine::RetrievalRequest &request, QVariantMap &values)
{
    for (const Folder &one : retrievalFolders())
        values[one.key] = QFile::decodeName((request.*one.folder).c_str());
    QStringList passages; // title, text, title, text, …
    for (const engine::Passage &passage : request.passages)
        passages << fromUtf8(passage.title) << fromUtf8(passage.text);
    values[QStringLiteral("passages")] = passages;
    values[QStringLiteral("documents")] = static_cast<qlonglong>(request.documents);
}

engine::RetrievalRequest retrievalIn(const QVariantMap &values)
{
    engine::RetrievalRequest request;
    for (const Folder &one : retrievalFolders())
        request.*one.folder = QFile::encodeName(values.value(one.key).toString()).toStdString();
    const QStringList passages = values.value(QStringLiteral("passages")).toStringList();
    for (qsizetype i = 0; i + 1 < passages.size(); i += 2)
        request.passages.push_back({.title = toUtf8(passages[i]), .text = toUtf8(passages[i + 1])});
    request.documents = values.value(QStringLiteral("documents")).toLongLong();
    return request;
}

} // namespace

QVariantMap toVariant(const engine::TaskRequest &request)
{
    QVariantMap values;
    values[QStringLiteral("text")] = fromUtf8(request.text);
    if (request.textPair)
        values[QStringLiteral("pair")] = fromUtf8(*request.textPair);
    if (request.image && !request.image->file.empty())
        values[QStringLiteral("image")] = QFile::decodeName(request.image->file.c_str());
    QStringList choices;
    for (const std::string &choice : request.choices)
        choices << fromUtf8(choice);
    values[QStringLiteral("choices")] = choices;
    QStringList furtherTexts;
    for (const std::string &text : request.furtherTexts)
        furtherTexts << fromUtf8(text);
    values[QStringLiteral("further")] = furtherTexts;
    QStringList candidates;
    for (const std::string &candidate : request.candidates)
        candidates << fromUtf8(candidate);
    values[QStringLiteral("candidates")] = candidates;
    addRetrieval(request.retrieval, values);
    return values;
}

engine::TaskRequest fromVariant(const QVariantMap &values, engine::TaskKind task)
{
    engine::TaskRequest request;
    request.task = task;
    request.text = toUtf8(values.value(QStringLiteral("text")).toString());
    if (values.contains(QStringLiteral("pair")))
        request.textPair = toUtf8(values.value(QStringLiteral("pair")).toString());
    if (const QString file = values.value(QStringLiteral("image")).toString(); !file.isEmpty()) {
        try {
            request.image = std::make_shared<const engine::Image>(
                engine::readImage(std::filesystem::path(QFile::encodeName(file).toStdString())));
        } catch (const engine::Error &) {
            request.image = nullptr; // gone since then: the panel asks for another one
        }
    }
    for (const QString &choice : values.value(QStringLiteral("choices")).toStringList())
        request.choices.push_back(toUtf8(choice));
    for (const QString &text : values.value(QStringLiteral("further")).toStringList())
        request.furtherTexts.push_back(toUtf8(text));
    for (const QString &candidate : values.value(QStringLiteral("candidates")).toStringList())
        request.candidates.push_back(toUtf8(candidate));
    request.retrieval = retrievalIn(values);
    return request;
}

} // namespace ui
