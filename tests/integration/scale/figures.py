# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is made of measured seconds: medians, spreads, ratios, and how they grow with the peers."""

import math
from typing import NamedTuple

# From one number of peers to the next, t ~ n^exponent. What grows as its input does has 1.
STEEPEST = 1.15
# A difference below this is the machine's, not the program's.
SHORTEST_SECONDS = 0.02


class Spread(NamedTuple):
    """Of several measurements, the one in the middle and the two at the ends."""

    median: float
    low: float
    high: float


def spread(samples):
    """Of one measurement or more."""
    if not samples:
        raise ValueError("nothing was measured")
    ordered = sorted(samples)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return Spread(median, ordered[0], ordered[-1])


def ratio(of, to):
    """How many times as long; nothing where there is nothing to compare with."""
    return of / to if of is not None and to else None


def exponent(fewer, less, more, longer):
    """The power of the number of peers by which the seconds have grown: `less` seconds for `fewer`
    peers, `longer` ones for `more`."""
    if not 0 < fewer < more or less <= 0 or longer <= 0:
        raise ValueError(f"no growth from {fewer} peers in {less} s to {more} in {longer} s")
    return math.log(longer / less) / math.log(more / fewer)


def growth(seconds):
    """The exponents between successive numbers of peers, as (fewer, more, exponent)."""
    sizes = sorted(seconds)
    return [(few, many, exponent(few, seconds[few], many, seconds[many]))
            for few, many in zip(sizes, sizes[1:])]


def too_steep(seconds):
    """Those steps of `growth` that are worse than linear, and longer than what a machine disturbs."""
    return [step for step in growth(seconds)
            if step[2] > STEEPEST and seconds[step[1]] > SHORTEST_SECONDS]


def words(seconds):
    """So many seconds with the digits that mean something."""
    if seconds >= 100:
        return f"{seconds:.0f}"
    if seconds >= 10:
        return f"{seconds:.1f}"
    return f"{seconds:.2f}" if seconds >= 1 else f"{seconds:.3f}"


def times(value):
    """A ratio in words."""
    if value is None:
        return "–"
    return f"{value:.0f} ×" if value >= 10 else f"{value:.2f} ×"
