# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example programs do what they say, with wireguard-go in network namespaces."""
import json
import os
import pathlib
import subprocess

from conftest import DEADLINE, Keys, end, run

EXAMPLES = pathlib.Path(os.environ["WGNL_BUILD"]) / "examples"


def own_records(folder, *command):
    """The command with /run/wgnl for itself alone."""
    records = folder / "records"
    records.mkdir(exist_ok=True)
    line = f"mkdir -p /run/wgnl && mount --bind {records} /run/wgnl && exec \"$@\""
    return ["unshare", "--mount", "sh", "-c", line, "sh", *command]


def test_list_peers_shows_the_peers(here, device):
    keys, peer = Keys(), Keys()
    here.wireguard(device, keys, 51001)
    here.run("wg", "set", device, "peer", peer.public, "allowed-ips", "10.7.0.0/24,fd07::/64",
             "endpoint", "192.0.2.7:51820")

    listed = here.run(EXAMPLES / "list-peers", device)

    assert f"{device}  userspace  port 51001  1 peers" in listed
    assert f"{peer.public}  192.0.2.7:51820  handshake never" in listed
    assert "10.7.0.0/24" in listed and "fd07::/64" in listed
    assert listed == here.run(EXAMPLES / "list-peers")
    assert "there is no" in run(*here.command("sh", "-c", f"{EXAMPLES}/list-peers nothing 2>&1"),
                                check=False)


def test_watch_handshakes_tells_of_a_handshake(here, there, device):
    mine, other = Keys(), Keys()
    far = f"{device}b"
    here.wireguard(device, mine)
    there.wireguard(far, other, 51002)
    there.run("wg", "set", far, "peer", mine.public, "allowed-ips", "10.8.0.1/32")
    watch = subprocess.Popen(here.command(EXAMPLES / "watch-handshakes", device), text=True,
                             stdout=subprocess.PIPE)
    here.run("wg", "set", device, "peer", other.public, "allowed-ips", "10.8.0.2/32", "endpoint",
             "10.99.1.2:51002", "persistent-keepalive", "5")

    heard = []
    for line in watch.stdout:
        heard.append(line.strip())
        if "handshake" in line.split(",")[-1] and "established" in line:
            break
    end(watch)
    assert heard[-1] == f"{other.public} established, handshake"


def test_apply_file_applies_what_is_declared_and_then_nothing(here, folder, device):
    keys, peer = Keys(), Keys()
    here.wireguard(device, keys)
    path = folder / "declaration.json"
    path.write_text(json.dumps({"version": 1, "device": device, "peers": [
        {"public_key": peer.public, "allowed_ips": ["10.9.0.0/24"]}]}))

    planned = here.run(*own_records(folder, EXAMPLES / "apply-file", path, "--dry-run"))
    assert f"+ peer {peer.public}" in planned
    assert here.dump(device) == {}

    assert here.run(*own_records(folder, EXAMPLES / "apply-file", path)) == planned
    assert here.dump(device)[peer.public][2] == "10.9.0.0/24"
    assert "nothing to do" in here.run(*own_records(folder, EXAMPLES / "apply-file", path))


def test_apply_file_takes_wg_quicks_files_and_creates_the_device(here, folder, device):
    keys, peer = Keys(), Keys()
    path = folder / f"{device}.conf"
    path.write_text(f"[Interface]\nPrivateKey = {keys.private}\nAddress = 10.10.0.1/24\n"
                    f"[Peer]\nPublicKey = {peer.public}\nAllowedIPs = 10.10.0.2/32\n")

    here.run(*own_records(folder, EXAMPLES / "apply-file", path))

    assert here.run("wg", "show", device, "public-key") == keys.public
    assert here.dump(device)[peer.public][2] == "10.10.0.2/32"
    assert "10.10.0.1/24" in here.run("ip", "-brief", "address", "show", device)


def test_apply_file_says_what_is_wrong(here, folder):
    path = folder / "broken.json"
    path.write_text('{"version": 1, "device": "wg0", "peers": 5}')

    done = subprocess.run(here.command(EXAMPLES / "apply-file", path), text=True, check=False,
                          stderr=subprocess.PIPE, timeout=DEADLINE)
    assert done.returncode == 1
    assert "peers is not an array" in done.stderr
