# SPDX-License-Identifier: LGPL-2.1-or-later
"""On a machine without networkd, Adopt=yes makes wgnl carry out what its folders declare."""

import json
from pathlib import Path

import pytest

import lab

SETTINGS = Path("/etc/wgnl/networkd.conf")
UNITS = ("systemd-networkd.service", "systemd-networkd.socket")


@pytest.fixture
def without_networkd(quiet_world):
    """networkd is masked; back again before the world is taken apart."""
    lab.run("systemctl", "mask", "--runtime", "--now", *UNITS)
    try:
        yield quiet_world
    finally:
        SETTINGS.unlink(missing_ok=True)
        lab.run("systemctl", "unmask", "--runtime", *UNITS)
        lab.run("systemctl", "start", *UNITS)


def link():
    return json.loads(lab.run("ip", "-json", "address", "show", "dev", "wg0", check=False)
                      or "[{}]")[0]


def addresses():
    return {f"{each['local']}/{each['prefixlen']}" for each in link().get("addr_info", [])
            if each.get("scope") == "global"}


def routes():
    return {route["dst"]: str(route["protocol"])
            for route in json.loads(lab.run("ip", "-json", "route", "show", "dev", "wg0"))
            if route["protocol"] != "kernel"}


def write_network(world, *addresses_, mtu=1380):
    world.hub.network.write_text(f"[Match]\nName=wg0\n\n[Link]\nMTUBytes={mtu}\n\n[Network]\n" +
                                 "".join(f"Address={each}\n" for each in addresses_))


def test_adopt_yes_makes_device_addresses_mtu_and_routes(without_networkd):
    world = without_networkd
    write_network(world, "10.77.0.1/16")
    world.hub.write(*world.sections(), more="RouteTable=main\n")
    lab.eventually(lambda: lab.device_property("Mode", check=False) == "sync", "declared")
    assert lab.device_property("State") == "absent", "without Adopt=yes nobody makes the device"

    SETTINGS.parent.mkdir(exist_ok=True)
    SETTINGS.write_text("Adopt=yes\n")
    lab.eventually(lambda: link().get("operstate"), "wgnld makes the device")
    world.settle()
    assert lab.device_property("Mode") == "own" and link()["mtu"] == 1380
    assert addresses() == {"10.77.0.1/16"}
    assert routes() == {spoke.inside: "87" for spoke in world.spokes}

    pings = world.ping(*world.spokes)
    write_network(world, "10.77.0.1/16", "10.88.0.1/24", mtu=1400)
    lab.eventually(lambda: addresses() == {"10.77.0.1/16", "10.88.0.1/24"} and
                   link()["mtu"] == 1400, "another address and another MTU")
    world.hub.write(*world.sections(s2={"AllowedIPs": "10.77.2.2/32, 10.99.0.0/24"}),
                    more="RouteTable=main\n")
    lab.eventually(lambda: "10.99.0.0/24" in routes(), "the route of an added prefix")
    write_network(world, "10.77.0.1/16")
    lab.eventually(lambda: addresses() == {"10.77.0.1/16"} and link()["mtu"] == 1380, "as before")
    counted = [ping.finish() for ping in pings]
    print("pings during the edits:", counted)
    assert all(ping.lost == 0 for ping in counted)

    lab.run("ip", "link", "del", "wg0")
    lab.eventually(lambda: link().get("operstate") and addresses() == {"10.77.0.1/16"} and
                   len(routes()) == 4, "a deleted device comes back as it was")

    world.hub.netdev.unlink()
    lab.eventually(lambda: not Path("/sys/class/net/wg0").exists(), "the device goes")
