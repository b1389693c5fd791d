# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real NetworkManager in namespaces of its own, with its own bus, state and profiles.

It sees no link but its own lo, asks nobody for rights and keeps its profiles in the test's folder.
"""
import os
import pathlib
import subprocess
import time

from conftest import DEADLINE, end

CONFIG = """[main]
plugins=keyfile
dns=none
rc-manager=unmanaged
no-auto-default=*
auth-polkit=false
firewall-backend=none
[keyfile]
path={folder}/profiles
unmanaged-devices=except:interface-name:none
[logging]
level=INFO
"""
# Where its programs are: not below / where they were only unpacked.
ROOT = pathlib.Path(os.environ.get("WGNL_NETWORK_MANAGER", "/"))
PLUGIN = "plugins/nm/import/libnm-vpn-plugin-wgnl.so"
# With /sys read-only, NetworkManager does not wait for udev, which does not serve the namespace.
WORLD = f"""set -e
mount --make-rprivate /
mount --bind {ROOT}/usr/share/dbus-1/system.d /usr/share/dbus-1/system.d
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
mount -t sysfs -o ro sysfs /sys
mkdir -p /run/dbus /run/NetworkManager /var/lib/NetworkManager /var/lib/dbus
ip link set lo up
echo ready
exec cat
"""
PATH = f"{ROOT}/usr/sbin:{ROOT}/usr/bin:{os.environ['PATH']}"
NAME_FILE = """[VPN Connection]
name=wgnl
service=import
[libnm]
plugin={plugin}
"""


class NetworkManager:
    """Runs within `with`, or from start() to stop(); what is started beside it is ended with it."""

    def __init__(self, folder):
        self.folder = folder
        self.profiles = folder / "profiles"
        self.plugins = folder / "VPN"
        self.log = folder / "NetworkManager.log"
        self.processes = []

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.write_files()
        self.world = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-c", WORLD],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.processes.append(self.world)
        assert self.world.stdout.readline() == "ready\n"
        bus = self.begin("dbus-daemon", "--system", "--nofork", "--nopidfile", "--print-address=1",
                         stdout=subprocess.PIPE, text=True)
        assert bus.stdout.readline().startswith("unix:")
        with self.log.open("a") as log:
            self.begin("NetworkManager", "--no-daemon", "--config", self.folder / "nm.conf",
                       "--config-dir", self.folder / "empty", "--system-config-dir",
                       self.folder / "empty", "--intern-config", self.folder / "intern.conf",
                       "--state-file", self.folder / "state", stdout=log, stderr=log)
        self.until_running()

    def write_files(self):
        for name in ("profiles", "VPN", "empty"):
            (self.folder / name).mkdir(mode=0o755, exist_ok=True)
        (self.folder / "nm.conf").write_text(CONFIG.format(folder=self.folder))
        build = pathlib.Path(os.environ["WGNL_BUILD"])
        (self.plugins / "nm-wgnl-service.name").write_text(
            NAME_FILE.format(plugin=build / PLUGIN))

    def command(self, *words):
        return ["nsenter", f"--target={self.world.pid}", "--net", "--mount",
                *[str(word) for word in words]]

    def begin(self, *words, **options):
        process = subprocess.Popen(self.command(*words), env={**os.environ, "PATH": PATH},
                                   **options)
        self.processes.append(process)
        return process

    def run(self, *words, env=None):
        """The finished process, with its output as bytes."""
        return subprocess.run(
            self.command(*words), check=False, timeout=DEADLINE, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C.UTF-8", "NM_VPN_PLUGIN_DIR": str(self.plugins),
                 "PATH": PATH, **(env or {})})

    def nmcli(self, *words):
        """The output of nmcli, which must succeed."""
        done = self.run("nmcli", *words)
        assert done.returncode == 0, (words, done.stderr.decode(), self.log.read_text())
        return done.stdout.decode()

    def until_running(self):
        limit = time.monotonic() + DEADLINE
        while self.run("nmcli", "-t", "-f", "RUNNING", "general").stdout != b"running\n":
            assert time.monotonic() < limit, self.log.read_text()
            time.sleep(0.05)  # nothing announces it before its bus has its name

    def stop(self):
        while self.processes:
            end(self.processes.pop())
