# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnl-userspace@.service: its program has a user of its own, which reaches neither wgnld nor what it
holds, and leaves the sockets of other programs alone."""

import pwd
import re
import shutil
import socket
import stat
import threading
from pathlib import Path

import pytest

import lab

DEVICE = "wguser"
UNIT = f"wgnl-userspace@{DEVICE}.service"
SOCKETS = Path("/run/wireguard")
USER = "wgnl-userspace"
# What the host's tests have, for the machine: see run_tests.py.
PROGRAM = Path(__file__).parents[2] / "wireguard-go"


@pytest.fixture
def program():
    if not PROGRAM.exists():
        pytest.skip("this host has no wireguard-go")
    here = Path("/usr/local/bin/wireguard-go")
    shutil.copy(PROGRAM, here)
    here.chmod(0o755)
    yield
    here.unlink()


class Foreign:
    """The socket of another implementation, which root runs."""

    def __init__(self):
        SOCKETS.mkdir(mode=0o755, exist_ok=True)
        self.path = SOCKETS / "wgforeign.sock"
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(self.path))
        self.path.chmod(0o600)
        self.socket.listen()
        threading.Thread(target=self.hang_up, daemon=True).start()

    def hang_up(self):
        """On whoever looks at all devices: it would wait for an answer."""
        while True:
            try:
                self.socket.accept()[0].close()
            except OSError:
                return

    def owner(self):
        status = self.path.stat()
        return status.st_uid, stat.S_IMODE(status.st_mode)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.path.unlink(missing_ok=True)


@pytest.fixture
def foreign():
    made = Foreign()
    yield made
    made.close()


@pytest.fixture
def unit(daemons, program, foreign):
    lab.run("systemctl", "start", UNIT)
    yield UNIT
    lab.run("systemctl", "stop", UNIT)
    lab.run("ip", "link", "delete", DEVICE, check=False)


def processes_of(unit):
    group = lab.run("systemctl", "show", "--value", "-p", "ControlGroup", unit).strip()
    assert group, f"{unit} runs no more"
    return Path(f"/sys/fs/cgroup{group}/cgroup.procs").read_text().split()


def users_of(unit):
    """By their status: the folder in /proc of one with capabilities is root's."""
    status = [Path(f"/proc/{process}/status").read_text() for process in processes_of(unit)]
    return {pwd.getpwuid(int(re.search(r"(?m)^Uid:\s+(\d+)", text)[1])).pw_name for text in status}


def test_it_runs_as_a_user_of_its_own_and_wgnld_reads_it(unit):
    assert users_of(unit) == {USER}
    assert users_of("wgnld.service") == {"wgnl"}
    status = (SOCKETS / f"{DEVICE}.sock").stat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (pwd.getpwnam(USER).pw_uid, 0o770)

    key = lab.Keys()
    lab.run("wg", "set", DEVICE, "peer", key.public)
    lab.eventually(lambda: lab.device_property("PeerCount", DEVICE) == 1, "wgnld reads it")
    assert lab.device_property("Backend", DEVICE) == "userspace"


def test_sockets_of_others_stay_theirs(unit, foreign):
    assert foreign.owner() == (0, 0o600)
    folder = SOCKETS.stat()
    assert (folder.st_uid, stat.S_IMODE(folder.st_mode)) == (0, 0o1775)
    for act in ("remove", "replace"):
        code = (f"import os; os.unlink('{foreign.path}')" if act == "remove" else
                f"import os; os.rename('{SOCKETS}/{DEVICE}.sock', '{foreign.path}')")
        lab.run("python3", "-c", code, user=USER, check=False)
        assert foreign.owner() == (0, 0o600), act

    lab.run("systemctl", "stop", unit)
    assert foreign.owner() == (0, 0o600) and SOCKETS.stat().st_uid == 0
    lab.run("systemctl", "start", unit)


ATTEMPTS = {
    "end wgnld": "import os; os.kill({pid}, 15)",
    "look into wgnld": "open('/proc/{pid}/mem', 'rb')",
    "read a record": "import os; os.listdir('/run/wgnl') and open('/run/wgnl/wgx.json')",
    "hold a lock": "open('/run/wgnl/wgx.lock', 'r+')",
    "make a record": "open('/run/wgnl/wgy.json', 'w')",
    "make a link": "import os; os.symlink('/etc', '/run/wgnl/netns-1')",
    "own the name": "import subprocess; subprocess.run(['busctl', 'call', 'org.freedesktop.DBus', '/', "
                    "'org.freedesktop.DBus', 'RequestName', 'su', 'org.wgnl.WireGuard1', '4'], check=True)",
}


@pytest.mark.parametrize("what", ATTEMPTS)
def test_its_user_reaches_nothing_of_wgnld(unit, what):
    pid = lab.run("systemctl", "show", "--value", "-p", "MainPID", "wgnld").strip()
    for name in ("wgx.json", "wgx.lock"):
        path = Path("/run/wgnl") / name
        path.write_text("{}")
        path.chmod(0o600)
        shutil.chown(path, "wgnl", "wgnl")
    code = ATTEMPTS[what].format(pid=pid)
    said = lab.run("sh", "-c", 'python3 -c "$1" 2>&1 || echo refused', "sh", code, user=USER)

    assert said.strip().endswith("refused"), said
    assert pid == lab.run("systemctl", "show", "--value", "-p", "MainPID", "wgnld").strip()
    for name in ("wgx.json", "wgx.lock"):
        (Path("/run/wgnl") / name).unlink()


@pytest.mark.parametrize("unit_name, most", [("wgnl-networkd.service", 0.4), (UNIT, 1.8),
                                             ("wgnld.service", 1.8)])
def test_little_of_it_is_exposed(unit, unit_name, most):
    said = lab.run("systemd-analyze", "security", "--no-pager", unit_name)
    assert float(said.split("exposure level for")[1].split(": ")[1].split()[0]) <= most


def test_wgnld_executes_nothing(daemons):
    """NoExecPaths=, as it holds in the running service."""
    pid = lab.run("systemctl", "show", "--value", "-p", "MainPID", "wgnld").strip()
    mounts = Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
    root = [line for line in mounts if line.split()[4] == "/"]
    assert root and all("noexec" in line.split()[5].split(",") for line in root)
