# SPDX-License-Identifier: LGPL-2.1-or-later
"""The handshake socket beside real tunnels of wireguard-go, one of them inside another."""
import os
import pathlib
import subprocess

import pytest
from conftest import DEADLINE, Keys

LISTEN = pathlib.Path(os.environ.get("WGNL_BUILD", "")) / "libwgnl/tests/contract/handshake-listen"


class Listener:
    """What the bell of one kind hears in a namespace."""

    def __init__(self, namespace, kind):
        self.process = subprocess.Popen(
            namespace.command(LISTEN, kind), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        assert self.process.stdout.readline() == "listening\n"

    def heard(self):
        """Ends it: a pair of port and kind of packet for each that rang, in order."""
        lines, _ = self.process.communicate(timeout=DEADLINE)
        *rings, lost = lines.splitlines()
        assert lost == "lost 0"
        return [(int(port), what) for port, what, count in map(str.split, rings)
                for _ in range(int(count))]


class Side:
    """One end of a tunnel."""

    def __init__(self, namespace, name, port, address):
        self.namespace, self.name, self.port, self.address = namespace, name, port, address
        self.keys = Keys()
        namespace.wireguard(name, self.keys, port)
        namespace.run("ip", "address", "add", f"{address}/24", "dev", name)

    def add(self, other, endpoint):
        self.namespace.run("wg", "set", self.name, "peer", other.keys.public, "allowed-ips",
                           f"{other.address}/32", "endpoint", f"{endpoint}:{other.port}")

    def ping(self, other, count=1):
        self.namespace.ping(other.address, count, 0.002)


def tunnel(here, there, name, ports, net, endpoints):
    """Two sides that know each other and have not spoken yet."""
    ours = Side(here, f"{name}a", ports[0], f"{net}.1")
    theirs = Side(there, f"{name}b", ports[1], f"{net}.2")
    ours.add(theirs, endpoints[1])
    theirs.add(ours, endpoints[0])
    return ours, theirs


@pytest.mark.parametrize("kind", ["raw", "packet"])
def test_a_handshake_rings_once_on_each_side(here, there, device, kind):
    ours, theirs = tunnel(here, there, device, (50001, 50002), "10.80.0",
                          ("10.99.1.1", "10.99.1.2"))
    listeners = Listener(here, kind), Listener(there, kind)
    ours.ping(theirs)
    ours.ping(theirs, 2000)
    assert listeners[0].heard() == [(50001, "response")]
    assert listeners[1].heard() == [(50002, "initiation")], "data rings nothing"


@pytest.mark.parametrize("kind", ["raw", "packet"])
def test_a_tunnel_inside_a_tunnel_rings_too(here, there, device, kind):
    outer = tunnel(here, there, device, (50001, 50002), "10.80.0", ("10.99.1.1", "10.99.1.2"))
    outer[0].ping(outer[1])
    inner = tunnel(here, there, f"{device}i", (50011, 50012), "10.81.0",
                   [side.address for side in outer])
    listeners = Listener(here, kind), Listener(there, kind)
    inner[0].ping(inner[1])
    assert listeners[0].heard() == [(50011, "response")]
    assert listeners[1].heard() == [(50012, "initiation")]
