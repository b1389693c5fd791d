# SPDX-License-Identifier: LGPL-2.1-or-later
"""wg-quick in the machine: without name servers of its own, and without its rule of nftables, which asks
the kernel for more than the machine's has."""

import lab


class WgQuick:
    """`folder` is for its helpers; `told` is what it had resolvconf(8) set, line by line."""

    def __init__(self, folder):
        self._bin, self._told = folder / "bin", folder / "told"
        self._bin.mkdir()
        for name, script in (("resolvconf", f"[ \"$1\" != -a ] || cat >{self._told}"), ("nft", "exit 0")):
            helper = self._bin / name
            helper.write_text(f"#!/bin/sh\n{script}\n")
            helper.chmod(0o755)

    def _run(self, verb, path, check=True):
        lab.run("env", f"PATH={self._bin}:/usr/sbin:/usr/bin:/sbin:/bin", "wg-quick", verb, path,
                check=check)

    def up(self, path):
        self._told.write_text("")
        self._run("up", path)

    def down(self, path, check=True):
        self._run("down", path, check)

    @property
    def told(self):
        return self._told.read_text().splitlines()
