#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The key verbs as programs: bytes in, bytes out, as wg(8) has them. Argument: the command."""

import base64
import os
import subprocess
import sys
import tempfile
import unittest

WGNL = sys.argv.pop(1)
# Bob of RFC 7748, section 6.1.
PRIVATE = base64.b64encode(bytes.fromhex(
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
PUBLIC = base64.b64encode(bytes.fromhex(
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"))


def wgnl(*arguments, **options):
    return subprocess.run([WGNL, *arguments], capture_output=True, check=False, **options)


class Keys(unittest.TestCase):
    def test_private_keys_are_clamped_base64_with_a_newline(self):
        printed = wgnl("genkey").stdout
        self.assertRegex(printed, rb"\A[A-Za-z0-9+/]{43}=\n\Z")
        key = base64.b64decode(printed)
        self.assertEqual(key[0] & 7, 0)
        self.assertEqual(key[31] & 0xC0, 0x40)

    def test_no_two_keys_are_the_same(self):
        self.assertEqual(len({wgnl("genkey").stdout for _ in range(4)}), 4)
        self.assertEqual(len({wgnl("genpsk").stdout for _ in range(4)}), 4)

    def test_the_public_key_is_that_of_the_standard(self):
        for private in (PRIVATE, PRIVATE + b"\n", PRIVATE + b" \r\n\n"):
            self.assertEqual(wgnl("pubkey", input=private).stdout, PUBLIC + b"\n")

    def test_what_is_no_key_is_refused_and_not_repeated(self):
        for wrong in (b"", b"\n", PRIVATE[:-1], PRIVATE + b"x", PRIVATE + b"\n" + PRIVATE,
                      b"A" * 100_000):
            answer = wgnl("pubkey", input=wrong)
            self.assertEqual((answer.returncode, answer.stdout), (1, b""))
            self.assertTrue(answer.stderr.startswith(b"wgnl: "))
            self.assertNotIn(PRIVATE[:20], answer.stderr)

    def test_a_world_accessible_file_is_warned_about(self):
        with tempfile.TemporaryFile() as file:
            for mode, warned in ((0o644, True), (0o600, False), (0o640, False)):
                os.fchmod(file.fileno(), mode)
                done = subprocess.run([WGNL, "genkey"], stdout=file, stderr=subprocess.PIPE,
                                      check=True)
                self.assertEqual(b"warning" in done.stderr, warned, oct(mode))

    def test_a_full_disk_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            for verb in ("genkey", "--help"):
                done = subprocess.run([WGNL, verb], stdout=full, stderr=subprocess.PIPE,
                                      check=False)
                self.assertEqual(done.returncode, 1, verb)


if __name__ == "__main__":
    unittest.main()
