# SPDX-License-Identifier: LGPL-2.1-or-later
"""networkd's own reload drops every peer; wgnld gives the passive one its endpoint back."""

import lab


def edit_and_reload(world, keepalive):
    """An edit, then `networkctl reload`, while the passive spoke is pinged; what the ping saw."""
    passive = world.spokes[2]
    lab.run("ping", "-n", "-q", "-c", "100", "-i", "0.01", passive.inside)
    before = world.live(passive)
    ping = world.ping(passive, interval=0.1)[0]
    world.hub.write(*world.sections(s1={"PersistentKeepalive": keepalive}))
    lab.run("networkctl", "reload")
    lab.eventually(lambda: world.live(passive)["rx"] < before["rx"], "networkd drops everything")
    lab.eventually(lambda: world.answers(passive, 10), "quiet answers again")
    assert world.live(world.spokes[0])["keepalive"] == keepalive
    return ping.finish()


def test_the_passive_peer_answers_at_once_with_wgnl_and_late_without(world):
    with_wgnl = edit_and_reload(world, "21")
    print(f"with wgnl: {with_wgnl}, one every 100 ms")

    lab.run("systemctl", "stop", "wgnl-networkd")
    lab.run("systemctl", "mask", "--runtime", "--now", "wgnld")
    try:
        world.settle()
        alone = edit_and_reload(world, "22")
        print(f"networkd alone: {alone}, one every 100 ms")
    finally:
        lab.run("systemctl", "unmask", "--runtime", "wgnld")
        lab.run("systemctl", "start", "wgnld", "wgnl-networkd")

    # Alone, the hub must wait for the spoke's own timers, whose first is 15 s away.
    assert alone.lost > 100, alone
    assert with_wgnl.lost <= 10, with_wgnl
