# SPDX-License-Identifier: LGPL-2.1-or-later
"""A provider's file, converted and given to networkd, leads each packet where `wg-quick up` leads it, and
has the same name servers asked."""

import json
from pathlib import Path

import pytest

import lab
from wg_quick import WgQuick

DEVICE, UPLINK = "wgt", "up0"
PAIR = [lab.NETWORK / f"{DEVICE}.{kind}" for kind in ("netdev", "network")]
ENDPOINT = "192.0.2.1"
# The Internet, the endpoint, a neighbour in the LAN, an office behind the tunnel, the tunnel's own net.
DESTINATIONS = ("203.0.113.7", ENDPOINT, "198.51.100.9", "10.44.1.1", "10.7.7.9",
                "2001:db8:1::7", "2001:db8:51::9", "fd44::1", "fd07::9")
MARKS = (0, 51820, 1000)
PEER = lab.Keys().public


def conf(interface, allowed):
    return (f"[Interface]\nPrivateKey = {lab.Keys().private}\n{interface}\n[Peer]\nPublicKey = {PEER}\n"
            f"AllowedIPs = {allowed}\nEndpoint = {ENDPOINT}:51820\n")


BOTH = "Address = 10.7.7.2/32, fd07::2/128"
FILES = {
    "both families": conf(f"{BOTH}\nDNS = 10.7.7.1, fd07::1", "0.0.0.0/0, ::/0"),
    "IPv4 alone": conf("Address = 10.7.7.2/32\nDNS = 10.7.7.1\nMTU = 1380", "0.0.0.0/0"),
    "IPv6 alone": conf(BOTH, "::/0"),
    "a LAN beside everything": conf("Address = 10.7.7.2/24, fd07::2/64\nDNS = 10.7.7.1, fritz.box",
                                    "10.7.7.0/24, 0.0.0.0/0, fd07::/64, ::/0, 10.44.0.0/16"),
    "a mark of its own": conf(f"{BOTH}\nFwMark = 1000", "0.0.0.0/0, ::/0"),
    "no routes": conf(f"{BOTH}\nTable = off", "0.0.0.0/0, ::/0"),
    "a table of somebody's own": conf(f"{BOTH}\nTable = 1234", "0.0.0.0/0, ::/0"),
    "a split tunnel": conf(f"{BOTH}\nDNS = 10.7.7.1, a.example, b.example", "10.44.0.0/16, fd44::/48"),
}
HALVES = conf(BOTH, "0.0.0.0/1, 128.0.0.0/1, ::/1, 8000::/1")


@pytest.fixture
def uplink(daemons, tmp_path):
    """A machine with a LAN and a way to the Internet; yields a folder."""
    try:
        lab.ip(f"link add {UPLINK} type dummy", f"address add 198.51.100.2/24 dev {UPLINK}",
               f"address add 2001:db8:51::2/64 dev {UPLINK} nodad", f"link set {UPLINK} up",
               f"route add default via 198.51.100.1 dev {UPLINK}",
               f"route add default via 2001:db8:51::1 dev {UPLINK}")
        yield tmp_path
    finally:
        for path in PAIR:
            path.unlink(missing_ok=True)
        lab.run("networkctl", "reload")
        for device in (DEVICE, UPLINK):
            lab.run("ip", "link", "del", device, check=False)
        lab.eventually(lambda: not own_rules(), "networkd takes the rules back")


def own_rules():
    """Those that are neither the kernel's nor anybody's from before."""
    return [rule for family in ("-4", "-6") for rule in
            json.loads(lab.run("ip", "-json", family, "rule", "show"))
            if rule["priority"] in (32764, 32765)]


def way(destination, mark):
    """The interface that a packet leaves by, and its source."""
    said = lab.run("ip", "-json", "route", "get", destination, *(["mark", mark] if mark else []),
                   check=False)
    route = json.loads(said)[0] if said.strip() else {}
    return route.get("dev"), route.get("prefsrc")


def ways(marks=MARKS):
    return {(destination, mark): way(destination, mark)
            for destination in DESTINATIONS for mark in marks}


def by_wg_quick(folder, text, marks=MARKS):
    """The ways of the packets while it is up, and what it told resolvconf, line by line."""
    path = folder / f"{DEVICE}.conf"
    path.write_text(text)
    path.chmod(0o600)
    wg_quick = WgQuick(folder)
    wg_quick.up(path)
    found = ways(marks)
    wg_quick.down(path)
    assert not own_rules(), "wg-quick leaves nothing behind"
    return found, wg_quick.told


def to_networkd(folder):
    """Converts the file that wg-quick was given."""
    lab.run("wgnl", "convert", folder / f"{DEVICE}.conf", PAIR[0])
    lab.run("networkctl", "reload")
    lab.eventually(lambda: Path(f"/sys/class/net/{DEVICE}").exists(), "networkd creates it")
    configured()


def configured():
    lab.eventually(lambda: "configured" in
                   lab.run("networkctl", "--no-legend", "list", DEVICE).split()[-1:], "configured")


def names_for_resolved():
    """What networkd tells systemd-resolved of the link: its keys, each a set of words."""
    index = Path(f"/sys/class/net/{DEVICE}/ifindex").read_text().strip()
    lines = Path(f"/run/systemd/netif/links/{index}").read_text().splitlines()
    keys = dict(line.split("=", 1) for line in lines if "=" in line)
    return {name: set(keys.get(name, "").split()) for name in ("DNS", "DOMAINS", "ROUTE_DOMAINS")}


@pytest.mark.parametrize("name", FILES)
def test_packets_and_queries_go_where_wg_quick_has_them_go(uplink, name):
    wanted, told = by_wg_quick(uplink, FILES[name])
    before = ways()
    assert set(dev for dev, _ in before.values()) <= {UPLINK, None}, "back as it was"

    to_networkd(uplink)

    assert ways() == wanted
    found = names_for_resolved()
    assert found["DNS"] == {line.split()[1] for line in told if line.startswith("nameserver ")}
    searched = [line.split()[1:] for line in told if line.startswith("search ")]
    assert found["DOMAINS"] == set(sum(searched, []))
    is_full = wanted["203.0.113.7", 0][0] == DEVICE
    assert (found["ROUTE_DOMAINS"] == {"."}) == (bool(found["DNS"]) and
                                                 (is_full or not found["DOMAINS"]))
    lab.run("systemctl", "restart", "systemd-networkd")
    configured()
    assert ways() == wanted, "after a restart of networkd"


@pytest.mark.parametrize("name", ["both families", "a LAN beside everything"])
def test_nobody_has_doubts_about_the_pair(uplink, name):
    (uplink / f"{DEVICE}.conf").write_text(FILES[name])
    to_networkd(uplink)
    assert lab.run("wgnl", "check", PAIR[0]) == ""
    lab.eventually(lambda: lab.device_property("InSync", DEVICE, check=False), "in sync")
    assert lab.device_property("Problems", DEVICE) == []


def test_halves_go_around_the_tunnel_where_wg_quicks_go_into_it(uplink):
    wanted, _ = by_wg_quick(uplink, HALVES, marks=(0,))
    to_networkd(uplink)
    assert ways(marks=(0,)) == wanted
    assert way(ENDPOINT, 51820)[0] == UPLINK, "the tunnel's own packets"
