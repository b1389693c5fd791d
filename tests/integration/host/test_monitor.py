# SPDX-License-Identifier: LGPL-2.1-or-later
"""`wgnl monitor`: every event of a real tunnel, told to somebody without any right."""
import signal

import pytest

from command import Monitor
from conftest import Wgnld, end
from test_wgnld import Tunnel, own


@pytest.fixture
def tunnel(wgnld, there, device):
    return Tunnel(wgnld, there, device)


@pytest.fixture
def monitor(bus, tunnel):
    """Listens to a device that is not there yet."""
    made = Monitor(bus, "--json", tunnel.device)
    assert f"no WireGuard device {tunnel.device}" in made.note()
    yield made
    made.close()


def test_a_tunnel_from_its_declaration_to_its_end(tunnel, monitor):
    tunnel.declare()
    assert monitor.until(event="appeared")["device"] == tunnel.device
    monitor.until(event="applied", ok=True)

    tunnel.ping()
    told = monitor.until(event="handshake")
    assert told["public_key"] == tunnel.far.public and told["name"] == "far"
    assert 0 < told["handshake_usec"] <= told["time_usec"]
    monitor.until(event="state", public_key=tunnel.far.public, new="established")

    tunnel.there.run("wg", "set", tunnel.far_device, "listen-port", 51899)
    tunnel.ping_back()  # a packet of a session goes on unheard: wgnld sees it when it reads
    tunnel.wgnld.until_peer(tunnel.device, tunnel.far.public, "Endpoint", "10.99.1.2:51899")
    assert monitor.until(event="endpoint", name="far")["new"] == "10.99.1.2:51899"

    tunnel.wgnld.declare(own(tunnel.device, tunnel.keys, []))
    assert monitor.until(event="vanished")["public_key"] == tunnel.far.public
    tunnel.wgnld.root.manager("Withdraw", tunnel.device)
    assert "public_key" not in monitor.until(event="vanished")

    assert all(event["device"] == tunnel.device for event in monitor.events)
    handshakes = [event for event in monitor.events if event["event"] == "handshake"]
    stamps = [event["handshake_usec"] for event in handshakes]
    assert len(stamps) == len(set(stamps)), "one line a handshake"


def test_problems_come_and_go(tunnel, monitor):
    problem = {"where": "wg.netdev:40", "severity": "warning", "text": "too vague"}
    tunnel.wgnld.declare(own(tunnel.device, tunnel.keys, [tunnel.peer], problems=[problem]))
    assert monitor.until(event="problem")["problem"] == problem
    tunnel.declare()
    assert monitor.until(event="cleared")["problem"] == problem


def test_goes_on_when_the_daemon_comes_back(tunnel, monitor):
    tunnel.declare()
    monitor.until(event="applied")

    tunnel.wgnld.stop(signal.SIGKILL)
    monitor.until(event="daemon-stopped")
    tunnel.ping()  # the tunnel lives on, and has a handshake that nobody saw
    tunnel.wgnld.start()
    monitor.until(event="daemon-started")

    tunnel.declare()  # until then its peers are root's to see
    told = monitor.until(event="handshake")
    assert told["public_key"] == tunnel.far.public and told["name"] == "far"
    after = monitor.events[[event["event"] for event in monitor.events].index("daemon-started"):]
    assert not [event for event in after if event["event"] in ("appeared", "vanished")]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ends_cleanly_when_it_is_asked_to(monitor, how):
    end(monitor.process, how)
    assert monitor.process.returncode == 0


def test_ends_with_its_reader(bus, monitor):
    monitor.process.stdout.close()  # no event comes: the pipe itself tells
    assert monitor.errors() == ""
    assert monitor.process.returncode == 0


def test_waits_for_a_daemon_that_is_not_there(bus, here, folder):
    monitor = Monitor(bus, "--json")
    assert "waiting for it" in monitor.note()
    daemon = Wgnld(bus, here, folder)
    daemon.start()
    try:
        monitor.until(event="daemon-started")
    finally:
        monitor.close()
        daemon.stop()


def test_without_a_bus_it_says_so(bus, wgnld):
    monitor = Monitor(bus, "--json", "wgnone")
    monitor.note()
    wgnld.stop()
    monitor.until(event="daemon-stopped")
    end(bus.daemon)
    assert "closed the connection" in monitor.errors()
    assert monitor.process.returncode == 1


def test_text_is_plain_in_a_pipe(bus, tunnel):
    monitor = Monitor(bus, tunnel.device)
    monitor.note()
    tunnel.declare()
    line = monitor.line(monitor.process.stdout)
    monitor.close()
    assert line.split()[3:5] == [tunnel.device, "appeared:"]
    assert "\033" not in line
