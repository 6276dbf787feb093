// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/window_options.h"

class QApplication;

namespace app {

// Puts settings, engine and window together and runs the event loop. Returns the exit code of the process:
// 0 done, 1 the picture could not be made, 2 wrong arguments, 3 bad or unsupported file.
[[nodiscard]] int runWindow(QApplication &application, const WindowOptions &options);

} // namespace app
