// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/image_text_panel.h"

#include "ui/panels/picture_card.h"
#include "ui/panels/region_picture.h"
#include "ui/panels/rows.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/undo_text.h"
#include "ui/shell/bar_list.h"
#include "ui/shell/token_chips.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"
#include "ui/views/attention_data.h"
#include "ui/views/pages.h"

#include <QVBoxLayout>

#include <algorithm>

namespace ui {

namespace {

QRect toQRect(const engine::PixelRect &area)
{
    return {static_cast<int>(area.left), static_cast<int>(area.top), static_cast<int>(area.width()),
            static_cast<int>(area.height())};
}

bool isOfPicture(const engine::TaskResult &result, std::size_t token)
{
    return token < result.encoding.ids.size() && result.encoding.ids[token] < 0;
}

} // namespace

ImageTextPanel::ImageTextPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent), m_input(new PictureCard(context.undo)),
      m_text(new SentenceCard(context.undo, {.title = tr("Text"),
                                             .placeholder = tr("Type what goes with the picture"),
                                             .showsTokens = false})), // they stand beside those of the picture
      m_labels(new Card), m_bars(new BarList), m_looks(new Card),
      m_controls(new AttentionControls(context.selection, {})), m_picture(new RegionPicture), m_way(new DimLabel),
      m_tokens(new TokenChips)
{
    build();
    connectAll();
}

void ImageTextPanel::build()
{
    m_picture->setAccessibleName(tr("Parts of the picture, each a token; arrow keys choose one"));
    m_tokens->setAccessibleName(tr("Tokens of picture and text"));
    m_labels->body().addWidget(m_bars);
    m_looks->body().addWidget(m_controls);
    m_looks->body().addWidget(m_picture);
    m_looks->body().addWidget(m_way);
    m_looks->body().addWidget(m_tokens);
    column().addWidget(m_input);
    column().addWidget(m_text);
    addExamplesHere();
    column().addWidget(m_labels);
    column().addWidget(m_looks);
    column().addStretch(1);
    m_labels->hide();
    m_looks->hide();
}

void ImageTextPanel::connectAll()
{
    connect(m_input, &PictureCard::imageChanged, this, &TaskPanel::inputsEdited);
    connect(m_input, &PictureCard::imageGiven, this, [this] {
        if (obstacle().isEmpty())
            emit runRequested();
    });
    connect(m_text, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_tokens, &TokenChips::clicked, this, [this](int token) { selection().selectPair(token, std::nullopt); });
    connect(m_picture, &RegionPicture::clicked, this, [this](int region) {
        if (const auto *shown = answer(); shown != nullptr && static_cast<std::size_t>(region) < shown->regions.size())
            selection().selectPair(static_cast<std::int64_t>(shown->regions[static_cast<std::size_t>(region)].token),
                                   std::nullopt);
    });
    connect(&selection(), &SelectionModel::changed, this, &ImageTextPanel::light);
}

void ImageTextPanel::modelChanged()
{
    m_text->setModel(model());
    m_shown.reset();
}

engine::TaskRequest ImageTextPanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_text->text());
    request.image = m_input->image();
    return request;
}

void ImageTextPanel::setRequest(const engine::TaskRequest &request)
{
    m_text->setText(fromUtf8(request.text));
    if (request.image)
        m_input->setImage(request.image);
}

QString ImageTextPanel::obstacle() const
{
    if (!m_input->image())
        return tr("There is no picture yet: drop one on the card, paste it, or open a file.");
    return TaskPanel::obstacle();
}

void ImageTextPanel::focusInput()
{
    m_text->field().setFocus();
}

const engine::ImageAndTextResult *ImageTextPanel::answer() const
{
    return m_shown ? std::get_if<engine::ImageAndTextResult>(&m_shown->payload) : nullptr;
}

void ImageTextPanel::showRun(const ShownRun &run)
{
    m_shown = run.result;
    const bool hasAnswer = answer() != nullptr;
    m_labels->setVisible(hasAnswer);
    m_looks->setVisible(hasAnswer);
    m_controls->show(hasAnswer ? m_shown : nullptr);
    if (!hasAnswer)
        return;
    showLabels(run);
    m_picture->setImage(answer()->image);
    m_way->setText(wayOfThePicture());
    light();
}

void ImageTextPanel::showLabels(const ShownRun &run)
{
    QStringList holding;
    for (const engine::ScoredLabel &score : answer()->labels.scores)
        if (score.holds())
            holding << fromUtf8(score.label);
    const QString hint =
        tr("sigmoid: every label by itself, above 0.5 it holds · %1").arg(millisecondsText(run.result->elapsedMs));
    m_labels->headline().setParts(holding.size() == 1 ? tr("This label holds") : tr("These labels hold"), hint,
                                  holding.isEmpty() ? tr("(none)") : holding.join(QStringLiteral(", ")));
    m_bars->setRows(labelRows(answer()->labels.scores));
}

QString ImageTextPanel::wayOfThePicture() const
{
    const engine::PixelRect &seen = answer()->seen;
    QString way = tr("%1 × %2 of its pixels").arg(seen.width()).arg(seen.height());
    const auto &mechanisms = m_shown->trace->mechanisms;
    const auto map = std::ranges::find(mechanisms, "feature_map", &engine::MechanismRecord::name);
    if (map != mechanisms.end() && map->tensor.rank() == 4) // (1, features, rows, columns)
        way += tr(" → image encoder: %1 features at %2 × %3 places")
                   .arg(map->tensor.size(1))
                   .arg(map->tensor.size(2))
                   .arg(map->tensor.size(3));
    const auto tokens = static_cast<qulonglong>(answer()->regions.size());
    way += tokens == 1 ? tr(" → pooled to one token") : tr(" → pooled to %1 tokens").arg(tokens);
    return way + tr(" → projected to %1 numbers each, segment 0; the words are segment 1").arg(model()->info().hidden);
}

std::int64_t ImageTextPanel::chosenToken() const
{
    const auto length = static_cast<std::int64_t>(m_shown->encoding.size());
    if (const auto query = selection().current().query; query && *query >= 0 && *query < length)
        return *query;
    const auto word = std::ranges::find(m_shown->encoding.sequence, 0);
    return word - m_shown->encoding.sequence.begin();
}

std::vector<float> ImageTextPanel::weightsOf(std::int64_t token) const
{
    const ChosenAttention chosen = chooseAttention(m_shown, selection().current());
    if (!chosen || token < 0 || token >= chosen.record->queries())
        return {};
    std::vector<float> row(static_cast<std::size_t>(chosen.record->keys()));
    chosen.record->fillRow({.batch = chosen.row, .head = chosen.head, .query = token}, row);
    return row;
}

void ImageTextPanel::light()
{
    if (answer() == nullptr)
        return;
    const std::vector<float> weights = weightsOf(chosenToken());
    lightPicture(weights);
    lightWords(weights);
    say(weights);
}

void ImageTextPanel::lightPicture(const std::vector<float> &weights)
{
    PictureMarks marks{.seen = toQRect(answer()->seen), .isLit = !weights.empty()};
    const auto at = [&](std::size_t token) {
        return token < weights.size() ? static_cast<double>(weights[token]) : 0.0;
    };
    double largest = 0.0;
    for (const engine::ImageRegion &region : answer()->regions)
        largest = std::max(largest, at(region.token));
    for (const engine::ImageRegion &region : answer()->regions) {
        if (static_cast<std::int64_t>(region.token) == chosenToken())
            marks.current = marks.regions.size();
        marks.regions.push_back({.area = toQRect(region.area),
                                 .share = largest > 0.0 ? at(region.token) / largest : 0.0,
                                 .number = marks.isLit ? probabilityText(at(region.token)) : QString()});
    }
    m_picture->setMarks(std::move(marks));
}

void ImageTextPanel::lightWords(const std::vector<float> &weights)
{
    const std::size_t length = m_shown->encoding.size();
    float largest = 0.0F;
    for (std::size_t i = 0; i < std::min(length, weights.size()); ++i)
        largest = std::max(largest, weights[i]);
    std::vector<TokenChip> chips;
    for (std::size_t i = 0; i < length; ++i) {
        TokenChip chip{.text = chipText(fromUtf8(m_shown->display[i])), .below = QString()};
        const bool isSpecial = m_shown->encoding.sequence[i] < 0;
        chip.isDim = isSpecial && !isOfPicture(*m_shown, i);
        if (i < weights.size()) {
            chip.below = probabilityText(static_cast<double>(weights[i]));
            if (largest > 0.0F)
                chip.fill = weightColour(static_cast<double>(weights[i] / largest));
        }
        chip.tip = isOfPicture(*m_shown, i) ? tr("a part of the picture, position %1, segment 0").arg(i)
                                            : tr("token “%1”, id %2, segment %3")
                                                  .arg(fromUtf8(m_shown->encoding.tokens[i]))
                                                  .arg(m_shown->encoding.ids[i])
                                                  .arg(m_shown->encoding.typeIds[i]);
        chips.push_back(std::move(chip));
    }
    m_tokens->setChips(std::move(chips));
    m_tokens->setCurrent(static_cast<int>(chosenToken()));
}

void ImageTextPanel::say(const std::vector<float> &weights)
{
    if (weights.empty()) {
        const EmptyWords words = whyNoAttention(m_shown);
        m_looks->headline().setParts(words.title, words.advice);
        return;
    }
    double picture = 0.0;
    for (const engine::ImageRegion &region : answer()->regions)
        picture += region.token < weights.size() ? static_cast<double>(weights[region.token]) : 0.0;
    const QString name = chipText(fromUtf8(m_shown->display[static_cast<std::size_t>(chosenToken())]));
    m_looks->headline().setParts(tr("What “%1” looks at").arg(name),
                                 tr("%1 of its attention goes to the picture · click a word, or a part of the picture")
                                     .arg(probabilityText(picture)));
}

} // namespace ui
