# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the module's own self-test asserts of its configuration interface, through `wgnl apply`."""

import json
import socket
import subprocess
from pathlib import Path

import pytest

import lab

DEVICE = "wgconf"
# Points of Curve25519 whose order is small: no key agreement with them may ever send a packet.
# (All zero is one more, and no key to us: test_the_zero_key_is_refused.)
LOW_ORDER = [
    "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA=",
    "X5yVvKNQjCSx0LFVnIPvWwREXMRYHI6G2CJO3dCfEVc=",
    "7P///////////////////////////////////////38=",
    "7f///////////////////////////////////////38=",
    "7v///////////////////////////////////////38=",
]


class Applied:
    """A device that only `wgnl apply` writes to."""

    def __init__(self, folder):
        self.file = folder / f"{DEVICE}.json"
        self.document = {"version": 1, "device": DEVICE, "mode": "own"}

    def apply(self, *peers, check=True, **fields):
        """Applies the device with these peers and fields; returns what the command said."""
        self.document.update(fields)
        self.file.write_text(json.dumps({**self.document, "peers": list(peers)}))
        self.file.chmod(0o600)
        meant = [] if peers else ["--empty"]
        done = subprocess.run(["wgnl", "apply", *meant, str(self.file)], text=True, timeout=lab.DEADLINE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = done.stdout + done.stderr
        assert not check or done.returncode == 0, said
        return said

    @staticmethod
    def live(key=None):
        return lab.dump(DEVICE)[key]

    @staticmethod
    def peers():
        return set(lab.dump(DEVICE)) - {None}

    def assert_settled(self, *peers):
        """The same again sends nothing."""
        with lab.SetCounter() as sets:
            self.apply(*peers)
            assert sets.messages() == []


@pytest.fixture
def applied(daemons, tmp_path):
    yield Applied(tmp_path)
    lab.run("ip", "link", "del", DEVICE, check=False)
    for left in Path("/run/wgnl").glob(f"{DEVICE}.*"):
        left.unlink()


def peer(key, *prefixes, **more):
    return {"public_key": key, "allowed_ips": list(prefixes), **more}


def test_130560_allowed_ips_on_one_peer(applied):
    key = lab.Keys().public
    prefixes = [f"{a}.{b}.0.0/16" for a in range(1, 256) for b in range(256)]
    prefixes += [f"{a:x}{b:02x}::/16" for a in range(1, 256) for b in range(256)]
    applied.apply(peer(key, *prefixes), private_key=lab.Keys().private)
    assert applied.live(key)["allowed"] == set(prefixes)
    assert len(prefixes) == 130560
    applied.assert_settled(peer(key, *prefixes))


def test_forty_peers_with_52_prefixes_each(applied):
    peers = {lab.Keys().public: {f"{a}.{b}.0.0/16" for b in range(1, 53)} for a in range(1, 41)}
    applied.apply(*(peer(key, *prefixes) for key, prefixes in peers.items()))
    live = lab.dump(DEVICE)
    assert {key: live[key]["allowed"] for key in peers} == peers
    assert len(live) == 41


def test_a_dump_that_ends_at_the_edge_of_a_message(applied):
    keys = [lab.Keys().public for _ in range(30)]
    last = {"255.2.3.4/32", "abcd::255/128"}
    peers = [peer(key) for key in keys[:-1]] + [peer(keys[-1], *last)]
    applied.apply(*peers)
    assert applied.peers() == set(keys)
    assert applied.live(keys[-1])["allowed"] == last
    shown = json.loads(lab.run("wgnl", "show", DEVICE, "--json"))
    assert {each["public_key"] for each in shown["peers"]} == set(keys)
    applied.assert_settled(*peers)


def test_six_of_394_prefixes_go_one_by_one(applied):
    bare, full = lab.Keys().public, lab.Keys().public
    prefixes = {f"192.168.0.{n}/32" for n in range(1, 198)} | {
        f"abcd::{n:x}/128" for n in range(1, 198)}
    applied.apply(peer(bare), peer(full, *prefixes))
    assert applied.live(bare)["allowed"] == set()
    assert applied.live(full)["allowed"] == prefixes

    gone = {"192.168.0.1/32", "192.168.0.20/32", "192.168.0.100/32",
            "abcd::1/128", "abcd::20/128", "abcd::64/128"}
    with lab.SetCounter() as sets:
        applied.apply(peer(bare), peer(full, *(prefixes - gone)))
        # Before 6.16 the first one only finds out that the module knows no removal of a prefix.
        assert len(sets.messages()) in (1, 2)
    assert applied.live(full)["allowed"] == prefixes - gone
    assert len(prefixes - gone) == 388
    assert applied.peers() == {bare, full}


def test_a_device_that_does_not_exist(daemons):
    done = subprocess.run(["wgnl", "show", "doesnotexist"], text=True, timeout=lab.DEADLINE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert "doesnotexist" in done.stderr


def test_keys_are_set_and_a_preshared_key_is_taken_back(applied):
    own, other, psk = lab.Keys(), lab.Keys().public, lab.genpsk()
    applied.apply(peer(other, preshared_key=psk), private_key=own.private)
    assert applied.live()["private"] == own.private
    assert applied.live(other)["psk"] == psk
    applied.apply(peer(other))
    assert applied.live(other)["psk"] == "(none)"
    # Leaving the private key out leaves it alone: a device without one answers nobody.
    del applied.document["private_key"]
    applied.apply(peer(other))
    assert applied.live()["private"] == own.private


def test_a_peer_with_the_devices_own_key(applied):
    first, second = lab.Keys(), lab.Keys()
    applied.apply(peer(second.public), private_key=first.private)
    assert applied.peers() == {second.public}

    said = applied.apply(peer(second.public), private_key=second.private, check=False)
    assert applied.live()["public"] == second.public
    assert applied.peers() == set()
    assert second.public in said and "own" in said

    applied.apply(peer(second.public), private_key=first.private)
    assert applied.peers() == {second.public}


def test_a_private_key_that_is_not_clamped(applied):
    private = lab.Keys().private
    applied.apply(private_key="/" + private[1:])
    assert applied.live()["private"] == "+" + private[1:]
    applied.assert_settled()


@pytest.mark.parametrize("many, one", [
    ({"0.0.0.0/0", "10.0.0.0/8", "100.0.0.0/10", "172.16.0.0/12", "192.168.0.0/16"}, "0.0.0.0/0"),
    ({"::/0", "1700::/111", "5000::/4", "e000::/37", "9000::/75"}, "::/0"),
])
def test_prefixes_inside_prefixes(applied, many, one):
    key = lab.Keys().public
    for wanted in (many, {one}, many, set(), many):
        applied.apply(peer(key, *wanted))
        assert applied.live(key)["allowed"] == wanted
    applied.apply()
    assert applied.peers() == set()


def test_the_zero_key_is_refused(applied):
    said = applied.apply(peer("A" * 43 + "="), check=False)
    assert "public_key is all zero, which names no peer" in said
    assert not Path(f"/sys/class/net/{DEVICE}").exists()


@pytest.fixture
def endpoints():
    """Two, of which nobody is told anything."""
    made = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for endpoint, port in zip(made, (1111, 1112)):
        endpoint.bind(("127.0.0.1", port))
        endpoint.settimeout(lab.DEADLINE)
    yield made
    for endpoint in made:
        endpoint.close()


def test_points_of_low_order_never_get_a_packet(applied, endpoints):
    """While a usual peer beside them, with the same keepalive, is called twice."""
    never, twice = endpoints
    usual = lab.Keys().public
    peers = [peer(key, endpoint="127.0.0.1:1111", persistent_keepalive=1) for key in LOW_ORDER]
    applied.apply(*peers, peer(usual, endpoint="127.0.0.1:1112", persistent_keepalive=1),
                  private_key=lab.Keys().private)
    assert applied.peers() == {*LOW_ORDER, usual}
    assert "state DOWN" not in lab.run("ip", "link", "show", DEVICE)
    for _ in range(2):
        assert len(twice.recv(1000)) == 148
    never.setblocking(False)
    with pytest.raises(BlockingIOError):
        never.recv(1)
