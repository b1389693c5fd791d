# SPDX-License-Identifier: LGPL-2.1-or-later
"""A profile that is private to a user, as GNOME Settings makes them, is live like any other."""

import lab
from nm_lab import DEVICE


def test_it_is_declared_and_an_edit_is_live(wgnl_daemons, quiet_world):
    world = quiet_world
    wgnl_daemons.run(True)
    world.profile.connection["permissions"] = ("as", ["user:nobody:"])
    world.begin()
    lab.eventually(world.is_declared, "wgnl-nm declares it")
    refused = lab.run("nmcli", "-g", "connection.id", "connection", "show", world.profile.id,
                      user="daemon", check=False)
    assert world.profile.id not in refused
    hidden = lab.run("wgnl", "status", DEVICE, "--json", user="daemon")
    shown = lab.run("wgnl", "status", DEVICE, "--json", user="nobody")
    for secret in (world.profile.path, world.spokes[1].keys.public):
        assert secret in shown and secret not in hidden

    world.peer(world.spokes[1])["persistent-keepalive"] = 17
    world.update()
    lab.eventually(world.as_in_the_profile, "an edit is live")
    assert lab.device_property("Origin", DEVICE) == world.profile.path
