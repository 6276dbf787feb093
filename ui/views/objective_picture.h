// SPDX-License-Identifier: GPL-3.0-or-later
// A pretraining objective as a page of sections: rows of tokens, tables of squares, bars. Made from the engine's result
// by one function an objective (objective_pictures.h), laid out and painted here.
#pragma once

#include "ui/paint/bars.h"
#include "ui/paint/squares.h"
#include "ui/paint/token_lanes.h"
#include "ui/views/tables.h"

#include <QPainter>

#include <optional>
#include <variant>
#include <vector>

namespace ui {

// What a click on a cell changes. Cells name it by its index in ObjectivePicture::clicks.
struct ObjectiveClick {
    enum class Kind {
        Position, // choose this position by hand, or leave it to the dice
        Sentence, // likewise, of a sentence
        First,    // this sentence is the first of the pair
        Follows,  // the second one follows or not
        Turn,     // a place of an order: drag one to another
    };
    Kind kind = Kind::Position;
    std::size_t index = 0;
    bool isChosen = false;
};

struct ObjectiveSection {
    QString title;
    QString hint = {}; // beside the title, dim
    QString text = {}; // above the picture, wrapped
    std::variant<std::monostate, TokenLanes, Squares, std::vector<ValueRow>> picture = {};
    double largest = 0.0; // of bars; 0: their own largest
};

struct ObjectivePicture {
    std::vector<ObjectiveSection> sections;
    std::vector<ObjectiveClick> clicks;
    StripText summary; // while nothing is pointed at

    int add(const ObjectiveClick &click); // its number
};

// A cell under the pointer.
struct ObjectivePlace {
    std::size_t section = 0;
    std::size_t row = 0; // lane, row of squares
    std::size_t column = 0;
    bool operator==(const ObjectivePlace &) const = default;
};

struct ObjectiveLayout {
    struct Part {
        QRectF area;                                                                      // of the whole section
        QRectF body;                                                                      // of its picture
        std::variant<std::monostate, LanesGeometry, HeatMapGeometry, ValueBars> geometry; // in the body's coordinates
    };
    QRectF strip;
    std::vector<Part> parts;
    double height = 0.0;
};

[[nodiscard]] ObjectiveLayout layoutObjective(const ObjectivePicture &picture, double width);
void paintObjective(QPainter &painter, const ObjectivePicture &picture, const ObjectiveLayout &layout,
                    const std::optional<ObjectivePlace> &hovered);
[[nodiscard]] std::optional<ObjectivePlace> placeAt(const ObjectivePicture &picture, const ObjectiveLayout &layout,
                                                    const QPointF &point);
// What a click there does, and what is said of it; nothing where there is no cell.
[[nodiscard]] const ObjectiveClick *clickAt(const ObjectivePicture &picture, const ObjectivePlace &place);
[[nodiscard]] StripText wordsOf(const ObjectivePicture &picture, const ObjectivePlace &place);
// Every place that can be clicked, in reading order.
[[nodiscard]] std::vector<ObjectivePlace> clickablePlaces(const ObjectivePicture &picture);
// One row a cell: section, row, column, text, what it is, whether a person chose it.
[[nodiscard]] NumberTable tableOf(const ObjectivePicture &picture);

} // namespace ui
