# SPDX-License-Identifier: LGPL-2.1-or-later
"""A thousand peers in one file."""

import base64
import os
import time
from pathlib import Path

import pytest

import lab

COUNT = 1000


def sections(count=COUNT, keepalive=None):
    """That many peers; the one in the middle may have a keepalive."""
    made = []
    for n, prefix in enumerate(lab.addresses(count)):
        more = f"PersistentKeepalive={keepalive}\n" if keepalive and n == count // 2 else ""
        made.append(f"[WireGuardPeer]\nPublicKey={KEYS[n]}\nAllowedIPs={prefix}\n{more}")
    return made


# Any 32 bytes are a public key; wg itself would need a process for each.
KEYS = [base64.b64encode(os.urandom(32)).decode() for _ in range(COUNT)]


@pytest.fixture
def owned(daemons):
    """A device of wgnld's own, from a file that networkd never reads."""
    hub = lab.Hub("wgbig", 51900)
    hub.netdev = Path("/etc/wgnl/network/wgbig.netdev")
    hub.netdev.parent.mkdir(parents=True, exist_ok=True)
    yield hub
    hub.netdev.unlink(missing_ok=True)
    lab.eventually(lambda: not Path("/sys/class/net/wgbig").exists(), "withdrawn")


def test_a_thousand_peers_one_change_and_the_end(owned):
    owned.write(*sections())
    lab.eventually(lambda: Path("/sys/class/net/wgbig").exists() and
                   len(lab.dump("wgbig")) == COUNT + 1, "a thousand peers")
    lab.eventually(lambda: lab.device_property("InSync", "wgbig") is True, "in sync")

    with lab.SetCounter() as sets:
        owned.write(*sections(keepalive=21))
        lab.eventually(lambda: lab.dump("wgbig")[KEYS[COUNT // 2]]["keepalive"] == "21",
                       "the one change")
        lab.eventually(lambda: lab.device_property("InSync", "wgbig") is True, "in sync again")
        sent = sets.messages()
    print("bytes of the SET messages for one changed peer of a thousand:", sent)
    assert len(sent) == 1 and sent[0] < 400

    # Masking is believed at once; a file that only went away could come back within seconds.
    began = time.monotonic()
    owned.mask()
    lab.eventually(lambda: not Path("/sys/class/net/wgbig").exists(), "the device is gone")
    print(f"gone {time.monotonic() - began:.2f} s after the file")
