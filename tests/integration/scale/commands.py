# SPDX-License-Identifier: LGPL-2.1-or-later
"""Commands and their time, and what the machine says of processes: all of it within limits."""

import json
import os
import select
import subprocess
import threading
import time
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup/system.slice")
HERE = Path(__file__).resolve().parent
FLOOR = HERE / "bench-floor"
OUTPUT = Path("/run/scale/output")
# Of what is no measurement: an answer of systemd, a device that comes.
PATIENCE = 200


class Failed(Exception):
    """A work that could not be done, and why, in a few words."""


class TooLong(Failed):
    """One that was given up."""


def run(*argv, check=True, limit=PATIENCE):
    """A command that is not measured; its output."""
    try:
        done = subprocess.run(list(map(str, argv)), text=True, timeout=limit, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        raise TooLong(f"> {limit:.0f} s") from None
    if check and done.returncode:
        raise Failed(f"{Path(str(argv[0])).name}: {last_line(done.stdout)}")
    return done.stdout


def last_line(said):
    lines = [each for each in said.splitlines() if each.strip()] or ["it says nothing"]
    return lines[-1].strip().replace("|", "/")[:120]


def wait_child(process, limit):
    """Until it ends; its exit status, and its seconds of the processor."""
    ended = os.pidfd_open(process.pid)
    try:
        if not select.select([ended], [], [], limit)[0]:
            process.kill()
            os.wait4(process.pid, 0)
            process.returncode = -9
            raise TooLong(f"> {limit:.0f} s")
    finally:
        os.close(ended)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime


def measured(*argv, limit):
    """The seconds from the start of a command to its end, and those of the processor. What it writes
    lies in OUTPUT then."""
    with OUTPUT.open("wb") as output:
        begin = time.monotonic()
        process = subprocess.Popen(list(map(str, argv)), stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT)
        status, processor = wait_child(process, limit)
        seconds = time.monotonic() - begin
    if status:
        raise Failed(f"{argv[0]}: {last_line(OUTPUT.read_text(errors='replace'))}")
    return seconds, processor


def floor(*words, limit=PATIENCE):
    """What bench-floor answers."""
    said = run(FLOOR, *words, limit=limit)
    return json.loads(said) if said else None


class Arrival:
    """Somebody who looks whether a device has all of these peers, from before they come."""

    def __init__(self, device, file, limit, *changed):
        self._limit = limit
        self._process = subprocess.Popen(
            [FLOOR, "wait", device, str(file), str(limit), *map(str, changed)], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self._process.stdout.readline() != "ready\n":
            raise Failed(f"bench-floor: {last_line(self._process.stderr.read())}")

    def at(self):
        """The moment of time.monotonic() at which all were there."""
        # Not communicate(), which would not find what was read along with the first line.
        end = threading.Timer(self._limit + PATIENCE, self._process.kill)
        end.start()
        with self._process:
            said, wrong = self._process.stdout.readline(), self._process.stderr.read()
        end.cancel()
        if self._process.returncode < 0:
            raise TooLong(f"> {self._limit:.0f} s")
        if self._process.returncode:
            if "within the limit" in wrong:
                raise TooLong(f"> {self._limit:.0f} s")
            raise Failed(f"bench-floor: {last_line(wrong)}")
        return json.loads(said)["at"]


def processor_of(unit):
    """What a unit's processes have taken of the processor so far, in seconds."""
    try:
        lines = (CGROUPS / f"{unit}.service" / "cpu.stat").read_text().splitlines()
    except FileNotFoundError:
        return 0.0
    return int(dict(line.split() for line in lines)["usage_usec"]) / 1e6


def idle(units, limit=PATIENCE):
    """Returns when those units have done nothing for a while."""
    end, before = time.monotonic() + limit, None
    while (now := [processor_of(unit) for unit in units]) != before and time.monotonic() < end:
        before = now
        time.sleep(0.5)


def main_pid(unit):
    return int(run("systemctl", "show", "-P", "MainPID", unit))


def memory_of(unit):
    """In KiB."""
    process = Path("/proc") / str(main_pid(unit))
    rss = next(line.split()[1] for line in (process / "status").read_text().splitlines()
               if line.startswith("VmRSS:"))
    pss = next(line.split()[1] for line in (process / "smaps_rollup").read_text().splitlines()
               if line.startswith("Pss:"))
    return {"rss": int(rss), "pss": int(pss)}


def write(path, text, mode=0o640):
    """Replaces a file in one step, as editors do, for networkd to read; the moment of that."""
    aside = path.with_name(path.name + ".new")
    aside.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.chown(aside, 0, NETWORKD_GROUP)
    aside.chmod(mode)
    moment = time.monotonic()
    aside.rename(path)
    return moment


def group_of_networkd():
    import grp
    try:
        return grp.getgrnam("systemd-network").gr_gid
    except KeyError:
        return 0


NETWORKD_GROUP = group_of_networkd()
