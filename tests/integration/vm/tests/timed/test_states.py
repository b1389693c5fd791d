# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every state of a peer on the real kernel: reached, said on the bus, and left again."""

import time

import pytest

import lab
from stage import Peer, Stage

numbers = iter(range(10, 60))


@pytest.fixture(scope="module")
def stage(daemons):
    """In the end, each handshake was said once: none is missing, none came twice."""
    made = Stage()
    yield made
    seen = made.stamps.close()
    try:
        lab.eventually(lambda: len(made.handshakes_said()) >= len(seen), "all are said")
        print(f"{len(seen)} handshakes seen, {len(made.handshakes_said())} said")
        assert made.unsaid_and_doubled() == ([], [])
    finally:
        made.close()


@pytest.fixture
def peer(stage):
    made = Peer(stage, next(numbers))
    yield made
    made.close()


def test_dead_peer_under_traffic(stage, peer):
    """The kernel goes on sending data on the old keys, with a handshake tried every 5 s. Nobody asks:
    wgnld looks by itself."""
    peer.call()
    pings = lab.Pings(peer.far.inside, interval=1)
    try:
        peer.reaches("established")
        assert stage.device_state() == "established"
        peer.far.die()
        peer.stalls(True)
        peer.reaches("unreachable", 200)
        assert stage.device_state() == "unreachable"
        time.sleep(120)  # past the age of the session: still the same
        assert peer.state() == "unreachable"
        peer.far.revive()
        peer.reaches("established", asked=True)
    finally:
        pings.kill()
    assert not peer.get("Stalled")
    assert peer.states() == ["never", "established", "unreachable", "established"]


@pytest.mark.parametrize("keepalive", ["off", 25])
def test_route_that_breaks_under_traffic(peer, keepalive):
    """Nobody asks. The way is cut at its far end: all can still be sent."""
    peer.call(keepalive)
    pings = lab.Pings(peer.far.inside, interval=1)
    try:
        peer.reaches("established")
        time.sleep(30)  # of traffic that is answered
        lab.run("ip", "-n", peer.far.netns, "link", "set", "eth0", "down")
        peer.stalls(True)
        peer.reaches("unreachable", 200)
    finally:
        pings.kill()
    assert peer.states() == ["never", "established", "unreachable"]
    lab.run("ip", "-n", peer.far.netns, "link", "set", "eth0", "up")


def test_silence_that_ends_in_time_is_a_stall_and_nothing_else(peer):
    peer.call()
    pings = lab.Pings(peer.far.inside, interval=1)
    try:
        peer.reaches("established")
        peer.far.mute()
        peer.stalls(True)
        peer.far.unmute()
        peer.stalls(False)
    finally:
        pings.kill()
    assert peer.states() == ["never", "established"]


def test_one_unanswered_ping(peer):
    """Twenty initiations in 100 s, and then 180 s in which nothing more is sent."""
    peer.far.die()
    peer.call()
    peer.ping()
    for state in ("handshaking", "unreachable", "never"):
        peer.reaches(state, 400, asked=True)
    assert peer.states() == ["never", "handshaking", "unreachable", "never"]
    peer.far.revive()


def test_one_unanswered_ping_to_a_peer_that_was_there_once(stage, peer):
    peer.call()
    peer.ping()
    peer.reaches("established")
    peer.far.die()
    peer.reaches("idle", 300)
    assert stage.device_state() == "idle"
    peer.ping()
    for state in ("handshaking", "unreachable", "idle"):
        peer.reaches(state, 400, asked=True)
    assert peer.states() == ["never", "established", "idle", "handshaking", "unreachable", "idle"]
    peer.far.revive()


def test_no_route_to_a_peer_that_was_never_there(peer):
    """Nothing can be sent, so that no byte tells of it: the keepalive does."""
    peer.call(5, endpoint="203.0.113.9:51820")
    peer.reaches("unreachable", 200)
    assert lab.dump(peer.device)[peer.key]["tx"] == 0
    peer.call(5)
    peer.reaches("established")
    assert peer.states() == ["never", "unreachable", "established"]


def test_route_that_goes_away_and_comes_back(peer):
    peer.call(25)
    peer.reaches("established")
    lab.run("ip", "link", "set", f"v{peer.far.number}", "down")
    peer.reaches("idle", 300)
    peer.reaches("unreachable", 120)
    lab.run("ip", "link", "set", f"v{peer.far.number}", "up")
    peer.reaches("established", 120)
    assert peer.states() == ["never", "established", "idle", "unreachable", "established"]


def test_link_down_and_up(stage, peer):
    """The kernel keeps the time of the handshake, and has no key any more."""
    peer.call()
    peer.ping()
    peer.reaches("established")
    stamp = peer.get("LastHandshake")
    lab.run("ip", "link", "set", peer.device, "down")
    peer.reaches("down")
    assert stage.device_state() == "down"
    lab.run("ip", "link", "set", peer.device, "up")
    peer.reaches("idle")
    assert peer.get("LastHandshake") == stamp
    peer.ping()
    peer.reaches("established")
    assert peer.states() == ["never", "established", "down", "idle", "established"]


@pytest.mark.timeout(3600)  # of the guest's clock
def test_keepalive_300(peer):
    """A healthy session is older than 300 s before it is renewed: never a failure."""
    peer.call(300)
    peer.reaches("established")
    for _ in range(3):
        peer.reaches("idle", 300)
        peer.reaches("established", 300)
    peer.far.die()
    peer.reaches("idle", 300)
    peer.reaches("unreachable", 500)
    peer.far.revive()
    peer.ping()
    peer.reaches("established", 400)
    went = peer.states()
    assert went[:8] == ["never"] + ["established", "idle"] * 3 + ["established"]
    assert [state for state in went[8:] if state != "handshaking"] == [
        "idle", "unreachable", "established"]
    assert went.count("handshaking") <= 1


def test_peer_that_is_removed_and_device_that_is(stage, peer):
    peer.call()
    peer.ping()
    peer.reaches("established")
    stage.stamps.look()
    stage.hub.set(peer.key, "remove")
    peer.reaches("absent", asked=True)
    stage.hub.set(peer.key, "allowed-ips", f"{peer.far.inside}/32")
    peer.reaches("never", asked=True)
    lab.run("ip", "link", "del", peer.device)
    peer.reaches("absent")
    assert stage.device_state() == "absent"
    stage.hub.create()
    peer.reaches("down", asked=True)
    lab.run("ip", "link", "set", peer.device, "up")
    peer.reaches("never", asked=True)
    assert peer.states() == ["never", "established", "absent", "never", "absent", "down", "never"]
