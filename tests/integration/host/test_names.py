# SPDX-License-Identifier: LGPL-2.1-or-later
"""Endpoints that are names: wgnld and wgnl-resolve together, tunnels of wireguard-go."""
import subprocess

import pytest

from conftest import Keys, end
from name_server import NameServer
from patience import longer
from test_resolve import SERVER, Resolver

NAME = "far.wgnl.test"


@pytest.fixture
def server(here):
    made = NameServer(SERVER, here.command())
    yield made
    made.close()


@pytest.fixture
def resolver(bus, here, folder, server):
    made = Resolver(bus, here, folder)
    yield made
    made.close()


class Far:
    """A host that the declared peer stands for, reached at 10.99.1.2 and 10.99.1.3."""

    def __init__(self, wgnld, there, device):
        self.wgnld, self.there, self.device = wgnld, there, device
        self.keys, self.near = Keys(), Keys()
        self.far_device = device.replace("wg", "wf")
        there.wireguard(self.far_device, self.keys, 51821)
        for address, link in (("10.9.0.2/24", self.far_device), ("10.99.1.3/24", "v1b")):
            there.run("ip", "address", "add", address, "dev", link)
        there.run("wg", "set", self.far_device, "peer", self.near.public, "allowed-ips",
                  "10.9.0.1/32")

    def declare(self, name=NAME, **more):
        self.wgnld.declare({
            "version": 1, "device": self.device, "mode": "own", "private_key": self.near.private,
            "addresses": ["10.9.0.1/24"], "peers": [
                {"public_key": self.keys.public, "name": "far", "where": "test.json:7",
                 "endpoint": f"{name}:51821", "allowed_ips": ["10.9.0.2/32"],
                 "persistent_keepalive": 25, **more}]})

    def get(self, prop):
        return self.wgnld.peer(self.device, self.keys.public, prop)

    def until(self, prop, value):
        self.wgnld.until_peer(self.device, self.keys.public, prop, value)

    def live(self):
        return self.wgnld.namespace.dump(self.device)[self.keys.public]


@pytest.fixture
def far(wgnld, there, device):
    return Far(wgnld, there, device)


def test_named_peer_is_reached(far, resolver, server):
    server.set(far=["10.99.1.2"])

    far.declare()

    far.until("State", "established")
    assert far.get("Endpoint") == "10.99.1.2:51821"
    assert far.get("DeclaredEndpoint") == f"{NAME}:51821"
    assert not far.get("Problems")
    assert far.wgnld.device(far.device, "InSync")
    assert not far.wgnld.device(far.device, "Drift")


def test_name_that_appears_later_is_a_problem_until_then(far, resolver, server, bus):
    far.declare()
    [[severity, where, text]] = bus.until(lambda: far.get("Problems"), "the problem")
    assert (severity, where) == ("error", "test.json:7")
    assert NAME in text and "no such name" in text and "tried again" in text
    assert "test.json:7" in [place for _, place, _ in far.wgnld.device(far.device, "Problems")]
    assert far.get("Endpoint") == ""

    server.set(far=["10.99.1.2"])

    far.until("State", "established")
    bus.until(lambda: not far.get("Problems"), "no problem")
    bus.until(lambda: not far.wgnld.device(far.device, "Problems"), "none of the device")
    assert any("Problems" in changed for _, changed, _ in
               bus.signals("PropertiesChanged", far.wgnld.peer_path(far.device, "far")))


def test_without_the_resolver_everything_else_is_applied(far, bus):
    far.declare()

    [[_, _, text]] = bus.until(lambda: far.get("Problems"), "the problem")
    assert "wgnl-resolve cannot be asked" in text
    assert far.live()[2] == "10.9.0.2/32"


def test_edited_name_is_followed_though_the_peer_is_well(far, resolver, server, bus):
    server.set(far=["10.99.1.2"])
    far.declare()
    far.until("State", "established")
    far.declare(name="other.wgnl.test")
    bus.until(lambda: far.get("Problems"), "the new name does not exist")
    assert far.live()[1] == "10.99.1.2:51821"

    server.set(other=["10.99.1.3"])

    bus.until(lambda: far.live()[1] == "10.99.1.3:51821", "the new endpoint")
    bus.until(lambda: not far.get("Problems"), "no problem")
    asked = server.queries()
    far.wgnld.namespace.ping("10.9.0.2")
    far.declare(name="other.wgnl.test", allowed_ips=["10.9.0.2/32", "10.9.0.3/32"])
    assert far.live()[1] == "10.99.1.3:51821"
    assert server.queries() == asked


def test_nothing_is_asked_of_a_peer_that_is_well_when_wgnld_restarts(far, resolver, server, wgnld):
    server.set(far=["10.99.1.2"])
    far.declare()
    far.until("State", "established")
    asked = server.queries()

    assert wgnld.stop() == 0
    wgnld.start()
    far.declare()

    far.until("State", "established")
    assert server.queries() == asked


def test_withdrawn_peer_is_asked_for_no_more(far, resolver, server, bus):
    far.declare()
    bus.until(lambda: far.get("Problems"), "the problem")

    far.declare(name="10.99.1.2")

    far.until("State", "established")
    assert not far.get("Problems")
    bus.until(lambda: not far.wgnld.device(far.device, "Problems"), "none of the device")


def test_peer_is_followed_to_another_address(far, resolver, server, bus, wgnld):
    server.set(far=["10.99.1.2"])
    far.declare()
    far.until("State", "established")
    asked = server.queries()
    far.there.run("ip", "address", "del", "10.99.1.2/24", "dev", "v1b")
    far.there.run("ip", "address", "add", "10.99.1.3/24", "dev", "v1b")
    server.set(far=["10.99.1.3"])

    pings = subprocess.Popen(wgnld.namespace.command("ping", "-q", "-i", "0.2", "10.9.0.2"),
                             stdout=subprocess.DEVNULL)
    try:
        bus.until(lambda: wgnld.look(far.device) and far.live()[1] == "10.99.1.3:51821",
                  "the new endpoint", longer(120))
        wgnld.namespace.ping("10.9.0.2")
    finally:
        end(pings)

    far.until("State", "established")
    assert server.queries() - asked <= 4  # for each family, when it fell silent; and once more
    assert wgnld.log.read_text().count(" is sent to 10.99.1.3:51821 now, before to 10.99.1.2") == 1
    assert wgnld.log.read_text().count(" is sent to ") == 2
