#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`wgnl peers` as whoever signs lists uses it, with the ssh-keygen of this machine. Argument: the command."""

import base64
import os
import stat
import subprocess
import sys
import unittest

import files_case
from files_case import OTHER_PEER, PEER

WGNL = sys.argv.pop(1)
HEAD = "[X-PeerList]\nName=office\nSerial=7\nNotAfter=2100-01-01T00:00:00Z\n"


def peers(*words, **options):
    return subprocess.run([WGNL, "peers", *map(str, words)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, **options)


class Peers(files_case.FilesCase):
    def setUp(self):
        super().setUp()
        self.key = self.folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "alice", "-f", self.key],
                       check=True)
        self.public = self.text("key.pub").split()[:2]
        self.list = self.folder / "office.peers"

    def add(self, name="alpha", key=PEER, address="10.7.0.1/32", *more):
        return peers("add", self.list, "--name", name, "--public-key", key, "--address", address, *more)

    def sign(self, key=None):
        return peers("sign", self.list, "--key", key or self.key)

    def test_a_list_from_nothing_to_one_that_openssh_verifies(self):
        self.assertEqual(self.add().returncode, 0)
        self.assertEqual(self.sign().returncode, 0)
        first = self.list.read_text()
        self.assertIn("Name=office\nSerial=1\nNotAfter=", first)
        self.assertIn(f"[WireGuardPeer]\nX-Name=alpha\nPublicKey={PEER}\nAllowedIPs=10.7.0.1/32\n", first)
        self.assertEqual(stat.S_IMODE(self.list.stat().st_mode), 0o644)

        text, armor = first.split("-----BEGIN", 1)
        self.write("sig", "-----BEGIN" + armor)
        self.write("signers", "alice " + " ".join(self.public) + "\n")
        verified = subprocess.run(
            ["ssh-keygen", "-Y", "verify", "-f", self.folder / "signers", "-I", "alice", "-n", "wgnl-peers",
             "-s", self.folder / "sig"], input=text, text=True, capture_output=True, check=False)
        self.assertEqual(verified.returncode, 0, verified.stderr)

        said = peers("check", self.list)
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        self.assertIn("list       office\nserial     1\n", said.stdout)
        self.assertIn(" ".join(self.public), said.stdout)

    def test_a_further_peer_raises_the_serial_and_keeps_all_else(self):
        written = HEAD + f"# the hub\n[WireGuardPeer]\nX-Name=hub\nPublicKey={PEER}\n"
        self.write("office.peers", written, 0o640)
        self.assertEqual(self.sign().returncode, 0)

        done = self.add("beta", OTHER_PEER, "10.7.0.2/32", "--address", "fd00::2/128", "--endpoint",
                        "b.example:51820", "--not-after", "2101-01-01T00:00:00Z")

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("wgnl peers sign", done.stderr)
        self.assertEqual(self.list.read_text(), written.replace("Serial=7", "Serial=8").replace(
            "2100", "2101") + f"\n[WireGuardPeer]\nX-Name=beta\nPublicKey={OTHER_PEER}\n"
            "AllowedIPs=10.7.0.2/32, fd00::2/128\nEndpoint=b.example:51820\n")
        self.assertEqual(stat.S_IMODE(self.list.stat().st_mode), 0o640)
        said = peers("check", self.list)
        self.assertEqual(said.returncode, 3, "it is not signed any more")
        self.assertIn("it was never signed", said.stdout)

    def test_what_cannot_be_added_changes_nothing(self):
        self.write("office.peers",
                   HEAD + f"[WireGuardPeer]\nX-Name=hub\nPublicKey={PEER}\nAllowedIPs=10.7.0.1/32\n")
        before = self.list.read_text()
        for words, told in [
                (("hub", OTHER_PEER, "10.7.0.2/32"), "has the name hub already"),
                (("beta", PEER, "10.7.0.2/32"), "has this public key already"),
                (("beta", OTHER_PEER, "10.7.0.1/32"), "has 10.7.0.1/32 already"),
                (("beta", "oops", "10.7.0.2/32"), "PublicKey=oops"),
                (("beta", OTHER_PEER, "10.7.0.2/24"), "has host bits"),
                (("beta", OTHER_PEER, "10.7.0.2/32", "--not-after", "tomorrow"), "is no time"),
                (("be\nEndpoint=a.example:1", OTHER_PEER, "10.7.0.2/32"), "a line break"),
                (("be\n[WireGuardPeer]", OTHER_PEER, "10.7.0.2/32"), "a line break")]:
            done = self.add(*words)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(told, done.stderr)
            self.assertEqual(self.list.read_text(), before)

    def test_a_list_with_mistakes_is_not_signed(self):
        self.write("office.peers", HEAD + "[WireGuardPeer]\nPublicKey=oops\n")
        done = self.sign()
        self.assertEqual(done.returncode, 1)
        self.assertIn("office.peers:6", done.stderr)
        self.assertIn("is not signed", done.stderr)
        self.assertNotIn("BEGIN SSH", self.list.read_text())

    def test_signing_anew_replaces_the_signature(self):
        self.write("office.peers", HEAD)
        self.assertEqual(self.sign().returncode, 0)
        once = self.list.read_text()
        self.assertEqual(self.sign().returncode, 0)
        self.assertEqual(self.list.read_text(), once)

    def test_a_list_without_a_last_line_end_is_signed_whole(self):
        self.write("office.peers", HEAD + f"[WireGuardPeer]\nPublicKey={PEER}")
        self.assertEqual(self.sign().returncode, 0)
        said = peers("check", self.list)
        self.assertEqual((said.returncode, said.stderr), (0, ""), said.stdout)
        self.assertIn("peers      1", said.stdout)

    def test_what_no_node_would_take_replaces_nothing(self):
        self.write("office.peers", HEAD)
        liar = self.folder / "ssh-keygen"
        other = self.folder / "other"
        other.write_text("another text\n")
        liar.write_text(f"#!/bin/sh\nexec /usr/bin/ssh-keygen -Y sign -q -f {self.key} -n wgnl-peers <{other}\n")
        liar.chmod(0o755)
        done = peers("sign", self.list, "--key", self.key,
                     env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"})
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.list.read_text(), HEAD)

    def test_a_link_is_followed_and_one_to_nowhere_refused(self):
        self.write("real.peers", HEAD.replace("office", "real"))
        link = self.folder / "link.peers"
        link.symlink_to("real.peers")
        self.assertEqual(peers("sign", link, "--key", self.key).returncode, 0)
        self.assertTrue(link.is_symlink())
        self.assertIn("BEGIN SSH", self.text("real.peers"))
        self.list.symlink_to("nowhere")
        done = self.add()
        self.assertEqual(done.returncode, 1)
        self.assertIn("a link that leads nowhere", done.stderr)
        self.assertFalse((self.folder / "nowhere").exists())

    def test_nothing_that_lies_beside_the_list_is_written_through(self):
        self.write("office.peers", HEAD)
        self.write("precious", "stays")
        (self.folder / "office.peers.new").symlink_to("precious")
        if os.geteuid() == 0:
            os.chown(self.list, 65534, 65534)
        self.assertEqual(self.sign().returncode, 0)
        self.assertEqual(self.text("precious"), "stays")
        self.assertTrue((self.folder / "office.peers.new").is_symlink())
        if os.geteuid() == 0:
            self.assertEqual(self.list.stat().st_uid, 65534, "it stays its owner's")
        self.assertEqual([p for p in self.folder.iterdir() if p.name.startswith("office.peers.")],
                         [self.folder / "office.peers.new"])

    def test_of_many_that_add_at_once_none_is_lost(self):
        self.write("office.peers", HEAD)
        key = lambda n: base64.b64encode(bytes([n + 1] * 32)).decode()
        running = [subprocess.Popen([WGNL, "peers", "add", self.list, "--name", f"n{n}", "--public-key", key(n),
                                     "--address", f"10.7.1.{n}/32"], stderr=subprocess.DEVNULL)
                   for n in range(12)]
        self.assertEqual([each.wait() for each in running], [0] * 12)
        self.assertEqual(self.list.read_text().count("[WireGuardPeer]"), 12)
        self.assertIn("Serial=19\n", self.list.read_text())

    def test_an_agent_signs(self):
        self.write("office.peers", HEAD)
        script = (f"eval $(ssh-agent) >/dev/null; trap 'kill $SSH_AGENT_PID' EXIT; ssh-add -q {self.key}; "
                  f"rm {self.key}; {WGNL} peers sign {self.list} --key {self.key}.pub")
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(peers("check", self.list).returncode, 0)

    def test_what_openssh_refuses_is_told(self):
        self.write("office.peers", HEAD)
        done = self.sign(self.folder / "nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn("ssh-keygen ended with status", done.stderr)
        away = peers("sign", self.list, "--key", self.key, env={**os.environ, "PATH": str(self.folder)})
        self.assertEqual(away.returncode, 1)
        self.assertIn("install openssh-client", away.stderr)
        self.assertEqual(self.list.read_text(), HEAD)

    def test_check_tells_what_a_node_would(self):
        self.write("office.peers", HEAD.replace("2100", "2020") +
                   f"[WireGuardPeer]\nPublicKey={PEER}\nAllowedIPs=10.7.0.1/32\n"
                   f"[WireGuardPeer]\nPublicKey={OTHER_PEER}\nAllowedIPs=10.7.0.1/32\n"
                   f"[WireGuardPeer]\nPublicKey={PEER}\n")
        self.sign()
        said = peers("check", self.list)
        self.assertEqual((said.returncode, said.stderr), (3, "1 error, 2 warnings\n"), said.stdout)
        for told in ("expired at 2020-01-01T00:00:00Z", "10.7.0.1/32 belongs to the peer of line 7",
                     "the peer of line 5 has this public key"):
            self.assertIn(told, said.stdout)
        self.list.rename(self.folder / "lab.peers")
        self.assertIn("named lab", peers("check", self.folder / "lab.peers").stdout)

    def test_a_changed_list_is_told(self):
        self.write("office.peers", HEAD)
        self.sign()
        self.list.write_text(self.list.read_text().replace("Serial=7", "Serial=8"))
        said = peers("check", self.list)
        self.assertEqual(said.returncode, 3)
        self.assertIn("the signature is not of this text", said.stdout)


if __name__ == "__main__":
    unittest.main()
