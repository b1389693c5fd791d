# SPDX-License-Identifier: LGPL-2.1-or-later
"""Routes of allowed IPs follow an edit at once, beside networkd, whose own lag until it is asked."""

import json
from pathlib import Path

import pytest

import lab

OURS, NETWORKD = "87", "static"


def routes(device="wg0"):
    """[((prefix, table, metric), protocol)] of everything that neither kernel nor address made."""
    found = []
    for family in ("-4", "-6"):
        listed = lab.run("ip", "-json", family, "route", "show", "table", "all", "dev", device,
                         check=False)
        found += [((route["dst"], str(route.get("table", "main")), route.get("metric", 0)),
                   str(route.get("protocol"))) for route in json.loads(listed or "[]")
                  if route.get("protocol") != "kernel" and route.get("type", "unicast") == "unicast"]
    return found


def settled_routes(expected, what):
    """Waits until exactly these routes are there, each once; returns who made them."""
    try:
        return lab.eventually(
            lambda: (found := routes()) and sorted(expected) == sorted(key for key, _ in found)
            and dict(found), what)
    except AssertionError as error:
        raise AssertionError(f"{error}: expected {sorted(expected)}, got {routes()}, "
                             f"problems {lab.device_property('Problems')}") from error


@pytest.fixture
def routed(world):
    """The first spoke's prefixes in main, the second's in table 123 with a metric, the third's
    nowhere."""
    world.edit = lambda table="main", **changed: world.hub.write(
        *world.sections(**{"s1": {"AllowedIPs": "10.77.1.2/32, fd77::2/128"},
                           "s2": {"RouteTable": "123", "RouteMetric": "55"},
                           "s3": {"RouteTable": "off"}, **changed}), more=f"RouteTable={table}\n")
    world.edit()
    world.expected = {("10.77.1.2", "main", 0), ("fd77::2", "main", 1024), ("10.77.2.2", "123", 55)}
    return world


def test_routes_follow_edits_without_a_reload(routed):
    made = settled_routes(routed.expected, "the routes of the first edit")
    assert set(made.values()) == {OURS}
    pings = routed.ping(*routed.spokes)

    routed.edit(s2={"RouteTable": "123", "RouteMetric": "55",
                    "AllowedIPs": "10.77.2.2/32, 10.99.0.0/24"})
    settled_routes(routed.expected | {("10.99.0.0/24", "123", 55)}, "an added prefix")
    routed.edit(table="200", s2={"RouteTable": "123", "RouteMetric": "66"})
    settled_routes({("10.77.1.2", "200", 0), ("fd77::2", "200", 1024), ("10.77.2.2", "123", 66)},
                   "another table and another metric")
    routed.edit()
    settled_routes(routed.expected, "as before")
    counted = [ping.finish() for ping in pings]
    print("pings during the edits:", counted)
    assert all(ping.lost == 0 for ping in counted)

    routed.edit(s1=None)
    settled_routes({("10.77.2.2", "123", 55)}, "the removed peer's routes go")
    lab.eventually(lambda: lab.device_property("InSync"), "in sync")


def test_networkds_reload_reconfigure_and_restart_lose_and_double_nothing(routed):
    settled_routes(routed.expected, "the routes of the first edit")
    for argv in (("networkctl", "reload"), ("networkctl", "reconfigure", "wg0"),
                 ("systemctl", "restart", "systemd-networkd")):
        lab.run(*argv)
        lab.eventually(lambda: "configured" in lab.run("networkctl", "list", "wg0"),
                       f"networkd is done after {argv}")
        made = settled_routes(routed.expected, f"the same routes after {argv}")
        print(" ".join(argv), made)
    # Of two IPv6 routes that differ in their protocol alone the kernel keeps the first (EEXIST): ours,
    # where it was put back before networkd came to add its own.
    assert {protocol for (prefix, *_), protocol in made.items() if ":" not in prefix} == {NETWORKD}

    # networkd's own, of prefixes that the file no longer has, would stay until its reconfigure.
    routed.edit(s2={"RouteTable": "123", "RouteMetric": "55", "AllowedIPs": "10.98.0.0/24"}, s1=None)
    made = settled_routes({("10.98.0.0/24", "123", 55)}, "no stale route")
    assert made == {("10.98.0.0/24", "123", 55): OURS}
    lab.run("networkctl", "reload")
    lab.run("networkctl", "reconfigure", "wg0")
    settled_routes({("10.98.0.0/24", "123", 55)}, "the same routes, once")


def test_a_lost_route_comes_back_and_a_restart_changes_nothing(routed):
    settled_routes(routed.expected, "the routes of the first edit")
    lab.run("ip", "route", "del", "10.77.2.2", "table", "123")
    settled_routes(routed.expected, "the deleted route comes back")
    lab.run("ip", "link", "set", "wg0", "down")
    lab.run("ip", "link", "set", "wg0", "up")
    settled_routes(routed.expected, "the routes come back with the link")

    record = Path("/run/wgnl/wg0.json")
    before = record.read_text()
    watch = lab.RouteWatch()
    for signal in ("SIGTERM", "SIGKILL"):
        pid = lab.main_pid("wgnld")
        lab.run("systemctl", "kill", f"--signal={signal}", "wgnld")
        lab.eventually(lambda: lab.main_pid("wgnld") != pid, "it has ended")
        lab.run("systemctl", "start", "wgnld")
        lab.eventually(lambda: lab.device_property("InSync", check=False), "wgnld is back")
    assert watch.finish() == [], "a restart of wgnld touched routes"
    assert record.read_text() == before
    settled_routes(routed.expected, "the same routes")

    # What goes while wgnld is away is noticed on its return: the record tells which were ours.
    lab.run("systemctl", "stop", "wgnld")
    routed.edit(s1=None)
    lab.run("systemctl", "start", "wgnld")
    settled_routes({("10.77.2.2", "123", 55)}, "the routes that were declared away meanwhile")


def test_a_default_route_is_left_to_networkd(routed):
    settled_routes(routed.expected, "the routes of the first edit")
    routed.edit(s2={"RouteTable": "123", "RouteMetric": "55",
                    "AllowedIPs": "10.77.2.2/32, 0.0.0.0/0"})
    routed.in_kernel(routed.spokes[1], "the prefix", allowed={"10.77.2.2/32", "0.0.0.0/0"})
    problems = lab.eventually(lambda: lab.device_property("Problems"), "a problem")
    assert "networkctl reconfigure wg0" in problems[0][2], problems
    settled_routes(routed.expected, "no default route")

    lab.run("networkctl", "reload")
    lab.run("networkctl", "reconfigure", "wg0")
    settled_routes(routed.expected | {("default", "123", 55)}, "networkd's default route")
    lab.eventually(lambda: not lab.device_property("Problems"), "no problem any more")


def test_our_routes_go_with_the_file(routed):
    settled_routes(routed.expected, "the routes of the first edit")
    routed.hub.netdev.unlink()
    lab.eventually(lambda: not routes(), "no route without a declaration")
    assert Path("/sys/class/net/wg0").exists(), "the device is networkd's"


def test_ours_goes_as_soon_as_the_owners_own_stands_beside_it(routed):
    """networkd appends its own to one that we put back while it reconfigures: no look of wgnld's
    need fall after that."""
    settled_routes(routed.expected, "the routes of the first edit")
    lab.run("ip", "route", "append", "10.77.2.2", "dev", "wg0", "table", "123", "metric", "55",
            "proto", NETWORKD)
    made = settled_routes(routed.expected, "one of the two is left")
    assert made[("10.77.2.2", "123", 55)] == NETWORKD
    assert made[("10.77.1.2", "main", 0)] == OURS
