# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was measured, as it is kept in results.json: for each work, contender and number of peers the
seconds of each round, or why there are none."""

import json

import figures

FLOOR, OURS, RIVAL = "floor", "ours", "rival"


class Cell:
    """One contender at one work with so many peers."""

    def __init__(self, samples=(), processor=None, failed=""):
        self.samples = list(samples)
        # Seconds of the processor, by the process that took them.
        self.processor = {name: list(each) for name, each in (processor or {}).items()}
        self.failed = failed

    def add(self, seconds, processor):
        self.samples.append(seconds)
        for name, each in processor.items():
            self.processor.setdefault(name, []).append(each)

    def spread(self):
        """None: it was not measured, or failed once; such figures are nobody's."""
        return None if self.failed or not self.samples else figures.spread(self.samples)

    def median(self):
        return spread.median if (spread := self.spread()) else None

    def plain(self):
        return {"samples": self.samples, "processor": self.processor, "failed": self.failed}


class Results:
    """All of it, in the order in which it was said. `about` is what was run, where and how."""

    def __init__(self, about=None):
        self.about = about or {}
        self.works = {}  # title -> contender -> peers -> Cell
        self.kinds = {}  # contender -> FLOOR, OURS or RIVAL
        self.memory = {}  # peers -> name -> figures
        self.left_out = []
        self.broken = []  # what went wrong beside the figures, in words

    def cell(self, work, contender, kind, peers):
        self.kinds[contender] = kind
        return self.works.setdefault(work, {}).setdefault(contender, {}).setdefault(peers, Cell())

    def sizes(self):
        return sorted({size for work in self.works.values() for row in work.values() for size in row})

    def seconds(self, work, contender):
        """The medians by the number of peers."""
        row = self.works[work][contender]
        return {size: row[size].median() for size in sorted(row) if row[size].median() is not None}

    def best(self, work, kind, size):
        """The shortest of that kind, as (seconds, contender); None: there is none."""
        found = [(cells[size].median(), name) for name, cells in self.works[work].items()
                 if self.kinds[name] == kind and size in cells and cells[size].median() is not None]
        return min(found, default=None)

    def text(self):
        """All of it as one line of JSON."""
        works = {work: {name: {str(size): cell.plain() for size, cell in row.items()}
                        for name, row in rows.items()} for work, rows in self.works.items()}
        memory = {str(size): figures_ for size, figures_ in self.memory.items()}
        return json.dumps({"about": self.about, "kinds": self.kinds, "works": works, "memory": memory,
                           "left_out": self.left_out, "broken": self.broken})

    def save(self, path):
        path.write_text(self.text() + "\n")

    @classmethod
    def load(cls, path):
        read = json.loads(path.read_text())
        made = cls(read["about"])
        made.kinds, made.left_out = read["kinds"], read["left_out"]
        made.broken = read["broken"]
        made.works = {work: {name: {int(size): Cell(**cell) for size, cell in row.items()}
                             for name, row in rows.items()}
                      for work, rows in sorted(read["works"].items())}
        made.memory = {int(size): each for size, each in read["memory"].items()}
        return made
