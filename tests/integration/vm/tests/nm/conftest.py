# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures of the tests beside NetworkManager: a world on it alone, and the same one with wgnl."""

import pytest

import lab
from nm_lab import Nm, NmWorld, Service

UNITS = ("wgnl-nm", "wgnld")


def pytest_collection_modifyitems(items):
    """Those on NetworkManager alone come first: the daemons are started once."""
    items.sort(key=lambda item: "without_wgnl" not in item.fixturenames)


class Daemons:
    """wgnl's, which run or do not run."""

    def __init__(self):
        self.running = None

    def run(self, wanted):
        """Masked they are not started by the bus either."""
        if self.running == wanted:
            return
        if wanted:
            lab.run("systemctl", "unmask", "--runtime", *UNITS)
            lab.run("systemctl", "start", *reversed(UNITS))
        else:
            lab.run("systemctl", "mask", "--runtime", "--now", *UNITS)
        self.running = wanted


@pytest.fixture(scope="session")
def network_manager():
    lab.run("modprobe", "wireguard")
    service = Service()
    yield service
    service.close()


@pytest.fixture(scope="session")
def wgnl_daemons():
    made = Daemons()
    yield made
    lab.run("systemctl", "unmask", "--runtime", *UNITS)


@pytest.fixture
def nm(network_manager):
    made = Nm()
    yield made
    made.close()


@pytest.fixture
def quiet_world(nm):
    """One whose profile NetworkManager does not have yet."""
    made = NmWorld(nm)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def without_wgnl(wgnl_daemons, quiet_world):
    """NetworkManager alone."""
    wgnl_daemons.run(False)
    quiet_world.begin()
    return quiet_world


@pytest.fixture
def with_wgnl(wgnl_daemons, quiet_world):
    """NetworkManager, wgnld and wgnl-nm, which has declared the device."""
    wgnl_daemons.run(True)
    quiet_world.begin()
    lab.eventually(quiet_world.is_declared, "wgnl-nm declares it")
    return quiet_world
