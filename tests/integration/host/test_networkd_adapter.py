# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnl-networkd and a wgnld that says: not now."""
import os
import pathlib
import queue
import subprocess
import threading

import dbus
import dbus.service
import pytest
from caller import MANAGER, NAME, ROOT
from conftest import DEADLINE, Keys, end
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

NETDEV = """[NetDev]
Name=wg0
Kind=wireguard
[WireGuard]
PrivateKey={key}
"""


class NotReady(dbus.DBusException):
    _dbus_error_name = "org.wgnl.WireGuard1.Error.NotReady"


class Refused(dbus.DBusException):
    _dbus_error_name = "org.wgnl.WireGuard1.Error.OwnedByAnother"


class StandIn(dbus.service.Object):
    """Takes wgnld's name; answers each call with the next of its answers, then with success."""

    def __init__(self, address):
        connection = dbus.bus.BusConnection(address, mainloop=DBusGMainLoop())
        self.name = dbus.service.BusName(NAME, connection, do_not_queue=True)
        super().__init__(connection, ROOT)
        self.answers = {"Declare": [], "Retain": []}
        self.calls = queue.Queue()
        self.loop = GLib.MainLoop()
        self.thread = threading.Thread(target=self.loop.run, daemon=True)
        self.thread.start()

    def answer(self, member, *devices):
        answers = self.answers[member]
        error = answers.pop(0) if answers else None
        self.calls.put((member, error, *devices))
        if error:
            raise error("by the test")

    @dbus.service.method(MANAGER, in_signature="sh", out_signature="o")
    def Declare(self, _origin, _document):
        self.answer("Declare")
        return f"{ROOT}/device/wg0"

    @dbus.service.method(MANAGER, in_signature="as")
    def Retain(self, devices):
        self.answer("Retain", *map(str, devices))

    def heard(self, count):
        return [self.calls.get(timeout=DEADLINE) for _ in range(count)]

    def close(self):
        self.loop.quit()
        self.thread.join(DEADLINE)
        self.connection.close()


@pytest.fixture
def stand_in(bus):
    made = StandIn(bus.address)
    yield made
    made.close()


@pytest.fixture
def adapter(bus, folder):
    """Starts the adapter on a folder with one device."""
    file = folder / "root/etc/systemd/network/wg0.netdev"
    file.parent.mkdir(parents=True)
    file.write_text(NETDEV.format(key=Keys().private), encoding="ascii")
    started = []

    def start():
        program = pathlib.Path(os.environ["WGNL_BUILD"]) / "plugins/networkd/wgnl-networkd"
        started.append(subprocess.Popen(
            [program, "--root", folder / "root"], stderr=subprocess.DEVNULL,
            env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus.address}))

    start.file, start.started = file, started
    yield start
    for process in started:
        end(process)


def test_what_had_no_room_is_declared_again(stand_in, adapter):
    stand_in.answers["Declare"] = [NotReady, NotReady]
    adapter()

    assert stand_in.heard(6) == [("Declare", NotReady), ("Retain", None, "wg0")] * 2 + [
        ("Declare", None), ("Retain", None, "wg0")]


def test_list_that_was_not_taken_is_sent_again(stand_in, adapter):
    stand_in.answers["Retain"] = [NotReady]
    adapter()

    assert stand_in.heard(3) == [("Declare", None), ("Retain", NotReady, "wg0"),
                                 ("Retain", None, "wg0")]


def test_what_is_refused_is_not_repeated(stand_in, adapter):
    """A second after its refusal it would be; five seconds after its file went it is withdrawn."""
    stand_in.answers["Declare"] = [Refused]
    adapter()
    assert stand_in.heard(2) == [("Declare", Refused), ("Retain", None, "wg0")]

    adapter.file.unlink()

    assert stand_in.heard(2) == [("Retain", None, "wg0"), ("Retain", None)]
