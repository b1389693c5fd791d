# SPDX-License-Identifier: LGPL-2.1-or-later
"""What networkd may read wgnl-networkd may read, as the same unprivileged user: modes, access
control lists, sockets, credentials. What neither may read is a problem that says so."""

import os
import pwd
import shutil
import struct
from pathlib import Path

import pytest

import lab
from key_files import KeyServer, readable_by_networkd

DEVICE = "wgkeys"
FOLDER = Path("/etc/wgnl-keys")
CREDENTIALS = Path("/run/credstore")
UNITS = ("systemd-networkd", "wgnl-networkd")
NETDEV = lab.NETWORK / f"{DEVICE}.netdev"


def allow(path, uid):
    """A POSIX access control list: besides the owner only that user reads it."""
    user_object, user, group_object, mask, other = 1, 2, 4, 16, 32
    nobody, read, write = 0xffffffff, 4, 2
    entries = [(user_object, read | write, nobody), (user, read, uid), (group_object, 0, nobody),
               (mask, read, nobody), (other, 0, nobody)]
    packed = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    os.setxattr(path, "system.posix_acl_access", packed)


def only_root(path, text):
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)


class Secrets:
    """Six peers whose preshared keys come in six ways, and two whose keys nobody gets."""

    def __init__(self):
        self.own = lab.Keys()
        self.good = {way: (lab.Keys(), lab.genpsk())
                     for way in ("mode", "acl", "socket", "imported", "loaded", "set")}
        self.hidden = {way: lab.Keys() for way in ("root", "folder")}
        self._made = []
        FOLDER.mkdir(exist_ok=True)
        self._write_files()
        self._server = KeyServer(FOLDER / "socket", self.psk("socket"))
        shutil.chown(FOLDER / "socket", "root", "systemd-network")
        (FOLDER / "socket").chmod(0o660)
        self._write_credentials()
        self._write_netdev()

    def psk(self, way):
        return self.good[way][1]

    def key(self, way):
        return self.good[way][0].public

    def _write_files(self):
        readable_by_networkd(FOLDER / "mode", self.psk("mode"))
        only_root(FOLDER / "acl", self.psk("acl"))
        allow(FOLDER / "acl", pwd.getpwnam("systemd-network").pw_uid)
        only_root(FOLDER / "root", lab.genpsk())
        (FOLDER / "closed").mkdir(mode=0o700)
        readable_by_networkd(FOLDER / "closed" / "key", lab.genpsk())

    def _write_credentials(self):
        loaded = FOLDER / "loaded"
        only_root(loaded, self.psk("loaded"))
        stored = {"imported": self.psk("imported"), f"private.{DEVICE}": self.own.private,
                  "endpoint": "192.0.2.5:5555", "public": self.key("set")}
        for name, text in stored.items():
            self._made.append(CREDENTIALS / f"network.wireguard.{name}")
            only_root(self._made[-1], text)
        for unit in UNITS:
            self._made.append(Path(f"/run/systemd/system/{unit}.service.d/keys.conf"))
            self._made[-1].parent.mkdir(parents=True, exist_ok=True)
            self._made[-1].write_text(f"[Service]\nLoadCredential=psk.loaded:{loaded}\n"
                                      f"SetCredential=psk.set:{self.psk('set')}\n")

    def _write_netdev(self):
        sources = {"mode": f"PresharedKeyFile={FOLDER}/mode", "acl": f"PresharedKeyFile={FOLDER}/acl",
                   "socket": f"PresharedKeyFile={FOLDER}/socket",
                   "imported": "PresharedKey=@network.wireguard.imported",
                   "loaded": "PresharedKey=@psk.loaded\nEndpoint=@network.wireguard.endpoint",
                   "set": "PresharedKey=@psk.set"}
        public = {way: self.key(way) for way in sources} | {"set": "@network.wireguard.public"}
        text = f"[NetDev]\nName={DEVICE}\nKind=wireguard\n[WireGuard]\nListenPort=51999\n"
        text += "".join(f"[WireGuardPeer]\nPublicKey={public[way]}\n{source}\n"
                        for way, source in sources.items())
        for way, path in (("root", FOLDER / "root"), ("folder", FOLDER / "closed" / "key")):
            text += (f"[WireGuardPeer]\nPublicKey={self.hidden[way].public}\n"
                     f"PresharedKeyFile={path}\n")
        self._made.append(NETDEV)
        readable_by_networkd(NETDEV, text)

    def restart(self):
        """Credentials are handed over when a service starts."""
        lab.run("systemctl", "daemon-reload")
        lab.run("systemctl", "restart", *UNITS)

    def close(self):
        for path in self._made:
            path.unlink(missing_ok=True)
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(FOLDER)
        self.restart()
        lab.run("networkctl", "delete", DEVICE, check=False)
        lab.eventually(lambda: DEVICE not in lab.run("wgnl", "status"), "wgnld forgets the device")


@pytest.fixture
def secrets(daemons):
    lab.need_networkd(256, "keys by credentials")
    made = Secrets()
    try:
        made.restart()
        yield made
    finally:
        made.close()


def live_keys():
    return {key: peer["psk"] for key, peer in lab.dump(DEVICE).items() if key}


def problems():
    """Where and what, of the device's errors."""
    return [(where, text) for severity, where, text in lab.device_property("Problems", DEVICE)
            if severity == "error"]


def line_of(text):
    return next(n for n, line in enumerate(NETDEV.read_text().splitlines(), 1) if text in line)


def test_every_way_that_a_key_may_come(secrets):
    expected = {secrets.key(way): secrets.psk(way) for way in secrets.good}
    lab.eventually(lambda: Path(f"/sys/class/net/{DEVICE}").exists() and live_keys() == expected,
                   "networkd reads all but the two that it may not")
    lab.eventually(lambda: lab.device_property("InSync", DEVICE), "wgnl agrees")
    assert lab.dump(DEVICE)[secrets.key("loaded")]["endpoint"] == "192.0.2.5:5555"
    assert lab.run("ps", "-o", "user:20=", "-p", lab.main_pid("wgnl-networkd")).strip() == \
        "systemd-network"

    # Only who has read them can bring them back.
    without = [word for key in expected for word in ("peer", key, "preshared-key", "/dev/null")]
    lab.run("wg", "set", DEVICE, "private-key", "/dev/stdin", *without, stdin=lab.Keys().private)
    lab.run("wgnl", "reconcile", DEVICE)
    lab.eventually(lambda: live_keys() == expected, "wgnl restores every preshared key")
    lab.eventually(lambda: lab.dump(DEVICE)[None]["private"] == secrets.own.private,
                   "wgnl restores the private key of the default credential")


def test_what_nobody_may_read_is_a_problem(secrets):
    lab.eventually(lambda: Path(f"/sys/class/net/{DEVICE}").exists(), "networkd creates the device")
    said = lab.eventually(problems, "the problems are on the bus")
    wheres = [f"{NETDEV}:{line_of(path)}" for path in (f"{FOLDER}/root", f"{FOLDER}/closed/key")]
    assert [where for where, _ in said] == wheres, said
    for _, text in said:
        assert "Permission denied" in text and "systemd-network" in text, said
    live = live_keys()
    assert not set(live) & {keys.public for keys in secrets.hidden.values()}
    journal = lab.journal("wgnl-networkd", "wgnld")
    assert all(where in journal for where in wheres)

    # Once it may be read, it is: nobody has to touch the .netdev.
    shutil.chown(FOLDER / "root", "root", "systemd-network")
    (FOLDER / "root").chmod(0o640)
    psk = (FOLDER / "root").read_text().strip()
    lab.eventually(lambda: live_keys().get(secrets.hidden["root"].public) == psk,
                   "the peer whose key may be read now")
