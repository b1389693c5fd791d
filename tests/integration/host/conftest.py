# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests on the host stand on: a private bus, network namespaces, daemons, tunnels.

Everything is started by the fixtures and ended by its process id. Run as root, with WGNL_BUILD
naming the build folder.
"""
import itertools
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import dbus
import dbus.bus
import dbus.lowlevel
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.append(str(pathlib.Path(__file__).parents[1] / "vm/tests"))  # some are for both
import caller as calls  # noqa: E402
from patience import DEADLINE  # noqa: E402

HERE = pathlib.Path(__file__).parent
TOP = HERE.parents[2]
SOCKETS = pathlib.Path("/var/run/wireguard")

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <policy user="root">
    <allow send_destination="org.freedesktop.DBus"
           send_interface="org.freedesktop.DBus.Monitoring"/>
    <allow own="org.freedesktop.PolicyKit1"/>
    <allow own="org.freedesktop.login1"/>
    <allow own="org.freedesktop.network1"/>
    <allow own="org.freedesktop.NetworkManager"/>
    <allow send_destination="org.freedesktop.NetworkManager"/>
    <allow send_destination="org.freedesktop.PolicyKit1"/>
  </policy>
  <policy user="polkitd">
    <allow own="org.freedesktop.PolicyKit1"/>
  </policy>
  {policies}
</busconfig>
"""
# The commands of systemd, and ours, would give up after 25 s.
os.environ["SYSTEMD_BUS_TIMEOUT"] = str(round(DEADLINE))
POLICIES = [TOP / "dbus/org.wgnl.WireGuard1.conf", TOP / "dbus/org.wgnl.Resolve1.conf"]


def run(*command, text=None, check=True):
    """The output of a command."""
    done = subprocess.run(
        [str(word) for word in command], input=text, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: {done.stderr}{done.stdout}")
    return done.stdout.strip()


def sanitized(program="dbus/wgnld/wgnld"):
    """Whether the program watches its memory or its threads, which takes more of both."""
    program = pathlib.Path(os.environ["WGNL_BUILD"]) / program
    return re.search(rb"__[at]san_init", program.read_bytes()) is not None


def end(process, how=signal.SIGTERM):
    """Ends one process of ours and waits for it."""
    if process.poll() is None:
        process.send_signal(how)
    process.wait(DEADLINE)


class Keys:
    """A key pair."""

    def __init__(self):
        self.private = run("wg", "genkey")
        self.public = run("wg", "pubkey", text=self.private)


class Bus:
    """A dbus-daemon of our own, and a monitor that hears everything on it."""

    MARK = "org.wgnl.Tests.Mark"  # the interface of signals to ourselves

    def __init__(self, folder):
        socket = folder / "bus"
        config = folder / "bus.conf"
        included = "".join(f"<include>{policy}</include>" for policy in POLICIES)
        config.write_text(BUS_CONFIG.format(socket=socket, policies=included))
        self.address = f"unix:path={socket}"
        self.daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.daemon.stdout.readline()
        self.messages = []
        self.news = queue.Queue()
        self.marks, self.last_mark, self.marked = itertools.count(1), 0, threading.Condition()
        self.monitor = subprocess.Popen(
            ["busctl", f"--address={self.address}", "monitor", "--json=short"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()
        self.marker = dbus.bus.BusConnection(self.address)
        self.await_monitor()

    def listen(self):
        for line in self.monitor.stdout:
            if not line.endswith("\n"):
                break  # the monitor was ended in the middle of a message
            message = json.loads(line)
            if message.get("interface") == self.MARK:
                with self.marked:
                    self.last_mark = message["payload"]["data"][0]
                    self.marked.notify_all()
                continue
            self.messages.append(message)
            self.news.put(None)

    def mark(self):
        """Sends a signal that only the monitor notices; its number."""
        number = next(self.marks)
        signal_ = dbus.lowlevel.SignalMessage("/", self.MARK, "Mark")
        signal_.set_destination(self.marker.get_unique_name())
        signal_.append(dbus.UInt64(number))
        self.marker.send_message(signal_)
        self.marker.flush()
        return number

    def was_marked(self, number, seconds):
        with self.marked:
            return self.marked.wait_for(lambda: self.last_mark >= number, seconds)

    def await_monitor(self):
        """It says nothing of itself: what is sent before it listens, it never hears."""
        limit = time.monotonic() + DEADLINE
        while not self.was_marked(self.mark(), 0.05):
            assert time.monotonic() < limit, "the monitor hears nothing"

    @property
    def heard(self):
        """All that was on the bus until now: the monitor is told last, and has come as far."""
        assert self.was_marked(self.mark(), DEADLINE), "the monitor hears nothing any more"
        return list(self.messages)

    def signals(self, member, path=None):
        """The payloads of the signals of that name so far."""
        return [
            message["payload"]["data"]
            for message in self.heard
            if message["type"] == "signal" and message.get("member") == member
            and (path is None or message["path"] == path)
        ]

    def until(self, condition, what="", seconds=DEADLINE):
        """Waits until the condition gives something, looked at again after each message."""
        limit = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            left = limit - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not within {seconds} s: {what or condition}")
            try:  # what the kernel does is not announced on the bus
                self.news.get(timeout=min(left, 0.2))
            except queue.Empty:
                pass

    def until_called(self, member, begin):
        """Begins something, and waits for a call of this name by a connection that made none before."""
        before = self.callers_of(member)
        begun = begin()
        self.until(lambda: self.callers_of(member) - before, f"{member} is called")
        return begun

    def callers_of(self, member):
        return {message["sender"] for message in self.heard
                if message["type"] == "method_call" and message.get("member") == member}

    def close(self):
        self.marker.close()
        end(self.monitor)
        self.listener.join(DEADLINE)
        end(self.daemon)


class Namespace:
    """A network namespace."""

    numbers = itertools.count()

    def __init__(self):
        self.name = f"wgnl-{os.getpid()}-{next(self.numbers)}"
        run("ip", "netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *[str(word) for word in words]]

    def run(self, *words, **options):
        return run(*self.command(*words), **options)

    def join(self, other, number):
        """A cable to another namespace: 10.99.N.1 here, 10.99.N.2 there."""
        here, there = f"v{number}a", f"v{number}b"
        self.run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns",
                 other.name)
        for end_, link, host in ((self, here, 1), (other, there, 2)):
            end_.run("ip", "address", "add", f"10.99.{number}.{host}/24", "dev", link)
            end_.run("ip", "link", "set", link, "up")

    def ping(self, address, count=1, interval=1):
        """Until so many were answered, however long the first handshake takes."""
        return self.run("ping", "-c", count, "-i", interval, "-w", round(DEADLINE), address)

    def exists(self, link):
        return subprocess.run(self.command("ip", "link", "show", link), check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def dump(self, device):
        """`wg show DEVICE dump` by public key: psk, endpoint, allowed IPs, …, keepalive."""
        lines = self.run("wg", "show", device, "dump").splitlines()[1:]
        return {fields[0]: fields[1:] for fields in (line.split("\t") for line in lines)}

    def wireguard(self, device, keys, port=0):
        """A device that somebody else runs."""
        self.run("wireguard-go", device)
        self.run("wg", "set", device, "private-key", "/dev/stdin", "listen-port", port,
                 text=keys.private)
        self.run("ip", "link", "set", device, "up")

    def close(self):
        links = json.loads(self.run("ip", "-json", "link", "show"))
        for link in links:
            if (SOCKETS / f"{link['ifname']}.sock").exists():
                self.run("ip", "link", "delete", link["ifname"], check=False)
        run("ip", "netns", "delete", self.name)


class Wgnld:
    """The daemon in a namespace, on the private bus."""

    def __init__(self, bus, namespace, folder):
        self.bus = bus
        self.namespace = namespace
        self.folder = folder
        self.config = folder / "wgnld.conf"
        self.log = folder / "wgnld.log"
        self.process = None

    def start(self, prefix=()):
        """Starts it, under a command if one is given."""
        program = pathlib.Path(os.environ["WGNL_BUILD"]) / "dbus/wgnld/wgnld"
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.namespace.command(*prefix, program, "--runtime-dir", self.folder / "run", "--config",
                                       self.config),
                env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.bus.address},
                stdout=log, stderr=log,
            )
        self.bus.until(self.owned, "wgnld owns its name")
        self.root = calls.Caller(self.bus.address)

    def owned(self):
        assert self.process.poll() is None, self.log.read_text()
        return self.bus.marker.name_has_owner(calls.NAME)

    def look(self, device):
        """Asks for the figures: what others changed without a sign is found then."""
        return self.device(device, "SampledAt")

    def stop(self, how=signal.SIGTERM):
        end(self.process, how)
        return self.process.returncode

    def pid(self):
        """Of the process that owns the name."""
        return int(self.root.connection.call_blocking(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
            "GetConnectionUnixProcessID", "s", [calls.NAME]))

    def caller_as(self, user, method, *arguments):
        """What that user gets: the result; a DBusException's name and text as an error."""
        request = {"address": self.bus.address, "method": method, "arguments": arguments}
        answer = json.loads(
            run("setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups",
                "/usr/bin/python3", "-B", self.folder / "caller.py", text=json.dumps(request))
        )
        if "error" in answer:
            raise dbus.DBusException(answer["text"], name=answer["error"])
        return answer["result"]

    def device(self, name, prop):
        return self.root.get(self.path(name), calls.DEVICE, prop)

    def path(self, name):
        return f"{calls.ROOT}/device/{name}"

    def peer_path(self, name, key):
        return self.root.call(self.path(name), calls.DEVICE, "GetPeer", key)

    def peer(self, name, key, prop):
        return self.root.get(self.peer_path(name, key), calls.PEER, prop)

    def devices(self):
        return [str(name) for name, _ in self.root.manager("ListDevices")]

    def until_peer(self, name, key, prop, value):
        self.bus.until(lambda: self.peer(name, key, prop) == value, f"{prop} is {value}")

    def until_synced(self, name):
        self.bus.until(lambda: self.device(name, "InSync"), f"{name} is in sync")

    def declare(self, declaration, **options):
        """Declares, and waits until it was applied: what is said of that comes behind the answer."""
        path = self.path(declaration["device"])
        self.root.declare(declaration, **options)
        answered = self.last_answer()
        self.bus.until(lambda: [message for message in self.bus.heard[answered:]
                                if message.get("member") == "Applied" and message["path"] == path],
                       "applied")

    def last_answer(self):
        """Where in all that was heard root's last call was answered."""
        name = self.root.connection.get_unique_name()
        return max(at for at, message in enumerate(self.bus.heard)
                   if message["type"] == "method_return" and message.get("destination") == name)


@pytest.fixture
def folder(tmp_path_factory):
    """A folder that every user may enter."""
    path = pathlib.Path("/tmp") / f"wgnl-{os.getpid()}-{next(Namespace.numbers)}"
    path.mkdir(mode=0o755)
    for program in (HERE / "caller.py", HERE / "patience.py"):
        shutil.copy(program, path)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def bus(folder):
    made = Bus(folder)
    yield made
    made.close()


@pytest.fixture
def here():
    """The namespace that wgnld serves."""
    made = Namespace()
    yield made
    made.close()


@pytest.fixture
def there(here):
    """Another host, joined to it by a cable."""
    made = Namespace()
    here.join(made, 1)
    yield made
    made.close()


@pytest.fixture
def wgnld(bus, here, folder):
    daemon = Wgnld(bus, here, folder)
    daemon.start()
    yield daemon
    daemon.stop()


@pytest.fixture
def device():
    """A short name that is free on the whole machine: the sockets of all namespaces share a folder."""
    return f"wg{os.getpid() % 100000}x{next(Namespace.numbers)}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    daemon = item.funcargs.get("wgnld") if hasattr(item, "funcargs") else None
    if report.failed and daemon and daemon.log.exists():
        report.sections.append(("wgnld", daemon.log.read_text()))
