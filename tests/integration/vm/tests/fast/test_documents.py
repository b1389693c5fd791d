# SPDX-License-Identifier: LGPL-2.1-or-later
"""A new user's first tunnel, typed as README prints it, in a machine with systemd-networkd."""

from pathlib import Path

import pytest

import lab
from documents import blocks

TESTS = Path(__file__).parents[2]
README = {block.name: block.text for block in blocks("README.md", (TESTS / "README.md").read_text())}
MANUAL = {block.name: block.text for block in blocks("wgnl.1.scd", (TESTS / "man/wgnl.1.scd").read_text())}
KEY = "README.md: install -m 0640 -g systemd-network /dev/null /etc/systemd/network/wg0.key"
STATUS = "README.md: wgnl check /etc/systemd/network/wg0.netdev"
ENABLE = "wgnl.1.scd: systemctl enable wgnl-wait-online@wg0.service"
FILES = {"wg0.netdev": "README.md: [NetDev]", "wg0.network": "README.md: [Match]"}


def typed(text, umask):
    return lab.run("bash", "-e", "-c", f"umask {umask}\n{text}")


@pytest.fixture
def nobodys(daemons):
    yield
    for name in (*FILES, "wg0.key"):
        (lab.NETWORK / name).unlink(missing_ok=True)
    lab.run("networkctl", "reload")
    lab.run("networkctl", "delete", "wg0", check=False)
    lab.eventually(lambda: "wg0" not in lab.run("wgnl", "status"), "wgnld forgets wg0")


@pytest.mark.parametrize("umask", ["022", "027"])
def test_a_first_tunnel(nobodys, umask):
    typed(README[KEY], umask)
    for name, block in FILES.items():
        typed(f"cat > /etc/systemd/network/{name} <<'END'\n{README[block]}END\n", umask)
        if umask != "022":  # what README says of such an umask
            typed(f"chgrp systemd-network /etc/systemd/network/{name}", umask)
    said = typed(README[STATUS], umask)

    assert "error" not in said and "warning" not in said
    lab.eventually(lambda: "In sync: yes" in lab.run("wgnl", "status", "wg0"), "it is there")
    assert "laptop" in lab.run("wgnl", "status", "wg0")
    assert "10.0.0.1/24" in lab.run("ip", "address", "show", "wg0")


def test_units_of_the_manual_are_enabled(daemons):
    lab.run("bash", "-e", "-c", MANUAL[ENABLE])
    lab.run("systemctl", "disable", "wgnl-wait-online@wg0.service")
