# SPDX-License-Identifier: LGPL-2.1-or-later
"""Spokes joined to a WireGuard device of this machine, whoever configures it, and pings to them."""

from concurrent.futures import ThreadPoolExecutor

import lab


class Joined:
    """What a test does with the spokes, and sees of them."""

    def __init__(self, device, spokes):
        self.device, self.spokes, self.pings = device, spokes, []

    def settle(self):
        """Every spoke has a session, and no handshake of the beginning is still under way: where
        both sides begin one at once, a packet between the two may be lost by the protocol."""
        for count in (1, 10):
            lab.eventually(lambda: self.all_answer(count), f"{count} answers of every spoke")

    def all_answer(self, count):
        """Whether that many pings in a row to each spoke, beside the others, are all answered."""
        with ThreadPoolExecutor() as beside:
            return all(beside.map(lambda spoke: self.answers(spoke, count), self.spokes))

    @staticmethod
    def answers(spoke, count):
        """Whether that many pings in a row are all answered."""
        said = lab.run("ping", "-n", "-c", count, "-i", "0.1", "-W", "1", spoke.inside, check=False)
        return f"{count} packets transmitted, {count} received" in said

    def ping(self, *spokes, **more):
        started = [lab.Pings(spoke.inside, **more) for spoke in spokes]
        self.pings += started
        return started

    def live(self, spoke):
        return lab.dump(self.device).get(spoke.keys.public)

    def in_kernel(self, spoke, what, **expected):
        """Waits until the module has these configured values of the spoke."""
        def holds():
            peer = self.live(spoke)
            return peer and all(peer[name] == value for name, value in expected.items())
        lab.eventually(holds, what)

    def leave(self):
        """Stops the pings, and takes the spokes away."""
        for ping in self.pings:
            ping.kill()
        for spoke in self.spokes:
            spoke.close()
