# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnld on the bus: what it announces of the device, and many questions to it."""

import time

from jeepney import DBusAddress, HeaderFields, MatchRule, MessageType, message_bus, new_method_call
from jeepney.io.blocking import open_dbus_connection

from commands import PATIENCE, Failed, TooLong

NAME = "org.wgnl.WireGuard1"
PROPERTIES = "org.freedesktop.DBus.Properties"


class Bus:
    """A connection that hears when wgnld has applied a declaration of the device."""

    def __init__(self, device):
        self._path = f"/org/wgnl/WireGuard1/device/{device}"
        self._connection = open_dbus_connection("SYSTEM", auth_timeout=PATIENCE, enable_fds=True)
        self._rule = MatchRule(type="signal", interface=f"{NAME}.Device", member="Applied",
                               path=self._path)
        answer = self._connection.send_and_get_reply(message_bus.AddMatch(self._rule), timeout=PATIENCE)
        self._answer(answer)

    @staticmethod
    def _answer(message):
        if message.header.message_type == MessageType.error:
            raise Failed(message.header.fields[HeaderFields.error_name])
        return message.body

    def close(self):
        self._connection.close()

    def call(self, path, interface, member, signature=None, *arguments):
        address = DBusAddress(path, bus_name=NAME, interface=interface)
        return self._answer(self._connection.send_and_get_reply(
            new_method_call(address, member, signature, arguments), timeout=PATIENCE))

    def property(self, name):
        return self.call(self._path, PROPERTIES, "Get", "ss", f"{NAME}.Device", name)[0][1]

    def forget(self):
        """What was announced before does not count."""
        try:
            while True:
                self._connection.receive(timeout=0.05)
        except TimeoutError:
            pass

    def applied(self, limit):
        """Waits for the next word that a declaration was applied; the moment of it."""
        end = time.monotonic() + limit
        try:
            while True:
                message = self._connection.receive(timeout=max(0, end - time.monotonic()))
                if message.header.fields.get(HeaderFields.member) == "Applied":
                    break
        except TimeoutError:
            raise TooLong(f"> {limit:.0f} s") from None
        moment = time.monotonic()
        if not message.body[0]:
            raise Failed("applied with problems")
        return moment

    def in_sync(self, count):
        """Complains unless wgnld says so, of so many peers."""
        if (peers := self.property("PeerCount")) != count:
            raise Failed(f"wgnld knows {peers} peers")
        if not self.property("InSync"):
            raise Failed("not in sync")

    def wait_declared(self, count):
        """Until wgnld has the adapter's declaration; for what is prepared, not measured."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if self.property("Source") == "networkd" and self.property("InSync") and \
                        self.property("PeerCount") == count:
                    return
            except Failed:
                pass
            time.sleep(0.1)
        raise Failed("wgnld is not in sync")

    def snapshot(self):
        """The size of the whole document."""
        with self.call(self._path, f"{NAME}.Device", "Snapshot")[0].to_file("rb") as file:
            return len(file.read())

    def questions(self, keys, count):
        """So many questions about these peers, and now and then about everything."""
        for number in range(count // 2):
            key = keys[number % len(keys)]
            path = self.call(self._path, f"{NAME}.Device", "GetPeer", "s", key)[0]
            self.call(path, PROPERTIES, "GetAll", "s", f"{NAME}.Peer")
            if number % (count // 20) == 0:
                self.snapshot()
