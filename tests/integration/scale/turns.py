# SPDX-License-Identifier: LGPL-2.1-or-later
"""What each contender does in its turn: an empty device is filled, one of its peers is changed, and so
on. A turn gives its figures to `score.add(work, contender, …)`; what it cannot do raises Failed."""

import json
import os
import signal
import sys
import time

from commands import (HERE, OUTPUT, PATIENCE, Arrival, Failed, floor, idle, last_line, main_pid, measured,
                      memory_of, processor_of, run, write)
from ground import CONF, DEVICE, LINK, NETDEV, ONE, OURS, PLAIN, PROFILE
from ground import NETWORKD as SERVICE_OF_NETWORKD
from peers import text
from results import FLOOR, RIVAL
from results import OURS as WGNL

FILL = "1. File saved → all peers in the kernel"
CHANGE = "2. One peer of the file changed → live"
NOTHING = "3. Nothing to do"
SHOW = "4. Show everything"
LOOK = "5. Check and diff of the file"
KILLED = "6. wgnld killed → in sync again"
MOST_FOR_NM = 1000
DAEMON, NETWORKD = "wgnl: file saved", "networkd: file, reload"
QUESTIONS = 10000


def floors(in_each, name):
    """A turn of bench-floor that puts so many peers into each message."""
    def turn(ground, score):
        with score.work(FILL, name, FLOOR) as (limit, done):
            done(floor("add", DEVICE, PLAIN, in_each, limit=limit)["seconds"])
            ground.must_have_all()
    return turn


def by_command(name, kind, *argv):
    """A turn of one command that takes a file to an empty device."""
    def turn(ground, score):
        with score.work(FILL, name, kind) as (limit, done):
            seconds, processor = measured(*argv, limit=limit)
            ground.must_have_all()
            done(seconds, **({argv[0]: processor} if kind == WGNL else {}))
    return turn


def pyroute2(ground, score):
    """A message for each peer is all that it has."""
    with score.work(FILL, "pyroute2", RIVAL) as (limit, done):
        said = run(sys.executable, HERE / "with_pyroute2.py", DEVICE, PLAIN, limit=limit + PATIENCE)
        ground.must_have_all()
        done(json.loads(said)["seconds"])


class Spent:
    """What those units take of the processor from now on, until they are idle."""

    def __init__(self, units):
        self._units = units
        idle(units)
        self._before = {unit: processor_of(unit) for unit in units}

    def all(self):
        idle(self._units)
        return {unit: processor_of(unit) - before for unit, before in self._before.items()}


def saved(ground, text_of_file, limit, done, *changed):
    """The seconds from a saved .netdev file until the kernel is so, by wgnld and its adapter."""
    spent = Spent(OURS)
    arrival = Arrival(DEVICE, PLAIN, limit, *changed)
    begin = write(NETDEV, text_of_file)
    seconds = arrival.at() - begin
    ground.must_have_all()
    done(seconds, **spent.all())


def killed(bus, count, limit, done):
    """Of wgnld, and nobody but systemd and the adapter does anything about it."""
    pid = main_pid("wgnld")
    bus.forget()
    begin = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    moment = bus.applied(limit)
    bus.in_sync(count)
    done(moment - begin)


def remember_memory(ground, score, bus, before):
    """Of both processes at rest, and after many questions."""
    count = len(ground.peers)
    at_rest = {unit: memory_of(unit) for unit in OURS}
    bus.questions([text(key) for key in ground.peers.keys[:1000]], QUESTIONS)
    for unit in OURS:
        figures = dict(at_rest[unit], rss_after=memory_of(unit)["rss"])
        for name, of in (("a_peer", "rss"), ("a_peer_after", "rss_after")):
            figures[name] = (figures[of] - before[unit]["rss"]) * 1024 // count
        score.memory(unit, figures)


def daemon(ground, score):
    """wgnld and wgnl-networkd, from an empty file on."""
    ground.declare_none()
    bus = ground.start_ours()
    try:
        bus.wait_declared(0)
        before = {unit: memory_of(unit) for unit in OURS}
        with score.work(FILL, DAEMON, WGNL) as (limit, done):
            saved(ground, ground.peers.netdev(DEVICE), limit, done)
        bus.wait_declared(len(ground.peers))
        with score.work(CHANGE, DAEMON, WGNL) as (limit, done):
            saved(ground, ground.change_one(), limit, done, ONE)
        show("wgnl show --json, by the bus", score, len(ground.peers), "wgnl", "show", DEVICE, "--json")
        if score.wants_memory():
            remember_memory(ground, score, bus, before)
        with score.work(KILLED, "wgnl", WGNL) as (limit, done):
            killed(bus, len(ground.peers), limit, done)
    finally:
        bus.close()


def networkd(ground, score):
    """systemd-networkd alone."""
    ground.declare_none()
    ground.start_other(*SERVICE_OF_NETWORKD)
    until(LINK.exists, "networkd makes no device")
    with score.work(FILL, NETWORKD, RIVAL) as (limit, done):
        reloaded(ground, ground.peers.netdev(DEVICE), limit, done)
    with score.work(CHANGE, NETWORKD, RIVAL) as (limit, done):
        reloaded(ground, ground.change_one(), limit, done, ONE)


def reloaded(ground, text_of_file, limit, done, *changed):
    """The seconds from a saved .netdev file and networkctl reload until the kernel is so."""
    arrival = Arrival(DEVICE, PLAIN, limit, *changed)
    begin = write(NETDEV, text_of_file)
    run("networkctl", "reload", check=False, limit=limit)  # its patience with the bus may end before
    seconds = arrival.at() - begin
    ground.must_have_all()
    done(seconds)


def until(condition, otherwise):
    """For what is prepared, not measured."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise Failed(otherwise)
        time.sleep(0.05)


def network_manager(ground, score):
    """A profile that is loaded and brought up."""
    if len(ground.peers) > MOST_FOR_NM:
        return
    ground.start_other("NetworkManager")
    PROFILE.parent.mkdir(parents=True, exist_ok=True)
    with score.work(FILL, "NetworkManager: load, up", RIVAL) as (limit, done):
        arrival = Arrival(DEVICE, PLAIN, limit)
        begin = write(PROFILE, ground.peers.profile(DEVICE), mode=0o600)
        run("nmcli", "connection", "load", PROFILE, limit=limit)
        run("nmcli", "connection", "up", "scale", limit=limit + PATIENCE)
        done(arrival.at() - begin)
        ground.must_have_all()
    run("nmcli", "connection", "delete", "scale", check=False)


def show(name, score, count, *argv, kind=WGNL):
    """A command that writes something about each peer."""
    with score.work(SHOW, name, kind) as (limit, done):
        seconds, processor = measured(*argv, limit=limit)
        said = OUTPUT.read_text()
        keys = said.count('"public_key"') - 1 if kind == WGNL else said.count("\n") - 1
        if keys != count:
            raise Failed(f"{keys} peers shown: {last_line(said)}")
        done(seconds, **({argv[0]: processor} if kind == WGNL else {}))


def changed_by(name, kind, *argv):
    """A command that finds one peer of the file changed."""
    def work(ground, score):
        write(NETDEV, ground.change_one())
        with score.work(CHANGE, name, kind) as (limit, done):
            seconds, processor = measured(*argv, limit=limit)
            Arrival(DEVICE, PLAIN, 2, ONE).at()
            done(seconds, **({argv[0]: processor} if kind == WGNL else {}))
    return work


def changed_by_floor(ground, score):
    write(NETDEV, ground.change_one())
    with score.work(CHANGE, "floor: a dump and one message", FLOOR) as (limit, done):
        done(floor("change", DEVICE, ONE, limit=limit)["seconds"])
        Arrival(DEVICE, PLAIN, 2, ONE).at()


def only(work, name, kind, *argv):
    """A command that leaves all as it is."""
    def turn(_ground, score):
        with score.work(work, name, kind) as (limit, done):
            seconds, processor = measured(*argv, limit=limit)
            done(seconds, **({argv[0]: processor} if kind == WGNL else {}))
    return turn


def dumped(work):
    def turn(_ground, score):
        with score.work(work, "floor: a dump", FLOOR) as (limit, done):
            done(floor("dump", DEVICE, limit=limit)["seconds"])
    return turn


def shown(name, kind, *argv):
    return lambda ground, score: show(name, score, len(ground.peers), *argv, kind=kind)


# Those that begin with an empty device.
TURNS = [floors(32, "floor: 32 in a message"), floors(64, "floor: 64 in a message"),
         floors(0, "floor: 32 KiB in a message"), by_command("wg setconf", RIVAL, "wg", "setconf", DEVICE, CONF),
         by_command("wgnl apply", WGNL, "wgnl", "apply", NETDEV), daemon, networkd, network_manager,
         pyroute2]
# Those that begin with one that has all of them, each after the other; nobody else runs.
ON_FULL = [
    [changed_by_floor, changed_by("wg syncconf", RIVAL, "wg", "syncconf", DEVICE, CONF),
     changed_by("wgnl apply", WGNL, "wgnl", "apply", NETDEV)],
    [dumped(NOTHING), only(NOTHING, "wg syncconf", RIVAL, "wg", "syncconf", DEVICE, CONF),
     only(NOTHING, "wgnl apply", WGNL, "wgnl", "apply", NETDEV),
     only(NOTHING, "a program that does nothing", FLOOR, "true")],
    [dumped(SHOW), shown("wg show dump", RIVAL, "wg", "show", DEVICE, "dump"),
     shown("wgnl show --json, without wgnld", WGNL, "wgnl", "show", DEVICE, "--json")],
    [only(LOOK, "wgnl check", WGNL, "wgnl", "check", NETDEV),
     only(LOOK, "wgnl diff", WGNL, "wgnl", "diff", NETDEV)],
]
