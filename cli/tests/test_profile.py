#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Key files of NetworkManager through `wgnl` and its helper. Arguments: the command, the helper."""

import os
import pty
import stat
import subprocess
import sys
import unittest
from pathlib import Path

import files_case
from files_case import PEER, PRESHARED, PRIVATE

HELPER = str(Path(sys.argv.pop(2)).absolute())
WGNL = str(Path(sys.argv.pop(1)).absolute())
CONF = files_case.CONF.replace("MTU = 1400\n",
                               "MTU = 1400\nTable = 77\nDNS = 10.0.0.9, example.org\n")
HEAD = """[connection]
id=Office
uuid=9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d
type=wireguard
interface-name=wg0
autoconnect=false
"""


class Profile(files_case.FilesCase):
    def wgnl(self, *words, status=0, helper=HELPER):
        """What it said, on both streams; never a key."""
        done = subprocess.run([WGNL, *words], cwd=self.folder, text=True, capture_output=True,
                              check=False, stdin=subprocess.DEVNULL,
                              env={**os.environ, "WGNL_PROFILE_HELPER": helper,
                                   "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.folder}/no-bus"})
        self.assertEqual(done.returncode, status, done)
        for key in (PRIVATE, PRESHARED):
            self.assertNotIn(key[:12], done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_there_and_back_nothing_is_lost(self):
        self.write("wg0.conf", CONF)
        said = self.wgnl("convert", "wg0.conf", "Office.nmconnection")
        self.assertEqual(said, "to load it, as root: install -m 600 'Office.nmconnection' "
                               "/etc/NetworkManager/system-connections/ && nmcli connection load "
                               "'/etc/NetworkManager/system-connections/Office.nmconnection'\n")
        mode = stat.S_IMODE((self.folder / "Office.nmconnection").stat().st_mode)
        self.assertEqual(mode, 0o600)
        profile = self.text("Office.nmconnection")
        for line in ("id=Office", "interface-name=wg0", "autoconnect=false", "dns=10.0.0.9;",
                     "dns-search=example.org;", "preshared-key-flags=0", "route-table=77"):
            self.assertIn(f"\n{line}\n", profile)
        self.write("back/x", "")
        said = self.wgnl("convert", "Office.nmconnection", "back/wg0.conf")
        self.assertEqual(said, 'Office.nmconnection: note: the name "Office" is left out: the file '
                               'has that of the device; "Office.conf" keeps it, for an import\n')
        self.assertEqual(self.text("back/wg0.conf"), CONF)

    def test_a_profile_becomes_files_of_other_formats(self):
        self.write("wg0.conf", CONF)
        self.wgnl("convert", "wg0.conf", "Office.nmconnection")
        self.assertIn("Office.nmconnection:", self.wgnl("convert", "Office.nmconnection", "a.json"))
        said = self.wgnl("convert", "Office.nmconnection", "wg0.netdev")
        self.assertEqual(said, "")
        self.assertIn("DNS=10.0.0.9\nDomains=example.org\n", self.text("wg0.network"))
        self.assertIn("RouteTable=77\n", self.text("wg0.netdev"))
        self.assertIn("Address=fd00::1/64\n", self.text("wg0.network"))
        self.wgnl("convert", "wg0.netdev", "Again.nmconnection")
        again = self.text("Again.nmconnection")
        self.assertIn("route-table=77\n", again)
        self.assertIn(f"preshared-key={PRESHARED}\n", again)

    def test_what_a_profile_does_not_say_is_named(self):
        named = CONF.replace("[Peer]", "[Peer]\n# friendly_name = laptop")
        self.write("wg0.conf", named.replace("MTU", "PostUp = hello\nMTU"))
        said = self.wgnl("convert", "wg0.conf", "Office.nmconnection")
        self.assertIn("wg0.conf:5: warning: PostUp= is left out and never run", said)
        self.assertIn('note: the name "laptop" of the peer', said)
        self.write("a.json", f"""{{"version": 1, "device": "wg0", "mode": "sync", "strict": true,
            "peers": [{{"public_key": "{PEER}", "held": true}}]}}""")
        said = self.wgnl("convert", "a.json", "b.nmconnection")
        self.assertIn('"strict" cannot be written', said)
        self.assertIn("has a mistake; it is left out", said)
        self.assertNotIn("mode sync", said)
        self.assertNotIn("wireguard-peer", self.text("b.nmconnection"))
        self.assertIn("peer-routes=false\n", self.text("b.nmconnection"))

    def test_what_only_a_profile_says_is_named_with_its_line(self):
        self.write("a.nmconnection", HEAD + f"permissions=user:alice:;\nzone=work\n[wireguard]\n"
                                            f"private-key={PRIVATE}\n")
        said = self.wgnl("convert", "a.nmconnection", "wg0.conf")
        self.assertIn("a.nmconnection:7: note: connection.permissions is left out", said)
        self.assertIn("a.nmconnection:8: note: connection.zone is left out", said)

    def test_a_conf_may_have_the_profiles_name(self):
        self.write("a.nmconnection", HEAD.replace("=Office", "=My Office – 2026")
                   + f"[wireguard]\nprivate-key={PRIVATE}\n")
        said = self.wgnl("convert", "a.nmconnection", "My Office – 2026.conf")
        self.assertIn("the device's name wg0 is left out", said)
        said = self.wgnl("convert", "a.nmconnection", "wg1.conf", status=1)
        self.assertIn('write to wg0.conf, or "My Office – 2026.conf"', said)

    def test_check_finds_mistakes_and_traps(self):
        self.write("a.nmconnection", HEAD + f"""[wireguard]
private-key={PRIVATE}
listen-port=7
[wireguard-peer.{PEER[:-1]}]
allowed-ips=10.0.0.3/32
[wireguard-peer.{PEER}]
endpoint=192.0.2.1:51820
preshared-key={PRESHARED}
allowed-ips=10.0.0.2/32
""")
        said = self.wgnl("check", "a.nmconnection", status=3)
        self.assertIn("a.nmconnection:10: error: NetworkManager drops this peer without a word: "
                      f"the name of its group must be [wireguard-peer.{PEER}]", said)
        self.assertIn("a.nmconnection:12: warning: there is a preshared key", said)
        self.assertIn("1 error, 1 warning\n", said)
        self.assertIn("nothing was written",
                      self.wgnl("convert", "a.nmconnection", "wg0.conf", status=1))
        self.assertFalse((self.folder / "wg0.conf").exists())

    def test_check_finds_a_file_that_others_may_read(self):
        self.write("a.nmconnection", HEAD + f"[wireguard]\nprivate-key={PRIVATE}\n")
        (self.folder / "a.nmconnection").chmod(0o640)
        self.assertIn("a.nmconnection: warning: others than its owner may read or write it",
                      self.wgnl("check", "a.nmconnection", status=3))
        (self.folder / "a.nmconnection").chmod(0o400)
        self.assertEqual(self.wgnl("check", "a.nmconnection"), "")

    def test_profiles_of_other_networks_are_passed_over(self):
        self.write("wifi.nmconnection", "[connection]\nid=Home\nuuid=9b1deb4d-3b7d-4bad-9bdd-"
                                        "2b0d7b3dcb6e\ntype=wifi\nodd=1\n[wifi]\nssid=Home\n"
                                        "[wifi-security]\nkey-mgmt=wpa-psk\npsk=secret\n")
        self.assertEqual(self.wgnl("check", "."), "")
        self.assertEqual(self.wgnl("check", "wifi.nmconnection"),
                         "wifi.nmconnection: note: declares no WireGuard device for this machine\n")
        self.assertIn("it declares no WireGuard device",
                      self.wgnl("convert", "wifi.nmconnection", "a.json", status=1))

    def test_the_metric_of_routes_comes_along(self):
        self.write("a.nmconnection", HEAD + f"[wireguard]\nprivate-key={PRIVATE}\n"
                   "[ipv4]\nmethod=manual\naddress1=10.0.0.1/24\nroute-metric=77\n"
                   "[ipv6]\nmethod=disabled\n")
        self.wgnl("convert", "a.nmconnection", "wg0.netdev")
        self.assertIn("\nRouteMetric=77\n", self.text("wg0.netdev"))
        said = self.wgnl("convert", "wg0.netdev", "b.nmconnection")
        self.assertNotIn("metric", said)
        self.assertIn("\nroute-metric=77\n", self.text("b.nmconnection"))
        said = self.wgnl("convert", "a.nmconnection", "wg0.conf")
        self.assertIn("the metric of routes", said)

    def test_keys_that_are_elsewhere_are_not_left_out_of_a_file(self):
        peer = f"[wireguard-peer.{PEER}]\nallowed-ips=10.0.0.0/8;\n"
        for flags, word in ((1, "session"), (2, "not saved")):
            for text in (f"[wireguard]\nprivate-key-flags={flags}\n" + peer,
                         f"[wireguard]\nprivate-key={PRIVATE}\n" + peer
                         + f"preshared-key-flags={flags}\n"):
                self.write("a.nmconnection", HEAD + text)
                for name in ("wg0.conf", "wg0.netdev", "wg0.json", "b.nmconnection"):
                    said = self.wgnl("convert", "a.nmconnection", name, status=1)
                    self.assertIn("the keys are not for you to read", said)
                    self.assertIn(word, said)
                    self.assertFalse((self.folder / name).exists())
        self.write("a.nmconnection", HEAD + f"[wireguard]\nprivate-key={PRIVATE}\n" + peer
                   + "preshared-key-flags=4\n")
        self.wgnl("convert", "a.nmconnection", "wg0.conf")

    def test_check_compares_the_ports_of_several(self):
        for name, port in (("a", 7), ("b", 8), ("c", 7)):
            head = HEAD.replace("interface-name=wg0", f"interface-name={name}")
            self.write(f"{name}.nmconnection", head + f"[wireguard]\nprivate-key={PRIVATE}\n"
                                                      f"listen-port={port}\n")
        self.assertEqual(self.wgnl("check", "a.nmconnection", "b.nmconnection"), "")
        said = self.wgnl("check", ".", status=3)
        self.assertIn("c.nmconnection:9: warning: the port 7 is also that of a "
                      "(./a.nmconnection:9)", said)
        self.assertIn("1 warning\n", said)

    def test_without_the_helper_it_says_what_to_install(self):
        self.write("a.nmconnection", HEAD)
        for words in (("check", "a.nmconnection"), ("convert", "a.nmconnection", "wg0.conf")):
            said = self.wgnl(*words, status=1, helper="/nonexistent/helper")
            self.assertIn("install network-manager-wgnl", said)
        said = self.wgnl("check", "Office", status=1, helper="/nonexistent/helper")
        self.assertIn("there is no such file, and", said)

    def test_what_is_neither_a_file_nor_a_profile(self):
        said = self.wgnl("check", "Office", status=1)
        self.assertIn("there is no such file, and no profile can be read: ", said)
        self.assertIn("system bus", said)
        self.write("notes.txt", "")
        self.assertIn("must end in one of: .conf, .json,", self.wgnl("check", "notes.txt",
                                                                     status=3))

    def test_a_helper_of_another_version_is_refused(self):
        for text in ("echo '{}'", "echo nonsense", "printf '{\"problems\": 3'", "kill -9 $$"):
            self.write("helper", f"#!/bin/sh\n{text}\n", mode=0o700)
            self.write("a.nmconnection", HEAD)
            said = self.wgnl("convert", "a.nmconnection", "wg0.conf", status=1,
                             helper=str(self.folder / "helper"))
            self.assertIn("wgnl-nm-profile", said)

    def test_the_helper_prints_nothing_on_a_terminal(self):
        self.write("a.nmconnection", HEAD + f"[wireguard]\nprivate-key={PRIVATE}\n")
        ours, theirs = pty.openpty()
        done = subprocess.run([HELPER, "read-file", self.folder / "a.nmconnection"], check=False,
                              stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("for a pipe only", done.stderr)
        os.close(theirs)
        with self.assertRaises(OSError):  # nothing is there, and nobody to write more
            os.read(ours, 1)
        os.close(ours)


if __name__ == "__main__":
    unittest.main()
