# SPDX-License-Identifier: LGPL-2.1-or-later
"""A secret agent of NetworkManager's, as a desktop session has one: it is asked when a profile is
switched on, and by nobody else."""

import threading

from jeepney import (DBusAddress, HeaderFields, MessageType, Parser, new_error, new_method_call,
                     new_method_return)

import bus
from nm_lab import NM

MANAGER = DBusAddress("/org/freedesktop/NetworkManager/AgentManager", NM, f"{NM}.AgentManager")
MAY_INTERACT = 1


class SecretAgent:
    """Gives the private key of every WireGuard profile."""

    def __init__(self, private_key):
        self._answer = {"wireguard": {"private-key": ("s", private_key)}}
        self._connection = bus.connect()
        self._connection.send_and_get_reply(
            new_method_call(MANAGER, "Register", "s", ("org.wgnl.tests",)), timeout=bus.PATIENCE)
        self.asked = []
        self._socket = self._connection.sock
        self._socket.settimeout(None)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        parser, serial = Parser(), 1000
        while data := self._socket.recv(1 << 16):
            parser.add_data(data)
            while message := parser.get_next_message():
                if message.header.message_type == MessageType.method_call:
                    serial += 1
                    self._socket.sendall(self._reply(message).serialise(serial))

    def _reply(self, message):
        if message.header.fields[HeaderFields.member] != "GetSecrets":
            return new_method_return(message)
        self.asked.append(flags := message.body[4])
        if flags & MAY_INTERACT:
            return new_method_return(message, "a{sa{sv}}", (self._answer,))
        return new_error(message, f"{NM}.SecretAgent.NoSecrets", "s", ("nobody is to be asked",))

    def close(self):
        self._socket.shutdown(2)
        self._reader.join(bus.PATIENCE)
        self._connection.close()
