# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client of the bus by its bytes: sends what no library would, and reads when it is told to.

As a program it reads {"address", "connections", "calls", "path", "interface", "member", "strings"}
from standard input: each connection makes so many calls and reads nothing. Prints "asked"; at the
next line on standard input it reads all answers and prints {"answers": how often which came}; at the
next, it calls until one is answered, and prints "heard".
"""
import array
import collections
import json
import os
import resource
import socket
import struct
import sys

from caller import NAME
from patience import DEADLINE

RETURN, ERROR = 2, 3
NO_REPLY_EXPECTED = 1


def padded(content, size):
    return content + b"\0" * (-len(content) % size)


def text(value):
    content = value.encode()
    return struct.pack("<I", len(content)) + content + b"\0"


def header_fields(fields):
    made = b""
    for code, kind, value in fields:
        made = padded(made, 8) + bytes([code, 1]) + kind.encode() + b"\0"
        if kind == "u":
            made = padded(made, 4) + struct.pack("<I", value)
        elif kind == "g":
            made += bytes([len(value)]) + value.encode() + b"\0"
        else:
            made = padded(made, 4) + text(value)
    return made


def message_of(kind, serial, fields, body=b"", flags=0):
    made = header_fields(fields)
    head = struct.pack("<cBBBIII", b"l", kind, flags, 1, len(body), serial, len(made))
    return padded(head + made, 8) + body


class Raw:
    """One connection."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(address.partition("=")[2].partition(",")[0])
        self.serial = 0
        self.received = b""
        user = str(os.getuid()).encode().hex().encode()
        self.socket.sendall(b"\0AUTH EXTERNAL " + user + b"\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n")
        while self.received.count(b"\r\n") < 2:
            self.received += self.socket.recv(4096)
        self.received = b""
        self.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", to="org.freedesktop.DBus")
        self.answer()

    def call(self, path, interface, member, strings=(), to=NAME, fds=(), flags=0):
        self.serial += 1
        body = b""
        for value in strings:
            body = padded(body, 4) + text(value)
        fields = [(1, "o", path), (2, "s", interface), (3, "s", member), (6, "s", to)]
        fields += [(8, "g", "s" * len(strings))] if strings else []
        fields += [(9, "u", len(fds))] if fds else []
        self.send(message_of(1, self.serial, fields, body, flags), fds)
        return self.serial

    def signal(self, to, path, interface, member):
        self.serial += 1
        self.send(message_of(4, self.serial, [(1, "o", path), (2, "s", interface), (3, "s", member),
                                              (6, "s", to)]))

    def send(self, content, fds=()):
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        sent = self.socket.sendmsg([content], rights)
        self.socket.sendall(content[sent:])

    def message(self):
        """The next: its kind, the serial that it answers, and its header."""
        while True:
            if len(self.received) >= 16:
                _, kind, _, _, body, _, fields = struct.unpack("<cBBBIII", self.received[:16])
                size = 16 + fields + (-fields % 8) + body
                if len(self.received) >= size:
                    head = self.received[:16 + fields]
                    self.received = self.received[size:]
                    return kind, answered_serial(head), head
            more = self.socket.recv(1 << 20)
            if not more:
                raise EOFError("the bus closed the connection")
            self.received += more

    def answer(self, serial=None):
        """The next answer, or that to one call: "reply", or the error's name."""
        while True:
            kind, of, head = self.message()
            if kind in (RETURN, ERROR) and serial in (None, of):
                return error_name(head) if kind == ERROR else "reply"


def fields_of(head):
    """Of a header, its fields by their codes, as far as they are text or a number."""
    at, found = 16, {}
    while at < len(head):
        at += -at % 8
        code, size = head[at], head[at + 1]
        kind = head[at + 2:at + 2 + size]
        at += 3 + size
        if kind == b"g":
            at += head[at] + 2
            continue
        at += -at % 4
        number = struct.unpack("<I", head[at:at + 4])[0]
        at += 4
        if kind == b"u":
            found[code] = number
        else:
            found[code] = head[at:at + number].decode()
            at += number + 1
    return found


def answered_serial(head):
    return fields_of(head).get(5)


def error_name(head):
    return fields_of(head)[4]


class Silent:
    """Connections that ask and do not read."""

    def __init__(self, request):
        self.request = request
        self.connections = [Raw(request["address"]) for _ in range(request["connections"])]

    def call(self, connection):
        return connection.call(self.request["path"], self.request["interface"],
                               self.request["member"], self.request.get("strings", ()))

    def ask(self):
        for connection in self.connections:
            for _ in range(self.request["calls"]):
                self.call(connection)

    def read_all(self):
        answers = collections.Counter()
        for connection in self.connections:
            for _ in range(self.request["calls"]):
                answers[connection.answer()] += 1
        return answers

    def until_heard(self):
        """What was sent before may be ignored: only the answer to a new call says that one is heard."""
        connection = self.connections[0]
        connection.socket.settimeout(1)
        while True:
            try:
                if connection.answer(self.call(connection)) == "reply":
                    return
            except TimeoutError:
                pass


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    silent = Silent(json.loads(sys.stdin.readline()))
    silent.ask()
    print("asked", flush=True)
    if sys.stdin.readline().strip() == "read":
        print(json.dumps(silent.read_all()), flush=True)
        sys.stdin.readline()
    silent.until_heard()
    print("heard", flush=True)


if __name__ == "__main__":
    main()
