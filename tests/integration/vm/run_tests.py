# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the machine's tests: a machine for each set of them, pytest inside it, results out of it."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

VM = Path(__file__).resolve().parent
sys.path.insert(0, str(VM / "machine"))

import driver  # noqa: E402
import native  # noqa: E402

TESTS = "/var/lib/wgnl-vm/tests"
OUT = "/run/wgnl-vm/out"
# Of the guest's clock, for one test: generous, since a busy host gives the guest little of its own.
TEST_SECONDS = 1800
# Of the machine's processors, for a whole set: see driver.Limit.
SET_SECONDS = 3600
# pytest's exit status where the words that it was given leave no test of this set.
NOTHING_SELECTED = 5
OPTIONS_WITH_VALUES = ("-k", "-m", "-p", "-o", "-W")


class Kind(NamedTuple):
    """What a set of tests is: a folder of them, or those in it with a mark, and their machine."""

    flavour: str = "plain"
    profile: str = "fast"
    folder: str = ""  # its own name, if empty
    mark: str = ""
    bus: str = "dbus-daemon"


# The longest are the first: so many run beside each other, and when one ends, the next begins.
SETS = {
    "nm": Kind(),
    "fast": Kind(),
    "networkd": Kind(),
    "gnome": Kind(flavour="desktop"),
    "timed": Kind(profile="timed"),
    "broker": Kind(folder="fast", mark="bus", bus="dbus-broker"),
    "boot": Kind(),
}


def extras():
    """What tests look at besides: the documents, and a program that this host's own tests have."""
    top = VM.parents[2]
    found = shutil.which("wireguard-go")
    return [top / "README.md", top / "docs/man", *([Path(found)] if found else [])]


def say(text):
    """One line of progress, in its place among the guest's output."""
    print(f"==> {text}", flush=True)


def folder_of(name):
    """Of the tests of a set."""
    return SETS[name].folder or name


def marks_of(name, words):
    """The marks that a test of the set must have: by what the set is, and by what pytest is told."""
    told = [mark for option, mark in zip(words, words[1:]) if option == "-m" and mark.isidentifier()]
    return [mark for mark in (SETS[name].mark, *told) if mark]


def files_of(path):
    """The files of tests at a path as pytest takes it."""
    at = VM / "tests" / path.partition("::")[0]
    return at.glob("*.py") if at.is_dir() else [at]


def have_marked(paths, marks):
    """Whether there are tests with these marks; a machine for none is waste."""
    texts = [file.read_text() for path in paths for file in files_of(path)]
    return all(any(f"pytest.mark.{mark}" in text for text in texts) for mark in marks)


def selected(name, words):
    """Of pytest's words, those that are for this set; None if they leave nothing of it."""
    values = {after for option, after in zip(words, words[1:]) if option in OPTIONS_WITH_VALUES}
    paths = [word for word in words
             if word not in values and (VM / "tests" / word.partition("::")[0]).exists()]
    ours = [path for path in paths if Path(path.partition("::")[0]).parts[0] == folder_of(name)]
    if paths and not ours:
        return None
    ours = ours or [folder_of(name)]
    if not have_marked(ours, marks_of(name, words)):
        return None
    return [word for word in words if word not in paths], ours


def pytest_command(name, words):
    """The command line of pytest in the machine."""
    more, paths = selected(name, words)
    if SETS[name].mark:
        more = [*more, "-m", " and ".join(marks_of(name, words))]
    return [
        *("python3", "-m", "pytest", "-v", "-p", "no:cacheprovider", "--tb=short"),
        *(f"--rootdir={TESTS}", f"--confcutdir={TESTS}", f"--timeout={TEST_SECONDS}"),
        *(f"--junitxml={OUT}/vm-{name}.xml", *more, *(f"tests/{path}" for path in paths)),
    ]


class Set:
    """One set of tests and the machines that it runs in."""

    def __init__(self, name, options):
        self.name, self._options = name, options
        self._kind = SETS[name]
        self._machine, self._system, self._begin = getattr(options, self._kind.flavour)

    def machine(self, careful, begin=None):
        """A machine that is not started yet."""
        return driver.Machine(self._machine, self._system, self._kind.profile,
                              os.environ["WGNL_CACHE"], begin=begin or self._begin, careful=careful,
                              bus=self._kind.bus)

    def run(self):
        """Runs the tests, again where the machine itself failed; a machine that fails otherwise is a
        failure of the set. Returns what went wrong, or an empty text."""
        once = self._run_boot if self.name == "boot" else self._run_once
        try:
            try:
                status = once(careful=False)
            except driver.MachineFault as fault:
                say(f"the machine failed, once more with a careful one: {str(fault).splitlines()[0]}")
                status = once(careful=True)
        except (driver.MachineError, native.Unusable) as error:
            say(f"machine ({self.name}): {error}")
            return str(error)
        return "" if status in (0, NOTHING_SELECTED) else f"pytest of {self.name} ended with status {status}"

    def _run_once(self, careful):
        start = time.monotonic()
        with self.machine(careful) as machine:
            say(f"machine ({self.name}, {machine.kind}) up in {time.monotonic() - start:.0f} s")
            status = self._test(machine)
            took, cost = time.monotonic() - start, machine.processor_seconds()
            say(f"machine ({self.name}) done in {took:.0f} s, {cost:.0f} s of a processor")
            return status

    def _run_boot(self, careful):
        """Two machines, one after the other: what the first wrote must come up in the second. Returns
        pytest's exit status of the second."""
        with tempfile.TemporaryDirectory(dir=os.environ["WGNL_CACHE"]) as folder:
            with self.machine(careful) as machine:
                machine.put([VM / "conftest.py", VM / "tests"], TESTS)
                prepare = ["python3", "tests/boot/before_boot.py"]
                if status := machine.run(prepare, cwd=TESTS, limit=SET_SECONDS):
                    return status
                machine.keep(Path(folder) / "kept")
            say("the first machine is cut off; the second boots from what it wrote")
            with self.machine(careful, Path(folder) / "kept") as machine:
                return self._test(machine)

    def _test(self, machine):
        """Runs the tests in a machine that is up; returns pytest's exit status."""
        machine.put([VM / "conftest.py", VM / "tests", *extras(), *self._options.program], TESTS)
        environment = {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1",
                       "WGNL_VM_PROFILE": self._kind.profile}
        try:
            return machine.run(pytest_command(self.name, self._options.pytest), cwd=TESTS,
                               env=environment, limit=SET_SECONDS)
        finally:
            self._collect(machine)

    def _collect(self, machine):
        """Brings out what the tests left and the whole journal; a dead machine has its own error."""
        try:
            machine.run(["sh", "-c", f"journalctl --no-pager >{OUT}/vm-{self.name}.journal"], limit=60)
            machine.get(OUT, self._options.results)
        except (driver.MachineError, OSError) as error:
            say(f"no results of {self.name}: {str(error).splitlines()[0]}")


def run_apart(name):
    """Runs this program once for that set, and passes on each of its lines with the set before it;
    returns the exit status."""
    command = [sys.executable, sys.argv[0], "--set", name, *sys.argv[1:]]
    with subprocess.Popen(command, text=True, errors="replace", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as run:
        for line in run.stdout:
            print(f"{name}: {line}", end="", flush=True)
    return run.returncode


def run_beside(names):
    """Runs the sets, some beside others (more than there are processors, since each waits now and then),
    each in machines of its own; returns 1 if one failed."""
    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        return 1 if any(list(pool.map(run_apart, names))) else 0


def can_run(options, kind):
    """Whether there is a machine for that kind of set, and it can have its bus."""
    machine = getattr(options, kind.flavour)
    return machine is not None and driver.can_run(machine[0], kind.bus)


def parse_arguments():
    parser = argparse.ArgumentParser()
    for flavour in ("plain", "desktop"):
        parser.add_argument(f"--{flavour}", nargs=3, metavar=("MACHINE", "SYSTEM", "BEGIN"),
                            help="the kind of its machines, what they run, and what they begin with")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--program", type=Path, action="append", default=[],
                        help="a program that the tests run in the machine; may be repeated")
    parser.add_argument("--set", choices=SETS, help="the one to run (default: every one that has a system)")
    parser.add_argument("pytest", nargs="*", help="what pytest is told, after `--`")
    return parser.parse_args()


def main():
    options = parse_arguments()
    if not options.set:
        return run_beside([name for name, kind in SETS.items()
                           if can_run(options, kind) and selected(name, options.pytest)])
    problem = Set(options.set, options).run()
    if problem:
        (options.results / f"vm-{options.set}.broken").write_text(problem)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
