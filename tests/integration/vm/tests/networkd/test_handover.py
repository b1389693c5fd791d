# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices change hands between networkd and wgnl under running traffic, and nobody loses a packet."""

from pathlib import Path

import pytest

import lab

DROPIN = Path("/etc/systemd/network/wg0.netdev.d/wgnl-own.conf")
OUR_FOLDER = Path("/etc/wgnl/network")


def mode_is(mode):
    lab.eventually(lambda: lab.device_property("Mode", check=False) == mode and
                   lab.device_property("InSync"), f"mode {mode}, in sync")


def edit(world, keepalive):
    world.hub.write(*world.sections(s2={"PersistentKeepalive": keepalive}))
    world.in_kernel(world.spokes[1], f"keepalive {keepalive}", keepalive=keepalive)


def networkd(world, *argv):
    """What would be one of networkd's resets, and all that follows it: no session begins anew."""
    for spoke in world.spokes:
        lab.run("ping", "-n", "-q", "-c", "100", "-i", "0.01", spoke.inside)
    before = {spoke.netns: world.live(spoke)["rx"] for spoke in world.spokes}
    lab.run(*argv)
    lab.eventually(lambda: "configured" in lab.run("networkctl", "list", "wg0"), f"after {argv}")
    assert all(world.live(spoke)["rx"] >= before[spoke.netns] for spoke in world.spokes)


def has_address():
    return "10.77.0.1/16" in lab.run("ip", "address", "show", "dev", "wg0")


def test_adopt_edit_restart_release_edit_lose_nothing(world):
    edit(world, "20")
    pings = world.ping(*world.spokes)

    said = lab.run("wgnl", "adopt", "--dry-run", "wg0", user="nobody")
    assert f"would write {DROPIN}" in said and not DROPIN.exists()
    said = lab.run("wgnl", "adopt", "wg0")
    assert "wg0 belongs to wgnl now" in said
    assert DROPIN.exists() and lab.device_property("Mode") == "own"
    assert "belongs to wgnl already" in lab.run("wgnl", "adopt", "wg0")

    edit(world, "21")
    networkd(world, "networkctl", "reload")
    networkd(world, "systemctl", "restart", "systemd-networkd")
    edit(world, "22")
    assert has_address()
    adopted = [ping.finish() for ping in pings]
    print("adopted, edited, networkd reloaded and restarted:", adopted)

    pings = world.ping(*world.spokes)
    assert "no longer wgnl's" in lab.run("wgnl", "release", "wg0")
    assert not DROPIN.parent.exists() and lab.device_property("Mode") == "sync"
    edit(world, "23")
    lab.run("networkctl", "reload")
    edit(world, "24")
    released = [ping.finish() for ping in pings]
    print("released, edited, networkd reloaded:", released)

    assert all(ping.lost == 0 for ping in adopted + released)
    assert has_address()

    # A reload alone only fails, from 257 on. networkd takes it at its restart, and resets it as it always did.
    lab.run("systemctl", "restart", "systemd-networkd")
    failed = "wg0: Failed to create netdev: File exists" in lab.journal("systemd-networkd")
    assert failed == (lab.networkd_version() >= 257)
    world.settle()
    mode_is("sync")
    assert has_address()


def test_who_may_not_hand_over_is_told_why(world):
    with pytest.raises(AssertionError, match="run this command as root"):
        lab.run("wgnl", "adopt", "wg0", user="nobody")
    with pytest.raises(AssertionError, match="no such device"):
        lab.run("wgnl", "adopt", "wg99")
    lab.run("ip", "link", "add", "wgx", "type", "wireguard")
    try:
        lab.eventually(lambda: "wgx" in lab.run("wgnl", "status"), "wgnld sees it")
        with pytest.raises(AssertionError, match="nobody has declared it"):
            lab.run("wgnl", "adopt", "wgx")
    finally:
        lab.run("ip", "link", "del", "wgx")
    assert "does not belong to wgnl" in lab.run("wgnl", "release", "wg0")
    assert lab.device_property("Mode") == "sync"


def in_our_folder(world):
    OUR_FOLDER.mkdir(parents=True, exist_ok=True)
    world.hub.netdev = OUR_FOLDER / "wg0.netdev"


def by_credential(world):
    head = world.hub.head
    world.hub.head = lambda more="": "[Match]\nCredential=wgnl.own\n\n" + head(more)


@pytest.mark.parametrize("way", [in_our_folder, by_credential])
def test_both_ways_to_own_survive_networkd_which_gives_the_addresses(quiet_world, way):
    world = quiet_world
    way(world)
    world.begin()
    mode_is("own")
    assert has_address(), "networkd gives the address of its .network"
    pings = world.ping(*world.spokes)

    edit(world, "31")
    networkd(world, "networkctl", "reload")
    networkd(world, "networkctl", "reconfigure", "wg0")
    networkd(world, "systemctl", "restart", "systemd-networkd")
    edit(world, "32")

    counted = [ping.finish() for ping in pings]
    print(way.__name__, counted)
    assert all(ping.lost == 0 for ping in counted)
    assert has_address()
    refused = "move it to" if way is in_our_folder else "remove it there"
    with pytest.raises(AssertionError, match=refused):
        lab.run("wgnl", "release", "wg0")

    world.hub.netdev.unlink()
    lab.eventually(lambda: not Path("/sys/class/net/wg0").exists(),
                   "wgnld deletes the device that it made")
