# SPDX-License-Identifier: LGPL-2.1-or-later
"""Frames between the host and the agent: a length, a kind, a body. Both ends import this."""

import os
import struct

HEADER = struct.Struct("!IB")
CHUNK = 32768

# Host to guest.
RUN = ord("R")  # JSON: argv, cwd, env, pty (rows and columns, or null)
INPUT = ord("I")  # bytes for standard input; empty: end of file
SIZE = ord("S")  # JSON: rows and columns of the terminal
SIGNAL = ord("K")  # JSON: number of a signal for the command's process group

# Guest to host.
READY = ord("H")  # the agent is there
OUTPUT = ord("O")
ERROR = ord("E")
EXIT = ord("X")  # JSON: exit status as a shell counts it


class Closed(Exception):
    """The other end is gone."""


def pack(kind, body=b""):
    """One frame as bytes."""
    return HEADER.pack(len(body), kind) + body


def read_exactly(fd, count, wait):
    """That many bytes of a file descriptor, or Closed; `wait` is called before each read."""
    parts = []
    while count:
        wait()
        part = os.read(fd, min(count, CHUNK))
        if not part:
            raise Closed()
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def read_frame(fd, wait=lambda: None):
    """The next frame: its kind and body."""
    length, kind = HEADER.unpack(read_exactly(fd, HEADER.size, wait))
    return kind, read_exactly(fd, length, wait)


def write_all(fd, data):
    """All of the bytes to a file descriptor."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view[:CHUNK]) :]
