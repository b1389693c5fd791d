# SPDX-License-Identifier: LGPL-2.1-or-later
"""A device whose UDP sockets are in another namespace: its handshakes ring no bell here."""

import pytest

import lab
from bus import Client, signals_of
from stage import DEVICE, Observed
from stamps import Stamps

AWAY, KEEPALIVE = "away", 61


class FromAway(Observed):
    """Made in another namespace and brought here: its sockets stay there."""

    def create(self):
        lab.run("ip", "-n", AWAY, "link", "add", self.device, "type", "wireguard")
        lab.run("wg", "set", self.device, "private-key", "/dev/stdin", "listen-port", self.port,
                stdin=self.keys.private, netns=AWAY)
        lab.run("ip", "-n", AWAY, "link", "set", self.device, "netns", "1")


@pytest.fixture
def away(daemons):
    """A namespace with a peer in it, which is reached over the loopback."""
    keys = lab.Keys()
    lab.run("ip", "netns", "add", AWAY)
    lab.run("ip", "-n", AWAY, "link", "set", "lo", "up")
    lab.run("ip", "-n", AWAY, "link", "add", "wg0", "type", "wireguard")
    lab.run("wg", "set", "wg0", "private-key", "/dev/stdin", "listen-port", 51821,
            stdin=keys.private, netns=AWAY)
    lab.run("ip", "-n", AWAY, "link", "set", "wg0", "up")
    yield keys
    lab.run("ip", "netns", "del", AWAY)


@pytest.fixture
def device(away):
    made = FromAway("wgaway", 51820)
    yield made
    made.close()


@pytest.mark.timeout(3600)  # of the guest's clock
def test_handshakes_that_no_bell_announces_are_found(away, device):
    client = Client(signals_of("wgaway"))
    path = lab.device_path("wgaway")
    lab.run("wg", "set", "wg0", "peer", device.keys.public, netns=AWAY)
    device.add(away.public, "10.77.9.2")
    lab.eventually(lambda: shown(client, path) == ["never"], "the peer is shown")
    source = client.get(path, DEVICE, "EventSource")
    stamps = Stamps("wgaway", every=20)

    device.set(away.public, "endpoint", "127.0.0.1:51821", "persistent-keepalive", KEEPALIVE)
    client.wait(lambda: heard(client, 4), "four handshakes", 20 * KEEPALIVE)
    seen = stamps.close()

    said = [event.body[0] for event in heard(client, 4)]
    missed = client.get(path, DEVICE, "MissedEvents")
    print(f"{source}, then {client.get(path, DEVICE, 'EventSource')}, {missed} missed; heard "
          f"{[round(e.at - e.body[0] / 1e6, 3) for e in heard(client, 4)]} s after the stamps")
    assert client.get(path, DEVICE, "EventSource") == "polling"
    assert missed >= 1
    stamps = [stamp for _, _, stamp in seen]
    first = stamps.index(said[0])
    assert first <= 1, "the second comes before the first must show"
    assert said == stamps[first:first + len(said)], "from then on each is found"
    client.close()


def heard(client, least):
    found = [event for event in client.events if event.member == "HandshakeCompleted"]
    return found if len(found) >= least else None


def shown(client, path):
    """The states of the device's peers, once it is on the bus."""
    if path not in client.get("/org/wgnl/WireGuard1", f"{lab.BUS}.Manager", "Devices"):
        return []
    return [row[3] for row in client.call(path, DEVICE, "ListPeers")[0]]
