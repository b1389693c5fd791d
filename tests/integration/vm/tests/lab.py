# SPDX-License-Identifier: LGPL-2.1-or-later
"""The laboratory of the machine's tests: a hub configured by networkd, spokes in namespaces."""

import ctypes
import functools
import ipaddress
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

NETWORK = Path("/etc/systemd/network")
# In guest time: how long anything is awaited before it is taken for hanging. A test never asserts a
# time, and the machine may run under emulation on a busy host: WGNL_TEST_PATIENCE is how many times
# slower than usual it may be. Half of what one test may take as a whole.
DEADLINE = 15 * float(os.environ.get("WGNL_TEST_PATIENCE", "20"))


def longer(seconds):
    """For what timers, as those of the protocol, make last so long on every machine."""
    return seconds + DEADLINE


def run(*argv, check=True, stdin=None, netns=None, user=None):
    """Runs a command to its end and returns its standard output."""
    prefix = ["ip", "netns", "exec", netns] if netns else []
    if user:
        prefix += ["setpriv", f"--reuid={user}", "--clear-groups", "--"]
    done = subprocess.run([*prefix, *map(str, argv)], input=stdin, text=True, timeout=DEADLINE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, argv))}: exit {done.returncode}\n"
                             f"{done.stdout}{done.stderr}")
    return done.stdout


def ip(*lines, netns=None):
    """Several commands of ip by one process: starting one takes an emulated machine its time."""
    run("ip", *(["-n", netns] if netns else []), "-batch", "-", stdin="\n".join(lines))


def ping(address, count=1, interval=1, netns=None):
    """Until so many were answered, however long the first handshake takes."""
    return run("ping", "-n", "-c", count, "-i", interval, "-w", round(DEADLINE - 5), address,
               netns=netns)


def eventually(condition, what, deadline=DEADLINE):
    """Waits for state that no event announces (the module has none); returns what is true. Looks
    less often the longer it waits: most looks start a program, which costs an emulated machine
    more than all that is waited for, and takes it from the machines beside."""
    begin = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        waited = time.monotonic() - begin
        assert waited < deadline, f"not within {deadline} s: {what}"
        time.sleep(min(max(0.02, waited / 8), 1))


@functools.cache
def networkd_version():
    return int(re.search("[0-9]+", run("networkctl", "--version")).group())


def need_networkd(version, what):
    """Skips a test that is of no use with an older one, which lacks that."""
    if networkd_version() < version:
        pytest.skip(f"networkd {networkd_version()} lacks {what}")


class Keys:
    """A key pair, made by wg itself."""

    def __init__(self):
        self.private = run("wg", "genkey").strip()
        self.public = run("wg", "pubkey", stdin=self.private).strip()


def genpsk():
    return run("wg", "genpsk").strip()


def dump(device="wg0", netns=None):
    """`wg show DEVICE dump` as {public key: {…}}; the device itself under the key None."""
    lines = [line.split("\t") for line in
             run("wg", "show", device, "dump", netns=netns).splitlines()]
    peers = {None: dict(zip(("private", "public", "port", "fwmark"), lines[0]))}
    for line in lines[1:]:
        names = ("psk", "endpoint", "allowed", "handshake", "rx", "tx", "keepalive")
        peer = dict(zip(names, line[1:]))
        peer["allowed"] = set() if peer["allowed"] == "(none)" else set(peer["allowed"].split(","))
        for number in ("handshake", "rx", "tx"):
            peer[number] = int(peer[number])
        peers[line[0]] = peer
    return peers


def configured(peer):
    """Of a dumped peer, what a file can say."""
    return {name: peer[name] for name in ("psk", "allowed", "keepalive")}


def assert_same_session(before, after):
    """A dumped peer has had no handshake since, but for what age alone brings, on a machine where all
    of this took so long."""
    renewed_by_age = 119  # seconds, between whole ones
    later = after["handshake"] - before["handshake"]
    assert before["handshake"] > 0 and (later == 0 or later >= renewed_by_age), later


def assert_untouched(before, after, answers):
    """A dumped peer has the configuration and the endpoint of before, and was never made anew: its
    counters went on, by so many answered pings at least."""
    least = 128  # bytes on the wire of a ping with the usual 56 bytes
    assert configured(before) == configured(after)
    assert before["endpoint"] == after["endpoint"]
    assert after["handshake"] >= before["handshake"] > 0
    for counter in ("rx", "tx"):
        assert after[counter] >= before[counter] + least * answers


class Spoke:
    """A remote host: a network namespace, joined to the hub by a veth pair."""

    def __init__(self, number, hub_public, passive=False, keepalive=25, psk=None, port=51820):
        self.number, self.passive, self.psk, self.port = number, passive, psk, port
        self.netns = f"s{number}"
        self.keys = Keys()
        self.outside = f"192.168.{number}.2"
        self.inside = f"10.77.{number}.2"
        self._join(number)
        self.start(hub_public, keepalive)

    def _join(self, number):
        run("ip", "netns", "add", self.netns)
        ip(f"link add v{number} type veth peer name eth0 netns {self.netns}",
           f"address add 192.168.{number}.1/24 dev v{number}", f"link set v{number} up")
        ip(f"address add {self.outside}/24 dev eth0", "link set eth0 up", "link set lo up",
           netns=self.netns)

    def start(self, hub_public, keepalive):
        ip("link add wg0 type wireguard", f"address add {self.inside}/16 dev wg0",
           netns=self.netns)
        argv = ["wg", "set", "wg0", "private-key", "/dev/stdin", "listen-port", self.port,
                "peer", hub_public, "allowed-ips", "10.77.0.0/16",
                "endpoint", f"192.168.{self.number}.1:51820",
                "persistent-keepalive", keepalive]
        run(*argv, netns=self.netns, stdin=self.keys.private)
        if self.psk:
            self.set_psk(hub_public, self.psk)
        run("ip", "-n", self.netns, "link", "set", "wg0", "up")

    def call_again(self):
        """Begins a handshake now: the first one found nobody, and the next would come after 5 s."""
        ip("link set wg0 down", "link set wg0 up", netns=self.netns)

    def set_psk(self, hub_public, psk):
        run("wg", "set", "wg0", "peer", hub_public, "preshared-key", "/dev/stdin",
            netns=self.netns, stdin=psk)

    def roam(self, port):
        """From now on the spoke sends from another port; the hub learns it with the next packet."""
        self.port = port
        run("wg", "set", "wg0", "listen-port", port, netns=self.netns)

    def section(self, **more):
        """This spoke as the hub's file declares it."""
        lines = {"PublicKey": self.keys.public, "AllowedIPs": f"{self.inside}/32"}
        if not self.passive:
            lines["Endpoint"] = f"{self.outside}:51820"
        if self.psk:
            lines["PresharedKey"] = self.psk
        lines.update(more)
        return "[WireGuardPeer]\n" + "".join(f"{k}={v}\n" for k, v in lines.items() if v is not None)

    def close(self):
        run("ip", "link", "del", f"v{self.number}", check=False)
        run("ip", "netns", "del", self.netns, check=False)


class Hub:
    """This machine's own wg0, written as an administrator would."""

    def __init__(self, device="wg0", port=51820):
        self.device, self.port = device, port
        self.keys = Keys()
        self.netdev = NETWORK / f"{device}.netdev"
        self.network = NETWORK / f"{device}.network"

    def head(self, more=""):
        return (f"[NetDev]\nName={self.device}\nKind=wireguard\n\n[WireGuard]\n"
                f"PrivateKey={self.keys.private}\nListenPort={self.port}\n{more}\n")

    def write(self, *sections, more=""):
        """Replaces the file in one step, as editors do."""
        aside = self.netdev.with_suffix(".new")
        aside.write_text(self.head(more) + "\n".join(sections))
        run("chown", "root:systemd-network", aside)
        aside.chmod(0o640)
        aside.rename(self.netdev)

    def write_network(self):
        self.network.write_text(f"[Match]\nName={self.device}\n\n[Network]\nAddress=10.77.0.1/16\n")

    def mask(self):
        """The file becomes a link to /dev/null, in one step."""
        aside = self.netdev.with_suffix(".new")
        aside.symlink_to("/dev/null")
        aside.rename(self.netdev)

    def remove(self):
        self.netdev.unlink(missing_ok=True)
        self.network.unlink(missing_ok=True)


class Pings:
    """Pings to a host every 20 ms until counted; `lost` is what never came back of those that were
    sent before."""

    def __init__(self, host, netns=None, interval=0.02):
        self._interval = interval
        prefix = ["ip", "netns", "exec", netns] if netns else []
        # A file, because who reads a pipe is woken up for every line. It is opened anew to be read:
        # one description would have one offset, moved by whoever writes while another reads.
        self._said = tempfile.NamedTemporaryFile(prefix="ping.", dir="/run")
        self._process = subprocess.Popen(
            [*prefix, "ping", "-n", "-i", str(interval), "-W", "5", host],
            stdout=self._said, stderr=subprocess.STDOUT)
        eventually(self._has_begun, "an answer, or a refusal")

    def _text(self):
        return Path(self._said.name).read_text()

    def _has_begun(self):
        """The first answer (or refusal) proves that it runs."""
        return self._text().count("\n") >= 2 or self._process.poll() is not None

    def _sent(self):
        """How many it has sent, as it says when it is asked."""
        before = len(self._text())
        self._process.send_signal(signal.SIGQUIT)
        said = eventually(lambda: re.search(r"\d+/(\d+) packets,.*\n", self._text()[before:]),
                          "how many were sent")
        return int(said[1])

    def finish(self):
        """A later one that is answered shows that none of those before is still under way. Where
        nothing is answered any more, they are lost."""
        certain, begin = self._sent(), time.monotonic()
        while max(answered(self._text()), default=0) < certain:
            if time.monotonic() - begin > DEADLINE / 2:
                break
            time.sleep(0.02)
        self._process.send_signal(signal.SIGINT)
        self._process.wait(DEADLINE)
        text = self._text()
        sent, received = re.search(r"(\d+) packets transmitted, (\d+) received", text).groups()
        return Counted(int(sent), int(received), text, certain)

    def kill(self):
        self._process.kill()
        self._process.wait()


def answered(text):
    """The numbers of the requests that ping has told an answer to."""
    return {int(n) for n in re.findall(r"icmp_seq=(\d+) ttl=", text)}


class Counted:
    """What one run of ping saw."""

    def __init__(self, sent, received, text, certain):
        self.sent, self.received, self.text, self.certain = sent, received, text, certain

    @property
    def missing(self):
        """Numbers of requests without an answer, of those that were not sent in the last moment."""
        there = answered(self.text)
        return [n for n in range(1, max(there | {self.certain}) + 1) if n not in there]

    @property
    def lost(self):
        return len(self.missing)

    def __repr__(self):
        which = f" (number {', '.join(map(str, self.missing[:5]))}…)" if self.missing else ""
        return f"{self.sent} sent, {self.received} received, {self.lost} lost{which}"


class SetCounter:
    """Every WG_CMD_SET_DEVICE that anyone in this namespace sends, seen by a netlink monitor.

    (A probe in the module would say more, but the emulator does not survive one.)
    """

    SET_DEVICE = 1

    def __enter__(self):
        every_protocol = 3  # ETH_P_ALL
        run("modprobe", "wireguard")
        run("ip", "link", "add", "nlmon0", "type", "nlmon")
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._attach_filter()
        run("ip", "link", "set", "nlmon0", "up")
        self._socket.bind(("nlmon0", every_protocol))
        self._socket.setblocking(False)
        return self

    def __exit__(self, *_):
        self._socket.close()
        run("ip", "link", "del", "nlmon0")

    def _attach_filter(self):
        """Only heads of SET messages: type (bytes 4 and 5) and command (byte 16)."""
        listed = run("genl", "ctrl", "get", "name", "wireguard")
        family = int(re.search(r"ID: (0x[0-9a-f]+)", listed).group(1), 16)
        load_half, load_byte, jump_equal, give = 0x28, 0x30, 0x15, 0x06
        steps = [(load_half, 0, 0, 4), (jump_equal, 0, 3, socket.htons(family)),
                 (load_byte, 0, 0, 16), (jump_equal, 0, 1, self.SET_DEVICE),
                 (give, 0, 0, 64), (give, 0, 0, 0)]
        code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *s) for s in steps))
        program = struct.pack("HP", len(steps), ctypes.addressof(code))
        attach_filter = 26  # SO_ATTACH_FILTER
        self._socket.setsockopt(socket.SOL_SOCKET, attach_filter, program)

    def messages(self):
        """The lengths of those sent since the last call."""
        lengths = []
        try:
            while head := self._socket.recv(64):
                lengths.append(struct.unpack_from("=I", head)[0])
        except BlockingIOError:
            return lengths


class Signals:
    """Every signal of that name that wgnld sends, one after the other."""

    def __init__(self, member, device="wg0"):
        self._name = member
        self._match = (f"type='signal',interface='{BUS}.Device',member='{member}',"
                       f"path='{device_path(device)}'")

    def __enter__(self):
        self._process = subprocess.Popen(["busctl", "monitor", f"--match={self._match}"],
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        os.set_blocking(self._process.stdout.fileno(), False)
        self._seen = b""
        self._read_until(b"Monitoring", "busctl listens")
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()

    def next(self, what):
        """Waits for one more."""
        self._read_until(f"Member={self._name}".encode(), what)

    def _read_until(self, text, what):
        end = time.monotonic() + DEADLINE
        while text not in self._seen:
            readable = select.select([self._process.stdout], [], [], end - time.monotonic())[0]
            assert readable, f"not within {DEADLINE} s: {what}"
            more = self._process.stdout.read()
            assert more, f"busctl ended: {self._seen}"
            self._seen += more
        self._seen = self._seen.split(text, 1)[1]


def busctl(*argv, user=None, check=True):
    """The answer of a busctl call as Python values."""
    out = run("busctl", "--json=short", *argv, user=user, check=check)
    return json.loads(out)["data"] if out.strip() else None


BUS = "org.wgnl.WireGuard1"


def device_path(name):
    return f"/org/wgnl/WireGuard1/device/{escape(name)}"


def escape(label):
    """sd_bus_path_encode(3) of one label."""
    def one(position, byte):
        plain = chr(byte).isascii() and (chr(byte).isalpha() or (chr(byte).isdigit() and position))
        return chr(byte) if plain else f"_{byte:02x}"
    return "".join(one(i, b) for i, b in enumerate(label.encode())) or "_"


def peer_path(device, key):
    return f"{device_path(device)}/peer/{escape(key)}"


def device_property(name, device="wg0", user=None, check=True):
    return busctl("get-property", BUS, device_path(device), f"{BUS}.Device", name,
                  user=user, check=check)


def peer_property(key, name, device="wg0", user=None):
    return busctl("get-property", BUS, peer_path(device, key), f"{BUS}.Peer", name, user=user)


def properties(path, interface, user=None):
    """Every property of an interface, as that user reads it."""
    values = busctl("call", BUS, path, "org.freedesktop.DBus.Properties", "GetAll", "s",
                    interface, user=user)[0]
    return {name: value["data"] for name, value in values.items()}


def state(key, device="wg0"):
    return peer_property(key, "State", device)


def journal(*units):
    """What units have said since the boot."""
    run("journalctl", "--sync")
    return run("journalctl", "-b", "-o", "cat", *(f"--unit={unit}" for unit in units))


def main_pid(unit):
    return int(run("systemctl", "show", "-P", "MainPID", unit))


def kill_hard(unit):
    """kill -9 of a unit's main process; True if there was one."""
    pid = main_pid(unit)
    if pid:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
    return pid != 0


def addresses(count, network="10.128.0.0/16"):
    """That many host prefixes."""
    base = int(ipaddress.ip_network(network).network_address)
    return [f"{ipaddress.ip_address(base + n)}/32" for n in range(1, count + 1)]


class RouteWatch:
    """Every route of this namespace that is made or deleted, until finish()."""

    def __init__(self):
        self._process = subprocess.Popen(["ip", "monitor", "route"], stdout=subprocess.PIPE,
                                         text=True)
        self._probe("10.255.255.254")

    def _probe(self, address):
        """A route of our own in between: everything before it has been told."""
        run("ip", "route", "add", "blackhole", address, "table", "9999")
        run("ip", "route", "del", "blackhole", address, "table", "9999")
        lines = []
        while True:
            line = self._process.stdout.readline()
            if address in line and line.startswith("Deleted"):
                return lines
            if address not in line:
                lines.append(line.strip())

    def finish(self):
        lines = self._probe("10.255.255.253")
        self._process.terminate()
        self._process.wait()
        return lines
