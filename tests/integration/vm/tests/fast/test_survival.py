# SPDX-License-Identifier: LGPL-2.1-or-later
"""Daemons die, networkd restarts: no tunnel notices, and the file holds in the end."""

import random

import lab

ROUNDS = 12


def test_kill_9_of_either_daemon_while_edits_go_on(world):
    first, second, passive = world.spokes
    pings = world.ping(first, passive)
    chosen = random.Random(20)
    for n in range(ROUNDS):
        keepalive = str(10 + n)
        if n % 2:
            lab.kill_hard(chosen.choice(("wgnld", "wgnl-networkd")))
        world.hub.write(*world.sections(s2={"PersistentKeepalive": keepalive,
                                            "AllowedIPs": f"{second.inside}/32, 10.{n}.0.0/16"}))
        if not n % 2:
            lab.kill_hard(chosen.choice(("wgnld", "wgnl-networkd")))
        world.in_kernel(second, f"the edit of round {n}", keepalive=keepalive,
                        allowed={f"{second.inside}/32", f"10.{n}.0.0/16"})
        lab.run("systemctl", "reset-failed", "wgnld", "wgnl-networkd")

    counted = [ping.finish() for ping in pings]
    print(f"{ROUNDS} kills:", counted)
    assert [c.lost for c in counted] == [0, 0]
    lab.eventually(lambda: lab.device_property("InSync", check=False), "in sync after the kills")


def test_a_peer_revoked_while_wgnld_was_dead_is_removed_on_its_return(world):
    first, second, _ = world.spokes
    pings = world.ping(first)
    before = lab.journal("wgnl-networkd").count("not taken")
    lab.run("systemctl", "mask", "--runtime", "--now", "wgnld")
    try:
        world.hub.write(*world.sections(s2=None))
        lab.eventually(lambda: lab.journal("wgnl-networkd").count("not taken") > before,
                       "the adapter says that nobody takes its declaration")
        assert world.live(second), "nothing but wgnld removes it"
    finally:
        lab.run("systemctl", "unmask", "--runtime", "wgnld")
    lab.run("systemctl", "start", "wgnld")

    lab.eventually(lambda: not world.live(second), "the revoked peer goes")
    assert pings[0].finish().lost == 0


def test_a_restart_of_both_daemons_writes_nothing(world):
    before = lab.dump()
    with lab.SetCounter() as sets:
        for unit in ("wgnld", "wgnl-networkd"):
            lab.kill_hard(unit)
            lab.run("systemctl", "restart", unit)
        lab.eventually(lambda: lab.device_property("InSync", check=False) is True and
                       lab.device_property("Source") == "networkd", "declared again")
        assert sets.messages() == []
    for key, peer in lab.dump().items():
        if key:
            assert lab.configured(peer) == lab.configured(before[key])


def in_state_of_the_file(world):
    """The module's peers are those of the file, and wgnld agrees."""
    def agrees():
        peers = lab.dump()
        return (set(peers) - {None} == {s.keys.public for s in world.spokes} and
                all(peers[s.keys.public]["allowed"] == {f"{s.inside}/32"}
                    for s in world.spokes) and
                lab.device_property("InSync") is True)
    lab.eventually(agrees, "the state of the file")
    assert lab.device_property("Mode") == "sync"
    world.settle()


def test_restart_stop_and_start_of_networkd_change_no_mode_and_delete_nothing(world):
    index = lab.device_property("InterfaceIndex")
    lab.run("systemctl", "restart", "systemd-networkd")
    in_state_of_the_file(world)

    lab.run("systemctl", "stop", "systemd-networkd.socket", "systemd-networkd")
    world.hub.write(*world.sections(s1={"PersistentKeepalive": "5"}))
    world.in_kernel(world.spokes[0], "an edit while networkd is stopped", keepalive="5")
    in_state_of_the_file(world)

    lab.run("systemctl", "start", "systemd-networkd")
    in_state_of_the_file(world)
    assert lab.device_property("InterfaceIndex") == index
