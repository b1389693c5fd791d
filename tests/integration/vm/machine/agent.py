# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs in the test machine: carries out the host's commands, which come over a port of the machine."""

import fcntl
import json
import os
import select
import struct
import subprocess
import termios
import threading
import tty
from pathlib import Path

import wire

PORT = os.environ["WGNL_VM_PORT"]
TIME_TRAVELS = "wgnl_time_travel" in Path("/proc/cmdline").read_text()
# What a background child that keeps the output open may still say after its parent has ended.
LINGER_SECONDS = 0.5


class Port:
    """The line to the host; several threads write whole frames to it."""

    def __init__(self):
        self.fd = os.open(PORT, os.O_RDWR | os.O_NOCTTY)
        if os.isatty(self.fd):
            tty.setraw(self.fd)
        self._lock = threading.Lock()
        self._news, self._bell = os.pipe()
        self.host_is_next = True

    def send(self, kind, body=b""):
        with self._lock:
            wire.write_all(self.fd, wire.pack(kind, body))

    def expect_host(self):
        """From now on nothing in the machine goes on before the host has said something."""
        self.host_is_next = True
        os.write(self._bell, b"!")

    def wait(self):
        """Until the host has said something. A clock that leaps over idle time must not leap over
        the host's thinking: while it is the host's turn, the machine is kept busy."""
        while self.fd not in select.select([self.fd, self._news], [], [], self._patience())[0]:
            os.sched_yield()
            if select.select([self._news], [], [], 0)[0]:
                os.read(self._news, 1)

    def _patience(self):
        return 0 if TIME_TRAVELS and self.host_is_next else None


def resize(fd, rows_columns):
    """Tells a terminal its size."""
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", *rows_columns, 0, 0))


class Command:
    """One running command: its output flows to the port until it ends."""

    def __init__(self, port, request):
        self._port = port
        self._terminal = None
        self._ended = False
        options = {"cwd": request["cwd"], "env": {**os.environ, **request["env"]}}
        if request["pty"]:
            streams = self._start_on_terminal(request, options)
        else:
            streams = self._start_on_pipes(request, options)
        self._pumps = [threading.Thread(target=self._pump, args=s, daemon=True) for s in streams]
        for thread in self._pumps + [threading.Thread(target=self._finish, daemon=True)]:
            thread.start()

    def _start_on_pipes(self, request, options):
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            request["argv"], stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True, **options
        )
        self._input = self._process.stdin
        return [(self._process.stdout, wire.OUTPUT), (self._process.stderr, wire.ERROR)]

    def _start_on_terminal(self, request, options):
        master, slave = os.openpty()
        self._terminal = open(master, "r+b", buffering=0)
        resize(self._terminal, request["pty"])
        self._process = subprocess.Popen(
            request["argv"], preexec_fn=lambda: os.login_tty(slave), pass_fds=[slave], **options
        )
        os.close(slave)
        self._input = self._terminal
        return [(self._terminal, wire.OUTPUT)]

    def _pump(self, source, kind):
        """Passes on what comes; after the end it only drains, for children left behind."""
        try:
            while data := os.read(source.fileno(), wire.CHUNK):
                if not self._ended:
                    self._port.send(kind, data)
        except OSError:  # a terminal ends with EIO
            pass

    def _finish(self):
        status = self._process.wait()
        for pump in self._pumps:
            pump.join(LINGER_SECONDS)
        self._ended = True
        self._port.expect_host()
        self._port.send(wire.EXIT, json.dumps(status if status >= 0 else 128 - status).encode())

    def feed(self, data):
        """Passes bytes to the standard input; none is its end."""
        self._port.host_is_next = self._ended or bool(data and not self._terminal)
        try:
            if data:
                wire.write_all(self._input.fileno(), data)
            elif not self._terminal:
                self._input.close()
        except (OSError, ValueError):  # the command reads no more
            pass

    def resize(self, rows_columns):
        if self._terminal:
            resize(self._terminal, rows_columns)

    def signal(self, number):
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass


def start(port, request):
    """Starts a command; one that cannot start ends with status 127."""
    try:
        return Command(port, request)
    except OSError as error:
        port.send(wire.ERROR, f"{request['argv'][0]}: {error.strerror}\n".encode())
        port.send(wire.EXIT, b"127")
        return None


def serve(port):
    """Carries out what the host asks, until the machine ends."""
    command = None
    while True:
        kind, body = wire.read_frame(port.fd, port.wait)
        if kind == wire.RUN:
            command = start(port, json.loads(body))
        elif command and kind == wire.INPUT:
            command.feed(body)
        elif command and kind == wire.SIZE:
            command.resize(json.loads(body))
        elif command and kind == wire.SIGNAL:
            command.signal(json.loads(body))


def main():
    port = Port()
    port.send(wire.READY)
    serve(port)


if __name__ == "__main__":
    main()
