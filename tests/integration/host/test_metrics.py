# SPDX-License-Identifier: LGPL-2.1-or-later
"""`wgnl metrics`, read by the parsers of the Prometheus project itself."""
import time

import pytest

from command import wgnl
from conftest import Keys
from test_wgnld import Tunnel

strict = pytest.importorskip("prometheus_client.openmetrics.parser",
                             reason="python3-prometheus-client is not installed")
plain = pytest.importorskip("prometheus_client.parser")


def samples(families):
    """Every sample by its name."""
    found = {}
    for family in families:
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample)
    return found


def openmetrics(text):
    """All that the text says; the parser refuses what is not OpenMetrics."""
    return samples(strict.text_string_to_metric_families(text))


@pytest.fixture
def tunnel(wgnld, there, device):
    made = Tunnel(wgnld, there, device)
    made.began = time.time()
    made.declare({"public_key": Keys().public, "name": 'quo"ted\\name', "allowed_ips": ["10.9.0.9/32"]})
    made.ping(3)
    wgnld.until_peer(device, made.far.public, "State", "established")
    return made


def value(found, name, /, **labels):
    """The value of the one sample with these labels among its own."""
    fitting = [sample.value for sample in found[name] if labels.items() <= sample.labels.items()]
    assert len(fitting) == 1, f"{name}{labels}: {fitting}"
    return fitting[0]


def test_a_tunnel_in_openmetrics(bus, tunnel, device):
    far = {"interface": device, "public_key": tunnel.far.public}

    def scraped():
        found = openmetrics(wgnl(bus, "metrics").stdout)
        names = "wireguard_received_bytes_total", "wireguard_sent_bytes_total"
        return all(value(found, name, **far) >= 3 * 128 for name in names) and found
    found = bus.until(scraped, "figures of the last second")
    stamp = value(found, "wireguard_latest_handshake_seconds", **far)
    delay = value(found, "wireguard_latest_handshake_delay_seconds", **far)
    assert tunnel.began - 1 < stamp < stamp + delay < time.time() + 1
    assert value(found, "wireguard_peer_state", **far, wireguard_peer_state="established") == 1
    assert value(found, "wireguard_peer_info", **far, name="far", endpoint="10.99.1.2:51821",
                 allowed_ips="10.9.0.2/32") == 1
    assert value(found, "wireguard_peer_info", name='quo"ted\\name') == 1
    assert value(found, "wireguard_device_peers", interface=device, state="never") == 1
    assert value(found, "wireguard_device_in_sync", interface=device) == 1
    assert value(found, "wireguard_device_sampled_timestamp_seconds", interface=device) > stamp
    for name in ("wireguard_received_bytes_total", "wireguard_peer_stalled"):
        assert all(set(sample.labels) == {"interface", "public_key"} for sample in found[name])


def test_both_formats_say_the_same(bus, tunnel):
    new = openmetrics(wgnl(bus, "metrics").stdout)
    old = samples(plain.text_string_to_metric_families(wgnl(bus, "metrics", "--prometheus").stdout))
    assert {name: len(them) for name, them in new.items()} == {
        name: len(them) for name, them in old.items()}


def test_figures_go_on(bus, tunnel, device):
    far = {"interface": device, "public_key": tunnel.far.public}
    first = value(openmetrics(wgnl(bus, "metrics").stdout), "wireguard_sent_bytes_total", **far)
    tunnel.ping(5)

    def more():
        found = openmetrics(wgnl(bus, "metrics").stdout)
        return value(found, "wireguard_sent_bytes_total", **far) >= first + 5 * 128
    bus.until(more, "the traffic shows")


def test_of_a_device_that_nobody_declared_counts_are_told_and_peers_are_not(bus, here, tunnel,
                                                                            device):
    foreign, peer = device.replace("wg", "wx"), Keys()
    here.wireguard(foreign, Keys())
    here.run("wg", "set", foreign, "peer", peer.public)
    bus.until(lambda: foreign in wgnl(bus, "metrics").stdout, "wgnld sees it")

    def told():
        found = openmetrics(wgnl(bus, "metrics").stdout)
        return value(found, "wireguard_device_peers", interface=foreign, state="never") == 1
    bus.until(told, "its peer is counted")
    text = wgnl(bus, "metrics").stdout
    assert peer.public not in text
    assert f'wireguard_device_received_bytes{{interface="{foreign}"' not in text
    assert peer.public in wgnl(bus, "metrics", user=()).stdout


def test_without_the_daemon_root_reads_the_kernel(bus, here):
    refused = wgnl(bus, "metrics")
    assert refused.returncode == 1 and "wgnld" in refused.stderr and refused.stdout == ""
    done = wgnl(bus, "metrics", user=here.command())
    assert done.returncode == 0 and "wgnld is not running" in done.stderr
    assert list(openmetrics(done.stdout)) == ["wgnl_build_info"]
