# SPDX-License-Identifier: LGPL-2.1-or-later
# The image of the test machine with a desktop in it: GNOME Settings, an X server without a screen.
# To be sourced after image.sh, whose image it is but for more packages.
# shellcheck shell=bash

# vm_gnome_image SUITE: prints the folder of a ready image of that suite with a desktop.
vm_gnome_image() (
    # shellcheck disable=SC2317 # called by what image.sh defines
    vm_packages() { grep -hv '^#' "$VM_MACHINE"/packages{,-gnome} | paste -sd,; }
    dir=$WGNL_CACHE/vm/gnome/$1-$({ vm_image_key "$1"; vm_packages; } | content_key)
    mkdir -p "${dir%/*}"
    with_lock "vm-image-gnome" vm_ready_image "$1" "$dir"
    printf '%s\n' "$dir"
)
