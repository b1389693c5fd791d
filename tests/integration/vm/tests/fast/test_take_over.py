# SPDX-License-Identifier: LGPL-2.1-or-later
"""A device that wg-quick made goes on under `wgnl apply` of the same file: by difference."""

import json
from pathlib import Path

import pytest

import lab
from wg_quick import WgQuick

DEVICE = "wgq"
OTHER, MORE = lab.Keys().public, lab.Keys().public


class Tunnel:
    """This machine's end, as a file of wg-quick; the other end is a spoke."""

    def __init__(self, folder):
        self.path = folder / f"{DEVICE}.conf"
        self.keys = lab.Keys()
        self.wg_quick = WgQuick(folder)
        self.spoke = lab.Spoke(1, self.keys.public)

    def write(self, *peers, addresses="10.77.0.1/32", allowed="", private=None):
        self.path.write_text(
            f"[Interface]\nPrivateKey = {private or self.keys.private}\nListenPort = 51820\n"
            f"Address = {addresses}\n[Peer]\nPublicKey = {self.spoke.keys.public}\n"
            f"AllowedIPs = {self.spoke.inside}/32{allowed}\nEndpoint = {self.spoke.outside}:51820\n"
            + "".join(f"[Peer]\nPublicKey = {key}\nAllowedIPs = {prefix}\n" for key, prefix in peers))
        self.path.chmod(0o600)

    def apply(self):
        return lab.run("wgnl", "apply", self.path)

    def pings(self):
        lab.ping(self.spoke.inside)
        return lab.Pings(self.spoke.inside)


@pytest.fixture
def tunnel(daemons, tmp_path):
    made = Tunnel(tmp_path)
    try:
        yield made
    finally:
        made.write()
        made.wg_quick.down(made.path, check=False)
        Path(f"/run/wgnl/{DEVICE}.json").unlink(missing_ok=True)
        made.spoke.close()


def routing():
    """All rules, and all routes through the device."""
    return {family: (json.loads(lab.run("ip", "-json", family, "rule", "show")),
                     json.loads(lab.run("ip", "-json", family, "route", "show", "table", "all", "dev",
                                        DEVICE, check=False) or "[]"))
            for family in ("-4", "-6")}


def prefixes(table="main"):
    return {route["dst"] for _, routes in routing().values() for route in routes
            if str(route.get("table", "main")) == table}


def differs(tunnel):
    """`wgnl diff` ends with 3; what it said."""
    with pytest.raises(AssertionError, match="exit 3") as said:
        lab.run("wgnl", "diff", tunnel.path)
    return str(said.value)


def test_an_edit_is_applied_to_what_wg_quick_made(tunnel):
    tunnel.write((OTHER, "10.66.2.0/24"))
    tunnel.wg_quick.up(tunnel.path)
    pings, before = tunnel.pings(), routing()

    lab.run("wgnl", "diff", tunnel.path)
    tunnel.apply()
    assert routing() == before

    tunnel.write((MORE, "10.66.4.0/24"), addresses="10.77.0.1/32, 10.88.0.1/24")
    assert MORE in differs(tunnel)
    tunnel.apply()
    assert set(lab.dump(DEVICE)) == {None, tunnel.spoke.keys.public, MORE}
    assert prefixes() >= {"10.66.4.0/24", tunnel.spoke.inside}
    assert "10.66.2.0/24" not in prefixes()
    assert "10.88.0.1/24" in lab.run("ip", "address", "show", DEVICE)
    counted = pings.finish()
    assert counted.received > 0 and counted.lost == 0, counted


def test_a_full_tunnel_keeps_wg_quicks_rules_and_routes(tunnel):
    tunnel.write(allowed=", 0.0.0.0/0")
    tunnel.wg_quick.up(tunnel.path)
    pings, before = tunnel.pings(), routing()
    said = tunnel.apply()
    assert "too wide" not in said
    assert routing() == before
    lab.run("wgnl", "diff", tunnel.path)

    tunnel.write((MORE, "10.66.4.0/24"))
    tunnel.apply()
    assert not prefixes("51820"), "the default route goes with its prefix"
    assert "10.66.4.0/24" in prefixes()
    counted = pings.finish()
    assert counted.received > 0 and counted.lost == 0, counted


def test_another_key_is_another_device(tunnel):
    tunnel.write()
    tunnel.wg_quick.up(tunnel.path)
    before = lab.dump(DEVICE)
    tunnel.write(private=lab.Keys().private)
    with pytest.raises(AssertionError, match="ip link delete wgq") as said:
        tunnel.apply()
    assert f"its public key is {tunnel.keys.public}" in str(said.value)
    assert set(lab.dump(DEVICE)) == set(before)
