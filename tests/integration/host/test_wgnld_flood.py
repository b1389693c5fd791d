# SPDX-License-Identifier: LGPL-2.1-or-later
"""Forged initiations by the hundred thousand: wgnld hardly notices, and still hears what is real."""
import os
import pathlib
import re
import subprocess
import time

from conftest import DEADLINE
from test_handshake_bell import Side, tunnel

FLOOD = pathlib.Path(os.environ.get("WGNL_BUILD", "")) / "libwgnl/tests/contract/handshake-flood"
PER_SECOND, SECONDS = 100_000, 8
CORE_SHARE = 0.02


def processor_time(pid):
    """Seconds that a process has computed so far, in all its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def handshakes(bus):
    """How long after its stamp each was said, in seconds."""
    return [(message["timestamp-realtime"] - message["payload"]["data"][0]) / 1e6
            for message in list(bus.heard) if message.get("member") == "HandshakeCompleted"]


def test_flood_costs_little_and_hides_nothing(wgnld, bus, here, there, device):
    ours, theirs = tunnel(here, there, device, (50001, 50002), "10.80.0",
                          ("10.99.1.1", "10.99.1.2"))
    Side(here, f"{device}f", 50003, "10.82.0.1")  # whose port is flooded
    for name, peers in ((ours.name, [theirs.keys.public]), (f"{device}f", [])):
        wgnld.declare({"version": 1, "device": name, "mode": "observe", "peers": [
            {"public_key": key, "allowed_ips": [f"{theirs.address}/32"]} for key in peers]})
    bus.until(lambda: wgnld.peer(ours.name, theirs.keys.public, "State") == "never", "never")
    pid = wgnld.pid()
    began, before = time.monotonic(), processor_time(pid)
    with subprocess.Popen(there.command(FLOOD, "10.99.1.1", "50003", PER_SECOND, SECONDS),
                          text=True, stdout=subprocess.PIPE) as flood:
        time.sleep(SECONDS / 2)
        ours.ping(theirs)
        [delay] = bus.until(lambda: handshakes(bus), "the real handshake is said")
        amid = flood.poll() is None
        said = flood.communicate(timeout=DEADLINE)[0].strip()
    share = (processor_time(pid) - before) / (time.monotonic() - began)
    print(f"{said}; wgnld took {100 * share:.2f} % of a core; "
          f"the real handshake was said {1000 * delay:.1f} ms after its stamp")
    assert amid, "it was to be said amid the flood"
    assert int(re.search(r"\d+", said).group()) > 0
    assert share <= CORE_SHARE
