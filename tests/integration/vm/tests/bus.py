# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client of the bus that waits for messages, and stamps each as it arrives."""

import threading
import time
from collections import namedtuple

from jeepney import (DBusAddress, HeaderFields, MatchRule, MessageType, Parser, message_bus,
                     new_method_call)
from jeepney.io.blocking import open_dbus_connection

import lab

# `at` is CLOCK_REALTIME in seconds, taken before the message is parsed.
Event = namedtuple("Event", "at path member body")

PROPERTIES = "org.freedesktop.DBus.Properties"
# What open_dbus_connection() would take is too short where the machine is emulated.
PATIENCE = lab.DEADLINE


class Refused(Exception):
    """An error that came back instead of an answer; its text begins with the error's name."""


def connect(**more):
    return open_dbus_connection("SYSTEM", auth_timeout=PATIENCE, **more)


class Client:
    """Calls whom it likes; keeps the signals of the rules given, in their order."""

    def __init__(self, *rules):
        self._connection = connect()
        self._socket = self._connection.sock
        self._socket.settimeout(None)
        self.name = self._connection.unique_name
        self.events = []
        self._answers, self._serial = {}, 1000
        self.changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        for rule in rules:
            self._ask(message_bus.AddMatch(rule))

    def close(self):
        """Leaves the bus; once is enough."""
        if not self._reader.is_alive():
            return
        self._socket.shutdown(2)
        self._reader.join(PATIENCE)
        self._connection.close()

    def _read(self):
        parser = Parser()
        while data := self._socket.recv(1 << 16):
            at = time.time()
            parser.add_data(data)
            with self.changed:
                while message := parser.get_next_message():
                    self._take(at, message)
                self.changed.notify_all()

    def _take(self, at, message):
        fields = message.header.fields
        if message.header.message_type == MessageType.signal:
            self.events.append(Event(at, fields[HeaderFields.path], fields[HeaderFields.member],
                                     message.body))
        else:
            self._answers[fields[HeaderFields.reply_serial]] = message

    def _ask(self, message):
        with self.changed:
            self._serial += 1
            serial = self._serial
            self._socket.sendall(message.serialise(serial))
            came = self.changed.wait_for(lambda: serial in self._answers, PATIENCE)
            assert came, f"no answer within {PATIENCE} s to {message.header.fields}"
            answer = self._answers.pop(serial)
        if answer.header.message_type == MessageType.error:
            name = answer.header.fields[HeaderFields.error_name]
            raise Refused(f"{name}: {' '.join(map(str, answer.body))}")
        return answer.body

    def call(self, path, interface, member, signature=None, *arguments, to=lab.BUS):
        """The answer's values."""
        address = DBusAddress(path, bus_name=to, interface=interface)
        return self._ask(new_method_call(address, member, signature, arguments))

    def get(self, path, interface, name):
        """A property's value."""
        return self.call(path, PROPERTIES, "Get", "ss", interface, name)[0][1]

    def wait(self, condition, what, seconds=lab.DEADLINE, asking=None, every=5):
        """Waits until the condition holds, which is looked at after each message. `asking` is
        called every so many seconds meanwhile. Returns what is true."""
        end = time.monotonic() + seconds
        while True:
            pause = min(every if asking else seconds, end - time.monotonic())
            with self.changed:
                if found := self.changed.wait_for(condition, max(pause, 0)):
                    return found
            assert time.monotonic() < end, f"not within {seconds} s: {what}"
            asking()


def signals_of(device):
    """The rule for every signal of a device's objects."""
    return MatchRule(type="signal", sender=lab.BUS, path_namespace=lab.device_path(device))
