# SPDX-License-Identifier: LGPL-2.1-or-later
"""A mistake never widens access, never stops the rest, and never goes unsaid."""

import lab


def line_of(path, text):
    """Number of the line that holds `text`."""
    return next(n for n, line in enumerate(path.read_text().splitlines(), 1) if text in line)


def test_five_mistakes_in_one_file(world):
    first, second, third = world.spokes
    psk = lab.genpsk()
    keyed = lab.Spoke(4, world.hub.keys.public, psk=psk)
    good = lab.Spoke(5, world.hub.keys.public)
    try:
        world.hub.write(*world.sections(), keyed.section())
        world.in_kernel(keyed, "the peer with a preshared key", psk=psk)
        before = {s.netns: lab.configured(world.live(s)) for s in (first, second, third, keyed)}
        pings = world.ping(first, second, third)

        world.hub.write(
            first.section(PersistentKeepalive="foo"),
            second.section(Endpoint="192.168.2.2"),
            third.section(AllowedIPs=f"{third.inside}/32, 10.300.0.0/16"),
            keyed.section(PresharedKey="notbase64!!"),
            "[WireGuardPeer]\nPublicKey=tooshort\nAllowedIPs=10.0.0.0/8\n",
            good.section())
        world.in_kernel(good, "the good peer beside the mistakes",
                        allowed={f"{good.inside}/32"})

        after = {s.netns: lab.configured(world.live(s)) for s in (first, second, third, keyed)}
        assert after == before, "a live peer whose section got a mistake stays as it is"
        assert len(lab.dump()) == 1 + 5, "nothing is opened that was not written"
        counted = [ping.finish() for ping in pings]
        assert [c.lost for c in counted] == [0, 0, 0], counted
        said_everywhere(world, ("PersistentKeepalive=foo", "Endpoint=192.168.2.2",
                                "10.300.0.0/16", "PresharedKey=notbase64!!",
                                "PublicKey=tooshort"), psk)
    finally:
        keyed.close()
        good.close()


def said_everywhere(world, mistakes, secret):
    """Each mistake is on the bus, in `wgnl check` and in the journal, with file and line."""
    on_bus = lab.device_property("Problems")
    checked = lab.run("wgnl", "check", world.hub.netdev, check=False)
    journal = lab.journal("wgnl-networkd", "wgnld")
    for mistake in mistakes:
        where = f"{world.hub.netdev}:{line_of(world.hub.netdev, mistake)}"
        assert any(entry[1] == where for entry in on_bus), (where, on_bus)
        assert where in checked, (where, checked)
        assert where in journal, (where, journal)
    assert secret not in checked + journal + str(on_bus)


def test_repairing_the_mistake_applies_the_section(world):
    first = world.spokes[0]
    world.hub.write(*world.sections(s1={"PersistentKeepalive": "foo"}))
    lab.eventually(lambda: lab.device_property("Problems"), "the problem on the bus")

    world.hub.write(*world.sections(s1={"PersistentKeepalive": "9"}))
    world.in_kernel(first, "the repaired line", keepalive="9")
    lab.eventually(lambda: not lab.device_property("Problems"), "the problem is gone")
