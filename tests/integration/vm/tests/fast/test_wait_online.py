# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnl-wait-online@.service: holds network-online.target back until the tunnel has a handshake."""

import pytest

import lab

pytestmark = pytest.mark.bus

UNIT = "wgnl-wait-online@wg0.service"


def active(unit=UNIT):
    return lab.run("systemctl", "show", "--value", "-p", "ActiveState", unit).strip()


def test_the_unit_waits_for_a_handshake_and_holds_the_target_back(quiet_world):
    world = quiet_world
    lab.run("systemctl", "enable", UNIT)
    lab.run("systemctl", "stop", "network-online.target", UNIT)
    try:
        lab.run("systemctl", "--no-block", "start", "network-online.target")
        lab.eventually(lambda: active() == "activating", "the unit waits")
        assert active("network-online.target") == "inactive"

        world.begin()

        lab.eventually(lambda: active("network-online.target") == "active", "the network is online")
        assert active() == "active"
        assert lab.run("systemctl", "show", "--value", "-p", "Result", UNIT).strip() == "success"
    finally:
        lab.run("systemctl", "disable", UNIT)
        lab.run("systemctl", "stop", UNIT)


def test_it_has_no_privilege_and_fails_when_the_time_is_up(quiet_world):
    drop_in = "/run/systemd/system/wgnl-wait-online@.service.d"
    lab.run("mkdir", "-p", drop_in)
    with open(f"{drop_in}/soon.conf", "w", encoding="utf-8") as file:
        file.write("[Service]\nExecStart=\nExecStart=/usr/bin/wgnl wait --timeout 1s %i\n")
    lab.run("systemctl", "daemon-reload")
    try:
        lab.run("systemctl", "start", UNIT, check=False)
        assert active() == "failed"
        assert "there is no WireGuard device wg0" in lab.journal(UNIT)
        shown = lab.run("systemctl", "show", "-p", "ExecMainStatus,DynamicUser", UNIT)
        assert "ExecMainStatus=4" in shown and "DynamicUser=yes" in shown
    finally:
        lab.run("rm", "-r", drop_in)
        lab.run("systemctl", "daemon-reload")
        lab.run("systemctl", "reset-failed", UNIT, check=False)
    exposure = lab.run("systemd-analyze", "security", "--no-pager", UNIT)
    assert float(exposure.split("exposure level for")[1].split(": ")[1].split()[0]) <= 1.5
