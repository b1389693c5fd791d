# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the kernel of the native machine from Debian's linux-source, for user mode (ARCH=um).
# To be sourced by system.sh.
# shellcheck shell=bash

# How many files are compiled, for the progress that is shown, and how long that takes: seconds of one
# processor, about, of a slow one.
VM_KERNEL_FILES=1090
VM_KERNEL_SECONDS=1200

# can_be_native: whether this host can build and run such a kernel; says why not.
can_be_native() {
    [[ $(uname -m) == x86_64 ]] || { say "no native machine: it needs an x86-64 processor"; return 1; }
    [[ -d /dev/shm && $(findmnt -n -o OPTIONS -T /dev/shm) != *noexec* ]] ||
        { say "no native machine: /dev/shm must be there and allow execution"; return 1; }
}

# get_linux_source DIR SUITE: unpacks Debian's source of that suite's kernel to DIR/source.
get_linux_source() {
    say "fetching the source of the kernel of $2"
    vm_debian --variant=extract --include=linux-source "$2" "$1/package" || return
    mkdir "$1/source" &&
        tar -C "$1/source" --strip-components=1 -xf "$1"/package/usr/src/linux-source-*.tar.xz &&
        rm -rf "$1/package"
}

# configure_linux: in the folder of the source. An option that this kernel does not take is said: its
# tests will say what they miss.
configure_linux() {
    local line
    make ARCH=um KCONFIG_ALLCONFIG="$VM_MACHINE/kernel/config" allnoconfig
    grep '^CONFIG' "$VM_MACHINE/kernel/config" | while read -r line; do
        grep -qxF "$line" .config || say "this kernel has no $line"
    done
}

# count_compiled LOG: says now and then how far a make is, until it is ended.
count_compiled() {
    while sleep 15; do
        say "kernel: $(grep -c '^  CC ' "$1") of some $VM_KERNEL_FILES files"
    done
}

# compile_linux LOG: in the folder of the source.
compile_linux() {
    local counter status=0
    say "building the kernel of the native machine: up to $((VM_KERNEL_SECONDS / $(nproc) / 60)) minutes, once"
    count_compiled "$1" &
    counter=$!
    make ARCH=um -j"$(nproc)" linux >>"$1" 2>&1 || status=$?
    kill "$counter"
    return $status
}

# install_linux DIR: from the folder of the source: the program, and the list of what is built into it,
# by which modprobe knows that there is nothing to load.
install_linux() {
    local release
    release=$(cat include/config/kernel.release)
    mkdir -p "$1/modules/$release" "$1/depmod/lib" &&
        cp modules.builtin modules.builtin.modinfo "$1/modules/$release/" &&
        touch "$1/modules/$release/modules.order" &&
        ln -s "$1/modules" "$1/depmod/lib/modules" &&
        depmod -b "$1/depmod" "$release" &&
        rm -r "$1/depmod" &&
        strip -o "$1/linux" linux || return
    # It traces its processes by ptrace unless it knows this way, which is faster.
    ! grep -q '"seccomp="' arch/um/os-Linux/start_up.c || touch "$1/seccomp"
}

# make_kernel DIR SUITE: `linux`, `modules` and, if it has that way to trace processes, `seccomp` in DIR.
make_kernel() {
    local dir=$1 log=$WGNL_CACHE/vm/kernel/$2.log
    need_packages bc binutils bison flex gcc kmod libc6-dev make xz-utils
    get_linux_source "$dir" "$2" || return
    (
        cd "$dir/source" && configure_linux >"$log" && compile_linux "$log" && install_linux "$dir"
    ) || { tail -n 30 "$log" >&2; say "the kernel of $2 did not build; all of it: $log"; return 1; }
    rm -rf "$dir/source"
}

# vm_kernel SUITE: prints the folder of a kernel built from that suite's source: `linux`, `modules`.
vm_kernel() {
    local dir
    mkdir -p "$WGNL_CACHE/vm/kernel"
    dir=$WGNL_CACHE/vm/kernel/$1-$({ cat "$VM_MACHINE"/kernel/*; declare -f make_kernel get_linux_source configure_linux install_linux; } | content_key)
    with_lock "vm-kernel-$1" made_once "$dir" make_kernel "$1" || return
    printf '%s\n' "$dir"
}
