# SPDX-License-Identifier: LGPL-2.1-or-later
"""How soon a peer is followed to another address, and how quiet DNS is meanwhile.

The times are the requirement, in guest time, which passes alike on every host.
"""

import time

import pytest

import lab
from named import Dns, Server, untouched


@pytest.fixture
def moving(world):
    """The world, and a named host that never calls: the hub's keepalive holds the tunnel."""
    dns = Dns()
    dns.set(moving=["192.168.4.2"])
    server = Server(4, world.hub.keys.public, "moving")
    world.hub.write(*world.sections(), server.section())
    lab.eventually(lambda: world.answers(server, 1), "the named peer answers")
    yield dns, server
    server.close()
    dns.close()


def each_second(condition, what, seconds=250):
    """Looks once a second: time that nobody computes in costs nothing here."""
    for _ in range(seconds):
        if condition():
            return
        time.sleep(1)
    raise AssertionError(f"not within {seconds} s: {what}")


def in_trouble(server):
    """Whether the bus says so."""
    return (lab.peer_property(server.keys.public, "Stalled") or
            lab.state(server.keys.public) == "unreachable")


def moves(world, dns, server):
    """The server moves; seconds from its last handshake, and from the trouble, to the next."""
    last = world.live(server)["handshake"]
    dns.set(moving=[server.move(3)])
    each_second(lambda: in_trouble(server) or world.live(server)["handshake"] > last,
                "the peer is in trouble, or was so briefly that nobody saw it")
    troubled = time.time() - 2  # seen within a second, and looking takes one at most
    each_second(lambda: world.live(server)["handshake"] > last, "a handshake")
    shook = world.live(server)["handshake"]
    lab.eventually(lambda: world.answers(server, 1), "traffic flows")
    return shook - last, time.time() - troubled


@pytest.mark.timeout(1500)
def test_no_name_is_asked_for_in_ten_minutes_in_which_all_is_well(world, moving):
    dns, server = moving
    asked, began = dns.queries(), world.live(server)["handshake"]

    time.sleep(600)

    assert dns.queries() == asked
    assert lab.state(server.keys.public) == "established"
    assert world.live(server)["handshake"] > began + 300
    assert not in_trouble(server)


@pytest.mark.parametrize("traffic", [False, True])
def test_traffic_flows_again_soon_after_the_name_moved(world, moving, traffic):
    dns, server = moving
    before = {spoke.netns: world.live(spoke) for spoke in world.spokes}
    pings = world.ping(*world.spokes, interval=0.5)
    if traffic:
        world.ping(server, interval=1)

    since_handshake, since_trouble = moves(world, dns, server)

    print(f"{since_handshake:.1f} s after the last handshake, {since_trouble:.1f} s after the trouble")
    assert since_trouble <= 20
    assert since_handshake <= 160
    for ping in pings:
        counted = ping.finish()
        assert counted.lost == 0, counted
    untouched(before, {spoke.netns: world.live(spoke) for spoke in world.spokes})
