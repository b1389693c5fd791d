# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random arguments for every method: each call ends in an answer or an error with a name that says
what it is, and the daemon lives on, with as many descriptors as before and about as much memory.
"""
import json
import os
import pathlib
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from caller import DEVICE, NAME, PEER, ROOT
from conftest import DEADLINE, Keys, sanitized
from test_wgnld import own, sync

SCRIPT = pathlib.Path(__file__).parent / "random_calls.py"
SEEDS = {"root": range(5), "nobody": range(5)}
CALLS = 1000  # of each seed


def descriptors(wgnld):
    return len(os.listdir(f"/proc/{wgnld.pid()}/fd"))


def resident(wgnld):
    """Kilobytes of memory of the daemon's own: not those of files."""
    status = pathlib.Path(f"/proc/{wgnld.pid()}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("RssAnon")).split()[1])


def introspected(wgnld, path):
    text = wgnld.root.call(path, "org.freedesktop.DBus.Introspectable", "Introspect")
    return [[path, interface.get("name"), method.get("name"),
             [arg.get("type") for arg in method.findall("arg") if arg.get("direction") != "out"]]
            for interface in ElementTree.fromstring(text).findall("interface")
            for method in interface.findall("method")]


def random_calls(wgnld, user, seed, methods, hints):
    """Makes them with the rights of that user: how often which error came."""
    request = {"address": wgnld.bus.address, "seed": seed, "calls": CALLS, "methods": methods,
               "hints": hints}
    done = subprocess.run(
        ["setpriv", f"--reuid={user}", "--clear-groups", "/usr/bin/python3", "-B", SCRIPT],
        input=json.dumps(request), text=True, capture_output=True, timeout=DEADLINE, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def declaration(device):
    return own(device, Keys(), [{"public_key": Keys().public, "name": "peer"}])


@pytest.fixture
def methods(wgnld, here, device, declaration):
    """Every method of every kind of object: of a declared device, its peer, one that is foreign."""
    foreign = device.replace("wg", "wf")
    here.wireguard(foreign, Keys())
    wgnld.declare(declaration)
    wgnld.bus.until(lambda: len(wgnld.root.manager("ListDevices")) == 2, "both are there")
    paths = [ROOT, wgnld.path(device), wgnld.path(foreign), wgnld.peer_path(device, "peer")]
    found = [method for path in paths for method in introspected(wgnld, path)]
    assert {interface for _, interface, _, _ in found} >= {NAME + ".Manager", DEVICE,
                                                           "org.freedesktop.DBus.Properties"}
    yield found


@pytest.mark.parametrize("user", SEEDS)
def test_random_arguments_end_in_an_answer_or_a_named_error(wgnld, methods, device, declaration,
                                                            user):
    hints = [device, device.replace("wg", "wf"), "peer", Keys().public, DEVICE, PEER,
             json.dumps(sync(device, []))]
    pid, before = wgnld.pid(), None
    seen = {}
    for seed in SEEDS[user]:
        wgnld.declare(declaration)
        for name, count in random_calls(wgnld, user, seed, methods, hints).items():
            seen[name] = seen.get(name, 0) + count
        wgnld.root.manager("Retain", [device])
        wgnld.root.manager("ListDevices")
        before = before or (descriptors(wgnld), resident(wgnld))

    assert wgnld.pid() == pid
    assert sum(seen.values()) == CALLS * len(SEEDS[user])
    strange = {name for name in seen if not name.startswith(
        ("reply", "org.freedesktop.DBus.Error.", "org.wgnl.WireGuard1.Error."))}
    assert not strange, seen
    assert not set(seen) & {f"org.freedesktop.DBus.Error.{name}" for name in
                            ("NoReply", "Failed", "Disconnected", "LimitsExceeded")}, seen
    assert seen["reply"] > 0 and seen["org.freedesktop.DBus.Error.InvalidArgs"] > 0
    wgnld.bus.until(lambda: descriptors(wgnld) <= before[0] + 4, "descriptors are closed")
    assert resident(wgnld) < before[1] + 16 * 1024 or sanitized(), "kilobytes"
