# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by the scripts of this folder; to be sourced from bash.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$top/build/release

say() { printf '%s\n' "$*" >&2; }

# Names in debian-packages.txt that dpkg does not know as installed.
missing_packages() {
    sed -e 's/#.*//' -e '/^\[/d' -e '/^[[:space:]]*$/d' "$top/packaging/debian-packages.txt" | while read -r package; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || printf '%s\n' "$package"
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        say "cannot install packages: neither root nor sudo; as root: apt-get install $(missing_packages | tr '\n' ' ')"
        return 1
    fi
}

install_packages() {
    if ! command -v apt-get >/dev/null; then
        say "no apt-get here; needed are what packaging/debian-packages.txt names"
        return 0
    fi
    local packages
    mapfile -t packages < <(missing_packages)
    [ "${#packages[@]}" -gt 0 ] || return 0
    say "installing: ${packages[*]}"
    as_root apt-get update -qq >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2
}

# configure [CMAKE ARGUMENT…]
configure() {
    say "configuring"
    (cd "$top" && cmake --preset release -DMODELARIUM_WERROR=ON "$@") >&2
}

# build_targets [TARGET…]: all without a name
build_targets() {
    local targets=()
    [ $# -eq 0 ] || targets=(--target "$@")
    say "building"
    cmake --build "$build" --parallel "$(nproc)" "${targets[@]}" >&2
}
