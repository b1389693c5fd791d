# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command `wgnl`, on the private bus, as somebody without any right."""
import atexit
import functools
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile

from conftest import DEADLINE, end

NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


PARTS = ["cli/wgnl", "cli/metrics/wgnl-metrics", "libwgnl/libwgnl.so.0",
         "plugins/nm/helper/wgnl-nm-profile", "plugins/networkd/wgnl-networkd"]


@functools.cache
def readable_programs():
    """Where everybody may read them: a build folder can lie in somebody's home."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wgnl-programs-"))
    atexit.register(shutil.rmtree, folder)
    folder.chmod(0o755)
    for part in PARTS:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(pathlib.Path(os.environ["WGNL_BUILD"]) / part, folder / part)
    return folder


def program(name="cli/wgnl"):
    return readable_programs() / name


def environment(bus):
    return {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus.address, "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def wgnl(bus, *words, user=NOBODY):
    """A finished run: its exit status, output and errors."""
    return subprocess.run([*user, program(), *words], env=environment(bus), text=True, check=False,
                          capture_output=True, timeout=DEADLINE)


class Monitor:
    """`wgnl monitor`, running, once it listens; what it told, as it tells it."""

    def __init__(self, bus, *words, user=NOBODY):
        self.process = bus.until_called("GetManagedObjects", lambda: subprocess.Popen(
            [*user, program(), "monitor", *words], env=environment(bus),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0))
        self.events = []

    def line(self, stream):
        """The next line of a stream, byte by byte: nothing is left in a buffer."""
        line = b""
        while not line.endswith(b"\n"):
            ready = select.select([stream], [], [], DEADLINE)[0]
            assert ready, f"silent for {DEADLINE} s after {line!r}, {self.events[-3:]}"
            byte = stream.read(1)
            assert byte, f"it ended: {self.process.stderr.read()}"
            line += byte
        return line.decode()

    def note(self):
        """The next line of the error stream."""
        return self.line(self.process.stderr)

    def next(self):
        self.events.append(json.loads(self.line(self.process.stdout)))
        return self.events[-1]

    def until(self, **wanted):
        """Reads on until an event has these members."""
        while True:
            event = self.next()
            if all(event.get(name) == value for name, value in wanted.items()):
                return event

    def errors(self):
        """What is left of the error stream after its end."""
        self.process.wait(DEADLINE)
        return self.process.stderr.read().decode()

    def close(self):
        end(self.process)
        self.process.stdout.close()
        self.process.stderr.close()
