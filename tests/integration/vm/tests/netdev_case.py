# SPDX-License-Identifier: LGPL-2.1-or-later
"""A case of the differential test: files of one device, written once and read by two programs."""

import base64
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

NETWORK = "/etc/systemd/network"
KEYS = "/etc/wgnl-differential"
DROPIN = NETWORK + "/$dev.netdev.d"
LETTERS = "abcdef"


def key_of(name):
    """32 bytes that are the same in every run, as base64."""
    return base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


def clamped(key):
    """A private key as the module stores it."""
    raw = bytearray(base64.b64decode(key))
    raw[0] &= 248
    raw[31] = raw[31] & 127 | 64
    return base64.b64encode(raw).decode()


PEERS = {letter: key_of(f"peer {letter}") for letter in LETTERS}
PRESHARED = {name: key_of(name) for name in ("psk1", "psk2", "psk3")}
PRIVATE = {name: clamped(key_of(name)) for name in ("private", "other")}
# Public half of "private"; filled in by wg(8) when the test begins.
OWN = {"own": ""}


class Null:
    """In place of a file's text: a link to /dev/null."""


class Unreadable(str):
    """A file's text that only root may read."""


@dataclass(frozen=True)
class Difference:
    """A row of the table in plugins/networkd/README.md, and what each program is to make of it."""

    row: str
    networkd: str
    wgnl: str


@dataclass(frozen=True)
class Case:
    """Texts may hold $dev, $port, $a…$f, $psk1…, $private, $v4 and $v6 (nets of this case only)."""

    name: str
    files: dict = field(default_factory=dict)
    differs: Difference | None = None

    def names(self, index):
        return {"dev": f"wgd{index:03}", "port": 20000 + index, "v4": f"10.{100 + index // 256}.{index % 256}",
                "v6": f"fd00:{index:x}", "keys": KEYS, **PEERS, **PRESHARED, **PRIVATE, **OWN}

    def has(self, text):
        """Whether any of its files says that."""
        return any(isinstance(content, str) and text in content for content in self.files.values())

    def fill(self, text, index):
        return Template(text).substitute(self.names(index))

    def write(self, index):
        """Writes the files; returns what is to be removed again."""
        made = []
        for name, text in self.files.items():
            path = Path(self.fill(name, index))
            path.parent.mkdir(parents=True, exist_ok=True)
            made.append(path)
            if text is Null:
                path.symlink_to("/dev/null")
                continue
            path.write_bytes(self.fill(text, index).encode("utf-8", "surrogateescape"))
            path.chmod(0o600 if isinstance(text, Unreadable) else 0o644)
        return made


def peer(letter, *lines):
    return "\n".join(["[WireGuardPeer]", *([f"PublicKey=${letter}"] if letter else []), *lines, ""])


def device(*parts, wireguard="", netdev="", match="", key="PrivateKey=$private"):
    """The text of a .netdev file; `parts` follow what every one has."""
    head = f"[Match]\n{match}\n" if match else ""
    head += f"[NetDev]\nName=$dev\nKind=wireguard\n{netdev}\n[WireGuard]\n{key}\n"
    return head + wireguard + "\n" + "".join(parts)


def case(name, *parts, differs=None, more=None, text=None, **sections):
    """A case whose main file is made of sections, or is `text`; `more` are further files."""
    whole = device(*parts, **sections) if text is None else text
    return Case(name, {f"{NETWORK}/$dev.netdev": whole, **(more or {})}, differs)


def elsewhere(name, files, differs=None):
    """A case that names all its files itself."""
    return Case(name, files, differs)
