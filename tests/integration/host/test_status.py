# SPDX-License-Identifier: LGPL-2.1-or-later
"""`wgnl status` and `wgnl show` of real tunnels, and all that --json prints against its schema."""
import json
import os
import pathlib
import pty
import subprocess

import pytest

from command import Monitor, environment, program, wgnl
from conftest import DEADLINE, TOP, Keys
from test_wgnld import Tunnel, own, sync

jsonschema = pytest.importorskip("jsonschema", reason="python3-jsonschema is not installed")
SCHEMA = json.loads((TOP / "docs/status.schema.json").read_text(encoding="utf-8"))


def closed(schema):
    """The schema with no room for a key that it does not tell of."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(value) for name, value in schema.items()}
    if "properties" in made and "required" in made and isinstance(made["properties"], dict):
        made["additionalProperties"] = False
    return made


def check(document, definition):
    """The document is what the schema says, and nothing more."""
    rules = closed({**SCHEMA, "$ref": f"#/$defs/{definition}"})
    del rules["anyOf"]
    jsonschema.Draft202012Validator(rules).validate(document)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)


@pytest.fixture
def tunnel(wgnld, there, device):
    return Tunnel(wgnld, there, device)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        check({"time_usec": 1, "event": "state", "device": "wg0", "old": "never"}, "event")
    with pytest.raises(jsonschema.ValidationError):
        check({"time_usec": 1, "event": "vanished", "device": "wg0", "more": 1}, "event")


def test_json_is_as_the_schema_says(bus, here, tunnel, device):
    problem = {"where": "wg.netdev:40", "severity": "warning", "text": "too vague"}
    tunnel.wgnld.declare(own(device, tunnel.keys, [tunnel.peer], problems=[problem]))
    tunnel.ping()
    tunnel.wgnld.until_peer(device, tunnel.far.public, "State", "established")
    foreign = device.replace("wg", "wx")
    here.wireguard(foreign, Keys())
    bus.until(lambda: foreign in wgnl(bus, "status", "--json").stdout)

    listed = json.loads(wgnl(bus, "status", "--json").stdout)
    for view in listed:
        check(view, "device")
    assert [view["name"] for view in listed] == sorted([device, foreign])
    assert json.loads(wgnl(bus, "status", "--json", device).stdout) == [
        view for view in listed if view["name"] == device]
    shown = json.loads(wgnl(bus, "show", "--json", device).stdout)
    check(shown, "device")
    assert shown["problems"] == [problem]
    assert shown["peers"][0]["state"] == "established" and shown["peers"][0]["rx_bytes"] > 0
    hidden = next(view for view in listed if view["name"] == foreign)
    assert hidden["public_key"] == "" and hidden["in_sync"] is None
    for view in json.loads(wgnl(bus, "status", "--json", user=()).stdout):
        check(view, "device")


@pytest.fixture
def first(bus, here, device):
    """`wgnl` where process 1 is of wgnld's namespace, as on a machine that has one."""
    def run(*words):
        inside = here.command("unshare", "--pid", "--fork", "--mount-proc", program(), *words)
        return subprocess.run(inside, env=environment(bus), text=True, check=True, timeout=DEADLINE,
                              capture_output=True).stdout
    yield run
    here.run("ip", "link", "delete", device, check=False)
    for left in pathlib.Path("/run/wgnl").glob(f"{device}.*"):
        left.unlink()


def test_what_apply_has_set_is_told_to_root_beside_wgnld(bus, here, wgnld, device, folder, first):
    file = folder / f"{device}.json"
    file.write_text(json.dumps(sync(device, [{"public_key": Keys().public}])))
    file.chmod(0o600)
    here.wireguard(device, Keys())
    first("apply", file)
    bus.until(lambda: device in wgnld.devices())

    assert f'Mode: not declared: "wgnl apply {file}" set it, and nothing keeps it so' in first("status", device)
    view = json.loads(first("status", "--json", device))[0]
    check(view, "device")
    assert view["applied_from"] == str(file) and view["source"] == "" and view["in_sync"] is None
    hidden = wgnl(bus, "status", device).stdout
    assert "not declared: wgnl watches it" in hidden and str(file) not in hidden

    here.run("ip", "link", "delete", device)
    bus.until(lambda: device not in wgnld.devices())
    here.wireguard(device, Keys())
    bus.until(lambda: device in wgnld.devices())
    assert "wgnl apply" not in first("status", device)  # another one of that name


def test_events_are_as_the_schema_says(tunnel, bus, device):
    monitor = Monitor(bus, "--json", device)
    monitor.note()
    problem = {"where": "wg.netdev:40", "severity": "warning", "text": "too vague"}
    tunnel.wgnld.declare(own(device, tunnel.keys, [tunnel.peer], problems=[problem]))
    tunnel.ping()
    monitor.until(event="state", new="established", name="far")
    tunnel.wgnld.root.manager("Withdraw", device)
    monitor.until(event="vanished")
    tunnel.wgnld.stop()
    monitor.until(event="daemon-stopped")
    monitor.close()
    for event in monitor.events:
        check(event, "event")
    assert {"appeared", "applied", "problem", "handshake", "state"} <= {
        event["event"] for event in monitor.events}


def on_a_terminal(bus, *words):
    """What the command prints where it has a terminal."""
    main, side = pty.openpty()
    with subprocess.Popen([program(), *words], stdout=side, stderr=side,
                          env={**environment(bus), "TERM": "xterm", "COLUMNS": "100"}) as process:
        os.close(side)
        text = b""
        while chunk := read_terminal(main):
            text += chunk
        process.wait(DEADLINE)
    os.close(main)
    return text.decode()


def read_terminal(fd):
    """The next bytes; none when the other side has closed."""
    try:
        return os.read(fd, 4096)
    except OSError:
        return b""


def test_a_terminal_has_colours_and_a_pipe_has_none(bus, tunnel, device):
    tunnel.declare()
    tunnel.ping()
    tunnel.wgnld.until_peer(device, tunnel.far.public, "State", "established")

    painted, plain = on_a_terminal(bus, "status", device), wgnl(bus, "status", device).stdout

    assert "\033[32m●\033[0m" in painted and "\033[32mestablished\033[0m" in painted
    assert "\033" not in plain
    row = next(line for line in plain.splitlines() if "far" in line)
    assert row.startswith("● far") and "s ago" in row and "10.99.1.2:51821" in row
