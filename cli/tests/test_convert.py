#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`wgnl convert` as a program, from .conf to .netdev and back. Argument: the command."""

import stat
import subprocess
import sys
import unittest
from pathlib import Path

import files_case

WGNL = str(Path(sys.argv.pop(1)).absolute())
CONF = files_case.CONF.replace("[Peer]\n", "[Peer]\n# friendly_name = laptop\n").replace(
    "PersistentKeepalive = 25", "PersistentKeepalive = off")


class Convert(files_case.FilesCase):
    def setUp(self):
        super().setUp()
        self.write("wg0.conf", CONF)

    def convert(self, source, target, status=0):
        (self.folder / target).parent.mkdir(exist_ok=True)
        done = subprocess.run([WGNL, "convert", source, target], cwd=self.folder, text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, status, done)
        self.assertEqual(done.stdout, "")
        for key in (files_case.PRIVATE, files_case.PRESHARED):
            self.assertNotIn(key[:12], done.stderr)
        return done.stderr

    def test_there_and_back_nothing_is_lost(self):
        self.assertEqual(self.convert("wg0.conf", "wg0.netdev"), "")
        self.assertEqual(self.text("wg0.network"), "[Match]\nName=wg0\n\n[Network]\n"
                                                   "Address=10.0.0.1/24\nAddress=fd00::1/64\n")
        self.assertEqual(self.convert("wg0.netdev", "back/wg0.conf"), "")
        self.assertEqual(self.text("back/wg0.conf"), CONF)
        self.convert("wg0.netdev", "a.json")
        self.convert("a.json", "again/wg0.netdev")
        self.assertEqual(self.text("again/wg0.netdev"), self.text("wg0.netdev"))

    def test_nobody_else_can_read_the_keys(self):
        self.convert("wg0.conf", "wg0.netdev")
        mode = stat.S_IMODE((self.folder / "wg0.netdev").stat().st_mode)
        self.assertIn(mode, (0o600, 0o640))

    def test_what_is_there_stays(self):
        self.write("wg0.network", "mine")
        said = self.convert("wg0.conf", "wg0.netdev", status=1)
        self.assertIn("it exists", said)
        self.assertEqual(self.text("wg0.network"), "mine")
        self.assertFalse((self.folder / "wg0.netdev").exists())

    def test_what_cannot_be_said_is_named_with_its_line(self):
        self.write("wg0.conf", CONF.replace("MTU", "DNS = 10.0.0.9\nPostUp = hello\nMTU"))
        said = self.convert("wg0.conf", "wg0.netdev")
        self.assertNotIn("DNS", said)
        self.assertIn("wg0.conf:6: note: PostUp=", said)
        self.write("wg0.network", self.text("wg0.network") + "DNS=10.0.0.9#dns.example\nLLMNR=yes\n")
        said = self.convert("wg0.netdev", "back/wg0.conf")
        self.assertIn("wg0.network:9: note: DNS= of [Network]", said)
        self.assertIn("wg0.network:10: warning: LLMNR= of [Network]", said)


if __name__ == "__main__":
    unittest.main()
