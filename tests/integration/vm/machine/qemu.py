# SPDX-License-Identifier: LGPL-2.1-or-later
"""The test machine as QEMU's command line: two profiles, with KVM where it really works."""

import os
import platform
import subprocess
from pathlib import Path

KERNEL_COMMAND_LINE = (
    "console=ttyS0 quiet panic=-1 systemd.show_status=0 net.ifnames=0 mitigations=off"
)

# With cx16, kernel 6.12 panics under the emulation of QEMU 7.2. The others guard or hasten what
# happens at every entry to the kernel and at every page, and cost an emulated one much.
EMULATED_CPU = ["-cpu", "max,-cx16,-la57,-smap,-smep,-umip,-pku,-erms,-svm"]
TCG_FAST = ["-accel", "tcg,thread=multi", *EMULATED_CPU]
# QEMU before 8.1 now and then runs an instruction that the kernel patches on another CPU at the same
# time (static keys, probes), and the kernel dies of a stray int3. One thread for both CPUs cannot.
TCG_CAREFUL = ["-accel", "tcg,thread=single", *EMULATED_CPU]
STRAY_PATCH = "int3: 0000"
# The guest's clock counts instructions, and leaps over idle time: what waits for minutes takes
# seconds, and a busy host does not change what the guest sees.
TCG_TIMED = [
    *("-accel", "tcg,thread=single", "-icount", "shift=1,sleep=off"),
    *("-rtc", "clock=vm", *EMULATED_CPU, "-smp", "1"),
]
KVM_FAST = ["-accel", "kvm", "-cpu", "host", "-smp", "2"]

PROFILES = ("fast", "timed")


def disk_drive(image, disk):
    """A disk that outlives the machine, or the image's, whose writes go with the machine."""
    return f"file={disk}" if disk else f"file={image}/disk.img,snapshot=on"


def command(image, accelerator, console, payload, port_fd, disk=None):
    """The arguments of QEMU. `image` holds disk, kernel and initrd; nothing writes to it. `disk`: a
    copy of the image's disk to write to."""
    return [
        "qemu-system-x86_64",
        *accelerator,
        *("-m", "4096", "-nodefaults", "-no-reboot", "-display", "none", "-monitor", "none"),
        *("-kernel", f"{image}/vmlinuz", "-initrd", f"{image}/initrd"),
        *("-append", KERNEL_COMMAND_LINE, "-serial", f"file:{console}"),
        *("-drive", f"{disk_drive(image, disk)},if=none,id=disk,format=raw"),
        *("-device", "virtio-blk-pci,drive=disk,serial=disk"),
        *("-drive", f"file={payload},if=none,id=payload,format=raw,readonly=on"),
        *("-device", "virtio-blk-pci,drive=payload,serial=payload"),
        *("-device", "virtio-serial-pci", "-chardev", f"socket,id=port,fd={port_fd}"),
        *("-device", "virtserialport,chardev=port,name=org.wgnl.vm"),
    ]


class KvmMemory:
    """Remembers in the cache whether a machine has booted with KVM on this very host."""

    def __init__(self, cache):
        version = subprocess.run(
            ["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True
        ).stdout.split("\n")[0]
        self._host = f"{platform.release()} {platform.node()} {version}"
        self._file = Path(cache) / "kvm"

    def works(self):
        """True or False as seen before, None when it was never tried here."""
        try:
            host, outcome = self._file.read_text().splitlines()
        except (OSError, ValueError):
            return None
        return outcome == "works" if host == self._host else None

    def remember(self, works):
        """Keeps the outcome of a boot with KVM."""
        self._file.write_text(f"{self._host}\n{'works' if works else 'fails'}\n")


KVM = [("kvm", KVM_FAST)]


def emulators():
    """Ways to emulate. Of machines beside each other, whose host has no processor for each CPU of
    theirs, a second one costs a quarter more for the same work: one waits for what the other holds."""
    cpus = ["-smp", os.environ.get("WGNL_VM_CPUS", "2")]
    return [("tcg", [*TCG_FAST, *cpus]), ("tcg, careful", [*TCG_CAREFUL, *cpus])]


def accelerators(profile, memory):
    """What to boot a profile with, in the order to try. WGNL_VM_ACCEL=kvm|tcg decides instead."""
    wanted = os.environ.get("WGNL_VM_ACCEL", "")
    if wanted not in ("", "kvm", "tcg"):
        raise ValueError(f"WGNL_VM_ACCEL is {wanted!r}: it can be kvm or tcg")
    if profile == "timed":
        return [("tcg", TCG_TIMED)]
    if wanted:
        return KVM if wanted == "kvm" else emulators()
    if not os.access("/dev/kvm", os.R_OK | os.W_OK) or memory.works() is False:
        return emulators()
    return KVM if memory.works() else KVM + emulators()
