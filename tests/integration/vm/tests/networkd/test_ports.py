# SPDX-License-Identifier: LGPL-2.1-or-later
"""A listen port below 1024, which the kernel gives to whoever has CAP_NET_BIND_SERVICE."""

import re
import shutil
from pathlib import Path

import pytest

import lab

FOLDER = Path("/etc/wgnl/network")
DEVICE = "wgport"


def capabilities():
    """Of wgnld, as it runs."""
    status = Path(f"/proc/{lab.main_pid('wgnld')}/status").read_text()
    return int(re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.M)[1], 16)


@pytest.fixture
def own(daemons):
    """Writes the file of a device of our own, with a port and peers."""
    file, private = FOLDER / f"{DEVICE}.netdev", lab.Keys().private

    def write(port, *peers):
        FOLDER.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(".new")
        aside.write_text(f"[NetDev]\nName={DEVICE}\nKind=wireguard\n[WireGuard]\n"
                         f"PrivateKey={private}\nListenPort={port}\n" +
                         "".join(f"[WireGuardPeer]\nPublicKey={peer}\n" for peer in peers))
        shutil.chown(aside, "root", "systemd-network")
        aside.chmod(0o640)
        aside.rename(file)

    yield write
    file.unlink(missing_ok=True)
    lab.eventually(lambda: not Path(f"/sys/class/net/{DEVICE}").exists(), "the device goes")


def is_as(port, *peers):
    """Up, with that port and those peers, and without a problem."""
    if not lab.device_property("InSync", DEVICE, check=False):
        return False
    live = lab.dump(DEVICE)
    return (lab.device_property("Problems", DEVICE) == [] and lab.device_property("Up", DEVICE) and
            live[None]["port"] == str(port) and live.keys() == {None, *peers})


def test_it_may_bind_low_ports_and_hear_no_packets(daemons):
    bind_service, admin, raw = 1 << 10, 1 << 12, 1 << 13

    assert capabilities() == bind_service | admin, "and CAP_NET_RAW is given up"
    assert not capabilities() & raw


def test_a_device_of_ours_listens_on_443(own):
    first, second = lab.Keys().public, lab.Keys().public

    own(443, first)
    lab.eventually(lambda: is_as(443, first), "it comes up on 443")
    own(51999, first)
    lab.eventually(lambda: is_as(51999, first), "an edit to a high port")
    own(443, first, second)
    lab.eventually(lambda: is_as(443, first, second), "and back, with a peer in the same edit")
    lab.run("ip", "link", "set", DEVICE, "down")
    lab.run("wgnl", "reconcile", DEVICE)
    lab.eventually(lambda: is_as(443, first, second), "it comes up again")


def test_a_port_that_is_taken_stops_nothing_else_of_the_edit(own):
    first, second = lab.Keys().public, lab.Keys().public
    own(51998, first)
    lab.eventually(lambda: is_as(51998, first), "it is there")
    lab.run("ip", "link", "add", "wgtaken", "type", "wireguard")
    try:
        lab.run("wg", "set", "wgtaken", "listen-port", "443")
        lab.run("ip", "link", "set", "wgtaken", "up")

        own(443, first, second)

        lab.eventually(lambda: second in lab.dump(DEVICE), "the peer of the same edit")
        lab.eventually(lambda: any("UDP port 443" in problem[2] for problem in
                                   lab.device_property("Problems", DEVICE)), "why, in words")
    finally:
        lab.run("ip", "link", "del", "wgtaken")
    lab.eventually(lambda: is_as(443, first, second), "the port is free")
