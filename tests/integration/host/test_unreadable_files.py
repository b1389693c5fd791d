# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files that networkd's adapter cannot read: seen on the bus, and by `wgnl status` of every user."""
import os
import signal
import subprocess

import pytest

from caller import MANAGER, NAME, ROOT
from command import program, wgnl
from conftest import Keys, end
from test_wgnld import DENIED, error_of

NETDEV = """[NetDev]
Name={device}
Kind=wireguard
[WireGuard]
PrivateKey={key}
"""
AS_ADAPTER = ["setpriv", "--reuid=systemd-network", "--regid=nogroup", "--clear-groups"]


class Files:
    """The folder that the adapter reads, with one file that it cannot."""

    def __init__(self, folder, device):
        self.root = folder / "root"
        self.folder = self.root / "etc/systemd/network"
        self.folder.mkdir(parents=True)
        self.file = self.folder / "vpn.netdev"
        self.text = NETDEV.format(device=device, key=Keys().private)

    def write(self, mode):
        self.file.write_text(self.text, encoding="ascii")
        self.file.chmod(mode)


@pytest.fixture
def files(folder, device):
    return Files(folder, device)


@pytest.fixture
def adapter(bus, wgnld, files):
    """Starts it as its user."""
    started = []

    def start():
        started.append(subprocess.Popen(
            [*AS_ADAPTER, program("plugins/networkd/wgnl-networkd"), "--root", files.root],
            stderr=subprocess.DEVNULL, env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus.address}))
        return started[0]

    yield start
    for process in started:
        end(process)


def problems(wgnld):
    return [tuple(map(str, problem)) for problem in wgnld.root.get(ROOT, MANAGER, "Problems")]


def closed(files):
    files.write(0o640)
    return str(files.file), lambda: files.file.chmod(0o644)


def closed_folder(files):
    files.write(0o644)
    files.folder.chmod(0o750)
    return str(files.folder), lambda: files.folder.chmod(0o755)


def fifo(files):
    os.mkfifo(files.file)
    return str(files.file), files.file.unlink


@pytest.mark.parametrize("make", [closed, closed_folder, fifo])
def test_a_file_that_cannot_be_read_is_seen_until_it_can(wgnld, bus, files, adapter, make):
    where, mend = make(files)
    process = adapter()
    bus.until(lambda: problems(wgnld), "it is on the bus")
    assert any(severity == "error" and where in place + text for severity, place, text in problems(wgnld))

    everybody = wgnl(bus, "status")
    assert everybody.returncode == 0 and "No WireGuard devices" in everybody.stdout
    assert where in everybody.stdout.replace("\n", "")
    as_json = wgnl(bus, "status", "--json")
    assert as_json.stdout.strip() == "[]" and where in as_json.stderr
    by_name = wgnl(bus, "status", "vpn")
    assert by_name.returncode == 1 and where in by_name.stderr

    mend()
    process.send_signal(signal.SIGHUP)  # what lies in a closed folder cannot be watched
    bus.until(lambda: problems(wgnld) == [], "it is taken back")
    assert "Files that" not in wgnl(bus, "status").stdout
    assert [data for data in bus.signals("PropertiesChanged", ROOT) if "Problems" in data[1]]


def test_what_a_known_device_has_is_said_of_the_device(wgnld, bus, files, adapter, device):
    files.write(0o644)
    adapter()
    bus.until(lambda: device in wgnld.devices(), "it is declared")

    files.write(0o640)
    bus.until(lambda: any("vpn.netdev" in where for _, where, _ in wgnld.device(device, "Problems")),
              "its file cannot be read any more")
    assert problems(wgnld) == []


REPORT = """
import sys
import dbus
import dbus.bus
address, name, path, interface, severity, text = sys.argv[1:]
manager = dbus.bus.BusConnection(address).get_object(name, path, introspect=False)
problems = dbus.Array([(severity, "/etc/x.netdev", text)], signature="(sss)")
try:
    manager.Report(problems, dbus_interface=interface)
    print("taken", flush=True)
except dbus.DBusException as error:
    print(error, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def report(bus):
    """Reports as the adapter, which stays on the bus: what became of it, and the process."""
    started = []

    def call(severity, text):
        process = subprocess.Popen(
            [*AS_ADAPTER, "/usr/bin/python3", "-c", REPORT, bus.address, NAME, ROOT, MANAGER, severity,
             text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process.stdout.readline().strip(), process

    yield call
    for process in started:
        end(process)


def test_only_adapters_report_on_files_and_no_key_is_shown(wgnld, bus, report):
    key = Keys().private
    assert error_of(wgnld.root.connection.call_blocking, NAME, ROOT, MANAGER, "Report", "a(sss)",
                    [[("error", "", "x")]]) == DENIED
    assert "severity" in report("bad", "x")[0]
    answer, reporter = report("error", f"no such key: {key}\x1b[31m")
    assert answer == "taken"

    (said,) = problems(wgnld)
    assert said[:2] == ("error", "/etc/x.netdev") and said[2].startswith("no such key: ")
    assert key not in said[2] and "\x1b" not in said[2]

    end(reporter)
    bus.until(lambda: not problems(wgnld), "a report goes with the adapter that made it")
