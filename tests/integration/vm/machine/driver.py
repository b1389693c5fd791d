# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts the test machine and works in it: commands with their output as it comes, files."""

import ctypes
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path

import qemu
import wire

HERE = Path(__file__).parent
BOOT_SECONDS = 300
KVM_TRIAL_SECONDS = 60
INSTALL_SECONDS = 600
KEPT_LOGS = 40


class MachineError(Exception):
    """The machine did not start, died, or kept silent past a deadline."""


class EmulatorFault(MachineError):
    """The machine died of a fault of its emulator: a careful one would not have."""


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
    """Ends QEMU when the driver is killed, however that happens."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Machine:
    """One machine, from start to stop; to be used as a context manager. `careful`: without what
    is known to make the emulation fail, and slower. `disk`: a copy of the image's disk that keeps
    what the machine writes."""

    def __init__(self, image, profile, cache, packages=(), careful=False, disk=None):
        self._careful, self._disk = careful, disk
        self._image, self._profile, self._cache = Path(image), profile, Path(cache) / "vm"
        self._packages = list(packages)
        logs = self._cache / "log"
        logs.mkdir(parents=True, exist_ok=True)
        forget_old(logs)
        self.console = logs / f"{profile}-{os.getpid()}.console"
        self._said = logs / f"{profile}-{os.getpid()}.qemu"
        self._process = None
        self._line = None

    def __enter__(self):
        try:
            self._start()
            self._install()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    # Starting and stopping.

    def _start(self):
        """Boots with the first way that works; which ways there are is qemu.py's to say."""
        memory = qemu.KvmMemory(self._cache)
        choices = qemu.accelerators(self._profile, memory)
        if self._careful:
            choices = choices[-1:]
        for self.accelerator, flags in choices:
            trial = self.accelerator == "kvm" and memory.works() is None
            try:
                self._boot(flags, KVM_TRIAL_SECONDS if trial else BOOT_SECONDS)
                error = None
            except MachineError as failure:
                error = failure
                self.stop()
            if trial:
                memory.remember(not error)
            if not error:
                return
        raise error

    def _boot(self, flags, seconds):
        self._line, far_end = socket.socketpair()
        with far_end, tempfile.NamedTemporaryFile(dir=self._cache, suffix=".tar") as payload:
            self._fill(payload)
            arguments = qemu.command(
                self._image, flags, self.console, payload.name, far_end.fileno(), self._disk
            )
            with open(self._said, "wb") as said:
                self._process = subprocess.Popen(
                    arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    pass_fds=[far_end.fileno()],
                    preexec_fn=die_with_parent,
                )
            far_end.close()
            kind, _ = self._frame(time.monotonic() + seconds, self._watch_for_kvm_errors)
        if kind != wire.READY:
            raise self._failure("the agent of the machine speaks another language")

    def _fill(self, payload):
        with tarfile.open(fileobj=payload, mode="w") as archive:
            for name in ("agent.py", "wire.py"):
                archive.add(HERE / name, name)
            for package in self._packages:
                archive.add(package, f"debs/{Path(package).name}")
        payload.flush()

    def _watch_for_kvm_errors(self):
        """A machine that KVM cannot run stands still without an exit: QEMU only says so."""
        if b"KVM internal error" in self._said.read_bytes():
            raise self._failure("KVM cannot run this machine")

    def _install(self):
        """Installs the packages as a user would."""
        if not self._packages:
            return
        output = io.BytesIO()
        status = self.run(
            ["sh", "-c", "apt-get -q -y --no-install-recommends install /run/wgnl-vm/debs/*.deb"],
            env={"DEBIAN_FRONTEND": "noninteractive"},
            stdout=output.write,
            stderr=output.write,
            deadline=INSTALL_SECONDS,
        )
        if status:
            write_stderr(output.getvalue())
            raise MachineError(f"the packages did not install in the machine (status {status})")

    def stop(self):
        """Ends the machine at once; what it wrote is gone."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._line:
            self._line.close()
            self._line = None

    def processor_seconds(self):
        """What the machine has taken of the host's processors so far."""
        of_process = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, of_process[11:13])) / os.sysconf("SC_CLK_TCK")

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
        deadline=None,
    ):
        """Runs a command as root and returns its exit status. `deadline` is in seconds of the
        host; past it, the command is killed and MachineError raised."""
        self._request(argv, env, cwd, None)
        feeder = threading.Thread(target=self._feed, args=(stdin,), daemon=True)
        feeder.start()
        until = deadline and time.monotonic() + deadline
        try:
            return self._follow(stdout, stderr, until)
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

    def _follow(self, stdout, stderr, until):
        while True:
            kind, body = self._frame(until)
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
        unpack = 'mkdir -p "$0" && tar --no-same-owner -C "$0" -xf -'
        if self.run(["sh", "-c", unpack, str(destination)], stdin=packed.getvalue()):
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

    def _frame(self, until, watch=lambda: None):
        """The next frame of the agent, before that moment; `watch` is called now and then."""
        while not select.select([self._line], [], [], 0.5)[0]:
            watch()
            if until and time.monotonic() > until:
                raise self._failure("the machine kept silent past its deadline")
        try:
            return wire.read_frame(self._line.fileno())
        except (wire.Closed, OSError):
            raise self._failure("the machine died") from None

    def _failure(self, what):
        console = self.console.read_text(errors="replace") if self.console.exists() else ""
        said = self._said.read_text(errors="replace") if self._said.exists() else ""
        if "Kernel panic" in console:
            what += ": kernel panic"
        tail = "\n".join(console.splitlines()[-40:] + said.splitlines()[-10:])
        kind = EmulatorFault if qemu.STRAY_PATCH in console else MachineError
        return kind(f"{what} ({self.console})\n{tail}")
