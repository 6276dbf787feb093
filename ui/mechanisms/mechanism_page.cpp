// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/mechanism_page.h"

#include "ui/mechanisms/axial_view.h"
#include "ui/mechanisms/distance_view.h"
#include "ui/mechanisms/hash_view.h"
#include "ui/mechanisms/input_view.h"
#include "ui/mechanisms/kernel_view.h"
#include "ui/mechanisms/ledger_view.h"
#include "ui/mechanisms/memory_view.h"
#include "ui/mechanisms/pool_view.h"
#include "ui/mechanisms/reversible_view.h"
#include "ui/mechanisms/sharing_view.h"
#include "ui/mechanisms/stream_view.h"
#include "ui/mechanisms/teacher_view.h"
#include "ui/mechanisms/window_view.h"
#include "ui/views/pages.h"

namespace ui {

InspectorTab mechanismTab(SelectionModel &selection, QWidget *parent)
{
    auto *page = new ScrolledPage(parent);
    auto *controls = new AttentionControls(selection, {.hasHead = true});
    page->addFixed(controls);
    const std::vector<View *> views{
        new WindowView(selection),  new HashView(selection),       new MemoryView(selection),
        new AxialView(selection),   new ReversibleView(selection), new KernelView(selection),
        new PoolView(selection),    new DistanceView(selection),   new StreamView(selection),
        new SharingView(selection), new InputView(selection),      new TeacherView(selection),
        new LedgerView(selection),
    };
    for (View *view : views)
        page->add(view);
    QObject::connect(views.front(), &View::shown, controls, &AttentionControls::show);
    return {QStringLiteral("mechanism"), InspectorPage::tr("Mechanism"), page, views};
}

} // namespace ui
