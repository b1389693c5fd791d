# SPDX-License-Identifier: LGPL-2.1-or-later
"""Somebody without any right who does its worst to wgnld, by chance.

Reads {"address", "seed", "seconds", "device", "wgnld"} from standard input, and prints how often it
did what: {"calls": …, "refused": connections that ended, …}.
"""
import collections
import json
import os
import random
import resource
import sys
import time

from caller import DEVICE, MANAGER, NAME, PROPERTIES, ROOT, encode_document, memory_file
from raw_bus import NO_REPLY_EXPECTED, Raw

MOST_CONNECTIONS = 40
DRIVER = "org.freedesktop.DBus"
OBJECTS = DRIVER + ".ObjectManager"
INTROSPECTABLE = DRIVER + ".Introspectable"
RULES = [f"type='signal',sender='{NAME}'", "type='signal'", f"type='signal',path_namespace='{ROOT}'"]


class Hostile:
    def __init__(self, request):
        self.random = random.Random(request["seed"])
        self.request = request
        self.path = f"{ROOT}/device/{request['device']}"
        self.connections = []
        self.did = collections.Counter()

    def calls(self):
        """Members that anybody may call, some of what they answer large."""
        word = self.random.choice(["", "wg0", "x" * 100, "\x01\x1b[31m", "y" * 2_000_000])
        return self.random.choice([
            (ROOT, OBJECTS, "GetManagedObjects"), (self.path, DEVICE, "ListPeers"),
            (self.path, DEVICE, "Snapshot"), (self.path, PROPERTIES, "GetAll", (DEVICE,)),
            (self.path + "/peer", INTROSPECTABLE, "Introspect"), (ROOT, MANAGER, "ListDevices"),
            (ROOT, MANAGER, "GetDevice", (word,)), (ROOT, MANAGER, "Reconcile", (word,)),
            (self.path, DEVICE, "GetPeer", (word,)), (self.path, DEVICE, "Unsubscribe"),
            (ROOT, MANAGER, "Retain", (word,)), (ROOT, "a.b", "c"), ("/", INTROSPECTABLE, "Introspect")])

    def connection(self):
        if len(self.connections) < MOST_CONNECTIONS and self.random.random() < 0.2:
            made = Raw(self.request["address"])
            made.socket.settimeout(0.2)
            self.connections.append(made)
        return self.random.choice(self.connections) if self.connections else None

    def ask(self, connection):
        words, flags = self.calls(), self.random.choice([0, 0, 0, NO_REPLY_EXPECTED])
        for _ in range(self.random.choice([1, 5, 128, 1000])):
            connection.call(*words, flags=flags)
            self.did["calls"] += 1

    def hand_over(self, connection):
        """A document, and descriptors that nobody asked for."""
        document = encode_document({"version": 1, "device": "wgevil", "mode": "sync",
                                    "peers": [{"public_key": "A" * 43 + "="}] * 50})
        fds = [memory_file(self.random.choice([document, self.random.randbytes(5000)]))
               for _ in range(self.random.choice([1, 1, 16]))]
        try:
            connection.call(*self.random.choice([(ROOT, MANAGER, "Declare"), self.calls()][:2]), fds=fds)
        finally:
            for fd in fds:
                os.close(fd)
        self.did["descriptors"] += len(fds)

    def forge(self, connection):
        member = self.random.choice(["NameOwnerChanged", "Disconnected", "PropertiesChanged", "Reloading"])
        interface = self.random.choice([DRIVER, DRIVER + ".Local", "org.freedesktop.systemd1.Manager"])
        connection.signal(self.request["wgnld"], "/org/freedesktop/DBus", interface, member)
        self.did["forged"] += 1

    def listen(self, connection):
        connection.call("/org/freedesktop/DBus", DRIVER, "AddMatch", (self.random.choice(RULES),), to=DRIVER)
        self.did["rules"] += 1

    def read(self, connection):
        for _ in range(self.random.choice([1, 100])):
            connection.message()
            self.did["read"] += 1

    def leave(self, connection):
        connection.socket.close()
        self.connections.remove(connection)
        self.did["left"] += 1

    def act(self):
        connection = self.connection()
        if connection is None:
            return
        act = self.random.choice([self.ask] * 6 + [self.hand_over, self.forge, self.listen, self.read])
        if self.random.random() < 0.02:
            act = self.leave
        try:
            act(connection)
        except OSError:  # full, after which half a message may have been sent, or ended by the bus
            self.did["stuck"] += 1
            if self.random.random() < 0.3 and connection in self.connections:
                self.leave(connection)

    def run(self):
        limit = time.monotonic() + self.request["seconds"]
        while time.monotonic() < limit:
            try:
                self.act()
            except (OSError, EOFError):  # the bus has had enough of this user's connections
                self.did["refused"] += 1


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    hostile = Hostile(json.load(sys.stdin))
    hostile.run()
    print(json.dumps(hostile.did))


if __name__ == "__main__":
    main()
