# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same peers in every form in which somebody takes them: a .netdev file, one of wg, one of
NetworkManager, and the plain bytes that bench-floor reads."""

import base64
import random
import struct

PORT = 51820
FIRST_ADDRESS = (10 << 24) + (128 << 16) + 1


def private_key(bits):
    """Any 32 bytes as the kernel tells them back."""
    key = bytearray(bits)
    key[0] &= 248
    key[31] = key[31] & 127 | 64
    return bytes(key)


def text(key):
    return base64.b64encode(key).decode()


class Peers:
    """So many peers: any 32 bytes are a public key. Each has one prefix; none has an endpoint, as those
    of a server that its peers call."""

    def __init__(self, count, seed=1):
        chosen = random.Random(seed)
        self.private = private_key(chosen.randbytes(32))
        self.keys = [chosen.randbytes(32) for _ in range(count)]
        self.numbers = {key: number for number, key in enumerate(self.keys)}
        self.keepalives = {}

    def __len__(self):
        return len(self.keys)

    def change(self, key, keepalive):
        """One peer is declared otherwise from now on."""
        self.keepalives[self.numbers[key]] = keepalive

    def prefix(self, number):
        return ".".join(map(str, struct.pack("!I", FIRST_ADDRESS + number))) + "/32"

    def _sections(self, header, keepalive):
        for number, key in enumerate(self.keys):
            more = f"{keepalive}={self.keepalives[number]}\n" if number in self.keepalives else ""
            yield f"[{header}]\nPublicKey={text(key)}\nAllowedIPs={self.prefix(number)}\n{more}"

    def netdev(self, device):
        """For networkd and wgnl."""
        head = (f"[NetDev]\nName={device}\nKind=wireguard\n\n"
                f"[WireGuard]\nPrivateKey={text(self.private)}\nListenPort={PORT}\n")
        return "\n".join([head, *self._sections("WireGuardPeer", "PersistentKeepalive")])

    def conf(self):
        """For wg."""
        head = f"[Interface]\nPrivateKey={text(self.private)}\nListenPort={PORT}\n"
        return "\n".join([head, *self._sections("Peer", "PersistentKeepalive")])

    def profile(self, device):
        """For NetworkManager."""
        head = (f"[connection]\nid=scale\nuuid=6ba7b810-9dad-11d1-80b4-00c04fd430c8\ntype=wireguard\n"
                f"interface-name={device}\nautoconnect=false\n\n[wireguard]\nlisten-port={PORT}\n"
                f"private-key={text(self.private)}\n")
        peers = [f"[wireguard-peer.{text(key)}]\nallowed-ips={self.prefix(number)};\n"
                 for number, key in enumerate(self.keys)]
        return "\n".join([head, *peers, "[ipv4]\nmethod=disabled\n", "[ipv6]\nmethod=disabled\n"])

    def _row(self, number):
        return self.keys[number] + struct.pack("!I", FIRST_ADDRESS + number) + struct.pack(
            "<H", self.keepalives.get(number, 0))

    def _head(self):
        return self.private + struct.pack("<H", PORT)

    def plain(self):
        """For bench-floor: see RawPeer of libwgnl/bench/kernel.hpp."""
        return b"".join([self._head(), *map(self._row, range(len(self.keys)))])

    def plain_one(self, key):
        """The same with that peer alone."""
        return self._head() + self._row(self.numbers[key])
