# SPDX-License-Identifier: LGPL-2.1-or-later
"""How quiet DNS is while every named peer is well, in guest time."""

import time

import pytest

import lab
from named import Dns, Server


@pytest.fixture
def named(world):
    """The world, and a named host that never calls: the hub's keepalive holds the tunnel."""
    dns = Dns()
    dns.set(moving=["192.168.4.2"])
    server = Server(4, world.hub.keys.public, "moving")
    world.hub.write(*world.sections(), server.section())
    lab.eventually(lambda: world.answers(server, 1), "the named peer answers")
    yield dns, server
    server.close()
    dns.close()


def in_trouble(server):
    """Whether the bus says so."""
    return (lab.peer_property(server.keys.public, "Stalled") or
            lab.state(server.keys.public) == "unreachable")


@pytest.mark.timeout(1500)
def test_no_name_is_asked_for_in_ten_minutes_in_which_all_is_well(world, named):
    dns, server = named
    asked, began = dns.queries(), world.live(server)["handshake"]

    time.sleep(600)

    assert dns.queries() == asked
    assert lab.state(server.keys.public) == "established"
    assert world.live(server)["handshake"] > began + 300
    assert not in_trouble(server)
