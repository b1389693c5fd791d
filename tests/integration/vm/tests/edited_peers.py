# SPDX-License-Identifier: LGPL-2.1-or-later
"""Peers that are edited at random: a model of what their owner writes, and of what follows."""

import base64
import random
from dataclasses import dataclass, field

import lab

KEYS = lab.NETWORK / "psk"


@dataclass
class Peer:
    """A peer as the files declare it, and where."""
    key: str
    prefixes: list = field(default_factory=list)
    keepalive: int = None
    psk: str = None
    psk_in_file: bool = False
    endpoint: str = None
    place: str = "main"
    pinged: bool = False

    @property
    def key_file(self):
        return KEYS / self.key.replace("/", "_")

    def section(self):
        lines = [("PublicKey", self.key)]
        lines += [("AllowedIPs", prefix) for prefix in self.prefixes]
        lines += [("PersistentKeepalive", self.keepalive), ("Endpoint", self.endpoint)]
        lines += [("PresharedKeyFile", self.key_file) if self.psk and self.psk_in_file
                  else ("PresharedKey", self.psk)]
        return "[WireGuardPeer]\n" + "".join(f"{k}={v}\n" for k, v in lines if v is not None)

    def expected(self):
        """What `wg show dump` is to say, but for the endpoint, which outlives its line."""
        return {"psk": self.psk or "(none)", "allowed": set(self.prefixes),
                "keepalive": "off" if not self.keepalive else str(self.keepalive)}


class Model:
    """The peers of all places (files, or one profile); every edit leaves a prefix with one peer at
    most, and what pings need as it is."""

    def __init__(self, seed, spokes, places=("main",)):
        self.random, self.places = random.Random(seed), places
        self.peers = [Peer(s.keys.public, [f"{s.inside}/32"], psk=s.psk, pinged=True,
                           endpoint=None if s.passive else f"{s.outside}:51820") for s in spokes]
        self.pool = [f"10.{n}.0.0/16" for n in range(100, 130)]
        self.pool += [f"fd00:{n:x}::/64" for n in range(100, 130)]

    def free(self):
        taken = {prefix for peer in self.peers for prefix in peer.prefixes}
        return [prefix for prefix in self.pool if prefix not in taken]

    def spare(self, peer):
        return [prefix for prefix in peer.prefixes if prefix in self.pool]

    def others(self):
        return [peer for peer in self.peers if not peer.pinged]

    def new_key(self):
        return base64.b64encode(self.random.randbytes(32)).decode()

    def new_endpoint(self):
        return f"192.0.2.{self.random.randint(1, 254)}:{self.random.randint(1, 65535)}"

    def edit(self):
        """Changes something; returns its name and the files in the order of their writing."""
        edits = [self.add, self.add, self.remove, self.widen, self.narrow, self.narrow,
                 self.hand_over, self.keepalive, self.preshared_key, self.endpoint, self.elsewhere,
                 self.rewrite]
        before = self.text()
        while True:
            one = self.random.choice(edits)
            places = one()
            if places is not None and self.text() != before:
                return one.__name__, places

    def text(self):
        """All that the files say."""
        texts = [self.sections(place) for place in self.places]
        return texts, {peer.key: peer.psk for peer in self.peers if peer.psk_in_file}

    def add(self):
        """One to three peers in one file."""
        place = self.random.choice(self.places)
        for _ in range(self.random.randint(1, 3)):
            free = self.free()
            peer = Peer(self.new_key(), self.random.sample(free, min(len(free), 3)), place=place)
            peer.keepalive = self.random.choice([None, 0, 25, 300])
            peer.psk = self.random.choice([None, self.new_key()])
            peer.psk_in_file = self.random.random() < 0.5
            peer.endpoint = self.random.choice([None, self.new_endpoint()])
            self.peers.insert(self.random.randint(0, len(self.peers)), peer)
        return [place]

    def remove(self):
        if not self.others():
            return None
        place = self.random.choice(self.others()).place
        gone = [peer for peer in self.others() if peer.place == place]
        # Now and then all of a file: a drop-in is deleted then.
        for peer in gone if self.random.random() < 0.3 else gone[:1]:
            self.peers.remove(peer)
        return [place]

    def widen(self):
        peer, free = self.random.choice(self.peers), self.free()
        if not free:
            return None
        peer.prefixes += self.random.sample(free, min(len(free), self.random.randint(1, 4)))
        return [peer.place]

    def narrow(self):
        peer = self.random.choice(self.peers)
        spare = self.spare(peer)
        if not spare:
            return None
        for prefix in self.random.sample(spare, self.random.randint(1, len(spare))):
            peer.prefixes.remove(prefix)
        return [peer.place]

    def hand_over(self):
        """A prefix goes to another peer: written where it leaves first."""
        peer, to = self.random.sample(self.peers, 2)
        if not self.spare(peer):
            return None
        prefix = self.random.choice(self.spare(peer))
        peer.prefixes.remove(prefix)
        to.prefixes.append(prefix)
        return [peer.place, to.place]

    def keepalive(self):
        peer = self.random.choice(self.peers)
        before = peer.keepalive
        peer.keepalive = self.random.choice([None, 0, 21, 25, 300])
        return [peer.place] if peer.keepalive != before else None

    def preshared_key(self):
        """Set, changed (in the file of its own alone, if it has one) or taken away."""
        if not self.others():
            return None
        peer = self.random.choice(self.others())
        had_file = peer.psk and peer.psk_in_file
        peer.psk = self.random.choice([None, self.new_key(), self.new_key()])
        return [] if had_file and peer.psk else [peer.place]

    def endpoint(self):
        if not self.others():
            return None
        peer = self.random.choice(self.others())
        peer.endpoint = self.random.choice([None, self.new_endpoint(), self.new_endpoint()])
        return [peer.place]

    def elsewhere(self):
        """A section moves to another file: written there before it leaves here."""
        if not self.others():
            return None
        peer = self.random.choice(self.others())
        before, peer.place = peer.place, self.random.choice(self.places)
        return [peer.place, before] if peer.place != before else None

    def rewrite(self):
        """The same peers in another order."""
        self.random.shuffle(self.peers)
        return ["main"]

    def sections(self, place):
        return [peer.section() for peer in self.peers if peer.place == place]


class Expected:
    """An independent idea of what the module holds."""

    def __init__(self, model, device="wg0"):
        self.peers, self.endpoints, self.device = {}, {}, device
        self.take(model)

    def take(self, model):
        """The files have changed; returns how many peers that changes in the module."""
        before = self.peers
        self.peers, endpoints = {}, {}
        for peer in model.peers:
            declared = peer.endpoint or self.endpoints.get(peer.key, "(none)")
            endpoints[peer.key] = declared
            self.peers[peer.key] = peer.expected() | ({} if peer.pinged else {"endpoint": declared})
        self.endpoints = endpoints
        return sum(before.get(key) != self.peers.get(key) for key in before.keys() | self.peers)

    def differences(self):
        live = {key: peer for key, peer in lab.dump(self.device).items() if key}
        wanted = self.peers
        return [(key, wanted.get(key), live.get(key)) for key in wanted.keys() | live.keys()
                if key not in wanted or key not in live or
                any(live[key][name] != value for name, value in wanted[key].items())]
