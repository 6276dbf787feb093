// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/xray_view.h"

#include "ui/paint/lattice.h"
#include "ui/views/attention_data.h"
#include "ui/views/tables.h"

#include "engine/export.h"
#include "engine/session.h"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPointer>
#include <QThreadPool>

#include <algorithm>

namespace ui {

namespace {

constexpr std::size_t kMostText = 2000; // bytes that are explained: more than fits on a screen, and done at once
constexpr std::size_t kMostWords = 60;
constexpr std::size_t kMostMerges = 24;
constexpr std::size_t kMostLatticeRows = 12;
constexpr std::size_t kMostOthers = 12;
constexpr double kTop = 4.0;

double lineHeight()
{
    return scaled(26);
}

// The beginning of a text, cut between characters.
std::string beginning(const std::string &text, std::size_t most)
{
    if (text.size() <= most)
        return text;
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    return text.substr(0, end);
}

// A rounded label with a dim one behind it; returns the x behind both. Without a painter it only measures.
double paintChip(QPainter *painter, const QRectF &line, const QString &text, const QString &note)
{
    const QFont normal = font(TextSize::Normal);
    const double width = QFontMetricsF(normal).horizontalAdvance(text) + 12.0;
    const QFont small = font(TextSize::Small);
    const double noteWidth = note.isEmpty() ? 0.0 : QFontMetricsF(small).horizontalAdvance(note) + 4.0;
    if (painter != nullptr) {
        const Theme &theme = Theme::current();
        const QRectF chip(line.left(), line.top() + 2.0, width, line.height() - 4.0);
        painter->setPen(Qt::NoPen);
        painter->setBrush(theme.chip);
        painter->drawRoundedRect(chip, 5.0, 5.0);
        painter->setPen(theme.text);
        painter->setFont(normal);
        painter->drawText(chip, Qt::AlignCenter, text);
        painter->setPen(theme.dimText);
        painter->setFont(small);
        painter->drawText(QRectF(chip.right() + 3.0, line.top(), noteWidth, line.height()), Qt::AlignVCenter, note);
    }
    return line.left() + width + noteWidth + 6.0;
}

double widthOf(const QString &text, const QString &note)
{
    return paintChip(nullptr, QRectF(), text, note);
}

} // namespace

XrayView::XrayView(SelectionModel &selectionModel, QWidget *parent)
    : PictureView(selectionModel, parent), m_isWanted(std::make_shared<std::atomic<bool>>(false))
{
    setWindowTitle(tr("Tokenizer"));
    setAccessibleName(tr("Tokenizer, stage by stage: arrow keys choose a word"));
    setFocusPolicy(Qt::StrongFocus);
}

XrayView::~XrayView()
{
    m_isWanted->store(false);
}

void XrayView::contentsChanged()
{
    m_isWanted->store(false);
    m_explanation.reset();
    m_others.clear();
    m_problem.clear();
    m_chosen = 0;
    m_isStale = true;
    if (isVisible())
        explain();
}

void XrayView::showEvent(QShowEvent *event)
{
    PictureView::showEvent(event);
    if (m_isStale)
        explain();
}

void XrayView::setModels(const std::vector<engine::FoundModel> &models)
{
    m_models = models;
    if (isVisible() && m_explanation)
        compare();
}

void XrayView::explain()
{
    m_isStale = false;
    if (!loadedModel() || !result() || !loadedModel()->hasTokenizer())
        return;
    const std::string text = beginning(result()->text, kMostText);
    m_isShortened = text.size() < result()->text.size();
    try {
        m_explanation = loadedModel()->tokenizer().explain(text);
    } catch (const std::exception &error) {
        m_problem = QString::fromUtf8(error.what());
    }
    compare();
    relayout();
}

void XrayView::compare()
{
    m_isWanted->store(false);
    m_isWanted = std::make_shared<std::atomic<bool>>(true);
    if (!m_explanation)
        return;
    const QPointer<XrayView> self(this);
    const std::string text = beginning(result()->text, kMostText);
    std::size_t count = 0;
    for (const engine::FoundModel &model : m_models) {
        const bool isThis = loadedModel() && model.directory == loadedModel()->info().directory;
        if (isThis || !model.problem.empty() || model.familyId.empty() || ++count > kMostOthers)
            continue;
        QThreadPool::globalInstance()->start([self, text, model, isWanted = m_isWanted] {
            if (!isWanted->load())
                return;
            Other other{.name = fromUtf8(model.name), .kind = {}, .tokens = {}, .problem = {}};
            try {
                const auto tokenizer = engine::openTokenizer(model.directory);
                other.kind = fromUtf8(tokenizer->kind());
                for (const std::int64_t id : tokenizer->encode(text, std::nullopt, {.addSpecialTokens = false}).ids)
                    other.tokens.push_back(chipText(fromUtf8(tokenizer->display(id))));
            } catch (const std::exception &error) {
                other.problem = QString::fromUtf8(error.what());
            }
            QMetaObject::invokeMethod(qApp, [self, isWanted, name = other.name, made = std::move(other)]() mutable {
                if (self && isWanted->load())
                    self->take(name, std::move(made));
            });
        });
    }
}

void XrayView::take(const QString &name, Other other)
{
    m_others[name] = std::move(other);
    relayout();
}

std::vector<const engine::ExplainedWord *> XrayView::words() const
{
    std::vector<const engine::ExplainedWord *> all;
    if (m_explanation)
        for (const engine::ExplainedSegment &segment : m_explanation->segments)
            for (const engine::ExplainedWord &word : segment.words)
                all.push_back(&word);
    return all;
}

double XrayView::paintSegments(QPainter *painter, const QRectF &area) const
{
    double y = area.top();
    const auto line = [&](const QString &title, const QString &text) {
        const QString words = title + QStringLiteral("  ") + text;
        if (painter != nullptr)
            paintParagraph(*painter, QRectF(area.left(), y, area.width(), 0), words, Theme::current().text);
        y += paragraphHeight(words, area.width()) + 2.0;
    };
    for (const engine::ExplainedSegment &segment : m_explanation->segments) {
        if (segment.specialId) {
            line(tr("special"), tr("%1, id %2").arg(fromUtf8(segment.source)).arg(*segment.specialId));
            continue;
        }
        line(tr("typed"), fromUtf8(segment.source));
        line(tr("normalised"), segment.normalized == segment.source ? tr("the same") : fromUtf8(segment.normalized));
    }
    return y + kGrid;
}

double XrayView::paintWord(QPainter *painter, const QRectF &area, const engine::ExplainedWord &word) const
{
    double y = area.top();
    if (!word.lattice.empty()) {
        const LatticeGeometry geometry = layoutLattice(QRectF(area.left(), y, area.width(), 0), word, kMostLatticeRows);
        if (painter != nullptr)
            paintLattice(*painter, geometry, word);
        y += geometry.height() + kGrid;
    }
    for (std::size_t i = 0; i < std::min(kMostMerges, word.merges.size()); ++i) {
        const engine::MergeStep &merge = word.merges[i];
        const QString text = tr("%1. %2 + %3").arg(i + 1).arg(fromUtf8(merge.left), fromUtf8(merge.right));
        if (painter != nullptr)
            paintChip(painter, QRectF(area.left(), y, area.width(), lineHeight()), text,
                      tr("rank %1").arg(QString::number(merge.rank, 'f', 0)));
        y += lineHeight();
    }
    if (word.merges.size() > kMostMerges) {
        const QString more = tr("and %n more", nullptr, static_cast<int>(word.merges.size() - kMostMerges));
        if (painter != nullptr)
            paintParagraph(*painter, QRectF(area.left(), y, area.width(), 0), more, Theme::current().dimText);
        y += paragraphHeight(more, area.width());
    }
    return y;
}

double XrayView::paintWords(QPainter *painter, const QRectF &area) const
{
    const auto all = words();
    double y = area.top();
    m_rows.clear();
    for (std::size_t i = 0; i < std::min(kMostWords, all.size()); ++i) {
        const engine::ExplainedWord &word = *all[i];
        const bool isOpen = i == m_chosen;
        const double top = y;
        if (painter != nullptr && isOpen) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(Theme::current().accent);
            painter->drawRect(QRectF(area.left() - 6.0, y + 4.0, 2.0, lineHeight() - 8.0));
        }
        QRectF line(area.left(), y, area.width(), lineHeight());
        line.setLeft(paintChip(painter, line, chipText(fromUtf8(word.text)), QString(QChar(0x2192))));
        for (const engine::ExplainedPiece &piece : word.pieces) {
            const QString token = fromUtf8(piece.token);
            const QString id = QString::number(piece.id);
            if (line.left() > area.left() && line.left() + widthOf(token, id) > area.right()) {
                y += lineHeight();
                line = QRectF(area.left() + 2.0 * kGrid, y, area.width() - 2.0 * kGrid, lineHeight());
            }
            line.setLeft(paintChip(painter, line, token, id));
        }
        y += lineHeight();
        if (isOpen)
            y = paintWord(painter, QRectF(area.left() + 2.0 * kGrid, y, area.width() - 2.0 * kGrid, 0), word);
        m_rows.emplace_back(area.left(), top, area.width(), y - top);
    }
    return y + kGrid;
}

double XrayView::paintOthers(QPainter *painter, const QRectF &area) const
{
    double y = area.top();
    if (m_others.empty())
        return y;
    if (painter != nullptr)
        paintHeading(*painter, QRectF(area.left(), y, area.width(), 20), tr("Other vocabularies"), tr("the same text"));
    y += scaled(20) + kGrid;
    for (const auto &[name, other] : m_others) {
        QString text = other.problem;
        if (text.isEmpty())
            text = tr("%1, %n token(s):", nullptr, static_cast<int>(other.tokens.size())).arg(other.kind);
        for (const QString &token : other.tokens)
            text += QStringLiteral("  ") + token;
        const QString words = name + QStringLiteral(" ") + QChar(0x00B7) + QLatin1Char(' ') + shortened(text, 600);
        if (painter != nullptr)
            paintParagraph(*painter, QRectF(area.left(), y, area.width(), 0), words, Theme::current().text);
        y += paragraphHeight(words, area.width()) + kGrid;
    }
    return y;
}

double XrayView::paintAll(QPainter *painter, const QRectF &area) const
{
    const auto all = words();
    double y = area.top() + kTop;
    QString hint = tr("%n word(s)", nullptr, static_cast<int>(all.size()));
    if (m_isShortened || all.size() > kMostWords)
        hint += tr(", the beginning of the text");
    if (painter != nullptr)
        paintHeading(*painter, QRectF(area.left(), y, area.width(), 20), fromUtf8(m_explanation->kind), hint);
    y += scaled(20) + kGrid;
    const auto below = [&area](double top) { return QRectF(area.left(), top, area.width(), 0); };
    y = paintSegments(painter, below(y));
    y = paintWords(painter, below(y));
    return paintOthers(painter, below(y)) + kGrid;
}

int XrayView::pictureHeight(int width) const
{
    if (!m_explanation)
        return 160;
    return static_cast<int>(paintAll(nullptr, QRectF(6.0, 0.0, width - 6.0, 0.0)));
}

void XrayView::paintExport(QPainter &painter, const QSize &size)
{
    const bool isOnScreen = painter.device() == this;
    const QRectF area = isOnScreen ? QRectF(rect()).adjusted(6.0, 0, 0, 0)
                                   : QRectF(QPointF(0, 0), QSizeF(size)).adjusted(kGrid, kGrid, -kGrid, -kGrid);
    if (m_isStale && !isOnScreen)
        explain();
    if (!m_explanation) {
        const EmptyWords words = whyNoResult();
        paintEmpty(painter, area, m_problem.isEmpty() ? words.title : m_problem, words.advice);
        return;
    }
    painter.setRenderHint(QPainter::Antialiasing);
    paintAll(&painter, area);
}

void XrayView::mousePressEvent(QMouseEvent *event)
{
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        if (!m_rows[i].contains(event->position()))
            continue;
        m_chosen = i;
        relayout();
        return;
    }
    PictureView::mousePressEvent(event);
}

void XrayView::keyPressEvent(QKeyEvent *event)
{
    const std::size_t count = std::min(kMostWords, words().size());
    if (event->key() == Qt::Key_Down && m_chosen + 1 < count)
        ++m_chosen;
    else if (event->key() == Qt::Key_Up && m_chosen > 0)
        --m_chosen;
    else
        return PictureView::keyPressEvent(event);
    relayout();
}

QStringList XrayView::exportExtensions() const
{
    return PictureView::exportExtensions() << QStringLiteral("json");
}

QString XrayView::exportNumbers(const QString &file)
{
    if (m_isStale)
        explain();
    if (!m_explanation)
        return tr("%1: there is no tokenized text to write").arg(file);
    return writeWholeFile(file, QByteArray::fromStdString(engine::toJson(*m_explanation)));
}

} // namespace ui
