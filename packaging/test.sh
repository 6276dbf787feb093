#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Everything from a clean clone to tested: packages, configuration, build with warnings as errors, ctest.
#   packaging/test.sh [CTEST ARGUMENT…]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
install_packages
configure -DMODELARIUM_TESTS=ON
build_targets
cd "$top"
exec ctest --preset release --parallel "$(nproc)" "$@"
