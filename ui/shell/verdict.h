// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/state/engine_client.h"
#include "ui/state/selection_model.h"

#include <QString>

namespace ui {

// What a checkpoint is, in words: "bert-base-uncased is a BERT checkpoint · 110 M parameters, 438 MB · it can
// fill masks, … · missing: …".
[[nodiscard]] QString verdict(const engine::ModelInfo &info);

// The selection, moved into what the result has: no layer, head or token that is not there.
[[nodiscard]] Selection fitted(const Selection &selection, const TaskResultPtr &result);

} // namespace ui
