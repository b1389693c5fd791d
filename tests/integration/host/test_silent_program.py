# SPDX-License-Identifier: LGPL-2.1-or-later
"""A userspace program that is stopped: its device says so, and the others do not wait for it."""
import os
import pathlib
import signal

import pytest

from conftest import Keys
from test_wgnld import sync


def program_of(device):
    """The process that serves the device."""
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"wireguard-go") and device.encode() in words:
            return int(path.parent.name)
    raise AssertionError(f"nobody serves {device}")


@pytest.fixture
def stopped(wgnld, here, device):
    """A declared device whose program is stopped, and how to continue it."""
    name = device.replace("wg", "ws")
    here.wireguard(name, Keys())
    wgnld.declare(sync(name, []))
    pid = program_of(name)
    os.kill(pid, signal.SIGSTOP)
    yield name, lambda: os.kill(pid, signal.SIGCONT)
    os.kill(pid, signal.SIGCONT)


def problems(wgnld, device):
    return [text for _, _, text in wgnld.device(device, "Problems")]


def test_a_stopped_program_is_a_problem_of_its_device_alone(wgnld, bus, here, device, stopped):
    name, go_on = stopped
    wgnld.root.declare(sync(name, [{"public_key": Keys().public}]))
    bus.until(lambda: any("does not answer" in text and "kill -CONT" in text
                          for text in problems(wgnld, name)), "it is said")
    here.wireguard(device, Keys())
    peer = {"public_key": Keys().public, "allowed_ips": ["10.1.0.0/16"]}
    wgnld.declare(sync(device, [peer]))
    assert here.dump(device)[peer["public_key"]][2] == "10.1.0.0/16"
    assert problems(wgnld, device) == []

    go_on()

    bus.until(lambda: wgnld.device(name, "InSync") and not problems(wgnld, name), "it is served again")
    assert len(here.dump(name)) == 1
