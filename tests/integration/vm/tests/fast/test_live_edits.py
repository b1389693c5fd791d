# SPDX-License-Identifier: LGPL-2.1-or-later
"""Edits of /etc/systemd/network/wg0.netdev are live at once, and nobody else notices."""

import pytest

import lab

pytestmark = pytest.mark.bus


def test_wgnld_shows_the_three_peers_that_networkd_created(world):
    for spoke in world.spokes:
        lab.eventually(lambda: lab.state(spoke.keys.public) == "established",
                       f"{spoke.netns} established on the bus")

    assert lab.device_property("PeerCount") == 3
    assert lab.device_property("Mode") == "sync"
    assert lab.device_property("Source") == "networkd"
    assert lab.device_property("Origin") == str(world.hub.netdev)
    assert lab.device_property("Backend") == "kernel"
    assert lab.device_property("PublicKey") == world.hub.keys.public
    for spoke in world.spokes:
        seen, live = lab.peer_property(spoke.keys.public, "LastHandshake"), world.live(spoke)
        assert seen // 1_000_000 == live["handshake"]
        assert lab.peer_property(spoke.keys.public, "Endpoint") == live["endpoint"]


def test_an_unprivileged_user_reads_every_property_and_changes_nothing(world):
    device = lab.properties(lab.device_path("wg0"), f"{lab.BUS}.Device", user="nobody")
    manager = lab.properties("/org/wgnl/WireGuard1", f"{lab.BUS}.Manager", user="nobody")
    peers = [lab.properties(lab.peer_path("wg0", spoke.keys.public), f"{lab.BUS}.Peer",
                            user="nobody") for spoke in world.spokes]

    assert device["PeerCount"] == 3 and device["PublicKey"] == world.hub.keys.public
    assert manager["Devices"] == [lab.device_path("wg0")]
    assert [p["PublicKey"] for p in peers] == [s.keys.public for s in world.spokes]
    assert [p["AllowedIPs"] for p in peers] == [[f"{s.inside}/32"] for s in world.spokes]
    everything = str((device, manager, peers))
    assert world.hub.keys.private not in everything
    for argv in (("Withdraw", "s", "wg0"), ("Retain", "as", "0")):
        with pytest.raises(AssertionError, match="[Aa]ccess"):
            lab.busctl("call", lab.BUS, "/org/wgnl/WireGuard1", f"{lab.BUS}.Manager", *argv,
                       user="nobody")
    assert "established" in lab.run("wgnl", "status", "wg0", user="nobody")


def untouched(before, after):
    """Session, counters, roamed endpoint and configuration are those of before, going on."""
    assert lab.configured(before) == lab.configured(after)
    assert before["endpoint"] == after["endpoint"]
    lab.assert_same_session(before, after)
    assert after["rx"] > before["rx"] and after["tx"] > before["tx"]


@pytest.mark.smoke
def test_a_peer_added_changed_and_removed_is_live_without_reload_and_without_loss(world):
    first, second, passive = world.spokes
    fourth = lab.Spoke(4, world.hub.keys.public)
    first.roam(51999)
    lab.eventually(lambda: lab.run("ping", "-c", "1", "-W", "1", "10.77.0.1", check=False,
                                   netns=first.netns) and
                   world.live(first)["endpoint"].endswith(":51999"), "the hub sees it roam")
    before = {s.netns: world.live(s) for s in (first, passive)}
    pings = world.ping(first, passive)
    try:
        world.hub.write(*world.sections(), fourth.section())
        world.in_kernel(fourth, "the added peer", allowed={f"{fourth.inside}/32"})
        lab.eventually(lambda: "1 received" in lab.run("ping", "-c", "1", fourth.inside,
                                                       check=False), "an answer of the added peer")

        world.hub.write(*world.sections(s2={"PersistentKeepalive": "7", "AllowedIPs":
                                            f"{second.inside}/32, 10.99.0.0/24"}))
        world.in_kernel(second, "the changed peer", keepalive="7",
                        allowed={f"{second.inside}/32", "10.99.0.0/24"})
        lab.eventually(lambda: not world.live(fourth), "the removed peer goes")

        world.hub.write(*world.sections(s2=None))
        lab.eventually(lambda: not world.live(second), "the second removed peer goes")
        counted = [ping.finish() for ping in pings]
    finally:
        fourth.close()

    print("pings through untouched peers:", counted)
    assert [c.lost for c in counted] == [0, 0], counted
    assert all(c.sent > 20 for c in counted)
    for spoke in (first, passive):
        untouched(before[spoke.netns], world.live(spoke))
    assert lab.device_property("InSync") is True


def test_one_changed_peer_costs_one_set_message(world):
    with lab.SetCounter() as sets:
        world.hub.write(*world.sections(s1={"PersistentKeepalive": "11"}))
        world.in_kernel(world.spokes[0], "the change", keepalive="11")
        sent = sets.messages()
    assert len(sent) == 1 and sent[0] < 400, sent


def test_a_comment_costs_no_set_message(world):
    with lab.SetCounter() as sets:
        world.hub.write("# only a comment", *world.sections())
        world.hub.write(*world.sections(s1={"PersistentKeepalive": "12"}))
        world.in_kernel(world.spokes[0], "the change after it", keepalive="12")
        assert len(sets.messages()) == 1
