# SPDX-License-Identifier: LGPL-2.1-or-later
"""How `script/bench scale` takes its figures: what fails or lasts too long is told, never dropped."""

import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).parents[1] / "scale"))
import commands  # noqa: E402
import score  # noqa: E402
from results import OURS, Results  # noqa: E402

WORK = "1. Fill"


@pytest.fixture
def output(tmp_path, monkeypatch):
    monkeypatch.setattr(commands, "OUTPUT", tmp_path / "output")


@pytest.fixture
def floor_that(tmp_path, monkeypatch):
    """Stands in for bench-floor with a script of these lines."""
    def made(*lines):
        script = tmp_path / "bench-floor"
        script.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        script.chmod(0o755)
        monkeypatch.setattr(commands, "FLOOR", script)
    return made


def test_a_command_is_timed_from_its_start_to_its_end(output):
    seconds, processor = commands.measured("sh", "-c", "sleep 0.3; echo said", limit=60)
    assert seconds >= 0.3 > processor
    assert commands.OUTPUT.read_text() == "said\n"


def test_a_command_that_fails_is_told_with_its_last_words(output):
    with pytest.raises(commands.Failed, match="^sh: the reason / more$"):
        commands.measured("sh", "-c", "echo first; echo 'the reason | more' >&2; exit 3", limit=60)


def test_a_command_that_lasts_too_long_is_ended(output, tmp_path):
    with pytest.raises(commands.TooLong, match="^> 2 s$"):
        commands.measured("sh", "-c", f"echo $$ >{tmp_path}/pid; exec sleep 1000", limit=2)
    number = (tmp_path / "pid").read_text().strip()
    assert number and not pathlib.Path("/proc", number).exists()


def test_an_arrival_that_is_told_at_once_is_heard(floor_that):
    floor_that("printf 'ready\\n{\"at\": 7.5}\\n'")
    assert commands.Arrival("wg0", "peers", 5).at() == 7.5


def test_an_arrival_that_comes_later_is_heard(floor_that, tmp_path):
    there = tmp_path / "there"
    floor_that("echo ready", f"until [ -e {there} ]; do sleep 0.05; done", "echo '{\"at\": 8.5}'")
    arrival = commands.Arrival("wg0", "peers", 5)
    there.touch()
    assert arrival.at() == 8.5


def test_peers_that_do_not_come_are_too_late(floor_that):
    floor_that("echo ready", "echo bench-floor: not within the limit >&2", "exit 1")
    with pytest.raises(commands.TooLong, match="> 5 s"):
        commands.Arrival("wg0", "peers", 5).at()


def test_somebody_who_never_ends_looking_is_ended(floor_that, monkeypatch):
    monkeypatch.setattr(commands, "PATIENCE", 0.1)
    floor_that("echo ready", "exec sleep 1000")
    with pytest.raises(commands.TooLong):
        commands.Arrival("wg0", "peers", 0.1).at()


def test_a_kernel_that_refuses_is_told(floor_that):
    floor_that("echo bench-floor: No such device >&2", "exit 1")
    with pytest.raises(commands.Failed, match="No such device"):
        commands.Arrival("wg0", "peers", 5)


def score_of(results):
    return score.Score(results, 10, 5, True)


def take(results, turn):
    """What was told of that turn."""
    told = []
    score.take_turn(turn, None, score_of(results), told.append)
    return told


def turn_that(act):
    def turn(_ground, of):
        with of.work(WORK, "apply", OURS) as (limit, done):
            act(limit, done)
    return turn


def cell(results):
    return results.works[WORK]["apply"][10]


def test_a_figure_is_kept():
    results = Results()
    assert take(results, turn_that(lambda limit, done: done(limit / 2, wgnl=1))) == []
    assert cell(results).samples == [2.5] and cell(results).processor == {"wgnl": [1]}
    assert cell(results).median() == 2.5


def raising(error):
    def act(_limit, _done):
        raise error
    return act


@pytest.mark.parametrize("error, said", [
    (commands.Failed("not in sync"), "failed: not in sync"), (commands.TooLong("> 5 s"), "> 5 s"),
    (KeyError("at"), "failed: KeyError: 'at'"), (OSError("a | b"), "failed: OSError: a / b")])
def test_what_breaks_a_work_stands_in_its_place(error, said):
    results = Results()
    assert len(take(results, turn_that(raising(error)))) == 1
    assert cell(results).failed == said and cell(results).median() is None


def test_who_failed_is_not_asked_again_and_keeps_no_figure():
    results, asked = Results(), []
    take(results, turn_that(lambda limit, done: done(1)))
    take(results, turn_that(raising(commands.TooLong("> 5 s"))))
    assert take(results, turn_that(lambda limit, done: asked.append(done(1)))) == []
    assert asked == [] and cell(results).failed == "> 5 s" and cell(results).median() is None


def test_a_work_without_a_figure_failed():
    results = Results()
    take(results, turn_that(lambda limit, done: None))
    assert cell(results).failed == "failed: no figure"


def test_everybody_is_first_once():
    orders = [score.rotated([1, 2, 3], by) for by in range(4)]
    assert orders == [[1, 2, 3], [2, 3, 1], [3, 1, 2], [1, 2, 3]]
