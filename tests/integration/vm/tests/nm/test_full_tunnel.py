# SPDX-License-Identifier: LGPL-2.1-or-later
"""A default route through the tunnel: NetworkManager's mark, table and rules stand, whatever is
edited, and what only NetworkManager can complete is named."""

import json

import lab
import pytest


def problems(world):
    return [text for _, _, text in lab.device_property("Problems", world.device)]


def mark(world):
    return lab.dump(world.device)[None]["fwmark"]


def rules():
    return sorted((rule["priority"], rule["table"])
                  for rule in json.loads(lab.run("ip", "-json", "rule", "show")))


def in_step(world):
    return lab.device_property("InSync", world.device) and not problems(world)


@pytest.fixture
def full_tunnel(wgnl_daemons, quiet_world):
    """The first spoke is the way to everywhere."""
    world = quiet_world
    wgnl_daemons.run(True)
    world.peer(world.spokes[0])["allowed-ips"] += ["0.0.0.0/0", "::/0"]
    world.begin()
    lab.eventually(lambda: lab.device_property("Source", world.device, check=False) ==
                   "NetworkManager", "wgnl-nm declares it")
    return world


def test_an_edit_leaves_mark_and_rules_as_they_are(full_tunnel):
    world = full_tunnel
    assert mark(world) != "off"
    lab.eventually(lambda: in_step(world), "in step, without a complaint")
    before = mark(world), rules()
    world.peer(world.spokes[1])["persistent-keepalive"] = 17
    world.update()

    world.in_kernel(world.spokes[1], "the edit", keepalive="17")
    lab.eventually(lambda: in_step(world), "in step again")
    assert (mark(world), rules()) == before


def test_a_networkmanager_that_restarts_finds_it_as_it_was(full_tunnel):
    world = full_tunnel
    lab.eventually(lambda: in_step(world), "in step, without a complaint")
    before = mark(world), rules(), lab.journal("wgnld").count("applied")
    lab.run("systemctl", "restart", "NetworkManager")
    world.nm.find_again(world.profile)  # profiles are numbered anew
    lab.eventually(lambda: lab.device_property("Origin", world.device) == world.profile.path,
                   "declared from the new one")
    lab.run("wgnl", "reconcile", world.device)
    lab.eventually(lambda: in_step(world), "in step again")
    assert (mark(world), rules(), lab.journal("wgnld").count("applied")) == before
    lab.run("nmcli", "connection", "down", world.profile.uuid)


def test_one_that_the_profile_gives_up_keeps_its_mark_until_it_is_activated_again(full_tunnel):
    world = full_tunnel
    before = mark(world)
    world.peer(world.spokes[0])["allowed-ips"] = [f"{world.spokes[0].inside}/32"]
    world.update()

    world.in_kernel(world.spokes[0], "the edit", allowed={f"{world.spokes[0].inside}/32"})
    lab.eventually(lambda: any("nmcli connection up" in text for text in problems(world)),
                   "what completes it is named")
    assert mark(world) == before
    world.nm.activate(world.profile)
    lab.eventually(lambda: mark(world) == "off", "without a mark")
    lab.eventually(lambda: in_step(world), "in step, without a complaint")


def test_one_that_the_profile_wants_newly_names_what_completes_it(with_wgnl):
    world = with_wgnl
    world.peer(world.spokes[0])["allowed-ips"] += ["0.0.0.0/0"]
    world.update()

    lab.eventually(lambda: "0.0.0.0/0" in world.live(world.spokes[0])["allowed"], "the prefix")
    lab.eventually(lambda: any("nmcli connection up" in text for text in problems(world)),
                   "what completes it is named")
    assert mark(world) == "off"
    world.nm.activate(world.profile)
    lab.eventually(lambda: mark(world) != "off" and in_step(world), "complete")


def test_the_default_route_of_a_family_that_the_device_lacks_is_not_missed(wgnl_daemons,
                                                                           quiet_world):
    """A client with an IPv4 address alone, as most files have it."""
    world = quiet_world
    wgnl_daemons.run(True)
    world.profile.addresses = ["10.77.0.1/16"]
    world.peer(world.spokes[0])["allowed-ips"] += ["0.0.0.0/0", "::/0"]
    world.begin()

    lab.eventually(lambda: lab.device_property("Source", world.device, check=False) ==
                   "NetworkManager", "wgnl-nm declares it")
    lab.eventually(lambda: in_step(world), "in step, without a complaint")
    world.peer(world.spokes[1])["allowed-ips"] += ["fd77:2::/64"]
    world.update()
    lab.eventually(lambda: "fd77:2::/64" in world.live(world.spokes[1])["allowed"], "the prefix")
    lab.eventually(lambda: in_step(world), "a route that cannot be is not missed either")
