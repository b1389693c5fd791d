# SPDX-License-Identifier: LGPL-2.1-or-later
"""Forged initiations by the hundred thousand: wgnld hardly notices, and still hears what is real."""
import json
import os
import pathlib
import re
import subprocess
import time

from conftest import DEADLINE, end
from test_handshake_socket import Side, tunnel

FLOOD = pathlib.Path(os.environ.get("WGNL_BUILD", "")) / "libwgnl/tests/contract/handshake-flood"
# So many a second, or as many as the machine can; and so many before and behind the real handshake.
PER_SECOND, MANY = 100_000, 300_000
CORE_SHARE = 0.02


def processor_time(pid):
    """Seconds that a process has computed so far, in all its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def handshakes(bus):
    """How long after its stamp each was said, in seconds."""
    return [(message["timestamp-realtime"] - message["payload"]["data"][0]) / 1e6
            for message in bus.heard if message.get("member") == "HandshakeCompleted"]


def arrived(namespace):
    """Packets, by the cable."""
    return json.loads(namespace.run("ip", "-json", "-stats", "link", "show", "v1a"))[0]["stats64"][
        "rx"]["packets"]


def until_more_arrived(bus, namespace):
    before = arrived(namespace)
    bus.until(lambda: arrived(namespace) - before >= MANY, "many forged ones have arrived")


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
    flood = subprocess.Popen(there.command(FLOOD, "10.99.1.1", "50003", PER_SECOND, "0"), text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        until_more_arrived(bus, here)
        ours.ping(theirs)
        [delay] = bus.until(lambda: handshakes(bus), "the real handshake is said")
        until_more_arrived(bus, here)
        said = flood.communicate(timeout=DEADLINE)[0].strip()
    finally:
        end(flood)
    share = (processor_time(pid) - before) / (time.monotonic() - began)
    print(f"{said}; wgnld took {100 * share:.2f} % of a core; "
          f"the real handshake was said {1000 * delay:.1f} ms after its stamp")
    assert int(re.search(r"\d+", said).group()) > 0
    assert share <= CORE_SHARE
