# SPDX-License-Identifier: LGPL-2.1-or-later
"""The installed importer: a file of wg-quick, whatever its name, becomes a tunnel that works."""

import re
from pathlib import Path

import pytest

import a_profile
import lab

NAME = a_profile.NAME.replace("My", "wgnm")
RAN = Path("/run/wgnl-import-ran")


class Imports:
    """Files that are imported, profiles that are taken away."""

    def __init__(self, folder):
        self.folder, self.profiles = folder, []

    def take(self, name, text):
        """The UUID of the new profile, and all that nmcli said."""
        path = self.folder / f"{name}.conf"
        path.write_text(text)
        said = lab.run("sh", "-c", 'nmcli connection import type wgnl file "$1" 2>&1', "-", path)
        self.profiles.append(a_profile.uuid_in(said))
        return self.profiles[-1], said

    def close(self):
        for profile in self.profiles:
            lab.run("nmcli", "connection", "delete", profile, check=False)


def shown(profile, field):
    return lab.run("nmcli", "-g", field, "connection", "show", profile).strip()


@pytest.fixture
def imports(network_manager, tmp_path):
    made = Imports(tmp_path)
    yield made
    made.close()
    RAN.unlink(missing_ok=True)


@pytest.fixture
def spoke():
    """A host that knows the file's owner; the owner's keys are its `hub`."""
    hub = lab.Keys()
    made = lab.Spoke(1, hub.public, psk=lab.genpsk())
    made.hub = hub
    yield made
    made.close()


def text_for(spoke):
    return (f"[Interface]\nPrivateKey = {spoke.hub.private}\nListenPort = 51820\n"
            f"Address = 10.77.0.1/16, fd77::1/64\nPostUp = touch {RAN}\n\n"
            f"[Peer]\nPublicKey = {spoke.keys.public}\nPresharedKey = {spoke.psk}\n"
            f"AllowedIPs = {spoke.inside}/32\nEndpoint = {spoke.outside}:51820\n")


def test_an_imported_file_is_a_tunnel_that_works(imports, spoke):
    profile, said = imports.take(NAME, text_for(spoke))
    assert ".conf:5: warning: PostUp= is left out and never run" in said
    assert shown(profile, "connection.id") == NAME
    assert shown(profile, "connection.type") == "wireguard"
    device = shown(profile, "connection.interface-name")
    assert re.fullmatch(r"wgnm-offic-[a-z0-9]{4}", device)

    # It does not connect by itself: NetworkManager has decided that once it answers again.
    assert shown(profile, "connection.autoconnect") == "no"
    assert shown(profile, "GENERAL.STATE") == ""
    assert not Path(f"/sys/class/net/{device}").exists()

    lab.run("nmcli", "connection", "up", profile)
    lab.eventually(lambda: "1 received" in lab.run("ping", "-n", "-c", "1", "-W", "1", spoke.inside,
                                                   check=False), "the spoke answers")
    peer = lab.dump(device)[spoke.keys.public]
    assert peer["handshake"] > 0
    assert peer["psk"] == spoke.psk
    assert not RAN.exists()


def test_a_second_import_beside_the_first_is_another_interface(imports, spoke):
    first, _ = imports.take("wgnm7", text_for(spoke))
    assert shown(first, "connection.interface-name") == "wgnm7"
    lab.run("nmcli", "connection", "up", first)
    second, _ = imports.take("wgnm7", text_for(spoke))
    assert shown(second, "connection.interface-name") == "wgnm7-2"


def test_a_file_with_a_mistake_leaves_nothing_behind(imports, spoke, tmp_path):
    before = lab.run("nmcli", "-g", "UUID", "connection", "show")
    path = tmp_path / "wgnm bad.conf"
    path.write_text(text_for(spoke).replace("51820\nAddress", "x\nAddress"))
    said = lab.run("sh", "-c", 'nmcli connection import type wgnl file "$1" 2>&1; echo "status $?"',
                   "-", path)
    assert "wgnm bad.conf:3: ListenPort=x is not a port from 1 to 65535" in said
    assert "status 1" in said
    assert lab.run("nmcli", "-g", "UUID", "connection", "show") == before
