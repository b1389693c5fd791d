# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnl comes to a machine whose device was configured long ago, and whose file says something else."""

from pathlib import Path

import pytest

import lab

RECORD = Path("/run/wgnl/wg0.json")


@pytest.fixture(params=["", "[X-Wgnl]\nStrict=yes\n\n"], ids=["plain", "strict"])
def aged(world, request):
    """A device that differs from its file, of which wgnl knows nothing: the first spoke is as the
    file says; the second was given another keepalive in the file, and lost a prefix; the third was
    removed from it, a fourth was added, and the private key is another. networkd has not applied
    the edits, as it never did before systemd 257."""
    lab.run("systemctl", "stop", "wgnl-networkd", "wgnld")
    RECORD.unlink()
    lab.run("wg", "set", "wg0", "peer", world.spokes[1].keys.public, "allowed-ips",
            f"{world.spokes[1].inside}/32,10.66.0.0/24")
    world.fourth, world.old_keys, world.strict = lab.Keys(), world.hub.keys, bool(request.param)
    world.hub.keys = lab.Keys()
    head = world.hub.head
    world.hub.head = lambda more="": request.param + head(more)
    world.write = lambda keepalive: world.hub.write(
        *world.sections(s2={"PersistentKeepalive": keepalive}, s3=None),
        f"[WireGuardPeer]\nPublicKey={world.fourth.public}\nAllowedIPs=10.77.4.0/24\n")
    world.write("17")
    lab.run("systemctl", "start", "wgnld", "wgnl-networkd")
    return world


def has_added_and_healed(world):
    live = lab.dump()
    return (live.get(world.fourth.public, {}).get("allowed") == {"10.77.4.0/24"} and
            live[world.spokes[1].keys.public]["keepalive"] == "17")


def drift():
    return {what: live for what, _, live in lab.device_property("Drift")}


def waits_for_a_word(world):
    second, third = world.spokes[1].keys.public, world.spokes[2].keys.public
    lab.eventually(lambda: has_added_and_healed(world), "what is missing is added and healed")
    lab.eventually(lambda: len(drift()) == 3, "the rest is shown")
    live = lab.dump()
    assert live[None]["private"] == world.old_keys.private, "the key waits"
    assert "10.66.0.0/24" in live[second]["allowed"], "the removal of a prefix waits"
    assert third in live, "the removal of a peer waits"
    print("drift on first contact:", drift())
    assert "private key" in drift()
    assert any(second in what for what in drift()) and any(third in what for what in drift())
    assert world.hub.keys.private not in str(lab.device_property("Drift"))
    assert not lab.device_property("InSync")


def is_as_the_file_says(world):
    """But for the peer that nobody has declared in this boot: that one goes where the file is
    strict."""
    second, third = world.spokes[1].keys.public, world.spokes[2].keys.public
    expected = {None, world.spokes[0].keys.public, second, world.fourth.public}
    expected |= set() if world.strict else {third}

    def holds():
        live = lab.dump()
        return (live[None]["private"] == world.hub.keys.private and set(live) == expected and
                live[second]["allowed"] == {f"{world.spokes[1].inside}/32"})
    lab.eventually(holds, "device and file agree")
    left = [] if world.strict else [f"peer {third}"]
    lab.eventually(lambda: list(drift()) == left, "nothing else is left")


def test_additions_and_repairs_are_applied_and_the_rest_waits_for_a_save(aged):
    pings = aged.ping(*aged.spokes)
    waits_for_a_word(aged)
    lab.run("systemctl", "restart", "wgnld")
    waits_for_a_word(aged)
    counted = [ping.finish() for ping in pings]
    print("pings on first contact:", counted)
    assert all(ping.lost == 0 for ping in counted)

    aged.write("18")
    is_as_the_file_says(aged)


def test_wgnl_reconcile_is_the_word_as_well(aged):
    waits_for_a_word(aged)
    lab.run("wgnl", "reconcile", "wg0")
    is_as_the_file_says(aged)
