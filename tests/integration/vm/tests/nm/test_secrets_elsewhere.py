# SPDX-License-Identifier: LGPL-2.1-or-later
"""A profile whose private key is with a secret agent, which only an activation may ask."""

import pytest

import lab
from nm_lab import AGENT_OWNED, DEVICE
from secret_agent import SecretAgent


@pytest.fixture
def agent(quiet_world):
    made = SecretAgent(quiet_world.keys.private)
    yield made
    made.close()


def without_preshared_keys(world):
    """NetworkManager itself loses stored ones where an agent answers for the private key."""
    for spoke in world.spokes:
        lab.run("wg", "set", "wg0", "peer", world.keys.public, "preshared-key", "/dev/null",
                netns=spoke.netns)
        for name in ("preshared-key", "preshared-key-flags"):
            world.peer(spoke).pop(name)


def problems():
    return lab.device_property("Problems", DEVICE, check=False) or []


def test_the_key_is_missed_in_plain_words_and_stays_live(wgnl_daemons, quiet_world, agent):
    world = quiet_world
    wgnl_daemons.run(True)
    without_preshared_keys(world)
    world.profile.wireguard |= {"private-key": None, "private-key-flags": ("u", AGENT_OWNED)}
    world.begin()
    assert agent.asked
    lab.eventually(world.is_declared, "it is declared without the key")
    said = lab.eventually(problems, "it says what is missing")
    print(said)
    assert any("the private key cannot be read" in text for _, _, text in said)

    world.peer(world.spokes[1])["persistent-keepalive"] = 17
    world.update()
    world.in_kernel(world.spokes[1], "an edit is live all the same", keepalive="17")
    assert lab.dump(DEVICE)[None]["private"] == world.keys.private
    world.settle()


def test_stored_preshared_keys_stay_when_the_private_key_goes_to_an_agent(
        wgnl_daemons, quiet_world, agent):
    world = quiet_world
    wgnl_daemons.run(True)
    world.begin()
    lab.eventually(world.is_declared, "it is declared with all of its secrets")
    stored = [spoke.psk for spoke in world.spokes]

    world.profile.wireguard |= {"private-key": None, "private-key-flags": ("u", AGENT_OWNED)}
    world.peer(world.spokes[1])["persistent-keepalive"] = 17
    world.update()
    world.in_kernel(world.spokes[1], "the edit is live", keepalive="17")
    assert [world.live(spoke)["psk"] for spoke in world.spokes] == stored
    said = [(where, text) for _, where, text in problems()]
    print(said)
    for spoke in world.spokes:
        assert any(spoke.keys.public in where and "the preshared key cannot be read" in text
                   for where, text in said)
