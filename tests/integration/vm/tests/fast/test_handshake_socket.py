# SPDX-License-Identifier: LGPL-2.1-or-later
"""The handshake socket beside the kernel's own tunnels: plain, on a VLAN, one inside another."""

import re
import subprocess
from pathlib import Path

import pytest

import lab

PROGRAMS = Path(__file__).parents[2]
KINDS = ("raw", "packet")


class Listener:
    """What the bell of one kind hears in a network namespace."""

    def __init__(self, kind, *prefix):
        self.process = subprocess.Popen([*prefix, PROGRAMS / "handshake-listen", kind], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == "listening\n"

    def heard(self):
        """Ends it: a pair of port and kind of packet for each that rang, in order; how many were
        lost."""
        said, _ = self.process.communicate(timeout=lab.DEADLINE)
        *rings, lost = said.splitlines()
        return [(int(port), what) for port, what, count in map(str.split, rings)
                for _ in range(int(count))], int(lost.split()[1])


def in_namespace(name):
    return "ip", "netns", "exec", name


class Host:
    """A machine of its own, as far as the network goes."""

    def __init__(self, number):
        self.number, self.name, self.keys = number, f"bell{number}", lab.Keys()
        lab.run("ip", "netns", "add", self.name)

    def add_link(self, link, address, *created):
        if created:
            self.run("ip", "link", "add", link, *created)
        self.run("ip", "address", "add", f"{address}.{self.number}/24", "dev", link)
        self.run("ip", "link", "set", link, "up")

    def run(self, *argv, **more):
        return lab.run(*argv, netns=self.name, **more)

    def add_tunnel(self, link, port, address, other, outside):
        """To the other one's `port`, 1 above ours where it has the higher number."""
        self.run("ip", "link", "add", link, "type", "wireguard")
        self.run("wg", "set", link, "private-key", "/dev/stdin", "listen-port", port + self.number,
                 "peer", other.keys.public, "allowed-ips", "0.0.0.0/0", "endpoint",
                 f"{outside}.{other.number}:{port + other.number}", stdin=self.keys.private)
        self.add_link(link, address)

    def ping(self, address, count=1):
        lab.ping(address, count, 0.002, netns=self.name)

    def flood(self, *words):
        """Forges initiations for the other one; returns what was said when all of them are there: they
        come before what is answered behind them."""
        said = self.run(PROGRAMS / "handshake-flood", "10.90.0.2", 51002, *words)
        self.ping("10.90.0.2")
        return said


class Pair:
    """Two hosts that are joined by a cable, and tunnels between them."""

    def __init__(self):
        self.hosts = Host(1), Host(2)
        lab.run("ip", "-n", "bell1", "link", "add", "cable", "type", "veth", "peer", "name", "cable",
                "netns", "bell2")
        for host in self.hosts:
            host.add_link("cable", "10.90.0")

    def add_tunnel(self, link, port, address, outside):
        for host, other in zip(self.hosts, reversed(self.hosts)):
            host.add_tunnel(link, port, address, other, outside)

    def listen(self, kind):
        return [Listener(kind, *in_namespace(host.name)) for host in self.hosts]

    def close(self):
        for host in self.hosts:
            lab.run("ip", "netns", "delete", host.name)


@pytest.fixture
def pair():
    made = Pair()
    yield made
    made.close()


def heard_once(listeners, port):
    """The first of the two began."""
    assert listeners[0].heard() == ([(port + 1, "response")], 0)
    assert listeners[1].heard() == ([(port + 2, "initiation")], 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_handshake_rings_once_on_each_side_and_data_never(pair, kind):
    pair.add_tunnel("wg0", 51000, "10.91.0", "10.90.0")
    listeners = pair.listen(kind)
    pair.hosts[0].ping("10.91.0.2")
    pair.hosts[0].ping("10.91.0.2", 1000)
    heard_once(listeners, 51000)


@pytest.mark.parametrize("kind", KINDS)
def test_one_on_a_vlan_rings_once(pair, kind):
    for host in pair.hosts:
        host.add_link("cable.5", "10.92.0", "link", "cable", "type", "vlan", "id", 5)
    pair.add_tunnel("wg0", 51000, "10.91.0", "10.92.0")
    listeners = pair.listen(kind)
    pair.hosts[0].ping("10.91.0.2")
    heard_once(listeners, 51000)


@pytest.mark.parametrize("kind", KINDS)
def test_one_inside_a_tunnel_rings_once(pair, kind):
    pair.add_tunnel("wg0", 51000, "10.91.0", "10.90.0")
    pair.hosts[0].ping("10.91.0.2")
    pair.add_tunnel("wg1", 52000, "10.93.0", "10.91.0")
    listeners = pair.listen(kind)
    pair.hosts[0].ping("10.93.0.2")
    heard_once(listeners, 52000)


@pytest.mark.parametrize("kind", KINDS)
def test_a_flood_of_forged_ones_is_heard_or_counted(pair, kind):
    pair.add_tunnel("wg0", 51000, "10.91.0", "10.90.0")
    listener = Listener(kind, *in_namespace("bell2"))
    said = pair.hosts[0].flood(20000, 2)
    sent = int(re.match(r"sent (\d+) in ", said)[1])
    rings, lost = listener.heard()
    assert set(rings) == {(51002, "initiation")}
    assert len(rings) + lost == sent > 0


def sandboxed(*properties):
    """A service without privilege, but for the one capability."""
    return ["systemd-run", "--quiet", "--pipe", "--wait", "--property=User=nobody",
            "--property=AmbientCapabilities=CAP_NET_RAW", "--property=PrivateTmp=yes",
            *[f"--property={line}" for line in properties]]


@pytest.mark.parametrize("kind, families", [("raw", "AF_INET AF_INET6"), ("packet", "AF_PACKET")])
def test_a_service_without_privilege_can_listen(pair, kind, families):
    allowed = sandboxed(f"RestrictAddressFamilies={families}", "NetworkNamespacePath=/run/netns/bell2")
    listener = Listener(kind, *allowed)
    pair.hosts[0].flood(10, 0.5)
    rings, _ = listener.heard()
    assert set(rings) == {(51002, "initiation")}


def test_addresses_denied_to_a_service_silence_raw_sockets_alone(pair):
    """systemd's filter stands before ours, and knows no packet sockets."""
    denied = sandboxed("IPAddressDeny=any", "NetworkNamespacePath=/run/netns/bell2")
    listeners = {kind: Listener(kind, *denied) for kind in KINDS}
    pair.hosts[0].flood(10, 0.5)
    heard = {kind: set(listener.heard()[0]) for kind, listener in listeners.items()}
    assert heard == {"raw": set(), "packet": {(51002, "initiation")}}
