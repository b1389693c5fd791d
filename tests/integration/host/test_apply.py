# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `wgnl apply` does not believe, and what `wgnl diff` calls a difference."""
import json
import os
import pathlib
import subprocess

import pytest

from conftest import DEADLINE, Keys

LAPTOP, DESK = Keys(), Keys()


class File:
    """A file of wg-quick, and `wgnl` on it in a namespace."""

    def __init__(self, here, path):
        self.here, self.path = here, path
        self.interface = f"[Interface]\nPrivateKey = {Keys().private}\nAddress = 10.9.0.1/24\n"
        self.laptop = f"[Peer]\nPublicKey = {LAPTOP.public}\nAllowedIPs = 10.9.0.2/32\n"
        self.desk = f"[Peer]\nPublicKey = {DESK.public}\nAllowedIPs = 10.9.0.3/32\n"

    def wgnl(self, verb, text, *words):
        self.path.write_text(text)
        self.path.chmod(0o600)
        program = pathlib.Path(os.environ["WGNL_BUILD"]) / "cli/wgnl"
        return subprocess.run(self.here.command(program, verb, *words, self.path), text=True, check=False,
                              timeout=DEADLINE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def whole(self):
        return self.interface + self.laptop + self.desk


@pytest.fixture
def file(here, folder, device):
    yield File(here, folder / f"{device}.conf")
    here.run("ip", "link", "delete", device, check=False)
    for left in pathlib.Path("/run/wgnl").glob(f"**/{device}.*"):
        left.unlink()


def test_a_file_that_is_hardly_meant_takes_no_peer(file, here, device):
    assert file.wgnl("apply", file.whole()).returncode == 0
    before = here.dump(device)
    assert set(before) == {LAPTOP.public, DESK.public}
    cut = file.whole()
    for text, reason in (("", "neither a key nor a peer"), ("\n# later\n", "neither a key nor a peer"),
                         ("<!DOCTYPE html>\n<html><body>502</body></html>\n", "neither a key nor a peer"),
                         (file.interface, "declares no peer"),
                         (cut[:cut.index(DESK.public) + 20], "line 8 is wrong and the last one has no end"),
                         (cut[:cut.index("AllowedIPs") + 5], "line 6 is wrong and the last one has no end"),
                         (file.interface + file.laptop + "[Pe", "line 7 is wrong and the last one has no end")):
        for words in ((), ("--dry-run",)):
            done = file.wgnl("apply", text, *words)
            assert done.returncode == 1 and done.stdout == "", (text, done)
            assert reason in done.stderr and "nothing was changed" in done.stderr, (text, done)
            assert "wgnl apply --empty" in done.stderr
            assert here.dump(device) == before

    assert file.wgnl("apply", cut[:cut.index(DESK.public) + 20], "--empty").returncode == 1  # its mistake
    assert set(here.dump(device)) == {LAPTOP.public}
    assert file.wgnl("apply", file.interface, "--empty").returncode == 0
    assert here.dump(device) == {}


def test_a_section_that_names_nobody_removes_nobody(file, here, device):
    phone = Keys()
    assert file.wgnl("apply", file.whole()).returncode == 0
    cut = file.whole().replace(DESK.public, DESK.public[:30]) + (
        f"[Peer]\nPublicKey = {phone.public}\nAllowedIPs = 10.9.0.4/32\n")
    for lost in (cut, cut.replace(f"PublicKey = {DESK.public[:30]}\n", ""),
                 cut.replace(f"[Peer]\nPublicKey = {DESK.public[:30]}", f"PublicKey = {DESK.public[:30]}")):
        done = file.wgnl("apply", lost)
        assert done.returncode == 1 and "names no peer" in done.stderr, done
        assert set(here.dump(device)) == {LAPTOP.public, DESK.public, phone.public}, done

    assert file.wgnl("apply", file.interface + file.laptop).returncode == 0  # meant, and whole
    assert set(here.dump(device)) == {LAPTOP.public}


def test_what_is_meant_needs_no_further_word(file, here, device):
    assert file.wgnl("apply", "").returncode == 1 and not here.exists(device)
    assert file.wgnl("apply", file.interface).returncode == 0  # a device that has no peers yet
    assert file.wgnl("apply", file.whole().rstrip()).returncode == 0  # no end of the last line
    assert file.wgnl("apply", (file.interface + file.laptop).rstrip()).returncode == 0
    assert set(here.dump(device)) == {LAPTOP.public}


def test_diff_tells_what_a_device_of_somebody_else_lacks(file, here, device):
    here.run("wireguard-go", device)
    key = file.path.with_name("key")
    key.write_text(file.interface.split("PrivateKey = ")[1].split()[0])
    here.run("wg", "set", device, "private-key", key, "peer", LAPTOP.public, "allowed-ips", "10.9.0.2/32")
    here.run("ip", "address", "add", "10.9.0.1/24", "dev", device)
    here.run("ip", "link", "set", device, "up")
    here.run("ip", "route", "add", "10.9.0.2/32", "dev", device)

    same = file.wgnl("diff", file.interface + file.laptop)
    assert same.returncode == 0 and "left alone" not in same.stderr, same
    done = file.wgnl("diff", file.whole())
    assert done.returncode == 3 and f"+ peer {DESK.public}" in done.stdout
    assert "left alone" not in done.stderr
    before = here.run("wg", "show", device, "public-key").strip()
    file.interface = file.interface.replace(key.read_text(), Keys().private)
    done = file.wgnl("diff", file.whole())
    assert done.returncode == 3 and f"left alone: its public key is {before}" in done.stderr, done
    assert file.wgnl("apply", file.whole()).returncode == 1
    done = file.wgnl("diff", file.whole(), "--json")
    assert done.returncode == 3
    assert any("left alone" in problem["text"] for problem in json.loads(done.stdout)["problems"])
    assert set(here.dump(device)) == {LAPTOP.public}


def test_diff_shows_a_peer_that_was_added_to_the_file_of_wg_quick(file, here, device):
    file.path.write_text(file.interface + file.laptop)
    file.path.chmod(0o600)
    here.run("wg-quick", "up", file.path)
    assert set(here.dump(device)) == {LAPTOP.public}
    for words in ((), ("--json",)):
        done = file.wgnl("diff", file.whole(), *words)
        assert done.returncode == 3 and DESK.public in done.stdout, done
    routes = lambda: {line.strip() for line in here.run("ip", "route", "show", "dev", device).splitlines()}
    before = routes()
    assert file.wgnl("apply", file.whole()).returncode == 0
    assert set(here.dump(device)) == {LAPTOP.public, DESK.public}
    assert routes() > before
    assert file.wgnl("diff", file.whole()).returncode == 0


def test_a_file_of_amneziawg_is_refused_and_nothing_is_made(file, here, device):
    done = file.wgnl("apply", file.interface + "Jc = 4\nS1 = 9\n" + file.laptop)
    assert done.returncode == 1 and done.stderr.count("AmneziaWG, which") == 1, done
    assert "nothing was written" in done.stderr and not here.exists(device)
    assert file.wgnl("apply", file.whole()).returncode == 0
    assert file.wgnl("apply", file.interface + "Jc = 4\n" + file.laptop).returncode == 1
    assert set(here.dump(device)) == {LAPTOP.public, DESK.public}


def test_status_tells_what_apply_has_set_and_that_nothing_keeps_it(file, here, device):
    assert file.wgnl("apply", file.whole()).returncode == 0
    program = pathlib.Path(os.environ["WGNL_BUILD"]) / "cli/wgnl"
    words = (program, "--netns", ".", "status", device)
    said = f'not declared: "wgnl apply {file.path}" set it, and nothing keeps it so'
    assert said in here.run(*words)
    assert json.loads(here.run(*words, "--json"))[0]["applied_from"] == str(file.path)

    here.run("ip", "link", "delete", device)
    here.run("wireguard-go", device)  # another one of that name
    assert "wgnl apply" not in here.run(*words)


def test_diff_tells_of_routes_addresses_and_the_link(file, here, device):
    assert file.wgnl("diff", file.whole()).returncode == 3
    assert file.wgnl("apply", file.whole()).returncode == 0
    done = file.wgnl("diff", file.whole())
    assert done.returncode == 0 and "nothing to do" in done.stdout, done

    here.run("ip", "route", "delete", "10.9.0.2/32", "dev", device)
    done = file.wgnl("diff", file.whole())
    assert done.returncode == 3 and done.stdout == "" and "route 10.9.0.2/32" in done.stderr, done
    done = file.wgnl("diff", file.whole(), "--json")
    assert done.returncode == 3 and "route 10.9.0.2/32" in done.stdout
    assert file.wgnl("apply", file.whole()).returncode == 0
    more = file.whole().replace("Address = ", "MTU = 1300\nAddress = 10.9.1.1/24, ")
    done = file.wgnl("diff", more)
    assert done.returncode == 3 and "MTU would become 1300" in done.stderr and "nothing" not in done.stdout
