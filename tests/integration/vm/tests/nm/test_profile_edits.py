# SPDX-License-Identifier: LGPL-2.1-or-later
"""An edit of an active profile: nothing to NetworkManager alone, live by difference with wgnl."""

import time

import pytest

import lab
from nm_lab import STORED, peer_of

FOURTH = "10.77.4.2"


class Edit:
    """What is done to the profile, and how the module shows it."""

    def __init__(self, world):
        self.world = world
        self.second = world.spokes[1]
        self.in_profile = world.peer(self.second)

    def live(self):
        return self.world.live(self.second)

    def device(self):
        return lab.dump(self.world.device)[None]


class Keepalive(Edit):
    def do(self):
        self.in_profile["persistent-keepalive"] = 17

    def done(self):
        return self.live()["keepalive"] == "17"


class PresharedKey(Edit):
    def do(self):
        self.psk = self.in_profile["preshared-key"] = lab.genpsk()

    def done(self):
        return self.live()["psk"] == self.psk


class NoPresharedKey(Edit):
    def do(self):
        del self.in_profile["preshared-key"]

    def done(self):
        return self.live()["psk"] == "(none)"


class ListenPort(Edit):
    def do(self):
        self.world.profile.wireguard["listen-port"] = ("u", 51999)

    def done(self):
        return self.device()["port"] == "51999"


class Mark(Edit):
    def do(self):
        self.world.profile.wireguard["fwmark"] = ("u", 0x77)

    def done(self):
        return self.device()["fwmark"] == "0x77"


def has_route(destination):
    return "wgnm0" in lab.run("ip", "route", "show", destination)


class AllowedIps(Edit):
    def do(self):
        self.in_profile["allowed-ips"] = [f"{self.second.inside}/32", "10.99.0.0/24"]

    def done(self):
        return "10.99.0.0/24" in self.live()["allowed"] and has_route("10.99.0.0/24")


class AddedPeer(Edit):
    def do(self):
        self.fourth = lab.Keys().public
        self.world.profile.peers.append({
            "public-key": self.fourth, "allowed-ips": ["10.98.0.0/24"], "endpoint": "192.0.2.4:1",
            "preshared-key": lab.genpsk(), "preshared-key-flags": STORED})

    def done(self):
        peer = lab.dump(self.world.device).get(self.fourth)
        return peer and peer["psk"] != "(none)" and has_route("10.98.0.0/24")


class RemovedPeer(Edit):
    def do(self):
        self.world.profile.peers.remove(self.in_profile)

    def done(self):
        return not self.live()


EDITS = [Keepalive, PresharedKey, NoPresharedKey, Mark, AllowedIps, AddedPeer, RemovedPeer,
         ListenPort]


def test_alone_none_of_them_does_anything(without_wgnl):
    world = without_wgnl
    before = lab.dump(world.device)
    edits = [one(world) for one in EDITS]
    for edit in edits:
        edit.do()
        world.update()

    assert set(world.nm.peers(world.profile)) != {key for key in before if key}
    lab.run("ping", "-n", "-q", "-c", "100", "-i", "0.05", world.spokes[0].inside)
    after = lab.dump(world.device)
    assert after[None] == before[None] and after.keys() == before.keys()
    for spoke in world.spokes:
        assert lab.configured(before[spoke.keys.public]) == lab.configured(after[spoke.keys.public])
    assert not has_route("10.99.0.0/24")


@pytest.mark.smoke
def test_each_is_live_without_reapply_and_nobody_else_notices(with_wgnl):
    world = with_wgnl
    first, _, passive = world.spokes
    before = {spoke.netns: world.live(spoke) for spoke in (first, passive)}
    reapplies = world.nm.reapplies()
    pings = world.ping(first, passive)
    with lab.SetCounter() as sets:
        for one in EDITS[:-1]:
            edit = one(world)
            edit.do()
            began = time.monotonic()
            world.update()
            lab.eventually(edit.done, one.__name__)
            print(f"{one.__name__}: live after {time.monotonic() - began:.2f} s")
            assert len(sets.messages()) == 1, one.__name__
    counted = [ping.finish() for ping in pings]
    print(counted)
    assert [ping.lost for ping in counted] == [0, 0], counted
    for spoke in (first, passive):
        lab.assert_untouched(before[spoke.netns], world.live(spoke), 20)
    assert world.as_in_the_profile()
    assert world.nm.reapplies() == reapplies


def test_the_listen_port_is_live_and_the_sessions_go_on(with_wgnl):
    world = with_wgnl
    before = {spoke.netns: world.live(spoke) for spoke in world.spokes}
    edit = ListenPort(world)
    edit.do()
    began = time.monotonic()
    world.update()
    lab.eventually(edit.done, "the port")
    print(f"live after {time.monotonic() - began:.2f} s")

    # Every spoke learns it from the hub's next packet.
    world.settle()
    for spoke in world.spokes:
        lab.assert_same_session(before[spoke.netns], world.live(spoke))


def test_a_peer_added_to_the_profile_answers_and_goes_with_its_route(with_wgnl):
    world = with_wgnl
    fourth = world.spoke(4)
    world.spokes.append(fourth)
    peer = peer_of(fourth, allowed_ips=[f"{FOURTH}/32", "10.97.0.0/24"])
    world.profile.peers.append(peer)
    world.update()
    lab.eventually(lambda: world.answers(fourth, 1), "the added peer answers")
    lab.eventually(lambda: has_route("10.97.0.0/24"), "its route")

    world.profile.peers.remove(peer)
    world.update()
    lab.eventually(lambda: not world.live(fourth), "it goes")
    lab.eventually(lambda: not has_route("10.97.0.0/24"), "its route goes")


@pytest.mark.parametrize("peer_routes", [True, False])
def test_routes_are_made_where_the_profile_wants_them(with_wgnl, peer_routes):
    world = with_wgnl
    world.profile.wireguard["peer-routes"] = ("b", peer_routes)
    edit = AllowedIps(world)
    edit.do()
    world.update()
    lab.eventually(lambda: "10.99.0.0/24" in edit.live()["allowed"], "the allowed IP")
    if peer_routes:
        lab.eventually(lambda: has_route("10.99.0.0/24"), "its route")
        return
    lab.eventually(lambda: lab.device_property("InSync", world.device), "in sync")
    assert not has_route("10.99.0.0/24")
