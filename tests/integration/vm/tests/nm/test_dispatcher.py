# SPDX-License-Identifier: LGPL-2.1-or-later
"""NetworkManager's dispatcher: which actions it has, and that ours has wgnld look again."""

from pathlib import Path

import pytest

import lab

SCRIPT = Path("/etc/NetworkManager/dispatcher.d/99-wgnl-tests")
SEEN = Path("/run/wgnl-tests-actions")


class Reconciles(lab.Signals):
    """Every call that has wgnld look at a device again."""

    def __init__(self):
        self._name = "Reconcile"
        self._match = f"type='method_call',interface='{lab.BUS}.Manager',member='Reconcile'"


@pytest.fixture
def actions():
    """What NetworkManager tells of a device: returns a waiting look at it."""
    SEEN.unlink(missing_ok=True)
    SCRIPT.write_text(f'#!/bin/sh\necho "$1 $2" >>{SEEN}\n')
    SCRIPT.chmod(0o755)
    begin = 0

    def comes(device, action):
        """Behind what came at the last call."""
        nonlocal begin
        line = f"{device} {action}\n"
        lab.eventually(lambda: SEEN.exists() and line in SEEN.read_text()[begin:],
                       f"the dispatcher runs scripts with {action} of {device}")
        begin = SEEN.read_text().index(line, begin) + len(line)
    yield comes
    SCRIPT.unlink()


def test_up_and_reapply_have_wgnld_look_again(with_wgnl, actions):
    world = with_wgnl
    with Reconciles() as told:
        world.nm.reapply(world.profile)
        actions(world.device, "reapply")
        told.next("wgnld is told of the reapply")
        world.nm.deactivate(world.profile)
        actions(world.device, "down")
        world.nm.activate(world.profile)
        actions(world.device, "up")
        told.next("wgnld is told that it is up")


def test_a_wgnld_that_does_not_run_is_not_started(without_wgnl, actions):
    world = without_wgnl
    world.nm.reapply(world.profile)
    actions(world.device, "reapply")
    failed = [line for line in lab.journal("NetworkManager-dispatcher").splitlines()
              if "90-wgnl" in line]
    assert failed == []
    assert lab.main_pid("wgnld") == 0
