# SPDX-License-Identifier: LGPL-2.1-or-later
"""Generated cases: what the written ones try one by one, combined at random."""

import random

from netdev_case import DROPIN, LETTERS, case, peer

SEED = 20_857

DEVICE_LINES = ["", "ListenPort=$port", "ListenPort=auto", "ListenPort=0", "ListenPort=junk",
                "FirewallMark=0x10", "FirewallMark=010", "FirewallMark=junk", "FwMark=99",
                "FirewallMark=", "# a comment", "; ListenPort=1", "Unknown=1", "X-Known=1",
                "PrivateKeyFile=$keys/private", "ListenPort=\\\n  $port"]
GOOD = ["PersistentKeepalive=25", "PersistentKeepalive=off", "PersistentKeepalive=0x10",
        "Endpoint=192.0.2.9:1000", "Endpoint=[2001:db8::9]:1000", "Endpoint=\\\n 192.0.2.8:8",
        "PresharedKey=$psk1", "PresharedKey=$psk2", "PresharedKey=", "PresharedKeyFile=$keys/psk1",
        "PresharedKey=@network.wireguard.psk", "Endpoint=@network.wireguard.endpoint",
        "AllowedIPs=", "# AllowedIPs=10.9.9.9", "Unknown=1", "X-Name=a name"]
# Each of these makes networkd drop the peer, and wgnl hold it.
BAD = ["PersistentKeepalive=foo", "PersistentKeepalive=", "Endpoint=junk", "Endpoint=192.0.2.1:0",
       "PresharedKeyFile=$keys/missing", "PresharedKeyFile=psk1", "RouteTable=junk",
       "RouteMetric=-1", "Endpoint=@network.wireguard.missing"]


class Generator:
    def __init__(self, seed):
        self._random = random.Random(seed)

    def some(self, lines, most):
        return [self._random.choice(lines) for _ in range(self._random.randint(0, most))]

    def prefixes(self, net):
        """A line of a few prefixes of one /16; with host bits now and then."""
        choose = self._random
        words = [choose.choice((f"10.{net}.{choose.randint(0, 3)}.{choose.randint(0, 2)}",
                                f"10.{net}.{choose.randint(0, 3)}.0/24", f"10.{net}.0.1/16",
                                f"fd00:{net}::{choose.randint(0, 3)}", f"fd00:{net}::/64"))
                 for _ in range(choose.randint(1, 4))]
        return "AllowedIPs=" + choose.choice((",", " ", ", ", " ,\t")).join(words)

    def section(self, letter, net, more):
        lines = self.some(GOOD, 5) + [self.prefixes(net) for _ in range(self._random.randint(0, 2))]
        lines += more
        self._random.shuffle(lines)
        return peer(letter, *lines)

    def files(self, name, peers):
        """The peers spread over the file and perhaps two drop-ins."""
        wireguard = "\n".join(self.some(DEVICE_LINES, 5))
        cut = sorted(self._random.randint(1, max(len(peers), 1)) for _ in range(2))
        more = {f"{DROPIN}/{n}.conf": "".join(part) for n, part in
                ((1, peers[cut[0]:cut[1]]), (2, peers[cut[1]:])) if part}
        if more and self._random.random() < 0.5:
            more[next(iter(more))] += "[WireGuard]\n" + "\n".join(self.some(DEVICE_LINES, 3)) + "\n"
        return case(name, *peers[:cut[0]], wireguard=wireguard, more=more)

    def overlapping(self, name):
        """No mistakes; keys and prefixes may come twice. (An endpoint that only the second of two
        sections with one key has is a row of the table.)"""
        letters = self._random.choices(LETTERS, k=self._random.randint(1, 6))
        own = ["Endpoint=192.0.2.1:1"]
        return self.files(name, [self.section(letter, self._random.randint(1, 2),
                                              own if letters.count(letter) > 1 else [])
                                 for letter in letters])

    def mistaken(self, name):
        """Some sections have a mistake; no two claim the same."""
        letters = self._random.sample(LETTERS, self._random.randint(1, 6))
        return self.files(name, [self.section(letter, LETTERS.index(letter), self.some(BAD, 1))
                                 for letter in letters])


def cases(count):
    """Half of them without mistakes."""
    generator = Generator(SEED)
    make = (generator.overlapping, generator.mistaken)
    return [make[n % 2](f"generated-{n:02}") for n in range(count)]
