# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnl-nm beside the real NetworkManager: what it asks, what it may, and what it keeps."""

import json
import os
import re
import subprocess
from pathlib import Path

import lab
import memory
import pytest
from bus import connect
from jeepney import DBusAddress, new_method_call
from nm_lab import NM

UNIT = "wgnl-nm"
NM_SOURCE = "NetworkManager"
DRIVER = "org.freedesktop.DBus"
ALLOWED = {
    (DRIVER, "Hello"), (DRIVER, "AddMatch"), (DRIVER, "RemoveMatch"), (DRIVER, "GetNameOwner"),
    (NM, "GetManagedObjects"), (NM, "GetSettings"), (NM, "GetSecrets"),
    (lab.BUS, "Declare"), (lab.BUS, "Retain"),
}


class Recording:
    """Every call on the bus, with the pid of who made it."""

    def __init__(self, path):
        self.path = path
        self.monitor = subprocess.Popen(["busctl", "--system", "--json=short", "monitor"],
                                        stdout=path.open("w"), text=True)
        # It says nothing of itself: a call is made until it is heard.
        lab.eventually(lambda: lab.busctl("get-property", lab.BUS, "/org/wgnl/WireGuard1",
                                          f"{lab.BUS}.Manager", "Version") and
                       list(self.messages()), "the monitor hears the bus")

    def messages(self):
        for line in self.path.read_text().splitlines():
            try:
                yield json.loads(line)
            except ValueError:  # the last one may not be complete yet
                pass

    def calls_of(self, sender):
        return [(message["destination"], message["member"]) for message in self.messages()
                if message["type"] == "method_call" and message["sender"] == sender]

    def close(self):
        self.monitor.terminate()
        self.monitor.wait(lab.DEADLINE)


@pytest.fixture
def recording(tmp_path):
    made = Recording(tmp_path / "bus")
    yield made
    made.close()


def connections_of(pid):
    """The names that a process has on the bus."""
    driver = DBusAddress("/org/freedesktop/DBus", bus_name=DRIVER, interface=DRIVER)
    with connect() as bus:
        def ask(member, *arguments):
            return bus.send_and_get_reply(new_method_call(driver, member, *arguments)).body[0]
        names = [name for name in ask("ListNames") if name.startswith(":")]
        return [name for name in names if ask("GetConnectionUnixProcessID", "s", (name,)) == pid]


def restarted():
    lab.run("systemctl", "restart", UNIT)
    return lab.main_pid(UNIT)


def status_of(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.split() for name, value in (line.split(":", 1) for line in lines)}


def test_it_only_asks_what_it_may(with_wgnl, recording):
    world = with_wgnl
    pid = restarted()
    (sender,) = connections_of(pid)
    world.peer(world.spokes[1])["persistent-keepalive"] = 17
    world.update()
    world.in_kernel(world.spokes[1], "the edit", keepalive="17")
    world.nm.deactivate(world.profile)
    lab.eventually(lambda: (lab.BUS, "Retain") in recording.calls_of(sender)[-1:], "withdrawn")
    world.nm.activate(world.profile)
    lab.eventually(lambda: lab.device_property("Source", world.device, check=False) == NM_SOURCE,
                   "declared again")
    lab.run("systemctl", "restart", "NetworkManager")
    lab.eventually(lambda: recording.calls_of(sender).count((NM, "GetManagedObjects")) == 2,
                   "it looks at the new NetworkManager")
    world.nm.find_again(world.profile)  # profiles are numbered anew
    lab.eventually(lambda: lab.device_property("Origin", world.device) == world.profile.path,
                   "declared from the new one")
    retained = recording.calls_of(sender).count((lab.BUS, "Retain"))
    lab.run("nmcli", "connection", "down", world.profile.uuid)
    lab.eventually(lambda: recording.calls_of(sender).count((lab.BUS, "Retain")) > retained,
                   "withdrawn")

    # What the monitor saw last may not have been written yet: the latest call is waited for above.
    calls = set(recording.calls_of(sender))
    assert {(NM, "GetSettings"), (NM, "GetSecrets"), (lab.BUS, "Declare")} <= calls
    assert calls <= ALLOWED, calls - ALLOWED
    # The recording does see others.
    others = {(message["destination"], message["member"]) for message in recording.messages()
              if message["type"] == "method_call" and message["sender"] != sender}
    assert (NM, "Update2") in others and not others <= ALLOWED


def test_it_reads_each_edit_once(with_wgnl, recording):
    """NetworkManager announces a profile as updated whenever it is asked for the secrets."""
    world = with_wgnl
    (sender,) = connections_of(restarted())
    for keepalive in ("17", "18", "19"):
        world.peer(world.spokes[1])["persistent-keepalive"] = int(keepalive)
        world.update()
        world.in_kernel(world.spokes[1], "the edit", keepalive=keepalive)
    announced = [message for message in recording.messages()
                 if message["type"] == "signal" and message["member"] == "Updated"]
    assert recording.calls_of(sender).count((NM, "GetSecrets")) == 4
    assert len(announced) >= 7, "and it does announce that"


def test_it_is_root_and_can_do_nothing(with_wgnl):
    assert lab.device_property("Source", with_wgnl.device) == NM_SOURCE
    pid = lab.main_pid(UNIT)
    status = status_of(pid)
    assert status["Uid"] == ["0"] * 4
    for sort in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[sort][0], 16) == 0, sort
    assert status["NoNewPrivs"] == ["1"] and status["Seccomp"] == ["2"]
    assert os.stat(f"/proc/{pid}/ns/net").st_ino != os.stat("/proc/self/ns/net").st_ino


def test_it_sees_nothing_of_the_file_system(with_wgnl):
    root = Path(f"/proc/{lab.main_pid(UNIT)}/root")
    assert lab.device_property("Source", with_wgnl.device) == NM_SOURCE
    for hidden in ("etc/shadow", "etc/NetworkManager", "root", "usr/bin", "var/lib",
                   "run/NetworkManager", "run/wgnl"):
        assert Path("/", hidden).exists() and not (root / hidden).exists(), hidden
    assert os.statvfs(root).f_flag & os.ST_RDONLY


def test_its_exposure_is_small():
    said = lab.run("systemd-analyze", "security", "--no-pager", UNIT)
    exposure = float(re.search(r"exposure level for \S+: ([0-9.]+)", said)[1])
    assert exposure <= 0.9, said


def test_its_memory_holds_no_key(with_wgnl):
    world = with_wgnl
    for keepalive in range(20, 30):
        world.peer(world.spokes[0])["persistent-keepalive"] = keepalive
        world.update()
        world.in_kernel(world.spokes[0], "an edit", keepalive=str(keepalive))
    keys = {"private key": world.keys.private}
    keys |= {f"preshared key {spoke.number}": spoke.psk for spoke in world.spokes}

    pid = lab.main_pid(UNIT)
    lab.eventually(lambda: memory.traces(memory.of_process(pid), keys) == [], "nothing is left")


def test_a_profile_that_is_renamed_stays_declared_under_its_new_name(with_wgnl):
    world = with_wgnl
    before = lab.dump(world.device)
    world.profile.id = "Büro – 2026"
    world.profile.user_data = {"org.wgnl.mode": "own"}  # a mistake, so that a name is shown
    world.update()
    lab.eventually(lambda: any("Büro – 2026" in where for _, where, _ in
                               lab.device_property("Problems", world.device)), "the new name")
    assert lab.device_property("Origin", world.device) == world.profile.path
    for spoke in world.spokes:
        assert lab.configured(lab.dump(world.device)[spoke.keys.public]) == \
            lab.configured(before[spoke.keys.public])


def test_another_interface_name_waits_for_the_next_activation(with_wgnl):
    world = with_wgnl
    world.profile.device = "wgnm7"
    world.peer(world.spokes[0])["persistent-keepalive"] = 21
    try:
        world.update()
        world.in_kernel(world.spokes[0], "the edit, on the device that runs", keepalive="21")
        assert any("wgnm7" in text for _, _, text in
                   lab.device_property("Problems", world.device))
    finally:
        world.profile.device = world.device


def test_a_deleted_profile_is_no_longer_declared(with_wgnl):
    world = with_wgnl
    world.nm.delete(world.profile)
    world.profile.path = None
    lab.eventually(lambda: not lab.device_property("Source", world.device, check=False),
                   "nobody declares it")


def test_a_device_that_somebody_else_made_is_not_declared(with_wgnl):
    device = "wgnm5"
    lab.run("ip", "link", "add", device, "type", "wireguard")
    try:
        lab.run("ip", "address", "add", "10.78.0.1/24", "dev", device)
        lab.run("ip", "link", "set", device, "up")
        lab.eventually(lambda: "connected (externally)" in
                       lab.run("nmcli", "-g", "GENERAL.STATE", "device", "show", device),
                       "NetworkManager sees it")
        once = lab.run("/usr/libexec/wgnl/wgnl-nm", "--once")
        assert f'"{with_wgnl.device}"' in once and f'"{device}"' not in once
        assert with_wgnl.keys.private not in once and "preshared_key" not in once
        assert not lab.device_property("Source", device, check=False)
    finally:
        lab.run("ip", "link", "del", device)
