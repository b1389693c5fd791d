# SPDX-License-Identifier: LGPL-2.1-or-later
"""A crowd that does its worst, by chance, while somebody else asks once a second.

WGNL_TEST_CROWD_SECONDS is how long (20; ten minutes by hand), WGNL_TEST_CROWD_SEED where chance
begins.
"""
import json
import os
import pathlib
import re
import subprocess

from caller import ROOT
from conftest import TOP, end, sanitized
from patience import FACTOR
from test_wgnld_load import declare_many, descriptors, status

SECONDS = int(os.environ.get("WGNL_TEST_CROWD_SECONDS", "20"))
SEED = int(os.environ.get("WGNL_TEST_CROWD_SEED", "14"))
HOSTILE = pathlib.Path(__file__).parent / "hostile_client.py"
CROWD = 3
PEERS = 1500
ASKING = """
import json, sys, time
import dbus
import caller
asks, path, limit = caller.Caller(sys.argv[1]), sys.argv[2], float(sys.argv[3])
def ask_once(*words):
    proxy = asks.connection.get_object(caller.NAME, words[0], introspect=False)
    return proxy.get_dbus_method(words[2], words[1])(*words[3:], timeout=limit)
def ask(*words):
    until = time.monotonic() + limit
    while True:
        try:
            return ask_once(*words)
        except dbus.DBusException as error:
            # dbus-daemon's own bound, which others fill with calls of megabytes: it is tried again.
            if "full message queue" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.05)
while True:
    begun = time.monotonic()
    assert len(ask(caller.ROOT, caller.MANAGER, "ListDevices")) == 1
    assert ask(path, caller.PROPERTIES, "Get", caller.DEVICE, "PeerCount") == int(sys.argv[4])
    ask(path, caller.DEVICE, "GetCounters")
    print(f"{time.monotonic() - begun:.3f}", flush=True)
    time.sleep(1)
"""


def most_memory():
    """What the unit allows, in KiB."""
    unit = (TOP / "units/wgnld.service.in").read_text(encoding="utf-8")
    return int(re.search(r"^MemoryMax=(\d+)M$", unit, re.MULTILINE).group(1)) * 1024


def as_user(user, *command, **options):
    return subprocess.Popen(["setpriv", f"--reuid={user}", "--clear-groups", *command], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)


def begin_hostile(bus, device, name, seed):
    process = as_user("nobody", "/usr/bin/python3", "-B", str(HOSTILE))
    process.stdin.write(json.dumps({"address": bus.address, "seed": seed, "seconds": SECONDS,
                                    "device": device, "wgnld": name}))
    process.stdin.close()
    return process


def test_others_are_served_in_a_hostile_crowd(bus, wgnld, device):
    print(f"seed {SEED}, {SECONDS} s")
    declare_many(wgnld, device, PEERS)
    end(bus.monitor)  # it would be one more who does not read fast enough
    pid, before = wgnld.pid(), descriptors(wgnld)
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    name = wgnld.root.connection.get_name_owner("org.wgnl.WireGuard1")
    asking = as_user("daemon", "env", "-C", wgnld.folder, "/usr/bin/python3", "-B", "-c", ASKING,
                     bus.address, wgnld.path(device), str(2 * FACTOR), str(PEERS))
    crowd = [begin_hostile(bus, device, name, SEED + number) for number in range(CROWD)]
    did = [json.loads(one.stdout.read()) for one in crowd]
    asked_still = asking.poll() is None
    end(asking)
    answers = [float(line) for line in asking.stdout.read().split()]
    peak = status(wgnld, "VmHWM")
    print(f"{did}; {len(answers)} rounds answered, the slowest in {max(answers):.2f} s; {peak} KiB at most")

    assert asked_still, "every question was answered"
    assert len(answers) > 1 and sum(one["calls"] for one in did) > 1000
    assert wgnld.process.poll() is None and wgnld.pid() == pid
    assert peak < most_memory() or sanitized()
    assert len(wgnld.root.objects()) == PEERS + 1, "root is served"
    assert wgnld.root.manager("ListDevices")[0][1] == f"{ROOT}/device/{device}"
    for _ in range(1000):
        if descriptors(wgnld) <= before + 2:
            break
        wgnld.root.manager("ListDevices")
    assert descriptors(wgnld) <= before + 2, "nothing is kept"
