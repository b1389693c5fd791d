# SPDX-License-Identifier: LGPL-2.1-or-later
"""Takes figures as the contenders have their turns. Nothing is dropped without a word: who cannot do a work,
or takes too long for it, has that in the place of a figure."""

import contextlib
import sys

from commands import Failed, TooLong


class Score:
    """Takes the figures of one round, and tells each contender how long it may take. Who failed at so
    many peers is not asked again."""

    def __init__(self, results, peers, limit, first_round):
        self._results, self._peers, self._limit = results, peers, limit
        self._first_round = first_round

    @contextlib.contextmanager
    def work(self, work, contender, kind):
        """Gives the limit, and a function that takes the seconds and, by name, those of processors."""
        cell = self._results.cell(work, contender, kind, self._peers)

        def done(seconds, **processor):
            cell.add(seconds, processor)
            print(f"    {contender}: {seconds:.3f} s  [{work}]", file=sys.stderr, flush=True)

        if cell.failed:
            raise Skip
        before = len(cell.samples)
        try:
            yield self._limit, done
            if len(cell.samples) == before:
                cell.failed = "failed: no figure"
        except TooLong as late:
            cell.failed = str(late)
            raise
        except Exception as why:
            cell.failed = f"failed: {in_words(why)}"
            raise
        finally:
            if cell.failed:
                print(f"    {contender}: {cell.failed}  [{work}]", file=sys.stderr, flush=True)

    def wants_memory(self):
        """Once, and early: a run that is broken off has it then."""
        return self._first_round

    def memory(self, unit, figures):
        self._results.memory.setdefault(self._peers, {})[unit] = figures


def in_words(why):
    """Of an error that nobody foresaw, its kind too."""
    said = str(why) if isinstance(why, Failed) else f"{type(why).__name__}: {why}"
    return said.replace("|", "/").replace("\n", " ")[:160]


class Skip(Failed):
    """It has failed before with so many peers."""


def rotated(things, by):
    return things[by % len(things):] + things[:by % len(things)]


def take_turn(turn, ground, score, told):
    """One turn; what breaks it is said, and ends it alone."""
    try:
        turn(ground, score)
    except Skip:
        pass
    except Exception as why:  # whatever it is: the others have hours of figures to give
        told(why)
