# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signed lists of peers under the real units: the adapter is within its sandbox, as its own user, and keeps the
last good list over a reboot."""

import os
import shutil
from pathlib import Path

import pytest

import lab

DEVICE = "wglist"
NETDEV = Path(f"/etc/wgnl/network/{DEVICE}.netdev")
LIST = Path("/run/wgnl-peers/office.peers")
KEPT = Path(f"/var/lib/wgnl-networkd/{DEVICE}:office.peers")
PEER = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
# The machine has no ssh-keygen: a key that was thrown away after it had signed these two.
SIGNER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK/k9sKkc031LD8G+Y2Q5D0NXP1gRK8vi/uIEbInTsz2"
SIGNATURES = {1: """\
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgr+T2wqRzTfUsPwb5jZDkPQ1c/W
BEry+L+4gRsidOzPYAAAAKd2dubC1wZWVycwAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gt
ZWQyNTUxOQAAAECDSKb2+kvd91zzXId6ueapOvKdkaYDV5G76+y7hWDgCRGL+CqkCYPI/d
Z97sJdCtbhorjsBp61hxwD2UQ7G1QO
""", 2: """\
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgr+T2wqRzTfUsPwb5jZDkPQ1c/W
BEry+L+4gRsidOzPYAAAAKd2dubC1wZWVycwAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gt
ZWQyNTUxOQAAAEBj7A0Gl93sXKCRDkNXQbCNBYYNH3VSW0+W/YZKsCHrIVC9JNkRGkbg9B
MLvtAamNKBfdHYX0iJEz7fon36VuUE
"""}


def signed(serial):
    """The list whose only peer has 10.7.0.SERIAL."""
    return (f"[X-PeerList]\nName=office\nSerial={serial}\nNotAfter=2100-01-01T00:00:00Z\n"
            f"[WireGuardPeer]\nPublicKey={PEER}\nAllowedIPs=10.7.0.{serial}/32\n"
            f"-----BEGIN SSH SIGNATURE-----\n{SIGNATURES[serial]}-----END SSH SIGNATURE-----\n")


def put(serial):
    fresh = LIST.with_name("office.new")
    fresh.write_text(signed(serial))
    os.replace(fresh, LIST)


@pytest.fixture
def listed(daemons):
    LIST.parent.mkdir(exist_ok=True)
    put(1)
    NETDEV.parent.mkdir(parents=True, exist_ok=True)
    fresh = NETDEV.with_suffix(".new")
    fresh.write_text(f"[NetDev]\nName={DEVICE}\nKind=wireguard\n[WireGuard]\nPrivateKey={lab.Keys().private}\n"
                     f"[X-Wgnl]\nPeers={LIST}\nPeersSigner={SIGNER}\nPeersWithin=10.7.0.0/16\n")
    shutil.chown(fresh, "root", "systemd-network")
    fresh.chmod(0o640)
    os.replace(fresh, NETDEV)
    yield
    NETDEV.unlink()
    shutil.rmtree(LIST.parent, ignore_errors=True)
    lab.eventually(lambda: not Path(f"/sys/class/net/{DEVICE}").exists(), "the device goes")
    KEPT.unlink(missing_ok=True)


def has(prefix):
    return Path(f"/sys/class/net/{DEVICE}").exists() and \
        lab.dump(DEVICE).get(PEER, {}).get("allowed") == {prefix}


def told(what):
    return any(what in text for _, _, text in lab.device_property("Problems", DEVICE))


def test_the_last_good_list_outlives_its_store(listed):
    lab.eventually(lambda: has("10.7.0.1/32"), "the peer of the list")
    put(2)
    lab.eventually(lambda: has("10.7.0.2/32"), "the newer list")
    assert (KEPT.read_text(), KEPT.owner(), KEPT.stat().st_mode & 0o777) == (signed(2), "systemd-network", 0o600)
    assert "serial 2" in lab.run("wgnl", "peers", "show", DEVICE)

    # What a boot without the store is to the adapter and to the daemon.
    shutil.rmtree(LIST.parent)
    lab.run("systemctl", "stop", "wgnl-networkd", "wgnld")
    shutil.rmtree("/run/wgnl-networkd", ignore_errors=True)
    lab.run("ip", "link", "delete", DEVICE)
    lab.run("systemctl", "start", "wgnld", "wgnl-networkd")
    lab.eventually(lambda: has("10.7.0.2/32"), "the peer is there without its list")
    assert told("there is no such file; the peers of serial 2 stay")

    LIST.parent.mkdir()
    put(1)
    lab.eventually(lambda: told("it is an older list: its Serial= is 1, and 2 was here already"),
                   "the old list is refused")
    assert has("10.7.0.2/32")
