# SPDX-License-Identifier: LGPL-2.1-or-later
"""A restart of networkd drops every peer; with wgnl the passive one answers again at once."""

import pytest

import lab


def restart(world):
    """`systemctl restart systemd-networkd` while the passive spoke is pinged; what the ping saw."""
    passive = world.spokes[2]
    lab.run("ping", "-n", "-q", "-c", "100", "-i", "0.01", passive.inside)
    before = world.live(passive)
    ping = world.ping(passive, interval=0.1)[0]
    lab.run("systemctl", "restart", "systemd-networkd")
    lab.eventually(lambda: world.live(passive)["rx"] < before["rx"] or
                   world.live(passive)["endpoint"] == "(none)", "networkd drops everything")
    lab.eventually(lambda: world.answers(passive, 10), "quiet answers again")
    return ping.finish()


@pytest.fixture
def without_wgnl():
    """A function that takes wgnl away for the rest of the test."""
    def stop():
        lab.run("systemctl", "stop", "wgnl-networkd")
        lab.run("systemctl", "mask", "--runtime", "--now", "wgnld")
    yield stop
    lab.run("systemctl", "unmask", "--runtime", "wgnld")
    lab.run("systemctl", "start", "wgnld", "wgnl-networkd")


def test_the_passive_peer_answers_at_once_after_a_restart(world, without_wgnl):
    with_wgnl = restart(world)
    without_wgnl()
    world.settle()
    alone = restart(world)
    print(f"unreachable with wgnl: {with_wgnl.lost / 10} s ({with_wgnl}); "
          f"networkd alone: {alone.lost / 10} s ({alone})")

    # Alone, the hub must wait for the spoke's own timers, whose first is 15 s away.
    assert alone.lost > 100, alone
    assert with_wgnl.lost <= 10, with_wgnl


def test_stopping_networkd_for_a_minute_changes_no_mode_and_loses_nothing(world):
    units = ("systemd-networkd.service", "systemd-networkd.socket")
    pings = world.ping(*world.spokes)
    lab.run("systemctl", "stop", *units)
    try:
        world.hub.write(*world.sections(s2={"PersistentKeepalive": "19"}))
        world.in_kernel(world.spokes[1], "an edit meanwhile", keepalive="19")
        lab.run("sleep", "60")
        assert lab.device_property("Mode") == "sync" and lab.device_property("InSync")
        assert lab.device_property("Problems") == []
        counted = [ping.finish() for ping in pings]
        print("networkd stopped for a minute:", counted)
        assert all(ping.lost == 0 for ping in counted)
    finally:
        lab.run("systemctl", "start", *units)
    world.settle()
    assert lab.device_property("Mode") == "sync"
