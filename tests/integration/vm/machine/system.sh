# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes what a test machine runs, once per content of its inputs: the root folder of a Debian, and
# with it a native kernel (kernel.sh) or a disk with Debian's own kernel.
# To be sourced after script/lib.sh.
# shellcheck shell=bash

VM_MACHINE=$WGNL_ROOT/tests/integration/vm/machine
# shellcheck source=tests/integration/vm/machine/kernel.sh
. "$VM_MACHINE/kernel.sh"
# shellcheck disable=SC2034 # for the scripts that source this
VM_KINDS="native emulated kvm"
# shellcheck disable=SC2034 # as above
VM_SUITES="trixie sid bookworm"

# one_of OPTION VALUE LIST: the option's value, if it is a word of the list; else the end.
one_of() {
    [[ -n $2 && " $3 " == *" $2 "* ]] || die "$1 must be one of: $3"
    echo "$2"
}

# gone_from SUITE: what our packages need, as they are built here, that this Debian does not have any
# more: it comes from the Debian that builds them.
gone_from() { [[ $1 != sid ]] || echo libsodium23; }

# left_out SUITE FLAVOUR: packages of the list that this root folder does not get. With dbus-broker there,
# a user's bus would be that one, which is started otherwise.
left_out() {
    gone_from "$1"
    [[ $2 != desktop ]] || echo dbus-broker
}

# vm_packages SUITE FLAVOUR: the packages of a root folder, separated by commas. plain, or desktop: with
# GNOME Settings and an X server without a screen.
vm_packages() {
    local lists=("$VM_MACHINE/packages")
    [[ $2 == plain ]] || lists+=("$VM_MACHINE/packages-$2")
    grep -hv '^#' "${lists[@]}" | grep -vxF "$(left_out "$@" | grep . || echo '#')" | paste -sd,
}

# older_packages SUITE: prints the paths of what is gone from it.
older_packages() {
    local package dir=$WGNL_CACHE/vm/older
    mkdir -p "$dir"
    for package in $(gone_from "$1"); do
        compgen -G "$dir/${package}_*.deb" >/dev/null || (cd "$dir" && apt-get -qq download "$package" >&2) || return
        ls "$dir/${package}"_*.deb
    done
}

# vm_debian ARGUMENT…: mmdebstrap, with this host's way to its mirrors (proxies, checks of dates). A
# mirror may be frozen, and sid says that it expires within a week: what matters here is that it is signed.
# What it mounts into the folder goes with it, also if it is killed.
vm_debian() {
    local options
    need_packages mmdebstrap
    mapfile -t options < <(apt-config dump |
        sed -n -E 's/^(Acquire::(https?::[Pp]roxy.*|Check-Date) .*);$/--aptopt=\1/p')
    unshare --mount mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' "${options[@]}" "$@" \
        ${WGNL_MIRROR:+"$WGNL_MIRROR"} </dev/null >&2
}

# made_once DIR MAKER ARGUMENT…: runs `MAKER building-DIR ARGUMENT…` unless DIR is there; what was cut
# short leaves none. Of folders DIR up to its last dash, the two newest are kept.
made_once() {
    local dir=$1 maker=$2
    shift 2
    [[ -e $dir ]] && return
    as_root_or_die "to make what the test machine runs"
    local building=${dir%/*}/building-${dir##*/}
    rm -rf --one-file-system "$building"
    mkdir -p "$building" && "$maker" "$building" "$@" && mv "$building" "$dir" || return
    keep_newest 2 "${dir%-*}"-*
}

# make_root DIR SUITE FLAVOUR: the folder `root` in DIR, a whole Debian but for a kernel.
make_root() {
    say "making the root folder of $2 ($3): about a minute"
    vm_debian --variant=minbase --include="$(vm_packages "$2" "$3")" \
        --customize-hook="$VM_MACHINE/set-up" "$2" "$1/root"
}

# vm_root SUITE FLAVOUR: prints the path of that root folder, which nobody may write to.
vm_root() {
    local dir
    dir=$WGNL_CACHE/vm/root/$1-$2-$({ echo "$1 ${WGNL_MIRROR:-}"; vm_packages "$1" "$2"; cat "$VM_MACHINE/set-up"; } | content_key)
    with_lock "vm-root-$1-$2" made_once "$dir" make_root "$1" "$2" || return
    printf '%s\n' "$dir/root"
}

# pack_initrd FOLDER FILE: an archive that a kernel starts from.
pack_initrd() { (cd "$1" && find . | cpio -o --quiet -H newc) >"$2"; }

# begin_initrd FOLDER ROOT INIT: a folder with busybox of that root, and the program that starts it.
begin_initrd() {
    mkdir -p "$1"/{bin,dev,proc,sys,lower,new} &&
        cp "$2/bin/busybox" "$1/bin/" &&
        ln -s busybox "$1/bin/sh" &&
        install -m 755 "$3" "$1/init"
}

# make_native DIR ROOT KERNEL: what a native machine runs.
make_native() {
    need_packages cpio
    begin_initrd "$1/initrd.d" "$2" "$VM_MACHINE/initrd-native" &&
        pack_initrd "$1/initrd.d" "$1/initrd" &&
        rm -r "$1/initrd.d" &&
        ln -s "$2" "$1/root" &&
        ln -s "$3"/* "$1/"
}

# add_modules ROOT INITRD: to the initrd, the drivers of the disk; the usual initrd takes an emulated
# machine ten seconds.
add_modules() {
    local root=$1 initrd=$2 release module file
    release=$(ls "$root/usr/lib/modules")
    for module in virtio_pci virtio_blk ext4; do
        modprobe -d "$root" -S "$release" --show-depends "$module"
    done | sed -n 's/^insmod \(\S*\).*/\1/p' | while read -r file; do
        module=$(basename "${file%.xz}")
        case $file in
        *.xz) xz -dc "$file" ;;
        *) cat "$file" ;;
        esac >"$initrd/$module"
        echo "/$module" >>"$initrd/modules"
    done
}

# add_kernel DIR ROOT SUITE: to a folder that is DIR/root then, what that root lacks: Debian's kernel,
# whose image is DIR/vmlinuz, and the agent's unit. Files of the root are shared, not copied.
add_kernel() {
    local dir=$1 modules units
    vm_debian --variant=extract --include=linux-image-cloud-amd64 "$3" "$dir/kernel" &&
        cp "$dir"/kernel/boot/vmlinuz-* "$dir/vmlinuz" &&
        cp -al "$2" "$dir/root" || return
    modules=$(find "$dir/kernel" -path '*lib/modules' -type d) units=$dir/root/etc/systemd/system
    cp -a "$modules"/* "$dir/root/usr/lib/modules/" &&
        depmod -b "$dir/root" "$(ls "$dir/root/usr/lib/modules")" &&
        install -m 644 "$VM_MACHINE/wgnl-vm-agent-emulated.service" "$units/wgnl-vm-agent.service" &&
        ln -s ../wgnl-vm-agent.service "$units/multi-user.target.wants/"
}

# make_disk DIR SUITE ROOT: what an emulated machine runs: that root on a disk, with Debian's kernel.
make_disk() {
    local dir=$1
    need_packages cpio e2fsprogs kmod xz-utils
    say "making the disk of the emulated machine ($2): about a minute"
    add_kernel "$dir" "$3" "$2" &&
        begin_initrd "$dir/initrd.d" "$3" "$VM_MACHINE/initrd-emulated" &&
        add_modules "$dir/root" "$dir/initrd.d" &&
        pack_initrd "$dir/initrd.d" "$dir/initrd" &&
        truncate -s 5G "$dir/disk.img" &&
        mke2fs -q -F -t ext4 -d "$dir/root" "$dir/disk.img" >&2 &&
        rm -rf "$dir/root" "$dir/kernel" "$dir/initrd.d"
}

# vm_system KIND SUITE FLAVOUR KERNEL: prints a folder that a machine of that kind can run. KERNEL: of
# which Debian the native kernel's source is; the others run the suite's own.
vm_system() {
    local kind=$1 suite=$2 flavour=$3 root kernel key dir
    need_packages cpio
    root=$(vm_root "$suite" "$flavour") || return
    key=$(echo "$root" | cat - "$VM_MACHINE"/{system.sh,initrd-*,wgnl-vm-agent-*} | content_key)
    if [[ $kind == native ]]; then
        kernel=$(vm_kernel "$4") || return
        dir=$WGNL_CACHE/vm/native/$suite-$flavour-on-${4}-$(content_key <<<"$key $kernel")
        with_lock "vm-native-$suite-$flavour" made_once "$dir" make_native "$root" "$kernel" || return
    else
        dir=$WGNL_CACHE/vm/disk/$suite-$flavour-$key
        with_lock "vm-disk-$suite-$flavour" made_once "$dir" make_disk "$suite" "$root" || return
    fi
    printf '%s\n' "$dir"
}

# make_with_packages FILE KIND SYSTEM PACKAGE…: what a machine keeps that has installed the packages.
make_with_packages() {
    local file=$1 kind=$2 system=$3 package arguments=()
    shift 3
    say "installing the packages in a machine, for the others to begin with"
    for package; do
        arguments+=(--deb "$package")
    done
    /usr/bin/python3 "$VM_MACHINE" --machine "$kind" --system "$system" "${arguments[@]}" keep "$file/kept"
}

# vm_with_packages KIND SYSTEM SUITE: prints a file to begin a machine of that system with: in it, wgnl's
# packages are installed.
vm_with_packages() {
    local packages file
    packages=$("$WGNL_ROOT/script/package" | grep -v -e -dev_ && older_packages "$3") || return
    file=$WGNL_CACHE/vm/with-packages/${2##*/}-$(cat "$VM_MACHINE"/*.py - <<<"$2 $packages" | content_key)
    mkdir -p "${file%/*}"
    # shellcheck disable=SC2086 # one path a word: the cache has no spaces in its names
    with_lock "vm-with-packages-$(content_key <<<"$2")" \
        made_once "$file" make_with_packages "$1" "$2" $packages || return
    printf '%s\n' "$file/kept"
}

# kvm_works: whether a machine boots on KVM here: tried once on each kernel and emulator.
kvm_works() {
    local here file=$WGNL_CACHE/vm/kvm system outcome=fails
    [[ -r /dev/kvm && -w /dev/kvm ]] || return
    need_packages qemu-system-x86 python3-minimal
    here="$(uname -nr) $(qemu-system-x86_64 --version | head -n 1)"
    if ! grep -qsxF "$here" "$file"; then
        system=$(vm_system kvm trixie plain -) || return
        say "trying KVM"
        ! timeout 120 /usr/bin/python3 "$VM_MACHINE" --machine kvm --system "$system" run /bin/true || outcome=works
        printf '%s\n' "$here" "$outcome" >"$file"
    fi
    grep -qx works "$file"
}

# vm_kind WANTED KERNEL: prints the kind of machine to use: the wanted one; if that is empty, KVM where
# it works, else native where it can be built, else emulated.
vm_kind() {
    if [[ -n $1 ]]; then
        echo "$1"
    elif kvm_works; then
        echo kvm
    elif can_be_native && vm_kernel "$2" >/dev/null; then
        echo native
    else
        say "the machine is emulated instead"
        echo emulated
    fi
}
