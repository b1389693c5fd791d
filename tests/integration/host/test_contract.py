# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library's contract tests against wireguard-go, each case in namespaces of its own."""
import os
import pathlib
import re
import subprocess

from conftest import DEADLINE

# A process keeps its namespace, and its name: these cases say so where they are skipped.
OF_THE_KERNEL_ALONE = {"LinkContract.ATakenNameIsRefused",
                       "NamespaceContract.ATakenNameIsRefusedThere",
                       "NamespaceContract.ANameThatOnlyTheBirthplaceHasIsFree",
                       "NamespaceContract.ABirthplaceThatIsGoneIsToldInWords"}


def test_the_contract_holds_on_wireguard_go():
    program = pathlib.Path(os.environ["WGNL_BUILD"]) / "libwgnl/tests/contract/contract-userspace"
    done = subprocess.run([program], text=True, timeout=DEADLINE, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(done.stdout[-2000:])
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"\[  PASSED  \] (\d+) test", done.stdout).group(1)) > 0
    skipped = set(re.findall(r"^\[  SKIPPED \] (\w+\.\w+)", done.stdout, re.MULTILINE))
    assert skipped <= OF_THE_KERNEL_ALONE
