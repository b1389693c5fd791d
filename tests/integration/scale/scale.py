#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures, in the test machine, how long what wgnl does takes with more and more peers, beside the least
that the kernel can take for it, and beside what else does it. `script/bench scale` runs it."""

import argparse
import os
import platform
import sys
import time
from pathlib import Path

import turns
from commands import HERE, run
from ground import Ground
from peers import Peers
from results import Results
from score import Score, in_words, rotated, take_turn

OUT = Path("/run/wgnl-vm/out")
THREADS = Path("/proc/sys/kernel/threads-max")


def one_round(number, ground, score, told):
    """Everybody once, in another order each time."""
    for turn in rotated(turns.TURNS, number):
        ground.empty()
        take_turn(turn, ground, score, told)
    ground.empty()
    ground.fill()
    run("wgnl", "apply", turns.NETDEV)  # so that there is a record of what was applied
    for works in turns.ON_FULL:
        for turn in rotated(works, number):
            take_turn(turn, ground, score, told)


def whole_round(number, ground, score, results):
    """One round, and what there is then, kept."""
    def told(why):
        said = f"{len(ground.peers):,} peers, round {number + 1}: {in_words(why)}"
        if said not in results.broken:
            results.broken.append(said)
        print(f"    broken off: {said}", file=sys.stderr, flush=True)

    try:
        one_round(number, ground, score, told)
    except Exception as why:
        told(why)
    results.about["last round"] = f"{len(ground.peers):,} peers, round {number + 1}"
    results.save(OUT / "results.json")
    print(results.text(), flush=True)  # for the case that the machine dies later


def room_for(peers):
    """Newer kernels make a thread of their own for each peer."""
    THREADS.write_text(str(max(int(THREADS.read_text()), 2 * peers + 10000)))


def left_out(pyroute2):
    said = ["wgctrl-go: not measured; the apt of Debian 12 has no package of it", f"NetworkManager: above {turns.MOST_FOR_NM:,} peers",
            "networkd, NetworkManager: they have no work that does nothing, and show no peers"]
    if not pyroute2:
        said.append("pyroute2: apt has no package of it here")
        turns.TURNS.remove(turns.pyroute2)
    return said


def version(*argv):
    return run(*argv).splitlines()[0]


def about(options):
    return {"command": f"`script/bench scale --rounds {options.rounds} --peers {options.peers}`",
            "rounds": f"{options.rounds}; whoever takes more than {options.limit} s is asked once",
            "machine": f"native, Linux {platform.release()}, one processor; " + options.host,
            "systemd": version("systemctl", "--version"), "wg": version("wg", "--version"),
            "wgnl": version("wgnl", "--version")}


def numbers(words):
    return [int(each) for each in words.split(",")]


def parse():
    parser = argparse.ArgumentParser(prog="script/bench scale")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default="1,1000,10000,100000", help="numbers with commas between")
    parser.add_argument("--limit", type=float, default=120, help="seconds that one work may take")
    parser.add_argument("--host", default="", help="a word about the host, for the report")
    options = parser.parse_args()
    if options.rounds < 1 or options.limit <= 0 or min(numbers(options.peers)) < 1:
        parser.error("there is nothing to measure")
    return options


def prepare():
    for file in ("bench-floor",):
        os.chmod(HERE / file, 0o755)
    run("modprobe", "wireguard")
    Path("/etc/systemd/network").mkdir(exist_ok=True)
    OUT.mkdir(parents=True, exist_ok=True)


def main():
    options = parse()
    prepare()
    results = Results()
    results.left_out = left_out((HERE / "pyroute2").is_dir())
    results.about = about(options)
    for count in sorted(numbers(options.peers)):
        room_for(count)
        ground = Ground(Peers(count), Peers(0))
        for number in range(options.rounds):
            print(f"==> {count:,} peers, round {number + 1} of {options.rounds}", file=sys.stderr,
                  flush=True)
            score = Score(results, count, options.limit, first_round=number == 0)
            whole_round(number, ground, score, results)
        ground.close()
    print(f"==> done after {time.monotonic():.0f} s", file=sys.stderr)
    return 0 if results.works else 1


if __name__ == "__main__":
    sys.exit(main())
