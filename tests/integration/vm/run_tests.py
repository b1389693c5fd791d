# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the machine's tests: a machine for each set of them, pytest inside it, results out of it."""

import argparse
import functools
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

VM = Path(__file__).resolve().parent
sys.path.insert(0, str(VM / "machine"))

import driver  # noqa: E402

TESTS = "/var/lib/wgnl-vm/tests"
OUT = "/run/wgnl-vm/out"
# Of the guest's clock, for one test; of the host's, for a whole set.
TEST_SECONDS = 600
SET_SECONDS = 3600
# The sets are folders of tests; each has a machine of this profile. The lists run beside each other,
# what is in a list one after the other. (gnome is run by its name: it has an image of its own.)
MACHINES = {"fast": "fast", "networkd": "fast", "nm": "fast", "timed": "timed", "boot": "fast",
            "gnome": "fast"}
BESIDE = [["networkd"], ["fast"], ["timed", "boot"], ["nm"]]


def say(text):
    """One line of progress, in its place among the guest's output."""
    print(f"==> {text}", flush=True)


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
    with driver.Machine(options.image, MACHINES[name], cache, options.packages, careful) as machine:
        took = time.monotonic() - start
        say(f"machine ({name}, {machine.accelerator}) up in {took:.0f} s")
        return run_in(machine, name, options)


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


def pass_on(names, lines):
    """Every line of one of the runs beside each other, with its sets before it."""
    for line in lines:
        print(f"{' '.join(names)}: {line}", end="", flush=True)


def run_beside(lists):
    """Runs this program once for each list of sets, at the same time; returns the worst exit
    status. Each of them has machines of its own."""
    runs = []
    for names in filter(None, lists):
        named = [word for name in names for word in ("--set", name)]
        command = [sys.executable, sys.argv[0], *named, *sys.argv[1:]]
        run = subprocess.Popen(command, text=True, errors="replace", stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
        reader = threading.Thread(target=pass_on, args=(names, run.stdout))
        reader.start()
        runs.append((run, reader))
    for _, reader in runs:
        reader.join()
    return max(run.wait() for run, _ in runs)


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--image", required=True)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--program", type=Path, action="append", default=[],
                        help="a program that the tests run in the machine; may be repeated")
    parser.add_argument("--set", choices=MACHINES, action="append", dest="sets",
                        help="which to run; may be repeated (default: all, some beside others)")
    parser.add_argument("--without", choices=MACHINES, action="append", default=[],
                        help="which of all not to run; may be repeated")
    parser.add_argument("packages", nargs="*")
    return parser.parse_args()


def main():
    options = parse_arguments()
    if not options.sets:
        return run_beside([n for n in names if n not in options.without] for names in BESIDE)
    failed = False
    for name in options.sets:
        if problem := run_set(name, options):
            (options.results / f"vm-{name}.broken").write_text(problem)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
