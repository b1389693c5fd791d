# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bus as our daemons have it: what it keeps away from them, and what they do when it goes."""
import json
import os
import pathlib
import signal
import subprocess

import pytest
from caller import DEVICE, MANAGER, NAME, ROOT
from command import Monitor
from conftest import DEADLINE, Keys, end, run
from test_networkd_adapter import adapter, stand_in  # noqa: F401
from test_wgnld import DENIED, error_of, own

DRIVER = "org.freedesktop.DBus"

DAEMONS = {"wgnl-networkd": "plugins/networkd/wgnl-networkd", "wgnl-nm": "plugins/nm/service/wgnl-nm",
           "wgnl-resolve": "dbus/resolve/wgnl-resolve"}
INVALID = "org.freedesktop.DBus.Error.InvalidArgs"
# As anybody, a call with a descriptor that the member does not take.
WITH_DESCRIPTOR = """
import caller, dbus, sys
asks = caller.Caller(sys.argv[1])
try:
    asks.call(*sys.argv[2:], dbus.types.UnixFd(sys.stdin))
except dbus.DBusException as error:
    print(error.get_dbus_name())
"""


class Forger:
    """Somebody without any right, who sends signals to whom it likes."""

    PROGRAM = """
import json, sys
import caller
from dbus.lowlevel import SignalMessage
connection = caller.Caller(sys.argv[1]).connection
print(connection.get_unique_name(), flush=True)
for line in sys.stdin:
    to, path, interface, member, signature, *arguments = json.loads(line)
    signal = SignalMessage(path, interface, member)
    signal.set_destination(to)
    signal.append(*arguments, signature=signature)
    connection.send_message(signal)
    connection.flush()
    connection.name_has_owner(to)
    print("sent", flush=True)
"""

    def __init__(self, bus, folder):
        self.process = subprocess.Popen(
            ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", "-C", folder,
             "/usr/bin/python3", "-B", "-c", self.PROGRAM, bus.address],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.name = self.process.stdout.readline().strip()

    def send(self, *words):
        """Returns once the bus has passed the signal on, or has not."""
        print(json.dumps(words), file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "sent\n"

    def say_owner_changed(self, to, name, before, after):
        self.send(to, "/org/freedesktop/DBus", DRIVER, "NameOwnerChanged", "sss", name, before, after)

    def close(self):
        self.process.stdin.close()
        end(self.process)


@pytest.fixture
def forger(bus, folder):
    made = Forger(bus, folder)
    yield made
    made.close()


def error_with_descriptor(wgnld, *words, prefix=()):
    return run(*prefix, "env", "-C", wgnld.folder, "/usr/bin/python3", "-B", "-c", WITH_DESCRIPTOR,
               wgnld.bus.address, *words)


def start(name, bus, folder):
    """The daemon, once it has begun to use the bus."""
    program = pathlib.Path(os.environ["WGNL_BUILD"]) / DAEMONS[name]
    root = ("--root", folder / "root") if name == "wgnl-networkd" else ()
    before = len(bus.heard)
    process = subprocess.Popen([program, *root], stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus.address})
    bus.until(lambda: [message for message in bus.heard[before:] if message.get("member") in
                       ("AddMatch", "RequestName")], f"{name} is on the bus")
    return process


@pytest.mark.parametrize("name", DAEMONS)
def test_a_daemon_that_loses_the_bus_ends_and_says_so(bus, folder, name):
    (folder / "root").mkdir()
    process = start(name, bus, folder)
    try:
        end(bus.daemon)
        said = process.communicate(timeout=DEADLINE)[1]
    finally:
        end(process)
    assert "the system bus closed the connection" in said
    assert process.returncode == 1


def test_wgnld_that_loses_the_bus_ends_and_says_so(bus, wgnld):
    end(bus.daemon)
    assert wgnld.process.wait(DEADLINE) == 1
    assert "the system bus closed the connection" in wgnld.log.read_text()


@pytest.mark.parametrize("words", [(ROOT, MANAGER, "ListDevices"), (ROOT, MANAGER, "Retain"),
                                   ("device", DEVICE, "Snapshot")])
def test_descriptors_of_those_who_declare_nothing_do_not_arrive(wgnld, device, words):
    wgnld.declare(own(device, Keys(), []))
    words = [wgnld.path(device) if word == "device" else word for word in words]
    nobody = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")

    assert error_with_descriptor(wgnld, *words) == INVALID, "wgnld says that it takes none"
    assert error_with_descriptor(wgnld, *words, prefix=nobody) == DENIED, "the bus keeps it"
    assert error_of(wgnld.caller_as, "nobody", "declare", own(device, Keys(), [])) == DENIED
    assert wgnld.devices() == [device]


def test_a_subscription_does_not_end_by_a_forged_signal(bus, wgnld, device, forger):
    wgnld.declare(own(device, Keys(), []))
    path, me = wgnld.path(device), wgnld.root.connection.get_unique_name()
    wgnld.root.subscribe(path, 1_000_000)

    forger.say_owner_changed(wgnld.root.connection.get_name_owner(NAME), me, me, "")

    wgnld.root.call(path, DEVICE, "Unsubscribe")  # fails for one that has no subscription
    refused = [message for message in bus.heard if message["type"] == "error"
               and message.get("destination") == forger.name]
    assert len(refused) == 1, "the bus keeps it from wgnld"


def test_the_adapter_declares_nothing_again_for_a_forged_signal(bus, stand_in, adapter, forger):  # noqa: F811
    adapter()
    assert stand_in.heard(2) == [("Declare", None), ("Retain", None, "wg0")]
    [name] = bus.callers_of("Declare")
    [process] = adapter.started

    forger.say_owner_changed(name, NAME, "", ":1.0")

    for _ in range(3):
        process.send_signal(signal.SIGHUP)
        assert stand_in.heard(1) == [("Retain", None, "wg0")]


def test_monitor_does_not_tell_what_is_forged(bus, wgnld, device, forger):
    monitor = Monitor(bus, "--json")
    try:
        [name] = bus.callers_of("GetManagedObjects")
        path = wgnld.path("wgforged")
        forger.send(name, path, DEVICE, "Applied", "b", False)
        forger.say_owner_changed(name, NAME, ":1.0", "")

        wgnld.declare(own(device, Keys(), []))

        monitor.until(device=device)
        assert {event.get("device") for event in monitor.events} == {device}, monitor.events
    finally:
        monitor.close()
