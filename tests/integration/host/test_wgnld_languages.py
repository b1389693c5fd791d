# SPDX-License-Identifier: LGPL-2.1-or-later
"""The interfaces as others use them: dasbus in Python, gdbus, busctl, GLib's proxies in C++."""
import json
import os
import pathlib
import subprocess

import jsonschema
import pytest

from conftest import DEADLINE, TOP, end, run
from test_wgnld import ERROR, tunnel  # noqa: F401 # pylint: disable=unused-import

NAME = "org.wgnl.WireGuard1"
ROOT = "/org/wgnl/WireGuard1"
DASBUS = """
import json, os, sys
from dasbus.connection import SystemMessageBus
from dasbus.error import DBusError
from dasbus.loop import EventLoop
from dasbus.unix import GLibClientUnix

bus = SystemMessageBus()
manager = bus.get_proxy("org.wgnl.WireGuard1", "/org/wgnl/WireGuard1")
path = manager.GetDevice(sys.argv[1])
device = bus.get_proxy("org.wgnl.WireGuard1", path)
files = bus.get_proxy("org.wgnl.WireGuard1", path, client=GLibClientUnix)
with os.fdopen(files.Snapshot()) as document:
    peers = json.load(document)["Peers"]
peer = bus.get_proxy("org.wgnl.WireGuard1", device.GetPeer("far"))
try:
    device.GetPeer("nobody")
except DBusError as error:
    failure = error.dbus_name if hasattr(error, "dbus_name") else str(error)
print(json.dumps({"state": device.State, "names": [one["Name"] for one in peers],
                  "allowed": peer.AllowedIPs, "failure": failure}), flush=True)
loop = EventLoop()
def completed(when):
    print(json.dumps({"handshake": when}), flush=True)
    loop.quit()
peer.HandshakeCompleted.connect(completed)
peer.State  # answered behind the bus's note of what is listened to
print("listening", flush=True)
loop.run()
"""


@pytest.fixture
def environment(bus):
    return {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus.address}


def gdbus(environment, *words):
    done = subprocess.run(["gdbus", *words], env=environment, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE)
    return done.stdout


def lines_until(process, last):
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if lines[-1] == last:
            return lines
    raise AssertionError(lines)


def test_python_by_dasbus(tunnel, environment):  # noqa: F811
    client = subprocess.Popen(["/usr/bin/python3", "-B", "-c", DASBUS, tunnel.device],
                              env=environment, stdout=subprocess.PIPE, text=True)
    shown = json.loads(lines_until(client, "listening")[0])
    tunnel.ping()
    heard = json.loads(client.communicate(timeout=DEADLINE)[0])

    assert (shown["state"], shown["names"], shown["allowed"]) == ("never", ["far"], ["10.9.0.2/32"])
    assert ERROR + "NoSuchPeer" in shown["failure"] or "has no peer nobody" in shown["failure"]
    assert heard["handshake"] > 0


def test_cpp_by_generated_proxies(tunnel, environment):  # noqa: F811
    program = pathlib.Path(os.environ["WGNL_BUILD"]) / "dbus/interfaces/tests/gdbus-client"
    client = subprocess.Popen([program, tunnel.device, "far"], env=environment,
                              stdout=subprocess.PIPE, text=True)
    shown = lines_until(client, "listening")
    tunnel.ping()
    heard = client.communicate(timeout=DEADLINE)[0]

    assert shown[1:-1] == ["state never, 1 peer", "snapshot there", "allowed 10.9.0.2/32"]
    assert heard == "handshake there\n" and client.returncode == 0


def test_cpp_is_told_the_name_of_an_error(tunnel, environment):  # noqa: F811
    program = pathlib.Path(os.environ["WGNL_BUILD"]) / "dbus/interfaces/tests/gdbus-client"

    for arguments, said in ((("none", "far"), f"GetDevice: {ERROR}NoSuchDevice"),
                            ((tunnel.device, "none"), f"GetPeer: {ERROR}NoSuchPeer")):
        done = subprocess.run([program, *arguments], env=environment, text=True, check=False,
                              stdout=subprocess.PIPE, timeout=DEADLINE)
        assert done.stdout.splitlines()[-1] == said and done.returncode == 1


def test_gdbus_introspects_calls_and_monitors(wgnld, tunnel, environment):  # noqa: F811
    path = wgnld.path(tunnel.device)
    where = ["--system", "--dest", NAME, "--object-path"]
    tree = gdbus(environment, "introspect", *where, ROOT, "--recurse")
    assert "interface org.wgnl.WireGuard1.Peer {" in tree
    assert "Subscribe(in  t interval_usec);" in tree
    state = gdbus(environment, "call", *where, path, "--method",
                  "org.freedesktop.DBus.Properties.Get", NAME + ".Device", "State")
    assert state == "(<'never'>,)\n"
    assert ERROR + "NoSuchPeer" in gdbus(environment, "call", *where, path, "--method",
                                         NAME + ".Device.GetPeer", "none")
    monitor = subprocess.Popen(["gdbus", "monitor", "--system", "--dest", NAME], env=environment,
                               stdout=subprocess.PIPE, text=True)
    try:
        assert any("owned by" in line for line in iter(monitor.stdout.readline, ""))
        tunnel.ping()
        heard = next(line for line in monitor.stdout if "HandshakeCompleted" in line)
    finally:
        end(monitor)
    assert heard.startswith(wgnld.peer_path(tunnel.device, "far"))


def test_busctl_introspection_is_readable(wgnld, tunnel, bus):  # noqa: F811
    shown = run("busctl", f"--address={bus.address}", "--full", "introspect", NAME,
                wgnld.path(tunnel.device))
    lines = {line.split()[0]: line.split() for line in shown.splitlines()}

    assert lines[".State"][1:4] == ["property", "s", '"never"']
    assert lines[".StateCounts"][2:6] == ["a{su}", "1", '"never"', "1"]
    assert lines[".Snapshot"][1:4] == ["method", "-", "h"]
    assert lines[".Applied"][1:3] == ["signal", "b"]


def test_a_snapshot_fits_its_schema(wgnld, tunnel):  # noqa: F811
    tunnel.ping()
    schema = json.loads((TOP / "docs/snapshot.schema.json").read_text(encoding="utf-8"))
    with os.fdopen(wgnld.root.call(wgnld.path(tunnel.device), NAME + ".Device",
                                   "Snapshot").take()) as file:
        document = json.load(file)

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    del document["Peers"][0]["State"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
