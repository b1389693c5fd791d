# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every block of README and of the manuals is run as it is printed: here, in the machine, or not at
all, which then has its reason here."""
import itertools
import os
import pathlib
import re
import subprocess

import pytest
from a_profile import CONF, NAME, PRESHARED, PRIVATE
from command import environment, program
from conftest import DEADLINE, TOP, Keys, sanitized
from documents import blocks
from network_manager import PLUGIN, NetworkManager
from test_wgnld import sync

DOCUMENTS = {"README.md": TOP / "README.md",
             "dbus.md": TOP / "docs/dbus.md",  # org.wgnl.WireGuard1(5)
             **{path.name: path for path in sorted((TOP / "docs/man").glob("*.scd"))}}


def all_blocks():
    """By name; a second of the same name in a document is called so."""
    found = {}
    for document, path in DOCUMENTS.items():
        for block in blocks(document, path.read_text(encoding="utf-8")):
            name = block.name
            for number in itertools.count(2):
                if name not in found:
                    break
                name = f"{block.name} ({number})"
            found[name] = block
    return found


ALL = all_blocks()

NETDEV, NETWORK = "README.md: [NetDev]", "README.md: [Match]"
STATUS = "README.md: ● wg0 (established)"
SERVER, CLIENT = "wgnl.netdev.5.scd: [NetDev]", "wgnl.netdev.5.scd: [NetDev] (2)"
IMPORT = f"README.md: nmcli connection import type wgnl file '{NAME}.conf'"
EXPORT = f"README.md: sudo wgnl convert '{NAME}' my-office-ystm.conf"
PHONE = "wgnl.netdev.5.scd: [WireGuardPeer]"

# What is run here, and by which test.
HERE = {
    "README.md: install -m 0640 -g systemd-network /dev/null /etc/systemd/network/wg0.key":
        "test_a_first_tunnel_is_right",
    NETDEV: "test_a_first_tunnel_is_right", NETWORK: "test_a_first_tunnel_is_right",
    STATUS: "test_what_is_printed_fits_a_terminal",
    "README.md: Nov 23 14:03:12.345  wg0     laptop        handshake completed":
        "test_what_is_printed_fits_a_terminal",
    "README.md: sudo apt install ./wgnl_*.deb ./libwgnl0_*.deb ./wgnl-networkd_*.deb":
        "test_the_packages_bring_no_other_network_manager",
    "README.md: sudo apt install ./wgnl_*.deb ./libwgnl0_*.deb ./network-manager-wgnl_*.deb":
        "test_the_packages_bring_no_other_network_manager",
    "README.md: busctl tree org.wgnl.WireGuard1": "test_the_bus_is_looked_at",
    "wgnld.8.scd: busctl tree org.wgnl.WireGuard1": "test_the_bus_is_looked_at",
    IMPORT: "test_a_file_becomes_a_profile_and_a_file_again",
    EXPORT: "test_a_file_becomes_a_profile_and_a_file_again",
    "wgnl.1.scd: wgnl wait wg0 --peer laptop --timeout 30": "test_the_command_waits",
    "README.md: #include <wgnl/client.hpp>": "test_the_program_compiles",
    "wgnl.1.scd: umask 077; wgnl genkey > wg0.key": "test_a_tunnel_in_a_container",
    "wgnl-metrics.8.scd: scrape_configs:": "test_prometheus_is_told_where",
    'wgnl-metrics.8.scd: (wireguard_peer_state{wireguard_peer_state="unreachable"} == 1)':
        "test_operators_of_sets_take_no_labels",
    SERVER: "test_files_of_the_manual_are_right",
    CLIENT: "test_files_of_the_manual_are_right", PHONE: "test_files_of_the_manual_are_right",
    "dbus.md: busctl tree org.wgnl.WireGuard1": "test_the_bus_is_looked_at",
    "wgnl.netdev.5.scd: chown root:systemd-network /etc/systemd/network/wg0.key":
        "test_a_first_tunnel_is_right",
}
# What is run in the machine, by fast/test_documents.py there.
MACHINE = {
    "README.md: wgnl check /etc/systemd/network/wg0.netdev",
    "wgnl.1.scd: systemctl enable wgnl-wait-online@wg0.service",
}
# What is not run, and why.
NOT_RUN = {
    "README.md: sudo script/demo": "builds for minutes; its stage is what `script/vm run` shows",
    "README.md: sudo script/test": "runs this test",
    "README.md: script/package                      # prints the .deb files that it built": "builds the packages that the machine's tests install",
    "wgnl-resolve.8.scd: busctl call org.wgnl.Resolve1 /org/wgnl/Resolve1 org.wgnl.Resolve1 Resolve "
    "s vpn.example.org": "asks a DNS server; test_resolve.py makes the call with one of its own",
    "wgnl.1.scd: systemctl edit wgnl-wait-online@wg0.service": "opens an editor",
    "wgnl.1.scd: wgnl apply --netns /proc/1234/ns/net --sockets-netns . wg0.json":
        "names a process; test_netns.py applies so with one that there is",
    "dbus.md: gdbus introspect --system --dest org.wgnl.WireGuard1 --object-path /org/wgnl/WireGuard1":
        "test_wgnld_languages.py runs these with a bus of its own, which gdbus wants to be told",
    "dbus.md: import json, os": "test_wgnld_languages.py runs this program and ends it",
    "dbus.md: gdbus-codegen --interface-prefix org.wgnl.WireGuard1. --c-namespace Wgnl "
    "--generate-c-code proxies /usr/share/dbus-1/interfaces/org.wgnl.WireGuard1.*.xml":
        "test_wgnld_languages.py builds a program with it, from the interfaces of this checkout",
    "wgnl.netdev.5.scd: [Service]": "a drop-in of systemd's; networkd/test_readable_files.py has one",
    "wgnl.netdev.5.scd: [X-PeerList]": "its signature is left out; test_peer_lists.py signs some",
    "wgnl.netdev.5.scd: [Match]": "a part of a file; `wgnl adopt` writes it, see test_handover.py",
}


def test_every_block_is_run_or_has_a_reason():
    known = [*HERE, *MACHINE, *NOT_RUN]
    assert len(known) == len(set(known)), "one way for each"
    assert set(known) == set(ALL)
    for name, reason in NOT_RUN.items():
        assert len(reason) > 10, name


def test_the_tests_that_are_named_are_there():
    mine = pathlib.Path(__file__).read_text(encoding="utf-8")
    for test in HERE.values():
        assert f"def {test}(" in mine, test
    machine = (TOP / "tests/integration/vm/tests/fast/test_documents.py").read_text(encoding="utf-8")
    for block in MACHINE:
        assert f'"{block}"' in machine, block


class Shell:
    """A root shell of somebody who reads: /etc/systemd/network is theirs, `wgnl` is installed."""

    PREPARE = ("mount --bind {folder}/network /etc/systemd/network && mkdir -p /run/wgnl && "
               "mount --bind {folder}/records /run/wgnl && cd {folder}/home && . {folder}/typed")

    def __init__(self, folder):
        self.folder = folder
        for name in ("network", "home", "records"):
            (folder / name).mkdir()
        pathlib.Path("/etc/systemd/network").mkdir(parents=True, exist_ok=True)

    def type(self, text, prefix=(), env=None):
        """Types it, each line for itself: where one fails, all has."""
        (self.folder / "typed").write_text("set -e\n" + text, encoding="utf-8")
        env = {**(env or os.environ), "PATH": f"{program().parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            [*prefix, "unshare", "--mount", "bash", "-c", self.PREPARE.format(folder=self.folder)],
            env=env, text=True, capture_output=True, check=False, timeout=DEADLINE)
        assert done.returncode == 0, f"{text}{done.stdout}{done.stderr}"
        return done.stdout

    def save(self, name, text):
        """As an editor does under the umask of a careful administrator's shell."""
        path = self.folder / "network" / name
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def shell(folder):
    return Shell(folder)


@pytest.mark.parametrize("umask", ["022", "027", "077"])
def test_a_first_tunnel_is_right(shell, umask):
    key = ALL["README.md: install -m 0640 -g systemd-network /dev/null /etc/systemd/network/wg0.key"]
    shown = shell.type(f"umask {umask}\n{key.text}")
    assert re.fullmatch(r"[A-Za-z0-9+/]{43}=\n", shown), "the public key, for the other side"
    status = (shell.folder / "network/wg0.key").stat()
    assert (status.st_mode & 0o777, status.st_uid) == (0o640, 0)
    readable = shell.type("setpriv --reuid=systemd-network --regid=systemd-network --clear-groups "
                          "head -c 10 /etc/systemd/network/wg0.key")
    assert len(readable) == 10

    shell.save("wg0.netdev", ALL[NETDEV].text)
    shell.save("wg0.network", ALL[NETWORK].text)
    assert shell.type("wgnl check /etc/systemd/network/wg0.netdev") == ""
    shell.type(ALL["wgnl.netdev.5.scd: chown root:systemd-network /etc/systemd/network/wg0.key"].text)


def test_files_of_the_manual_are_right(shell):
    """The server is that of README; with the other side's keys, and the further peer beside it."""
    server, client, phone = (ALL[name].text for name in (SERVER, CLIENT, PHONE))
    assert server == ALL[NETDEV].text
    shell.type("cd /etc/systemd/network; umask 077; wgnl genkey > wg0.key; mkdir -m 755 wg0.netdev.d; "
               "wgnl genpsk > wg0.psk; chgrp systemd-network wg0.key wg0.psk; chmod 640 wg0.key wg0.psk")
    shell.save("wg0.netdev", server)
    shell.save("wg0.netdev.d/phone.conf", phone)
    assert shell.type("wgnl check /etc/systemd/network/wg0.netdev") == ""
    (shell.folder / "network/wg0.netdev.d/phone.conf").unlink()
    # The credential is there for systemd alone; a key file says the same here.
    shell.save("wg0.netdev", client.replace(
        "[WireGuard]\n", "[WireGuard]\nPrivateKeyFile=/etc/systemd/network/wg0.key\n"))
    assert shell.type("wgnl check /etc/systemd/network/wg0.netdev") == ""


def test_a_tunnel_in_a_container(shell, here):
    shell.save("../home/wg0.netdev", ALL[NETDEV].text.replace("/etc/systemd/network/wg0.key",
                                                              str(shell.folder / "home/wg0.key")))
    shell.type(ALL["wgnl.1.scd: umask 077; wgnl genkey > wg0.key"].text, prefix=here.command())
    assert (shell.folder / "home/wg0.key").stat().st_mode & 0o777 == 0o600
    assert here.dump("wg0")
    here.run("ip", "link", "delete", "wg0")


@pytest.mark.skipif(sanitized(PLUGIN), reason="the plugin is built for a sanitizer")
def test_a_file_becomes_a_profile_and_a_file_again(tmp_path):
    """As root, whom `sudo` makes."""
    file = tmp_path / f"{NAME}.conf"
    file.write_text(CONF)
    file.chmod(0o600)
    helper = pathlib.Path(os.environ["WGNL_BUILD"]) / "plugins/nm/helper/wgnl-nm-profile"
    path = f"PATH={program().parent}:$PATH"
    with NetworkManager(tmp_path) as manager:
        for name in (IMPORT, EXPORT):
            done = manager.run("bash", "-ec", f'sudo() {{ "$@"; }}\n{path}; cd {tmp_path}\n{ALL[name].text}',
                               env={"WGNL_PROFILE_HELPER": str(helper)})
            assert done.returncode == 0, done.stderr.decode()
    written = (tmp_path / "my-office-ystm.conf").read_text()
    assert PRIVATE in written and PRESHARED in written


@pytest.fixture
def wg0(wgnld, here, bus):
    """A device of the documents' name, with their peer; in a namespace of its own."""
    key, peer = Keys(), Keys()
    here.wireguard("wg0", key)
    wgnld.declare(sync("wg0", [{"public_key": peer.public, "name": "laptop"}]))
    yield peer
    here.run("ip", "link", "delete", "wg0")


def test_the_bus_is_looked_at(shell, bus, wg0):
    for name, test in HERE.items():
        if test == "test_the_bus_is_looked_at":
            # A monitor ends when it is told to, and no sooner.
            text = re.sub(r"(?m)^(busctl monitor.*)$", r"timeout 1 \1 || [ $? = 124 ]", ALL[name].text)
            assert "/org/wgnl/WireGuard1/device/wg0" in shell.type(text, env=environment(bus)), name


def test_the_command_waits(shell, bus, wg0):
    line = ALL["wgnl.1.scd: wgnl wait wg0 --peer laptop --timeout 30"].text.strip()
    said = shell.type(f"{line.replace('30', '1ms')} || echo $?", env=environment(bus))
    assert said.strip().endswith("4"), "it knows the peer, and the time was up"


def test_the_program_compiles(shell):
    (shell.folder / "home/allow.cpp").write_text(ALL["README.md: #include <wgnl/client.hpp>"].text)
    shell.type(f"c++ -std=c++23 -fsyntax-only -Wall -Wextra -Werror -I{TOP}/libwgnl/include allow.cpp")


def test_what_is_printed_fits_a_terminal():
    for name, test in HERE.items():
        if test == "test_what_is_printed_fits_a_terminal":
            assert max(map(len, ALL[name].text.splitlines())) <= 80, name


def packages():
    """Of debian/control: what each depends on and recommends, by its name."""
    text = (TOP / "debian/control").read_text(encoding="utf-8")
    found = {}
    for paragraph in text.split("\n\n"):
        if name := re.search(r"(?m)^Package: (.*)$", paragraph):
            wants = re.findall(r"(?ms)^(?:Depends|Recommends):(.*?)(?=^\S|\Z)", paragraph)
            found[name[1]] = set(re.findall(r"[a-z][a-z0-9.+-]+", " ".join(
                re.sub(r"\([^)]*\)|\$\{[^}]*\}", "", want) for want in wants)))
    return found


@pytest.mark.parametrize("adapter, other", [
    ("wgnl-networkd", {"network-manager", "modemmanager", "dnsmasq-base"}),
    ("network-manager-wgnl", {"wgnl-networkd"})])
def test_the_packages_bring_no_other_network_manager(adapter, other):
    line = ALL[f"README.md: sudo apt install ./wgnl_*.deb ./libwgnl0_*.deb ./{adapter}_*.deb"].text
    control = packages()
    named = re.findall(r"\./([a-z0-9-]+)_\*\.deb", line)
    assert adapter in named and set(named) <= set(control)
    needed = set().union(*(control[name] for name in named))
    assert not needed & other
    ours = {name for name in needed if name in control}
    assert ours <= set(named), "what of ours is needed is in the line"


def test_prometheus_is_told_where():
    text = ALL["wgnl-metrics.8.scd: scrape_configs:"].text
    port = re.search(r"ListenStream=127.0.0.1:(\d+)", (TOP / "units/wgnl-metrics.socket.in").read_text())
    assert f"'localhost:{port[1]}'" in text
    assert [len(line) - len(line.lstrip()) for line in text.splitlines()] == [0, 2, 4]


def test_operators_of_sets_take_no_labels():
    """Prometheus refuses group_left behind and, or, unless; every name is one that is served."""
    block = ALL['wgnl-metrics.8.scd: (wireguard_peer_state{wireguard_peer_state="unreachable"} == 1)'].text
    assert not re.search(r"\b(and|or|unless)\b[^()]*\([^()]*\)\s*group_(left|right)", block)
    assert re.search(r"\* on \(interface, public_key\) group_left \(name\)", block)
    source = (TOP / "cli/metrics/text.cpp").read_text(encoding="utf-8") + (
        TOP / "docs/man/wgnl.1.scd").read_text(encoding="utf-8")
    for name in re.findall(r"\bwireguard_\w+", block):
        assert name in source, name


def sentences_of_security():
    """What SECURITY.md promises of what somebody may do, one item each."""
    text = (TOP / "SECURITY.md").read_text(encoding="utf-8")
    section = text.partition("## Who may do what to whom")[2].partition("\n## ")[0]
    items = re.findall(r"(?ms)^\* (.*?)(?=^\* |^$|\Z)", section)
    return [sentence for item in items
            for sentence in re.split(r"(?<=\)[.;])\s+", item.strip()) if sentence]


def known_tests():
    """The names of all tests: of functions of Python's, and of cases of C++'s."""
    names = set()
    for path in (TOP / "tests").rglob("test_*.py"):
        names |= set(re.findall(r"(?m)^def (test_\w+)\(", path.read_text(encoding="utf-8")))
    for part in ("cli", "dbus", "libwgnl", "plugins"):
        for path in (TOP / part).rglob("test_*.cpp"):
            names |= set(re.findall(r"(?m)^(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\(\s*\w+,\s*(\w+)",
                                    path.read_text(encoding="utf-8")))
    return names


def test_each_sentence_of_security_names_tests_that_there_are():
    sentences = sentences_of_security()
    known = known_tests()
    assert len(sentences) > 20
    for sentence in sentences:
        found = re.search(r"\(([^()]*)\)[.;]?$", sentence)
        named = re.findall(r"`(\w+)`", found[1]) if found else []
        assert named, f"names no test: {sentence}"
        assert set(named) <= known, f"{set(named) - known} in: {sentence}"
