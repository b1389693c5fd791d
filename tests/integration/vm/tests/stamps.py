# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel's own stamps of handshakes, whole to the nanosecond (`wg` prints seconds)."""

import base64
import socket
import struct
import threading

GENERIC, CONTROL, GET_FAMILY, GET_DEVICE = 16, 16, 3, 0
REQUEST, DUMP, DONE, ERROR = 0x1, 0x300, 3, 2
FAMILY_ID, FAMILY_NAME, DEVICE_NAME, DEVICE_PEERS, PEER_KEY, PEER_STAMP = 1, 2, 2, 8, 1, 6
HEAD = 20  # of netlink and of generic netlink


def attributes(data):
    """The (type, payload) of each."""
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        yield kind & 0x3FFF, data[at + 4:at + length]
        at += (length + 3) & ~3


def attribute(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + bytes(-len(payload) % 4)


class Kernel:
    """A socket for questions about devices of the namespace that it was opened in."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, GENERIC)
        answer = self._ask(CONTROL, GET_FAMILY, 0, attribute(FAMILY_NAME, b"wireguard\0"))
        found = dict(attributes(next(answer)))
        self._family = struct.unpack("=H", found[FAMILY_ID][:2])[0]
        for _ in answer:
            pass

    def _ask(self, family, command, flags, payload):
        """The payload of each message of the answer."""
        message = struct.pack("=BBH", command, 1, 0) + payload
        self._socket.send(struct.pack("=IHHII", 16 + len(message), family, REQUEST | flags, 1, 0)
                          + message)
        while True:
            data, at = self._socket.recv(1 << 16), 0
            while at < len(data):
                length, kind = struct.unpack_from("=IH", data, at)
                if kind == ERROR:
                    raise OSError(-struct.unpack_from("=i", data, at + 16)[0], "netlink")
                if kind == DONE:
                    return
                yield data[at + HEAD:at + length]
                at += (length + 3) & ~3
            if not flags:
                return

    def stamps(self, device):
        """Nanoseconds since the epoch by public key, of peers that had a handshake."""
        found = {}
        question = attribute(DEVICE_NAME, device.encode() + b"\0")
        for answer in self._ask(self._family, GET_DEVICE, DUMP, question):
            for kind, peers in attributes(answer):
                if kind == DEVICE_PEERS:
                    found.update(stamp_of(peer) for _, peer in attributes(peers))
        return {key: stamp for key, stamp in found.items() if stamp}


def stamp_of(peer):
    fields = dict(attributes(peer))
    seconds, nanoseconds = struct.unpack("=qq", fields[PEER_STAMP])
    return base64.b64encode(fields[PEER_KEY]).decode(), seconds * 10**9 + nanoseconds


class Stamps:
    """Every stamp that the devices' peers had, looked for at an interval shorter than any two
    handshakes of a peer are apart (the protocol's 5 s)."""

    def __init__(self, *devices, every=2):
        self.devices, self.seen = devices, set()
        self._kernel, self._lock, self._end = Kernel(), threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(every,), daemon=True)
        self._thread.start()

    def _run(self, every):
        while not self._end.wait(every):
            self.look()

    def look(self):
        """Looks now: also to be called before something makes stamps vanish."""
        with self._lock:
            for device in self.devices:
                try:
                    now = self._kernel.stamps(device)
                except OSError:
                    continue  # the device is not there
                self.seen |= {(device, key, stamp // 1000) for key, stamp in now.items()}

    def close(self):
        self._end.set()
        self._thread.join()
        self.look()
        return sorted(self.seen)
