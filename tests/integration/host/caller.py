# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls wgnld on a bus; as a program, with the rights of whoever runs it.

As a program it reads one JSON object {"member", "document", "arguments", ...} from standard input,
makes the call, and prints {"result"} or {"error"}.
"""
import base64
import fcntl
import json
import os
import struct
import sys

import dbus
import dbus.bus

from patience import DEADLINE

NAME = "org.wgnl.WireGuard1"
ROOT = "/org/wgnl/WireGuard1"
MANAGER = NAME + ".Manager"
DEVICE = NAME + ".Device"
PEER = NAME + ".Peer"
PROPERTIES = "org.freedesktop.DBus.Properties"
SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
KEY_MEMBERS = ("private_key", "public_key", "preshared_key", "peer")


def encode_document(declaration):
    """The document that travels between processes: keys in a table behind the JSON."""
    table = []

    def without_keys(value, name=""):
        if name in KEY_MEMBERS:
            table.append(base64.b64decode(value))
            return len(table) - 1
        if isinstance(value, dict):
            return {member: without_keys(inner, member) for member, inner in value.items()}
        if isinstance(value, list):
            return [without_keys(inner) for inner in value]
        return value

    text = json.dumps(without_keys(declaration)).encode()
    return b"wgnldoc1" + struct.pack("<II", len(text), len(table)) + text + b"".join(table)


def memory_file(content, seals=SEALS):
    """The descriptor of a sealed memory file."""
    fd = os.memfd_create("document", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(fd, content)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd


class Caller:
    """One connection to the bus."""

    def __init__(self, address):
        self.connection = dbus.bus.BusConnection(address)

    def call(self, path, interface, member, *arguments):
        proxy = self.connection.get_object(NAME, path, introspect=False)
        return proxy.get_dbus_method(member, interface)(*arguments, timeout=DEADLINE)

    def manager(self, member, *arguments):
        return self.call(ROOT, MANAGER, member, *arguments)

    def declare(self, declaration, origin="/etc/test.json"):
        return self.declare_bytes(encode_document(declaration), origin)

    def declare_bytes(self, content, origin="/etc/test.json", seals=SEALS):
        fd = memory_file(content, seals)
        try:
            return self.manager("Declare", origin, dbus.types.UnixFd(fd))
        finally:
            os.close(fd)

    def get(self, path, interface, name):
        return self.call(path, PROPERTIES, "Get", interface, name)

    def get_all(self, path, interface):
        return self.call(path, PROPERTIES, "GetAll", interface)

    def subscribe(self, path, microseconds):
        return self.call(path, DEVICE, "Subscribe", dbus.UInt64(microseconds))

    def objects(self):
        return self.call(ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")

    def answer(self, method, *arguments):
        """As text: the result, or the name and the text of the error."""
        try:
            return json.dumps(getattr(self, method)(*arguments))
        except dbus.DBusException as error:
            return f"{error.get_dbus_name()}: {error}"

    def answers(self, *questions):
        """To one after the other, by one connection."""
        return [self.answer(*question) for question in questions]


def main():
    request = json.load(sys.stdin)
    caller = Caller(request["address"])
    try:
        result = getattr(caller, request["method"])(*request["arguments"])
        print(json.dumps({"result": result}))
    except dbus.DBusException as error:
        print(json.dumps({"error": error.get_dbus_name(), "text": str(error)}))


if __name__ == "__main__":
    main()
