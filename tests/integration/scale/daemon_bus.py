# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnld on the bus: what it announces of the device, and many questions to it."""

import time

from jeepney import DBusAddress, HeaderFields, MatchRule, MessageType, message_bus, new_method_call
from jeepney.io.blocking import open_dbus_connection

from commands import PATIENCE, Failed, TooLong

NAME = "org.wgnl.WireGuard1"
PROPERTIES = "org.freedesktop.DBus.Properties"
# Questions that wait for an answer at a time, and after how many there is one about everything.
AT_ONCE, SNAPSHOT_EACH = 50, 500


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

    def _ask_all(self, messages):
        """Their answers, in order; all are asked before the first is answered."""
        serials = []
        for message in messages:
            serials.append(next(self._connection.outgoing_serial))
            self._connection.send(message, serial=serials[-1])
        answers = {}
        while len(answers) < len(serials):
            message = self._connection.receive(timeout=PATIENCE)
            answers[message.header.fields.get(HeaderFields.reply_serial)] = message
            answers.pop(None, None)  # a signal
        return [self._answer(answers[serial]) for serial in serials]

    def questions(self, keys, count):
        """So many questions about these peers, and now and then about everything."""
        device = DBusAddress(self._path, bus_name=NAME, interface=f"{NAME}.Device")
        for asked in range(0, count, 2 * AT_ONCE):
            some = [keys[(asked + n) % len(keys)] for n in range(AT_ONCE)]
            paths = self._ask_all(new_method_call(device, "GetPeer", "s", (key,)) for key in some)
            self._ask_all(new_method_call(DBusAddress(path, bus_name=NAME, interface=PROPERTIES),
                                          "GetAll", "s", (f"{NAME}.Peer",)) for (path,) in paths)
            if asked % SNAPSHOT_EACH == 0:
                self.snapshot()
