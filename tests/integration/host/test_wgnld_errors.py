# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every named error of wgnld, and the limits that keep its messages small and readable."""
import base64
import os
import socket
import subprocess
import threading

import dbus
import pytest

from caller import DEVICE, PEER, ROOT, encode_document
from conftest import SOCKETS, Keys
from test_wgnld import DENIED, ERROR, error_of, sync
from test_wgnld_load import declare_many, many_peers

INVALID = "org.freedesktop.DBus.Error.InvalidArgs"
UNKNOWN = "org.freedesktop.DBus.Error.UnknownObject"


class Stubborn:
    """A userspace implementation that tells its configuration, and takes no other."""

    def __init__(self, namespace, device, key):
        namespace.run("ip", "tuntap", "add", "dev", device, "mode", "tun")
        self.path = SOCKETS / f"{device}.sock"
        self.answer = f"public_key={base64.b64decode(key.public).hex()}\nerrno=0\n\n".encode()
        self.server = socket.socket(socket.AF_UNIX)
        SOCKETS.mkdir(exist_ok=True)
        self.server.bind(str(self.path))
        self.server.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.attend, args=[connection], daemon=True).start()

    def attend(self, connection):
        with connection, connection.makefile("rwb") as stream:
            asked = b""
            for line in stream:
                asked += line
                if line == b"\n":
                    stream.write(self.answer if asked.startswith(b"get") else b"errno=-5\n\n")
                    stream.flush()
                    asked = b""

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.path.unlink()


def test_what_an_implementation_refuses_is_a_kernel_error(wgnld, here, device):
    key = Keys()
    stubborn = Stubborn(here, device, key)
    try:
        wgnld.declare(sync(device, [{"public_key": key.public}]))
        assert wgnld.peer(device, key.public, "State") != "absent"

        with pytest.raises(dbus.DBusException) as caught:
            wgnld.root.manager("Withdraw", device)

        assert caught.value.get_dbus_name() == ERROR + "Kernel"
        assert device in caught.value.get_dbus_message()
    finally:
        stubborn.close()


def test_names_of_errors(wgnld, here, device):
    twins = [{"public_key": Keys().public, "name": "twin"} for _ in range(2)]
    wgnld.caller_as("systemd-network", "declare", sync(device, twins), "/etc/wg0.netdev")
    path = wgnld.path(device)

    def error(*arguments):
        return error_of(wgnld.root.call, path, DEVICE, *arguments)

    assert error_of(wgnld.root.manager, "GetDevice", "none") == ERROR + "NoSuchDevice"
    assert error_of(wgnld.root.manager, "Reconcile", "none") == ERROR + "NoSuchDevice"
    assert error_of(wgnld.root.manager, "Withdraw", "none") == ERROR + "NoSuchDevice"
    assert error("GetPeer", "none") == error("GetPeer", "") == ERROR + "NoSuchPeer"
    assert error("GetPeer", "twin") == ERROR + "Ambiguous"
    assert error_of(wgnld.root.declare, sync(device, [])) == ERROR + "OwnedByAnother"
    assert error_of(wgnld.root.declare_bytes, b"x") == ERROR + "InvalidDeclaration"
    assert error_of(wgnld.root.declare, sync(device, []), "/" * 5000) == INVALID
    assert error("Subscribe", dbus.UInt64(0)) == error("Unsubscribe") == INVALID
    assert error("Subscribe", dbus.UInt64(2**64 - 1)) == INVALID
    assert error_of(wgnld.caller_as, "nobody", "manager", "Reconcile", device) == DENIED
    assert error_of(wgnld.root.get, path, DEVICE, "Nothing") == (
        "org.freedesktop.DBus.Error.UnknownProperty")
    assert error_of(wgnld.root.get, wgnld.path("none"), DEVICE, "State") == UNKNOWN
    assert error_of(wgnld.root.get, path + "/peer/x", PEER, "State") == UNKNOWN


def test_peers_beyond_the_list_are_found_and_not_listed(wgnld, device):
    declare_many(wgnld, device, 4097)
    path = wgnld.path(device)
    assert not wgnld.device(device, "PeersListed")

    assert error_of(wgnld.root.call, path, DEVICE, "ListPeers") == ERROR + "TooManyPeers"
    assert wgnld.peer(device, "peer4097", "State") == "absent"
    assert set(wgnld.root.objects()) == {path}

    wgnld.declare(sync(device, many_peers(2047)))
    wgnld.bus.until(lambda: wgnld.device(device, "PeersListed"), "few enough")
    assert len(wgnld.root.call(path, DEVICE, "ListPeers")) == 2047


def owner(wgnld):
    return wgnld.root.connection.get_name_owner("org.wgnl.WireGuard1")


def test_the_tree_has_room_in_one_message(wgnld, device):
    """Two devices whose peers' names alone would take more than dbus-daemon lets pass."""
    before = owner(wgnld)
    devices = [device + letter for letter in "ab"]
    for name in devices:
        wgnld.declare(sync(name, [{**peer, "name": peer["name"] + " n" * 600}
                                  for peer in many_peers(4000)]))
        wgnld.bus.until(lambda: wgnld.device(name, "PeerCount") == 4000, "all are there")

    objects = wgnld.root.objects()

    assert len(objects) == 2 + 4000, "the second is without its peers"
    assert all(wgnld.path(name) in objects for name in devices)
    peer = wgnld.root.call(wgnld.path(devices[1]), DEVICE, "ListPeers")[0]
    assert len(peer[0].encode()) == 1024 and peer[0].endswith("…")
    assert owner(wgnld) == before, "the connection was never dropped"


def test_very_many_prefixes_of_one_peer(wgnld, bus, here, device, folder):
    key = Keys()
    here.wireguard(device, Keys())
    prefixes = ",".join(f"fd00:{n >> 16:x}::{n & 0xffff:x}/128" for n in range(30_000))
    text = f"[Peer]\nPublicKey={key.public}\nAllowedIPs={prefixes}\n"
    (folder / "peers.conf").write_text(text, encoding="ascii")
    before = owner(wgnld)
    wgnld.declare({**sync(device, []), "mode": "observe"})
    here.run("wg", "addconf", device, folder / "peers.conf")

    bus.until(lambda: wgnld.device(device, "PeerCount") == 1, "its peer is seen")
    path = wgnld.peer_path(device, key.public)
    assert len(wgnld.root.get(path, PEER, "AllowedIPs")) == 4096
    assert len(wgnld.root.objects()[path][PEER]["AllowedIPs"]) == 4096
    fd = wgnld.root.call(wgnld.path(device), DEVICE, "Snapshot").take()
    with os.fdopen(fd) as file:
        assert file.read().count("/128") == 30_000
    assert owner(wgnld) == before


def test_a_link_may_be_named_by_any_bytes(wgnld, bus, here):
    name = b"wg\xff" + str(os.getpid() % 10_000).encode()
    subprocess.run([*here.command("wireguard-go"), name], check=True, stdout=subprocess.DEVNULL)
    try:
        path, = bus.until(lambda: wgnld.root.get(ROOT, "org.wgnl.WireGuard1.Manager", "Devices"),
                          "it is seen")

        assert path.endswith("/wg_ff" + name[3:].decode())
        assert wgnld.root.get_all(path, DEVICE)["Name"].startswith("wg\ufffd")
        assert wgnld.root.manager("ListDevices")[0][1] == path
        assert path in wgnld.root.objects()
        fd = wgnld.root.call(path, DEVICE, "Snapshot").take()
        with os.fdopen(fd, encoding="utf-8") as file:
            assert "wg\ufffd" in file.read()
    finally:
        subprocess.run([*here.command("ip", "link", "delete"), name], check=True)


def test_text_of_problems_is_clean(wgnld, here, device):
    """What an adapter writes is refused if it is not; what else is said is cleaned."""
    spoiled = encode_document(sync(device, [], where="a.netdev")).replace(b"a.netdev", b"a\\u0007bcde")

    assert error_of(wgnld.root.declare_bytes, spoiled) == ERROR + "InvalidDeclaration"
    wgnld.root.declare(sync(device, []), "/etc/\x1b[31mred\n")
    assert wgnld.device(device, "Origin") == "/etc/\ufffd[31mred\ufffd"


def test_a_key_in_what_an_adapter_sends_is_shown_to_nobody(wgnld, here, device):
    """Wherever it stands; the public keys of the declared peers are shown as before."""
    secret, peer = Keys().private, Keys().public
    here.wireguard(device, Keys())
    text = f"PrivateKeyFile={secret} is not an absolute path; and of the peer {peer}"
    wgnld.root.declare(
        sync(device, [{"public_key": peer, "name": f"psk:{secret}", "where": f"{secret}:2"}],
             where=f"/etc/{secret}",
             problems=[{"severity": "error", "where": f"/etc/{secret}:1", "text": text}]),
        f"/etc/{secret}.netdev")

    assert wgnld.device(device, "Problems")[0] == (
        "error", "(hidden):1", f"PrivateKeyFile=(hidden) is not an absolute path; and of the peer {peer}")
    assert wgnld.device(device, "Origin") == "(hidden).netdev"
    said = str(wgnld.root.objects()) + wgnld.log.read_text()
    assert peer in said and secret[:40] not in said


def test_the_problems_of_a_document_do_not_fill_the_journal(wgnld, here, device):
    """As many, and as long, as a document may have: a hundred lines, then how many more."""
    here.wireguard(device, Keys())
    problems = [{"severity": "error", "where": f"/etc/{number}:1", "text": "x" * 8000}
                for number in range(1000)]
    wgnld.root.declare(sync(device, [], problems=problems))
    wgnld.bus.until(lambda: "declared by" in wgnld.log.read_text(), "it is in the journal")

    said = [line for line in wgnld.log.read_text().splitlines() if "/etc/" in line and "error" in line]
    assert len(said) == 100 and max(len(line.encode()) for line in said) <= 1024
    assert f"{device}: and 900 more problems" in wgnld.log.read_text()
    assert len(wgnld.device(device, "Problems")) == 100
