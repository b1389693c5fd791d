# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the bus says of a profile: whose it is, and the truth about it."""

import lab
from nm_lab import ACTIVATED

# The protocol tries for 100 s.
PATIENCE = lab.longer(120)


def test_source_and_origin_are_networkmanager_and_the_profile(with_wgnl):
    world = with_wgnl
    assert lab.device_property("Source", world.device) == "NetworkManager"
    assert lab.device_property("Origin", world.device) == world.profile.path
    assert lab.device_property("Mode", world.device) == "sync"
    assert lab.device_property("PeerCount", world.device) == 3
    assert lab.device_property("PublicKey", world.device) == world.keys.public
    lab.eventually(lambda: lab.device_property("InSync", world.device), "in sync")
    for spoke in world.spokes:
        lab.eventually(lambda: lab.state(spoke.keys.public, world.device) == "established",
                       f"{spoke.netns} established on the bus")


def test_it_is_activated_and_nobody_answers(wgnl_daemons, quiet_world):
    world = quiet_world
    wgnl_daemons.run(True)
    for spoke in world.spokes:
        lab.run("ip", "-n", spoke.netns, "link", "del", "wg0")
        world.peer(spoke)["persistent-keepalive"] = 5
    world.nm.add(world.profile)
    world.nm.activate(world.profile)
    first, second, passive = (spoke.keys.public for spoke in world.spokes)

    def states():
        return [lab.state(key, world.device) for key in (first, second, passive)]
    lab.eventually(lambda: states() == ["handshaking", "handshaking", "never"],
                   "the peers are called", PATIENCE)
    assert world.nm.state(world.profile) == ACTIVATED
    lab.eventually(lambda: states() == ["unreachable", "unreachable", "never"],
                   "nobody answers", PATIENCE)
    assert world.nm.state(world.profile) == ACTIVATED
    assert lab.device_property("State", world.device) == "unreachable"
    print(lab.run("nmcli", "-f", "NAME,STATE,DEVICE", "connection", "show", "--active"))
    print(lab.run("busctl", "get-property", lab.BUS, lab.device_path(world.device),
                  f"{lab.BUS}.Device", "State", "Source", "Origin"))


def test_a_profile_that_only_asks_to_be_observed_is_not_written_to(wgnl_daemons, quiet_world):
    world = quiet_world
    wgnl_daemons.run(True)
    world.profile.user_data = {"org.wgnl.mode": "observe"}
    world.begin()
    lab.eventually(lambda: lab.device_property("Mode", world.device, check=False) == "observe" and
                   lab.device_property("Source", world.device) == "NetworkManager", "observed")
    with lab.SetCounter() as sets:
        world.peer(world.spokes[1])["persistent-keepalive"] = 17
        world.update()
        lab.eventually(lambda: not lab.device_property("InSync", world.device), "the difference")
        assert sets.messages() == []
    assert world.live(world.spokes[1])["keepalive"] == "off"
