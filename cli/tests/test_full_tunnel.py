#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files as providers hand them out, to networkd's files and to a profile, and back: nothing is lost, and
what wg-quick does without a word is written down. Arguments: the command, the helper for profiles."""

import json
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


def conf(interface, *peers):
    """As `wgnl convert` writes it."""
    return "\n".join([f"[Interface]\n{interface}", *(f"[Peer]\n{peer}" for peer in peers)])


KEY = f"PrivateKey = {PRIVATE}\n"
SERVER = f"PublicKey = {PEER}\n"
END = "Endpoint = 192.0.2.1:51820\n"
ALL = "AllowedIPs = 0.0.0.0/0, ::/0\n"
RULES = ("[RoutingPolicyRule]\nFamily={0}\nPriority=32764\nTable=main\nSuppressPrefixLength=0\n\n"
         "[RoutingPolicyRule]\nFamily={0}\nPriority=32765\nFirewallMark={1}\nInvertRule=yes\nTable={1}\n")

# Name: the file, what the .netdev and the .network say, each after "!" what they do not.
FILES = {
    "both families, one server": (
        conf(KEY + "Address = 10.64.0.2/32, fc00:bbbb::2/128\nDNS = 10.64.0.1\n", SERVER + ALL + END),
        ["FirewallMark=51820\n", "RouteTable=51820\n"],
        ["DNS=10.64.0.1\nDomains=~.\n", RULES.format("both", 51820), "!\\[Route\\]"]),
    "IPv4 alone, with an MTU": (
        conf(KEY + "Address = 10.2.0.2/32\nMTU = 1380\nDNS = 10.2.0.1\n",
             SERVER + f"PresharedKey = {PRESHARED}\nAllowedIPs = 0.0.0.0/0\n" + END
             + "PersistentKeepalive = 25\n"),
        ["MTUBytes=1380\n", "RouteTable=51820\n"], [RULES.format("ipv4", 51820)]),
    "IPv6 alone": (
        conf(KEY + "Address = fd00::2/128\nDNS = fd00::1\n", SERVER + "AllowedIPs = ::/0\n" + END),
        ["RouteTable=51820\n"], [RULES.format("ipv6", 51820), "!IPv4SrcValidMark"]),
    "two halves of each": (
        conf(KEY + "Address = 10.9.0.2/24, fd09::2/64\nDNS = 9.9.9.9, 2620:fe::fe\n",
             SERVER + "AllowedIPs = 0.0.0.0/1, 128.0.0.0/1, ::/1, 8000::/1\n" + END),
        ["RouteTable=51820\n"], [RULES.format("both", 51820), "DNS=9.9.9.9\nDNS=2620:fe::fe\n"]),
    "a LAN beside everything, a search domain": (
        conf(KEY + "Address = 192.168.178.203/24, fd1a::203/64\nDNS = 192.168.178.1, fd1a::1, fritz.box\n",
             SERVER + "AllowedIPs = 192.168.178.0/24, 0.0.0.0/0, fd1a::/64, ::/0\n"
             + "Endpoint = abcdefgh.example.net:58120\n"),
        ["RouteTable=51820\n"],
        ["Domains=fritz.box ~.\n", "[Route]\nDestination=192.168.178.0/24\n\n"
         "[Route]\nDestination=fd1a::/64\n", RULES.format("both", 51820)]),
    "a mark of its own": (
        conf("FwMark = 0x3e8\n" + KEY + "Address = 10.0.0.2/32\n", SERVER + ALL + END),
        ["FirewallMark=1000\n", "RouteTable=1000\n"], [RULES.format("both", 1000), "!X-Wgnl"]),
    "a mark that is off, and passed over": (
        conf("FwMark = off\n" + KEY + "Address = 10.0.0.2/32\n", SERVER + ALL + END),
        ["FirewallMark=51820\n"], [RULES.format("both", 51820), "FirewallMark=off\n"]),
    "no routes": (
        conf(KEY + "Address = 10.0.0.2/32\nTable = off\nDNS = 10.0.0.1\n", SERVER + ALL + END),
        ["!RouteTable", "!FirewallMark"], ["DNS=10.0.0.1\n", "!RoutingPolicyRule"]),
    "a table of somebody's own": (
        conf(KEY + "Address = 10.0.0.2/32\nTable = 1234\n", SERVER + ALL + END),
        ["RouteTable=1234\n", "!FirewallMark"], ["!RoutingPolicyRule"]),
    "a split tunnel with domains": (
        conf(KEY + "Address = 10.10.20.81/24\nDNS = 10.10.20.80, example.lan, corp.example.org\n",
             SERVER + "AllowedIPs = 10.10.20.0/24, 10.44.0.0/16\n" + END),
        ["RouteTable=254\n", "!FirewallMark"],
        ["DNS=10.10.20.80\nDomains=example.lan corp.example.org\n", "!RoutingPolicyRule", "!~\\."]),
    "everything to one, an office to another": (
        conf(KEY + "Address = 10.0.0.2/32\nDNS = 10.0.0.1\n",
             SERVER + "AllowedIPs = 0.0.0.0/0\n" + END,
             f"PublicKey = {OTHER_PEER}\nAllowedIPs = 10.44.0.0/16, fd44::/48\n"
             "Endpoint = [2001:db8::1]:51820\n"),
        ["RouteTable=254\n", "AllowedIPs=0.0.0.0/0\nEndpoint=192.0.2.1:51820\nRouteTable=51820\n"],
        [RULES.format("ipv4", 51820), "!\\[Route\\]"]),
}


class FullTunnel(files_case.FilesCase):
    def wgnl(self, *words, status=0):
        done = subprocess.run([WGNL, *words], cwd=self.folder, text=True, check=False,
                              capture_output=True, env={**os.environ, "WGNL_PROFILE_HELPER": HELPER})
        self.assertEqual(done.returncode, status, done)
        return done.stdout + done.stderr

    def says(self, name, patterns):
        text = self.text(name)
        for pattern in patterns:
            if pattern.startswith("!"):
                self.assertNotRegex(text, pattern[1:])
            else:
                self.assertIn(pattern, text)

    def converted(self, name):
        """The text of that file, as wg0.conf; the pair lies beside it."""
        text = FILES[name][0]
        for path in self.folder.rglob("wg0.*"):
            path.unlink()
        self.write("wg0.conf", text)
        (self.folder / "back").mkdir(exist_ok=True)
        self.wgnl("convert", "wg0.conf", "wg0.netdev")
        return text

    def test_the_pair_says_what_wg_quick_does(self):
        for name, (_, netdev, network) in FILES.items():
            with self.subTest(name):
                self.converted(name)
                self.says("wg0.netdev", netdev)
                self.says("wg0.network", network)
                self.assertNotRegex(self.wgnl("check", "wg0.netdev"), "warning|error")

    def test_back_again_it_is_the_same_file(self):
        for name in FILES:
            with self.subTest(name):
                text = self.converted(name)
                self.assertEqual(self.wgnl("convert", "wg0.netdev", "back/wg0.conf"), "")
                self.assertEqual(self.text("back/wg0.conf"), text)

    def test_by_way_of_a_profile_the_pair_is_the_same(self):
        for name in FILES:
            if "off, and passed over" in name:
                continue  # a profile cannot say that there be no mark
            with self.subTest(name):
                self.converted(name)
                self.wgnl("convert", "wg0.netdev", "wg0.nmconnection")
                self.wgnl("convert", "wg0.nmconnection", "back/wg0.netdev")
                for each in ("wg0.netdev", "wg0.network"):
                    self.assertEqual(self.text(f"back/{each}"), self.text(each))

    def test_two_tunnels_of_one_folder_have_a_mark_each(self):
        self.write("wg0.conf", FILES["both families, one server"][0])
        self.write("wg1.conf", FILES["both families, one server"][0])
        for name in ("wg0", "wg1"):
            self.wgnl("convert", f"{name}.conf", f"{name}.netdev")
        self.assertIn("FirewallMark=51821\n", self.text("wg1.netdev"))
        self.assertIn("Table=51821\n", self.text("wg1.network"))

    def test_a_mark_is_nobody_elses_mark_or_table(self):
        text = FILES["both families, one server"][0]
        self.write("a.network", "[Match]\nName=eth0\n[Route]\nDestination=10.0.0.0/8\nTable=51820\n"
                   "[RoutingPolicyRule]\nTable=51821\nPriority=9\n")
        self.write("b.netdev", "[NetDev]\nName=blue\nKind=vrf\n[VRF]\nTable=51822\n")
        self.write("c.network", "[Match]\nName=wg0\n[Route]\nDestination=10.0.0.0/8\nTable=51823\n")
        self.write("wg0.conf", text)
        self.wgnl("convert", "wg0.conf", "wg0.netdev")
        self.assertIn("FirewallMark=51823\n", self.text("wg0.netdev"))
        self.write("wg1.conf", text.replace("PrivateKey", "FwMark = 51822\nPrivateKey", 1))
        self.assertIn("warning: the mark 51822 is also", self.wgnl("convert", "wg1.conf", "wg1.netdev"))

    def test_a_pair_that_people_wrote(self):
        self.write("90-a.netdev", f"[NetDev]\nName=wg0\nKind=wireguard\n\n[WireGuard]\nFirewallMark=1000\n"
                   f"PrivateKey={PRIVATE}\n\n[WireGuardPeer]\nPublicKey={PEER}\n"
                   "AllowedIPs=0.0.0.0/0\nAllowedIPs=::/0\nEndpoint=192.0.2.1:51820\n")
        self.write("90-a.network", "[Match]\nName=wg0\n[Network]\nAddress=10.0.0.2/32\nDNS=1.1.1.1\n"
                   "Domains=~.\n[Route]\nDestination=0.0.0.0/0\nTable=1000\n[Route]\nDestination=::/0\n"
                   "Table=1000\n[RoutingPolicyRule]\nFamily=both\nPriority=100\nSuppressPrefixLength=0\n"
                   "Table=main\n[RoutingPolicyRule]\nFamily=both\nFirewallMark=0x3e8\nInvertRule=true\n"
                   "Priority=103\nTable=1000\n")
        self.assertEqual(self.wgnl("convert", "90-a.netdev", "wg0.conf"), "")
        self.assertEqual(self.text("wg0.conf"), conf("FwMark = 0x3e8\n" + KEY
                         + "Address = 10.0.0.2/32\nDNS = 1.1.1.1\n", SERVER + ALL + END))

    def test_a_json_declaration_keeps_mark_and_table_and_says_what_it_has_not(self):
        self.converted("both families, one server")
        said = self.wgnl("convert", "wg0.netdev", "wg0.json")
        written = json.loads(self.text("wg0.json"))
        self.assertEqual(written["fwmark"], 51820)
        self.assertIn(51820, (written.get("route_table"), written["peers"][0].get("route_table")))
        self.assertIn("RoutingPolicyRule", said)
        self.assertIn("DNS=", said)

    def test_a_profile_asks_nobody_else_whichever_way_a_default_route_is_written(self):
        for routes in ("0.0.0.0/0", "0.0.0.0/1, 128.0.0.0/1"):
            self.write("wg0.conf", conf(KEY + "Address = 10.0.0.2/32\nDNS = 10.0.0.1, corp.example\n",
                                        SERVER + f"AllowedIPs = {routes}\n" + END))
            self.wgnl("convert", "wg0.conf", "wg0.netdev")
            self.wgnl("convert", "wg0.netdev", "wg0.nmconnection")
            self.assertRegex(self.text("wg0.nmconnection"), r"dns-search=.*~;")
            for name in ("wg0.netdev", "wg0.network", "wg0.nmconnection"):
                (self.folder / name).unlink()

    def test_routes_that_are_off_twice_are_off_once(self):
        self.write("wg0.netdev", f"[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKey={PRIVATE}\n"
                   f"[WireGuardPeer]\nPublicKey={PEER}\nAllowedIPs=0.0.0.0/0\nRouteTable=off\n")
        self.assertEqual(self.wgnl("convert", "wg0.netdev", "wg0.conf"), "")
        self.assertIn("Table = off\n", self.text("wg0.conf"))

    def test_only_what_nothing_stands_for_is_named(self):
        self.write("wg0.conf", FILES["both families, one server"][0].replace(
            "DNS", "PostUp = iptables -A FORWARD -i %i -j ACCEPT\nDNS"))
        said = self.wgnl("convert", "wg0.conf", "wg0.netdev")
        self.assertEqual(re.findall(r"(?:note|warning): (\S+ \S+)", said)[:1], ["PostUp= is"])
        self.assertNotRegex(said, "DNS|Table|warning|error")


if __name__ == "__main__":
    unittest.main()
