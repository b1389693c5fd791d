# SPDX-License-Identifier: LGPL-2.1-or-later
"""Endpoints that are names: followed one peer at a time, beside sessions that nobody touches."""

from pathlib import Path

import pytest

import lab
from named import Dns, Server, problems, untouched
from test_scale import KEYS

# Detecting silence takes 15 s of traffic, a DNS server that is silent 10 s more.
PATIENCE = lab.longer(25)


class Named:
    """The world, a DNS server, and a fourth host that is known by its name."""

    def __init__(self, world):
        self.world = world
        self.dns = Dns()
        self.server = Server(4, world.hub.keys.public, "moving")
        self.counter = lab.SetCounter()
        self.watched = None

    def declare(self, *more, **section):
        self.world.hub.write(*self.world.sections(), self.server.section(**section), *more)

    def live(self):
        return self.world.live(self.server)

    def reached(self):
        return self.world.answers(self.server, 1)

    def declared_and_reached(self):
        """A live edit, which networkd does not read: only wgnl resolves the name."""
        self.declare()
        lab.eventually(self.reached, "the named peer answers", deadline=PATIENCE)
        self.settled()

    def settled(self):
        lab.eventually(lambda: lab.state(self.server.keys.public) == "established", "established")

    def watch(self, **more):
        """From now on the others are pinged, and every SET is counted."""
        self.counter.__enter__()
        self.pings = self.world.ping(*self.world.spokes, **more)
        self.watched = {s.netns: self.world.live(s) for s in self.world.spokes}

    def others_saw_nothing(self):
        """How many SETs there were meanwhile."""
        for ping in self.pings:
            counted = ping.finish()
            assert counted.lost == 0, counted
        untouched(self.watched, {s.netns: self.world.live(s) for s in self.world.spokes})
        return len(self.counter.messages())

    def close(self):
        if self.watched:
            self.counter.__exit__()
        self.server.close()
        self.dns.close()


@pytest.fixture
def named(world):
    made = Named(world)
    yield made
    made.close()


def test_peer_is_followed_to_another_address_and_no_other_is_touched(named):
    named.dns.set(moving=["192.168.4.2"])
    named.declared_and_reached()
    asked = named.dns.queries()
    named.watch()
    moved = named.server.move(3)
    named.dns.set(moving=[moved])

    silent = named.world.ping(named.server, interval=0.2)[0]
    lab.eventually(lambda: named.live()["endpoint"] == f"{moved}:51820", "the new endpoint",
                   deadline=PATIENCE)
    lab.eventually(named.reached, "it answers again", deadline=PATIENCE)
    silent.finish()

    sent, said = named.others_saw_nothing(), lab.journal("wgnld")
    print(f"{sent} SET messages, {named.dns.queries() - asked} queries; wgnld:\n{said[-1500:]}")
    assert sent == 1
    assert 1 <= named.dns.queries() - asked <= 8  # two for each time it was asked
    named.settled()
    assert lab.device_property("InSync") is True
    assert not problems(named.server.keys.public)
    assert "is sent to 192.168.4.3:51820 now, before to 192.168.4.2:51820" in said


@pytest.mark.parametrize("dead, alive", [("192.168.4.99", "fd00:4::2"),
                                         ("fd00:4::99", "192.168.4.2")])
def test_dead_address_of_one_family_makes_room_for_the_other(named, dead, alive):
    named.dns.set(moving=[dead, alive])
    named.watch()

    named.declare()

    lab.eventually(named.reached, "it answers", deadline=PATIENCE)
    assert alive in named.live()["endpoint"]
    named.settled()
    asked = named.dns.queries()
    assert named.others_saw_nothing() <= 3  # added, pointed to the one, pointed to the other
    assert named.dns.queries() == asked


def test_server_that_hangs_holds_up_nothing_else(named):
    named.dns.set(moving="HANG", quick=["192.168.4.2"])
    named.watch()
    named.declare()
    lab.eventually(lambda: named.dns.queries("moving"), "the question")

    first = named.world.spokes[0]
    named.world.hub.write(*named.world.sections(s1={"PersistentKeepalive": 21}),
                          named.server.section())
    named.world.in_kernel(first, "an edit of another peer", keepalive="21")
    added = "[WireGuardPeer]\nPublicKey={}\nAllowedIPs=10.78.0.1/32\nEndpoint=quick.wgnl.test:9\n"
    named.declare(added.format(KEYS[0]))
    lab.eventually(lambda: lab.dump().get(KEYS[0], {}).get("endpoint") == "192.168.4.2:9",
                   "another name")
    lab.eventually(lambda: problems(named.server.keys.public), "the problem", deadline=PATIENCE)
    named.world.in_kernel(first, "the edit taken back", keepalive="off")

    named.dns.set(moving=["192.168.4.2"])

    lab.eventually(named.reached, "it answers", deadline=PATIENCE)
    for ping in named.pings:
        counted = ping.finish()
        assert counted.lost == 0, counted


def test_the_resolver_holds_no_privilege_and_answers_wgnld_alone(named):
    named.dns.set(moving=["192.168.4.2"])
    named.declared_and_reached()

    status = Path(f"/proc/{lab.main_pid('wgnl-resolve')}/status").read_text()
    assert "CapEff:\t0000000000000000" in status and "CapBnd:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert "Uid:\t0" not in status
    asked = named.dns.queries()
    name = "org.wgnl.Resolve1"
    call = ("call", name, "/org/wgnl/Resolve1", name, "Resolve", "s", "moving.wgnl.test")
    for user in ("nobody", "systemd-network"):
        with pytest.raises(AssertionError, match="[Aa]ccess"):
            lab.busctl(*call, user=user)
    assert named.dns.queries() == asked
    assert lab.busctl(*call) == [[[2, [192, 168, 4, 2], 0]]]


def test_name_that_appears_only_later_is_a_problem_until_then(named):
    named.watch()
    named.declare()
    lab.eventually(lambda: problems(named.server.keys.public), "the problem")
    [[severity, where, text]] = problems(named.server.keys.public)
    assert "moving.wgnl.test" in text and "no such name" in text and "tried again" in text
    assert severity == "error" and where.startswith("wg0.netdev:")
    assert text.split(";")[0] in lab.run("wgnl", "show", "wg0")
    assert named.live()["allowed"] == {f"{named.server.inside}/32"}

    named.dns.set(moving=["192.168.4.2"])

    lab.eventually(named.reached, "it answers", deadline=PATIENCE)
    lab.eventually(lambda: not problems(named.server.keys.public), "no problem")
    assert named.others_saw_nothing() == 2  # added, and pointed to its address


def test_a_thousand_names(named):
    count = len(KEYS)
    named.dns.set(moving=["192.168.4.2"],
                  **{f"n{n}": [f"192.168.{100 + n // 250}.{n % 250 + 1}"] for n in range(count)})
    peers = [f"[WireGuardPeer]\nPublicKey={key}\nAllowedIPs=10.79.{n // 250}.{n % 250 + 1}/32\n"
             f"Endpoint=n{n}.wgnl.test:51820\n" for n, key in enumerate(KEYS)]
    named.watch(interval=0.5)

    named.declare(*peers)

    lab.eventually(lambda: named.dns.queries() >= 2 * count, "all are asked for", PATIENCE)
    def resolved():
        live = lab.dump()
        return all(live.get(key, {}).get("endpoint") ==
                   f"192.168.{100 + n // 250}.{n % 250 + 1}:51820" for n, key in enumerate(KEYS))
    lab.eventually(resolved, "a thousand endpoints", deadline=PATIENCE)
    lab.eventually(named.reached, "the one that is real", deadline=PATIENCE)
    sent = named.others_saw_nothing()
    print(f"{sent} SET messages for a thousand names")
    # Each is asked for once, as A and AAAA; where the machine is slow some have to be asked for again.
    assert 2 * count <= sum(named.dns.queries(f"n{n}") for n in range(count)) <= 3 * count


def test_name_that_networkd_resolved_is_followed_as_well(named):
    named.dns.set(moving=["192.168.4.2"])
    named.declared_and_reached()
    lab.run("networkctl", "reload")
    named.world.settle()
    lab.eventually(named.reached, "networkd resolved it", deadline=PATIENCE)
    named.settled()
    named.watch()
    moved = named.server.move(3)
    named.dns.set(moving=[moved])

    lab.eventually(named.reached, "it answers again", deadline=PATIENCE)

    assert named.live()["endpoint"] == f"{moved}:51820"
    assert named.others_saw_nothing() == 1
