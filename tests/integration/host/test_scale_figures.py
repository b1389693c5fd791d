# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `script/bench scale` makes of its figures: medians, ratios, growth, tables, curves."""

import pathlib
import re
import struct
import sys
import xml.etree.ElementTree

import pytest

sys.path.append(str(pathlib.Path(__file__).parents[1] / "scale"))
import curves  # noqa: E402
import figures  # noqa: E402
import peers  # noqa: E402
import report  # noqa: E402
from results import FLOOR, OURS, RIVAL, Results  # noqa: E402

WORK = "1. Fill"


def results_of(**rows):
    """`name={peers: samples}`; `floor`, `rival…` and all others, which are ours."""
    made = Results({"command": "none"})
    for name, cells in rows.items():
        kind = FLOOR if name == "floor" else RIVAL if name.startswith("rival") else OURS
        for size, samples in cells.items():
            cell = made.cell(WORK, name, kind, size)
            for sample in samples:
                cell.add(sample, {"wgnld": sample / 2} if kind == OURS else {})
    return made


@pytest.mark.parametrize("samples, expected", [
    ([3], (3, 3, 3)), ([5, 1, 9], (5, 1, 9)), ([4, 1, 2, 9], (3, 1, 9)),
    ([1, 1, 1, 100, 1], (1, 1, 100))])
def test_the_median_is_the_middle_in_whatever_order(samples, expected):
    assert figures.spread(samples) == expected
    assert figures.spread(samples[::-1]) == expected


def test_nothing_measured_has_no_median():
    with pytest.raises(ValueError):
        figures.spread([])


def test_ratios():
    assert figures.ratio(3, 2) == 1.5
    assert figures.ratio(2, 4) == 0.5
    assert figures.ratio(None, 2) is None and figures.ratio(2, None) is None
    assert figures.ratio(2, 0) is None


@pytest.mark.parametrize("power", [0, 0.5, 1, 1.3, 2])
def test_the_exponent_is_that_of_the_growth(power):
    less = 0.25
    assert figures.exponent(1000, less, 10000, less * 10 ** power) == pytest.approx(power)
    assert figures.exponent(10, less, 1000, less * 100 ** power) == pytest.approx(power)


@pytest.mark.parametrize("of", [(1000, 1, 1000, 2), (1000, 1, 10, 2), (1, 0, 10, 1), (1, 1, 10, 0)])
def test_no_exponent_of_what_does_not_grow(of):
    with pytest.raises(ValueError):
        figures.exponent(*of)


def test_only_what_is_worse_than_linear_is_too_steep():
    assert figures.too_steep({100: 0.1, 1000: 1, 10000: 10}) == []
    assert figures.too_steep({1000: 1, 10000: 10 ** 1.14}) == []
    steep = figures.too_steep({10000: 100, 1000: 1, 100: 0.1})
    assert [(few, many, round(power, 9)) for few, many, power in steep] == [(1000, 10000, 2)]


def test_what_is_shorter_than_a_disturbance_is_not_judged():
    assert figures.too_steep({1: 0.0001, 10: 0.019}) == []
    assert len(figures.too_steep({1: 0.0001, 10: 0.021})) == 1


def test_seconds_in_words():
    assert [figures.words(each) for each in (0.00449, 0.25, 1.234, 12.34, 123.4)] == [
        "0.004", "0.250", "1.23", "12.3", "123"]


def test_ratios_are_to_the_best_of_each_kind():
    results = results_of(floor={10: [1]}, apply={10: [2]}, rivalslow={10: [8]}, rivalfast={10: [4]})
    assert report.against(results, WORK, "apply", 10) == "2.00 × / 0.50 × rivalfast"
    assert results.best(WORK, RIVAL, 10) == (4, "rivalfast")


def test_who_failed_has_no_figure_and_is_named_all_the_same():
    results = results_of(floor={10: [1]}, apply={10: [2, 3]}, rival={10: [9]})
    results.cell(WORK, "rival", RIVAL, 10).failed = "> 120 s"
    results.cell(WORK, "apply", OURS, 10).failed = "failed: not in sync"
    written = report.document(results)
    assert re.search(r"\| rival \| > 120 s \|", written)
    assert re.search(r"\| \*\*apply\*\* \| failed: not in sync \|", written)
    assert results.best(WORK, RIVAL, 10) is None
    assert report.against(results, WORK, "apply", 10) == "–"
    assert results.seconds(WORK, "apply") == {}


def test_the_report_names_what_grows_too_fast_and_whose_it_is():
    results = results_of(floor={100: [1], 1000: [10]}, apply={100: [1], 1000: [100]})
    lines = report.steep(results)
    assert lines[2:-1] == [f"* {WORK}: apply (ours), 100 → 1,000 peers: n^2.00"]
    assert "Nothing grows so." in report.steep(results_of(floor={100: [1], 1000: [10]}))


def test_every_table_has_as_many_cells_as_its_head():
    written = report.document(results_of(floor={1: [1], 10: [2]}, apply={10: [4, 2, 3]}))
    tables = re.findall(r"(?:^\|.*\n)+", written, re.MULTILINE)
    assert len(tables) == 3, "seconds, ratios, processors"
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1, table
    assert "| **apply** | – | 3.00 (2.00–4.00) |" in written
    assert "| wgnld | – | 1.50 |" in written


def test_results_are_read_as_they_were_written(tmp_path):
    results = results_of(floor={1: [1], 1000: [2]}, apply={1000: [4, 2]})
    results.memory[1000] = {"wgnld": {"rss": 5, "pss": 4}}
    results.left_out, results.broken = ["this"], ["that broke"]
    results.cell(WORK, "rival", RIVAL, 1000).failed = "> 5 s"
    results.save(tmp_path / "results.json")
    written = report.document(Results.load(tmp_path / "results.json"))
    assert written == report.document(results)
    assert "* that broke" in written and "* this" in written


def test_works_are_told_by_their_number_whoever_came_first(tmp_path):
    results = Results()
    for work in ("2. Second", "1. First", "3. Third"):
        results.cell(work, "apply", OURS, 1).add(1, {})
    results.save(tmp_path / "results.json")
    written = report.document(Results.load(tmp_path / "results.json"))
    assert re.findall(r"### (\d)\.", written) == ["1", "2", "3"]


def test_a_few_peers_have_no_share_of_the_memory():
    results = results_of(apply={1: [1]})
    figures_ = {"rss": 8000, "pss": 4000, "a_peer": 512, "rss_after": 9000, "a_peer_after": 768}
    results.memory = {1: {"wgnld": figures_}, 1000: {"wgnld": figures_}}
    lines = [line for line in report.memory(results) if "wgnld" in line]
    assert lines == ["| 1 | wgnld | 8,000 | 4,000 | – | 9,000 | – |",
                     "| 1,000 | wgnld | 8,000 | 4,000 | 512 | 9,000 | 768 |"]


def test_what_is_written_takes_the_place_between_the_marks_alone():
    text = f"before\n{report.BEGIN}\nold \\1\n{report.END}\nafter\n"
    once = report.between(text, "new \\2")
    assert once == f"before\n{report.BEGIN}\nnew \\2\n{report.END}\nafter\n"
    assert report.between(once, "new \\2") == once
    for broken in ("", text + text, f"{report.BEGIN} alone"):
        with pytest.raises(ValueError):
            report.between(broken, "new")


def test_the_documents_have_the_place_for_it():
    text = (report.DOCS / "performance.md").read_text()
    assert report.between(text, "x").count("performance.svg") == 1


def lines_of(svg):
    """The curves of a picture: points of each."""
    root = xml.etree.ElementTree.fromstring(svg)
    name = "{http://www.w3.org/2000/svg}"
    return [[tuple(map(float, point.split(","))) for point in each.get("points").split()]
            for each in root.iter(f"{name}polyline")]


def test_the_curves_are_logarithmic_and_within_their_panel():
    svg = curves.draw({"Fill & more": {"linear": {1: 0.01, 10: 0.1, 100: 1}, "flat": {1: 1, 100: 1}},
                       "empty": {"none": {}}})
    linear, flat = lines_of(svg)
    left, top, width, height = curves.PLOT
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(linear, linear[1:])]
    assert steps[0] == pytest.approx(steps[1], abs=0.2) and steps[0][0] > 0 > steps[0][1]
    assert linear[0] == (left, top + height) and linear[-1] == (left + width, top)
    assert flat[0][1] == flat[1][1] == top
    assert "Fill &amp; more" in svg and "empty" not in svg


def test_a_long_name_stays_within_its_panel():
    name = "wgnl show --json, without wgnld"
    svg = curves.draw({"a": {name: {1: 1, 10: 2}}})
    at = float(re.search(rf'<text x="([0-9.]+)"[^>]*>{name}<', svg)[1])
    wide = 6.1  # pixels of a letter of that size, at most
    assert at + len(name) * wide <= curves.PANEL[0]


def test_one_point_is_a_curve_too():
    assert len(lines_of(curves.draw({"a": {"one": {1: 0.01}}}))) == 1


def test_each_contender_looks_the_same_everywhere_and_like_no_other():
    names = [f"n{number}" for number in range(2 * len(curves.COLOURS))]
    points = {1: 1, 10: 2}
    svg = curves.draw({"a": dict.fromkeys(names, points), "b": {names[7]: points}})
    looks = re.findall(r'<polyline .*?(stroke="#.*)/>', svg)
    assert len(looks) == len(names) + 1 and len(set(looks)) == len(names)
    assert looks[-1] == looks[7]


def contrast(colour, ground):
    """As the guidelines for accessible web content define it."""
    def luminance(text):
        parts = [int(text[at:at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
                            for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    brighter, darker = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("ground", ["#ffffff", "#0d1117"])
def test_every_colour_can_be_read_on_white_and_on_dark(ground):
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast(curves.TEXT, ground) >= 4
    for colour in curves.COLOURS:
        assert contrast(colour, ground) >= 3, colour


def test_the_same_peers_in_every_form():
    some = peers.Peers(3)
    changed = some.keys[1]
    some.change(changed, 300)
    for written in (some.netdev("wg0"), some.conf()):
        assert re.findall(r"PublicKey=(.*)", written) == [peers.text(key) for key in some.keys]
        assert re.findall(r"AllowedIPs=(.*)", written) == [f"10.128.0.{n}/32" for n in (1, 2, 3)]
        assert written.index(peers.text(changed)) < written.index("PersistentKeepalive=300")
        assert written.index("PersistentKeepalive=300") < written.index(peers.text(some.keys[2]))
    row = struct.Struct("<32s4sH")
    assert [row.unpack(some.plain()[at:at + 38]) for at in (34, 72, 110)] == [
        (key, bytes([10, 128, 0, n]), keepalive)
        for key, n, keepalive in zip(some.keys, (1, 2, 3), (0, 300, 0))]
    assert some.plain_one(changed) == some.plain()[:34] + some.plain()[72:110]
    assert peers.Peers(300).prefix(299) == "10.128.1.44/32"
