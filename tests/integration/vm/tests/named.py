# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests of endpoints with names stand on: a DNS server in a namespace, hosts that move."""

from pathlib import Path

import lab
from name_server import NameServer

RESOLV_CONF = Path("/etc/resolv.conf")


class Dns:
    """The namespace of a DNS server, which this machine asks from now on."""

    ADDRESS = "192.168.53.2"

    def __init__(self):
        lab.run("ip", "netns", "add", "dns")
        lab.run("ip", "link", "add", "vdns", "type", "veth", "peer", "name", "eth0", "netns", "dns")
        lab.run("ip", "address", "add", "192.168.53.1/24", "dev", "vdns")
        lab.run("ip", "link", "set", "vdns", "up")
        lab.run("ip", "-n", "dns", "address", "add", f"{self.ADDRESS}/24", "dev", "eth0")
        lab.run("ip", "-n", "dns", "link", "set", "eth0", "up")
        self.server = NameServer(self.ADDRESS, ["ip", "netns", "exec", "dns"])
        self.set, self.queries = self.server.set, self.server.queries
        self._before = RESOLV_CONF.read_bytes() if RESOLV_CONF.exists() else None
        RESOLV_CONF.unlink(missing_ok=True)
        RESOLV_CONF.write_text(f"nameserver {self.ADDRESS}\nsearch .\n")

    def close(self):
        self.server.close()
        RESOLV_CONF.unlink()
        if self._before is not None:
            RESOLV_CONF.write_bytes(self._before)
        lab.run("ip", "link", "del", "vdns")
        lab.run("ip", "netns", "del", "dns")


class Server(lab.Spoke):
    """A host that waits to be called: it knows no endpoint of the hub and sends nothing unasked.

    It is reached at 192.168.NUMBER.2 and fd00:NUMBER::2.
    """

    def __init__(self, number, hub_public, name):
        self.name, self.hub_public = name, hub_public
        super().__init__(number, hub_public)

    def _join(self, number):
        super()._join(number)
        for link, host in ((f"v{self.number}", 1), ("eth0", 2)):
            where = ["-n", self.netns] if link == "eth0" else []
            lab.run("ip", *where, "address", "add", f"fd00:{self.number}::{host}/64", "dev", link,
                    "nodad")

    def start(self, hub_public, keepalive=None):
        lab.run("ip", "-n", self.netns, "link", "add", "wg0", "type", "wireguard")
        lab.run("wg", "set", "wg0", "private-key", "/dev/stdin", "listen-port", self.port, "peer",
                hub_public, "allowed-ips", "10.77.0.0/16", netns=self.netns,
                stdin=self.keys.private)
        lab.run("ip", "-n", self.netns, "address", "add", f"{self.inside}/16", "dev", "wg0")
        lab.run("ip", "-n", self.netns, "link", "set", "wg0", "up")

    def move(self, host):
        """Another machine takes over at another IPv4 address, which this returns: it has the same
        keys and no session, so that nothing heals before the hub calls it."""
        lab.run("ip", "-n", self.netns, "link", "del", "wg0")
        lab.run("ip", "-4", "-n", self.netns, "address", "flush", "dev", "eth0")
        moved = f"192.168.{self.number}.{host}"
        lab.run("ip", "-n", self.netns, "address", "add", f"{moved}/24", "dev", "eth0")
        self.start(self.hub_public)
        return moved

    def section(self, **more):
        return super().section(**{"Endpoint": f"{self.name}.wgnl.test:51820",
                                  "PersistentKeepalive": 25, **more})


def problems(key):
    """A peer's problems: severity, where, text; none before the bus knows the peer."""
    return lab.busctl("get-property", lab.BUS, lab.peer_path("wg0", key), f"{lab.BUS}.Peer",
                      "Problems", check=False) or []


def untouched(before, after):
    """The same session or a later one, the same configuration, counters that go on."""
    for spoke, seen in before.items():
        now = after[spoke]
        assert lab.configured(seen) == lab.configured(now), spoke
        assert seen["endpoint"] == now["endpoint"], spoke
        assert now["handshake"] >= seen["handshake"], spoke
        assert now["rx"] > seen["rx"] and now["tx"] > seen["tx"], spoke
