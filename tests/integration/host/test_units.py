# SPDX-License-Identifier: LGPL-2.1-or-later
"""The units: systemd finds nothing wrong with them, and little to attack; and daemons come back."""
import os
import pathlib
import re
import subprocess

import pytest

from conftest import DEADLINE, TOP

BUILD = pathlib.Path(os.environ["WGNL_BUILD"])
PROGRAMS = {"@bindir@/wgnl": BUILD / "cli/wgnl",
            "@libexecdir@/wgnl-metrics": BUILD / "cli/metrics/wgnl-metrics",
            "@libexecdir@/wgnl-nm": BUILD / "plugins/nm/service/wgnl-nm",
            "@libexecdir@/wgnl-networkd": BUILD / "plugins/networkd/wgnl-networkd",
            "@libexecdir@/wgnl-resolve": BUILD / "dbus/resolve/wgnl-resolve",
            "@libexecdir@/wgnld": BUILD / "dbus/wgnld/wgnld",
            "@libdir@": "/usr/lib"}
# How much each is exposed, at most, in tenths of what systemd-analyze(1) says.
EXPOSURE = {"wgnl-metrics.service": 2, "wgnl-networkd.service": 4, "wgnl-nm.service": 9,
            "wgnl-resolve.service": 11, "wgnl-userspace@.service": 18, "wgnl-wait-online@.service": 2,
            "wgnld.service": 18}
UNITS = [*EXPOSURE, "wgnl-metrics.socket"]
# Newer than the oldest systemd that the units are for, which passes over them.
NEWER_KEYS = ("ImportCredential",)


@pytest.fixture
def units(tmp_path):
    """The units as they are installed, but with the programs of the build."""
    for unit in UNITS:
        text = (TOP / f"units/{unit}.in").read_text(encoding="utf-8")
        for there, here in PROGRAMS.items():
            text = text.replace(there, str(here))
        (tmp_path / unit).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_sound(units, unit):
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", units / unit],
                          env={**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"}, text=True,
                          check=False, capture_output=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines()
            if "wgnl" in line and not any(key in line for key in NEWER_KEYS)] == []


def exposure(unit):
    """In tenths."""
    said = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", unit],
                          text=True, check=False, capture_output=True, timeout=DEADLINE)
    found = re.search(r"exposure level for \S+: (\d+)\.(\d)", said.stdout)
    return int(found[1]) * 10 + int(found[2])


@pytest.mark.parametrize("unit", EXPOSURE)
def test_little_of_a_unit_is_exposed(units, unit):
    assert exposure(units / unit) <= EXPOSURE[unit]
    loose = units / f"loose-{unit}"
    text = (units / unit).read_text(encoding="utf-8")
    loose.write_text(re.sub(r"(?m)^(RestrictNamespaces|ProtectSystem|UMask)=.*\n", "", text), encoding="utf-8")
    assert exposure(loose) > EXPOSURE[unit], "it would be seen"


@pytest.mark.parametrize("unit", [unit for unit in EXPOSURE if unit.startswith("wgnl-networkd")])
def test_the_adapter_sees_of_home_what_networkd_sees(unit):
    assert "ProtectHome=yes" in (TOP / f"units/{unit}.in").read_text(encoding="utf-8").splitlines()


def test_no_unit_takes_the_sockets_of_others():
    """RuntimeDirectory= gives a folder, and all that is in it, to the unit's user."""
    for unit in EXPOSURE:
        text = (TOP / f"units/{unit}.in").read_text(encoding="utf-8")
        assert "RuntimeDirectory=wireguard" not in text, unit
    users = {unit: re.findall(r"(?m)^User=(.*)$", (TOP / f"units/{unit}.in").read_text(encoding="utf-8"))
             for unit in EXPOSURE}
    assert users["wgnl-userspace@.service"] == ["wgnl-userspace"]
    assert users["wgnld.service"] == ["wgnl"]

@pytest.mark.parametrize("unit", ["wgnld", "wgnl-networkd", "wgnl-nm", "wgnl-resolve"])
def test_a_daemon_comes_back_each_time(unit):
    lines = (TOP / f"units/{unit}.service.in").read_text(encoding="utf-8").splitlines()

    assert {"Restart=on-failure", "RestartSec=500ms", "StartLimitIntervalSec=0"} <= set(lines)


def test_wgnld_is_not_started_again_for_a_line_that_is_wrong(tmp_path):
    configuration = tmp_path / "wgnld.conf"
    configuration.write_text("MaxPeers=many\n", encoding="utf-8")

    done = subprocess.run([BUILD / "dbus/wgnld/wgnld", "--config", configuration], text=True, check=False,
                          capture_output=True, timeout=DEADLINE)

    assert done.returncode == os.EX_CONFIG
    assert f'{configuration}: line 1: "MaxPeers=many"' in done.stderr
    unit = (TOP / "units/wgnld.service.in").read_text(encoding="utf-8")
    assert "RestartPreventExitStatus=CONFIG" in unit.splitlines()


@pytest.mark.parametrize("unit", ["wgnld.service", "wgnl-userspace@.service"])
def test_whoever_sets_a_listen_port_may_set_a_low_one(unit):
    lines = (TOP / f"units/{unit}.in").read_text(encoding="utf-8").splitlines()

    for setting in ("AmbientCapabilities=", "CapabilityBoundingSet="):
        [value] = [line for line in lines if line.startswith(setting)]
        assert "CAP_NET_BIND_SERVICE" in value.partition("=")[2].split()
