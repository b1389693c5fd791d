# SPDX-License-Identifier: LGPL-2.1-or-later
"""A polkit that is silent, late or dies: whoever asked is answered, the others do not wait."""
import json
import pathlib
import signal
import subprocess

import pytest

from caller import DEVICE
from conftest import end
from test_wgnld import DENIED
from test_wgnld_load import descriptors
from test_wgnld_rights import INSPECT, RECONCILE, Polkit, undeclared  # noqa: F401

HERE = pathlib.Path(__file__).parent
AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
LEAVING = """
import sys
from raw_bus import Raw
for line in sys.stdin:
    connection = Raw(sys.argv[1])
    connection.call(sys.argv[2], sys.argv[3], "GetCounters")
    sys.stdin.readline()
    connection.socket.close()
"""


class Held(Polkit):
    """It answers nobody until it is released."""

    def __init__(self, bus, *allowed):
        super().__init__(bus, *allowed, options=["--hold"])

    def release(self):
        self.process.send_signal(signal.SIGUSR1)
        while self.process.stdout.readline() != "released\n":
            pass


@pytest.fixture
def held(bus):
    made = Held(bus, INSPECT, RECONCILE)
    yield made
    end(made.process)


def asked(bus):
    return [message for message in bus.heard
            if message["type"] == "method_call" and message.get("member") == "CheckAuthorization"]


def crowd_of_nobody(bus, path, connections, calls):
    process = subprocess.Popen([*AS_NOBODY, "/usr/bin/python3", "-B", HERE / "crowd.py"], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(json.dumps({"address": bus.address, "connections": connections, "calls": calls,
                                    "path": path, "interface": DEVICE, "member": "GetCounters"}))
    process.stdin.close()
    assert process.stdout.readline() == "asked\n"
    return process


def begin_asking(wgnld, device):
    """As nobody: a process that has been asked about, and waits."""
    before = len(asked(wgnld.bus))
    process = subprocess.Popen([*AS_NOBODY, "/usr/bin/python3", "-B", wgnld.folder / "caller.py"], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    json.dump({"address": wgnld.bus.address, "method": "answer",
               "arguments": ["call", wgnld.path(device), DEVICE, "GetCounters"]}, process.stdin)
    process.stdin.close()
    wgnld.bus.until(lambda: len(asked(wgnld.bus)) > before, "polkit is asked")
    return process


def answer_of(process):
    with process:
        return json.loads(process.stdout.read())["result"]


def test_a_polkit_that_never_answers_has_nobody_wait(wgnld, bus, undeclared, device, held):  # noqa: F811
    path, before = wgnld.path(device), descriptors(wgnld)
    crowd = crowd_of_nobody(bus, path, 40, 50)
    bus.until(lambda: asked(bus), "polkit is asked")

    assert wgnld.root.call(path, DEVICE, "GetCounters")[2] > 0, "who needs no polkit is answered"
    assert wgnld.caller_as("daemon", "get", path, DEVICE, "PeerCount") == 1

    answers = json.loads(crowd.stdout.read())["answers"]
    assert sum(answers.values()) == 2000 and set(answers) == {DENIED}
    questions = [message["payload"]["data"][0][1]["name"]["data"] for message in asked(bus)]
    assert len(questions) == len(set(questions)), "a connection is asked about once"
    assert descriptors(wgnld) <= before + 2

    held.release()
    # Polkit is taken for silent as long as nobody has asked it again.
    bus.until(lambda: "Error" not in wgnld.caller_as("nobody", "answer", "call", path, DEVICE, "GetCounters"),
              "polkit is asked again")


def test_who_is_refused_for_a_silent_polkit_is_told_so(wgnld, bus, undeclared, device, held):  # noqa: F811
    waiting = begin_asking(wgnld, device)
    assert "polkit, which could allow it, does not answer" in answer_of(waiting)

    answer = wgnld.caller_as("nobody", "answer", "call", wgnld.path(device), DEVICE, "GetCounters")
    assert "polkit, which could allow it, does not answer" in answer
    assert wgnld.caller_as("nobody", "get_all", wgnld.path(device), DEVICE)["PeerCount"] == 1


def test_a_polkit_that_dies_while_it_is_asked_is_asked_anew(wgnld, bus, undeclared, device, held):  # noqa: F811
    path = wgnld.path(device)
    waiting = begin_asking(wgnld, device)
    end(held.process, signal.SIGKILL)
    assert "is shown to root" in answer_of(waiting)

    polkit = Polkit(bus, INSPECT)
    assert wgnld.caller_as("nobody", "call", path, DEVICE, "GetCounters")[2] > 0
    assert len(polkit.questions()) == 1


def test_those_who_leave_take_no_room_of_others(wgnld, bus, undeclared, device, held):  # noqa: F811
    path = wgnld.path(device)
    leaving = subprocess.Popen([*AS_NOBODY, "env", f"PYTHONPATH={HERE}", "/usr/bin/python3", "-B", "-c", LEAVING,
                                bus.address, path, DEVICE], stdin=subprocess.PIPE, text=True)
    for number in range(100):
        print(file=leaving.stdin, flush=True)
        bus.until(lambda done=number: len(asked(bus)) > done, f"polkit is asked after {number} have left")
        print(file=leaving.stdin, flush=True)
    leaving.stdin.close()
    leaving.wait()

    waiting = begin_asking(wgnld, device)
    held.release()

    assert "Error" not in answer_of(waiting)
    assert wgnld.process.poll() is None


def test_a_call_that_is_kept_is_small(wgnld, undeclared, device):  # noqa: F811
    answer = wgnld.caller_as("nobody", "answer", "call", wgnld.path(device), DEVICE, "GetPeer", "y" * 300_000)
    assert answer == ("org.freedesktop.DBus.Error.LimitsExceeded: org.freedesktop.DBus.Error.LimitsExceeded: "
                      "the arguments of a call may take 256 KiB, and these take more")
