# SPDX-License-Identifier: LGPL-2.1-or-later
"""The units of those who only read: systemd finds nothing wrong with them, and little to attack; and daemons come
back."""
import os
import pathlib
import subprocess

import pytest

from conftest import DEADLINE, TOP

BUILD = pathlib.Path(os.environ["WGNL_BUILD"])
PROGRAMS = {"@bindir@/wgnl": BUILD / "cli/wgnl",
            "@libexecdir@/wgnl-metrics": BUILD / "cli/metrics/wgnl-metrics",
            "@libexecdir@/wgnl-nm": BUILD / "plugins/nm/service/wgnl-nm",
            "@libdir@": "/usr/lib"}
UNITS = ["wgnl-nm.service", "wgnl-wait-online@.service", "wgnl-metrics.service",
         "wgnl-metrics.socket"]


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
    assert [line for line in done.stderr.splitlines() if "wgnl" in line] == []


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


def test_the_cage_of_the_adapter_that_is_root_is_tight(units):
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager",
                           "--threshold=9", units / "wgnl-nm.service"],
                          text=True, check=False, capture_output=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stdout
    loose = (units / "wgnl-nm.service").read_text(encoding="utf-8").replace(
        "CapabilityBoundingSet=\n", "")
    (units / "loose.service").write_text(loose, encoding="utf-8")
    assert subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager",
                           "--threshold=9", units / "loose.service"], check=False,
                          capture_output=True, timeout=DEADLINE).returncode != 0


@pytest.mark.parametrize("unit", ["wgnld.service", "wgnl-userspace@.service"])
def test_whoever_sets_a_listen_port_may_set_a_low_one(unit):
    lines = (TOP / f"units/{unit}.in").read_text(encoding="utf-8").splitlines()

    for setting in ("AmbientCapabilities=", "CapabilityBoundingSet="):
        [value] = [line for line in lines if line.startswith(setting)]
        assert "CAP_NET_BIND_SERVICE" in value.partition("=")[2].split()
