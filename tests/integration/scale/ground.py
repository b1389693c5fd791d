# SPDX-License-Identifier: LGPL-2.1-or-later
"""The one device that everybody works on, the files that declare its peers, and who runs meanwhile."""

from pathlib import Path

from commands import FLOOR, Failed, floor, run, write
from daemon_bus import Bus

DEVICE = "wg0"
LINK = Path("/sys/class/net") / DEVICE
NETDEV = Path("/etc/systemd/network") / f"{DEVICE}.netdev"
PROFILE = Path("/etc/NetworkManager/system-connections/scale.nmconnection")
WORK = Path("/run/scale")
CONF, PLAIN, ONE = WORK / "wg0.conf", WORK / "peers", WORK / "peer"
OURS = ("wgnld", "wgnl-networkd")
NETWORKD = ("systemd-networkd.socket", "systemd-networkd.service")
KEEPALIVES = 10, 60000


class Ground:
    """The device with these peers declared, and nobody who cares for it, until somebody is let in."""

    def __init__(self, peers, none):
        self.peers, self.none = peers, none
        self.keepalive = KEEPALIVES[0]
        self._running, self._own_device = True, False
        WORK.mkdir(exist_ok=True)
        write(NETDEV.with_suffix(".network"),
              f"[Match]\nName={DEVICE}\n\n[Network]\nAddress=10.77.0.1/16\n")

    def alone(self):
        """Nobody of those that care for devices runs, nor is started by the bus."""
        if not self._running:
            return
        run("systemctl", "mask", "--runtime", "--now", *OURS, "wgnl-nm", "NetworkManager")
        run("systemctl", "stop", *NETWORKD, check=False)
        PROFILE.unlink(missing_ok=True)
        for folder in ("/run/wgnl-networkd", "/run/systemd/netif/links"):
            for claim in Path(folder).glob("*"):
                claim.unlink()
        self._running = False

    def forget(self):
        """There is no record of what was applied."""
        for record in Path("/run/wgnl").glob(f"{DEVICE}.*"):
            record.unlink()

    def close(self):
        """The device is gone. It is emptied first: the kernel deletes one with many peers slowly."""
        self.alone()
        self.forget()
        if LINK.exists():
            run(FLOOR, "clear", DEVICE)
            run("ip", "link", "del", DEVICE)
        self._own_device = False

    def empty(self):
        """A device without peers, without anybody, and files that declare all of them."""
        if self._running or not self._own_device:
            self.close()
            run("ip", "link", "add", DEVICE, "type", "wireguard")
            run("ip", "link", "set", DEVICE, "up")
            self._own_device = True
        else:
            run(FLOOR, "clear", DEVICE)
        self.forget()
        self.peers.keepalives.clear()
        self.write_all()

    def fill(self):
        """All peers are in the kernel, by the shortest way."""
        floor("add", DEVICE, PLAIN, 64)

    def change_one(self):
        """One peer is another from now on, the one that the kernel shows first; the files say so but for
        the .netdev, which somebody may be watching: that is its text."""
        key = bytes.fromhex(floor("first", DEVICE)["key"])
        if key not in self.peers.numbers:
            raise Failed("the device has peers of somebody else")
        self.keepalive = self.keepalive % KEEPALIVES[1] + 1
        self.peers.change(key, self.keepalive)
        write(ONE, self.peers.plain_one(key))
        write(CONF, self.peers.conf())
        return self.peers.netdev(DEVICE)

    def write_all(self):
        write(NETDEV, self.peers.netdev(DEVICE))
        write(CONF, self.peers.conf())
        write(PLAIN, self.peers.plain())

    def declare_none(self):
        """The .netdev file has no peers yet."""
        write(NETDEV, self.none.netdev(DEVICE))

    def start_ours(self):
        """networkd has made the device from the file as it is, as its owner; wgnld and the adapter keep the
        peers. A connection that hears them."""
        self.start_other(*NETWORKD)
        self._running = True
        run("systemctl", "unmask", "--runtime", *OURS)
        run("systemctl", "start", *OURS)
        return Bus(DEVICE)

    def start_other(self, *units):
        """One runs that makes the device itself."""
        self._running, self._own_device = True, False
        run("ip", "link", "del", DEVICE)
        run("systemctl", "unmask", "--runtime", *units)
        run("systemctl", "start", *units)

    def must_have_all(self):
        """Complains unless the kernel has as many peers as the files say."""
        if (count := floor("count", DEVICE)["peers"]) != len(self.peers):
            raise Failed(f"{count} peers in the kernel")
