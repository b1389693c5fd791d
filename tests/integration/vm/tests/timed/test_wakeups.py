# SPDX-License-Identifier: LGPL-2.1-or-later
"""How often wgnld wakes: not at all while nothing happens, a few times for each handshake."""

import statistics
import time
from pathlib import Path

import pytest

import lab
from stage import Peer, Stage
from stamps import Kernel

numbers = iter(range(60, 90))
WINDOW = 60
SETTLED = 10  # what follows a handshake lasts 5 s


def switches(kinds=("voluntary", "nonvoluntary")):
    """How often wgnld's threads were switched since they began, by their own will or not."""
    counted = 0
    for status in Path(f"/proc/{lab.main_pid('wgnld')}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith(tuple(f"{kind}_ctxt_switches" for kind in kinds)):
                counted += int(line.split()[1])
    return counted


def wakeups():
    """How often they woke up, that is went to sleep: one that is made to wait for another thread,
    as on a single processor, does not wake up."""
    return switches(("voluntary",))


def watchdog(name):
    return lab.busctl("get-property", "org.freedesktop.systemd1",
                      "/org/freedesktop/systemd1/unit/wgnld_2eservice",
                      "org.freedesktop.systemd1.Service", name) / 1e6


def wait_for_watchdog():
    """Until wgnld has just told systemd that it lives."""
    last = watchdog("WatchdogTimestampMonotonic")
    lab.eventually(lambda: watchdog("WatchdogTimestampMonotonic") > last or time.sleep(5),
                   "a sign of life", lab.longer(watchdog("WatchdogUSec")))


class Calling(Peer):
    """A peer that calls us, and whom we could not call."""

    def call(self):
        self.tell_the_far()
        self.ping_from_there()
        self.reaches("established")

    def tell_the_far(self):
        lab.run("wg", "set", "wg0", "peer", self.stage.hub.keys.public, "endpoint",
                f"192.168.{self.far.number}.1:{self.stage.hub.port}", netns=self.far.netns)

    def ping_from_there(self):
        lab.ping("10.77.0.1", netns=self.far.netns)


class Called(Peer):
    """A peer that we call."""

    def call(self, keepalive="off"):
        super().call(keepalive)
        self.ping()
        self.reaches("established")


@pytest.fixture
def stage(daemons):
    made = Stage("wgwake")
    yield made
    made.stamps.close()
    made.close()


@pytest.fixture
def peers(stage):
    made = [Called(stage, next(numbers)), Called(stage, next(numbers)),
            Calling(stage, next(numbers))]
    yield made
    for peer in made:
        peer.far.close()


@pytest.mark.timeout(3600)  # of the guest's clock
def test_nothing_wakes_it_while_three_tunnels_are_idle(stage, peers):
    wait_for_watchdog()
    peers[0].call()
    peers[1].call(keepalive=25)
    peers[2].call()
    stage.client.close()
    time.sleep(SETTLED)
    alive, before = watchdog("WatchdogTimestampMonotonic"), switches()
    time.sleep(WINDOW)
    made = switches() - before
    assert watchdog("WatchdogTimestampMonotonic") == alive, "between two signs of life"
    print(f"{made} context switches in {WINDOW} s")
    assert made == 0
    assert set(Kernel().stamps("wgwake")) == {peer.key for peer in peers}


def shaken(peer, kernel):
    """Waits for the peer's next handshake; the wake-ups from shortly before until all that
    follows it is over."""
    last = kernel.stamps(peer.device)[peer.key]
    time.sleep(max(0, last / 1e9 + 118 - time.time()))
    before = wakeups()
    lab.eventually(lambda: kernel.stamps(peer.device)[peer.key] > last or time.sleep(0.5),
                   "the next handshake")
    time.sleep(SETTLED)
    return wakeups() - before


@pytest.mark.timeout(3600)  # of the guest's clock
@pytest.mark.parametrize("kind", [Called, Calling])
def test_few_wake_ups_for_each_handshake_under_traffic(stage, kind):
    peer = kind(stage, next(numbers))
    peer.call()
    stage.client.close()
    where = (peer.far.inside, None) if kind is Called else ("10.77.0.1", peer.far.netns)
    pings = lab.Pings(*where, interval=1)
    try:
        counted = [shaken(peer, Kernel()) for _ in range(7)]
    finally:
        pings.kill()
        peer.far.close()
    print(f"{kind.__name__}: wake-ups at each handshake: {counted}")
    assert statistics.median(counted) <= 3
