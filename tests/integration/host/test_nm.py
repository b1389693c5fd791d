# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnl-nm: NetworkManager's active profiles reach the kernel, and nothing else is asked of it."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess

import dbus
import pytest

import memory
import nm_stand_in
from conftest import DEADLINE, Keys, end, run
from nm_stand_in import ACTIVATED, ACTIVATING, DEACTIVATING, EXTERNAL, NM, Profile

PROGRAM = pathlib.Path(os.environ["WGNL_BUILD"]) / "plugins/nm/service/wgnl-nm"
pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="built without libnm")
WGNLD = "org.wgnl.WireGuard1"
DRIVER = "org.freedesktop.DBus"
ALLOWED = {
    (DRIVER, "Hello"), (DRIVER, "AddMatch"), (DRIVER, "RemoveMatch"), (DRIVER, "GetNameOwner"),
    (NM, "GetManagedObjects"), (NM, "GetSettings"), (NM, "GetSecrets"),
    (WGNLD, "Declare"), (WGNLD, "Retain"),
}
# As the unit has it: blocks that are kept for reuse would not be overwritten.
TUNABLES = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}


class Adapter:
    """The program on the private bus, and the service manager that it tells."""

    def __init__(self, bus, folder):
        self.bus, self.log = bus, folder / "wgnl-nm.log"
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "notify"))
        self.manager.settimeout(DEADLINE)
        self.environment = {**os.environ, **TUNABLES, "DBUS_SYSTEM_BUS_ADDRESS": bus.address,
                            "NOTIFY_SOCKET": str(folder / "notify")}
        self.process = None

    def start(self):
        """Starts it, and waits until it is ready."""
        before = {name for name in self.names()}
        with self.log.open("a") as log:
            self.process = subprocess.Popen([PROGRAM], env=self.environment, stdout=log, stderr=log)
        while self.manager.recv(4096) != b"READY=1":
            pass
        (self.name,) = [name for name in self.names() - before if self.pid_of(name) ==
                        self.process.pid]

    def names(self):
        driver = dbus.bus.BusConnection(self.bus.address)
        return {str(name) for name in driver.list_names() if name.startswith(":")}

    def pid_of(self, name):
        connection = dbus.bus.BusConnection(self.bus.address)
        try:
            return int(connection.call_blocking(DRIVER, "/org/freedesktop/DBus", DRIVER,
                                                "GetConnectionUnixProcessID", "s", [name]))
        except dbus.DBusException:
            return None

    def once(self, *words):
        return subprocess.run([PROGRAM, *words], env=self.environment, text=True, check=False,
                              capture_output=True, timeout=DEADLINE)

    def stop(self, how=signal.SIGTERM):
        end(self.process, how)
        return self.process.returncode

    def calls(self, member=None):
        """What it has called so far, as (destination, member)."""
        return [(message["destination"], message["member"])
                for message in self.bus.heard
                if message["type"] == "method_call" and message["sender"] == self.name
                and member in (None, message["member"])]

    def retained(self):
        """The lists of devices that it said stay declared."""
        return [message["payload"]["data"][0] for message in self.bus.heard
                if message["type"] == "method_call" and message.get("member") == "Retain"
                and message["sender"] == self.name]

    def close(self):
        if self.process:
            self.stop()
        self.manager.close()


@pytest.fixture
def manager(bus):
    made = nm_stand_in.StandIn(bus.address)
    made.start()
    yield made
    made.close()


@pytest.fixture
def adapter(bus, folder, wgnld, manager):
    made = Adapter(bus, folder)
    yield made
    made.close()


@pytest.fixture
def peer():
    return Keys()


class Tunnel:
    """A device that the stand-in is said to run, with a profile that names one peer."""

    def __init__(self, manager, bus, here, device, peer):
        self.manager, self.bus, self.here, self.name = manager, bus, here, device
        self.keys, self.peer, self.psk = Keys(), peer, run("wg", "genpsk")
        here.wireguard(device, self.keys)
        self.profile = manager.add(Profile(device, self.keys.private, {
            "public-key": peer.public, "preshared-key": self.psk, "preshared-key-flags": 0,
            "allowed-ips": ["10.0.0.2/32"], "persistent-keepalive": 25}))
        self.object = manager.device(device)
        self.active = None

    def activate(self):
        self.active = self.manager.activate(self.profile, self.object)

    def edit(self, **values):
        """Changes the peer's attributes in the profile."""
        self.profile.peers[0].update({name.replace("_", "-"): value
                                      for name, value in values.items()})
        self.manager.edited(self.profile)

    def live(self):
        """Preshared key, allowed IPs and keepalive of the peer; None: there is none."""
        found = self.here.dump(self.name).get(self.peer.public)
        return found and (found[0], found[2], found[6])

    def until(self, psk=None, allowed="10.0.0.2/32", keepalive="25"):
        wanted = (psk or self.psk, allowed, keepalive)
        self.bus.until(lambda: self.live() == wanted, f"{wanted}")


@pytest.fixture
def tunnel(manager, bus, here, device, peer):
    return Tunnel(manager, bus, here, device, peer)


def origin(wgnld, device):
    """Who declared the device, or an empty text."""
    try:
        return str(wgnld.device(device, "Origin"))
    except dbus.DBusException:
        return ""


def problems(wgnld, device):
    return "\n".join(" ".join(map(str, each)) for each in wgnld.device(device, "Problems"))


def test_what_runs_already_is_declared_before_it_is_ready(adapter, wgnld, tunnel):
    tunnel.activate()
    adapter.start()

    assert origin(wgnld, tunnel.name) == tunnel.profile.path
    tunnel.until()
    assert adapter.retained() == [[tunnel.name]]


def test_activation_edits_and_deactivation_are_followed(adapter, wgnld, tunnel, manager, bus):
    adapter.start()
    assert adapter.retained() == [[]]
    tunnel.active = manager.activate(tunnel.profile, tunnel.object, ACTIVATING)
    tunnel.edit(persistent_keepalive=24)
    manager.set_state(tunnel.active, ACTIVATED)
    tunnel.until(keepalive="24")
    assert adapter.calls("Declare") == [(WGNLD, "Declare")]

    tunnel.edit(persistent_keepalive=21, allowed_ips=["10.0.0.2/32", "10.0.1.0/24"])
    tunnel.until(allowed="10.0.0.2/32,10.0.1.0/24", keepalive="21")
    fresh = run("wg", "genpsk")
    tunnel.edit(preshared_key=fresh)  # secrets alone
    tunnel.until(psk=fresh, allowed="10.0.0.2/32,10.0.1.0/24", keepalive="21")

    manager.set_state(tunnel.active, DEACTIVATING)
    bus.until(lambda: tunnel.live() is None, "the declared peer goes")
    manager.vanish(tunnel.active)
    bus.until(lambda: origin(wgnld, tunnel.name) == "", "nobody declares it")
    assert adapter.retained()[-1] == []


def test_each_edit_is_read_once(adapter, tunnel):
    tunnel.activate()
    adapter.start()
    tunnel.until()
    for keepalive in ("7", "8", "9"):
        tunnel.edit(persistent_keepalive=int(keepalive))
        tunnel.until(keepalive=keepalive)
    assert adapter.calls().count((NM, "GetSecrets")) == 4


@pytest.mark.parametrize("has_echo", [True, False])
def test_an_edit_while_it_is_read_is_read_too(adapter, tunnel, manager, has_echo):
    manager.has_echo = has_echo
    tunnel.activate()
    adapter.start()
    tunnel.until()
    tunnel.profile.meanwhile = lambda: tunnel.profile.peers[0].update({"persistent-keepalive": 9})
    tunnel.edit(persistent_keepalive=8)
    tunnel.until(keepalive="9")


def test_one_that_is_activated_again_is_never_withdrawn(adapter, tunnel, manager, bus):
    tunnel.activate()
    adapter.start()
    tunnel.until()
    declared = len(adapter.calls("Declare"))
    again = manager.activate(tunnel.profile, tunnel.object, ACTIVATING)
    manager.set_state(tunnel.active, DEACTIVATING)
    manager.vanish(tunnel.active)
    manager.set_state(again, ACTIVATED)

    bus.until(lambda: len(adapter.calls("Declare")) > declared, "declared again")
    assert adapter.retained() == [[tunnel.name]]


def test_others_are_not_declared(adapter, wgnld, tunnel, manager):
    manager.activate(tunnel.profile, tunnel.object, flags=EXTERNAL)
    lan = manager.add(Profile("eth7", ""))
    lan.type = "802-3-ethernet"
    manager.activate(lan, manager.device("eth7"))
    adapter.start()

    assert adapter.retained() == [[]]
    assert adapter.calls("GetSettings") == []
    assert origin(wgnld, tunnel.name) == ""


def test_objects_that_it_does_not_show_yet_are_asked_for_again(adapter, tunnel, manager):
    tunnel.activate()
    manager.not_yet = 2
    adapter.start()

    tunnel.until()
    assert len(adapter.calls("GetManagedObjects")) == 3
    assert adapter.retained() == [[tunnel.name]]


def test_signals_that_make_no_sense_are_passed_over(adapter, tunnel, manager):
    tunnel.activate()
    adapter.start()
    manager.babble()
    tunnel.edit(persistent_keepalive=17)

    tunnel.until(keepalive="17")
    assert adapter.stop() == 0
    assert "CRITICAL" not in adapter.log.read_text()


def test_an_inactive_profile_is_not_even_read(adapter, tunnel, manager, bus):
    adapter.start()
    tunnel.edit(persistent_keepalive=5)
    tunnel.activate()
    tunnel.until(keepalive="5")
    assert len(adapter.calls("GetSettings")) == 1


def test_while_networkmanager_is_away_everything_stands(adapter, wgnld, tunnel, manager, bus):
    tunnel.activate()
    adapter.start()
    tunnel.until()
    manager.stop()
    tunnel.edit(persistent_keepalive=11)  # the file, which nobody announces
    assert origin(wgnld, tunnel.name) == tunnel.profile.path

    manager.start_up(True)  # it comes back, and has not taken up its devices yet
    manager.set_state(tunnel.active, ACTIVATING)
    manager.start()
    bus.until(lambda: len(adapter.calls("GetManagedObjects")) == 2, "it looks again")
    manager.set_state(tunnel.active, ACTIVATED)
    tunnel.until(keepalive="11")
    manager.start_up(False)
    assert adapter.retained() == [[tunnel.name]]


def test_one_that_ends_takes_its_devices_off_the_bus_first(adapter, tunnel, manager, bus):
    tunnel.activate()
    adapter.start()
    tunnel.until()
    manager.vanish(tunnel.object)
    tunnel.edit(persistent_keepalive=13)
    tunnel.until(keepalive="13")
    manager.stop()
    manager.start()
    bus.until(lambda: len(adapter.calls("GetSettings")) == 3, "read again")
    assert adapter.retained() == [[tunnel.name]]
    assert tunnel.live() is not None


def test_what_was_switched_off_while_it_was_away_goes_when_it_has_started(adapter, tunnel, manager,
                                                                          bus):
    tunnel.activate()
    adapter.start()
    tunnel.until()
    manager.stop()
    manager.vanish(tunnel.active)
    manager.start_up(True)
    manager.start()
    bus.until(lambda: len(adapter.calls("GetManagedObjects")) == 2, "it looks again")
    other = manager.add(Profile("wgother", tunnel.keys.private))
    manager.activate(other, manager.device("wgother"))
    bus.until(lambda: len(adapter.calls("Declare")) == 2, "what happens meanwhile is followed")
    assert tunnel.live() is not None

    manager.start_up(False)
    bus.until(lambda: tunnel.live() is None, "now it is certain")
    assert adapter.retained() == [[tunnel.name], ["wgother"]]


def test_without_networkmanager_nothing_is_withdrawn(adapter, manager):
    manager.stop()
    adapter.start()  # it is ready all the same
    assert adapter.retained() == []


def test_a_wgnld_that_comes_back_is_told_everything(adapter, wgnld, tunnel, bus):
    tunnel.activate()
    adapter.start()
    tunnel.until()
    wgnld.stop()
    tunnel.edit(persistent_keepalive=7)
    wgnld.start()

    tunnel.until(keepalive="7")
    bus.until(lambda: origin(wgnld, tunnel.name) == tunnel.profile.path, "declared again")
    bus.until(lambda: adapter.retained()[1:] == [[tunnel.name]], "told what stays")


def test_keys_that_the_session_keeps_stay_and_that_is_said(adapter, wgnld, tunnel, bus):
    tunnel.activate()
    adapter.start()
    tunnel.until()
    tunnel.profile.wireguard.update({"private-key": "", "private-key-flags": 1})
    del tunnel.profile.peers[0]["preshared-key"]
    tunnel.edit(preshared_key_flags=1, persistent_keepalive=9)

    tunnel.until(keepalive="9")
    assert tunnel.here.run("wg", "show", tunnel.name, "private-key") == tunnel.keys.private
    said = problems(wgnld, tunnel.name)
    assert "wireguard.private-key-flags 0" in said and "preshared-key-flags=0" in said


def test_stored_preshared_keys_stay_when_the_session_keeps_the_private_key(adapter, wgnld, tunnel):
    tunnel.activate()
    adapter.start()
    tunnel.until()
    tunnel.profile.wireguard.update({"private-key": "", "private-key-flags": 1})
    tunnel.profile.agent_is_silent = True
    tunnel.edit(persistent_keepalive=9)

    tunnel.until(keepalive="9")
    said = problems(wgnld, tunnel.name)
    assert "gives no preshared key without it" in said
    assert "NetworkManager gives none of the profile while its private key is not stored" in said


def test_preshared_keys_stay_when_secrets_are_of_after_an_edit_and_settings_of_before(
        adapter, wgnld, tunnel):
    tunnel.activate()
    adapter.start()
    tunnel.until()
    tunnel.profile.agent_is_silent = True  # of a profile that says still that it stores its key
    tunnel.edit(persistent_keepalive=9)

    tunnel.until(keepalive="9")
    assert tunnel.psk in tunnel.here.run("wg", "show", tunnel.name, "preshared-keys")
    assert "the preshared key cannot be read" in problems(wgnld, tunnel.name)


def test_secrets_that_are_refused_are_missed_in_plain_words(adapter, wgnld, tunnel, bus):
    tunnel.activate()
    adapter.start()
    tunnel.until()
    tunnel.profile.refuses_secrets = True
    tunnel.edit(persistent_keepalive=9)

    tunnel.until(keepalive="9")
    assert "Insufficient privileges" in problems(wgnld, tunnel.name)


def test_a_mode_that_cannot_be_holds_the_device(adapter, wgnld, tunnel, bus):
    tunnel.profile.user = {"org.wgnl.mode": "own"}
    tunnel.activate()
    adapter.start()
    bus.until(lambda: 'write "sync" or "observe"' in problems(wgnld, tunnel.name), "said")
    assert tunnel.live() is None
    tunnel.profile.user = {}
    tunnel.edit()
    tunnel.until()
    bus.until(lambda: problems(wgnld, tunnel.name) == "", "nothing is left to say")


def test_the_mark_of_a_full_tunnel_is_networkmanagers(adapter, wgnld, tunnel, manager, bus):
    tunnel.activate()
    adapter.start()
    tunnel.until()
    tunnel.edit(allowed_ips=["0.0.0.0/0"])
    tunnel.until(allowed="0.0.0.0/0")
    assert "nmcli connection up" in problems(wgnld, tunnel.name)
    tunnel.here.run("wg", "set", tunnel.name, "fwmark", "51999")  # as an activation does
    manager.change(tunnel.object, nm_stand_in.WIREGUARD, FwMark=dbus.UInt32(51999))
    manager.vanish(tunnel.active)
    tunnel.activate()
    bus.until(lambda: "connection up" not in problems(wgnld, tunnel.name), "complete")
    assert tunnel.here.run("wg", "show", tunnel.name, "fwmark") == hex(51999)


def test_networkmanager_is_asked_nothing_else(adapter, wgnld, tunnel, manager, bus):
    tunnel.activate()
    adapter.start()
    tunnel.until()
    tunnel.edit(persistent_keepalive=8)
    tunnel.until(keepalive="8")
    manager.stop()
    manager.start()
    wgnld.stop()
    wgnld.start()
    bus.until(lambda: len(adapter.retained()) == 2, "both were gone and are back")
    manager.set_state(tunnel.active, DEACTIVATING)
    bus.until(lambda: adapter.retained()[-1] == [], "withdrawn")

    calls = set(adapter.calls())
    assert {(NM, "GetSettings"), (NM, "GetSecrets"), (WGNLD, "Declare")} <= calls
    assert calls <= ALLOWED, calls - ALLOWED


def test_the_recording_would_show_what_is_not_allowed(adapter, tunnel, bus):
    adapter.start()
    stranger = dbus.bus.BusConnection(bus.address)
    stranger.call_blocking(NM, tunnel.profile.path, nm_stand_in.PROFILE, "Delete", "", [])
    adapter.name = stranger.get_unique_name()
    bus.until(lambda: (NM, "Delete") in adapter.calls(), "the call is recorded")
    assert not set(adapter.calls()) <= ALLOWED


def test_it_ends_when_told_to_and_what_it_declared_stands(adapter, wgnld, tunnel):
    tunnel.activate()
    adapter.start()
    tunnel.until()
    assert adapter.stop() == 0
    assert origin(wgnld, tunnel.name) == tunnel.profile.path
    assert tunnel.live() is not None


def test_once_prints_what_would_be_declared_and_no_secret(adapter, tunnel, manager):
    tunnel.activate()
    done = adapter.once("--once")
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert printed["device"] == tunnel.name and printed["mode"] == "sync"
    assert printed["peers"][0]["public_key"] == tunnel.peer.public
    assert tunnel.psk not in done.stdout and tunnel.keys.private not in done.stdout
    manager.stop()
    assert adapter.once("--once").returncode == 1


def test_it_explains_itself(adapter):
    assert "--once" in adapter.once("--help").stdout
    assert re.fullmatch(r"wgnl-nm \d+\.\d+\.\d+\n", adapter.once("--version").stdout)
    assert adapter.once("--nonsense").returncode == 2


@pytest.mark.skipif("ASAN_OPTIONS" in os.environ, reason="a sanitizer has an allocator of its own")
def test_its_memory_holds_no_key(adapter, tunnel, bus):
    tunnel.activate()
    adapter.start()
    for keepalive in range(30, 40):
        tunnel.edit(persistent_keepalive=keepalive)
        tunnel.until(keepalive=str(keepalive))
    keys = {"private key": tunnel.keys.private, "preshared key": tunnel.psk}
    bus.until(lambda: memory.traces(memory.of_process(adapter.process.pid), keys) == [],
              "nothing is left")
    # A key that is kept, such as a public one, is found.
    held = {"a key in this process": tunnel.psk}
    assert memory.traces(memory.of_process(os.getpid()), held) != []
