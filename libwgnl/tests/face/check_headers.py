#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compiles each public header alone, as another project does: no macro and no folder of ours.

usage: check_headers.py INCLUDE_FOLDER COMPILER…
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FLAGS = ["-std=c++23", "-x", "c++", "-fsyntax-only", "-Werror", "-Wall", "-Wextra", "-Wpedantic",
         "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wold-style-cast", "-Wundef",
         "-Wnon-virtual-dtor", "-Wcast-qual", "-Wnull-dereference", "-Wmissing-declarations"]
NAMESPACE = 'namespace [[gnu::visibility("default")]] wgnl {'


def complaint(folder, header, compiler):
    """What is wrong with one header, or an empty text."""
    if NAMESPACE not in (folder / header).read_text(encoding="utf-8"):
        return f"{header}: it must open {NAMESPACE} or nothing of it is exported"
    text = f"#include <{header}>\n#include <{header}>\n"
    done = subprocess.run([*compiler, *FLAGS, "-I", str(folder), "-"], input=text, text=True,
                          capture_output=True, check=False)
    return "" if done.returncode == 0 else f"{header}:\n{done.stderr}"


def main():
    folder, compiler = Path(sys.argv[1]), sys.argv[2:]
    headers = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.hpp"))
    with ThreadPoolExecutor(2) as pool:
        wrong = [text for text in pool.map(lambda each: complaint(folder, each, compiler), headers)
                 if text]
    print(*wrong, f"{len(headers)} headers, {len(wrong)} wrong", sep="\n")
    return 1 if wrong or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
