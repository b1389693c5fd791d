# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bus as our daemons have it: what it keeps away from them, and what they do when it goes."""
import os
import pathlib
import subprocess

import pytest
from caller import DEVICE, MANAGER, ROOT
from conftest import DEADLINE, Keys, end, run
from test_wgnld import DENIED, error_of, own

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
