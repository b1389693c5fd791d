# SPDX-License-Identifier: LGPL-2.1-or-later
"""What networkd has not made of its file is said, and wgnl does its own part all the same."""

import os

import lab

KEY = lab.NETWORK / "wg0.key"
STICKY = "wg0: Failed to create netdev: File exists"


def problems():
    return [text for _, _, text in lab.device_property("Problems", check=False) or []]


def told(words):
    lab.eventually(lambda: any(words in text for text in problems()), f"a problem: {words}")


def with_key_file(world):
    """The hub's key in a file, which networkd can read as long as its mode says so."""
    KEY.write_text(world.hub.keys.private)
    lab.run("chown", "root:systemd-network", KEY)
    KEY.chmod(0o640)
    world.hub.head = lambda more="": (f"[NetDev]\nName=wg0\nKind=wireguard\n\n[WireGuard]\n"
                                      f"PrivateKeyFile={KEY}\nListenPort=51820\n{more}\n")


def test_the_sticky_failure_is_reported_and_peers_are_applied_all_the_same(world):
    lab.need_networkd(257, "the failure that stays")
    with_key_file(world)
    try:
        world.hub.write(*world.sections())
        lab.run("networkctl", "reload")
        lab.eventually(lambda: lab.device_property("InSync"), "in sync")

        KEY.chmod(0o600)
        os.utime(world.hub.netdev)
        lab.run("networkctl", "reload")
        told("wg0.key")
        KEY.chmod(0o640)
        pings = world.ping(*world.spokes[:2])
        world.hub.write(*world.sections(s1={"PersistentKeepalive": "9"}))
        lab.run("networkctl", "reload")
        lab.eventually(lambda: STICKY in lab.journal("systemd-networkd"), "networkd fails")

        world.in_kernel(world.spokes[0], "the edit", keepalive="9")
        told("Failed to create netdev: File exists")
        assert "File exists" in lab.run("wgnl", "status", "wg0") and lab.device_property("InSync")
        world.hub.write(*world.sections(s1={"PersistentKeepalive": "10"}))
        lab.run("networkctl", "reload")
        world.in_kernel(world.spokes[0], "another edit", keepalive="10")
        counted = [ping.finish() for ping in pings]
        print("pings while networkd fails:", counted)
        assert all(ping.lost == 0 for ping in counted)
        assert any("File exists" in text for text in problems()), "it is sticky"

        lab.run("systemctl", "restart", "systemd-networkd")
        lab.eventually(lambda: not problems(), "networkd has it again")
        assert lab.device_property("InSync")
    finally:
        KEY.unlink()


def test_a_file_that_networkd_has_not_loaded_is_shown_as_such(quiet_world):
    world = quiet_world
    world.hub.write(*world.sections())
    world.hub.write_network()
    told("systemd-networkd has not created wg0 from this file")
    assert lab.device_property("State") == "absent"
    lab.run("networkctl", "reload")
    lab.eventually(lambda: lab.device_property("InSync"), "networkd creates wg0")
    lab.eventually(lambda: not problems(), "nothing is left to say")
