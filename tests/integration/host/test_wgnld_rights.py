# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may see what, and who may do what: declared, private and undeclared devices, polkit."""
import json
import os
import pathlib
import subprocess

import dbus
import pytest

from caller import DEVICE, PEER, PROPERTIES
from conftest import TOP, Keys, end, run
from test_wgnld import DENIED, error_of, sync

INSPECT = "org.wgnl.wireguard1.inspect"
RECONCILE = "org.wgnl.wireguard1.reconcile"
SUMMARY = {"Name", "InterfaceIndex", "Up", "Backend", "Mode", "State", "InSync", "PeerCount",
           "StateCounts", "PeersListed", "EventSource", "MissedEvents"}


class Polkit:
    """The stand-in in a process of its own, which says yes to these actions."""

    def __init__(self, bus, *allowed, options=()):
        script = pathlib.Path(__file__).parent / "polkit.py"
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-B", script, *options, bus.address, *allowed],
            stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def questions(self):
        """Ends it; what it was asked."""
        end(self.process)
        return [json.loads(line) for line in self.process.stdout if line != "released\n"]


@pytest.fixture
def undeclared(wgnld, bus, here, device):
    """A device that nobody declared, with one peer; the peer's path."""
    key = Keys()
    here.wireguard(device, Keys())
    here.run("wg", "set", device, "peer", key.public, "allowed-ips", "10.8.0.1/32")
    bus.until(lambda: wgnld.root.manager("ListDevices"), "it is seen")
    bus.until(lambda: wgnld.device(device, "PeerCount") == 1, "its peer is seen")
    return wgnld.peer_path(device, key.public)


def test_every_property_is_either_summary_or_denied(wgnld, undeclared, device):
    path = wgnld.path(device)
    everything = wgnld.root.get_all(path, DEVICE)
    seen = wgnld.caller_as("nobody", "get_all", path, DEVICE)

    assert set(seen) == set(everything)
    for name, value in everything.items():
        if name in SUMMARY:
            assert wgnld.caller_as("nobody", "get", path, DEVICE, name) == value
        else:
            assert error_of(wgnld.caller_as, "nobody", "get", path, DEVICE, name) == DENIED
            assert not seen[name], f"{name} is as empty as can be"


@pytest.mark.parametrize("member", ["GetPeer", "ListPeers", "Snapshot", "GetCounters"])
def test_every_method_of_an_undeclared_device_is_denied(wgnld, undeclared, device, member):
    arguments = {"GetPeer": ["x"]}.get(member, [])
    path = wgnld.path(device)

    assert error_of(wgnld.caller_as, "nobody", "call", path, DEVICE, member, *arguments) == DENIED


def test_counters_of_an_undeclared_device_are_denied(wgnld, undeclared, device):
    path = wgnld.path(device)

    assert error_of(wgnld.caller_as, "nobody", "subscribe", path, 1_000_000) == DENIED
    wgnld.root.subscribe(path, 1_000_000)


def test_polkit_opens_an_undeclared_device(wgnld, bus, undeclared, device):
    polkit = Polkit(bus, INSPECT)
    path = wgnld.path(device)

    assert wgnld.caller_as("nobody", "get", path, DEVICE, "PublicKey") == (
        wgnld.device(device, "PublicKey")) != ""
    assert wgnld.caller_as("nobody", "get_all", path, DEVICE)["ListenPort"] > 0
    assert wgnld.caller_as("nobody", "get", undeclared, PEER, "AllowedIPs") == ["10.8.0.1/32"]
    assert wgnld.caller_as("nobody", "get_all", undeclared, PEER)["State"] == "never"
    assert len(wgnld.caller_as("nobody", "call", path, DEVICE, "ListPeers")) == 1
    assert wgnld.caller_as("nobody", "call", path, DEVICE, "GetCounters")[2] > 0

    questions = polkit.questions()
    assert {question["action"] for question in questions} == {INSPECT}
    assert {question["flags"] for question in questions} == {0}, "nobody is asked for a password"
    assert len(questions) == len({question["subject"] for question in questions}) == 6, questions


def test_polkit_is_asked_once_in_a_while_for_each_connection(wgnld, bus, undeclared, device):
    polkit = Polkit(bus, INSPECT)
    program = (
        "import caller, sys\n"
        "asks = caller.Caller(sys.argv[1])\n"
        "for _ in range(50):\n"
        "    asks.get(sys.argv[2], caller.DEVICE, 'PublicKey')\n"
        "print(len(asks.objects()), asks.connection.get_unique_name())\n")

    seen = run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", "-C",
               wgnld.folder, "/usr/bin/python3", "-B", "-c", program, bus.address,
               wgnld.path(device))

    objects, name = seen.split()
    assert objects == "2", "what polkit allowed holds for the tree, too"
    asked = [question["subject"] for question in polkit.questions()]
    assert set(asked) == {name}
    assert len(asked) < 10, "a yes holds for 10 s, and a slow machine may take more for all of that"


def test_polkit_may_ask_for_a_password_if_the_caller_allows_it(wgnld, bus, undeclared, device):
    polkit = Polkit(bus)
    for allowed in ("no", "yes"):
        done = subprocess.run(
            ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "busctl",
             f"--address={bus.address}", f"--allow-interactive-authorization={allowed}", "call",
             "org.wgnl.WireGuard1", wgnld.path(device), DEVICE, "GetCounters"],
            check=False, capture_output=True, text=True)
        assert "Access" in done.stderr or "is shown to root" in done.stderr

    assert [question["flags"] for question in polkit.questions()] == [0, 1]


def test_polkit_lets_others_reconcile(wgnld, bus, device):
    wgnld.declare(sync(device, []))
    path = wgnld.path(device)
    assert error_of(wgnld.caller_as, "nobody", "call", path, DEVICE, "Reconcile") == DENIED
    polkit = Polkit(bus, RECONCILE)

    wgnld.caller_as("nobody", "call", path, DEVICE, "Reconcile")
    wgnld.caller_as("nobody", "manager", "Reconcile", "")

    assert [question["action"] for question in polkit.questions()] == [RECONCILE] * 2


RULE = """polkit.addRule(function(action, subject) {
    if (action.id == "org.wgnl.wireguard1.inspect" && subject.user == "nobody")
        return polkit.Result.YES;
});
"""
POLKITD = """set -e
mount --bind "$1/actions" /usr/share/polkit-1/actions
mount --bind "$1/rules" /etc/polkit-1/rules.d
exec /usr/lib/polkit-1/polkitd
"""


@pytest.fixture
def polkitd(bus, folder):
    """The real one on the private bus, with our actions, and one rule."""
    for name, file in (("actions", "org.wgnl.wireguard1.policy"), ("rules", "10-test.rules")):
        (folder / name).mkdir()
        (folder / name / file).write_text(
            RULE if name == "rules" else (TOP / "dbus" / file).read_text(encoding="utf-8"),
            encoding="utf-8")
    process = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", POLKITD, "polkitd", folder],
        env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus.address},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    connection = dbus.bus.BusConnection(bus.address)
    bus.until(lambda: connection.name_has_owner("org.freedesktop.PolicyKit1"), "polkitd is there")
    yield
    end(process)


def test_the_real_polkit_decides_by_its_rules(wgnld, undeclared, device, polkitd):
    path = wgnld.path(device)

    assert wgnld.caller_as("nobody", "get", path, DEVICE, "ListenPort") > 0
    assert wgnld.caller_as("nobody", "get", undeclared, PEER, "State") == "never"
    assert error_of(wgnld.caller_as, "daemon", "get", path, DEVICE, "ListenPort") == DENIED
    assert error_of(wgnld.caller_as, "nobody", "manager", "Reconcile", "") == DENIED


def interfaces_of(bus, member, path):
    return [data for data in bus.signals(member) if data[0] == path]


def test_peers_are_announced_when_a_device_is_declared_and_no_longer(wgnld, bus, undeclared,
                                                                      device):
    assert not interfaces_of(bus, "InterfacesAdded", undeclared)
    path = wgnld.path(device)

    wgnld.declare(sync(device, []))
    bus.until(lambda: interfaces_of(bus, "InterfacesAdded", undeclared), "it may be seen")
    changed = [data[1] for data in bus.signals("PropertiesChanged", path)]
    assert any("PublicKey" in properties for properties in changed)

    wgnld.root.manager("Withdraw", device)
    bus.until(lambda: interfaces_of(bus, "InterfacesRemoved", undeclared), "it is hidden again")
    last = [data[1]["PublicKey"]["data"] for data in bus.signals("PropertiesChanged", path)
            if "PublicKey" in data[1]]
    assert last[-1] == ""


def test_a_device_that_turns_private_is_hidden(wgnld, bus, here, device):
    key = Keys()
    here.wireguard(device, Keys())
    peers = [{"public_key": key.public}]
    wgnld.declare(sync(device, peers))
    path = wgnld.peer_path(device, key.public)
    assert wgnld.caller_as("nobody", "get", path, PEER, "State") == "never"

    wgnld.declare(sync(device, peers, private=True))

    assert interfaces_of(bus, "InterfacesRemoved", path)
    assert error_of(wgnld.caller_as, "nobody", "get", path, PEER, "State") == DENIED


def test_nobody_changes_anything(wgnld, device):
    wgnld.declare(sync(device, []))
    path = wgnld.path(device)
    for interface, where in ((DEVICE, path), ("org.wgnl.WireGuard1.Manager", "/org/wgnl/WireGuard1")):
        for name, value in wgnld.root.get_all(where, interface).items():
            name_of_error = error_of(wgnld.root.call, where, PROPERTIES, "Set", interface, name,
                                     value)
            assert name_of_error == "org.freedesktop.DBus.Error.PropertyReadOnly"
