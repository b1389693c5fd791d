# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the disk, kernel and initrd of the test machine, once per content of its inputs.
# To be sourced after script/lib.sh.
# shellcheck shell=bash

VM_MACHINE=$WGNL_ROOT/tests/integration/vm/machine

# vm_packages: the packages of the image, separated by commas.
vm_packages() { grep -v '^#' "$VM_MACHINE/packages" | paste -sd,; }

# vm_apt_options: how this host reaches its mirrors (proxies, checks of dates), for mmdebstrap.
vm_apt_options() {
    apt-config dump |
        sed -n -E 's/^(Acquire::(https?::[Pp]roxy.*|Check-Valid-Until|Check-Date) .*);$/--aptopt=\1/p'
}

# vm_build_image SUITE DIR: makes DIR/disk.img, DIR/vmlinuz and DIR/initrd.
vm_build_image() {
    local suite=$1 dir=$2 options
    mapfile -t options < <(vm_apt_options)
    mkdir -p "$dir"
    mmdebstrap --quiet --variant=minbase --include="$(vm_packages)" "${options[@]}" \
        --customize-hook="$VM_MACHINE/set-up" "$suite" "$dir/root" ${WGNL_MIRROR:+"$WGNL_MIRROR"} </dev/null >&2
    cp "$dir"/root/boot/vmlinuz-* "$dir/vmlinuz"
    cp "$dir/root/boot/wgnl-vm-initrd" "$dir/initrd"
    truncate -s 3G "$dir/disk.img"
    mke2fs -q -F -t ext4 -d "$dir/root" "$dir/disk.img" >&2
    rm -rf "$dir/root"
}

# vm_image_key SUITE: stands for everything that the image is made from.
vm_image_key() {
    { echo "$1" "${WGNL_MIRROR:-}"; cat "$VM_MACHINE"/{image.sh,packages,set-up,initrd-init,*.service}; } |
        content_key
}

# vm_ready_image SUITE DIR: builds DIR unless it is there; a build that was cut short leaves none.
vm_ready_image() {
    local suite=$1 dir=$2
    [[ -e $dir/disk.img ]] && return
    need_packages mmdebstrap e2fsprogs cpio xz-utils
    as_root_or_die "to build the machine's image"
    say "building the test machine ($suite): about a minute"
    rm -rf "$dir" "${dir%/*}/building"
    vm_build_image "$suite" "${dir%/*}/building"
    mv "${dir%/*}/building" "$dir"
    keep_newest 1 "${dir%/*}/$suite"-*
}

# vm_image SUITE: prints the folder of a ready image of that suite.
vm_image() {
    local dir
    dir=$WGNL_CACHE/vm/$1-$(vm_image_key "$1")
    mkdir -p "$WGNL_CACHE/vm"
    with_lock "vm-image" vm_ready_image "$1" "$dir"
    printf '%s\n' "$dir"
}
