# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures of the machine's tests: real networkd, real module, installed packages."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import lab  # noqa: E402
from joined import Joined  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "last: leaves a machine that nobody would use again")
    config.addinivalue_line("markers", "bus: about the system bus; runs beside dbus-broker as well")
    config.addinivalue_line("markers", "smoke: of the short set that shows that a machine works")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


class World(Joined):
    """A hub with three spokes; the third is passive: the hub's file has no Endpoint= for it."""

    def __init__(self):
        self.hub = lab.Hub()
        super().__init__("wg0", [lab.Spoke(1, self.hub.keys.public),
                                 lab.Spoke(2, self.hub.keys.public),
                                 lab.Spoke(3, self.hub.keys.public, passive=True)])

    def sections(self, **changed):
        """The file's peer sections; `s1={…}` changes lines of a spoke's, `s1=None` leaves it out."""
        return [spoke.section(**(changed.get(spoke.netns) or {})) for spoke in self.spokes
                if changed.get(spoke.netns, {}) is not None]

    def begin(self):
        self.hub.write(*self.sections())
        self.hub.write_network()
        lab.run("networkctl", "reload")
        lab.eventually(lambda: Path("/sys/class/net/wg0").exists(), "networkd creates wg0")
        lab.eventually(lambda: all(map(self.live, self.spokes)), "networkd configures wg0")
        for spoke in self.spokes:
            if spoke.passive:
                spoke.call_again()
        self.settle()

    def close(self):
        if self.hub.netdev.exists():
            self.hub.mask()  # believed at once, which a file that is gone is not
        lab.run("networkctl", "delete", "wg0", check=False)
        lab.run("ip", "link", "del", "wg0", check=False)
        self.leave()
        lab.eventually(lambda: "wg0" not in lab.run("wgnl", "status"), "wgnld forgets wg0")
        self.hub.remove()
        lab.run("networkctl", "reload")


@pytest.fixture(scope="session")
def daemons():
    """The packages start them; a machine without them tests nothing."""
    lab.run("modprobe", "wireguard")
    lab.NETWORK.mkdir(exist_ok=True)
    lab.run("systemctl", "start", "systemd-networkd", "wgnld", "wgnl-networkd")


@pytest.fixture
def quiet_world(daemons):
    """One whose hub has not been configured yet."""
    made = World()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def world(quiet_world):
    quiet_world.begin()
    return quiet_world
