// SPDX-License-Identifier: GPL-3.0-or-later
// Names under which the window keeps its state in QSettings.
#pragma once

namespace ui {

inline constexpr char kModelFoldersKey[] = "models/folders";    // QStringList: searched for checkpoints
inline constexpr char kRecentModelsKey[] = "models/recent";     // QStringList, newest first
inline constexpr char kLastModelKey[] = "session/model";        // QString: directory
inline constexpr char kLastTaskKey[] = "session/task";          // QString: id of the task
inline constexpr char kLastInputsKey[] = "session/inputs";      // QVariantMap: the panel's inputs
inline constexpr char kLastViewKey[] = "session/view";          // QString: id of the inspector view
inline constexpr char kViewStatesKey[] = "session/views";       // QVariantMap: by view, what it remembers
inline constexpr char kGeometryKey[] = "window/geometry";       // QByteArray
inline constexpr char kLayoutKey[] = "window/layout";           // QByteArray
inline constexpr char kThemeKey[] = "window/theme";             // "light", "dark"; empty: the desktop's scheme
inline constexpr char kZoomKey[] = "window/zoom";               // int, per cent

} // namespace ui
