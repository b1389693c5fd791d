# SPDX-License-Identifier: LGPL-2.1-or-later
"""`wgnl` in other network namespaces, and devices that are renamed while they are in use."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import lab

DEVICE = "wglink"
RECORDS = Path("/run/wgnl")


def wgnl(*argv, check=True):
    done = subprocess.run(["wgnl", *map(str, argv)], text=True, timeout=lab.DEADLINE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def links(netns=None):
    return {link["ifname"]: link for link in json.loads(lab.run("ip", "-j", "addr", netns=netns))}


@pytest.fixture
def namespaces():
    """Two that have nothing but their loopback, which is down."""
    names = ["wgl-a", "wgl-b"]
    for name in names:
        lab.run("ip", "netns", "add", name)
    yield names
    for name in names:
        lab.run("ip", "netns", "delete", name)
    for folder in RECORDS.glob("netns-*"):
        shutil.rmtree(folder)


class Side:
    """One end of a tunnel between two namespaces, over the loopback of the machine itself."""

    def __init__(self, folder, netns, number):
        self.netns, self.number, self.keys = netns, number, lab.Keys()
        self.file = folder / f"{netns}.json"
        self.port = 52000 + number

    def write(self, *others):
        """The file that declares these peers."""
        peers = [{"public_key": other.keys.public, "endpoint": f"127.0.0.1:{other.port}",
                  "allowed_ips": [f"10.77.0.{other.number}/32"]} for other in others]
        self.file.write_text(json.dumps({
            "version": 1, "device": DEVICE, "mode": "own", "private_key": self.keys.private,
            "listen_port": self.port, "addresses": [f"10.77.0.{self.number}/24"],
            "peers": peers}))
        self.file.chmod(0o600)
        return self.file

    def apply(self, *options):
        return wgnl("--netns", self.netns, "apply", *options, self.file)


@pytest.fixture
def sides(daemons, namespaces, tmp_path):
    return [Side(tmp_path, netns, number) for number, netns in enumerate(namespaces, 1)]


def test_devices_are_there_and_their_sockets_here(sides):
    """Neither namespace has any way out but the tunnel; the packets take the machine's loopback."""
    one, two = sides
    for side, other in ((one, two), (two, one)):
        side.write(other)
        side.apply("--sockets-netns", ".")
        assert links(side.netns)[DEVICE]["addr_info"][0]["local"] == f"10.77.0.{side.number}"
    assert DEVICE not in links()
    lab.ping("10.77.0.2", 3, netns=one.netns)

    shown = json.loads(wgnl("show", DEVICE, "--json", "--netns", one.netns))
    assert shown["peers"][0]["last_handshake_usec"] > 0
    assert shown["mode"] == "own" and shown["origin"] == str(one.file)
    assert two.keys.public in wgnl("status", "--netns", f"/run/netns/{one.netns}", "--json")
    for side in sides:
        wgnl("diff", "--netns", side.netns, side.file)  # exit status 0: nothing to do
    assert len(list(RECORDS.glob(f"netns-*/{DEVICE}.json"))) == len(sides)
    assert not (RECORDS / f"{DEVICE}.json").exists()


def test_without_sockets_elsewhere_they_are_where_the_device_is(sides):
    """So the loopback that leads to the other side is one that is down, and another's."""
    one, two = sides
    for side, other in ((one, two), (two, one)):
        side.write(other)
        side.apply()
    lab.run("ping", "-c", 1, "-W", 2, "10.77.0.2", netns=one.netns, check=False)
    assert lab.dump(DEVICE, netns=two.netns)[one.keys.public]["rx"] == 0


def test_what_asks_the_daemon_refuses_a_namespace(daemons):
    for verb in (["wait", DEVICE], ["reconcile"]):
        assert "has no --netns" in wgnl("--netns", "wgl-a", *verb, check=False)
    assert "ip netns list" in wgnl("--netns", "wgl-none", "status", check=False)


def test_a_record_follows_its_device_to_a_new_name(sides):
    """What was applied under the old name is taken back under the new one."""
    one, two = sides
    one.write(two)
    one.apply()
    lab.run("ip", "link", "set", DEVICE, "down", netns=one.netns)
    lab.run("ip", "link", "set", DEVICE, "name", "wgother", netns=one.netns)
    before = links(one.netns)["wgother"]["ifindex"]

    document = json.loads(one.write().read_text())
    one.file.write_text(json.dumps({**document, "device": "wgother"}))
    one.apply("--empty")

    after = links(one.netns)
    assert after["wgother"]["ifindex"] == before and DEVICE not in after
    assert set(lab.dump("wgother", netns=one.netns)) == {None}, "its peer was ours, and is gone"
