# SPDX-License-Identifier: LGPL-2.1-or-later
"""For every test in the machine: a failure shows the journal and the state of the network."""

import subprocess
import time

import pytest

STATE = ["ip -brief address", "wg show all", "networkctl --no-pager list", "systemctl --failed"]
started = pytest.StashKey[float]()


def output_of(command):
    """What a command says, also when it fails."""
    done = subprocess.run(
        command, shell=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60
    )
    return done.stdout


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    item.stash[started] = time.time()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and started in item.stash:
        since = f"journalctl --no-pager -q -o short-monotonic -n 200 --since=@{item.stash[started]:.6f}"
        report.sections.append(("journal since the test began", output_of(since)))
        for command in STATE:
            report.sections.append((command, output_of(command)))
