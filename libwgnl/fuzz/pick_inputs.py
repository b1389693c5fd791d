#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Picks the inputs of a corpus that together reach most of the code.

usage: pick_inputs.py CONTROL FOLDER COUNT SIZE

CONTROL is the control file of libFuzzer's set cover merge: the number of files, the number of those
of the first corpus, their names, then `STARTED file size` and `FT file feature…` for each. At most
COUNT files of at most SIZE bytes are copied to FOLDER, named by their content. Files written by hand,
which have a suffix, stay where they are: what they reach need not be reached again.
"""

import hashlib
import sys
from pathlib import Path


def read_control(path):
    """Maps each file to the set of features that it reaches."""
    lines = path.read_text().splitlines()
    count = int(lines[0])
    names = lines[2:2 + count]
    reached = {}
    for line in lines[2 + count:]:
        kind, *numbers = line.split()
        if kind == "FT":
            reached[names[int(numbers[0])]] = set(map(int, numbers[1:]))
    return reached


def pick(reached, sizes, count):
    """Greedily: what adds most, and of those the smallest."""
    chosen, seen = [], set().union(*(reached[name] for name in reached if Path(name).suffix))
    while len(chosen) < count:
        best = max(reached, key=lambda name: (len(reached[name] - seen), -sizes[name], name))
        if not reached[best] - seen:
            break
        chosen.append(best)
        seen |= reached[best]
    return chosen


def main(control, folder, count, size):
    reached = read_control(Path(control))
    sizes = {name: Path(name).stat().st_size for name in reached}
    small = {name: features for name, features in reached.items() if sizes[name] <= int(size)}
    for name in pick(small, sizes, int(count)) if small else []:
        content = Path(name).read_bytes()
        (Path(folder) / hashlib.sha1(content).hexdigest()[:16]).write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
