# SPDX-License-Identifier: LGPL-2.1-or-later
"""No secret survives: what `wgnl apply` leaves in its memory, with the kernel's own module."""

import json

import pytest

import lab
import memory

DEVICE = "wgsecret0"
PEERS = 60  # more than one message, and more than one part of a dump


@pytest.fixture
def secrets():
    """Keys by name: the device's own, and the preshared key of each peer."""
    keys = {"private key": lab.Keys().private}
    keys.update({f"preshared key {number}": lab.genpsk() for number in range(PEERS)})
    return keys


@pytest.fixture
def declared(tmp_path, secrets):
    """A declaration of them all."""
    peers = {number: lab.Keys().public for number in range(PEERS)}
    document = {"version": 1, "device": DEVICE, "mode": "own",
                "private_key": secrets["private key"],
                "peers": [{"public_key": key, "allowed_ips": [f"10.77.{number}.0/24"],
                           "preshared_key": secrets[f"preshared key {number}"]}
                          for number, key in peers.items()]}
    path = tmp_path / "declaration.json"
    path.write_text(json.dumps(document))
    return path


def apply(path):
    """Applies a file; the memory of the command as it ends."""
    status, blocks = memory.at_the_end(["wgnl", "apply", str(path)])
    assert status == 0
    assert len(blocks) > 10
    return blocks


def test_wgnl_apply_leaves_no_key_in_its_memory(declared, secrets):
    try:
        made = apply(declared)
        shown = lab.run("wg", "show", DEVICE, "dump")
        assert all(key in shown for key in secrets.values())
        again = apply(declared)

        assert memory.traces(made, secrets) == []
        assert memory.traces(again, secrets) == []
    finally:
        lab.run("ip", "link", "delete", DEVICE, check=False)
        lab.run("rm", "-f", f"/run/wgnl/{DEVICE}.json", f"/run/wgnl/{DEVICE}.lock")


def test_a_key_that_is_still_there_is_found(secrets):
    status, blocks = memory.at_the_end(
        ["python3", "-c", "import base64; key = base64.b64decode("
         f"'{secrets['private key']}'); import os; os._exit(3)"])

    assert status == 3
    assert any("private key" in trace for trace in memory.traces(blocks, secrets))
