# SPDX-License-Identifier: LGPL-2.1-or-later
"""Handshakes that are heard, those that are not, and what sleep does to them."""
import time

import dbus
import dbus.lowlevel
import pytest

from conftest import Keys
from test_wgnld import Tunnel

HERE, FAR = "127.0.0.1:52001", "127.0.0.1:52002"
LOGIND = "org.freedesktop.login1"


@pytest.fixture
def tunnel(wgnld, there, device):
    made = Tunnel(wgnld, there, device)
    made.declare()
    yield made


def handshakes(wgnld, tunnel):
    """When each that was told was completed."""
    path = wgnld.peer_path(tunnel.device, tunnel.far.public)
    return [stamp for [stamp] in wgnld.bus.signals("HandshakeCompleted", path)]


def test_every_handshake_is_heard_once(wgnld, bus, tunnel):
    def until_told(count):
        bus.until(lambda: len(handshakes(wgnld, tunnel)) >= count, f"{count} handshakes")

    tunnel.ping()
    until_told(1)
    for count in range(2, 6):
        time.sleep(0.1)  # of initiations within 20 ms all but the first are dropped
        there = tunnel.there
        there.run("wg", "set", tunnel.far_device, "peer", tunnel.keys.public, "remove")
        there.run("wg", "set", tunnel.far_device, "peer", tunnel.keys.public, "allowed-ips",
                  "10.9.0.1/32", "endpoint", "10.99.1.1:51820", "persistent-keepalive", 20)
        tunnel.ping_back()
        until_told(count)
    bus.until(lambda: handshakes(wgnld, tunnel)[-1] == tunnel.far_key("LastHandshake"), "the last")

    stamps = handshakes(wgnld, tunnel)
    assert len(stamps) >= 5
    assert stamps == sorted(set(stamps))
    assert wgnld.device(tunnel.device, "MissedEvents") == 0
    assert wgnld.device(tunnel.device, "EventSource") == "packets"


def test_device_whose_sockets_are_in_another_namespace_is_polled(wgnld, bus, here, there, device):
    keys, far = Keys(), Keys()
    far_device = device.replace("wg", "wf")
    there.wireguard(device, keys, 52001)
    there.wireguard(far_device, far, 52002)
    there.run("ip", "link", "set", device, "netns", here.name)
    here.run("ip", "link", "set", device, "up")
    here.run("ip", "address", "add", "10.8.0.1/24", "dev", device)
    there.run("ip", "address", "add", "10.8.0.2/24", "dev", far_device)
    here.run("wg", "set", device, "peer", far.public, "allowed-ips", "10.8.0.2/32", "endpoint", FAR)
    there.run("wg", "set", far_device, "peer", keys.public, "allowed-ips", "10.8.0.1/32",
              "endpoint", HERE)
    bus.until(lambda: device in wgnld.devices() and wgnld.look(device)
              and wgnld.device(device, "PeerCount") == 1, "wgnld sees the peer")
    assert wgnld.device(device, "EventSource") == "packets"

    here.ping("10.8.0.2")

    bus.until(lambda: wgnld.look(device) and wgnld.device(device, "MissedEvents") == 1,
              "nothing announced it")
    assert wgnld.device(device, "EventSource") == "polling"
    assert wgnld.device(device, "State") == "established"


def test_after_sleep_what_was_before_counts_no_more(wgnld, bus, tunnel):
    logind = dbus.bus.BusConnection(bus.address)
    logind.request_name(LOGIND)
    tunnel.ping()
    wgnld.until_peer(tunnel.device, tunnel.far.public, "State", "established")

    for begins in (True, False):
        signal = dbus.lowlevel.SignalMessage("/org/freedesktop/login1", LOGIND + ".Manager",
                                             "PrepareForSleep")
        signal.append(begins)
        logind.send_message(signal)
    logind.flush()

    path = wgnld.peer_path(tunnel.device, tunnel.far.public)
    bus.until(lambda: ["established", "idle"] in bus.signals("StateChanged", path), "it slept")
    logind.close()


def test_without_the_right_to_listen_devices_are_polled(wgnld, bus, tunnel):
    wgnld.stop()
    wgnld.start(prefix=["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"])
    tunnel.declare()
    assert wgnld.device(tunnel.device, "EventSource") == "polling"

    tunnel.ping()

    bus.until(lambda: handshakes(wgnld, tunnel), "it is found all the same")
    assert wgnld.device(tunnel.device, "MissedEvents") == 0
    assert "CAP_NET_RAW" in wgnld.log.read_text()
