# SPDX-License-Identifier: LGPL-2.1-or-later
"""A link that networkd has only just made: wgnld waits for its word about it, without one of its own."""
import dbus
import dbus.bus
import dbus.lowlevel
import pytest

from conftest import Keys, Wgnld
from test_wgnld import own, sync

LINKS = 'mount -t tmpfs none /run/systemd && mkdir /run/systemd/netif && ' \
        'ln -s "$0" /run/systemd/netif/links && exec "$@"'
NETWORKD = "org.freedesktop.network1"
NOT_EVERYTHING = "not everything that is declared could be applied"


class Networkd:
    """Writes states of links, and says on the bus that it has."""

    def __init__(self, bus, folder):
        self.folder = folder
        self.connection = dbus.bus.BusConnection(bus.address)
        self.connection.request_name(NETWORKD)

    def manages(self, index):
        (self.folder / str(index)).write_text("ADMIN_STATE=configuring\nNETDEV_FILE=/etc/wg.netdev\n")
        signal = dbus.lowlevel.SignalMessage(f"/org/freedesktop/network1/link/_3{str(index)[0]}{str(index)[1:]}",
                                             "org.freedesktop.DBus.Properties", "PropertiesChanged")
        signal.append(f"{NETWORKD}.Link", dbus.Dictionary({"AdministrativeState": "configuring"}, "sv"),
                      dbus.Array([], "s"), signature="sa{sv}as")
        self.connection.send_message(signal)
        self.connection.flush()


@pytest.fixture
def states(folder):
    made = folder / "links"
    made.mkdir(mode=0o755)
    return made


@pytest.fixture
def wgnld(bus, here, folder, states):
    daemon = Wgnld(bus, here, folder)
    daemon.start(["unshare", "--mount", "sh", "-c", LINKS, states])
    yield daemon
    daemon.stop()


@pytest.fixture
def declared(wgnld, bus, here, device):
    """A link as networkd has made it, and a declaration of its file that was tried: the peer's key."""
    here.wireguard(device, Keys())
    bus.until(lambda: device in wgnld.devices(), "wgnld sees it")
    peer = Keys().public
    wgnld.caller_as("systemd-network", "declare", sync(device, [{"public_key": peer}], where="wg.netdev"),
                    "/etc/wg.netdev")
    wgnld.root.manager("Reconcile", device)  # it does not wait for the link to rest
    wgnld.declare(own(f"{device}z", Keys(), []))  # and what is done is done in turn
    return peer


def test_a_link_whose_owner_is_not_known_yet_is_waited_for_in_silence(wgnld, bus, here, device, states, declared):
    networkd = Networkd(bus, states)
    assert not bus.signals("Applied", wgnld.path(device)) and declared not in here.dump(device)
    assert wgnld.device(device, "Problems") == [] and not wgnld.device(device, "InSync")

    networkd.manages(wgnld.device(device, "InterfaceIndex"))
    bus.until(lambda: bus.signals("Applied", wgnld.path(device)), "applied")

    assert bus.signals("Applied", wgnld.path(device))[0] == [True]
    assert declared in here.dump(device)
    assert wgnld.peer(device, declared, "State") == "never"
    assert NOT_EVERYTHING not in wgnld.log.read_text()
    assert wgnld.device(device, "Problems") == []


def test_a_link_of_somebody_else_is_left_alone_and_nobody_is_said_to_fight(wgnld, bus, here, device, states):
    here.wireguard(device, Keys())
    bus.until(lambda: device in wgnld.devices(), "wgnld sees it")
    (states / str(wgnld.device(device, "InterfaceIndex"))).write_text("ADMIN_STATE=unmanaged\n")
    peer = Keys().public
    wgnld.caller_as("systemd-network", "declare", sync(device, [{"public_key": peer}]), "/etc/wg.netdev")
    wgnld.root.manager("Reconcile", device)  # it is read every 100 ms from now on
    bus.until(lambda: bus.signals("Applied", wgnld.path(device)), "it was tried")
    for _ in range(10):
        seen = wgnld.device(device, "SampledAt")
        bus.until(lambda before=seen: wgnld.device(device, "SampledAt") != before, "it is read again")

    (text,) = (text for _, _, text in wgnld.device(device, "Problems"))
    assert "has neither made it nor manages it" in text and peer not in here.dump(device)
    assert "was repaired" not in wgnld.log.read_text()


def test_who_waits_for_long_is_told_so(wgnld, bus, here, device, declared):
    bus.until(lambda: wgnld.device(device, "Problems"), "it is said")
    (severity, where, text), = wgnld.device(device, "Problems")
    assert (severity, where) == ("note", "wg.netdev") and "has not said yet whether it manages it" in text
    bus.until(lambda: bus.signals("Applied", wgnld.path(device)), "it was tried again")
    assert bus.signals("Applied", wgnld.path(device))[0] == [False]
    assert NOT_EVERYTHING not in wgnld.log.read_text()
    assert wgnld.log.read_text().count("has not said yet") == 1 and declared not in here.dump(device)
