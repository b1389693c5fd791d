# SPDX-License-Identifier: LGPL-2.1-or-later
# What the scripts of this folder share: messages, packages of the host, the cache, locks.
# To be sourced by bash under `set -euo pipefail`.
# shellcheck shell=bash

WGNL_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
WGNL_CACHE=${WGNL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wgnl}
export WGNL_ROOT WGNL_CACHE
mkdir -p "$WGNL_CACHE"

# say TEXT…: one line of progress on standard error.
say() { printf '==> %s\n' "$*" >&2; }

# die TEXT…: the reason on standard error, and the end of the script.
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# as_root_or_die WHAT: explains who must run the script when root is needed for WHAT.
as_root_or_die() { [[ $EUID -eq 0 ]] || die "root is needed $1: run it with sudo"; }

# missing_packages PKG…: those of the Debian packages that are not installed, one a line.
missing_packages() {
    local installed
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
    local package
    for package; do
        grep -qxF "installed $package" <<<"$installed" || printf '%s\n' "$package"
    done
}

# apt_quietly ARG…: apt-get without questions; what it says is shown only when it fails.
apt_quietly() {
    local log=$WGNL_CACHE/apt.log
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=600 "$@" \
        </dev/null >"$log" 2>&1 || { tail -n 20 "$log" >&2; return 1; }
}

# apt_lists_are_fresh: whether apt knows today's packages.
apt_lists_are_fresh() {
    [[ -n $(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mmin -1440 -print -quit) ]]
}

# apt_install ARG…: apt-get install (or build-dep) with lists as fresh as it takes.
apt_install() {
    apt_lists_are_fresh || apt_quietly update || die "apt-get update failed: is there a mirror?"
    if ! apt_quietly "$@" 2>/dev/null; then
        apt_quietly update || die "apt-get update failed"
        apt_quietly "$@" || die "apt-get $* failed"
    fi
}

# need_packages PKG…: installs the Debian packages that are missing.
need_packages() {
    command -v apt-get >/dev/null || die "this needs Debian or a relative of it (no apt-get here)"
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [[ ${#missing[@]} -eq 0 ]] && return
    as_root_or_die "to install ${missing[*]}"
    say "installing ${missing[*]}"
    apt_install install --no-install-recommends "${missing[@]}"
}

# need_build_depends: installs what debian/control asks for to build and to test the project.
need_build_depends() {
    need_packages dpkg-dev build-essential ccache
    (cd "$WGNL_ROOT" && dpkg-checkbuilddeps) 2>/dev/null && return
    as_root_or_die "to install the build dependencies of debian/control"
    say "installing build dependencies"
    (cd "$WGNL_ROOT" && apt_install build-dep --no-install-recommends ./)
}

# content_key: 16 hex digits that stand for the bytes on standard input.
content_key() { sha256sum | cut -c1-16; }

# source_files: the files of the checkout, committed or not, as NUL-terminated paths.
source_files() {
    cd "$WGNL_ROOT" || return
    if [[ -e .git ]]; then
        git ls-files -z --cached --others --exclude-standard --deduplicate |
            while IFS= read -r -d '' file; do [[ -e $file ]] && printf '%s\0' "$file"; done
    else
        find . -type f -printf '%P\0'
    fi | LC_ALL=C sort -z
}

# with_lock NAME COMMAND…: runs the command (or function) while no other holder of NAME runs.
with_lock() {
    local name=$1
    shift
    (
        exec {lock}>"$WGNL_CACHE/$name.lock"
        flock -n "$lock" || { say "waiting for another run ($name)"; flock "$lock"; }
        "$@"
    )
}

# keep_newest COUNT PATH…: removes all of the paths but the COUNT last modified ones.
keep_newest() {
    local count=$1 path
    shift
    # shellcheck disable=SC2012 # names of our own: without newlines
    ls -1td -- "$@" 2>/dev/null | tail -n +$((count + 1)) |
        while IFS= read -r path; do rm -rf --one-file-system -- "$path"; done
}
