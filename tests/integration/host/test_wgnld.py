# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnld for real: declarations over the bus, tunnels of wireguard-go, other users, other writers."""
import base64
import json
import os
import re
import signal
import subprocess
import threading
import time

import dbus
import pytest

from caller import DEVICE, PEER, ROOT, SEALS, encode_document, memory_file
from conftest import DEADLINE, Keys, end, run

ERROR = "org.wgnl.WireGuard1.Error."
DENIED = "org.freedesktop.DBus.Error.AccessDenied"


def error_of(function, *arguments, **options):
    """The name of the error that the call is answered with."""
    with pytest.raises(dbus.DBusException) as caught:
        function(*arguments, **options)
    return caught.value.get_dbus_name()


def own(device, keys, peers, **more):
    return {"version": 1, "device": device, "mode": "own", "private_key": keys.private,
            "listen_port": 51820, "addresses": ["10.9.0.1/24"], "peers": peers, **more}


def sync(device, peers, **more):
    return {"version": 1, "device": device, "mode": "sync", "peers": peers, **more}


class Tunnel:
    """A device of wgnld's own here, and one of wireguard-go's there."""

    def __init__(self, wgnld, there, device):
        self.wgnld, self.there, self.device = wgnld, there, device
        self.keys, self.far = Keys(), Keys()
        self.far_device = device.replace("wg", "wf")
        there.wireguard(self.far_device, self.far, 51821)
        there.run("ip", "address", "add", "10.9.0.2/24", "dev", self.far_device)
        there.run("wg", "set", self.far_device, "peer", self.keys.public, "allowed-ips",
                  "10.9.0.1/32", "endpoint", "10.99.1.1:51820")
        self.peer = {"public_key": self.far.public, "name": "far", "where": "test.json:7",
                     "endpoint": "10.99.1.2:51821", "allowed_ips": ["10.9.0.2/32"]}

    def declare(self, *more):
        self.wgnld.declare(own(self.device, self.keys, [self.peer, *more]))

    def ping(self, count=1):
        return self.wgnld.namespace.ping("10.9.0.2", count, 0.02)

    def ping_back(self):
        return self.there.ping("10.9.0.1")

    def far_key(self, prop):
        return self.wgnld.peer(self.device, self.far.public, prop)


class Pings:
    """One every 20 ms until closed; the numbers of those that were answered."""

    def __init__(self, namespace, address):
        self.answered = []
        self.process = subprocess.Popen(
            namespace.command("ping", "-n", "-i", "0.02", address), stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            if number := re.search(r"icmp_seq=(\d+) ttl=", line):
                self.answered.append(int(number[1]))

    def close(self):
        end(self.process, signal.SIGINT)
        self.reader.join(DEADLINE)


@pytest.fixture
def tunnel(wgnld, there, device):
    made = Tunnel(wgnld, there, device)
    made.declare()
    yield made


def test_ping_through_an_own_device_is_seen_as_established(wgnld, bus, tunnel):
    assert wgnld.device(tunnel.device, "InSync")
    assert wgnld.device(tunnel.device, "State") == "never"
    before = int(time.time() * 1e6)

    tunnel.ping()

    wgnld.until_peer(tunnel.device, tunnel.far.public, "State", "established")
    assert before - 1e6 < tunnel.far_key("LastHandshake") <= time.time() * 1e6
    assert tunnel.far_key("Endpoint") == "10.99.1.2:51821"
    assert tunnel.far_key("RxBytes") > 0
    assert wgnld.device(tunnel.device, "State") == "established"
    assert wgnld.device(tunnel.device, "StateCounts") == {"established": 1}
    assert wgnld.device(tunnel.device, "Backend") == "userspace"
    path = wgnld.peer_path(tunnel.device, "far")
    assert bus.signals("StateChanged", path)[-1] == ["never", "established"]
    assert len(bus.signals("HandshakeCompleted", path)) == 1


def test_byte_counters_never_ride_in_a_signal(wgnld, bus, tunnel):
    tunnel.ping()
    wgnld.until_peer(tunnel.device, tunnel.far.public, "State", "established")
    tunnel.ping(20)
    bus.until(lambda: tunnel.far_key("RxBytes") > 20 * 64)

    for interface, changed, _ in bus.signals("PropertiesChanged"):
        assert interface.startswith("org.wgnl.")
        assert not {"RxBytes", "TxBytes", "SampledAt"} & set(changed)


def test_live_edit_loses_no_packet(wgnld, bus, tunnel):
    tunnel.ping()
    added, wanted = Keys(), {"allowed_ips": ["10.9.0.3/32"]}
    pings = Pings(wgnld.namespace, "10.9.0.2")
    bus.until(lambda: pings.answered, "the pings have begun")

    tunnel.declare({"public_key": added.public, **wanted})
    assert added.public in wgnld.namespace.dump(tunnel.device)
    wanted["allowed_ips"].append("10.9.0.4/32")
    tunnel.declare({"public_key": added.public, "persistent_keepalive": 20, **wanted})
    assert wgnld.namespace.dump(tunnel.device)[added.public][6] == "20"
    tunnel.declare()

    assert added.public not in wgnld.namespace.dump(tunnel.device)
    behind = len(pings.answered) + 50
    bus.until(lambda: len(pings.answered) >= behind, "the pings go on")
    pings.close()
    assert pings.answered == list(range(1, len(pings.answered) + 1)), "none was lost"
    assert len(bus.signals("HandshakeCompleted")) <= 1


def test_peers_come_and_go_as_objects(wgnld, bus, tunnel):
    added = Keys()
    tunnel.declare({"public_key": added.public, "name": "new"})
    path = wgnld.peer_path(tunnel.device, "new")
    assert path in wgnld.root.objects()
    assert path in [data[0] for data in bus.signals("InterfacesAdded")]

    tunnel.declare()

    assert error_of(wgnld.peer_path, tunnel.device, "new") == ERROR + "NoSuchPeer"
    assert [path, [PEER]] in bus.signals("InterfacesRemoved")


def test_withdrawn_own_device_is_deleted(wgnld, bus, tunnel):
    wgnld.root.manager("Withdraw", tunnel.device)

    assert not wgnld.namespace.exists(tunnel.device)
    bus.until(lambda: not wgnld.root.manager("ListDevices"), "the object is gone")
    assert error_of(wgnld.root.manager, "GetDevice", tunnel.device) == ERROR + "NoSuchDevice"
    assert error_of(wgnld.root.manager, "Withdraw", tunnel.device) == ERROR + "NoSuchDevice"


def test_retain_withdraws_what_it_does_not_name(wgnld, bus, tunnel):
    wgnld.root.manager("Retain", [tunnel.device])
    assert wgnld.device(tunnel.device, "InSync")

    wgnld.root.manager("Retain", dbus.Array([], "s"))

    bus.until(lambda: not wgnld.namespace.exists(tunnel.device), "the device is deleted")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_tunnel_outlives_the_daemon_and_a_return_changes_nothing(wgnld, tunnel, how):
    tunnel.ping()
    before = wgnld.namespace.dump(tunnel.device)[tunnel.far.public]
    assert wgnld.stop(how) == (0 if how == signal.SIGTERM else -signal.SIGKILL)
    tunnel.ping()

    wgnld.start()
    assert wgnld.device(tunnel.device, "Source") == ""
    tunnel.declare()

    assert wgnld.device(tunnel.device, "InSync")
    after = wgnld.namespace.dump(tunnel.device)[tunnel.far.public]
    assert after[3] == before[3], "the session is the same"
    assert "applied" not in wgnld.log.read_text().splitlines()[-1]


def test_revocation_while_the_daemon_was_dead_is_carried_out(wgnld, bus, tunnel):
    revoked = Keys()
    tunnel.declare({"public_key": revoked.public})
    wgnld.stop(signal.SIGKILL)

    wgnld.start()
    tunnel.declare()

    assert revoked.public not in wgnld.namespace.dump(tunnel.device)


def test_device_that_left_while_the_daemon_was_dead_is_deleted(wgnld, bus, tunnel):
    wgnld.stop(signal.SIGKILL)
    wgnld.start()
    assert wgnld.namespace.exists(tunnel.device)

    wgnld.root.manager("Retain", dbus.Array([], "s"))

    bus.until(lambda: not wgnld.namespace.exists(tunnel.device), "the device is deleted")


def test_link_that_is_not_ours_is_not_taken_over(wgnld, here, device):
    here.wireguard(device, Keys())

    wgnld.declare(own(device, Keys(), []))

    assert not wgnld.device(device, "InSync")
    assert [problem[0] for problem in wgnld.device(device, "Problems")] == ["error"]


def test_sync_keeps_what_others_added_and_says_so(wgnld, here, device):
    foreign, wanted = Keys(), Keys()
    here.wireguard(device, Keys())
    here.run("wg", "set", device, "peer", foreign.public, "allowed-ips", "10.8.0.1/32")

    wgnld.declare(sync(device, [{"public_key": wanted.public, "allowed_ips": ["10.8.0.2/32"]}]))

    assert set(here.dump(device)) == {foreign.public, wanted.public}
    assert [foreign.public in drift[0] for drift in wgnld.device(device, "Drift")] == [True]
    assert not wgnld.device(device, "InSync")


def test_sync_waits_for_its_link(wgnld, bus, here, device):
    peer = Keys()
    wgnld.declare(sync(device, [{"public_key": peer.public}]))
    assert wgnld.device(device, "State") == "absent"
    assert wgnld.peer(device, peer.public, "State") == "absent"

    here.wireguard(device, Keys())

    wgnld.until_synced(device)
    assert peer.public in here.dump(device)


def test_withdrawn_sync_device_loses_its_peers_and_stays(wgnld, here, device):
    foreign, wanted = Keys(), Keys()
    here.wireguard(device, Keys())
    wgnld.declare(sync(device, [{"public_key": wanted.public}]))
    here.run("wg", "set", device, "peer", foreign.public)

    wgnld.root.manager("Withdraw", device)

    assert set(here.dump(device)) == {foreign.public}


def test_lost_preshared_key_is_put_back_until_somebody_insists(wgnld, bus, here, device):
    peer, preshared = Keys(), run("wg", "genpsk")
    here.wireguard(device, Keys())
    wgnld.declare(sync(device, [{"public_key": peer.public, "preshared_key": preshared}]))

    def lost_and_found():
        here.run("wg", "set", device, "peer", peer.public, "preshared-key", "/dev/null")
        bus.until(lambda: wgnld.look(device) and here.dump(device)[peer.public][0] == preshared,
                  "the key is back")

    for _ in range(3):
        lost_and_found()
    here.run("wg", "set", device, "peer", peer.public, "preshared-key", "/dev/null")
    problems = bus.until(lambda: wgnld.device(device, "Problems"), "the brake says so")

    assert "preshared key of peer " + peer.public in problems[0][2]
    assert here.dump(device)[peer.public][0] == "(none)"
    wgnld.root.manager("Reconcile", device)
    bus.until(lambda: here.dump(device)[peer.public][0] == preshared, "a person asked")


def test_passive_peer_that_was_recreated_is_reachable_again(wgnld, bus, tunnel):
    tunnel.peer.pop("endpoint")
    wgnld.root.manager("Withdraw", tunnel.device)
    tunnel.declare()
    tunnel.ping_back()
    wgnld.until_peer(tunnel.device, tunnel.far.public, "State", "established")

    wgnld.namespace.run(
        "wg", "set", tunnel.device, "peer", tunnel.far.public, "remove",
        "peer", tunnel.far.public, "allowed-ips", "10.9.0.2/32")

    bus.until(lambda: wgnld.look(tunnel.device) and
              wgnld.namespace.dump(tunnel.device)[tunnel.far.public][1] == "10.99.1.2:51821",
              "the endpoint is back")
    tunnel.ping()


def test_peer_that_was_removed_comes_back(wgnld, bus, tunnel):
    wgnld.namespace.run("wg", "set", tunnel.device, "peer", tunnel.far.public, "remove")

    bus.until(lambda: wgnld.look(tunnel.device) and
              tunnel.far.public in wgnld.namespace.dump(tunnel.device), "it is back")
    tunnel.ping()


def test_held_peer_stays_as_it_is_and_its_problem_is_shown(wgnld, tunnel):
    tunnel.peer = {"public_key": tunnel.far.public, "held": True, "where": "test.json", "line": 7}
    of_peer = {"where": "test.json", "line": 9, "column": 3, "severity": "error", "key": "AllowedIPs",
               "text": "foo is no prefix", "hint": "10.0.0.0/8", "peer": tunnel.far.public}
    of_nobody = {"where": "test.json:20", "severity": "note", "text": "written by an older adapter"}

    wgnld.declare(own(tunnel.device, tunnel.keys, [tunnel.peer], problems=[of_peer, of_nobody]))

    tunnel.ping()
    shown = [("error", "test.json:9", "foo is no prefix"),
             ("note", "test.json:20", "written by an older adapter")]
    assert [tuple(p) for p in wgnld.device(tunnel.device, "Problems")] == shown
    assert [tuple(p) for p in tunnel.far_key("Problems")] == shown[:1]
    assert "test.json:9" in wgnld.log.read_text()


def test_snapshot_is_sealed_whole_and_without_secrets(wgnld, tunnel):
    fds = [wgnld.root.call(wgnld.path(tunnel.device), DEVICE, "Snapshot").take() for _ in range(2)]
    texts = []
    for fd in fds:
        with pytest.raises(PermissionError):
            os.truncate(f"/proc/self/fd/{fd}", 0)
        with os.fdopen(fd) as file:
            texts.append(file.read())

    assert texts[0] == texts[1]
    shown = json.loads(texts[0])
    assert shown["Peers"][0]["PublicKey"] == tunnel.far.public
    assert shown["State"] == wgnld.device(tunnel.device, "State")
    assert tunnel.keys.private not in texts[0]


def test_no_secret_is_ever_on_the_bus(wgnld, bus, tunnel):
    preshared = run("wg", "genpsk")
    tunnel.peer["preshared_key"] = preshared
    tunnel.declare()
    wgnld.until_peer(tunnel.device, tunnel.far.public, "HasPresharedKey", True)
    wgnld.root.objects()
    wgnld.root.declare_bytes(encode_document(own(tunnel.device, tunnel.keys, [tunnel.peer])))
    bus.until(lambda: any(m.get("member") == "GetManagedObjects" for m in bus.heard))

    said = json.dumps(bus.heard) + wgnld.log.read_text()
    for secret in (tunnel.keys.private, preshared):
        assert secret not in said
        assert json.dumps(list(base64.b64decode(secret)))[1:-1] not in said


def test_counters_go_to_their_subscriber_alone(wgnld, bus, tunnel):
    path = wgnld.path(tunnel.device)
    assert error_of(wgnld.root.call, path, DEVICE, "Subscribe", dbus.UInt64(999_999)) == (
        "org.freedesktop.DBus.Error.InvalidArgs")
    wgnld.root.call(path, DEVICE, "Subscribe", dbus.UInt64(1_000_000))
    tunnel.ping()

    def counters():
        return [m for m in bus.heard if m.get("member") == "Counters"]

    bus.until(lambda: len(counters()) >= 2, "two signals")
    name = wgnld.root.connection.get_unique_name()
    assert {message["destination"] for message in counters()} == {name}
    wgnld.root.call(path, DEVICE, "Unsubscribe")
    assert error_of(wgnld.root.call, path, DEVICE, "Unsubscribe") == (
        "org.freedesktop.DBus.Error.InvalidArgs")


@pytest.mark.parametrize("spoil", [
    lambda content: content[:-1],
    lambda content: b"x" + content[1:],
    lambda content: content.replace(b"sync", b"sink"),
    lambda content: content.replace(b'"version": 1', b'"version": 9'),
])
def test_defective_document_is_refused(wgnld, device, spoil):
    content = encode_document(sync(device, [{"public_key": Keys().public}]))

    assert error_of(wgnld.root.declare_bytes, spoil(content)) == ERROR + "InvalidDeclaration"
    assert wgnld.root.manager("ListDevices") == []


def test_document_that_could_still_change_is_refused(wgnld, device):
    content = encode_document(sync(device, []))
    for missing in (1, 2, 4, 8):
        assert error_of(wgnld.root.declare_bytes, content, seals=SEALS & ~missing) == (
            ERROR + "InvalidDeclaration")


def test_names_that_may_not_be_created_are_refused(wgnld):
    assert error_of(wgnld.root.declare, own("lan0", Keys(), [])) == ERROR + "InvalidDeclaration"


def test_document_of_two_peers_with_one_prefix_is_refused(wgnld, device):
    peers = [{"public_key": Keys().public, "allowed_ips": ["10.0.0.1/32"]} for _ in range(2)]

    assert error_of(wgnld.root.declare, sync(device, peers)) == ERROR + "InvalidDeclaration"


def test_only_sources_may_declare(wgnld, device):
    refused = [
        error_of(wgnld.caller_as, "nobody", "declare", sync(device, [])),
        error_of(wgnld.caller_as, "nobody", "manager", "Retain", [device]),
        error_of(wgnld.caller_as, "nobody", "manager", "Withdraw", device),
    ]

    assert refused == [DENIED] * 3


def test_reconcile_needs_root_the_source_or_polkit(wgnld, device):
    wgnld.caller_as("systemd-network", "declare", sync(device, []), "/etc/wg0.netdev")

    assert error_of(wgnld.caller_as, "nobody", "manager", "Reconcile", device) == DENIED
    wgnld.caller_as("systemd-network", "manager", "Reconcile", device)
    wgnld.root.manager("Reconcile", "")


def test_second_source_is_refused_and_both_are_named(wgnld, device):
    wgnld.caller_as("systemd-network", "declare", sync(device, []), "/etc/wg0.netdev")
    assert wgnld.device(device, "Source") == "networkd"

    assert error_of(wgnld.root.declare, sync(device, []), "/tmp/b.json") == (
        ERROR + "OwnedByAnother")

    text = wgnld.device(device, "Problems")[0][2]
    assert "/etc/wg0.netdev" in text and "/tmp/b.json" in text
    assert error_of(wgnld.root.manager, "Withdraw", device) == ERROR + "OwnedByAnother"
    wgnld.root.manager("Retain", dbus.Array([], "s"))
    assert wgnld.device(device, "Problems") == []
    assert wgnld.device(device, "Origin") == "/etc/wg0.netdev"


def test_everybody_reads_all_of_a_declared_device(wgnld, tunnel):
    path = wgnld.peer_path(tunnel.device, "far")

    device = wgnld.caller_as("nobody", "get_all", wgnld.path(tunnel.device), DEVICE)
    peer = wgnld.caller_as("nobody", "get_all", path, PEER)

    assert device["PublicKey"] == tunnel.keys.public
    assert peer["AllowedIPs"] == ["10.9.0.2/32"]
    assert path in wgnld.caller_as("nobody", "objects")


def check_is_narrow(wgnld, device, key):
    """Details for root alone; states for everybody."""
    path = wgnld.path(device)
    peer = wgnld.peer_path(device, key.public)
    assert wgnld.caller_as("nobody", "get", path, DEVICE, "State") == "never"
    assert wgnld.caller_as("nobody", "get_all", path, DEVICE)["PublicKey"] == ""
    assert set(wgnld.caller_as("nobody", "objects")) == {path}
    assert error_of(wgnld.caller_as, "nobody", "get", path, DEVICE, "PublicKey") == DENIED
    assert error_of(wgnld.caller_as, "nobody", "get", peer, PEER, "State") == DENIED
    assert error_of(wgnld.caller_as, "nobody", "call", path, DEVICE, "ListPeers") == DENIED
    assert set(wgnld.root.objects()) == {path, peer}


def test_details_of_an_undeclared_device_are_not_for_everybody(wgnld, bus, here, device):
    key = Keys()
    here.wireguard(device, Keys())
    here.run("wg", "set", device, "peer", key.public)
    bus.until(lambda: wgnld.root.manager("ListDevices"), "it is seen")
    wgnld.bus.until(lambda: wgnld.device(device, "PeerCount") == 1, "its peer is seen")

    check_is_narrow(wgnld, device, key)
    announced = [m for m in bus.heard if m["type"] == "signal"]
    assert key.public not in json.dumps(announced)


def test_private_device_is_not_for_everybody(wgnld, here, device):
    key = Keys()
    here.wireguard(device, Keys())

    wgnld.declare(sync(device, [{"public_key": key.public}], private=True))

    check_is_narrow(wgnld, device, key)


def test_undeclared_devices_can_be_hidden(bus, here, folder, device):
    from conftest import Wgnld
    daemon = Wgnld(bus, here, folder)
    daemon.config.write_text("ObserveForeign=no\n")
    here.wireguard(device, Keys())
    daemon.start()
    try:
        assert daemon.root.manager("ListDevices") == []
        daemon.declare(sync(device, []))
        assert daemon.root.manager("ListDevices") == [(device, daemon.path(device))]
    finally:
        daemon.stop()


def test_a_thousand_peers_are_applied_and_one_change_is_small(wgnld, device):
    keys = [Keys() for _ in range(3)]
    peers = [{"public_key": base64.b64encode(bytes([i % 256, i // 256, 7] + [1] * 29)).decode(),
              "allowed_ips": [f"10.7.{i // 250}.{i % 250 + 1}/32"]} for i in range(1000)]
    wgnld.declare(own(device, keys[0], peers))
    assert wgnld.device(device, "InSync")
    assert wgnld.device(device, "PeerCount") == 1000

    peers[500]["persistent_keepalive"] = 25
    wgnld.declare(own(device, keys[0], peers))

    assert wgnld.device(device, "InSync")
    assert wgnld.log.read_text().splitlines()[-1].endswith("applied 1 change in 1 message")
    wgnld.root.manager("Withdraw", device)
    assert not wgnld.namespace.exists(device)


def test_manager_tells_its_version_and_devices(wgnld, tunnel):
    shown = wgnld.root.get_all(ROOT, "org.wgnl.WireGuard1.Manager")

    assert shown["Version"].count(".") == 2
    assert shown["Devices"] == [wgnld.path(tunnel.device)]


def test_sealed_files_have_the_seals_that_the_tests_rely_on():
    fd = memory_file(b"x")
    with pytest.raises(PermissionError):
        os.write(fd, b"y")
    os.close(fd)
