# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library's contract tests, compiled on the host, against this machine's module."""

import re
from pathlib import Path

import lab

PROGRAM = Path(__file__).parents[2] / "contract-kernel"


def listed():
    """The contract's test cases, by gtest's own list."""
    suite, cases = "", []
    for line in lab.run(PROGRAM, "--gtest_list_tests").splitlines():
        name = line.split("#")[0].rstrip()
        if name.startswith("  "):
            cases.append(suite + name.strip())
        elif name.endswith("."):
            suite = name
    return cases


def test_the_contract_holds_on_the_module(daemons):
    cases = listed()
    said = lab.run(PROGRAM)
    passed = int(re.search(r"\[  PASSED  \] (\d+) test", said).group(1))
    print(f"{passed} of {len(cases)} cases of the contract pass on the module")
    assert passed == len(cases) > 0, said
