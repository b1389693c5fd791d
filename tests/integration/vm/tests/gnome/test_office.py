# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole life of one tunnel in GNOME Settings: each test goes on where the one before ended."""

import lab
import pytest
from profiles import delete_all, meaning, profile, profiles, quick_file, value
from settings import IMPORT_ROW

NAME = "My Office VPN (Zürich) – 2026"


class Office:
    """The file that a user was given, and who answers at the other end."""

    def __init__(self, user):
        self.keys = lab.Keys()
        self.spoke = lab.Spoke(1, self.keys.public, psk=lab.genpsk())
        self.file = user.put(f"{NAME}.conf", quick_file(self.keys, self.spoke))

    @property
    def device(self):
        return value(NAME, "interface-name")

    def in_kernel(self):
        return lab.dump(self.device)[self.spoke.keys.public]

    def state(self):
        return lab.state(self.spoke.keys.public, self.device)


@pytest.fixture(scope="module")
def office(desktop):
    delete_all()
    made = Office(desktop.user)
    yield made
    made.spoke.close()


def devices():
    return {line.split()[0] for line in lab.run("ip", "-brief", "link").splitlines()}


def test_import_from_file(settings, office):
    settings.import_file(IMPORT_ROW, office.file)
    assert [(one.name, one.type) for one in profiles()] == [(NAME, "wireguard")]
    assert value(NAME, "permissions") == "user:alice:;"
    assert value(NAME, "autoconnect") == "false"
    assert value(NAME, "preshared-key-flags") == "0"
    assert value(NAME, "org.wgnl.left-out").endswith(" PostUp=")
    assert office.device not in devices()


def test_switch_on(settings, office):
    settings.switch(NAME, on=True, done=lambda: office.device in devices())
    pings = lab.Pings(office.spoke.inside)
    lab.eventually(lambda: office.in_kernel()["handshake"], "a handshake")
    lab.eventually(lambda: office.state() == "established", "busctl says established")
    settings.desktop.picture("switched on")
    pings.finish()
    assert lab.device_property("Source", office.device) == "NetworkManager"
    origin = lab.device_property("Origin", office.device)
    assert origin.startswith("/org/freedesktop/NetworkManager/Settings/")


def test_edit_while_it_runs(settings, office):
    index = lab.run("cat", f"/sys/class/net/{office.device}/ifindex")
    before, pings = office.in_kernel(), lab.Pings(office.spoke.inside)
    window = settings.options(NAME)
    settings.set_keepalive(17)
    assert office.in_kernel()["keepalive"] == before["keepalive"] == "25"
    settings.apply(window)
    lab.eventually(lambda: office.in_kernel()["keepalive"] == "17", "the kernel has the edit")
    counted = pings.finish()
    assert counted.lost == 0, counted
    assert counted.received > 0
    assert office.in_kernel()["psk"] == before["psk"]
    assert value(NAME, "persistent-keepalive") == "17"
    assert lab.run("cat", f"/sys/class/net/{office.device}/ifindex") == index


def test_another_user(settings, office, other):
    """NetworkManager shows a private profile to nobody else, and so does wgnl: others see that there
    is a device of this machine. Secrets are shown to nobody."""
    uuid = profile(NAME).uuid
    assert other.run("loginctl", "show-session", "self", "-P", "Active").strip() == "no"
    assert uuid not in other.run("nmcli", "--fields", "UUID", "connection", "show")
    origin = lab.device_property("Origin", office.device)
    said = other.run("busctl", "call", "org.freedesktop.NetworkManager", origin,
                     "org.freedesktop.NetworkManager.Settings.Connection", "GetSettings",
                     check=False)
    assert "permission" in said
    state = ("busctl", "get-property", lab.BUS,
             lab.peer_path(office.device, office.spoke.keys.public), f"{lab.BUS}.Peer", "State")
    assert "Access denied" in other.run(*state, check=False)
    whose = settings.desktop.session
    assert whose.run(*state).strip() == 's "established"'
    everything = [user.run("busctl", "call", lab.BUS, lab.device_path(office.device),
                           "org.freedesktop.DBus.Properties", "GetAll", "s", f"{lab.BUS}.Device")
                  for user in (other, whose)]
    for said in everything:
        assert office.keys.private not in said and office.spoke.psk not in said
    assert office.spoke.keys.public not in everything[0]


def test_switch_off(settings, office):
    settings.switch(NAME, on=False, done=lambda: office.device not in devices())
    settings.desktop.picture("switched off")


def test_convert_and_import_again(settings, office, tmp_path):
    before, written = meaning(NAME), tmp_path / office.file.name
    lab.run("wgnl", "convert", profile(NAME).uuid, written)
    settings.remove(NAME)
    lab.eventually(lambda: not profiles(), "the profile is deleted")
    office.file = settings.desktop.user.put(office.file.name, written.read_text())
    settings.import_file(IMPORT_ROW, office.file)
    assert meaning(NAME) == before
    settings.switch(NAME, on=True, done=lambda: office.device in devices())
    lab.eventually(lambda: office.in_kernel()["handshake"], "a handshake")
    settings.switch(NAME, on=False, done=lambda: office.device not in devices())
    settings.remove(NAME)
    lab.eventually(lambda: not profiles(), "the profile is deleted")
