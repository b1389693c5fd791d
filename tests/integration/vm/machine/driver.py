# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts the test machine and works in it: commands with their output as it comes, files."""

import ctypes
import io
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path

import native
import qemu
import wire

HERE = Path(__file__).parent
KINDS = {kind.name: kind for kind in (native.Native, qemu.Emulated, qemu.Kvm)}
PROFILES = ("fast", "timed")
KEPT_LOGS = 40


class Limit:
    """How long a machine may take for something. In seconds of its processors, because a host that is
    busy with other things gives it as little as it likes; one that stands still has a wall clock's."""

    STANDSTILL = 12

    def __init__(self, machine, seconds):
        self._machine, self._seconds = machine, seconds
        self._begin, self._spent = time.monotonic(), machine.processor_seconds()

    def passed(self):
        """Whether it is over."""
        if self._machine.processor_seconds() - self._spent > self._seconds:
            return True
        return time.monotonic() - self._begin > self.STANDSTILL * self._seconds


BOOT_SECONDS = 300
INSTALL_SECONDS = 600


class MachineError(Exception):
    """The machine did not start, died, or kept silent past a limit."""


class MachineFault(MachineError):
    """The machine died of a fault that is not its guest's: a careful one would not have."""


def can_run(kind, bus):
    """Whether a machine of that kind can have that program as its system bus."""
    return bus in KINDS[kind].buses


def write_stdout(data):
    """The usual place for a command's output."""
    wire.write_all(sys.stdout.fileno(), data)


def write_stderr(data):
    """The usual place for a command's errors."""
    wire.write_all(sys.stderr.fileno(), data)


def age(file):
    """When it was last written to; a file that another machine's start has removed is the oldest."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0


def forget_old(logs):
    """Keeps the logs of the last machines only; several may start at once."""
    for file in sorted(logs.iterdir(), key=age)[:-KEPT_LOGS]:
        file.unlink(missing_ok=True)


def die_with_parent():
    """Ends the machine when the driver is killed, however that happens."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def ticks_of(stat):
    """Process group and processor ticks of a process, from its file in /proc."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[2]), sum(map(int, fields[11:15]))


def processor_seconds_of_group(group):
    """What the processes of a group have taken of the processors, and their ended children."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            of, ticks = ticks_of(stat.read_text())
        except OSError:  # it has ended
            continue
        total += ticks if of == group else 0
    return total / os.sysconf("SC_CLK_TCK")


class Machine:
    """One machine, from start to stop; to be used as a context manager. `kind`: one of KINDS.
    `system`: the folder that this kind runs. `begin`: what an earlier machine kept (`keep`).
    `careful`: without what is known to make this kind fail, and slower. `bus`: which program is the
    system bus (see can_run)."""

    def __init__(self, kind, system, profile, cache, packages=(), begin=None, careful=False,
                 bus="dbus-daemon"):
        self._way = KINDS[kind](system, profile, begin, careful, bus)
        self.kind = kind
        self._cache = Path(cache) / "vm"
        self._packages = list(packages)
        logs = self._cache / "log"
        logs.mkdir(parents=True, exist_ok=True)
        forget_old(logs)
        self.console = logs / f"{kind}-{profile}-{os.getpid()}-{id(self):x}.console"
        self._folder = self._process = self._line = None

    def __enter__(self):
        try:
            self._boot()
            self._install()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    # Starting and stopping.

    def _boot(self):
        self._line, far_end = socket.socketpair()
        self._folder = Path(tempfile.mkdtemp(prefix="machine-", dir=self._cache))
        with far_end, open(self.console, "wb") as console:
            self._fill(self._folder / "payload")
            self._process = subprocess.Popen(
                self._way.command(self._folder / "payload", far_end.fileno()),
                env=self._way.environment(),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                pass_fds=[far_end.fileno()],
                preexec_fn=die_with_parent,
                start_new_session=True,
            )
        kind, _ = self._frame(Limit(self, BOOT_SECONDS))
        if kind != wire.READY:
            raise self._failure("the agent of the machine speaks another language")

    def _fill(self, payload):
        payload.mkdir()
        for name in ("agent.py", "wire.py"):
            shutil.copy(HERE / name, payload)
        if self._packages:
            (payload / "debs").mkdir()
        for package in self._packages:
            shutil.copy(package, payload / "debs")
        self._way.prepare(payload)

    def _install(self):
        """Installs the packages as a user would."""
        if not self._packages:
            return
        output = io.BytesIO()
        install = "apt-get -q -y --no-install-recommends install /run/wgnl-vm/host/debs/*.deb"
        status = self.run(
            ["sh", "-c", install],
            env={"DEBIAN_FRONTEND": "noninteractive"},
            stdout=output.write,
            stderr=output.write,
            limit=INSTALL_SECONDS,
        )
        if status:
            write_stderr(output.getvalue())
            raise MachineError(f"the packages did not install in the machine (status {status})")

    def stop(self):
        """Ends the machine at once, as a power cut would; what it wrote is gone."""
        if self._process:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._process.wait()
            self._process = None
        if self._line:
            self._line.close()
            self._line = None
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def keep(self, file):
        """Writes what the machine has changed so far to a file that others can begin with; it is
        whole or not there."""
        aside = Path(f"{file}.new")
        self._way.save(self, aside)
        aside.rename(file)

    def processor_seconds(self):
        """What the machine has taken of the host's processors so far."""
        return processor_seconds_of_group(self._process.pid)

    # Working in it.

    def run(
        self,
        argv,
        *,
        stdin=b"",
        stdout=write_stdout,
        stderr=write_stderr,
        env=None,
        cwd="/root",
        limit=None,
    ):
        """Runs a command as root and returns its exit status. `stdin`: see `unpack`. `limit` is in seconds of the machine's
        processors (see Limit); past it MachineError is raised."""
        self._request(argv, env, cwd, None)
        feeder = threading.Thread(target=self._feed, args=(stdin,), daemon=True)
        feeder.start()
        try:
            return self._follow(stdout, stderr, limit and Limit(self, limit))
        finally:
            feeder.join(timeout=10)

    def _request(self, argv, env, cwd, pty):
        request = {"argv": list(argv), "cwd": cwd, "env": env or {}, "pty": pty}
        self._send(wire.RUN, json.dumps(request).encode())

    def _feed(self, data):
        try:
            for start in range(0, len(data), wire.CHUNK):
                self._send(wire.INPUT, data[start : start + wire.CHUNK])
            self._send(wire.INPUT)
        except OSError:  # a dead machine is reported by the reader
            pass

    def _follow(self, stdout, stderr, limit):
        while True:
            kind, body = self._frame(limit)
            if kind == wire.OUTPUT:
                stdout(body)
            elif kind == wire.ERROR:
                stderr(body)
            elif kind == wire.EXIT:
                return json.loads(body)

    def shell(self):
        """Gives the caller's terminal to a root shell; returns the shell's exit status."""
        from terminal import Terminal

        with Terminal(lambda kind, body: self._send(kind, body)) as terminal:
            self._request(
                ["bash", "-l"], {"TERM": os.environ.get("TERM", "vt100")}, "/root", terminal.size()
            )
            terminal.start()
            return self._follow(write_stdout, write_stdout, None)

    def put(self, paths, destination):
        """Copies files and folders of the host into a folder of the machine."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for path in paths:
                archive.add(path, Path(path).name)
        if self._way.unpack(self, packed.getvalue(), str(destination)):
            raise MachineError(f"cannot copy {', '.join(map(str, paths))} to {destination}")

    def get(self, source, destination):
        """Copies what a folder of the machine holds into a folder of the host."""
        Path(destination).mkdir(parents=True, exist_ok=True)
        unpack = ["tar", "-C", str(destination), "--no-same-owner", "-m", "-xf", "-"]
        with subprocess.Popen(unpack, stdin=subprocess.PIPE) as tar:
            pack = ["tar", "-C", str(source), "-cf", "-", "."]
            failed = self.run(pack, stdout=tar.stdin.write)
        if failed or tar.returncode:
            raise MachineError(f"cannot copy {source} of the machine to {destination}")

    # The line to the agent.

    def _send(self, kind, body=b""):
        self._line.sendall(wire.pack(kind, body))

    def _frame(self, limit):
        """The next frame of the agent, within that limit."""
        while not select.select([self._line], [], [], 2)[0]:
            if self._process.poll() is not None:
                raise self._failure("the machine ended")
            if limit and limit.passed():
                raise self._failure("the machine kept silent past its limit")
        try:
            return wire.read_frame(self._line.fileno())
        except (wire.Closed, OSError):
            raise self._failure("the machine died") from None

    def _failure(self, what):
        """The error for that, with the end of the console, which is kept."""
        console = self.console.read_text(errors="replace") if self.console.exists() else ""
        if "Kernel panic" in console:
            what += ": kernel panic"
        tail = "\n".join(console.splitlines()[-50:])
        kind = MachineFault if self._way.fault(console) else MachineError
        return kind(f"{what} ({self.kind}; its console: {self.console})\n{tail}")
