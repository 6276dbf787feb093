// SPDX-License-Identifier: GPL-3.0-or-later
// Words predicted in an order that is not theirs: XLNet.
#include "ui/views/objective_pictures.h"

#include "ui/state/texts.h"

#include <algorithm>

namespace ui {

namespace {

struct Order {
    ObjectiveRow words;
    std::vector<std::size_t> order; // of prediction
    std::vector<std::size_t> turn;  // of each word
    std::set<std::size_t> targets;
    bool isPartial = false;
    bool isForced = false;
};

Order orderOf(const engine::ObjectiveCase &entry, const engine::ObjectiveRequest &request)
{
    Order out{.words = FieldReader(entry.given).row("tokens"),
              .order = FieldReader(entry.choices).numbers("order"),
              .turn = {},
              .targets = {}};
    out.isPartial = request.predicted.has_value();
    out.isForced = !request.order.empty();
    out.turn.resize(out.words.size());
    for (std::size_t k = 0; k < out.order.size(); ++k)
        out.turn.at(out.order[k]) = k;
    for (const std::size_t target : FieldReader(entry.expected).numbers("targets"))
        out.targets.insert(target);
    return out;
}

TokenLanes orderLanes(const Order &order, ObjectivePicture &picture)
{
    Lane turns{.title = ObjectiveWords::tr("turn"), .cells = {}};
    Lane words{.title = ObjectiveWords::tr("word"), .cells = {}};
    for (std::size_t k = 0; k < order.order.size(); ++k) {
        const std::size_t position = order.order[k];
        turns.cells.push_back(LaneCell{.text = QString::number(k + 1), .tone = LaneTone::Note});
        LaneCell cell{.text = order.words[position].value_or(QString())};
        cell.tone = order.targets.contains(position) ? LaneTone::Asked : LaneTone::Plain;
        cell.isForced = order.isForced;
        cell.click = picture.add({ObjectiveClick::Kind::Turn, k, false});
        cell.why = ObjectiveWords::tr("word %1 of the text, predicted as number %2; drag it to another turn")
                       .arg(position + 1)
                       .arg(k + 1);
        words.cells.push_back(std::move(cell));
    }
    TokenLanes lanes;
    lanes.lanes = {std::move(turns), std::move(words)};
    return lanes;
}

TokenLanes textLanes(const Order &order, const std::vector<engine::WordPrediction> &predictions)
{
    TokenLanes lanes;
    Lane words{.title = ObjectiveWords::tr("text"), .cells = {}};
    Lane turns{.title = ObjectiveWords::tr("turn"), .cells = {}};
    Lane guesses{.title = ObjectiveWords::tr("model says"), .cells = {}};
    Lane chances{.title = ObjectiveWords::tr("p of the word"), .cells = {}};
    for (std::size_t i = 0; i < order.words.size(); ++i) {
        const bool isTarget = order.targets.contains(i);
        words.cells.push_back(
            LaneCell{.text = order.words[i].value_or(QString()), .tone = isTarget ? LaneTone::Asked : LaneTone::Plain});
        turns.cells.push_back(LaneCell{.text = isTarget || !order.isPartial ? QString::number(order.turn[i] + 1)
                                                                            : ObjectiveWords::tr("given"),
                                       .tone = LaneTone::Note});
        if (i >= predictions.size())
            continue;
        const engine::WordPrediction &prediction = predictions[i];
        const bool hasGuess = prediction.probability && !prediction.best.empty();
        if (!hasGuess) {
            guesses.cells.emplace_back();
            chances.cells.emplace_back();
            continue;
        }
        QStringList best;
        for (const engine::Candidate &candidate : prediction.best)
            best << QStringLiteral("%1 %2").arg(chipText(fromUtf8(candidate.token)),
                                                probabilityText(candidate.probability));
        LaneCell guess{.text = chipText(fromUtf8(prediction.best.front().token))};
        guess.why = ObjectiveWords::tr("likeliest here: %1").arg(best.join(QStringLiteral(", ")));
        guesses.cells.push_back(std::move(guess));
        chances.cells.push_back(LaneCell{.text = probabilityText(*prediction.probability), .tone = LaneTone::Note});
    }
    lanes.lanes = {std::move(words), std::move(turns)};
    if (!predictions.empty()) {
        lanes.lanes.push_back(std::move(guesses));
        lanes.lanes.push_back(std::move(chances));
    }
    return lanes;
}

enum class OrderStream { Content, Query };

Squares squaresOf(const Order &order, OrderStream stream)
{
    Squares out;
    for (std::size_t i = 0; i < order.words.size(); ++i) {
        out.labels.rows.push_back(order.words[i].value_or(QString()));
        out.labels.columns.push_back(out.labels.rows.back());
    }
    // Words that are no targets come first, together.
    const auto turnOf = [&](std::size_t i) {
        return order.isPartial && !order.targets.contains(i) ? std::int64_t{-1}
                                                             : static_cast<std::int64_t>(order.turn[i]);
    };
    for (std::size_t i = 0; i < order.words.size(); ++i) {
        std::vector<Square> row;
        for (std::size_t j = 0; j < order.words.size(); ++j) {
            const bool isOwn = i == j;
            const bool isGiven = turnOf(j) < 0;
            const bool isVisible = isOwn ? stream == OrderStream::Content || isGiven : isGiven || turnOf(j) < turnOf(i);
            Square square{.fill = isVisible ? Theme::current().accent : QColor()};
            if (isOwn)
                square.why =
                    stream == OrderStream::Content ? ObjectiveWords::tr("visible: the content stream sees its own word")
                    : isGiven ? ObjectiveWords::tr("visible: this word is given, nothing is asked here")
                              : ObjectiveWords::tr("hidden: the query stream must not see the word that it predicts");
            else if (isGiven)
                square.why = ObjectiveWords::tr("visible: given, no target");
            else
                square.why = isVisible ? ObjectiveWords::tr("visible: turn %1 comes before turn %2")
                                             .arg(turnOf(j) + 1)
                                             .arg(order.turn[i] + 1)
                                       : ObjectiveWords::tr("hidden: turn %1 comes later").arg(turnOf(j) + 1);
            row.push_back(std::move(square));
        }
        out.rows.push_back(std::move(row));
    }
    return out;
}

} // namespace

ObjectivePicture orderPicture(const ObjectiveScene &scene)
{
    ObjectivePicture picture;
    const engine::ObjectiveCase &entry = caseNamed(scene, scene.request.predicted ? "partial" : "full");
    const Order order = orderOf(entry, scene.request);
    const auto &predictions = scene.answer.predictions;
    picture.sections.push_back({.title = ObjectiveWords::tr("Order of prediction"),
                                .hint = ObjectiveWords::tr("drag a word to another turn"),
                                .picture = orderLanes(order, picture)});
    picture.sections.push_back({.title = ObjectiveWords::tr("The words keep their places"),
                                .hint = predictions.empty()
                                            ? ObjectiveWords::tr("open an XLNet checkpoint to see its predictions")
                                            : ObjectiveWords::tr("and what the open model predicts"),
                                .picture = textLanes(order, predictions)});
    picture.sections.push_back({.title = ObjectiveWords::tr("Content stream"),
                                .hint = ObjectiveWords::tr("sees earlier turns and its own word"),
                                .picture = squaresOf(order, OrderStream::Content)});
    picture.sections.push_back({.title = ObjectiveWords::tr("Query stream"),
                                .hint = ObjectiveWords::tr("predicts: sees earlier turns only"),
                                .picture = squaresOf(order, OrderStream::Query)});
    picture.summary = {
        ObjectiveWords::tr("%1 of %2 words are targets").arg(order.targets.size()).arg(order.words.size()),
        ObjectiveWords::tr("A word sees those whose turn comes before its own, on both sides of it. The mask "
                           "alone does that: the words are never moved.")};
    return picture;
}

} // namespace ui
