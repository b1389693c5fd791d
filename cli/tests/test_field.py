#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files as people have them: what installers, editors, providers and slips make of them, and what the
command says. Arguments: the command, the helper for profiles."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

import files_case
from files_case import OTHER_PEER, PEER, PRESHARED, PRIVATE

HELPER = str(Path(sys.argv.pop(2)).absolute())
WGNL = str(Path(sys.argv.pop(1)).absolute())

INTERFACE = f"[Interface]\nPrivateKey = {PRIVATE}\nAddress = 10.8.0.2/24\n"
PEER_SECTION = f"\n[Peer]\nPublicKey = {PEER}\n"
LAN = "AllowedIPs = 10.8.0.0/24\n"
NETDEV = f"[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKey={PRIVATE}\n"
NETDEV_PEER = f"[WireGuardPeer]\nPublicKey={PEER}\n"
PROFILE = ("[connection]\nid=office\nuuid=9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d\ntype=wireguard\n"
           "interface-name=wg0\n")
PROFILE_KEY = f"[wireguard]\nprivate-key={PRIVATE}\n"

# Name: files by name, what is run, its exit status, and what it says, each a pattern; after "!" one
# that it must not say.
CASES = {
    "a byte order mark": ({"a.conf": "\ufeff" + INTERFACE + PEER_SECTION + LAN}, "check a.conf", 3,
                          [r"a\.conf:1: error: .*byte order mark.*save it as UTF-8 without"]),
    "line ends of Windows": ({"a.conf": (INTERFACE + PEER_SECTION + LAN).replace("\n", "\r\n")},
                             "check a.conf", 0, []),
    "UTF-16": ({"a.conf": (INTERFACE + PEER_SECTION).encode("utf-16")}, "check a.conf", 3,
               [r"error: "]),
    "a mark in hexadecimal": ({"wg0.conf": INTERFACE + "FwMark = 0xca6c\n" + PEER_SECTION + LAN},
                              "convert wg0.conf wg0.netdev && cat wg0.netdev", 0,
                              [r"FirewallMark=51820\n"]),
    "a mark that is off": ({"wg0.conf": INTERFACE + "FwMark = off\n" + PEER_SECTION + LAN},
                           "convert wg0.conf wg0.netdev && cat wg0.netdev", 0,
                           [r"FirewallMark=0\n"]),
    "an address of the web": ({"a.conf": INTERFACE + PEER_SECTION + LAN
                               + "Endpoint = http://vpn.example.org:8000:51820\n"}, "check a.conf", 3,
                              [r"a\.conf:8: error: .*http://vpn", r"host"]),
    "a full tunnel with an MTU": ({"wg0.conf": INTERFACE + "MTU = 1412\n" + PEER_SECTION
                                   + "AllowedIPs = 0.0.0.0/0,::/0\nEndpoint = gw.example.net:50000\n"},
                                  "check wg0.conf", 0, [r"note: all traffic is to go to this peer"]),
    "a full tunnel in halves": ({"wg0.conf": INTERFACE + PEER_SECTION
                                 + "AllowedIPs = 0.0.0.0/1, 128.0.0.0/1\nEndpoint = 192.0.2.1:1\n"},
                                "check wg0.conf", 0, [r"note: all traffic is to go to this peer"]),
    "halves for networkd": ({"wg0.conf": INTERFACE + PEER_SECTION + "AllowedIPs = ::/1, 8000::/1\n"},
                            "convert wg0.conf wg0.netdev && cat wg0.netdev", 0,
                            [r"FirewallMark=51820\n", r"RouteTable=51820\n", r"!RouteTable=off"]),
    "two addresses without a blank": ({"wg0.conf": f"[Interface]\nPrivateKey = {PRIVATE}\n"
                                       "Address = 10.199.24.5/32,2001:db8:ffff::1/128\nDNS = 1.1.1.1, "
                                       "2001:4860:4860::8888\n" + PEER_SECTION + LAN},
                                      "convert wg0.conf a.nmconnection && cat a.nmconnection", 0,
                                      [r"\[ipv4\](.|\n)*method=manual(.|\n)*\[ipv6\](.|\n)*"
                                       r"method=manual"]),
    "everything repeated": ({"wg0.conf": f"[Interface]\nPrivateKey = {PRIVATE}\nAddress = 172.16.0.2/32\n"
                             "Address = fd00::2/128\n" + PEER_SECTION
                             + "AllowedIPs = 0.0.0.0/0\nAllowedIPs = ::/0\n"},
                            "convert wg0.conf wg0.json && cat wg0.json", 0,
                            [r"172\.16\.0\.2/32", r"fd00::2/128", r"0\.0\.0\.0/0", r"::/0"]),
    "everything repeated, for NetworkManager": (
        {"wg0.conf": f"[Interface]\nPrivateKey = {PRIVATE}\nAddress = 172.16.0.2/32\nAddress = fd00::2/128\n"
         "DNS = 1.1.1.1\nDNS = 1.0.0.1, 2606:4700:4700::1111\n" + PEER_SECTION
         + "AllowedIPs = 0.0.0.0/0\nAllowedIPs = ::/0\n"},
        "convert wg0.conf a.nmconnection && cat a.nmconnection", 0,
        [r"dns=1\.1\.1\.1;1\.0\.0\.1;", r"dns=2606:4700:4700::1111;", r"address1=172\.16\.0\.2/32",
         r"address1=fd00::2/128", r"allowed-ips=0\.0\.0\.0/0;::/0;"]),
    "no brackets": ({"a.conf": INTERFACE + PEER_SECTION + LAN + "Endpoint = 2001:db8::1:4500\n"},
                    "check a.conf", 3, [r"warning: .*is taken as \[2001:db8::1\]:4500"]),
    "no brackets for networkd": ({"wg0.netdev": NETDEV + NETDEV_PEER
                                  + "Endpoint=2001:db8::1:4500\n"}, "check wg0.netdev", 3,
                                 [r"this peer is kept", r"\[address\]:port"]),
    "an interface in an endpoint": ({"wg0.netdev": NETDEV + NETDEV_PEER
                                     + "Endpoint=[fe80::1%lo]:51820\n"}, "check wg0.netdev", 3,
                                    [r"wg0\.netdev:8: warning: .*takes that for a host name"]),
    "allowed IPs of nothing": ({"a.conf": INTERFACE + "DNS =\n" + PEER_SECTION + "AllowedIPs =\n"},
                               "check a.conf", 3, [r"a\.conf:8: error: .*leave the line out"]),
    "allowed IPs taken back": ({"wg0.netdev": NETDEV + NETDEV_PEER
                                + "AllowedIPs=10.1.0.0/16\nAllowedIPs=\nAllowedIPs=10.2.0.0/16\n"},
                               "convert wg0.netdev wg0.json && cat wg0.json", 0,
                               [r"10\.2\.0\.0/16", r"!10\.1\.0\.0"]),
    "host bits": ({"wg0.netdev": NETDEV + NETDEV_PEER + "AllowedIPs=172.16.11.10/24\n"},
                  "check wg0.netdev", 3, [r"has host bits; it is taken as 172\.16\.11\.0/24"]),
    "one prefix of two peers, masked": ({"a.conf": INTERFACE + PEER_SECTION + "AllowedIPs = 10.70.0.2/27\n"
                                         f"[Peer]\nPublicKey = {OTHER_PEER}\n"
                                         "AllowedIPs = 10.70.0.3/27\n"}, "check a.conf", 3,
                                        [r"a\.conf:7: .*stands at \S+a\.conf:10 too|a\.conf:7: .*10 too"]),
    "a search domain": ({"wg0.conf": INTERFACE + "DNS = 10.8.0.1, corp.example.org\n" + PEER_SECTION
                         + LAN}, "convert wg0.conf a.nmconnection && cat a.nmconnection", 0,
                        [r"dns=10\.8\.0\.1", r"dns-search=corp\.example\.org"]),
    "an address without length": ({"wg0.netdev": NETDEV, "wg0.network": "[Match]\nName=wg0\n[Network]\n"
                                   "Address=192.168.14.1\nAddress=fd02::1\n"}, "check wg0.netdev", 3,
                                  [r"wg0\.network:4: warning: .*192\.168\.14\.1/24.*192\.168\.14\.1/32",
                                   r"wg0\.network:5: warning: .*fd02::1/0.*fd02::1/128"]),
    "a profile without lengths": ({"a.nmconnection": PROFILE + PROFILE_KEY
                                   + f"[wireguard-peer.{PEER}]\nallowed-ips=10.0.0.2;fd00::2;\n"},
                                  "convert a.nmconnection wg0.json && cat wg0.json", 0,
                                  [r"10\.0\.0\.2/32", r"fd00::2/128"]),
    "a key that the session keeps": ({"a.nmconnection": PROFILE + "[wireguard]\nprivate-key-flags=1\n"},
                                     "convert a.nmconnection wg0.conf", 1,
                                     [r"the user's session keeps it"]),
    "commas in a profile": ({"a.nmconnection": PROFILE + PROFILE_KEY
                             + f"[wireguard-peer.{PEER}]\nallowed-ips=10.10.10.0/28,10.10.20.0/24\n"},
                            "check a.nmconnection", 3, [r"allowed-ips"]),
    "a placeholder in a profile": ({"a.nmconnection": PROFILE + "[wireguard]\nprivate-key=REPLACE_ME\n"},
                                   "check a.nmconnection", 3, [r"private-key"]),
    "a tunnel of networkd's own": ({"wg0.netdev": NETDEV.replace("[WireGuard]", "[WireGuard]\nFirewallMark=7")
                                    + NETDEV_PEER + "AllowedIPs=0.0.0.0/0\n",
                                    "wg0.network": "[Match]\nName=wg0\n[Network]\nAddress=10.0.0.2/32\n"
                                    "DNS=1.1.1.1\nDomains=~.\n[Route]\nDestination=0.0.0.0/0\nTable=7\n"
                                    "[RoutingPolicyRule]\nFirewallMark=7\nInvertRule=yes\nTable=7\n"},
                                   "check wg0.netdev", 0, [r"note: this and \d+ more settings", r"!warning"]),
    "a key that was cut": ({"a.conf": INTERFACE + f"\n[Peer]\nPublicKey = {PEER[:40]}\n" + LAN},
                           "check a.conf", 3,
                           [r"a\.conf:6: error: .*not 40: it was cut.*"
                            r"the section names no peer, so that none is removed"]),
    "a key without its end": ({"a.conf": INTERFACE.replace(PRIVATE, PRIVATE[:43])}, "check a.conf", 3,
                              [r"a\.conf:2: error: .*the \"=\" at its end is missing"]),
    "quotes around a key": ({"a.conf": INTERFACE + f'\n[Peer]\nPublicKey = "{PEER}"\n' + LAN},
                            "check a.conf", 3, [r"a\.conf:6: error: PublicKey= cannot be read: quotes "
                                                r"stand around it"]),
    "quotes of a word processor": ({"a.conf": INTERFACE.replace(PRIVATE, f"\u201c{PRIVATE}\u201d")},
                                   "check a.conf", 3, [r"a\.conf:2: error: PrivateKey= .*quotes"]),
    "a key that nobody sees": ({"a.conf": INTERFACE + f"\n[Peer]\nPublicKey = {PEER}\u200b\n" + LAN},
                               "check a.conf", 3,
                               [r"a\.conf:6: error: .*a character that cannot be seen \(U\+200B\) "
                                r"stands in column 57"]),
    "an address that nobody sees": ({"a.conf": INTERFACE.replace("10.8.0.2/24", "10.8.0.2/24\u00a0")},
                                    "check a.conf", 3,
                                    [r"a\.conf:3: error: Address= .*\(U\+00A0\) stands in column 22"]),
    "a template": ({"a.conf": INTERFACE.replace(PRIVATE, "YOUR_PRIVATE_KEY_HERE")
                    + PEER_SECTION.replace(PEER, "<public key of the server>") + LAN}, "check a.conf", 3,
                   [r"a\.conf:2: error: PrivateKey= .*a placeholder",
                    r"a\.conf:6: error: PublicKey= .*a placeholder"]),
    "a template of dots": ({"a.conf": INTERFACE.replace(PRIVATE, "...")}, "check a.conf", 3,
                           [r"a\.conf:2: error: PrivateKey= .*a placeholder"]),
    "a template without values": ({"a.conf": INTERFACE.replace(PRIVATE, "")}, "check a.conf", 3,
                                  [r"a\.conf:2: error: PrivateKey= has no value"]),
    "quotes around other values": ({"a.conf": INTERFACE + PEER_SECTION + "AllowedIPs = '10.8.0.0/24'\n"
                                    "Endpoint = \"a.example.org:1\"\n"}, "check a.conf", 3,
                                   [r"a\.conf:7: error: AllowedIPs= .*quotes stand around it",
                                    r"a\.conf:8: error: Endpoint= .*quotes stand around it"]),
    "for networkd, what nobody sees": ({"wg0.netdev": NETDEV + f"[WireGuardPeer]\n  PublicKey={PEER}\n"
                                        "Endpoint = a.example\u2060.org:1\n"}, "check wg0.netdev", 3,
                                       [r"wg0\.netdev:8: error: Endpoint= .*\(U\+2060\) stands in "
                                        r"column 21.*this peer is kept"]),
    "for networkd, quotes and templates": ({"wg0.netdev": NETDEV.replace(PRIVATE, f"'{PRIVATE}'")
                                            + "ListenPort=<port>\n" + NETDEV_PEER
                                            + f"PresharedKey=\u201e{PRESHARED}\u201c\n"},
                                           "check wg0.netdev", 3,
                                           [r"wg0\.netdev:5: error: PrivateKey= .*quotes",
                                            r"wg0\.netdev:6: error: ListenPort= .*a placeholder",
                                            r"wg0\.netdev:9: error: PresharedKey= .*quotes"]),
    "in a profile, what nobody sees": ({"a.nmconnection": PROFILE + PROFILE_KEY
                                        + f"[wireguard-peer.{PEER}]\nendpoint=a.example.org:1\u200b\n"
                                        "allowed-ips=10.8.0.0/24;\n"}, "check a.nmconnection", 3,
                                       [r"a\.nmconnection:9: error: .*\(U\+200B\) stands in column 25"]),
    "AmneziaWG": ({"a.conf": INTERFACE + "S1 = 9\nJc = 4\nJmin = 40\nJmax = 70\nH1 = 1-2\n"
                   "I1 = <b 0xc70000000108>\n" + PEER_SECTION + LAN}, "check a.conf", 3,
                  [r"a\.conf:4: error: S1= and 5 more are settings of AmneziaWG, which the kernel, "
                   r"systemd-networkd and NetworkManager do not speak: .*no handshake will complete; use",
                   r"!no setting of", r"!(?s)AmneziaWG.*of AmneziaWG"]),
    "AmneziaWG, converted": ({"wg0.conf": INTERFACE + "Jc = 4\nJmin = 40\n" + PEER_SECTION + LAN},
                             "convert wg0.conf wg0.netdev", 1, [r"of AmneziaWG", r"nothing was written"]),
    "AmneziaWG for networkd": ({"wg0.netdev": NETDEV + "Jc=4\nS1=9\nH4=4\n"}, "check wg0.netdev", 3,
                               [r"wg0\.netdev:6: error: Jc= and 2 more are settings of AmneziaWG",
                                r"!no key of"]),
    "AmneziaWG's kind": ({"wg0.netdev": NETDEV.replace("Kind=wireguard", "Kind=amneziawg")},
                         "check wg0.netdev", 3, [r"wg0\.netdev:3: error: Kind=amneziawg is AmneziaWG"]),
    "AmneziaWG in a profile": ({"a.nmconnection": PROFILE + PROFILE_KEY + "jc=4\njmin=40\n"},
                               "check a.nmconnection", 3,
                               [r"a\.nmconnection:8: error: jc= and 1 more are settings of AmneziaWG",
                                r"!no key of"]),
    "small letters and comments": ({"a.conf": f"[interface]\nprivatekey = {PRIVATE}\naddress = 10.0.0.1/8\n"
                                    f"[peer]\npublickey = {PEER}\nallowedips = 10.0.0.0/8 # office ; home\n"},
                                   "check a.conf", 0, []),
    "a comment of another kind": ({"a.conf": INTERFACE + "; at work\nListenPort = 51820 ; default\n"
                                   + PEER_SECTION + "AllowedIPs = 10.0.0.0/8 // office\n"},
                                  "check a.conf", 3,
                                  [r"a\.conf:4: error: .*a comment begins with \"#\", not with \";\"",
                                   r"a\.conf:5: error: ListenPort= .*a comment begins with \"#\"",
                                   r"a\.conf:9: error: AllowedIPs= .*a comment begins with \"#\""]),
    "semicolons for commas": ({"a.conf": INTERFACE + PEER_SECTION
                               + "AllowedIPs = 10.0.0.0/8; 192.168.6.0/24\n"}, "check a.conf", 3,
                              [r"a\.conf:7: error: .*a \";\" stands where a comma belongs"]),
    "a comma too many": ({"a.conf": INTERFACE + PEER_SECTION + "AllowedIPs = 10.0.0.0/8, 10.8.0.0/24,\n"},
                         "check a.conf", 3, [r"a\.conf:7: error: AllowedIPs= .*a comma too many"]),
    "colons": ({"a.conf": INTERFACE + "ListenPort: 51820\n" + PEER_SECTION + LAN}, "check a.conf", 3,
               [r"a\.conf:4: error: .*\":\" stands where \"=\" belongs"]),
    "signs of another keyboard": ({"a.conf": INTERFACE + "\uff3bPeer\uff3d\n" + "ListenPort\uff1d1\n"},
                                  "check a.conf", 3,
                                  [r"a\.conf:4: error: .*write \[Peer\]",
                                   r"a\.conf:5: error: .*\(U\+FF1D\) stands where \"=\" belongs"]),
    "comments behind values for networkd": ({"wg0.netdev": NETDEV + "ListenPort=51820 # default\n"
                                             + NETDEV_PEER + "AllowedIPs=10.0.0.0/8, # office, home\n"},
                                            "check wg0.netdev", 3,
                                            [r"wg0\.netdev:6: error: ListenPort= .*a line of its own",
                                             r"wg0\.netdev:9: error: AllowedIPs= .*a line of its own",
                                             r"2 errors"]),
    "a mark under its older name": ({"wg0.netdev": NETDEV + "FwMark=42\n"},
                                    "convert wg0.netdev wg0.json && cat wg0.json", 0,
                                    [r'"fwmark": 42']),
    "a LAN and everything": ({"wg0.conf": INTERFACE + PEER_SECTION
                              + "AllowedIPs = 192.168.178.0/24,0.0.0.0/0,fd1a::/64,::/0\n"},
                             "convert wg0.conf wg0.netdev && cat wg0.netdev wg0.network", 0,
                             [r"RouteTable=51820\n", r"\[Route\]\nDestination=192\.168\.178\.0/24\n",
                              r"\[Route\]\nDestination=fd1a::/64\n", r"!Destination=0"]),
    "an endpoint inside": ({"a.conf": INTERFACE + PEER_SECTION
                            + "AllowedIPs = 203.0.113.0/24\nEndpoint = 203.0.113.9:51820\n"},
                           "check a.conf", 3,
                           [r"a\.conf:5: warning: its endpoint 203\.0\.113\.9:51820 lies in "
                            r"AllowedIPs=203\.0\.113\.0/24"]),
    "an endpoint inside, converted": ({"wg0.conf": INTERFACE + PEER_SECTION
                                       + "AllowedIPs = 2001:db8::/32\nEndpoint = [2001:db8::9]:51820\n"},
                                      "convert wg0.conf wg0.netdev", 0,
                                      [r"warning: its endpoint"]),
    "an endpoint beside": ({"a.conf": INTERFACE + "Table = off\n" + PEER_SECTION
                            + "AllowedIPs = 203.0.113.0/24\nEndpoint = 203.0.113.9:51820\n"},
                           "check a.conf", 0, []),
    "a kind in other letters": ({"wg0.netdev": NETDEV.replace("Kind=wireguard", "Kind=WireGuard")},
                                "check wg0.netdev", 3, [r"did you mean Kind=wireguard"]),
    "a comment behind a value": ({"wg0.netdev": NETDEV + f"[WireGuardPeer]\nPublicKey={PEER} # laptop\n"},
                                 "check wg0.netdev", 3,
                                 [r"wg0\.netdev:7: error: .*a comment has a line of its own.*"
                                  r"no peer of this device is removed"]),
    "a key in a comment": ({"wg0.netdev": NETDEV + NETDEV_PEER + f"Endpoint=nohost # {PRESHARED}\n"},
                           "check wg0.netdev", 3, [r"wg0\.netdev:8: error: Endpoint= .*a line of its own"]),
    "a file that everybody may read": ({"a.conf": INTERFACE + PEER_SECTION + LAN},
                                       "chmod 755 . && chmod 644 a.conf && check a.conf", 3,
                                       [r"others may read it: chmod 0600"]),
    "a key in place of a path": ({"wg0.netdev": NETDEV.replace("PrivateKey=", "PrivateKeyFile=")},
                                 "check wg0.netdev", 3,
                                 [r"is a key, where the path of a file with the key belongs"]),
    "a path in place of a key": ({"wg0.netdev": NETDEV.replace(PRIVATE, "/etc/wireguard/wg0.key")},
                                 "check wg0.netdev", 3,
                                 [r"PrivateKey= is the path of a file, which PrivateKeyFile= takes"]),
    "one port of two files": ({"wga.netdev": NETDEV.replace("wg0", "wga") + "ListenPort=51820\n",
                               "wgb.conf": INTERFACE + "ListenPort = 51820\n"}, "check .", 3,
                              [r"wgb\.conf:4: warning: the port 51820 is also that of wga "
                               r"\(\./wga\.netdev:6\)"]),
}
NAMED = {
    "test1234": "\n# test1234\n[Peer]\nPublicKey = {peer}\n",
    "NL-FREE#12": "\n[Peer]\n# NL-FREE#12\nPublicKey = {peer}\n",
    "Laptop of Ana": "\n# Name:         Laptop of Ana\n# Email:        ana@example.org\n[Peer]\n"
                     "PublicKey = {peer}\n",
    "laptop": "# BEGIN_PEER laptop\n[Peer]\nPublicKey = {peer}\n# END_PEER laptop\n",
    "tablet": "### begin phone ###\n#[disabled] [Peer]\n#[disabled] PublicKey = x\n### end phone ###\n"
              "### begin tablet ###\n[Peer]\nPublicKey = {peer}\n### end tablet ###\n",
    "phone": "\n# Client: phone (6f1c24be-3f3c-4c36-9f0b-0f4f4f6f3a10)\n[Peer]\nPublicKey = {peer}\n",
    "desk": "\n### Client desk\n[Peer]\nPublicKey = {peer}\n",
    "Ana's phone": "\n[Peer]\n# -WGP- Peer: {peer}\n# -WGP- Display name: Ana's phone\n"
                   f"# -WGP- PrivateKey: {PRESHARED}\nPublicKey = {{peer}}\n",
    "": f"\n# {PRESHARED}\n[Peer] # {PRESHARED}\n# {PRESHARED}\nPublicKey = {{peer}}\n",
}


class Field(files_case.FilesCase):
    def run_line(self, line):
        """What it said, on both streams: of the command, or of a shell's words for files."""
        said, status = "", 0
        for words in line.split(" && "):
            program = [WGNL] if words.split()[0] in ("check", "convert") else []
            done = subprocess.run(program + words.split(), cwd=self.folder, text=True, check=False,
                                  capture_output=True, stdin=subprocess.DEVNULL,
                                  env={**os.environ, "WGNL_PROFILE_HELPER": HELPER})
            said, status = said + done.stdout + done.stderr, done.returncode
            if words.startswith(("check", "convert")):
                self.assertNotIn(PRIVATE[:43], done.stdout + done.stderr)
                self.assertNotIn(PRESHARED[:43], done.stdout + done.stderr)
            if status != 0:
                break
        return status, said

    def clear(self):
        for path in self.folder.iterdir():
            path.unlink()

    def test_each_is_read_as_it_is_meant_or_said_to_be_wrong(self):
        for name, (files, line, status, patterns) in CASES.items():
            with self.subTest(name):
                self.clear()
                for path, text in files.items():
                    self.write(path, "")
                    (self.folder / path).write_bytes(text if isinstance(text, bytes)
                                                     else text.encode())
                done, said = self.run_line(line)
                self.assertEqual(done, status, said)
                for pattern in patterns:
                    if pattern.startswith("!"):
                        self.assertNotRegex(said, pattern[1:])
                    else:
                        self.assertRegex(said, re.compile(pattern))
                if not patterns:
                    self.assertEqual(said, "")

    def test_names_that_installers_write(self):
        for name, text in NAMED.items():
            with self.subTest(name):
                self.clear()
                self.write("wg0.conf", INTERFACE + text.format(peer=PEER) + LAN)
                done, said = self.run_line("convert wg0.conf wg0.json && cat wg0.json")
                self.assertEqual(done, 0, said)
                self.assertIn(f'"name": "{name}"' if name else PEER, said)
                self.assertEqual(name != "", '"name"' in said)

    def test_a_key_file_that_the_adapter_cannot_read(self):
        if os.geteuid() != 0 or subprocess.run(["id", "systemd-network"], check=False,
                                               capture_output=True).returncode != 0:
            self.skipTest("not root, or no user systemd-network")
        key = self.write("key", PRIVATE)
        self.write("wg0.netdev", NETDEV.replace(f"PrivateKey={PRIVATE}", f"PrivateKeyFile={key}"))
        done, said = self.run_line("check wg0.netdev")
        self.assertEqual(done, 3)
        self.assertRegex(said, r"wg0\.netdev:5: warning: .*cannot be read by user systemd-network.*"
                               r"chown root:systemd-network, chmod 0640")


if __name__ == "__main__":
    unittest.main()
