# SPDX-License-Identifier: LGPL-2.1-or-later
"""A hundred random edits in a row, beside pings that are never to notice one."""

import shutil
from pathlib import Path

import pytest

import lab
from edited_peers import KEYS, Expected, Model

EDITS = 100
SEED = 20261123
DROPINS = {"etc": Path("/etc/systemd/network/wg0.netdev.d/50-more.conf"),
           "run": Path("/run/systemd/network/wg0.netdev.d/60-more.conf")}
PLACES = ["main", *DROPINS]


class Files:
    """Writes the files of a model, now in one step and now in place."""

    def __init__(self, hub, model):
        self.hub, self.model = hub, model
        for folder in (KEYS, *(path.parent for path in DROPINS.values())):
            folder.mkdir(parents=True, exist_ok=True)

    def write(self, places):
        for peer in self.model.peers:
            if peer.psk and peer.psk_in_file:
                self.put(peer.key_file, peer.psk + "\n")
        for place in dict.fromkeys(places):
            self.write_place(place)

    def write_place(self, place):
        sections = self.model.sections(place)
        if place == "main":
            self.put(self.hub.netdev, self.hub.head() + "\n".join(sections))
        elif sections:
            self.put(DROPINS[place], "\n".join(sections))
        else:
            DROPINS[place].unlink(missing_ok=True)

    def put(self, path, text):
        if path.exists() and path.read_text() == text:
            return
        if path.exists() and self.model.random.random() < 0.3:
            path.write_text(text)
            return
        aside = path.with_suffix(".new")
        aside.write_text(text)
        shutil.chown(aside, "root", "systemd-network")
        aside.chmod(0o640)
        aside.rename(path)

    @staticmethod
    def remove():
        for folder in (KEYS, *(path.parent for path in DROPINS.values())):
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def edited(world):
    model = Model(SEED, world.spokes, PLACES)
    files = Files(world.hub, model)
    yield model, files
    files.remove()


def settle(applied, expected, what):
    """Every change is told on the bus; the last one of an edit leaves the module as it is to be."""
    while True:
        applied.next(f"the end of {what}")
        if not expected.differences() and lab.device_property("InSync"):
            return


def test_a_hundred_random_edits_lose_nothing(world, edited):
    model, files = edited
    print("seed", SEED)
    expected = Expected(model)
    with lab.Signals("Applied") as applied, lab.SetCounter() as sets:
        # Before 6.16 the kernel refuses the first removal of a single prefix that wgnld ever tries,
        # which then does it in another way: an addition, a try, a removal. Later ones need no try.
        for prefixes in ([model.pool[0]], []):
            model.peers[0].prefixes = model.peers[0].prefixes[:1] + prefixes
            files.write(["main"])
            expected.take(model)
            settle(applied, expected, "the first removal")
        assert len(sets.messages()) in (2, 3)

        pings = world.ping(*world.spokes)
        before = {spoke.netns: world.live(spoke) for spoke in world.spokes}
        messages = changed = 0
        for number in range(EDITS):
            name, places = model.edit()
            files.write(places)
            peers = expected.take(model)
            settle(applied, expected, f"edit {number} ({name})")
            sent = sets.messages()
            assert len(sent) <= peers, (number, name, sent, peers)
            messages, changed = messages + len(sent), changed + peers
        counted = [ping.finish() for ping in pings]

    print(f"{EDITS} edits changed {changed} peers with {messages} SET messages; pings: {counted}")
    assert [c.lost for c in counted] == [0, 0, 0], counted
    assert changed > EDITS / 2
    for spoke in world.spokes:
        live = world.live(spoke)
        assert live["rx"] > before[spoke.netns]["rx"]
        assert live["endpoint"] == before[spoke.netns]["endpoint"]
    print(lab.run("wgnl", "diff", world.hub.netdev))
