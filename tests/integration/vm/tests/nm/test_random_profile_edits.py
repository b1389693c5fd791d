# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fifty random edits of a profile in a row, beside pings that are never to notice one."""

import lab
from edited_peers import Expected, Model
from nm_lab import ACTIVATED, STORED

EDITS = 50
SEED = 20261124


def in_profile(peer):
    """A peer of the model as the profile has it."""
    made = {"public-key": peer.key, "allowed-ips": peer.prefixes, "endpoint": peer.endpoint,
            "persistent-keepalive": peer.keepalive}
    if peer.psk:
        made |= {"preshared-key": peer.psk, "preshared-key-flags": STORED}
    return {name: value for name, value in made.items() if value is not None}


def routes(device):
    """The destinations of a device's routes, but for those of its own addresses."""
    said = [lab.run("ip", version, "route", "show", "dev", device) for version in ("-4", "-6")]
    found = {line.split()[0] for line in "".join(said).splitlines()}
    found = {one if "/" in one else f"{one}/{128 if ':' in one else 32}" for one in found}
    return {one for one in found if one not in ("10.77.0.0/16", "fd77::/64", "fe80::/64")}


def prefixes(model):
    return {prefix for peer in model.peers for prefix in peer.prefixes}


def test_fifty_random_edits_lose_nothing(with_wgnl):
    world, nm = with_wgnl, with_wgnl.nm
    model = Model(SEED, world.spokes)
    print("seed", SEED)
    expected, reapplies = Expected(model, world.device), nm.reapplies()
    assert not expected.differences()
    pings = world.ping(*world.spokes)
    before = {spoke.netns: world.live(spoke) for spoke in world.spokes}
    changed = messages = 0
    with lab.SetCounter() as sets:
        for number in range(EDITS):
            name, _ = model.edit()
            world.profile.peers = [in_profile(peer) for peer in model.peers]
            world.update()
            peers = expected.take(model)
            lab.eventually(lambda: not expected.differences(), f"edit {number} ({name})")
            lab.eventually(lambda: routes(world.device) == prefixes(model),
                           f"the routes of edit {number} ({name})")
            assert world.as_in_the_profile(), (number, name)
            messages, changed = messages + len(sets.messages()), changed + peers
    counted = [ping.finish() for ping in pings]

    print(f"{EDITS} edits changed {changed} peers with {messages} SET messages; pings: {counted}")
    assert [one.lost for one in counted] == [0, 0, 0], counted
    assert changed > EDITS / 2
    for spoke in world.spokes:
        live = world.live(spoke)
        assert live["rx"] > before[spoke.netns]["rx"]
        assert live["endpoint"] == before[spoke.netns]["endpoint"]
    lab.eventually(lambda: lab.device_property("InSync", world.device), "in sync in the end")
    assert nm.reapplies() == reapplies and nm.state(world.profile) == ACTIVATED
