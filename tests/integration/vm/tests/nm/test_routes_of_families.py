# SPDX-License-Identifier: LGPL-2.1-or-later
"""A live edit sets the routes that NetworkManager would set, where the families of a profile differ."""

import json

import pytest

import lab
from nm_lab import DEVICE

MORE = ["10.99.0.0/24", "fd99::/64"]
V4, V6 = ("10.99.0.0/24", "main", 50), ("fd99::/64", "main", 50)
# What is set in each family's setting, what the peer gets beside, and the routes of that.
CASES = {
    "alike": ({}, {}, MORE, {V4, V6}),
    "two-tables": ({"route-metric": ("x", 9)}, {"route-table": ("u", 777)}, MORE,
                   {("10.99.0.0/24", "main", 9), ("fd99::/64", "777", 50)}),
    "never-default": ({"never-default": ("b", True)}, {}, [*MORE, "0.0.0.0/0"], {V4, V6}),
    "ipv6-ignored": ({}, {"method": ("s", "ignore")}, MORE, {V4, V6}),
    "ipv6-disabled": ({}, {"method": ("s", "disabled")}, MORE, {V4}),
}


def routes(prefixes, protocols=("static", "87")):
    """Those of the prefixes, by whom these protocols stand for: destination, table and metric."""
    found = set()
    for family in ("-4", "-6"):
        for route in json.loads(lab.run("ip", "-json", family, "route", "show", "table", "all",
                                        "dev", DEVICE)):
            destination = route["dst"].replace("default", "0.0.0.0/0")
            if destination in prefixes and route["protocol"] in protocols:
                found.add((destination, str(route.get("table", "main")), route["metric"]))
    return found


@pytest.mark.parametrize("case", CASES)
def test_an_edit_sets_what_an_activation_would(wgnl_daemons, quiet_world, case):
    world = quiet_world
    wgnl_daemons.run(True)
    v4, v6, prefixes, expected = CASES[case]
    world.profile.families = {4: v4, 6: v6}
    if "method" in v6:
        world.profile.addresses = world.profile.addresses[:1]
    world.begin()
    lab.eventually(world.is_declared, "it is declared")

    world.peer(world.spokes[1])["allowed-ips"] += prefixes
    world.update()
    lab.eventually(lambda: set(prefixes) <= set(world.live(world.spokes[1])["allowed"]), "live")
    lab.eventually(lambda: routes(prefixes) == expected, "its routes")
    lab.eventually(lambda: lab.device_property("InSync", DEVICE), "all is as declared")
    assert lab.device_property("Problems", DEVICE) == []

    world.nm.deactivate(world.profile)
    world.nm.activate(world.profile)
    lab.eventually(lambda: routes(prefixes, ("static",)) == expected, "NetworkManager's")
