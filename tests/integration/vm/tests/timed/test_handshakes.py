# SPDX-License-Identifier: LGPL-2.1-or-later
"""A thousand handshakes, as initiator and as responder: each is said once, and soon."""

import statistics
import time

import pytest

import lab
from bus import Client
from jeepney import MatchRule
from stage import Observed
from stamps import Stamps

HERE, THERE = 10, 10  # devices; every pair of one here and one there is a tunnel
ROUNDS = 10
# Longer than the age at which the next packet renews a session (120 s), so each one does.
KEEPALIVE = 61
INSIDE, OUTSIDE, NETNS = "192.168.90.1", "192.168.90.2", "many"


class There:
    """A remote device."""

    def __init__(self, number):
        self.device, self.port, self.keys = f"wg{number}", 52000 + number, lab.Keys()
        lab.run("ip", "-n", NETNS, "link", "add", self.device, "type", "wireguard")
        lab.run("wg", "set", self.device, "private-key", "/dev/stdin", "listen-port", self.port,
                stdin=self.keys.private, netns=NETNS)
        lab.run("ip", "-n", NETNS, "link", "set", self.device, "up")

    def set(self, key, *words):
        lab.run("wg", "set", self.device, "peer", key, *words, netns=NETNS)


@pytest.fixture
def network(daemons):
    lab.run("ip", "netns", "add", NETNS)
    lab.run("ip", "link", "add", "vmany", "type", "veth", "peer", "name", "eth0", "netns", NETNS)
    lab.run("ip", "address", "add", f"{INSIDE}/24", "dev", "vmany")
    lab.run("ip", "link", "set", "vmany", "up")
    lab.run("ip", "-n", NETNS, "address", "add", f"{OUTSIDE}/24", "dev", "eth0")
    lab.run("ip", "-n", NETNS, "link", "set", "eth0", "up")
    yield
    lab.run("ip", "netns", "del", NETNS)
    lab.run("ip", "link", "del", "vmany", check=False)


@pytest.fixture
def devices(network):
    here = [Observed(f"wgmany{n}", 51900 + n) for n in range(HERE)]
    there = [There(n) for n in range(THERE)]
    for one in here:
        one.peers = {other.keys.public: f"10.80.0.{n}" for n, other in enumerate(there, 1)}
        for key in one.peers:
            one.set(key)
        one.declare()
    yield here, there
    for one in here:
        one.close()


class Known:
    """The tunnels by the paths of their objects."""

    def __init__(self, here, there):
        self.peers = {lab.peer_path(one.device, other.keys.public): (one.device, other.keys.public)
                      for one in here for other in there}

    def handshakes(self, events):
        """(device, public key, µs) of each that was said, and the delays until it was heard."""
        said, delays = [], []
        for event in events:
            if event.member == "HandshakeCompleted" and event.path in self.peers:
                said.append((*self.peers[event.path], event.body[0]))
        for event in events:
            if event.member == "PropertiesChanged" and event.path in self.peers:
                if stamp := event.body[1].get("LastHandshake"):
                    delays.append((*self.peers[event.path], stamp[1], event.at - stamp[1] / 1e6))
        return said, delays


def connect(one, other, we_begin):
    """The side that begins knows where the other is, and speaks; the other only answers."""
    words = ("persistent-keepalive", KEEPALIVE, "endpoint")
    if we_begin:
        other.set(one.keys.public)
        one.set(other.keys.public, *words, f"{OUTSIDE}:{other.port}")
    else:
        other.set(one.keys.public, *words, f"{INSIDE}:{one.port}")


def tell(role, delays):
    """Prints what a benchmark would; asserts nothing of it."""
    slowest = statistics.quantiles(delays, n=100)[-1]
    print(f"{role}: {len(delays)} handshakes, PropertiesChanged heard after the kernel's stamp: "
          f"median {1000 * statistics.median(delays):.1f} ms, "
          f"99th percentile {1000 * slowest:.1f} ms")


@pytest.mark.timeout(3600)  # of the guest's clock
def test_each_handshake_is_said_once(devices):
    here, there = devices
    known = Known(here, there)
    client = Client(MatchRule(type="signal", sender=lab.BUS))
    lab.eventually(lambda: all(states(client, one) == ["never"] * THERE for one in here),
                   "all are shown")
    stamps = Stamps(*(one.device for one in here), every=20)
    began = {(one.device, other.keys.public): (i + j) % 2 == 0
             for i, one in enumerate(here) for j, other in enumerate(there)}
    apart = 120 / len(began)
    for one in here:
        for other in there:
            connect(one, other, began[one.device, other.keys.public])
            time.sleep(apart)
    time.sleep(ROUNDS * 2 * KEEPALIVE)
    for one in here:  # no more of them
        lab.run("ip", "link", "set", one.device, "down")
    seen = stamps.close()

    lab.eventually(lambda: not set(seen) - set(known.handshakes(client.events)[0]), "all are said")
    states(client, here[0])  # is answered behind all that was said until now
    said, delays = known.handshakes(client.events)
    client.close()
    for we_begin, role in ((True, "initiator"), (False, "responder")):
        tell(role, [delay for *peer, _, delay in delays if began[tuple(peer)] == we_begin])
    assert sorted(set(seen) - set(said)) == [], "none is missing"
    assert len(set(said)) == len(said), "none came twice"
    assert sorted(change[:3] for change in delays) == sorted(said)
    assert len(seen) >= HERE * THERE * ROUNDS


def states(client, one):
    """Of the device's peers, once it is on the bus."""
    devices = client.get("/org/wgnl/WireGuard1", f"{lab.BUS}.Manager", "Devices")
    if lab.device_path(one.device) not in devices:
        return []
    return [row[3] for row in client.call(lab.device_path(one.device), f"{lab.BUS}.Device",
                                          "ListPeers")[0]]
