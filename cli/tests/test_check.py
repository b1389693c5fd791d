#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`wgnl check` on .netdev files as a program: every kind of mistake, as a compiler prints it.
Argument: the command."""

import json
import os
import re
import socket
import subprocess
import sys
import unittest

import files_case
from files_case import PRIVATE, PUBLIC_OF_PRIVATE

WGNL = sys.argv.pop(1)
DEVICE = f"[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKey={PRIVATE}\n"
PEER = f"[WireGuardPeer]\nPublicKey={files_case.PEER}\n"
ANOTHER = f"[WireGuardPeer]\nPublicKey={files_case.OTHER_PEER}\n"
PREFIX = "AllowedIPs=10.0.0.0/8\n"

# What is written, the line that is to be shown and marked, and a word of the hint or the text.
MISTAKES = {
    "a bad preshared key": (DEVICE + PEER + "PresharedKey=oops", "PresharedKey=(hidden)", "genpsk"),
    "a missing credential": (DEVICE + PEER + "PresharedKey=@none", "PresharedKey=@none",
                             "LoadCredential="),
    "a bad keepalive": (DEVICE + PEER + "PersistentKeepalive=foo", "PersistentKeepalive=foo",
                        "seconds from 1"),
    "a bad table of a peer": (DEVICE + PEER + "RouteTable=mine", "RouteTable=mine", "main"),
    "a bad metric of a peer": (DEVICE + PEER + "RouteMetric=-1", "RouteMetric=-1", "4294967295"),
    "no port": (DEVICE + PEER + "Endpoint=10.0.0.1", "Endpoint=10.0.0.1", "write address:port"),
    "no brackets": (DEVICE + PEER + "Endpoint=2001:db8::1:4500", "Endpoint=2001:db8::1:4500",
                    "write [address]:port"),
    "a missing key file": (DEVICE + PEER + "PresharedKeyFile=/nowhere", "PresharedKeyFile=/nowhere",
                           "absolute path"),
    "a relative key file": (DEVICE + PEER + "PresharedKeyFile=psk", "PresharedKeyFile=psk",
                            "absolute path"),
    "a word that is no prefix": (DEVICE + PEER + "AllowedIPs=10.0.0.0/8, 10.0.0.300/24",
                                 "AllowedIPs=10.0.0.0/8, 10.0.0.300/24", "10.0.0.2/32"),
    "a bad public key": (DEVICE + "[WireGuardPeer]\nPublicKey=oops", "PublicKey=oops", "pubkey"),
    "no public key": (DEVICE + "[WireGuardPeer]\nEndpoint=a.example:1", "[WireGuardPeer]",
                      "PublicKey="),
    "a bad private key": (DEVICE.replace(PRIVATE, "oops"), "PrivateKey=(hidden)", "genkey"),
    "an unreadable key": (DEVICE + "PrivateKeyFile=/nowhere", "PrivateKeyFile=/nowhere", "0640"),
    "no private key": (DEVICE.replace(f"PrivateKey={PRIVATE}\n", ""), None, "PrivateKeyFile="),
    "a prefix twice": (DEVICE + PEER + PREFIX + ANOTHER + PREFIX,
                       "AllowedIPs=10.0.0.0/8", "remove it from one"),
    "a peer twice": (DEVICE + PEER + PEER, "[WireGuardPeer]", "into one"),
    "the device itself": (DEVICE + f"[WireGuardPeer]\nPublicKey={PUBLIC_OF_PRIVATE}",
                          "[WireGuardPeer]", "other side"),
    "a broken header": (DEVICE + "[WireGuardPeer", "[WireGuardPeer", "stands alone"),
    "a bad port": (DEVICE + "ListenPort=0", "ListenPort=0", "from 1 to 65535"),
    "a bad mark": (DEVICE + "FirewallMark=x", "FirewallMark=x", "0x"),
    "a misspelt key": (DEVICE + PEER + "AllowedIps=10.0.0.0/8", "AllowedIps=10.0.0.0/8",
                       "did you mean AllowedIPs=?"),
    "a key of another section": (DEVICE + PEER + "ListenPort=7", "ListenPort=7",
                                 "belongs into [WireGuard]"),
    "a misspelt section": (DEVICE + "[WiregardPeer]\nA=b", "[WiregardPeer]", "[WireGuardPeer]?"),
    "a section of wg-quick": (DEVICE + "[Peer]\nA=b", "[Peer]", "[WireGuardPeer]"),
    "no name": ("[NetDev]\nKind=wireguard\n", None, "Name="),
    "a kind in other letters": (DEVICE.replace("Kind=wireguard", "Kind=WireGuard") + PEER,
                                "Kind=WireGuard", "did you mean Kind=wireguard?"),
    "no kind": ("[NetDev]\nName=wg0\n", None, "Kind=wireguard"),
    "an owner that cannot be": (DEVICE + "[X-Wgnl]\nMode=mine", "Mode=mine", "observe"),
}


def check(*paths, timeout=None):
    return subprocess.run([WGNL, "check", *map(str, paths)], capture_output=True, text=True,
                          check=False, timeout=timeout)


def bind_socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def make_sparse(path):
    with open(path, "wb") as made:
        made.truncate(1 << 40)


class Check(files_case.FilesCase):
    def test_each_mistake_has_its_place_its_line_and_a_way_out(self):
        for name, (text, line, advice) in MISTAKES.items():
            with self.subTest(name):
                path = self.write("wg0.netdev", text)
                done = check(path)
                self.assertEqual(done.returncode, 3, done)
                self.assertRegex(done.stdout, rf"^{re.escape(str(path))}(:\d+)?: (error|warning): ")
                self.assertIn(advice, done.stdout)
                self.assertNotIn(PRIVATE, done.stdout + done.stderr)
                self.assertRegex(done.stderr, r"^1 (error|warning)\n\Z")
                if line:
                    number = re.search(r":(\d+): ", done.stdout).group(1)
                    self.assertIn(f"{number:>6} | {line}\n", done.stdout)

    def test_a_mistake_is_marked(self):
        path = self.write("wg0.netdev", MISTAKES["a word that is no prefix"][0])
        lines = check(path).stdout.splitlines()
        self.assertEqual(lines[1:], ["     8 | AllowedIPs=10.0.0.0/8, 10.0.0.300/24",
                                     "       |                        ^~~~~~~~~~~~~",
                                     "       | hint: prefixes such as 10.0.0.2/32 or fd00::2/128, "
                                     "separated by commas"])

    def test_a_clean_file_says_nothing(self):
        done = check(self.write("wg0.netdev", DEVICE + PEER))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_a_file_that_only_an_import_takes(self):
        conf = f"[Interface]\nPrivateKey = {PRIVATE}\nDNS = 10.0.0.1\n[Peer]\nPublicKey = {files_case.PEER}\n"
        done = check(self.write("My Office VPN.conf", conf))
        self.assertEqual((done.returncode, done.stderr), (3, "1 warning\n"))
        self.assertRegex(done.stdout, r"VPN\.conf: warning: of no use to wg-quick and .*\n.*hint: "
                         r"rename it for these; .* nmcli connection import type wgnl file FILE\n\Z")
        done = check(self.write("My Office VPN.conf", conf + "Endpoint = x\n"))
        self.assertEqual(done.stderr, "1 error, 1 warning\n")
        self.assertIn("     6 | Endpoint = x\n", done.stdout)

    def test_many_files_and_folders_of_them(self):
        good = self.write("a.netdev", DEVICE + PEER)
        bad = self.write("b.netdev", DEVICE.replace("wg0", "wg1") + PEER
                         + "ListenPort=7\nEndpoint=x")
        self.write("c.netdev", "[NetDev]\nName=br0\nKind=bridge\n")
        self.write("d.txt", "nothing of ours")
        for paths in ((good, bad), (self.folder,), (self.folder, good)):
            done = check(*paths)
            self.assertEqual(done.returncode, 3)
            self.assertEqual(done.stderr, "1 error, 1 warning\n")
            self.assertRegex(done.stdout, rf"\A{re.escape(str(bad))}:8: warning: ")
        done = check(self.folder / "c.netdev")
        self.assertEqual(done.returncode, 0)
        self.assertIn("note: declares no WireGuard device", done.stdout)

    def test_what_is_no_plain_file_is_said_to_be_none(self):
        makers = (os.mkfifo, bind_socket, lambda to: os.symlink("/dev/zero", to),
                  lambda to: os.symlink("/dev/tty", to), make_sparse)
        for ending in ("conf", "json", "netdev"):
            path = self.folder / f"wg0.{ending}"
            for make in makers:
                with self.subTest(ending, make=make):
                    path.unlink(missing_ok=True)
                    make(path)
                    done = check(path, timeout=60)
                    self.assertIn(done.returncode, (1, 3), done)
                    self.assertRegex(done.stdout + done.stderr,
                                     rf"{re.escape(str(path))}: .*(regular file|bytes)")

    def test_nor_is_one_read_beside_a_file(self):
        path = self.write("wg0.netdev", DEVICE + PEER)
        (self.folder / "wg0.netdev.d").mkdir()
        os.mkfifo(self.folder / "wg0.netdev.d" / "a.conf")
        os.mkfifo(self.folder / "wg0.network")
        done = check(path, timeout=60)
        self.assertEqual(done.returncode, 3)
        self.assertIn("a.conf: error: ", done.stdout)
        self.assertIn("wg0.network: error: ", done.stdout)
        os.mkfifo(self.folder / "key")
        path = self.write("wg1.netdev", DEVICE.replace("PrivateKey=" + PRIVATE,
                                                       f"PrivateKeyFile={self.folder}/key"))
        self.assertIn("no regular file", check(path, timeout=60).stdout.replace("not a", "no"))

    def test_nor_is_one_that_a_document_names(self):
        os.mkfifo(self.folder / "fifo")
        for place in (f"{self.folder}/fifo:1", "/dev/zero:1"):
            document = {"version": 1, "device": "wg0", "where": place,
                        "problems": [{"where": place, "severity": "error", "text": "look here"}]}
            done = check(self.write("wg0.json", json.dumps(document)), timeout=60)
            self.assertEqual(done.stdout, f"{place}: error: look here\n")

    def test_what_is_not_there_is_a_failure(self):
        for path in (self.folder / "none.netdev", self.folder / "none"):
            self.assertNotEqual(check(path).returncode, 0)


if __name__ == "__main__":
    unittest.main()
