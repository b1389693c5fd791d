# SPDX-License-Identifier: LGPL-2.1-or-later
"""A device with 100,000 peers: applied and read, while the bus goes on answering."""

import base64
import fcntl
import json
import os
import struct
import time
from pathlib import Path

import pytest
from jeepney import DBusAddress, MessageType, new_method_call

import lab
from bus import PATIENCE, Client, Refused, connect, signals_of
from stage import DEVICE

COUNT = 100_000
NAME = "wglarge"
ROOT, MANAGER = "/org/wgnl/WireGuard1", f"{lab.BUS}.Manager"
SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
# Any 32 bytes are a public key. Without a private key beside it, the module computes nothing of it.
KEYS = [os.urandom(32) for _ in range(COUNT)]


def document():
    """The declaration as it travels: keys in a table behind the JSON."""
    peers = [{"public_key": n, "allowed_ips": [prefix]}
             for n, prefix in enumerate(lab.addresses(COUNT, "10.128.0.0/9"))]
    text = json.dumps({"version": 1, "device": NAME, "mode": "own", "peers": peers}).encode()
    return b"wgnldoc1" + struct.pack("<II", len(text), COUNT) + text + b"".join(KEYS)


def memory_file(content):
    fd = os.memfd_create("document", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with open(fd, "wb", closefd=False) as file:
        file.write(content)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, SEALS)
    return fd


class Descriptors:
    """A connection whose messages carry descriptors."""

    def __init__(self):
        self._connection = connect(enable_fds=True)

    def call(self, path, interface, member, signature=None, *arguments):
        address = DBusAddress(path, bus_name=lab.BUS, interface=interface)
        answer = self._connection.send_and_get_reply(
            new_method_call(address, member, signature, arguments), timeout=PATIENCE)
        assert answer.header.message_type == MessageType.method_return, answer.body
        return answer.body

    def close(self):
        self._connection.close()


def owner(client):
    return client.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "GetNameOwner", "s",
                       lab.BUS, to="org.freedesktop.DBus")[0]


def answers_until(client, done):
    """Asks one small thing after the other until then; how long each answer took."""
    took = []
    while not done():
        began = time.monotonic()
        client.call(ROOT, MANAGER, "ListDevices")
        took.append(time.monotonic() - began)
        time.sleep(0.02)  # as somebody asks who looks now and then
    return sorted(took)


@pytest.fixture
def threads():
    """Room for a thread of the kernel's for each peer, which newer ones make (7.2: threaded NAPI); by
    default it lets a machine have 8 for each MiB of memory, and those of programs are among them."""
    most = Path("/proc/sys/kernel/threads-max")
    most.write_text(str(max(int(most.read_text()), 2 * COUNT)))


@pytest.fixture
def large(threads, daemons):
    """The device, and how the bus was meanwhile. It stays: the kernel removes peers so slowly that
    the end of the machine is sooner."""
    client, descriptors = Client(signals_of(NAME)), Descriptors()
    was = owner(client)
    began, fd = time.monotonic(), memory_file(document())
    descriptors.call(ROOT, MANAGER, "Declare", "sh", "/etc/test.json", fd)
    os.close(fd)
    applied = lambda: [e.body[0] for e in client.events if e.member == "Applied"]  # noqa: E731
    took = answers_until(client, applied)
    print(f"{COUNT} peers applied after {time.monotonic() - began:.1f} s; {len(took)} answers "
          f"meanwhile, the slowest after {1000 * took[-1]:.0f} ms, half of them within "
          f"{1000 * took[len(took) // 2]:.1f} ms")
    assert all(applied())
    yield client, descriptors
    assert owner(client) == was, "the connection to the bus was never lost"
    client.close()
    descriptors.close()


def timed(what, call):
    began = time.monotonic()
    answer = call()
    print(f"{what}: {1000 * (time.monotonic() - began):.0f} ms")
    return answer


def encoded(key):
    return base64.b64encode(key).decode()


@pytest.mark.last
@pytest.mark.smoke
def test_hundred_thousand_peers(large):
    client, descriptors = large
    path, one = lab.device_path(NAME), encoded(KEYS[COUNT // 3])
    assert client.get(path, DEVICE, "PeerCount") == COUNT
    assert client.get(path, DEVICE, "PeersListed") is False

    at = timed("GetPeer", lambda: client.call(path, DEVICE, "GetPeer", "s", one)[0])
    assert at == lab.peer_path(NAME, one)
    assert timed("busctl get-property", lambda: lab.state(one, NAME)) == "never"

    objects = timed("GetManagedObjects", lambda: client.call(
        ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")[0])
    assert path in objects and not any("/peer/" in each for each in objects)
    with pytest.raises(Refused, match="TooManyPeers"):
        client.call(path, DEVICE, "ListPeers")

    file = timed("Snapshot", lambda: descriptors.call(path, DEVICE, "Snapshot")[0])
    with file.to_file("rb") as content:
        peers = json.load(content)["Peers"]
    assert {peer["PublicKey"] for peer in peers} == {encoded(key) for key in KEYS}
    assert not [e for e in client.events if "/peer/" in e.path], "no signal for each of so many"
