# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library's contract tests against wireguard-go, each case in namespaces of its own."""
import os
import pathlib
import re
import subprocess


def test_the_contract_holds_on_wireguard_go():
    program = pathlib.Path(os.environ["WGNL_BUILD"]) / "libwgnl/tests/contract/contract-userspace"
    done = subprocess.run([program], text=True, timeout=300, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(done.stdout[-2000:])
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"\[  PASSED  \] (\d+) test", done.stdout).group(1)) > 0
    assert "SKIPPED" not in done.stdout
