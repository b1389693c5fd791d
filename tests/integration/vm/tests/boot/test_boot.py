# SPDX-License-Identifier: LGPL-2.1-or-later
"""After a boot, in the second machine: nobody has started anything by hand."""

import json
from pathlib import Path

import pytest

import lab


@pytest.fixture(scope="module")
def expected():
    return json.loads(Path("/etc/wgnl/expected.json").read_text())


@pytest.mark.smoke
@pytest.mark.parametrize("device, mode", [("wg0", "sync"), ("wgown", "own")])
def test_a_boot_ends_in_the_state_of_the_file(expected, device, mode):
    lab.eventually(lambda: lab.device_property("InSync", device, check=False) is True,
                   f"{device} in sync after the boot")

    peers = lab.dump(device)
    assert peers[None]["public"] == expected[device]
    assert {key: peers[key]["allowed"] for key in peers if key} == {
        key: {f"10.77.{n}.0/24"} for n, key in enumerate(expected["keys"])}
    assert lab.device_property("Mode", device) == mode
    assert lab.device_property("Source", device) == "networkd"
    assert lab.device_property("Problems", device) == []


def test_the_adapter_was_ready_before_the_network_was_online():
    assert lab.run("systemctl", "is-active", "wgnl-networkd").strip() == "active"
    before = lab.run("systemctl", "show", "-P", "Before", "wgnl-networkd").split()
    assert "network-online.target" in before
    assert lab.run("systemctl", "--failed", "--plain", "--no-legend").strip() == ""
