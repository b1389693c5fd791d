# SPDX-License-Identifier: LGPL-2.1-or-later
"""`nmcli device reapply` takes the preshared keys away."""

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
    assert not world.as_in_the_profile()
    for spoke in world.spokes:
        assert world.nm.peers(world.profile)[spoke.keys.public]["psk"] == spoke.psk
    first = world.spokes[0]
    before = world.live(first)["handshake"]
    world.forget_session(first)
    said = lab.run("ping", "-n", "-i", "0.2", "-w", PATIENCE, "-c", 1, "10.77.0.1",
                   netns=first.netns, check=False)
    assert "0 received" in said
    assert world.live(first)["handshake"] == before
    assert "activated" in lab.run("nmcli", "-g", "GENERAL.STATE", "connection", "show",
                                  world.profile.id)


def test_alone_an_edit_of_the_profile_does_nothing(without_wgnl):
    world = without_wgnl
    before = lab.dump(world.device)
    world.peer(world.spokes[1])["persistent-keepalive"] = 17
    world.update()

    assert world.nm.peers(world.profile)[world.spokes[1].keys.public]["keepalive"] == "17"
    lab.run("ping", "-n", "-q", "-c", "100", "-i", "0.05", world.spokes[0].inside)
    after = lab.dump(world.device)
    for spoke in world.spokes:
        assert lab.configured(before[spoke.keys.public]) == lab.configured(after[spoke.keys.public])
