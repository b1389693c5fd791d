# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line behind script/vm: a shell in the test machine, or one run of given files."""

import argparse
import os
import sys
import time
from pathlib import Path

import driver
import qemu

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
    parser.add_argument("--image", required=True)
    parser.add_argument("--profile", choices=qemu.PROFILES, default="fast")
    parser.add_argument("--deb", action="append", default=[])
    parser.add_argument("what", choices=["shell", "run"])
    parser.add_argument("files", nargs="*")
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(arguments[:cut])
    if options.what == "run" and not options.files:
        parser.error("run needs a file")
    return options, arguments[cut + 1 :]


def main():
    options, rest = parse(sys.argv[1:])
    cache, start = os.environ["WGNL_CACHE"], time.monotonic()
    try:
        with driver.Machine(options.image, options.profile, cache, options.deb) as machine:
            up = f"{options.profile}, {machine.accelerator}) up in {time.monotonic() - start:.0f} s"
            print(f"==> machine ({up}", file=sys.stderr)
            if options.what == "shell":
                return machine.shell()
            return run_files(machine, options.files, rest)
    except driver.MachineError as error:
        print(f"script/vm: {error}", file=sys.stderr)
        return 125


if __name__ == "__main__":
    sys.exit(main())
