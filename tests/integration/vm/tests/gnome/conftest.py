# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures of the tests at the desktop: two users, one of whom sits in front of GNOME Settings."""

from pathlib import Path

import pytest

import lab
from desktop import Desktop, Login, User
from settings import Settings

PICTURES = Path("/run/wgnl-vm/out/pictures")


@pytest.fixture(scope="session")
def network_manager():
    lab.run("modprobe", "wireguard")
    lab.run("systemctl", "start", "NetworkManager", "wgnld", "wgnl-nm")


@pytest.fixture(scope="session")
def desktop(network_manager):
    PICTURES.mkdir(parents=True, exist_ok=True)
    made = Desktop(User("alice"), 1, PICTURES)
    yield made
    made.session.close()


@pytest.fixture(scope="session")
def settings(desktop):
    return Settings(desktop)


@pytest.fixture(scope="session")
def other(desktop):
    """Another user, whose session is on the next terminal, behind the first one's."""
    made = Login(User("bob"), 2)
    made.run("true")  # has logged in: without terminals whoever does is in front
    desktop.session.come_to_front()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def last_picture(request):
    """What was to be seen at the end of each test, however it ended."""
    yield
    if "desktop" in request.fixturenames:
        request.getfixturevalue("desktop").picture(f"end of {request.node.name}")
