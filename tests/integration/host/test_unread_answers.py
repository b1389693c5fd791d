# SPDX-License-Identifier: LGPL-2.1-or-later
"""One who asks and never reads: others are answered, and nothing piles up.

dbus-daemon keeps what a receiver has not read and holds it against the sender: with 127 MiB, or 64
descriptors, it reads nothing from the sender any more, whoever it is for.
"""
import json
import pathlib
import subprocess

import dbus
import pytest

from caller import DEVICE, NAME, PEER, PROPERTIES, ROOT
from conftest import end, run
from test_wgnld_load import LIMITS, declare_many, descriptors, status

PROGRAM = pathlib.Path(__file__).parent / "raw_bus.py"
OBJECTS = "org.freedesktop.DBus.ObjectManager"
INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
PEERS = 2000
MEBIBYTE = 1 << 20
MOST_UNREAD = 96 * MEBIBYTE  # the bus monitor of the tests may be behind as well


class Silent:
    """Somebody without any right, who asks and does not read until it is told to."""

    def __init__(self, bus, connections, calls, path, interface, member, strings=(), user="nobody"):
        self.process = subprocess.Popen(
            ["setpriv", f"--reuid={user}", "--clear-groups", "/usr/bin/python3", "-B", PROGRAM],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.tell(json.dumps({"address": bus.address, "connections": connections, "calls": calls,
                              "path": path, "interface": interface, "member": member,
                              "strings": strings}))
        assert self.process.stdout.readline() == "asked\n"

    def tell(self, line):
        print(line, file=self.process.stdin, flush=True)

    def read(self):
        self.tell("read")
        return json.loads(self.process.stdout.readline())

    def until_heard(self):
        self.tell("")
        assert self.process.stdout.readline() == "heard\n"

    def close(self):
        end(self.process)


@pytest.fixture
def silent(bus):
    started = []

    def start(*words, **options):
        started.append(Silent(bus, *words, **options))
        return started[-1]

    yield start
    for one in started:
        one.close()


def unread(wgnld):
    """What the bus held against wgnld, at its highest: bytes and descriptors."""
    stats = wgnld.root.connection.call_blocking(
        "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.Debug.Stats",
        "GetConnectionStats", "s", [NAME])
    return stats["PeakIncomingBytes"], stats["PeakIncomingFDs"]


def members(wgnld, device):
    path = wgnld.path(device)
    return {"objects": (ROOT, OBJECTS, "GetManagedObjects"),
            "peers": (path, DEVICE, "ListPeers"),
            "snapshot": (path, DEVICE, "Snapshot"),
            "introspect": (path + "/peer", INTROSPECTABLE, "Introspect")}


@pytest.mark.parametrize("connections", [1, 20])
@pytest.mark.parametrize("member", ["objects", "peers", "snapshot", "introspect"])
def test_one_who_never_reads_silences_nobody(wgnld, silent, device, member, connections):
    declare_many(wgnld, device, PEERS)
    before = status(wgnld, "VmRSS")
    hostile = silent(connections, 120, *members(wgnld, device)[member])

    for _ in range(3):
        assert wgnld.caller_as("daemon", "manager", "ListDevices")[0][0] == device
        assert len(wgnld.root.objects()) == PEERS + 1
        wgnld.root.call(wgnld.path(device), DEVICE, "Snapshot").take()
    grown, (bytes_, files) = status(wgnld, "VmRSS") - before, unread(wgnld)
    print(f"{120 * connections} × {member}: {grown} KiB more in wgnld, {bytes_ / MEBIBYTE:.0f} MiB and "
          f"{files} descriptors in the bus at most")

    assert bytes_ < MOST_UNREAD
    assert grown < 64 * 1024
    answers = hostile.read()
    assert sum(answers.values()) == 120 * connections and answers["reply"] > 0
    assert set(answers) <= {"reply", LIMITS}
    hostile.until_heard()


def test_who_does_not_read_is_told_what_to_do(wgnld, silent, bus, device):
    declare_many(wgnld, device, PEERS)
    silent(1, 120, *members(wgnld, device)["objects"])

    def refusals():
        return {message["payload"]["data"][0] for message in bus.heard
                if message["type"] == "error" and message["sender"] == wgnld_name}

    wgnld_name = wgnld.root.connection.get_name_owner(NAME)
    bus.until(refusals, "it is refused")
    for text in refusals():
        assert "not read yet" in text and "to this connection" in text
        assert "read the answers, then ask again" in text


@pytest.mark.parametrize("words", [("device", PROPERTIES, "GetAll", (DEVICE,)),
                                   (ROOT, INTROSPECTABLE, "Introspect")], ids=["GetAll", "Introspect"])
def test_small_answers_that_nobody_reads_end(wgnld, silent, device, words):
    declare_many(wgnld, device, 1)
    path = wgnld.path(device) if words[0] == "device" else words[0]
    silent(1, 6000, path, *words[1:])

    assert wgnld.caller_as("daemon", "manager", "ListDevices")[0][0] == device
    bytes_, _ = unread(wgnld)
    print(f"{bytes_ >> 10} KiB in the bus at most")
    assert bytes_ < 4 * MEBIBYTE
    assert wgnld.caller_as("nobody", "manager", "ListDevices")[0][0] == device


def test_who_leaves_gives_room_to_others_of_its_user(wgnld, silent, device):
    declare_many(wgnld, device, PEERS)
    open_before = descriptors(wgnld)
    for member in ("objects", "snapshot"):
        for _ in range(2):
            silent(20, 50, *members(wgnld, device)[member]).close()

    assert len(wgnld.caller_as("nobody", "objects")) == PEERS + 1
    wgnld.bus.until(lambda: descriptors(wgnld) <= open_before + 2, "descriptors are closed")


def test_a_client_that_reads_gets_as_much_as_it_asks_for(wgnld, device):
    """More than would have room, were it not read."""
    declare_many(wgnld, device, PEERS)
    program = ("import caller, sys\n"
               "asks = caller.Caller(sys.argv[1])\n"
               "for _ in range(12):\n"
               "    assert len(asks.objects()) == int(sys.argv[3])\n"
               "for _ in range(100):\n"
               "    asks.call(sys.argv[2], caller.DEVICE, 'Snapshot').take()\n"
               "for _ in range(1500):\n"
               "    asks.manager('ListDevices')\n")
    run("setpriv", "--reuid=nobody", "--clear-groups", "env", "-C", wgnld.folder, "/usr/bin/python3",
        "-B", "-c", program, wgnld.bus.address, wgnld.path(device), PEERS + 1)


def test_each_peer_is_introspected_once(wgnld, device):
    count = 50
    declare_many(wgnld, device, count)
    nodes, interfaces, left = [], [], [ROOT]
    while left:
        path = left.pop()
        xml = str(wgnld.root.call(path, INTROSPECTABLE, "Introspect"))
        interfaces += [PEER] if f'interface name="{PEER}"' in xml else []
        children = [line.split('"')[1] for line in xml.splitlines() if "<node name=" in line]
        assert all("/" not in child for child in children), xml
        nodes += [f"{path}/{child}" for child in children]
        left += [f"{path}/{child}" for child in children]

    peers = [path for path in nodes if "/peer/" in path]
    assert len(peers) == len(set(peers)) == len(interfaces) == count
    assert set(peers) | {wgnld.path(device)} == set(wgnld.root.objects())
    with pytest.raises(dbus.DBusException, match="UnknownObject"):
        wgnld.root.call(wgnld.path("none"), INTROSPECTABLE, "Introspect")
