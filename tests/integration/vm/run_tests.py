# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the machine's tests: a machine for each set of them, pytest inside it, results out of it."""

import argparse
import functools
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

VM = Path(__file__).resolve().parent
sys.path.insert(0, str(VM / "machine"))

import driver  # noqa: E402

TESTS = "/var/lib/wgnl-vm/tests"
OUT = "/run/wgnl-vm/out"
# Of the guest's clock, for one test; of the host's, for a whole set.
TEST_SECONDS = 600
SET_SECONDS = 3600
# The sets are folders of tests; each has a machine of this profile. The longest are the first: so
# many run beside each other, and when one ends, the next begins. gnome has an image of its own.
MACHINES = {"nm": "fast", "fast": "fast", "networkd": "fast", "timed": "timed", "gnome": "fast",
            "boot": "fast"}
BESIDE = 4


def say(text):
    """One line of progress, in its place among the guest's output."""
    print(f"==> {text}", flush=True)


def image_of(name, options):
    """The image of a set's machines, or None."""
    return options.gnome_image if name == "gnome" else options.image


def pytest_command(name):
    """The command line of pytest in the machine."""
    return [
        *("python3", "-m", "pytest", "-v", "-p", "no:cacheprovider", "--tb=short"),
        *(f"--rootdir={TESTS}", f"--confcutdir={TESTS}", f"--timeout={TEST_SECONDS}"),
        *(f"--junitxml={OUT}/vm-{name}.xml", f"tests/{name}"),
    ]


def collect(machine, name, results):
    """Brings out what the tests left and the whole journal; a dead machine has its own error."""
    try:
        machine.run(["sh", "-c", f"journalctl --no-pager >{OUT}/vm-{name}.journal"], deadline=60)
        machine.get(OUT, results)
    except (driver.MachineError, OSError) as error:
        say(f"no results of {name}: {str(error).splitlines()[0]}")


def run_in(machine, name, options):
    """Runs the tests of a set in a machine that is up; returns pytest's exit status."""
    machine.put([VM / "conftest.py", VM / "tests", *options.program], TESTS)
    environment = {"PYTHONUNBUFFERED": "1", "WGNL_VM_PROFILE": MACHINES[name]}
    try:
        return machine.run(
            pytest_command(name), cwd=TESTS, env=environment, deadline=SET_SECONDS
        )
    finally:
        collect(machine, name, options.results)


def run_once(name, options, careful):
    """Boots, installs, tests; returns pytest's exit status."""
    start, cache = time.monotonic(), os.environ["WGNL_CACHE"]
    with driver.Machine(
        image_of(name, options), MACHINES[name], cache, options.packages, careful
    ) as machine:
        took = time.monotonic() - start
        say(f"machine ({name}, {machine.accelerator}) up in {took:.0f} s")
        status = run_in(machine, name, options)
        took, cost = time.monotonic() - start, machine.processor_seconds()
        say(f"machine ({name}) done in {took:.0f} s, {cost:.0f} s of a processor")
        return status


def run_boot(options, careful):
    """Two machines, one after the other, on one disk: what the first wrote must come up in the
    second. Returns pytest's exit status of the second."""
    cache = os.environ["WGNL_CACHE"]
    with tempfile.NamedTemporaryFile(dir=cache, suffix=".img") as disk:
        subprocess.run(["cp", "--sparse=always", f"{options.image}/disk.img", disk.name], check=True)
        first = driver.Machine(options.image, "fast", cache, options.packages, careful, disk.name)
        with first as machine:
            machine.put([VM / "conftest.py", VM / "tests"], TESTS)
            prepare = ["sh", "-c", "python3 tests/boot/before_boot.py && sync"]
            if status := machine.run(prepare, cwd=TESTS, deadline=TEST_SECONDS):
                return status
        say("the first machine is cut off; the second boots from its disk")
        with driver.Machine(options.image, "fast", cache, (), careful, disk.name) as machine:
            return run_in(machine, "boot", options)


def run_set(name, options):
    """Runs a set, again where the emulator failed; a machine that fails otherwise is a failure
    of the set. Returns what went wrong, or an empty text."""
    once = run_boot if name == "boot" else functools.partial(run_once, name)
    try:
        try:
            status = once(options, careful=False)
        except driver.EmulatorFault as fault:
            say(f"the emulator failed, once more with a careful one: {str(fault).splitlines()[0]}")
            status = once(options, careful=True)
    except driver.MachineError as error:
        say(f"machine ({name}): {error}")
        return str(error)
    return "" if status == 0 else f"pytest of {name} ended with status {status}"


def run_apart(name):
    """Runs this program once for that set, and passes on each of its lines with the set before it;
    returns the exit status."""
    command = [sys.executable, sys.argv[0], "--set", name, *sys.argv[1:]]
    cpus = "2" if (os.cpu_count() or 1) >= 2 * BESIDE else "1"
    with subprocess.Popen(command, text=True, errors="replace", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          env={"WGNL_VM_CPUS": cpus, **os.environ}) as run:
        for line in run.stdout:
            print(f"{name}: {line}", end="", flush=True)
    return run.returncode


def run_beside(names):
    """Runs the sets, some beside others, each in machines of its own; returns 1 if one failed."""
    with ThreadPoolExecutor(BESIDE) as beside:
        return 1 if any(list(beside.map(run_apart, names))) else 0


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--image", help="of the machines of every set but gnome")
    parser.add_argument("--gnome-image", help="of the machine of gnome")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--program", type=Path, action="append", default=[],
                        help="a program that the tests run in the machine; may be repeated")
    parser.add_argument("--set", choices=MACHINES,
                        help="the one to run (default: every one that has an image)")
    parser.add_argument("--without", choices=MACHINES, action="append", default=[],
                        help="which of all not to run; may be repeated")
    parser.add_argument("packages", nargs="*")
    return parser.parse_args()


def main():
    options = parse_arguments()
    if not options.set:
        return run_beside(name for name in MACHINES
                          if image_of(name, options) and name not in options.without)
    problem = run_set(options.set, options)
    if problem:
        (options.results / f"vm-{options.set}.broken").write_text(problem)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
