# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the machine's tests: one machine for each profile, pytest inside it, results out of it."""

import argparse
import os
import sys
import time
from pathlib import Path

VM = Path(__file__).resolve().parent
sys.path.insert(0, str(VM / "machine"))

import driver  # noqa: E402
import qemu  # noqa: E402

TESTS = "/var/lib/wgnl-vm/tests"
OUT = "/run/wgnl-vm/out"
# Of the guest's clock, for one test; of the host's, for a whole profile.
TEST_SECONDS = 600
PROFILE_SECONDS = 1500


def say(text):
    """One line of progress, in its place among the guest's output."""
    print(f"==> {text}", flush=True)


def pytest_command(profile):
    """The command line of pytest in the machine."""
    return [
        *("python3", "-m", "pytest", "-v", "-p", "no:cacheprovider", "--tb=short"),
        *(f"--rootdir={TESTS}", f"--confcutdir={TESTS}", f"--timeout={TEST_SECONDS}"),
        *(f"--junitxml={OUT}/vm-{profile}.xml", f"tests/{profile}"),
    ]


def run_in(machine, profile, results):
    """Runs the tests of a profile in a machine that is up; returns pytest's exit status."""
    machine.put([VM / "conftest.py", VM / "tests"], TESTS)
    environment = {"PYTHONUNBUFFERED": "1", "WGNL_VM_PROFILE": profile}
    try:
        return machine.run(
            pytest_command(profile), cwd=TESTS, env=environment, deadline=PROFILE_SECONDS
        )
    finally:
        machine.run(["sh", "-c", f"journalctl --no-pager >{OUT}/vm-{profile}.journal"], deadline=60)
        machine.get(OUT, results)


def run_profile(profile, options):
    """Boots, installs, tests; a machine that fails is a failure of the profile."""
    start = time.monotonic()
    try:
        with driver.Machine(
            options.image, profile, os.environ["WGNL_CACHE"], options.packages
        ) as machine:
            took = time.monotonic() - start
            say(f"machine ({profile}, {machine.accelerator}) up in {took:.0f} s")
            status = run_in(machine, profile, options.results)
    except driver.MachineError as error:
        say(f"machine ({profile}): {error}")
        return str(error)
    return "" if status == 0 else f"pytest of {profile} ended with status {status}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--image", required=True)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("packages", nargs="*")
    options = parser.parse_args()
    failed = False
    for profile in qemu.PROFILES:
        if not list((VM / "tests" / profile).glob("test_*.py")):
            continue
        if problem := run_profile(profile, options):
            (options.results / f"vm-{profile}.broken").write_text(problem)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
