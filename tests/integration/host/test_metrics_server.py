# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnl-metrics on sockets that are handed over, as the service manager does it."""
import http.client
import socket
import subprocess

import pytest

from command import NOBODY, environment, program
from conftest import DEADLINE, Keys, end
from test_metrics import openmetrics, plain, samples, value
from test_wgnld import Tunnel

OPENMETRICS = "application/openmetrics-text;version=1.0.0"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Server:
    """wgnl-metrics, to be started by the first connection."""

    def __init__(self, bus, *options):
        metrics = program("cli/metrics/wgnl-metrics")
        self.port = free_port()
        self.process = subprocess.Popen(
            [*NOBODY, "systemd-socket-activate", f"--listen=127.0.0.1:{self.port}",
             f"--listen=[::1]:{self.port}", "-E", f"DBUS_SYSTEM_BUS_ADDRESS={bus.address}",
             metrics, *options],
            env=environment(bus), text=True, stderr=subprocess.PIPE)
        for _ in range(2):
            assert "Listening" in self.process.stderr.readline()

    def get(self, path="/metrics", method="GET", host="127.0.0.1", body=None, **headers):
        """Status, headers and body of the answer."""
        connection = http.client.HTTPConnection(host, self.port, timeout=DEADLINE)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), DEADLINE)

    def close(self):
        end(self.process)
        self.process.stderr.close()


@pytest.fixture
def server(bus):
    made = Server(bus)
    yield made
    made.close()


@pytest.fixture
def tunnel(wgnld, there, device):
    made = Tunnel(wgnld, there, device)
    made.declare()
    made.ping()
    wgnld.until_peer(device, made.far.public, "State", "established")
    return made


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_scrape_gets_the_format_that_it_asks_for(server, tunnel, device, host):
    status, headers, text = server.get(host=host, Accept=OPENMETRICS)
    assert status == 200
    assert headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    far = {"interface": device, "public_key": tunnel.far.public}
    assert value(openmetrics(text), "wireguard_received_bytes_total", **far) > 0

    status, headers, text = server.get(host=host)
    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    found = samples(plain.text_string_to_metric_families(text))
    assert value(found, "wireguard_received_bytes_total", **far) > 0


def test_nothing_but_metrics_is_there(server, wgnld):
    status, _, text = server.get("/")
    assert status == 200 and text.count("\n") == 1 and "/metrics" in text
    assert server.get("/metrics?collect[]=x")[0] == 200
    for path in ("/favicon.ico", "/metrics/", "/../etc/passwd", "/" + "x" * 4000):
        assert server.get(path)[0] == 404, path
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
        status, headers, _ = server.get(method=method, body="x" * 100)
        assert (status, headers["Allow"]) == (405, "GET, HEAD"), method
    status, headers, text = server.get(method="HEAD")
    assert status == 200 and text == "" and int(headers["Content-Length"]) > 0


def test_what_nobody_declared_stays_closed(server, bus, here, wgnld, device):
    peer = Keys()
    here.wireguard(device, Keys())
    here.run("wg", "set", device, "peer", peer.public)

    def counted():
        found = openmetrics(server.get(Accept=OPENMETRICS)[2])
        return [sample for sample in found.get("wireguard_device_peers", [])
                if sample.value == 1 and sample.labels["state"] == "never"]
    bus.until(counted, "the peer is counted")
    assert peer.public not in server.get()[2]


def test_without_the_daemon_it_says_so_and_does_not_start_it(server, bus, wgnld):
    assert server.get()[0] == 200
    wgnld.stop()
    for _ in range(2):
        status, _, text = server.get()
        assert status == 503 and "wgnld is not running" in text and "systemctl" in text
    calls = [message for message in bus.heard if message.get("member") == "StartServiceByName"]
    assert calls == []
    wgnld.start()
    assert server.get()[0] == 200


@pytest.mark.parametrize("garbage", [
    b"\x00" * 100 + b"\r\n\r\n", b"GET\r\n\r\n", b"GET /metrics HTTP/9.9\r\n\r\n", b"\r\n" * 1000,
    b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: " + b";=,q" * 2000 + b"\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256))])
def test_garbage_harms_nobody(server, wgnld, garbage):
    with server.connect() as connection:
        try:
            connection.sendall(garbage)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1 << 20)
        except (ConnectionError, BrokenPipeError):
            pass
    assert server.get()[0] == 200 and server.process.poll() is None


@pytest.mark.parametrize("host", ["evil.example", "evil.example:9586", "localhost.evil.example", ""])
def test_a_name_that_is_not_ours_reads_nothing(server, tunnel, host):
    """A page of another origin that has had its own name resolved to this machine."""
    for path in ("/metrics", "/"):
        status, _, text = server.get(path, Host=host)
        assert status == 421 and "--host" in text
        assert tunnel.far.public not in text
    for ours in ("localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:9586", "192.0.2.1"):
        assert server.get(Host=ours)[0] == 200, ours
    with server.connect() as twice:
        twice.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert not twice.recv(4096).startswith(b"HTTP/1.1 200")


def test_a_name_that_is_configured_is_ours(bus, wgnld):
    server = Server(bus, "--host", "server.example", "--host", "other.example")
    for name in ("server.example", "other.example:9586", "localhost"):
        assert server.get(Host=name)[0] == 200
    assert server.get(Host="evil.example")[0] == 421
    server.close()


class Dripping:
    """Connections that never finish their request, and say something all the time."""

    def __init__(self, server, number, begin=b"GET /metrics HTTP/1.1\r\nX: "):
        self.all = [server.connect() for _ in range(number)]
        for connection in self.all:
            connection.sendall(begin)

    def drip(self):
        """One byte of each; how many are still there to take it."""
        left = 0
        for connection in self.all:
            try:
                connection.send(b"a")
                left += 1
            except OSError:
                pass
        return left

    def close(self):
        for connection in self.all:
            connection.close()


def test_however_many_are_slow_others_are_served(server, wgnld):
    slow = Dripping(server, 400)
    for _ in range(5):
        slow.drip()
        assert server.get()[0] == 200
    slow.close()
    assert server.get()[0] == 200


def test_saying_something_all_the_time_buys_no_time(server, wgnld, bus):
    slow = Dripping(server, 3)
    bus.until(lambda: slow.drip() == 0, "they are sent away")
    slow.close()
    assert server.get()[0] == 200


@pytest.mark.parametrize("begin", [b"", b"GET /metrics HTTP/1.1\r\nX: ",
                                   b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"])
@pytest.mark.parametrize("number", [16, 64, 128, 129, 200, 400])
def test_it_hears_again_after_a_burst(server, wgnld, number, begin):
    """Opened and closed, more and fewer than it serves at a time, read and not read."""
    for _ in range(2):
        Dripping(server, number, begin).close()
        assert server.get()[0] == 200


def test_whoever_is_slow_waits_alone_and_is_sent_away(server, wgnld):
    with server.connect() as slow:
        slow.sendall(b"GET /metrics HTTP/1.1\r\nHos")
        for _ in range(3):
            assert server.get()[0] == 200
        said = slow.recv(4096)  # until the server has enough of it
        assert said == b"" or said.startswith(b"HTTP/1.1 408")
    assert server.get()[0] == 200


def test_more_connections_than_are_served_wait(server, wgnld):
    crowd = [server.connect() for _ in range(40)]
    for connection in crowd:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answers = [connection.recv(4096) for connection in crowd]
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    for connection in crowd:
        connection.close()


def test_ends_when_nobody_asks(bus, wgnld):
    server = Server(bus, "--idle", "1")
    assert server.get()[0] == 200
    assert server.process.wait(DEADLINE) == 0
    server.close()


def test_needs_a_socket(bus):
    metrics = program("cli/metrics/wgnl-metrics")
    done = subprocess.run([metrics], env=environment(bus), text=True, check=False,
                          capture_output=True, timeout=DEADLINE)
    assert done.returncode == 1 and "wgnl-metrics.socket" in done.stderr
    assert subprocess.run([metrics, "--idle", "x"], check=False,
                          capture_output=True, timeout=DEADLINE).returncode == 2
