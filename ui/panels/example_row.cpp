// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/example_row.h"

#include "ui/shell/card.h"
#include "ui/shell/flow_layout.h"
#include "ui/shell/pill_button.h"
#include "ui/state/texts.h"

namespace ui {

ExampleRow::ExampleRow(QWidget *parent) : QWidget(parent), m_flow(new FlowLayout(4, this))
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    hide();
}

void ExampleRow::setExamples(const std::vector<engine::TaskRequest> &examples)
{
    while (QLayoutItem *item = m_flow->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    constexpr std::size_t kMostShown = 3; // the menu goes through all of them
    for (std::size_t i = 0; i < std::min(examples.size(), kMostShown); ++i) {
        const QString text = fromUtf8(examples[i].text).simplified();
        constexpr qsizetype kMostCharacters = 34;
        const QString shown = text.size() <= kMostCharacters ? text : text.left(kMostCharacters - 1) + QChar(0x2026);
        auto *button = new PillButton(tr("Try “%1”").arg(shown), PillKind::Link, this);
        button->setToolTip(text);
        connect(button, &PillButton::clicked, this, [this, i] { emit chosen(static_cast<int>(i)); });
        m_flow->addWidget(button);
    }
    setVisible(!examples.empty());
    updateGeometry();
}

} // namespace ui
