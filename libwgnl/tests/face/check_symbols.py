#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares what libwgnl exports with the committed list: nothing goes or comes unnoticed.

usage: check_symbols.py LIBRARY LIST [--update]
"""

import re
import struct
import subprocess
import sys
from pathlib import Path

HEAD = """\
# SPDX-License-Identifier: LGPL-2.1-or-later
# What libwgnl exports on 64-bit machines: the symbol with its version, and the same for people.
# A test compares. After a change of the public headers: ninja -C BUILD update-exported-symbols
# A line that is gone or different breaks programs built before: then raise wgnl_soversion in
# libwgnl/meson.build and the name of the version in libwgnl/libwgnl.map.
"""
# Strong definitions, and the explicit instances of templates. Inline constants ("u", "V") are
# exported by some compilers only, and every program has its own of them.
KINDS = "TBDRW"


def exported(library):
    """Symbols with their versions, sorted; those of the version itself left out."""
    table = subprocess.run(["nm", "-D", "--defined-only", "--with-symbol-versions", library],
                           stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = [line.split() for line in table.splitlines()]
    return sorted({name for _, kind, name in rows if kind in KINDS})


def sentence(symbol):
    """The symbol as C++, shortened where the standard library is wordy."""
    name = subprocess.run(["c++filt", symbol.split("@")[0]], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.strip()
    name = re.sub(r"std::(__cxx11::)?basic_string<char, [^()]*?std::allocator<char> ?>",
                  "std::string", name)
    return name.replace("std::basic_string_view<char, std::char_traits<char> >",
                        "std::string_view")


def listed(path):
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line.split()[0] for line in lines if line and not line.startswith("#")]


def main():
    library, path = sys.argv[1], Path(sys.argv[2])
    now = exported(library)
    if "--update" in sys.argv:
        text = "".join(f"{symbol}  {sentence(symbol)}\n" for symbol in now)
        path.write_text(HEAD + text, encoding="utf-8")
        return 0
    if struct.calcsize("P") != 8:
        print("the names of symbols differ where pointers are not 64 bits wide: not compared")
        return 77
    before = listed(path)
    gone = [f"gone: {symbol}  {sentence(symbol)}" for symbol in before if symbol not in now]
    new = [f"new:  {symbol}  {sentence(symbol)}" for symbol in now if symbol not in before]
    print(*gone, *new, f"{len(now)} symbols, {len(gone)} gone, {len(new)} new", sep="\n")
    if gone or new:
        print(f"\nIf this is meant, follow the head of {path}.")
    return 1 if gone or new or not now else 0


if __name__ == "__main__":
    sys.exit(main())
