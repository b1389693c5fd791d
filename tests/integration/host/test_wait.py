# SPDX-License-Identifier: LGPL-2.1-or-later
"""`wgnl wait`: for daemon, device, peer and handshake, by somebody without any right."""
import subprocess

import pytest

from command import NOBODY, environment, program, wgnl
from conftest import DEADLINE, Keys, Wgnld
from test_wgnld import Tunnel

TIMED_OUT = 4


@pytest.fixture
def tunnel(wgnld, there, device):
    return Tunnel(wgnld, there, device)


class Waiter:
    """`wgnl wait`, running, once it has looked for the first time."""

    def __init__(self, bus, *words):
        self.process = bus.until_called("GetAll", lambda: subprocess.Popen(
            [*NOBODY, program(), "wait", *words], env=environment(bus), text=True,
            stderr=subprocess.PIPE))

    def is_waiting(self):
        return self.process.poll() is None

    def done(self):
        return self.process.wait(DEADLINE), self.process.communicate()[1]


@pytest.mark.parametrize("words", [(), ("--all",), ("--peer", "far")])
def test_waits_for_the_handshake(bus, tunnel, device, words):
    before = Waiter(bus, device, *words)
    tunnel.declare()
    after = Waiter(bus, device, *words)
    assert before.is_waiting() and after.is_waiting()
    tunnel.ping()
    assert before.done() == after.done() == (0, "")
    assert wgnl(bus, "wait", device, *words).returncode == 0


def test_waits_for_the_daemon_also_while_it_restarts(bus, here, folder, there, device):
    waiter = Waiter(bus, device)
    daemon = Wgnld(bus, here, folder)
    daemon.start()
    tunnel = Tunnel(daemon, there, device)
    tunnel.declare()
    daemon.stop()
    assert waiter.is_waiting()
    tunnel.ping()
    daemon.start()  # the device's state is for everybody, also before it is declared again
    assert waiter.done() == (0, "")
    daemon.stop()


def test_all_peers_are_all(bus, tunnel, device):
    tunnel.declare({"public_key": Keys().public, "allowed_ips": ["10.9.0.9/32"]})
    tunnel.ping()
    assert wgnl(bus, "wait", device).returncode == 0
    done = wgnl(bus, "wait", device, "--all", "--timeout", "100ms")
    assert (done.returncode, done.stdout) == (TIMED_OUT, "")
    assert f"not every peer of {device} is established (1 established, 1 never)" in done.stderr


@pytest.mark.parametrize("words, said", [
    (("wgnone",), "there is no WireGuard device wgnone"),
    (("DEVICE", "--peer", "nobody"), "has no peer nobody"),
    (("DEVICE", "--peer", "far"), "peer far of"),
    (("DEVICE",), "no peer of"),
])
def test_says_what_is_missing_when_the_time_is_up(bus, tunnel, device, words, said):
    tunnel.declare()
    done = wgnl(bus, "wait", *(device if word == "DEVICE" else word for word in words),
                "--timeout", "0.2")
    assert done.returncode == TIMED_OUT and said in done.stderr and done.stdout == ""


def test_says_that_the_daemon_is_missing(bus):
    done = wgnl(bus, "wait", "wg0", "--timeout", "100ms")
    assert done.returncode == TIMED_OUT and "wgnld is not running" in done.stderr


def test_of_a_device_that_nobody_declared_states_are_known_and_peers_are_not(bus, here, wgnld,
                                                                            there, device):
    keys, far = Keys(), Keys()
    here.wireguard(device, keys, 51820)
    other = device.replace("wg", "wf")
    there.wireguard(other, far, 51821)
    here.run("wg", "set", device, "peer", far.public, "endpoint", "10.99.1.2:51821",
             "persistent-keepalive", "1")
    there.run("wg", "set", other, "peer", keys.public)
    assert wgnl(bus, "wait", device, "--timeout", str(DEADLINE)).returncode == 0
    done = wgnl(bus, "wait", device, "--peer", far.public, "--timeout", "0.2")
    assert done.returncode == TIMED_OUT and "root and group wgnl" in done.stderr
    assert wgnl(bus, "wait", device, "--peer", far.public, user=()).returncode == 0
