# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line behind script/vm: a shell in the test machine, or one run of given files."""

import argparse
import os
import sys
import time
from pathlib import Path

import driver
import native

FILES = "/var/lib/wgnl-vm/files"
OUT = "/run/wgnl-vm/out"


def run_files(machine, files, arguments):
    """Copies the files in, runs the first, and brings back what it left for the caller."""
    machine.put(files, FILES)
    start = 'chmod +x "$0" && exec "$0" "$@"'
    first = f"./{Path(files[0]).name}"
    status = machine.run(["sh", "-c", start, first, *arguments], cwd=FILES)
    if out := os.environ.get("WGNL_VM_OUT"):
        machine.get(OUT, out)
    return status


def parse(arguments):
    """The command line; what follows `--` goes to the first file."""
    parser = argparse.ArgumentParser(prog="script/vm")
    parser.add_argument("--machine", choices=driver.KINDS, required=True)
    parser.add_argument("--system", required=True, help="the folder that this kind runs")
    parser.add_argument("--begin", help="what an earlier machine has kept")
    parser.add_argument("--profile", choices=driver.PROFILES, default="fast")
    parser.add_argument("--deb", action="append", default=[])
    parser.add_argument("what", choices=["shell", "run", "keep"])
    parser.add_argument("files", nargs="*")
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(arguments[:cut])
    if options.what != "shell" and not options.files:
        parser.error(f"{options.what} needs a file")
    return options, arguments[cut + 1 :]


def work(machine, options, rest):
    """Does what was asked for in a machine that is up."""
    if options.what == "shell":
        return machine.shell()
    if options.what == "keep":
        machine.keep(options.files[0])
        return 0
    return run_files(machine, options.files, rest)


def main():
    options, rest = parse(sys.argv[1:])
    start = time.monotonic()
    try:
        with driver.Machine(options.machine, options.system, options.profile, os.environ["WGNL_CACHE"],
                            options.deb, options.begin) as machine:
            up = f"{options.machine}, {options.profile}) up in {time.monotonic() - start:.0f} s"
            print(f"==> machine ({up}", file=sys.stderr)
            return work(machine, options, rest)
    except (driver.MachineError, native.Unusable) as error:
        print(f"script/vm: {error}", file=sys.stderr)
        return 125


if __name__ == "__main__":
    sys.exit(main())
