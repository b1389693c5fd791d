# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnl-metrics.socket, as installed: by whom it is answered, when, and with which rights."""

import urllib.request

import lab

URL = "http://localhost:9586/metrics"
SERVICE = "wgnl-metrics.service"


def shown(name, unit=SERVICE):
    return lab.run("systemctl", "show", "--value", "-p", name, unit).strip()


def scrape(host="127.0.0.1"):
    with urllib.request.urlopen(f"http://{host}:9586/metrics", timeout=lab.DEADLINE) as answer:
        return answer.read().decode()


def test_a_scrape_starts_it_and_gets_every_peer(world):
    lab.run("systemctl", "start", "wgnl-metrics.socket")
    for spoke in world.spokes:
        lab.eventually(lambda: lab.state(spoke.keys.public) == "established", "established")

    for host in ("127.0.0.1", "[::1]"):
        text = scrape(host)
        for spoke in world.spokes:
            labels = f'{{interface="wg0",public_key="{spoke.keys.public}"}}'
            assert f"wireguard_received_bytes_total{labels} " in text
        assert 'wireguard_device_peers{interface="wg0",state="established"} 3' in text
    assert shown("ActiveState") == "active"
    pid = shown("MainPID")
    status = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status", encoding="utf-8"))
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert int(status["Uid"].split()[0]) not in (0, int(lab.run("id", "-u", "wgnl")))

    exposure = lab.run("systemd-analyze", "security", "--no-pager", SERVICE)
    assert float(exposure.split("exposure level for")[1].split(": ")[1].split()[0]) <= 1.5


def test_it_ends_when_nobody_asks_and_comes_back(world):
    lab.run("systemctl", "start", "wgnl-metrics.socket")
    assert "wireguard_device_up" in scrape()
    lab.eventually(lambda: shown("ActiveState") == "inactive", "it ends", lab.longer(30))
    assert shown("Result") == "success"
    assert "wireguard_device_up" in scrape()
