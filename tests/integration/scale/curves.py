# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws how seconds grow with the peers: an SVG of one panel a work, both axes logarithmic. Every colour
can be read on white and on black, because a picture does not know what it is shown on."""

import math
from xml.sax.saxutils import escape

TEXT, GRID = "#767676", "#9a9a9a"
COLOURS = ["#2f81f7", "#d0661a", "#2d9a4b", "#a25ddc", "#d9463f", "#178f9e", "#c2489a", "#9a6b34",
           "#5b7d1f", "#6f7fae"]
DASHES = ["", "7 3", "2 3", "9 3 2 3"]
PANEL = (560, 280)
PLOT = (52, 34, 280, 200)  # left, top, width, height within a panel
LINE_OF_LEGEND = 15
COLUMNS = 2


class Scale:
    """One logarithmic axis: values from `low` to `high` on pixels from `begin` to `end`."""

    def __init__(self, low, high, begin, end):
        self.low, self.high = math.floor(math.log10(low)), math.ceil(math.log10(high))
        self.high = max(self.high, self.low + 1)
        self.begin, self.end = begin, end

    def at(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)

    def decades(self):
        return [10.0 ** power for power in range(self.low, self.high + 1)]


def text(x, y, words, anchor="start", size=11, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
            f'font-weight="{weight}" fill="{TEXT}">{escape(words)}</text>')


def line(x1, y1, x2, y2):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{GRID}" '
            f'stroke-width="0.5" stroke-opacity="0.6"/>')


def tick(value):
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def axes(across, up):
    left, top, width, height = PLOT
    drawn = []
    for value in across.decades():
        x = across.at(value)
        drawn += [line(x, top, x, top + height), text(x, top + height + 14, tick(value), "middle", 10)]
    for value in up.decades():
        y = up.at(value)
        drawn += [line(left, y, left + width, y), text(left - 5, y + 3.5, tick(value), "end", 10)]
    return drawn


def curve(points, colour, dash, across, up):
    """One contender's line, with a mark at each measurement."""
    places = [(across.at(size), up.at(seconds)) for size, seconds in sorted(points.items())]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    marks = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in places]
    return [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8"{dashes}/>',
            *marks]


def legend(number, name, colour, dash):
    left, top, width, _ = PLOT
    x, y = left + width + 10, top + 8 + number * LINE_OF_LEGEND
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return [f'<line x1="{x}" y1="{y - 4}" x2="{x + 20}" y2="{y - 4}" stroke="{colour}" '
            f'stroke-width="1.8"{dashes}/>', text(x + 25, y, name, size=10)]


def panel(title, lines, looks):
    """`lines`: contender -> {peers: seconds}; `looks`: contender -> its colour and dashes."""
    left, top, width, height = PLOT
    sizes = [size for points in lines.values() for size in points]
    seconds = [each for points in lines.values() for each in points.values()]
    across = Scale(min(sizes), max(sizes), left, left + width)
    up = Scale(min(seconds), max(seconds), top + height, top)
    drawn = [text(left, 18, title, size=13, weight="bold"), *axes(across, up),
             text(left + width / 2, top + height + 30, "peers", "middle", 10),
             text(left - 5, top - 6, "seconds", "end", 10)]
    for number, (name, points) in enumerate(lines.items()):
        colour, dash = looks[name]
        drawn += curve(points, colour, dash, across, up) + legend(number, name, colour, dash)
    return drawn


def draw(panels):
    """The picture; `panels`: title -> contender -> {peers: seconds}. What is empty is left out."""
    panels = {title: {name: points for name, points in lines.items() if points}
              for title, lines in panels.items()}
    panels = {title: lines for title, lines in panels.items() if lines}
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    looks = {name: (COLOURS[n % len(COLOURS)], DASHES[n // len(COLOURS) % len(DASHES)])
             for n, name in enumerate(names)}
    rows = -(-len(panels) // COLUMNS)
    width, height = COLUMNS * PANEL[0], rows * PANEL[1]
    drawn = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             f'viewBox="0 0 {width} {height}" font-family="sans-serif">',
             "<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->"]
    for number, (title, lines) in enumerate(panels.items()):
        x, y = number % COLUMNS * PANEL[0], number // COLUMNS * PANEL[1]
        drawn += [f'<g transform="translate({x},{y})">', *panel(title, lines, looks), "</g>"]
    return "\n".join([*drawn, "</svg>"]) + "\n"
