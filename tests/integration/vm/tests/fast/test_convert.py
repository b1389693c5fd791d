# SPDX-License-Identifier: LGPL-2.1-or-later
"""A wg-quick file, converted and given to networkd, makes the device that `wg setconf` makes."""

import stat
from pathlib import Path

import pytest

import lab

DEVICE = "wgc"
PUBLIC = [lab.Keys().public for _ in range(4)]

PEERS = {
    "no peer": "",
    "everything": f"""
[Peer]
# friendly_name = laptop
PublicKey = {PUBLIC[0]}
PresharedKey = {{psk}}
AllowedIPs = 10.1.0.0/16, 10.2.3.4/32
AllowedIPs = fd00:1::/64
Endpoint = 192.0.2.1:51820
PersistentKeepalive = 25

[Peer]
PublicKey = {PUBLIC[1]}
AllowedIPs = 10.3.0.0/16
Endpoint = [2001:db8::1]:4500
PersistentKeepalive = off

[Peer]
PublicKey = {PUBLIC[2]}
""",
    "the later peer has the prefix": f"""
[Peer]
PublicKey = {PUBLIC[0]}
AllowedIPs = 10.1.0.0/16, 10.2.0.0/16
[Peer]
PublicKey = {PUBLIC[1]}
AllowedIPs = 10.2.0.0/16, 10.3.0.0/16
""",
    "one peer twice": f"""
[Peer]
PublicKey = {PUBLIC[0]}
AllowedIPs = 10.1.0.0/16
PersistentKeepalive = 5
[Peer]
PublicKey = {PUBLIC[1]}
[Peer]
PublicKey = {PUBLIC[0]}
AllowedIPs = 10.2.0.0/16
Endpoint = 192.0.2.7:7
""",
    "many prefixes": "\n".join([f"[Peer]\nPublicKey = {PUBLIC[3]}"] +
                               [f"AllowedIPs = 10.{n}.0.0/16" for n in range(100)]),
    "odd spelling": f"[peer]\npublickey={PUBLIC[0]}# a comment\n allowedips =10.9.8.7/8,fd00::/8\n",
}


def dumped(device):
    """The whole configuration of a device; counters and handshakes are none of it."""
    peers = lab.dump(device)
    own = peers.pop(None)
    return own, {key: lab.configured(peer) | {"endpoint": peer["endpoint"]}
                 for key, peer in peers.items()}


@pytest.fixture
def place(daemons, tmp_path):
    # Only networkd is to act: what it makes of the file is looked at.
    lab.run("systemctl", "stop", "wgnl-networkd")
    yield tmp_path
    for name in (f"{DEVICE}.netdev", f"{DEVICE}.network"):
        (lab.NETWORK / name).unlink(missing_ok=True)
    lab.run("networkctl", "reload")
    for device in (DEVICE, "wgs"):
        lab.run("ip", "link", "del", device, check=False)
    lab.run("systemctl", "start", "wgnl-networkd")


def by_wg(conf):
    """The configuration as `wg setconf` leaves it on a new device."""
    lab.run("ip", "link", "add", "wgs", "type", "wireguard")
    try:
        stripped = lab.run("wg-quick", "strip", conf)
        lab.run("wg", "setconf", "wgs", "/dev/stdin", stdin=stripped)
        return dumped("wgs")
    finally:
        lab.run("ip", "link", "del", "wgs")


@pytest.mark.parametrize("name", PEERS)
def test_networkd_makes_of_it_what_wg_does(place, name):
    conf = place / f"{DEVICE}.conf"
    conf.write_text("[Interface]\nListenPort = 50123\nFwMark = 0x77\nTable = off\n"
                    f"PrivateKey = {lab.Keys().private}\nAddress = 10.7.7.1/24\n"
                    + PEERS[name].format(psk=lab.genpsk()))
    wanted = by_wg(conf)

    lab.run("wgnl", "convert", conf, lab.NETWORK / f"{DEVICE}.netdev")

    netdev = lab.NETWORK / f"{DEVICE}.netdev"
    assert stat.S_IMODE(netdev.stat().st_mode) == 0o640
    assert netdev.owner() == "root" and netdev.group() == "systemd-network"
    lab.run("networkctl", "reload")
    lab.eventually(lambda: Path(f"/sys/class/net/{DEVICE}").exists(), "networkd creates it")
    lab.eventually(lambda: "10.7.7.1/24" in lab.run("ip", "address", "show", DEVICE), "its address")
    assert dumped(DEVICE) == wanted
    # And back: the same device by wg's own way.
    back = place / "back" / f"{DEVICE}.conf"
    back.parent.mkdir()
    lab.run("wgnl", "convert", netdev, back)
    assert "Address = 10.7.7.1/24" in back.read_text()
    lab.run("ip", "link", "del", DEVICE)
    assert by_wg(back) == wanted
