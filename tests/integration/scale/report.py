#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints what `script/bench scale` has measured as tables in Markdown, and puts them, and the curves, into
docs/performance.md and docs/performance.svg if it is told to."""

import argparse
import re
import sys
from pathlib import Path

import curves
import figures
from results import FLOOR, OURS, RIVAL, Results

DOCS = Path(__file__).resolve().parents[3] / "docs"
# With fewer peers, what a process takes of memory is not theirs.
LEAST_FOR_A_SHARE = 1000
BEGIN, END = "<!-- scale: begin -->", "<!-- scale: end -->"


def table(head, rows):
    """Lines of a table in Markdown."""
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head),
            *("| " + " | ".join(row) + " |" for row in rows), ""]


def measured(cell):
    """The words for one cell."""
    if cell is None:
        return "–"
    if cell.failed:
        return cell.failed
    spread = cell.spread()
    if spread is None:
        return "–"
    if len(cell.samples) == 1:
        return figures.words(spread.median)
    return (f"{figures.words(spread.median)} ({figures.words(spread.low)}–"
            f"{figures.words(spread.high)})")


def seconds_of(results, work, sizes):
    rows = []
    for name, cells in results.works[work].items():
        shown = f"**{name}**" if results.kinds[name] == OURS else name
        rows.append([shown, *(measured(cells.get(size)) for size in sizes)])
    return [f"### {work}", "", *table(["seconds, by the number of peers", *heads(sizes)], rows)]


def heads(sizes):
    return [f"{size:,}" for size in sizes]


def against(results, work, name, size):
    """How many times as long as the floor, and as the best rival."""
    cell = results.works[work][name].get(size)
    own = cell.median() if cell else None
    if own is None:
        return "–"
    said = []
    for kind in (FLOOR, RIVAL):
        best = results.best(work, kind, size)
        said.append(figures.times(figures.ratio(own, best[0])) + (f" {best[1]}" if kind == RIVAL else "")
                    if best else "–")
    return " / ".join(said)


def ratios(results, sizes):
    rows = [[work, name, *(against(results, work, name, size) for size in sizes)]
            for work, row in results.works.items() for name in row if results.kinds[name] == OURS]
    return ["### Ratios: to the floor / to the best rival", "",
            *table(["work", "ours", *heads(sizes)], rows)]


def processor(results, sizes):
    """Seconds of the processor that each process of ours took."""
    rows = []
    for work, row in results.works.items():
        for name, cells in row.items():
            for process in dict.fromkeys(p for cell in cells.values() for p in cell.processor):
                rows.append([work, name, process, *(of_process(cells.get(size), process)
                                                    for size in sizes)])
    return ["### Seconds of the processor", "", *table(["work", "by", "process", *heads(sizes)], rows)]


def of_process(cell, process):
    if cell is None or cell.failed or process not in cell.processor:
        return "–"
    return f"{figures.spread(cell.processor[process]).median:.2f}"


def memory(results):
    rows = []
    for size, each in sorted(results.memory.items()):
        for name, of in each.items():
            shown = {key: f"{value:,}" for key, value in of.items()
                     if size >= LEAST_FOR_A_SHARE or not key.startswith("a_peer")}
            rows.append([f"{size:,}", name, *(shown.get(key, "–") for key in (
                "rss", "pss", "a_peer", "rss_after", "a_peer_after"))])
    return ["### Memory", "", *table(
        ["peers", "process", "VmRSS, KiB", "Pss, KiB", "bytes a peer (VmRSS over that of none)",
         "VmRSS after the questions, KiB", "bytes a peer then"], rows)]


def steep(results):
    """Every call that grows faster than its input, said in words."""
    found = []
    for work, row in results.works.items():
        for name in row:
            for few, many, power in figures.too_steep(results.seconds(work, name)):
                whose = {FLOOR: "the kernel", OURS: "ours", RIVAL: "a rival"}[results.kinds[name]]
                found.append(f"* {work}: {name} ({whose}), {few:,} → {many:,} peers: n^{power:.2f}")
    return [f"### Faster than linearly (more than n^{figures.STEEPEST})", "",
            *(found or ["Nothing grows so."]), ""]


def document(results):
    """All of it in Markdown."""
    sizes = results.sizes()
    about = [f"* {key}: {value}" for key, value in results.about.items()]
    lines = [*about, "", "Medians (least–most) of the rounds.", ""]
    for work in results.works:
        lines += seconds_of(results, work, sizes)
    lines += [*ratios(results, sizes), *steep(results), *processor(results, sizes)]
    if results.memory:
        lines += memory(results)
    if results.broken:
        lines += ["### Broken off", "", *(f"* {each}" for each in results.broken), ""]
    if results.left_out:
        lines += ["### Left out", "", *(f"* {each}" for each in results.left_out), ""]
    return "\n".join(lines)


def picture(results):
    """The curves of every work."""
    return curves.draw({work: {name: results.seconds(work, name) for name in row}
                        for work, row in results.works.items()})


def between(text, written):
    """The document with that between its two marks."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"not one {BEGIN} and one {END}")
    return re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}",
                  lambda _: f"{BEGIN}\n{written}\n{END}", text, flags=re.DOTALL)


def write_docs(results, docs=DOCS):
    file = docs / "performance.md"
    file.write_text(between(file.read_text(), document(results)))
    (docs / "performance.svg").write_text(picture(results))


def main():
    parser = argparse.ArgumentParser(description="what was measured, in words and curves")
    parser.add_argument("folder", type=Path, help="where results.json is")
    parser.add_argument("--write-docs", action="store_true")
    options = parser.parse_args()
    results = Results.load(options.folder / "results.json")
    (options.folder / "curves.svg").write_text(picture(results))
    print(document(results))
    if options.write_docs:
        write_docs(results)
    return 0 if results.works else 1


if __name__ == "__main__":
    sys.exit(main())
