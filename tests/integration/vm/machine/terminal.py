# SPDX-License-Identifier: LGPL-2.1-or-later
"""The caller's terminal, lent to a shell in the test machine."""

import json
import os
import signal
import sys
import termios
import threading
import tty

import wire


class Terminal:
    """Raw while in use; passes keys and changes of size on as frames."""

    def __init__(self, send):
        self._send = send
        self._fd = sys.stdin.fileno()
        self._saved = None

    def __enter__(self):
        if os.isatty(self._fd):
            self._saved = termios.tcgetattr(self._fd)
            tty.setraw(self._fd)
            signal.signal(signal.SIGWINCH, self._resized)
        return self

    def __exit__(self, *_):
        if self._saved:
            signal.signal(signal.SIGWINCH, signal.SIG_DFL)
            termios.tcsetattr(self._fd, termios.TCSADRAIN, self._saved)

    def size(self):
        """Rows and columns; the usual ones where there is no terminal."""
        if not self._saved:
            return [24, 80]
        size = os.get_terminal_size(self._fd)
        return [size.lines, size.columns]

    def start(self):
        """Begins to pass keys on."""
        threading.Thread(target=self._pass_keys, daemon=True).start()

    def _pass_keys(self):
        while data := os.read(self._fd, wire.CHUNK):
            self._send(wire.INPUT, data)
        self._send(wire.INPUT, b"\x04")

    def _resized(self, *_):
        self._send(wire.SIZE, json.dumps(self.size()).encode())
