# SPDX-License-Identifier: LGPL-2.1-or-later
"""The test machine as a process of this host: a kernel built for user mode (ARCH=um), whose root is
a folder that it shares with other machines and never writes to."""

import os
import shutil
from pathlib import Path

HERE = Path(__file__).parent
MEMORY = "4096M"
# Guest memory is a file that the kernel maps as its guests' code and data: on a file system in
# memory, which must let it be executed.
MEMORY_FOLDER = "/dev/shm"
COMMAND_LINE = "quiet panic=-1 noreboot systemd.show_status=0 net.ifnames=0"
# The clock of the guest stands still while it computes, and leaps over idle time.
TIME_TRAVEL = "time-travel=inf-cpu"


class Unusable(Exception):
    """This host cannot run a native machine, and why."""


class Native:
    """How to run one. `system` has its kernel `linux`, that kernel's `modules`, an `initrd` and the
    folder `root`. `begin`: what an earlier machine kept, a file of `save`."""

    name = "native"
    buses = ("dbus-daemon", "dbus-broker")

    def __init__(self, system, profile, begin=None, careful=False, bus="dbus-daemon"):
        del careful  # nothing in it is known to fail
        self._system, self._timed = Path(system), profile == "timed"
        self._begin, self._payload, self._bus = begin, None, bus
        check_memory_folder()

    def prepare(self, payload):
        """Adds to the folder of the payload what only this kind of machine needs."""
        self._payload = payload
        shutil.copy(HERE / "wgnl-vm-agent-native.service", payload / "wgnl-vm-agent.service")
        if self._begin:
            os.link(self._begin, payload / "layer.tar")

    def environment(self):
        """What the process's own environment must say."""
        return {**os.environ, "TMPDIR": MEMORY_FOLDER}

    def command(self, payload, port):
        """The arguments of the process; its standard output is the machine's console."""
        system = self._system
        return [
            str(system / "linux"),
            *("mem=" + MEMORY, "con=null", "con0=null,fd:1", "ssl=null", f"ssl0=fd:{port}"),
            *(f"initrd={system / 'initrd'}", f"wgnl_root={(system / 'root').resolve()}"),
            *(f"wgnl_payload={payload}", f"wgnl_modules={(system / 'modules').resolve()}"),
            *(f"wgnl_bus={self._bus}", *COMMAND_LINE.split()),
            *(["seccomp=on"] if (system / "seccomp").exists() else []),
            *([TIME_TRAVEL, "wgnl_time_travel=1"] if self._timed else []),
        ]

    def unpack(self, machine, packed, folder):
        """Unpacks bytes of tar into a folder of the machine; returns the exit status. Through a file
        that both see: the terminal line of such a kernel takes a few thousand bytes at a time, one by
        one, and once its reader has been slower than its writer it is never read again."""
        file = self._payload / "unpack.tar"
        file.write_bytes(packed)
        try:
            unpack = 'mkdir -p "$0" && tar --no-same-owner -C "$0" -xf /run/wgnl-vm/host/unpack.tar'
            return machine.run(["sh", "-c", unpack, folder])
        finally:
            file.unlink()

    def fault(self, console):
        """Whether the machine died of a fault that is its own, not the guest's."""
        del console
        return False

    def save(self, machine, file):
        """Writes what the machine has changed to a file that later ones can begin with."""
        pack = ("tar --xattrs --xattrs-include='*' --one-file-system --sort=name -C /run/wgnl-vm/writable/upper"
                " --exclude=./var/log/journal --exclude=./run -cf - .")
        with open(file, "wb") as into:
            if machine.run(["sh", "-c", f"sync && {pack}"], stdout=into.write):
                raise OSError(f"cannot save the machine's changes to {file}")


def check_memory_folder():
    """Says why no machine can have its memory there."""
    if not os.path.isdir(MEMORY_FOLDER):
        raise Unusable(f"{MEMORY_FOLDER} is not there: a native machine's memory lies in it")
    if os.statvfs(MEMORY_FOLDER).f_flag & os.ST_NOEXEC:
        raise Unusable(f"{MEMORY_FOLDER} forbids execution: mount -o remount,exec {MEMORY_FOLDER}")
