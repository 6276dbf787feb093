#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Everything from a clean clone to an open window: packages, configuration, build, start.
#   packaging/run.sh [ARGUMENT OF modelarium…]     e.g. packaging/run.sh --screenshot window.png
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
install_packages
configure
build_targets modelarium modelarium-cli
if [ -z "${DISPLAY-}" ] && [ -z "${WAYLAND_DISPLAY-}" ]; then
    export QT_QPA_PLATFORM="${QT_QPA_PLATFORM-offscreen}"
fi
exec "$build/app/modelarium" "$@"
