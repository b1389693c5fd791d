# SPDX-License-Identifier: LGPL-2.1-or-later
"""The test machine as QEMU's: Debian's own binary kernel, on emulated processors or on KVM."""

import os
import subprocess
import tarfile
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
KVM = ["-accel", "kvm", "-cpu", "host", "-smp", "2"]


def copy_disk(source, copy):
    """Copies the image of a disk, but for the holes in it."""
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", source, copy], check=True)


class Qemu:
    """How to run one. `system` has its `disk.img`, `vmlinuz` and `initrd`. `begin`: what an earlier
    machine kept, a file of `save`."""

    buses = ("dbus-daemon",)

    def __init__(self, system, profile, begin=None, careful=False, bus="dbus-daemon"):
        assert bus in self.buses
        self._system, self._timed = Path(system), profile == "timed"
        self._begin, self._careful = begin, careful
        self._disk = None

    def prepare(self, payload):
        """Packs the folder of the payload, and gives the machine a disk that it may write to."""
        self._disk = payload.parent / "disk.img"
        copy_disk(self._begin or self._system / "disk.img", self._disk)
        with tarfile.open(payload.parent / "payload.tar", "w") as archive:
            archive.add(payload, ".")

    def environment(self):
        """What the process's own environment must say."""
        return dict(os.environ)

    def command(self, payload, port):
        """The arguments of the process; its standard output is the machine's console."""
        system, packed = self._system, payload.parent / "payload.tar"
        return [
            "qemu-system-x86_64",
            *self._accelerator(),
            *("-m", "4096", "-nodefaults", "-no-reboot", "-display", "none", "-monitor", "none"),
            *("-kernel", f"{system}/vmlinuz", "-initrd", f"{system}/initrd"),
            *("-append", KERNEL_COMMAND_LINE, "-serial", "stdio"),
            *("-drive", f"file={self._disk},if=none,id=disk,format=raw,cache=unsafe"),
            *("-device", "virtio-blk-pci,drive=disk,serial=disk"),
            *("-drive", f"file={packed},if=none,id=payload,format=raw,readonly=on"),
            *("-device", "virtio-blk-pci,drive=payload,serial=payload"),
            *("-device", "virtio-serial-pci", "-chardev", f"socket,id=port,fd={port}"),
            *("-device", "virtserialport,chardev=port,name=org.wgnl.vm"),
        ]

    def fault(self, console):
        """Whether the machine died of a fault that is its own, not the guest's."""
        del console  # none is known
        return False

    def unpack(self, machine, packed, folder):
        """Unpacks bytes of tar into a folder of the machine; returns the exit status."""
        unpack = 'mkdir -p "$0" && tar --no-same-owner -C "$0" -xf -'
        return machine.run(["sh", "-c", unpack, folder], stdin=packed)

    def save(self, machine, file):
        """Writes the machine's disk to a file that later ones can begin with."""
        if machine.run(["sync"]):
            raise OSError("the machine cannot sync its disk")
        copy_disk(self._disk, file)


class Emulated(Qemu):
    """One whose every instruction is emulated."""

    name = "emulated"

    def _accelerator(self):
        """Of machines beside each other, whose host has no processor for each CPU of theirs, a second
        one costs a quarter more for the same work: one waits for what the other holds."""
        if self._timed:
            return TCG_TIMED
        cpus = ["-smp", os.environ.get("WGNL_VM_CPUS", "2")]
        return [*(TCG_CAREFUL if self._careful else TCG_FAST), *cpus]

    def fault(self, console):
        """Whether the machine died of a fault of the emulator: a careful one would not have."""
        return STRAY_PATCH in console and not self._careful


class Kvm(Qemu):
    """One on the host's own processors. Its clock cannot leap: what is timed is emulated."""

    name = "kvm"

    def _accelerator(self):
        return TCG_TIMED if self._timed else KVM
