# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command and a device with more peers than are listed."""
import base64
import hashlib
import json

import pytest

from command import Monitor, wgnl
from conftest import Keys
from test_metrics import openmetrics, value
from test_wgnld import own

COUNT = 4200


def peer(number):
    key = base64.b64encode(hashlib.sha256(str(number).encode()).digest()).decode()
    return {"public_key": key, "name": f"peer-{number}",
            "allowed_ips": [f"10.{64 + number // 65536}.{number // 256 % 256}.{number % 256}/32"]}


@pytest.fixture
def crowd(wgnld, bus, device):
    keys = Keys()
    wgnld.declare(own(device, keys, [peer(number) for number in range(COUNT)]))
    bus.until(lambda: not wgnld.device(device, "PeersListed"), "too many to be listed")
    return keys


def test_counts_stand_for_peers_and_all_of_them_can_be_had(bus, crowd, device):
    status = wgnl(bus, "status", device)
    assert status.returncode == 0 and len(status.stdout.splitlines()) < 20
    assert f"Peers: {COUNT} ({COUNT} never)" in status.stdout
    assert f"wgnl show {device}" in status.stdout

    [short] = json.loads(wgnl(bus, "status", "--json", device).stdout)
    assert short["peers"] == [] and short["peers_listed"] is False and short["peer_count"] == COUNT
    shown = json.loads(wgnl(bus, "show", "--json", device).stdout)
    assert {view["name"] for view in shown["peers"]} == {
        f"peer-{number}" for number in range(COUNT)}

    text = wgnl(bus, "metrics").stdout
    assert value(openmetrics(text), "wireguard_device_peers", interface=device,
                 state="never") == COUNT
    assert "public_key=\"" + peer(1)["public_key"] not in text

    done = wgnl(bus, "wait", device, "--peer", "peer-7", "--timeout", "100ms")
    assert "peer peer-7 of" in done.stderr and "never" in done.stderr


def test_the_monitor_tells_counts_and_no_flood(bus, wgnld, crowd, device):
    monitor = Monitor(bus, "--json", device)
    wgnld.namespace.run("ip", "link", "set", device, "down")
    monitor.until(event="state", new="down")
    told = monitor.until(event="peers")
    assert told["state_counts"] == {"down": COUNT}
    monitor.close()

    monitor = Monitor(bus, "--json", device)
    few = [peer(number) for number in range(3)]
    wgnld.declare(own(device, crowd, few))
    monitor.until(event="applied", ok=True)
    bus.until(lambda: wgnld.device(device, "PeersListed"), "few enough")
    wgnld.declare(own(device, crowd, [*few, peer(5)]))
    seen = monitor.until(event="appeared")
    assert seen["name"] == "peer-5"
    monitor.close()
