#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the handshake bell costs and what it hears, in network namespaces of its own.

Run by script/bench bell, as root. Prints two tables in Markdown.
"""
import argparse
import contextlib
import ctypes
import os
import pathlib
import platform
import shutil
import socket
import struct
import subprocess
import threading
import time

DEADLINE = 30
PORT = 51820
INITIATION = bytes([1]) + bytes(147)
IPV6_HOPOPTS, IPV6_DSTOPTS = 54, 59
PADDING = bytes([0, 0, 1, 4, 0, 0, 0, 0])  # an extension header that says nothing
LIBC = ctypes.CDLL(None, use_errno=True)


def run(*command, text=None, check=True):
    """The output of a command, or None if it may fail and did."""
    done = subprocess.run([str(word) for word in command], input=text, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE)
    if done.returncode and check:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stdout}")
    return None if done.returncode else done.stdout.strip()


class Namespace:
    """A network namespace."""

    def __init__(self, letter):
        self.name = f"wgnlbench-{os.getpid()}{letter}"
        run("ip", "netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *[str(word) for word in words]]

    def run(self, *words, **options):
        return run(*self.command(*words), **options)

    def socket(self, *what):
        """A socket that lives here, made by a thread that goes in for it."""
        made = []

        def make():
            with open(f"/run/netns/{self.name}", "rb") as file:
                if LIBC.setns(file.fileno(), 0) == 0:
                    made.append(socket.socket(*what))

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        return made[0]

    def close(self):
        run("ip", "netns", "delete", self.name)


class Ground:
    """Two machines that are joined, and a third one behind the second."""

    def __init__(self):
        self.a, self.b, self.c = (Namespace(letter) for letter in "abc")
        self.join(self.a, self.b, 1)
        self.join(self.b, self.c, 3)
        self.b.run("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
        self.a.run("ip", "route", "add", "10.97.3.0/24", "via", "10.97.1.2")
        self.c.run("ip", "route", "add", "10.97.1.0/24", "via", "10.97.3.1")

    @staticmethod
    def join(one, other, number):
        one.run("ip", "link", "add", f"v{number}a", "type", "veth", "peer", "name", f"v{number}b",
                "netns", other.name)
        for side, link, host in ((one, f"v{number}a", 1), (other, f"v{number}b", 2)):
            side.run("ip", "address", "add", f"10.97.{number}.{host}/24", "dev", link)
            side.run("ip", "address", "add", f"fd97:{number}::{host}/64", "dev", link, "nodad")
            side.run("ip", "link", "set", link, "up")

    def close(self):
        for namespace in (self.a, self.b, self.c):
            namespace.close()


class Bell:
    """What handshake-listen hears in a namespace."""

    def __init__(self, program, namespace, kind):
        self.process = subprocess.Popen(namespace.command(program, kind), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def heard(self):
        lines, _ = self.process.communicate(timeout=DEADLINE)
        rings = [line.split() for line in lines.splitlines()[:-1]]
        return [f"port {port}" + (f", {count} times" if count != "1" else "")
                for port, _, count in rings]


def datagram(ground, family=socket.AF_INET, address="10.97.1.2", port=PORT, options=()):
    """Sends an initiation from A, by a socket with these options."""
    with contextlib.closing(ground.a.socket(family, socket.SOCK_DGRAM)) as sender:
        for option in options:
            sender.setsockopt(*option)
        sender.sendto(INITIATION, (address, port))


def datagram6(ground, **more):
    datagram(ground, socket.AF_INET6, "fd97:1::2", **more)


def extension(option, header=PADDING):
    return (socket.IPPROTO_IPV6, option, header)


def ipv6_fragments(ground):
    """Cut by hand: no link carries IPv6 that would cut so little."""
    udp = struct.pack("!HHHH", 40000, PORT, 8 + len(INITIATION), 0) + INITIATION
    ends = [socket.inet_pton(socket.AF_INET6, f"fd97:1::{host}") for host in (1, 2)]
    with contextlib.closing(
            ground.a.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)) as sender:
        for place, part in ((1, udp[:80]), (80, udp[80:])):
            payload = struct.pack("!BBHI", socket.IPPROTO_UDP, 0, place, 7) + part
            header = struct.pack("!IHBB", 0x60000000, len(payload), 44, 64)
            sender.sendto(header + b"".join(ends) + payload, ("fd97:1::2", 0))


@contextlib.contextmanager
def firewall(ground, hook, rule):
    if not shutil.which("nft"):
        yield "nft is not installed"
        return
    ground.b.run("nft", "add table ip bench; add chain ip bench c { type " + hook + "; }; "
                 "add rule ip bench c " + rule)
    yield None
    ground.b.run("nft", "delete table ip bench")


@contextlib.contextmanager
def small_packets(ground):
    for side, link in ((ground.a, "v1a"), (ground.b, "v1b")):
        side.run("ip", "link", "set", link, "mtu", 100)
    yield None
    for side, link, host in ((ground.a, "v1a", 1), (ground.b, "v1b", 2)):
        side.run("ip", "link", "set", link, "mtu", 1500)
        side.run("ip", "address", "add", f"fd97:1::{host}/64", "dev", link, "nodad", check=False)


@contextlib.contextmanager
def vlan(ground):
    for side, link, host in ((ground.a, "v1a", 1), (ground.b, "v1b", 2)):
        if side.run("ip", "link", "add", "link", link, "name", "vlan5", "type", "vlan", "id", 5,
                    check=False) is None:
            yield "this kernel has no VLANs"
            return
        side.run("ip", "address", "add", f"10.97.5.{host}/24", "dev", "vlan5")
        side.run("ip", "link", "set", "vlan5", "up")
    yield None
    ground.a.run("ip", "link", "delete", "vlan5")
    ground.b.run("ip", "link", "delete", "vlan5")


class Tunnel:
    """WireGuard between A and B, by the kernel or else by wireguard-go."""

    def __init__(self, ground, number, outside):
        self.ground, self.number = ground, number
        self.names = [f"wgb{os.getpid() % 10000}{number}{side}" for side in "ab"]
        sides = (ground.a, ground.b)
        keys = [run("wg", "genkey") for _ in sides]
        for host, (side, name, key) in enumerate(zip(sides, self.names, keys), 1):
            if side.run("ip", "link", "add", name, "type", "wireguard", check=False) is None:
                side.run("wireguard-go", name)
            other = 3 - host
            side.run("wg", "set", name, "private-key", "/dev/stdin", "listen-port",
                     self.port(host), "peer", run("wg", "pubkey", text=keys[other - 1]),
                     "allowed-ips", "0.0.0.0/0", "endpoint",
                     f"{outside}.{other}:{self.port(other)}", text=key)
            side.run("ip", "address", "add", f"10.97.{number}.{host}/24", "dev", name)
            side.run("ip", "link", "set", name, "up")

    def port(self, host):
        return self.number * 1000 + host

    def shake_hands(self):
        self.ground.a.run("ping", "-q", "-c", 1, "-W", 5, f"10.97.{self.number}.2")

    def close(self):
        self.ground.a.run("ip", "link", "delete", self.names[0])
        self.ground.b.run("ip", "link", "delete", self.names[1])


@contextlib.contextmanager
def tunnels(ground):
    if not shutil.which("wireguard-go") or not shutil.which("wg"):
        yield "wireguard-go and wg are not installed"
        return
    with contextlib.closing(Tunnel(ground, 21, "10.97.1")) as outer:
        outer.shake_hands()
        yield None


def inner_handshake(ground):
    with contextlib.closing(Tunnel(ground, 22, "10.97.21")) as inner:
        inner.shake_hands()


def nothing_more(_ground):
    return contextlib.nullcontext()


def cases():
    """What is sent from A, what it needs, and how it is sent; all of it for port 51820 of B."""
    no_df = (socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER, IP_PMTUDISC_DONT
    no_ops = (socket.IPPROTO_IP, socket.IP_OPTIONS, b"\1\1\1\0")
    redirect = ("nat hook prerouting priority -100", "udp dport 443 redirect to 51820")
    drop = ("filter hook input priority 0", "udp dport 51820 drop")
    return [
        ("plain, IPv4", nothing_more, datagram),
        ("plain, IPv6", nothing_more, datagram6),
        ("IPv4 options", nothing_more, lambda ground: datagram(ground, options=[no_ops])),
        ("IPv4 in two fragments", small_packets, lambda ground: datagram(ground, options=[no_df])),
        ("IPv6 in two fragments", nothing_more, ipv6_fragments),
        ("IPv6, a hop-by-hop header", nothing_more,
         lambda ground: datagram6(ground, options=[extension(IPV6_HOPOPTS)])),
        ("IPv6, hop-by-hop and destination options", nothing_more,
         lambda ground: datagram6(
             ground, options=[extension(IPV6_HOPOPTS), extension(IPV6_DSTOPTS)])),
        ("on a VLAN", vlan, lambda ground: datagram(ground, address="10.97.5.2")),
        ("sent to port 443, redirected to 51820", lambda ground: firewall(ground, *redirect),
         lambda ground: datagram(ground, port=443)),
        ("dropped by the firewall", lambda ground: firewall(ground, *drop), datagram),
        ("passed on to another machine", nothing_more,
         lambda ground: datagram(ground, address="10.97.3.2")),
        ("of a tunnel inside a tunnel, port 22002", tunnels, inner_handshake),
    ]


def hear(ground, program, name, needs, send):
    with needs(ground) as missing:
        if missing:
            print(f"| {name} | not tried: {missing} | |")
            return
        cells = []
        for kind in ("raw", "packet"):
            bell = Bell(program, ground.b, kind)
            send(ground)
            time.sleep(0.1)  # also what should not be heard needs its time
            cells.append("; ".join(bell.heard()) or "nothing")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description="what the handshake bell costs and hears")
    parser.add_argument("build", type=pathlib.Path, help="a build folder")
    parser.add_argument("--rounds", type=int, default=151, help="alternations of each comparison")
    options = parser.parse_args()
    with contextlib.closing(Ground()) as ground:
        print(f"Linux {platform.release()}, {options.rounds} alternations; median (quartiles)\n",
              flush=True)
        cost = options.build / "libwgnl/bench/bench-bell"
        subprocess.run([cost, ground.a.name, ground.b.name, ground.c.name, str(options.rounds)],
                       check=True)
        print("\n| an initiation | raw sockets hear | packet sockets hear |\n|---|---|---|",
              flush=True)
        program = options.build / "libwgnl/tests/contract/handshake-listen"
        for case in cases():
            hear(ground, program, *case)


if __name__ == "__main__":
    main()
