# SPDX-License-Identifier: LGPL-2.1-or-later
"""NetworkManager or one of the daemons goes and comes back: sessions stay, edits arrive."""

import pytest

import lab
from nm_lab import DEVICE


def declared():
    return (lab.device_property("Source", DEVICE, check=False) == "NetworkManager" and
            lab.device_property("InSync", DEVICE, check=False) is True)


def restarted(unit):
    lab.run("systemctl", "restart", unit)


def killed(unit):
    before = lab.main_pid(unit)
    assert lab.kill_hard(unit)
    lab.eventually(lambda: lab.main_pid(unit) not in (0, before) and lab.run(
        "systemctl", "is-active", unit, check=False) == "active\n", f"{unit} is started again")


@pytest.mark.parametrize("how,unit", [(restarted, "wgnld"), (restarted, "wgnl-nm"),
                                      (killed, "wgnld"), (killed, "wgnl-nm")])
def test_a_daemon_that_comes_back_writes_nothing_that_is_right_already(with_wgnl, how, unit):
    world = with_wgnl
    before = {spoke.netns: world.live(spoke) for spoke in world.spokes}
    pings = world.ping(*world.spokes)
    with lab.SetCounter() as sets:
        how(unit)
        lab.eventually(declared, "declared again")
        lab.run("wgnl", "reconcile", DEVICE)
        assert sets.messages() == []
    counted = [ping.finish() for ping in pings]
    print(counted)
    assert [one.lost for one in counted] == [0, 0, 0], counted
    for spoke in world.spokes:
        lab.assert_untouched(before[spoke.netns], world.live(spoke), 10)
    lab.run("systemctl", "reset-failed", "wgnld", "wgnl-nm")


@pytest.mark.parametrize("unit", ["wgnld", "wgnl-nm"])
def test_an_edit_made_while_a_daemon_was_away_is_live_on_its_return(with_wgnl, unit):
    world = with_wgnl
    pings = world.ping(world.spokes[0])
    lab.run("systemctl", "mask", "--runtime", "--now", unit)
    try:
        world.peer(world.spokes[1])["persistent-keepalive"] = 17
        world.profile.peers.remove(world.peer(world.spokes[2]))
        world.update()
    finally:
        lab.run("systemctl", "unmask", "--runtime", unit)
    lab.run("systemctl", "start", "wgnld", "wgnl-nm")

    lab.eventually(world.as_in_the_profile, "the module has what the profile says")
    assert pings[0].finish().lost == 0


@pytest.mark.parametrize("unit", ["wgnld", "wgnl-nm"])
def test_a_profile_switched_off_while_a_daemon_was_away_is_forgotten(with_wgnl, unit):
    world = with_wgnl
    lab.run("systemctl", "mask", "--runtime", "--now", unit)
    try:
        world.nm.deactivate(world.profile)
    finally:
        lab.run("systemctl", "unmask", "--runtime", unit)
    lab.run("systemctl", "start", "wgnld", "wgnl-nm")

    lab.eventually(lambda: DEVICE not in lab.run("wgnl", "status"), "wgnld forgets it")


def test_networkmanager_restarts_and_wgnl_writes_nothing(with_wgnl):
    world = with_wgnl
    before = {spoke.netns: world.live(spoke) for spoke in world.spokes}
    pings = world.ping(*world.spokes)
    with lab.SetCounter() as sets:
        lab.run("systemctl", "restart", "NetworkManager")
        world.nm.renew(world.profile)
        lab.eventually(declared, "declared again")
        lab.run("wgnl", "reconcile", DEVICE)
        # NetworkManager's own, with the endpoints that it knows.
        assert len(sets.messages()) == 1
    counted = [ping.finish() for ping in pings]
    print(counted)
    assert [one.lost for one in counted] == [0, 0, 0], counted
    for spoke in world.spokes:
        lab.assert_untouched(before[spoke.netns], world.live(spoke), 10)
    world.peer(world.spokes[1])["persistent-keepalive"] = 17
    world.update()
    lab.eventually(world.as_in_the_profile, "an edit is live after it as before")


def test_a_profile_that_is_cycled_begins_anew(with_wgnl):
    world = with_wgnl
    world.nm.deactivate(world.profile)
    lab.eventually(lambda: DEVICE not in lab.run("wgnl", "status"), "wgnld forgets it")
    world.nm.activate(world.profile)
    world.settle()
    lab.eventually(declared, "declared again")
    assert world.as_in_the_profile()
