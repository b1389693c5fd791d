# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests of live state stand on: devices that wgnld only observes, peers that come and go, and
what the bus says of them."""

from pathlib import Path

import lab
from bus import Client, signals_of
from named import Server
from stamps import Stamps

FILES = Path("/etc/wgnl/network")
PEER = f"{lab.BUS}.Peer"
DEVICE = f"{lab.BUS}.Device"


class Far(Server):
    """A host that waits to be called, and may die or fall silent."""

    def __init__(self, number, hub_public):
        super().__init__(number, hub_public, f"far{number}")

    def die(self):
        lab.run("ip", "-n", self.netns, "link", "del", "wg0")

    def revive(self):
        """The same keys, and no session."""
        self.start(self.hub_public)

    def mute(self):
        """Neither hears nor says anything from now on, and keeps its sessions."""
        chains = "".join(f"chain {hook} {{\ntype filter hook {hook} priority 0; policy drop;\n}}\n"
                         for hook in ("input", "output"))
        lab.run("nft", "-f", "-", netns=self.netns, stdin=f"table ip mute {{\n{chains}}}\n")

    def unmute(self):
        lab.run("nft", "delete", "table", "ip", "mute", netns=self.netns)


class Observed:
    """A device that the test alone configures; wgnld is told of its peers and shows them."""

    def __init__(self, device="wgst", port=51820, more=""):
        self.device, self.port, self.keys = device, port, lab.Keys()
        self.more = more  # lines of [X-Wgnl]
        self.file = FILES / f"{device}.netdev"
        self.peers = {}
        self.create()
        lab.run("ip", "link", "set", device, "up")

    def create(self):
        """The link, still down, with the peers that it had."""
        lab.run("ip", "link", "add", self.device, "type", "wireguard")
        lab.run("wg", "set", self.device, "private-key", "/dev/stdin", "listen-port", self.port,
                stdin=self.keys.private)
        lab.run("ip", "address", "add", "10.77.0.1/16", "dev", self.device)
        for key, inside in self.peers.items():
            self.set(key, "allowed-ips", f"{inside}/32")

    def set(self, key, *words):
        lab.run("wg", "set", self.device, "peer", key, *words)

    def add(self, key, inside):
        self.peers[key] = inside
        self.set(key, "allowed-ips", f"{inside}/32")
        self.declare()

    def drop(self, key):
        del self.peers[key]
        self.set(key, "remove")
        self.declare()

    def declare(self):
        FILES.mkdir(parents=True, exist_ok=True)
        text = (f"[NetDev]\nName={self.device}\nKind=wireguard\n[WireGuard]\n"
                f"PrivateKey={self.keys.private}\nListenPort={self.port}\n"
                f"[X-Wgnl]\nMode=observe\n{self.more}")
        text += "".join(f"[WireGuardPeer]\nPublicKey={key}\nAllowedIPs={inside}/32\n"
                        for key, inside in self.peers.items())
        aside = self.file.with_suffix(".new")
        aside.write_text(text)
        aside.chmod(0o644)
        aside.rename(self.file)
        lab.eventually(lambda: lab.device_property("Source", self.device, check=False) == "networkd",
                       "wgnld knows it as declared, so that its signals are for everybody")

    def close(self):
        self.file.unlink(missing_ok=True)
        lab.run("ip", "link", "del", self.device, check=False)


class Peer:
    """One peer of the stage: its host, and what the bus says of it from here on."""

    def __init__(self, stage, number, first="never"):
        self.stage, self.client, self.device = stage, stage.client, stage.hub.device
        self.far = Far(number, stage.hub.keys.public)
        self.key = self.far.keys.public
        self.path = lab.peer_path(self.device, self.key)
        stage.hub.add(self.key, self.far.inside)
        lab.eventually(lambda: self.path in stage.paths(), f"the bus has peer {number}")
        lab.eventually(lambda: self.state() == first, f"peer {number} is {first}")
        self.first, self._begin, self._passed = first, len(self.client.events), 0

    def get(self, name):
        return self.client.get(self.path, PEER, name)

    def state(self):
        return self.get("State")

    def events(self, member):
        return [event for event in self.client.events[self._begin:]
                if event.path == self.path and event.member == member]

    def call(self, keepalive="off", endpoint=None):
        """The hub knows where the peer is from now on, and wgnld knows that."""
        self.stage.hub.set(self.key, "endpoint", endpoint or f"{self.far.outside}:51820",
                           "persistent-keepalive", keepalive)
        wanted = 0 if keepalive == "off" else keepalive
        lab.eventually(lambda: self.get("PersistentKeepalive") == wanted and self.get("Endpoint"),
                       "wgnld knows the endpoint and the keepalive")

    def ping(self):
        """One, whether it is answered or not."""
        lab.run("ping", "-n", "-c", "1", "-W", "1", self.far.inside, check=False)

    def states(self):
        """All that it went through."""
        went = [self.first]
        for event in self.events("StateChanged"):
            old, new = event.body
            assert old == went[-1], f"{old} after {went}"
            went.append(new)
        return went

    def reaches(self, state, seconds=0, asked=False):
        """Waits until the bus says so, in a signal that no earlier call has waited for, which timers
        of the protocol bring after so many seconds at most. `asked`: somebody reads the state
        every few seconds, which nothing else makes wgnld look at."""
        def said():
            later = self.states()[self._passed + 1:]
            return state in later and self._passed + 1 + later.index(state)
        self._passed = self.client.wait(
            said, f"{state} of {self.states()}", lab.longer(seconds),
            self.state if asked else None)
        print(f"{' → '.join(self.states())}")

    def stalls(self, stalled, asked=False):
        """Waits until PropertiesChanged says whether it is stalled. `asked`: as with reaches()."""
        def said():
            told = [event.body[1]["Stalled"][1] for event in self.events("PropertiesChanged")
                    if "Stalled" in event.body[1]]
            return bool(told) and told[-1] == stalled
        self.client.wait(said, f"Stalled is {stalled}", lab.longer(45),
                         asking=self.state if asked else None)

    def close(self):
        self.stage.stamps.look()
        self.stage.hub.drop(self.key)
        lab.eventually(lambda: self.path not in self.stage.paths(), "the bus forgets the peer")
        self.far.close()


class Stage:
    """A device, a client of the bus that hears all that is said of it, and the kernel's stamps."""

    def __init__(self, device="wgst"):
        self.client = Client(signals_of(device))
        self.hub = Observed(device)
        self.stamps = Stamps(device)
        self.hub.declare()
        lab.eventually(lambda: self.hub.device in lab.run("wgnl", "status"), "wgnld shows it")

    def paths(self):
        """Of the peers on the bus."""
        path = lab.device_path(self.hub.device)
        return [row[1] for row in self.client.call(path, DEVICE, "ListPeers")[0]]

    def device_state(self):
        return self.client.get(lab.device_path(self.hub.device), DEVICE, "State")

    def handshakes_said(self):
        """(device, public key, µs) of each HandshakeCompleted."""
        keys = {lab.peer_path(self.hub.device, key): key
                for _, key, _ in self.stamps.seen}
        return sorted((self.hub.device, keys.get(event.path, event.path), event.body[0])
                      for event in self.client.events if event.member == "HandshakeCompleted")

    def unsaid_and_doubled(self):
        """Handshakes that the kernel had and the bus did not tell, and those that it told twice.
        (Of two within the interval of our looking the kernel shows the later one only.)"""
        said = self.handshakes_said()
        return sorted(self.stamps.seen - set(said)), sorted({e for e in said if said.count(e) > 1})

    def close(self):
        self.hub.close()
        self.client.close()
