# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an unprivileged user sees and does: what is everybody's to see, and nothing is changed."""

import pytest

import lab
from bus import Client, signals_of
from stage import DEVICE, PEER, Far, Observed

pytestmark = pytest.mark.bus

SUMMARY = {"Name", "InterfaceIndex", "Up", "Backend", "Mode", "State", "InSync", "PeerCount",
           "StateCounts", "PeersListed", "EventSource", "MissedEvents"}
MOVING = {"RxBytes", "TxBytes", "SampledAt"}
MANAGER, ROOT = f"{lab.BUS}.Manager", "/org/wgnl/WireGuard1"
DETAILS = {"GetPeer": ["s"], "ListPeers": [], "Snapshot": [], "GetCounters": [],
           "Subscribe": ["t", "1000000"]}


class Case:
    """A device with one peer that answers."""

    def __init__(self, number, device, more=None):
        self.device, self.path = device, lab.device_path(device)
        self.hub = Observed(device, 51820 + number, more or "")
        self.far = Far(number, self.hub.keys.public)
        self.key = self.far.keys.public
        self.peer = lab.peer_path(device, self.key)
        self.hub.peers[self.key] = self.far.inside
        self.hub.set(self.key, "allowed-ips", f"{self.far.inside}/32")
        if more is not None:
            self.hub.declare()
        lab.eventually(self.is_shown, f"{device} is shown as it is to be")

    def is_shown(self):
        seen = lab.properties(self.path, DEVICE) if self.device in lab.run("wgnl", "status") else {}
        return seen.get("PeerCount") == 1 and bool(seen["Source"]) == self.hub.file.exists()

    def shake(self):
        """A handshake, and what the bus says meanwhile."""
        heard = Client(signals_of(self.device))
        self.hub.set(self.key, "endpoint", f"{self.far.outside}:51820", "persistent-keepalive", 25)
        lab.eventually(lambda: lab.device_property("State", self.device) == "established",
                       "established")
        heard.get(self.path, DEVICE, "State")  # is answered behind all that was said of it
        heard.close()
        return heard.events

    def close(self):
        self.hub.close()
        self.far.close()


CASES = {"declared": (61, "wgopen", ""), "private": (62, "wgprivate", "Private=yes\n"),
         "undeclared": (63, "wgforeign")}
HIDDEN = ["private", "undeclared"]


@pytest.fixture(scope="module")
def cases(daemons):
    made = {name: Case(*words) for name, words in CASES.items()}
    yield made
    for case in made.values():
        case.close()


def refused(*argv, words="is shown to root|Access denied"):
    """A call of nobody's that comes to nothing."""
    with pytest.raises(AssertionError, match=words):
        lab.busctl(*argv, user="nobody")


def standing(path, interface, user=None):
    """The properties that do not move by themselves."""
    seen = lab.properties(path, interface, user)
    return {name: value for name, value in seen.items() if name not in MOVING}


def arguments(case, member):
    types = DETAILS[member]
    return ["s", case.key] if types == ["s"] else types


def as_member(*argv):
    """What a user who is in group wgnl is answered."""
    return lab.run("setpriv", "--reuid=nobody", "--groups=wgnl", "busctl", *argv)


def test_everybody_reads_all_of_a_declared_device(cases):
    case = cases["declared"]
    assert standing(case.path, DEVICE, "nobody") == standing(case.path, DEVICE)
    assert standing(case.peer, PEER, "nobody") == standing(case.peer, PEER)
    for member in DETAILS:
        lab.busctl("call", lab.BUS, case.path, DEVICE, member, *arguments(case, member),
                   user="nobody")
    listed = ("call", lab.BUS, case.path, DEVICE, "ListPeers")
    assert lab.busctl(*listed, user="nobody") == lab.busctl(*listed)


@pytest.mark.parametrize("name", HIDDEN)
def test_everybody_reads_counts_and_states_of_another_device_and_no_more(cases, name):
    case = cases[name]
    whole, seen = standing(case.path, DEVICE), standing(case.path, DEVICE, "nobody")
    assert {n: seen[n] for n in SUMMARY} == {n: whole[n] for n in SUMMARY}
    assert whole["PublicKey"] and whole["ListenPort"]
    assert not any(value for n, value in seen.items() if n not in SUMMARY), seen
    everything = lab.run("busctl", "--json=short", "call", lab.BUS, ROOT,
                         "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", user="nobody")
    assert case.path in everything and case.peer not in everything
    assert case.key not in everything and case.hub.keys.public not in everything
    refused("call", lab.BUS, case.peer, "org.freedesktop.DBus.Properties", "GetAll", "s", PEER)
    for member in DETAILS:
        refused("call", lab.BUS, case.path, DEVICE, member, *arguments(case, member))


@pytest.mark.parametrize("name", HIDDEN)
def test_group_wgnl_reads_all(cases, name):
    case = cases[name]
    assert case.hub.keys.public in as_member("get-property", lab.BUS, case.path, DEVICE,
                                             "PublicKey")
    assert case.key in as_member("get-property", lab.BUS, case.peer, PEER, "PublicKey")
    assert case.key in as_member("call", lab.BUS, case.path, DEVICE, "ListPeers")


def test_nobody_changes_anything(cases):
    before = {name: lab.dump(case.device) for name, case in cases.items()}
    with lab.SetCounter() as sets:
        for case in cases.values():
            refused("call", lab.BUS, ROOT, MANAGER, "Withdraw", "s", case.device, words="only root|Access denied")
            refused("call", lab.BUS, ROOT, MANAGER, "Reconcile", "s", case.device,
                    words="needs root|is not declared|Access denied")
            refused("call", lab.BUS, case.path, DEVICE, "Reconcile",
                    words="needs root|is not declared|Access denied")
            refused("set-property", lab.BUS, case.path, DEVICE, "Mode", "s", "own",
                    words="not writable|Access denied")
        refused("call", lab.BUS, ROOT, MANAGER, "Retain", "as", "0", words="only root|Access denied")
        refused("call", lab.BUS, ROOT, MANAGER, "Reconcile", "s", "", words="needs root|Access denied")
        assert sets.messages() == []
    assert {name: lab.dump(case.device) for name, case in cases.items()} == before
    assert all(case.is_shown() for case in cases.values())


def test_what_is_said_of_a_handshake(cases):
    """In the end, because it changes what the others look at."""
    members = {name: [event.member for event in case.shake() if event.path == case.peer]
               for name, case in cases.items()}
    assert members["declared"].count("HandshakeCompleted") == 1
    assert members["private"] == members["undeclared"] == []
