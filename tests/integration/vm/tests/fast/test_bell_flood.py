# SPDX-License-Identifier: LGPL-2.1-or-later
"""Forged initiations by the ten thousand: wgnld hardly notices, and still hears what is real."""

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

import lab
from stage import Peer, Stage
from stamps import Kernel

FLOOD = Path(__file__).parents[2] / "handshake-flood"
# So many a second, or as many as the machine can; and so many before the real handshake.
PER_SECOND, MANY = 100_000, 100_000
# Under emulation everything costs many times as much; the test on the host holds wgnld to 2 %.
CORE_SHARE = 0.2


def processor_time():
    """Seconds that wgnld has computed so far, in all its threads."""
    fields = Path(f"/proc/{lab.main_pid('wgnld')}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def stage(daemons):
    made = Stage("wgbell")
    yield made
    made.stamps.close()
    made.close()


@pytest.fixture
def peers(stage):
    """One that floods, and one that is real."""
    made = [Peer(stage, 201), Peer(stage, 202)]
    yield made
    for peer in made:
        peer.far.close()


def flood(peer, port):
    return subprocess.Popen(
        ["ip", "netns", "exec", peer.far.netns, FLOOD, f"192.168.{peer.far.number}.1", str(port),
         str(PER_SECOND), "0"], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def arrived(peer):
    """Packets, by the peer's cable."""
    return int(Path(f"/sys/class/net/v{peer.far.number}/statistics/rx_packets").read_text())


def test_flood_of_forged_initiations(stage, peers):
    forger, real = peers
    real.call()
    kernel, began, before = Kernel(), time.monotonic(), processor_time()
    already = arrived(forger)
    running = flood(forger, stage.hub.port)
    pings = None
    try:
        lab.eventually(lambda: arrived(forger) - already >= MANY, "many forged ones have arrived")
        pings = lab.Pings(real.far.inside, interval=0.2)
        stamp = lab.eventually(lambda: kernel.stamps("wgbell").get(real.key), "a real handshake")
        [heard] = stage.client.wait(lambda: real.events("HandshakeCompleted"), "it is said")
    finally:
        if pings:
            pings.kill()
        said = running.communicate(timeout=lab.DEADLINE)[0]
    share = (processor_time() - before) / (time.monotonic() - began)
    print(f"{said.strip()}; wgnld took {100 * share:.2f} % of a core; the real handshake was heard "
          f"{1000 * (heard.at - stamp / 1e9):.1f} ms after the kernel's stamp")
    assert heard.body[0] == stamp // 1000
    assert int(re.search(r"\d+", said).group()) > 0
    assert share <= CORE_SHARE
