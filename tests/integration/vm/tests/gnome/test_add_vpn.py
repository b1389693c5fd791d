# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every way that "Add VPN" offers: none of them leaves a profile that nothing can start."""

import lab
import pytest
from profiles import delete_all, lines, profile, profiles, quick_file
from settings import GNOMES_ROW, IMPORT_ROW, OUR_ROW

NAME = "Branch office, 2nd floor"


@pytest.fixture(scope="module")
def file(desktop):
    """To import; a machine without profiles."""
    delete_all()
    keys = lab.Keys()
    spoke = lab.Spoke(2, keys.public, psk=lab.genpsk())
    yield desktop.user.put(f"{NAME}.conf", quick_file(keys, spoke))
    spoke.close()


def test_the_list(settings, file):
    window = settings.add_vpn()
    settings.desktop.picture("ways to add a VPN")
    rows = settings.desktop.look().find("list item", below=window)
    assert {row.name for row in rows} == {OUR_ROW, GNOMES_ROW, IMPORT_ROW}
    cancel(settings, window)


def cancel(settings, window):
    settings.desktop.press(settings.desktop.find("button", "Cancel", below=window))
    settings.gone(window.role, window.name)
    assert profiles() == []


@pytest.mark.parametrize("way", [OUR_ROW, IMPORT_ROW])
def test_a_way_that_imports(settings, file, way):
    settings.import_file(way, file)
    assert [(one.name, one.type) for one in profiles()] == [(NAME, "wireguard")]
    assert not [line for line in lines(NAME) if line.startswith("[vpn")]
    lab.run("nmcli", "connection", "delete", profile(NAME).uuid)
    settings.gone("check box", NAME)


def test_a_chooser_that_is_cancelled(settings, file):
    settings.way(OUR_ROW)
    chooser = settings.desktop.find("dialog", "Select file to import")
    settings.desktop.picture("chooser before Cancel")
    cancel(settings, chooser)
    cancel(settings, settings.desktop.find("frame", "Add VPN"))


def test_gnomes_own_editor(settings, file):
    settings.way(GNOMES_ROW)
    settings.desktop.find("page tab", "WireGuard")
    window = settings.desktop.find("frame", "Add VPN")
    settings.page("WireGuard")
    settings.desktop.picture("GNOME's own editor")
    add = settings.desktop.find("button", "Add", below=window)
    assert "sensitive" not in add.states
    cancel(settings, window)
