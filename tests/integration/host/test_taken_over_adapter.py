# SPDX-License-Identifier: LGPL-2.1-or-later
"""What networkd's adapter may still do where somebody has taken it over: root's limits hold whatever it says."""
import dbus
import pytest

from conftest import Keys
from test_wgnld import own, sync

ORIGIN = "/etc/systemd/network/wg.netdev"


@pytest.fixture
def adapter(wgnld, bus):
    """Declares as the adapter, and waits until that was applied."""
    def declare(declaration):
        path = wgnld.path(declaration["device"])
        before = len(bus.signals("Applied", path))
        wgnld.caller_as("systemd-network", "declare", declaration, ORIGIN)
        bus.until(lambda: len(bus.signals("Applied", path)) > before, "applied, or not")
        return " ".join(problem[2] for problem in wgnld.device(declaration["device"], "Problems"))
    return declare


def routes(namespace, device):
    """Of all tables, but what the kernel makes for addresses of its own."""
    lines = namespace.run("ip", "-4", "route", "show", "table", "all", "dev", device).splitlines()
    return [line for line in lines if "proto kernel" not in line]


def peer(*prefixes):
    return {"public_key": Keys().public, "allowed_ips": list(prefixes)}


def test_an_address_is_not_half_of_the_internet(adapter, here, device):
    said = adapter(own(device, Keys(), [], addresses=["10.0.0.1/1", "130.0.0.1/1", "10.9.0.1/24"]))

    assert "130.0.0.1/1 is not set" in said and "AllowDefaultRoute=yes" in said
    shown = here.run("ip", "-4", "route", "show", "dev", device)
    assert shown.split()[0] == "10.9.0.0/24" and "/1" not in shown.replace("10.9.0.1", "")


@pytest.mark.parametrize("table", [253, 254])
def test_many_routes_are_not_the_internet(adapter, here, device, table):
    said = adapter(own(device, Keys(), [peer(*[f"{i}.0.0.0/8" for i in range(1, 224)])],
                       route_table=table))

    assert "more than two prefixes of /8" in said
    assert routes(here, device) == []


def test_table_local_is_the_kernels(adapter, here, device):
    said = adapter(own(device, Keys(), [peer("192.0.2.0/25")], route_table=255))

    assert "table local" in said
    assert "192.0.2" not in here.run("ip", "route", "show", "table", "local")


def test_many_devices_are_not_the_internet(adapter, wgnld, device):
    for number in range(8):
        adapter(own(f"{device}{number}", Keys(), [peer(f"{2 * number + 1}.0.0.0/8",
                                                       f"{2 * number + 2}.0.0.0/8")],
                    listen_port=52000 + number, addresses=[], route_table=254))
    with pytest.raises(dbus.DBusException, match="sixteen prefixes of /8"):
        adapter(own(f"{device}8", Keys(), [peer("100.0.0.0/8")], addresses=[], route_table=254))
    assert f"{device}8" not in wgnld.devices()


def test_a_device_that_somebody_runs_by_hand_stays_as_it_is(adapter, here, wgnld, bus, device):
    admin = Keys().public
    here.wireguard(device, Keys(), 51999)
    here.run("wg", "set", device, "peer", admin, "allowed-ips", "10.7.0.2/32")
    bus.until(lambda: device in wgnld.devices(), "wgnld sees it")
    before = here.dump(device)

    for prefixes in (["10.7.0.0/24"], ["10.7.0.0/24", "10.8.0.0/24"]):
        said = adapter(sync(device, [peer(*prefixes)], strict=True, private_key=Keys().private))
        assert "it is left alone" in said
        assert here.dump(device) == before
