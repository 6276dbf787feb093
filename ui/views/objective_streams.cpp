// SPDX-License-Identifier: GPL-3.0-or-later
// Words from those before them: the next one (GPT), the next n at once (ProphetNet).
#include "ui/views/objective_pictures.h"

namespace ui {

namespace {

std::vector<QString> labelsOf(const ObjectiveRow &words)
{
    std::vector<QString> out;
    for (const auto &word : words)
        out.push_back(word.value_or(QString()));
    return out;
}

// Squares of who sees whom, from rows of 0 and 1.
Squares visibility(const std::vector<ObjectiveRow> &rows, const HeatMapLabels &labels)
{
    Squares out{.labels = labels, .rows = {}};
    for (const ObjectiveRow &row : rows) {
        std::vector<Square> squares;
        for (const auto &cell : row) {
            const bool isVisible = cell == QLatin1String("1");
            squares.push_back({.fill = isVisible ? Theme::current().accent : QColor(),
                               .why = isVisible ? ObjectiveWords::tr("visible") : ObjectiveWords::tr("hidden")});
        }
        out.rows.push_back(std::move(squares));
    }
    return out;
}

} // namespace

ObjectivePicture nextWordPicture(const ObjectiveScene &scene)
{
    ObjectivePicture picture;
    const FieldReader expected(scene.answer.result.cases.front().expected);
    const ObjectiveRow input = expected.row("input");
    TokenLanes lanes;
    lanes.lanes = {lane(ObjectiveWords::tr("reads"), input, LaneTone::Plain),
                   lane(ObjectiveWords::tr("must say"), expected.row("targets"), LaneTone::Asked)};
    picture.sections.push_back({.title = ObjectiveWords::tr("The next word"),
                                .hint = ObjectiveWords::tr("every position at once"),
                                .picture = std::move(lanes)});
    picture.sections.push_back({.title = ObjectiveWords::tr("Who sees whom"),
                                .hint = ObjectiveWords::tr("a row sees the columns that are filled"),
                                .picture = visibility(expected.rows("visible"), {labelsOf(input), labelsOf(input)})});
    picture.summary = {
        ObjectiveWords::tr("%1 predictions from one text").arg(input.empty() ? 0 : input.size() - 1),
        ObjectiveWords::tr("Nothing is drawn by chance: every word is the target of the one before, and what "
                           "comes after is hidden.")};
    return picture;
}

ObjectivePicture ngramPicture(const ObjectiveScene &scene)
{
    ObjectivePicture picture;
    const engine::ObjectiveCase &entry = scene.answer.result.cases.front();
    const FieldReader expected(entry.expected);
    const auto future = expected.rows("future_targets");
    const ObjectiveRow input = expected.row("decoder_input");
    TokenLanes lanes;
    lanes.lanes.push_back(lane(ObjectiveWords::tr("reads"), input, LaneTone::Plain));
    if (!input.empty())
        lanes.lanes.front().cells.front()->tone = LaneTone::Special;
    for (std::size_t k = 0; k < future.size(); ++k)
        lanes.lanes.push_back(lane(ObjectiveWords::tr("stream %1 says").arg(k + 1), future[k], LaneTone::Asked));
    picture.sections.push_back({.title = ObjectiveWords::tr("The next %1 words at once").arg(future.size()),
                                .hint = ObjectiveWords::tr("a column is one position"),
                                .picture = std::move(lanes)});
    const HeatMapLabels labels{labelsOf(expected.row("row_targets")), labelsOf(input)};
    for (std::size_t k = 0; k < future.size(); ++k) {
        const auto rows = expected.rows("stream_visible." + std::to_string(k));
        picture.sections.push_back(
            {.title = ObjectiveWords::tr("Stream %1").arg(k + 1),
             .hint = k == 0 ? ObjectiveWords::tr("row: the word that is said; column: what is read")
                            : ObjectiveWords::tr("sees %n word(s) less", nullptr, static_cast<int>(k)),
             .picture = visibility(rows, labels)});
    }
    picture.summary = {
        ObjectiveWords::tr("%1 streams").arg(future.size()),
        ObjectiveWords::tr("Every position predicts the words after it at once, so that the model plans ahead "
                           "instead of looking one word far. When it writes, only stream 1 is used.")};
    return picture;
}

} // namespace ui
