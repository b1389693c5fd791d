# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files of any name into a real NetworkManager, through nmcli and the plugin."""
import configparser
import random
import re

import pytest
from a_profile import CONF, NAME, PEER, PRESHARED, PRIVATE, uuid_in
from conftest import sanitized
from network_manager import PLUGIN, NetworkManager

# A sanitizer has to come before all else in a process, and these processes are other people's.
pytestmark = pytest.mark.skipif(sanitized(PLUGIN), reason="the plugin is built for a sanitizer")

# With lines that NetworkManager does not carry out.
WHOLE = CONF.replace("\n[Peer]", """PostUp = curl -u name:hunter2 https://example.org
SaveConfig = true

[Peer]""")


@pytest.fixture(scope="module")
def manager(tmp_path_factory):
    with NetworkManager(tmp_path_factory.mktemp("nm")) as running:
        yield running


@pytest.fixture
def write(tmp_path):
    def file(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path
    return file


def take(manager, path):
    """What `nmcli connection import` did with the file."""
    return manager.run("nmcli", "connection", "import", "type", "wgnl", "file", path)


def taken(manager, path):
    """The UUID of the new profile, and what was said besides."""
    done = take(manager, path)
    assert done.returncode == 0, done.stderr
    return uuid_in(done.stdout.decode()), done.stderr.decode()


def stored(manager, uuid):
    """The key file that NetworkManager wrote."""
    for path in manager.profiles.iterdir():
        parser = configparser.RawConfigParser(delimiters="=", interpolation=None)
        parser.optionxform = str
        parser.read(path)
        if parser["connection"]["uuid"] == uuid:
            return path, parser
    raise AssertionError(f"no profile {uuid}")


def test_a_long_name_becomes_a_native_profile(manager, write):
    uuid, _ = taken(manager, write(f"{NAME}.conf", WHOLE))
    path, profile = stored(manager, uuid)
    assert path.name == f"{NAME}.nmconnection"
    assert path.stat().st_mode & 0o777 == 0o600
    connection = profile["connection"]
    assert connection["id"] == NAME
    assert connection["type"] == "wireguard"
    assert connection["autoconnect"] == "false"
    assert re.fullmatch(r"my-office-[a-z0-9]{4}", connection["interface-name"])
    assert profile["wireguard"]["private-key"] == PRIVATE
    assert profile["wireguard"]["listen-port"] == "51821"
    assert dict(profile[f"wireguard-peer.{PEER}"]) == {
        "endpoint": "vpn.example.org:51820", "preshared-key": PRESHARED,
        "preshared-key-flags": "0", "persistent-keepalive": "25",
        "allowed-ips": "10.0.0.0/24;fd00::/64;"}
    assert profile["ipv4"]["dns-search"] == "corp.example;"
    assert "vpn" not in profile


def test_nmcli_lists_it_and_does_not_connect(manager, write):
    uuid, _ = taken(manager, write("not connected.conf", WHOLE))
    shown = manager.nmcli("-t", "-f", "UUID,TYPE,AUTOCONNECT,ACTIVE", "connection", "show")
    assert f"{uuid}:wireguard:no:no" in shown.splitlines()
    assert PRIVATE in manager.nmcli("-s", "connection", "show", uuid)
    assert PRIVATE not in manager.nmcli("connection", "show", uuid)


def test_every_line_that_is_left_out_is_named(manager, write):
    uuid, said = taken(manager, write("commands.conf", WHOLE))
    assert "commands.conf:7: warning: PostUp= is left out and never run" in said
    assert "commands.conf:8: warning: SaveConfig= is left out" in said
    assert "hunter2" not in said
    _, profile = stored(manager, uuid)
    assert profile["user"]["org.wgnl.left-out"] == (
        "commands.conf:7: PostUp=; commands.conf:8: SaveConfig=")


def test_nothing_is_said_of_a_file_that_is_taken_whole(manager, write):
    _, said = taken(manager, write("whole.conf", f"[Interface]\nPrivateKey = {PRIVATE}\n"))
    assert said == ""


@pytest.mark.parametrize("text, said", [
    ("[Interface]\nListenPort = 99999\n",
     "bad.conf:2: ListenPort=99999 is not a port from 1 to 65535; write its number"),
    ("[Interface]\nPrivateKey = short\n", "bad.conf:2: PrivateKey= cannot be read"),
    (f"[Interface]\nPrivateKey = {PRIVATE}\n[Peer]\nEndpoint = a\n",
     "bad.conf:4: Endpoint=a has no port; write host:port"),
    (f"[Interface]\nPrivateKey = {PRIVATE}\nJc = 4\n", "bad.conf:3: Jc= is a setting of AmneziaWG"),
    ("root:x:0:0:root:/root:/bin/bash\n", "bad.conf:1: a setting stands before any section"),
    ("", "bad.conf: it says nothing"),
])
def test_a_mistake_is_named_with_file_and_line(manager, write, text, said):
    before = set(manager.profiles.iterdir())
    done = take(manager, write("bad.conf", text))
    assert done.returncode == 1
    assert said in done.stderr.decode()
    assert PRIVATE not in done.stderr.decode()
    assert set(manager.profiles.iterdir()) == before


def test_the_native_importer_takes_no_such_name(manager, write):
    """What the plugin is for; if NetworkManager ever learns it, the README has to say so."""
    path = write(f"{NAME}.conf", WHOLE)
    done = manager.run("nmcli", "connection", "import", "type", "wireguard", "file", path)
    assert done.returncode == 1
    assert b"must be a valid interface name" in done.stderr


def test_a_second_import_is_a_profile_of_its_own(manager, write):
    path = write("again.conf", f"[Interface]\nPrivateKey = {PRIVATE}\n")
    profiles = [stored(manager, taken(manager, path)[0])[1]["connection"] for _ in range(2)]
    assert profiles[0]["uuid"] != profiles[1]["uuid"]
    assert {profile["interface-name"] for profile in profiles} == {"again"}


def test_a_name_in_use_is_not_taken(manager, write):
    manager.run("ip", "link", "add", "taken", "type", "veth", "peer", "name", "other")
    uuid, _ = taken(manager, write("taken.conf", f"[Interface]\nPrivateKey = {PRIVATE}\n"))
    assert stored(manager, uuid)[1]["connection"]["interface-name"] == "taken-2"


def mutations(seed):
    """The whole file with bytes changed, cut, put in and doubled; and no file at all."""
    rng = random.Random(seed)
    whole = WHOLE.encode()
    for _ in range(20):
        text = bytearray(whole)
        for _ in range(rng.randrange(1, 12)):
            at = rng.randrange(len(text))
            text[at:at + rng.choice([0, 1, 30])] = rng.choice(
                [b"", rng.randbytes(1), rng.randbytes(20), b"\0", b"\r\n", b"=", whole[at:at + 99]])
        yield bytes(text)
    for size in (0, 1, 100, 5000):
        yield rng.randbytes(size)


@pytest.mark.parametrize("seed", [20260807])
def test_no_file_makes_nmcli_crash(manager, write, seed):
    for number, text in enumerate(mutations(seed)):
        done = take(manager, write(f"mutation {number}.conf", text))
        assert done.returncode in (0, 1), (seed, number, done)
        assert (done.returncode == 0) == (b"successfully added" in done.stdout), (seed, number)
        assert b"CRITICAL" not in done.stderr, (seed, number, done.stderr)
