# SPDX-License-Identifier: LGPL-2.1-or-later
"""What README and the manuals print to be typed: every block, as a reader copies it."""
import re
from typing import NamedTuple


class Block(NamedTuple):
    """`kind` is what stands behind the fence; empty in manuals and where nothing does."""

    document: str
    kind: str
    text: str

    @property
    def name(self):
        """By which the tests know it: the document and the first line."""
        return f"{self.document}: {self.text.splitlines()[0].strip()}"


def fenced(document, text):
    return [Block(document, found[1], found[2])
            for found in re.finditer(r"(?ms)^```(\w*)\n(.*?)^```$", text)]


def plain(line):
    """A line of scdoc's as the manual shows it."""
    return re.sub(r"\\(.)", r"\1", line.removeprefix("\t").removesuffix("++"))


def indented(document, text):
    """The examples of a manual: what is set in behind a line that is not."""
    found, before, gap, lines = [], "", True, []
    for line in [*re.sub(r"(?ms)^```.*?^```$", "", text).splitlines(), ""]:
        if lines and line:
            lines.append(plain(line))
        elif lines:
            found.append(Block(document, "", "\n".join(lines) + "\n"))
            before, lines = "\t", []
        elif line.startswith("\t") and not before.startswith("\t") and gap:
            lines.append(plain(line))
        gap = not line
        before = line or before
    return found


def blocks(document, text):
    found = fenced(document, text)
    return found + (indented(document, text) if document.endswith(".scd") else [])
