# SPDX-License-Identifier: LGPL-2.1-or-later
"""Profiles of the real NetworkManager through `wgnl convert` and `wgnl check`."""

import re
import subprocess
from pathlib import Path

import lab
import pytest
from a_profile import CONF, NAME, uuid_in

STRICT = Path("/proc/sys/net/ipv4/conf/all/rp_filter")

pytestmark = pytest.mark.usefixtures("network_manager")


class Profiles:
    """Those that a test imports, which go with it."""

    def __init__(self, folder):
        self.folder, self.uuids = folder, []

    def write(self, name, text):
        path = self.folder / f"{name}.conf"
        path.write_text(text)
        return path

    def take(self, path):
        said = lab.run("nmcli", "connection", "import", "type", "wgnl", "file", path)
        self.uuids.append(uuid_in(said))
        return self.uuids[-1]

    @staticmethod
    def settings(uuid):
        """All of it with its secrets, but for what is new in each and for who may see it. nmcli is
        asked until it has the key: NetworkManager announces a profile as changed when it is asked for
        its secrets, and libnm forgets those that came before it read the profile again for that."""
        def shown():
            lines = lab.run("nmcli", "--show-secrets", "-t", "connection", "show", uuid).splitlines()
            return lines if "wireguard.private-key:" not in lines else None
        return [line for line in lab.eventually(shown, "nmcli shows the key") if not line.startswith(
            ("connection.uuid:", "connection.timestamp:", "connection.permissions:"))]

    def close(self):
        for uuid in self.uuids:
            lab.run("nmcli", "connection", "delete", uuid, check=False)


@pytest.fixture
def profiles(tmp_path):
    made = Profiles(tmp_path)
    yield made
    made.close()


def said_by(*words, status):
    done = subprocess.run(words, capture_output=True, text=True, timeout=lab.DEADLINE)
    assert done.returncode == status, done
    return done.stdout + done.stderr


def test_a_private_profile_goes_to_a_file_and_back(profiles, tmp_path):
    """GNOME's are private to their user; root has them all."""
    uuid = profiles.take(profiles.write(NAME, CONF))
    lab.run("nmcli", "connection", "modify", uuid, "connection.permissions", "user:games")
    before = profiles.settings(uuid)
    exported = tmp_path / "exported" / f"{NAME}.conf"
    exported.parent.mkdir()
    said = said_by("wgnl", "convert", uuid, str(exported), status=0)
    assert said == (f"{NAME} ({uuid}): connection.permissions: note: connection.permissions is "
                    "left out: only a profile says it\n")
    assert exported.read_text() == CONF
    assert exported.stat().st_mode & 0o777 == 0o600
    assert profiles.settings(profiles.take(exported)) == before


def test_a_second_user_is_shown_nothing_of_it(profiles, tmp_path):
    uuid = profiles.take(profiles.write(NAME, CONF))
    other = ("setpriv", "--reuid=nobody", "--clear-groups", "wgnl")
    never = str(tmp_path / "never.json")
    said = said_by(*other, "convert", uuid, never, status=1)
    assert "the keys are not for you to read" in said  # everybody may see, nobody may have the keys
    lab.run("nmcli", "connection", "modify", uuid, "connection.permissions", "user:games")
    for words in (("convert", NAME, never), ("check", uuid)):
        said = said_by(*other, *words, status=1)
        assert "NetworkManager shows you no WireGuard profile" in said
        assert "did you mean" not in said
    assert not Path(never).exists()


def test_a_strict_filter_cuts_a_full_tunnel_that_nobody_marks(profiles):
    version = tuple(map(int, re.findall(r"\d+", lab.run("nmcli", "--version"))[:2]))
    full = CONF.replace("10.0.0.0/24, fd00::/64", "0.0.0.0/0, ::/0")
    uuid = profiles.take(profiles.write("Full", full))
    before = STRICT.read_text()
    STRICT.write_text("1")
    try:
        if version < (1, 52):
            said = said_by("wgnl", "check", uuid, status=3)
            assert "rp_filter is strict" in said and "src_valid_mark=1" in said
        else:
            assert said_by("wgnl", "check", uuid, status=0) == ""
    finally:
        STRICT.write_text(before)


def test_check_names_a_port_that_another_profile_has(profiles):
    uuid = profiles.take(profiles.write("One", CONF))
    other = profiles.take(profiles.write("Other", CONF))
    said = said_by("wgnl", "check", uuid, status=3)
    assert f"listen-port=51821 is also that of the profile Other ({other})" in said
    command = re.search(r"nmcli connection modify \S+ wireguard.listen-port 0", said).group()
    lab.run(*command.split())
    assert said_by("wgnl", "check", uuid, status=0) == ""
