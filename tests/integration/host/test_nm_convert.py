# SPDX-License-Identifier: LGPL-2.1-or-later
"""Profiles of a real NetworkManager into files and back, and checked, by UUID and by name."""
import os
import pathlib
import shlex

import command
import pytest
from a_profile import CONF, NAME, PRESHARED, PRIVATE, uuid_in
from conftest import sanitized
from network_manager import PLUGIN, NetworkManager

# A sanitizer has to come before all else in a process, and some of these are other people's.
pytestmark = pytest.mark.skipif(sanitized(PLUGIN), reason="the plugin is built for a sanitizer")

BUILD = pathlib.Path(os.environ["WGNL_BUILD"])
COMPLETION = pathlib.Path(__file__).parents[3] / "cli/completion/wgnl.bash"


@pytest.fixture(scope="module")
def manager(tmp_path_factory):
    with NetworkManager(tmp_path_factory.mktemp("nm")) as running:
        yield running


@pytest.fixture
def wgnl(manager, tmp_path):
    def run(*words, status=0):
        """What it said, on both streams; never a key."""
        done = manager.run(BUILD / "cli/wgnl", *words,
                           env={"WGNL_PROFILE_HELPER":
                                str(BUILD / "plugins/nm/helper/wgnl-nm-profile")})
        said = (done.stdout + done.stderr).decode()
        assert done.returncode == status, said
        assert PRIVATE[:12] not in said and PRESHARED[:12] not in said
        return said
    return run


@pytest.fixture
def profile(manager, tmp_path):
    """The UUID of a profile that was imported; gone after the test."""
    made = []

    def imported(path):
        said = manager.nmcli("connection", "import", "type", "wgnl", "file", path)
        made.append(uuid_in(said))
        return made[-1]

    def make(name=NAME, text=CONF):
        path = tmp_path / f"{name}.conf"
        path.write_text(text)
        path.chmod(0o600)
        return imported(path)
    make.imported = imported
    yield make
    for uuid in made:
        manager.run("nmcli", "connection", "delete", uuid)


def settings(manager, uuid):
    """The profile's key file, without what is new in each: UUID and time."""
    for path in manager.profiles.iterdir():
        text = path.read_text()
        if uuid in text:
            return [line for line in text.splitlines()
                    if not line.startswith(("uuid=", "timestamp="))]
    raise AssertionError(f"no profile {uuid}")


def test_exported_and_imported_again_it_is_the_same_profile(manager, wgnl, profile, tmp_path):
    uuid = profile()
    (tmp_path / "new").mkdir()
    exported = tmp_path / "new" / f"{NAME}.conf"
    assert wgnl("convert", uuid, exported) == ""
    assert exported.stat().st_mode & 0o777 == 0o600
    assert exported.read_text() == CONF
    assert settings(manager, profile.imported(exported)) == settings(manager, uuid)


def test_a_profile_by_its_name(manager, wgnl, profile, tmp_path):
    profile()
    wgnl("convert", NAME, tmp_path / "a.json")
    assert PRESHARED in (tmp_path / "a.json").read_text()
    said = wgnl("convert", NAME, tmp_path / "b.nmconnection")
    assert "nmcli connection load" in said
    text = (tmp_path / "b.nmconnection").read_text()
    assert f"preshared-key={PRESHARED}\npreshared-key-flags=0\n" in text


def test_status_takes_the_name_of_a_profile_or_of_its_file(manager, wgnl, profile, tmp_path):
    """Whoever clicked it knows its name, and not the device's."""
    uuid = profile()
    device = manager.nmcli("-g", "connection.interface-name", "connection", "show", uuid).strip()
    wgnl("convert", NAME, tmp_path / f"{device}.conf")
    said = wgnl("status", NAME, status=1)
    assert f"there is no WireGuard device {NAME}" in said
    assert manager.run("wireguard-go", device).returncode == 0
    try:
        for name in (NAME, uuid, device, tmp_path / f"{device}.conf"):
            assert f"{device} (" in wgnl("status", name)
            assert f"{device} (" in wgnl("show", name)
    finally:
        manager.run("ip", "link", "delete", device)


def test_a_name_that_is_none_or_two(wgnl, profile, tmp_path):
    uuids = [profile(), profile("Other"), profile("Other")]
    said = wgnl("check", NAME.lower()[:20], status=1)
    assert "there is no such file, and NetworkManager shows you no WireGuard profile" in said
    assert f"did you mean {NAME} ({uuids[0]})" in said
    said = wgnl("convert", "Other", tmp_path / "a.json", status=1)
    assert "there are 2 of that name" in said
    assert uuids[1] in said and uuids[2] in said


def test_what_a_conf_cannot_say_is_named(manager, wgnl, profile, tmp_path):
    uuid = profile()
    manager.nmcli("connection", "modify", uuid, "connection.autoconnect", "yes",
                  "connection.zone", "work", "connection.permissions", "user:root",
                  "ipv4.routes", "10.9.0.0/16")
    said = wgnl("convert", uuid, tmp_path / "new.conf", status=1)
    assert f'"{NAME}.conf"' in said
    (tmp_path / "new").mkdir()
    said = wgnl("convert", uuid, tmp_path / "new" / f"{NAME}.conf")
    for what in ("connection.autoconnect", "connection.zone", "connection.permissions",
                 "ipv4.routes"):
        assert f"{NAME} ({uuid}): {what}: note: " in said


def test_check_of_a_sound_profile(wgnl, profile):
    assert wgnl("check", profile()) == ""


class Cautious(NetworkManager):
    """It gives secrets to root alone."""

    def write_files(self):
        super().write_files()
        config = self.folder / "nm.conf"
        config.write_text(config.read_text().replace("auth-polkit=false", "auth-polkit=root-only"))


@pytest.fixture
def cautious(tmp_path):
    with Cautious(tmp_path) as running:
        yield running


def test_who_may_not_have_the_keys_is_told_so(cautious, tmp_path):
    (tmp_path / "Office.conf").write_text(CONF)
    cautious.nmcli("connection", "import", "type", "wgnl", "file", tmp_path / "Office.conf")
    helper = {"WGNL_PROFILE_HELPER": str(command.program("plugins/nm/helper/wgnl-nm-profile"))}
    nobody = (*command.NOBODY, command.program())
    done = cautious.run(*nobody, "convert", "Office", "/tmp/never.json", env=helper)
    assert done.returncode == 1
    assert "wgnl: convert Office: the keys are not for you to read: " in done.stderr.decode()
    assert not pathlib.Path("/tmp/never.json").exists()
    done = cautious.run(*nobody, "check", "Office", env=helper)
    assert done.returncode == 0, done
    said = done.stdout.decode()
    assert "Office: note: the keys are not checked: " in said
    assert "key cannot be read" not in said


def test_check_compares_with_the_other_profiles(manager, wgnl, profile):
    uuid, other = profile(), profile("Other")
    said = wgnl("check", uuid, status=3)
    assert f"listen-port=51821 is also that of the profile Other ({other})" in said
    assert f"nmcli connection modify {uuid} wireguard.listen-port 0" in said
    manager.nmcli("connection", "modify", uuid, "wireguard.listen-port", "0",
                  "wireguard.mtu", "1200")
    assert "mtu=1200 is less than 1280" in wgnl("check", uuid, status=3)


def test_the_mtu_of_the_route_is_looked_at(manager, wgnl, profile):
    for words in ("link add wan mtu 1492 type veth peer name wan-end", "link set wan-end up",
                  "address add 192.0.2.2/24 dev wan", "link set wan up"):
        assert manager.run("ip", *words.split()).returncode == 0, words
    text = CONF.replace("vpn.example.org", "192.0.2.1").replace("MTU = 1400", "MTU = 1420")
    uuid = profile("Narrow", text)
    said = wgnl("check", uuid, status=3)
    assert "an MTU of 1420 does not fit through the way to an endpoint, which leaves 1412" in said
    manager.nmcli("connection", "modify", uuid, "wireguard.mtu", "1412")
    assert wgnl("check", uuid) == ""


def test_its_name_and_uuid_are_completed(manager, profile):
    uuid = profile()
    manager.nmcli("connection", "add", "type", "dummy", "ifname", "dummy7", "con-name", "My dummy")

    def offered(*words):
        script = ("complete() { :; }; . \"$1\"; shift; COMP_WORDS=(wgnl \"$@\"); COMP_CWORD=$#;"
                  "_wgnl wgnl \"${@: -1}\"; printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = manager.run("bash", "-c", script, "bash", COMPLETION, *words)
        return shlex.split(done.stdout.decode())  # each is quoted as one word
    assert offered("check", "My") == [NAME]
    assert offered("convert", uuid[:9]) == [uuid]
    assert offered("convert", uuid, "My") == []
    manager.nmcli("connection", "delete", "My dummy")
