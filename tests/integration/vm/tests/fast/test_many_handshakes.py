# SPDX-License-Identifier: LGPL-2.1-or-later
"""A thousand peers that call at once: each handshake is told once, to programs and to people."""

import base64
import ctypes
import json
import os
import re
import select
import socket
import struct
import subprocess
from pathlib import Path

import pytest

import lab
from bus import Client, signals_of

COUNT = 1000
NAME, PORT = "wgcrowd", 51896
HUB = "10.77.0.1"
GROUP = 96

# <linux/wireguard.h>, <linux/netlink.h>
SET_DEVICE = 1
IFNAME, PRIVATE_KEY, PEERS = 2, 3, 8
PUBLIC_KEY, ENDPOINT, KEEPALIVE, ALLOWED_IPS = 1, 4, 5, 9
FAMILY, ADDRESS, LENGTH = 1, 2, 3
NESTED = 1 << 15
REQUEST_ACK = 5


def attribute(kind, value):
    padding = -len(value) % 4
    return struct.pack("=HH", len(value) + 4, kind) + value + bytes(padding)


def nest(kind, *inside):
    return attribute(kind | NESTED, b"".join(inside))


class Devices:
    """Sets devices of one namespace by netlink: a thousand runs of wg take minutes here."""

    def __init__(self, netns):
        listed = lab.run("genl", "ctrl", "get", "name", "wireguard")
        self._family = int(re.search(r"ID: (0x[0-9a-f]+)", listed).group(1), 16)
        here = os.open("/proc/self/ns/net", os.O_RDONLY)
        libc = ctypes.CDLL(None, use_errno=True)
        there = os.open(f"/run/netns/{netns}", os.O_RDONLY)
        assert libc.setns(there, 0) == 0, ctypes.get_errno()
        try:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        finally:
            assert libc.setns(here, 0) == 0, ctypes.get_errno()
            os.close(there)
            os.close(here)

    def set(self, name, private, peer, endpoint, keepalive):
        allowed = nest(0, attribute(FAMILY, struct.pack("=H", socket.AF_INET)),
                       attribute(ADDRESS, socket.inet_aton(HUB)), attribute(LENGTH, b"\x20"))
        body = struct.pack("=BBH", SET_DEVICE, 1, 0) + b"".join([
            attribute(IFNAME, name.encode() + b"\0"), attribute(PRIVATE_KEY, private),
            nest(PEERS, nest(0, attribute(PUBLIC_KEY, peer), attribute(ENDPOINT, endpoint),
                             attribute(KEEPALIVE, struct.pack("=H", keepalive)),
                             nest(ALLOWED_IPS, allowed)))])
        self._socket.send(struct.pack("=IHHII", 16 + len(body), self._family, REQUEST_ACK, 1, 0)
                          + body)
        error = struct.unpack_from("=i", self._socket.recv(4096), 16)[0]
        assert error == 0, os.strerror(-error)

    def close(self):
        self._socket.close()


def key_pair():
    """The same arithmetic as wg genkey and wg pubkey, by the library that wgnl has it from."""
    sodium = ctypes.CDLL("libsodium.so.23")
    private = bytearray(os.urandom(32))
    private[0] &= 248
    private[31] = private[31] & 127 | 64
    public = ctypes.create_string_buffer(32)
    assert sodium.crypto_scalarmult_base(public, bytes(private)) == 0
    return bytes(private), public.raw


def text_of(key):
    return base64.b64encode(key).decode()


@pytest.fixture
def hub():
    made = lab.Hub(NAME, PORT)
    made.write_network()
    yield made
    if made.netdev.exists():
        made.mask()  # believed at once, which a file that is gone is not
    lab.run("networkctl", "delete", NAME, check=False)
    lab.eventually(lambda: NAME not in lab.run("wgnl", "list"), "wgnld forgets it")
    made.remove()
    lab.run("networkctl", "reload")


@pytest.fixture
def crowd(hub):
    """The keys of so many devices in one namespace, each of which has the hub as its peer and is
    down."""
    lab.run("ip", "netns", "add", "crowd")
    lab.ip("link add crowd0 type veth peer name eth0 netns crowd",
           "address add 192.168.96.1/24 dev crowd0", "link set crowd0 up")
    lab.ip("address add 192.168.96.2/24 dev eth0", "link set eth0 up", netns="crowd")
    pairs = [key_pair() for _ in range(COUNT)]
    lab.ip(*[f"link add w{number} type wireguard" for number in range(COUNT)],
           *[f"link set w{number} group {GROUP}" for number in range(COUNT)], netns="crowd")
    endpoint = struct.pack("=H", socket.AF_INET) + struct.pack("!H", hub.port) + \
        socket.inet_aton("192.168.96.1") + bytes(8)
    devices = Devices("crowd")
    for number, (private, _) in enumerate(pairs):
        devices.set(f"w{number}", private, base64.b64decode(hub.keys.public), endpoint, 25)
    devices.close()
    yield [text_of(public) for _, public in pairs]
    lab.run("ip", "netns", "del", "crowd", check=False)
    lab.run("ip", "link", "del", "crowd0", check=False)


def section(number, key):
    return (f"[WireGuardPeer]\nPublicKey={key}\n"
            f"AllowedIPs=10.77.{number // 250 + 1}.{number % 250 + 1}/32\n")


def cpu_of(unit):
    lines = Path(f"/sys/fs/cgroup/system.slice/{unit}.service/cpu.stat").read_text().splitlines()
    return int(dict(line.split() for line in lines)["usage_usec"]) / 1e6


def handshakes_of(client, keys):
    """Of each peer, the stamps that were announced, in their order."""
    paths = {lab.peer_path(NAME, key): key for key in keys}
    told = {key: [] for key in keys}
    for event in client.events:
        if event.member == "PropertiesChanged" and "LastHandshake" in event.body[1]:
            stamp = event.body[1]["LastHandshake"][1]
            if event.path in paths and stamp:
                told[paths[event.path]].append(stamp)
    return told


def tells_of_a_comparison(monitor):
    lab.run("wgnl", "reconcile", NAME)
    return select.select([monitor.stdout], [], [], 1)[0]


def test_every_handshake_of_a_thousand_peers_is_told_once(hub, crowd):
    hub.write(*[section(number, key) for number, key in enumerate(crowd)])
    lab.run("networkctl", "reload")
    lab.eventually(lambda: lab.device_property("InSync", NAME, check=False)
                   and lab.device_property("PeerCount", NAME) == COUNT, "all are there")
    client = Client(signals_of(NAME))
    monitor = subprocess.Popen(["wgnl", "monitor", "--json", NAME], stdout=subprocess.PIPE,
                               text=True)
    lab.eventually(lambda: tells_of_a_comparison(monitor), "the monitor listens")
    before = cpu_of("wgnld")

    lab.run("ip", "-n", "crowd", "link", "set", "group", str(GROUP), "up")
    client.wait(lambda: all(handshakes_of(client, crowd).values()), "every peer has had one")

    told = handshakes_of(client, crowd)
    live = lab.dump(NAME)
    for key in crowd:
        assert len(set(told[key])) == len(told[key]), f"{key}: one of {told[key]} came twice"
        assert told[key][-1] // 1_000_000 == live[key]["handshake"]
    at = [stamp for stamps in told.values() for stamp in stamps]
    by_monitor = {}
    while len(by_monitor) < COUNT:
        event = json.loads(monitor.stdout.readline())
        if event["event"] == "handshake":
            by_monitor.setdefault(event["public_key"], []).append(event["handshake_usec"])
    for key, stamps in by_monitor.items():
        assert len(set(stamps)) == len(stamps) and set(stamps) <= set(told[key])
    assert lab.device_property("MissedEvents", NAME) == 0, "each was heard when it came"
    print(f"{len(at)} handshakes of {COUNT} peers within {(max(at) - min(at)) / 1e6:.2f} s; wgnld "
          f"took {cpu_of('wgnld') - before:.2f} s of the processor")
    client.close()
    monitor.terminate()
    monitor.wait(lab.DEADLINE)
