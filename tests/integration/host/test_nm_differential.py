# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same file for NetworkManager's own importer and for the plugin: both take it with the same
profile, or both refuse it, but for the table in plugins/nm/import/README.md.
"""
import os
import pathlib
import random
import re

import gi
import nm_differences as differences
import pytest
from conftest import TOP, sanitized
from network_manager import PLUGIN
from test_configuration import corpus

gi.require_version("NM", "1.0")
from gi.repository import GLib, NM  # noqa: E402

# A sanitizer has to come before all else in a process, and these processes are other people's.
pytestmark = pytest.mark.skipif(sanitized(PLUGIN), reason="the plugin is built for a sanitizer")

README = TOP / "plugins/nm/import/README.md"
LEFT_OUT = "org.wgnl.left-out"
COMMAND = re.compile(rb"^[ \t]*(Pre|Post)(Up|Down)[ \t]*=[ \t]*[^\s#]|^[ \t]*SaveConfig[ \t]*=[ \t]*true",
                     re.IGNORECASE | re.MULTILINE)
GENERATED = 1500


class Importers:
    """Both, on one file."""

    def __init__(self, folder):
        self.folder = folder
        build = pathlib.Path(os.environ["WGNL_BUILD"])
        self.plugin = NM.VpnEditorPlugin.load(str(build / PLUGIN), "import")

    def file(self, text, name="wgdiff0.conf"):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def theirs(self, text, name="wgdiff0.conf"):
        return self.answer(NM.conn_wireguard_import, self.file(text, name))

    def ours(self, text, name="wgdiff0.conf"):
        """Without what every profile of ours has: it is looked at here."""
        answer = self.answer(self.plugin.import_, self.file(text, name))
        if isinstance(answer, dict):
            assert answer["connection"].pop("autoconnect") is False
            has_commands = COMMAND.search(text if isinstance(text, bytes) else text.encode())
            user = answer.pop("user", {}).get("data", {})
            assert set(user) == ({LEFT_OUT} if has_commands else set()), text
        return answer

    @staticmethod
    def answer(take, path):
        """The settings of the profile, secrets included; a text if it was refused."""
        try:
            profile = take(path)
        except GLib.Error as error:
            return error.message
        assert profile.verify()
        settings = profile.to_dbus(NM.ConnectionSerializationFlags.ALL).unpack()
        del settings["connection"]["uuid"]
        return settings


@pytest.fixture
def importers(tmp_path):
    return Importers(tmp_path)


def require_same(ours, theirs, text):
    if isinstance(theirs, dict):
        assert ours == theirs, text
    else:
        assert isinstance(ours, str), (theirs, text)


def test_the_table_names_every_difference():
    table = set(re.findall(r"^\| `([a-z-]+)` \|", README.read_text(), re.MULTILINE))
    shown = {name for name, _, _ in differences.cases()} | differences.OF_THE_PROFILE
    assert table == shown
    assert set(differences.CORPUS.values()) <= table


@pytest.mark.parametrize("name, text, same", list(differences.cases()), ids=differences.names())
def test_a_difference_is_what_the_table_says(importers, name, text, same):
    ours, theirs = importers.ours(text), importers.theirs(text)
    if text == differences.interface("FwMark = 0xffffffff"):
        assert isinstance(theirs, str) and ours["wireguard"]["fwmark"] == 0xffffffff
    elif same is None:
        assert isinstance(theirs, dict), f"NetworkManager refuses it too: {theirs}"
        assert isinstance(ours, str) and ours.startswith("wgdiff0.conf:"), ours
    else:
        assert ours != theirs, "there is no difference"
        assert ours == importers.theirs(same)


@pytest.mark.parametrize("file", corpus(), ids=lambda file: file.stem)
def test_they_read_the_corpus_the_same(importers, file):
    text = file.read_bytes()
    ours, theirs = importers.ours(text), importers.theirs(text)
    if file.stem in differences.CORPUS:
        assert (ours != theirs) and (isinstance(ours, dict) or isinstance(theirs, dict))
    else:
        require_same(ours, theirs, text)


@pytest.mark.parametrize("name, shown", [
    ("My Office VPN (Zürich) – 2026.conf", "My Office VPN (Zürich) – 2026"),
    ("sixteen-letters.1.conf", "sixteen-letters.1"), ("no extension", "no extension"),
    ("büro.conf", "büro"),
])
def test_the_name_of_a_file_is_all_that_differs(importers, name, shown):
    text = differences.peer("AllowedIPs = 10.0.0.0/8")
    ours, theirs = importers.ours(text, name), importers.theirs(text)
    assert ours["connection"].pop("id") == shown
    assert NM.utils_is_valid_iface_name(ours["connection"].pop("interface-name"))
    del theirs["connection"]["id"], theirs["connection"]["interface-name"]
    assert ours == theirs


PLAIN = {
    "interface": {
        "PrivateKey": [differences.PRIVATE],
        "ListenPort": ["51820", "0", "0070"],
        "FwMark": ["off", "7", "0x7f", "0"],
        "Address": ["10.0.0.1/24", "fd00::1/64", "10.0.0.1, FD00::1", "10.0.0.1/0,fd00::2/128", ""],
        "MTU": ["68", "1280", "1420", "65535"],
        "DNS": ["10.0.0.1", "fd00::1, 10.0.0.2", "example.org", "10.0.0.1,corp.example,b.example",
                "~corp.example, ::1", ""],
        "Table": ["auto", "off", "7", "0x3e8", "254"],
        "PostUp": ["echo a = b; true", "x"],
        "PreDown": ["ip rule add table 7"],
        "SaveConfig": ["true", "false"],
    },
    "peer": {
        "PresharedKey": [differences.PEERS[2]],
        "Endpoint": ["192.0.2.1:7", "[2001:db8::1]:8", "vpn.example.org:51820", "localhost:1"],
        "PersistentKeepalive": ["off", "0", "25", "065", "65535"],
    },
}
BAD = {
    "interface": ["ListenPort = -1", "PrivateKey = x", "Jc = 4", "Address = 10.0.0.1/33",
                  "SaveConfig = yes", "Table = red", "FwMark = x", "nonsense", "[Nonsense]",
                  "AllowedIPs = 10.0.0.0/8", "MTU = x"],
    "peer": ["Endpoint = nowhere", "PersistentKeepalive = 65536", "AllowedIPs = 10.0.0.0/33",
             "PublicKey = x", "PresharedKey = x", "Address = 10.0.0.1", "AllowedIPs = a",
             "Endpoint = a:0", "="],
}


class Generator:
    """Files as people write them, line by line for both: each with what theirs must be given."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.full_tunnel = self.random.random() < 0.3
        self.prefixes = ([f"10.{100 + n}.0.0/16" for n in range(20)] + [f"fd00:{n}::/32" for n in range(9)]
                         + (["0.0.0.0/0", "::/0"] if self.full_tunnel else []))
        self.random.shuffle(self.prefixes)
        self.once = set()

    def plain(self, kind):
        key = self.random.choice(list(PLAIN[kind]))
        value = self.random.choice(PLAIN[kind][key])
        if key == "DNS" and self.full_tunnel:  # with domains it is a difference
            value = "10.0.0.1"
        key = self.random.choice([key, key, key.lower(), key.upper()])
        line = f"{key}{self.random.choice(['=', ' = '])}{value}"
        return line, line

    def line(self, kind, met):
        """(ours, theirs); theirs is None for a line that is refused. A key with a difference comes
        once: which of two lines counts is another matter."""
        while True:
            ours, theirs = self.any_line(kind)
            key = ours.split("=")[0].strip().lower()
            differs = ours != theirs
            if met.get(key) == "differs" or differs and (key in met or key in self.once):
                continue
            met[key] = "differs" if differs else "plain"
            if differs and key == "allowedips":  # nor on two peers
                self.once.add(key)
            return ours, theirs

    def any_line(self, kind):
        chance = self.random.random()
        if chance < 0.02:
            return self.random.choice(BAD[kind]), None
        if chance < 0.15:
            lines = differences.INTERFACE_LINES if kind == "interface" else differences.PEER_LINES
            return self.random.choice(lines[self.random.choice(list(lines))])
        return self.plain(kind)

    def section(self, kind, keys):
        if kind == "peer":
            head = f"[Peer]\nPublicKey = {keys.pop()}"
            taken = [self.prefixes.pop() for _ in range(self.random.randint(0, 3))]
            head += f"\nAllowedIPs = {', '.join(taken)}" if taken else ""
        else:
            head = self.random.choice(["[Interface]", "[interface]", "[INTERFACE]"])
            head += f"\nPrivateKey = {differences.PRIVATE}"
        yield head, head
        met = {}
        for _ in range(self.random.randint(0, 4)):
            yield self.line(kind, met)

    def disguise(self, line):
        return line + self.random.choice(["", "", "", " # ListenPort = x", "\r", "\n# Name = a", "\n"])

    def texts(self):
        """(ours, theirs); theirs is None for a file that must be refused."""
        keys = list(differences.PEERS)
        pairs = list(self.section("interface", keys))
        for _ in range(self.random.randint(0, 3)):
            pairs += self.section("peer", keys)
        ours = "\n".join(self.disguise(line) for line, _ in pairs)
        if any(line is None for _, line in pairs):
            return ours, None
        return ours, "\n".join(line for _, line in pairs)


def test_they_read_generated_files_the_same(importers):
    taken = refused = 0
    for seed in range(GENERATED):
        text, same = Generator(seed).texts()
        ours = importers.ours(text)
        if same is None:
            assert isinstance(ours, str), f"seed {seed}: it was taken\n{text}"
            refused += 1
        else:
            theirs = importers.theirs(same)
            assert ours == theirs, f"seed {seed}:\n{text}\nas theirs gets it:\n{same}"
            taken += isinstance(theirs, dict)
    assert taken > GENERATED // 3 and refused > GENERATED // 10
