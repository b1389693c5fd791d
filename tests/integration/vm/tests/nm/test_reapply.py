# SPDX-License-Identifier: LGPL-2.1-or-later
"""`nmcli device reapply` takes the preshared keys away, and resets peers where one was removed."""

import time

import lab

# Longer than any handshake takes where both sides have the same keys.
PATIENCE = 30


def reapply_an_edit(world):
    """A keepalive changes in the profile, and NetworkManager applies it as it does."""
    world.peer(world.spokes[1])["persistent-keepalive"] = 17
    world.update()
    world.nm.reapply(world.profile)
    world.in_kernel(world.spokes[1], "the reapplied keepalive", keepalive="17")


def test_alone_it_wipes_them_and_no_handshake_succeeds(without_wgnl):
    world = without_wgnl
    assert world.as_in_the_profile()

    reapply_an_edit(world)

    assert [world.live(spoke)["psk"] for spoke in world.spokes] == ["(none)"] * 3
    for spoke in world.spokes:
        assert world.nm.peers(world.profile)[spoke.keys.public]["psk"] == spoke.psk
    first = world.spokes[0]
    before = world.live(first)["handshake"]
    world.forget_session(first)
    said = lab.run("ping", "-n", "-i", "0.2", "-w", PATIENCE, "-c", 1, "10.77.0.1",
                   netns=first.netns, check=False)
    assert " 0 received" in said
    assert world.live(first)["handshake"] == before
    assert "activated" in lab.run("nmcli", "-g", "GENERAL.STATE", "connection", "show",
                                  world.profile.id)


def test_with_wgnl_they_are_back_and_a_handshake_succeeds(with_wgnl):
    world = with_wgnl
    pings = world.ping(*world.spokes)
    world.peer(world.spokes[1])["persistent-keepalive"] = 17
    world.update()
    began = time.monotonic()
    world.nm.reapply(world.profile)
    print(f"reapplied: {time.monotonic() - began:.2f} s")
    lab.eventually(world.as_in_the_profile, "the module has what the profile says")
    print(f"the keys are back: {time.monotonic() - began:.2f} s")

    counted = [ping.finish() for ping in pings]
    assert [one.lost for one in counted] == [0, 0, 0], counted
    for spoke in world.spokes:
        world.shakes_hands(spoke, f"{spoke.netns} shakes hands")
    print(f"three handshakes: {time.monotonic() - began:.2f} s")


def test_with_wgnl_the_allowed_ips_added_since_and_their_routes_survive_a_reapply(with_wgnl):
    world = with_wgnl
    world.peer(world.spokes[1])["allowed-ips"].append("10.99.0.0/24")
    world.update()
    lab.eventually(lambda: "wgnm0" in lab.run("ip", "route", "show", "10.99.0.0/24"), "its route")

    reapply_an_edit(world)

    lab.eventually(world.as_in_the_profile, "the module has what the profile says")
    assert "wgnm0" in lab.run("ip", "route", "show", "10.99.0.0/24")
    world.settle()


def test_with_wgnl_a_reapply_without_an_edit_writes_nothing_of_ours(with_wgnl):
    world = with_wgnl
    with lab.Signals("Applied", world.device), lab.SetCounter() as sets:
        world.nm.reapply(world.profile)
        lab.run("wgnl", "reconcile", world.device)
        print(f"NetworkManager itself sent {len(sets.messages())}")
        lab.run("wgnl", "reconcile", world.device)
        assert sets.messages() == []
    assert world.as_in_the_profile()
