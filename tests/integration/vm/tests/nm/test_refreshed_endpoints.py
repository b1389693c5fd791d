# SPDX-License-Identifier: LGPL-2.1-or-later
"""NetworkManager looks a name up, and writes the endpoints of all peers when the answer is new."""

import time
from pathlib import Path

import pytest

import lab
from named import Server
from nm_lab import peer_of

HOSTS = Path("/etc/hosts")
NAME = "named.wgnl.test"
# NetworkManager tries again after 1, 2, 4, 8, 16 and 32 s; a peer that fell silent is noticed when
# its next handshake is due, after 140 s.
PATIENCE = lab.longer(140)


class Names:
    """A peer that is known by its name, and what /etc/hosts says of it."""

    def __init__(self, world):
        self.world, self.before = world, HOSTS.read_text()
        self.server = Server(4, world.keys.public, "named")
        world.spokes.append(self.server)
        world.profile.peers.append(peer_of(self.server, endpoint=f"{NAME}:51820",
                                           persistent_keepalive=25))

    def say(self, address):
        """From now on that is its address; None: it has none."""
        aside = HOSTS.with_suffix(".new")
        aside.write_text(self.before + (f"{address} {NAME}\n" if address else ""))
        aside.rename(HOSTS)

    def endpoint(self):
        return self.world.live(self.server)["endpoint"]

    def begin(self, address):
        """The profile comes up while the name has this address."""
        self.say(address)
        self.world.nm.add(self.world.profile)
        self.world.nm.activate(self.world.profile)
        known = [spoke for spoke in self.world.spokes if address or spoke is not self.server]
        for spoke in known:
            lab.eventually(lambda: self.world.answers(spoke, 3), f"{spoke.netns} answers")

    def close(self):
        HOSTS.write_text(self.before)


@pytest.fixture
def names(quiet_world):
    made = Names(quiet_world)
    yield made
    made.close()


@pytest.fixture
def alone(wgnl_daemons, names):
    wgnl_daemons.run(False)
    return names


@pytest.fixture
def beside(wgnl_daemons, names):
    wgnl_daemons.run(True)
    return names


def roam(world, spoke):
    """The spoke sends from another port from now on, and is silent once the hub has seen it."""
    lab.run("wg", "set", "wg0", "peer", world.keys.public, "persistent-keepalive", "off",
            netns=spoke.netns)
    spoke.roam(51999)
    lab.ping("10.77.0.1", 2, 0.2, netns=spoke.netns)
    lab.eventually(lambda: world.live(spoke)["endpoint"].endswith(":51999"), "the hub sees it roam")


def get_an_address(names):
    """The name that had no address when the profile came up gets one."""
    names.say("192.168.4.2")
    lab.eventually(lambda: names.endpoint() == "192.168.4.2:51820", "it is resolved", PATIENCE)


def test_alone_a_roamed_peer_is_lost_by_a_refresh(alone):
    world, roamed = alone.world, alone.world.spokes[0]
    alone.begin(None)
    roam(world, roamed)
    lab.eventually(lambda: world.answers(roamed, 3), "it answers where it is")

    get_an_address(alone)

    lab.eventually(lambda: world.live(roamed)["endpoint"] == f"{roamed.outside}:51820",
                   "NetworkManager overwrites it")
    assert not any(world.answers(roamed, 1) for _ in range(5))


def test_with_wgnl_a_roamed_peer_has_its_live_endpoint_back(beside):
    world, roamed = beside.world, beside.world.spokes[0]
    beside.begin(None)
    lab.eventually(world.is_declared, "wgnl-nm declares it")
    roam(world, roamed)
    lab.eventually(lambda: world.answers(roamed, 3), "it answers where it is")
    others = world.ping(world.spokes[1], world.spokes[2])

    get_an_address(beside)

    began = time.monotonic()
    lab.eventually(lambda: world.live(roamed)["endpoint"].endswith(":51999"),
                   "the live endpoint is back", PATIENCE)
    print(f"back after {time.monotonic() - began:.2f} s")
    lab.eventually(lambda: world.answers(roamed, 3), "it answers again")
    counted = [ping.finish() for ping in others]
    assert [one.lost for one in counted] == [0, 0], counted


def test_alone_a_removed_peer_comes_back_empty(alone):
    world, gone = alone.world, alone.world.spokes[1]
    alone.begin(None)
    lab.run("wg", "set", world.device, "peer", gone.keys.public, "remove")
    get_an_address(alone)

    lab.eventually(lambda: world.live(gone), "NetworkManager makes it anew")
    assert lab.configured(world.live(gone)) == {"psk": "(none)", "allowed": set(),
                                                "keepalive": "off"}
    assert not any(world.answers(gone, 1) for _ in range(5))


def test_with_wgnl_a_removed_peer_comes_back_in_full(beside):
    world, gone = beside.world, beside.world.spokes[1]
    beside.begin(None)
    lab.eventually(world.is_declared, "wgnl-nm declares it")
    others = world.ping(world.spokes[0], world.spokes[2])
    lab.run("wg", "set", world.device, "peer", gone.keys.public, "remove")
    get_an_address(beside)

    began = time.monotonic()
    lab.eventually(world.as_in_the_profile, "the module has what the profile says", PATIENCE)
    print(f"in full after {time.monotonic() - began:.2f} s")
    lab.eventually(lambda: world.answers(gone, 3), "it answers again")
    counted = [ping.finish() for ping in others]
    assert [one.lost for one in counted] == [0, 0], counted


def test_alone_a_name_that_moved_is_not_followed(alone):
    alone.begin("192.168.4.2")
    alone.say(alone.server.move(3))

    # Longer than the kernel waits for answers, and far from NetworkManager's half hour.
    said = lab.run("ping", "-n", "-i", "1", "-c", "40", "-W", "1", alone.server.inside, check=False)
    assert " 0 received" in said
    assert alone.endpoint() == "192.168.4.2:51820"


def test_with_wgnl_a_name_that_moved_is_followed_and_no_other_peer_is_touched(beside):
    world = beside.world
    beside.begin("192.168.4.2")
    lab.eventually(world.is_declared, "wgnl-nm declares it")
    others = world.spokes[:3]
    before = {spoke.netns: world.live(spoke) for spoke in others}
    pings = world.ping(*others)
    began = time.monotonic()
    beside.say(beside.server.move(3))
    world.ping(beside.server, interval=0.2)

    lab.eventually(lambda: beside.endpoint() == "192.168.4.3:51820", "it is followed", PATIENCE)
    print(f"followed after {time.monotonic() - began:.1f} s")
    lab.eventually(lambda: world.answers(beside.server, 3), "it answers again")
    counted = [ping.finish() for ping in pings]
    assert [one.lost for one in counted] == [0, 0, 0], counted
    for spoke in others:
        lab.assert_untouched(before[spoke.netns], world.live(spoke), 20)
