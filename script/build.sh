# SPDX-License-Identifier: LGPL-2.1-or-later
# How the scripts of this folder build: with one set of flags, in folders of one shape, and through one
# cache of the compiler. So what one of them compiled, in any checkout, none compiles again.
# To be sourced after lib.sh.
# shellcheck shell=bash

# What it takes to compile everything, programs and tests: seconds of one processor, about.
COMPILING=1500

# packaged_files: the source files that can make a difference to what is built, NUL-terminated.
packaged_files() { source_files | grep -zvE '^(script/|\.ci/|tests/integration/)'; }

# export_source DIR: a copy of the source, without artefacts and without the repository.
export_source() {
    rm -rf "$1"
    mkdir -p "$1"
    (cd "$WGNL_ROOT" && packaged_files | tar --null -T - -cf -) | tar -C "$1" -xf -
}

# mirror_source DIR: the same, but its folders build-* stay. Files keep their times, so that ninja
# compiles again what changed, and no more.
mirror_source() {
    mkdir -p "$1" &&
        export_source "$1.new" &&
        find "$1" -mindepth 1 -maxdepth 1 -name 'build-*' -exec mv -t "$1.new" {} + &&
        rm -rf "$1" &&
        mv "$1.new" "$1"
}

# use_compiler_cache: one for all builds. It finds what another checkout compiled, because build folders
# are right below their source, so that command lines are alike, and objects know no absolute path. The
# language of warnings, which it would look at, is the one that debhelper sets, whatever the user's is.
use_compiler_cache() {
    export CCACHE_DIR=${CCACHE_DIR:-$WGNL_CACHE/ccache} CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=locale
    export LC_ALL=C.UTF-8
}

# without_debugging_information: has dpkg-buildflags leave it out: a quarter of the time for what
# script/package would strip.
without_debugging_information() { export DEB_CFLAGS_STRIP=-g DEB_CXXFLAGS_STRIP=-g; }

# use_package_flags: in the environment, the flags that debian/rules compiles with.
use_package_flags() {
    local flags
    without_debugging_information
    flags=$(DEB_BUILD_MAINT_OPTIONS=hardening=+all dpkg-buildflags --export=sh)
    eval "$flags"
}

# What makes meson compile as debian/rules does. What is of tests alone is built soon rather than fast.
# shellcheck disable=SC2034 # for the scripts that source this
PACKAGE_OPTIONS=(--buildtype=plain --prefix=/usr --libexecdir=libexec
    "-Dtest_args=-O0,-U_FORTIFY_SOURCE")

CHECKOUT=$(content_key <<<"$WGNL_ROOT")

# checkout_build OPTION…: the build folder of this checkout for these options of meson.
checkout_build() { echo "$WGNL_CACHE/build/$CHECKOUT/wgnl/build-$(content_key <<<"$*")"; }

# say_how_long: a word before something is compiled.
say_how_long() {
    if [[ -e $CCACHE_DIR ]]; then
        say "building"
    else
        say "building: about $((COMPILING / $(nproc) / 60 + 1)) minutes on this machine, the first time"
    fi
}

# show_progress: of the output of ninja that it reads, now and then how far it is.
show_progress() {
    local line last=$SECONDS
    while IFS= read -r line; do
        [[ $line =~ ^\[([0-9]+/[0-9]+)\] ]] || continue
        if [[ -t 2 ]]; then
            printf '\r\e[K==> built %s' "${BASH_REMATCH[1]}" >&2
        elif ((SECONDS - last >= 15)); then
            say "built ${BASH_REMATCH[1]}"
            last=$SECONDS
        fi
    done
    [[ ! -t 2 ]] || printf '\r\e[K' >&2
}

# set_up_build BUILD OPTION…: has meson prepare the folder, with the distribution's flags if it is to
# add none of its own.
set_up_build() {
    local build=$1
    shift
    [[ ! -e $build/build.ninja ]] || return 0
    (
        cd "${build%/*}" || exit
        [[ " $* " != *" --buildtype=plain "* ]] || use_package_flags
        meson setup "$build" . "$@" </dev/null
    )
}

# no_warnings LOG: whether nothing was warned of where CI=true; the compiler's cache repeats warnings.
no_warnings() { [[ ${CI:-} != true ]] || ! grep -A 5 ' warning: ' "$1" >&2; }

# build_checkout BUILD LOG [OPTION…] [-- TARGET…]: builds what the checkout has now, or all of it, in the
# folder that checkout_build named. The log's end is shown if that fails.
build_checkout() { with_lock "build-$CHECKOUT" build_locked "$@"; }

build_locked() {
    local build=$1 log=$2 options=()
    shift 2
    while [[ $# -gt 0 && $1 != -- ]]; do options+=("$1"); shift; done
    use_compiler_cache
    say_how_long
    mirror_source "${build%/*}" &&
        set_up_build "$build" "${options[@]}" >"$log" 2>&1 &&
        ninja -C "$build" "${@:2}" 2>&1 | tee -a "$log" | show_progress &&
        no_warnings "$log" || { tail -n 60 "$log" >&2; return 1; }
}
