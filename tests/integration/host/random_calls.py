# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls random methods with random arguments.

Reads {"address", "seed", "calls", "methods": [[path, interface, member, types]…], "hints": […]} from
standard input, and prints how often which error came ("reply": none).
"""
import base64
import collections
import fcntl
import json
import os
import random
import socket
import struct
import sys

import dbus
import dbus.bus
import dbus.lowlevel

from caller import NAME, SEALS, encode_document
from patience import DEADLINE

NUMBERS = {"y": (0, 2**8 - 1), "n": (-(2**15), 2**15 - 1), "q": (0, 2**16 - 1),
           "i": (-(2**31), 2**31 - 1), "u": (0, 2**32 - 1), "x": (-(2**63), 2**63 - 1),
           "t": (0, 2**64 - 1)}
EVERY_TYPE = ["s", "o", "g", "b", "d", "h", "v", "as", "ao", "a{sv}", "a(so)", "(st)", "aay",
              *NUMBERS]
PATHS = ["/", "/org", "/org/wgnl", "/org/wgnl/WireGuard1/device", "/org/wgnl/WireGuard1/device/_",
         "/org/wgnl/WireGuard1/device/_zz/peer/x"]
INTERFACES = ["org.freedesktop.DBus.Properties", "org.freedesktop.DBus.ObjectManager",
              "org.wgnl.WireGuard1.Manager", "org.wgnl.WireGuard1.Device", "org.example.None"]


class Arguments:
    """Random values; descriptors are closed by close()."""

    def __init__(self, seed, hints):
        self.random = random.Random(seed)
        self.hints = hints
        self.open = []

    def text(self):
        if self.random.random() < 0.5:
            return self.random.choice(self.hints)
        size = 20000 if self.random.random() < 0.01 else self.random.choice([0, 1, 5, 44, 300])
        return "".join(chr(self.random.choice([*range(1, 300), 0x2028, 0x10FFFF]))
                       for _ in range(size))

    def document(self):
        """Valid, except where bytes of it were changed, cut off or added."""
        device = self.random.choice(self.hints)
        content = bytearray(encode_document(
            {"version": 1, "device": device[:15], "mode": self.random.choice(["sync", "observe"]),
             "peers": [{"public_key": base64.b64encode(self.random.randbytes(32)).decode()}]}))
        for _ in range(self.random.choice([0, 0, 1, 3, 50])):
            content[self.random.randrange(len(content))] = self.random.randrange(256)
        cut = self.random.choice([0, 0, 0, 1, 32, len(content) - 1])
        return bytes(content[:len(content) - cut]) + self.random.choice([b"", b"", b"x"])

    def memory_file(self, content, seals, flags=0):
        fd = os.memfd_create("random", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING | flags)
        os.write(fd, content)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
        return fd

    def huge(self, size):
        fd = os.memfd_create("huge", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.truncate(fd, size)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, SEALS)
        return fd

    def huge_pages(self):
        """Sealed, of a page that there may be no memory for."""
        fd = os.memfd_create("pages", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING | 0x0004)
        os.truncate(fd, 2 << 20)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, SEALS)
        return fd

    def descriptor(self):
        make = self.random.choice([
            lambda: self.memory_file(self.document(), SEALS),
            lambda: self.memory_file(self.document(), SEALS),
            lambda: self.memory_file(self.document(), self.random.randrange(16)),
            lambda: self.memory_file(self.random.randbytes(2000), SEALS),
            lambda: self.memory_file(b"wgnldoc1" + struct.pack("<II", 2**32 - 1, 2**31), SEALS),
            lambda: self.huge(self.random.choice([0, 2**20, 2**34])),
            self.huge_pages,
            lambda: os.open("/dev/zero", os.O_RDWR),
            lambda: os.open("/", os.O_RDONLY | os.O_DIRECTORY),
            lambda: self.pipe(),
            lambda: self.socket(),
        ])
        try:
            fd = make()
        except OSError:  # huge pages are not for everybody
            fd = os.open("/dev/null", os.O_RDONLY)
        self.open.append(fd)
        return dbus.types.UnixFd(fd)

    def pipe(self):
        read, write = os.pipe()
        self.open.append(write)
        return read

    def socket(self):
        one, other = socket.socketpair()
        self.open.append(other.detach())
        return one.detach()

    def value(self, kind):
        """A value of one complete type."""
        if kind in NUMBERS:
            low, high = NUMBERS[kind]
            return self.random.choice([low, high, 0, 1, 1_000_000, self.random.randint(low, high)]
                                      if high >= 1_000_000 else [low, high, 0, 1])
        simple = {"s": self.text, "b": lambda: self.random.random() < 0.5, "h": self.descriptor,
                  "d": lambda: self.random.choice([0.0, float("nan"), -1e300]),
                  "o": lambda: dbus.ObjectPath(self.random.choice(PATHS)),
                  "g": lambda: dbus.Signature(self.random.choice(EVERY_TYPE)),
                  "v": lambda: dbus.String(self.text(), variant_level=1)}
        if kind in simple:
            return simple[kind]()
        if kind.startswith("a{"):
            return {self.text(): dbus.String("x", variant_level=1) for _ in range(self.few())}
        if kind.startswith("a"):
            return [self.value(kind[1:]) for _ in range(self.few())]
        return tuple(self.value(inner) for inner in kind[1:-1])

    def few(self):
        return self.random.choice([0, 1, 2, 20])

    def close(self):
        while self.open:
            os.close(self.open.pop())


def random_message(arguments, methods):
    pick = arguments.random
    path, interface, member, types = pick.choice(methods)
    if pick.random() < 0.1:
        path = pick.choice(PATHS)
    if pick.random() < 0.1:
        interface = pick.choice(INTERFACES)
    if pick.random() < 0.05:
        member = pick.choice(["Get", "GetAll", "Introspect", "Nothing"])
    if pick.random() < 0.25:
        types = [pick.choice(EVERY_TYPE) for _ in range(pick.randrange(4))]
    message = dbus.lowlevel.MethodCallMessage(NAME, path, interface, member)
    if types:
        message.append(*[arguments.value(kind) for kind in types], signature="".join(types))
    return message


def main():
    request = json.load(sys.stdin)
    arguments = Arguments(request["seed"], request["hints"])
    connection = dbus.bus.BusConnection(request["address"])
    seen = collections.Counter()
    for _ in range(request["calls"]):
        message = random_message(arguments, request["methods"])
        try:
            connection.send_message_with_reply_and_block(message, DEADLINE)
            seen["reply"] += 1
        except dbus.DBusException as error:
            seen[error.get_dbus_name()] += 1
        arguments.close()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
