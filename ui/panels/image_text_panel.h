// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/task_panel.h"

namespace ui {

class AttentionControls;
class BarList;
class Card;
class DimLabel;
class PictureCard;
class RegionPicture;
class SentenceCard;
class TokenChips;

// A picture and a text in, labels out. A token of either, once chosen, lights up what it looks at in both: parts of the
// picture and words.
class ImageTextPanel : public TaskPanel {
    Q_OBJECT
public:
    ImageTextPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    [[nodiscard]] QString obstacle() const override;
    void showRun(const ShownRun &run) override;
    void focusInput() override;

protected:
    void modelChanged() override;

private:
    void build();
    void connectAll();
    void showLabels(const ShownRun &run);
    void light(); // what the chosen token looks at
    void lightPicture(const std::vector<float> &weights);
    void lightWords(const std::vector<float> &weights);
    void say(const std::vector<float> &weights);
    [[nodiscard]] QString wayOfThePicture() const; // to its tokens, in numbers
    [[nodiscard]] const engine::ImageAndTextResult *answer() const;
    [[nodiscard]] std::int64_t chosenToken() const;                       // the first word where none is chosen
    [[nodiscard]] std::vector<float> weightsOf(std::int64_t token) const; // by token; empty without attention

    PictureCard *m_input;
    SentenceCard *m_text;
    Card *m_labels;
    BarList *m_bars;
    Card *m_looks;
    AttentionControls *m_controls;
    RegionPicture *m_picture;
    DimLabel *m_way;
    TokenChips *m_tokens;
    TaskResultPtr m_shown;
};

} // namespace ui
