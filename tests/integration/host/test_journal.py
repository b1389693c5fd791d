# SPDX-License-Identifier: LGPL-2.1-or-later
"""What wgnld writes to the journal of an edit: what was changed, in words, and each problem once."""
import re

from conftest import Keys, run
from test_wgnld import own


def applied(wgnld):
    """What is said of the changes, a line for each declaration."""
    return re.findall(r"wg\w+: (.*): applied \d+ changes? in \d+ messages?$",
                      wgnld.log.read_text(), re.M)


def test_an_edit_is_said_step_by_step_and_without_secrets(wgnld, device):
    keys, stays, goes, comes = Keys(), Keys().public, Keys().public, Keys().public
    psk = run("wg", "genpsk")
    wgnld.declare(own(device, keys, [{"public_key": stays}, {"public_key": goes}]))

    wgnld.declare(own(device, keys, [{"public_key": stays, "preshared_key": psk},
                                     {"public_key": comes, "name": "laptop",
                                      "allowed_ips": ["10.9.0.2/32"]}]))

    steps = wgnld.device(device, "LastChanges")
    assert applied(wgnld)[-1] == "; ".join(steps)
    assert sorted(steps) == sorted([f"- peer {goes}", f"~ peer {stays} preshared key set",
                                    f"+ peer {comes} (laptop) allowed-ips 10.9.0.2/32"])
    for secret in (psk, keys.private):
        assert secret not in wgnld.log.read_text()

    wgnld.declare(own(device, keys, [{"public_key": stays, "preshared_key": psk},
                                     {"public_key": comes, "name": "renamed",
                                      "allowed_ips": ["10.9.0.2/32"]}]))
    assert wgnld.device(device, "LastChanges") == [], "a name is nothing of the kernel's"


def test_what_is_done_to_the_link_is_said_too(wgnld, device):
    keys, peer = Keys(), {"public_key": Keys().public, "allowed_ips": ["10.8.0.0/24", "10.7.0.0/24"]}
    wgnld.declare(own(device, keys, [peer], mtu=1400))
    assert {"+ address 10.9.0.1/24", "~ link set up"} <= set(wgnld.device(device, "LastChanges"))

    wgnld.declare(own(device, keys, [peer], mtu=1300, addresses=["10.9.0.7/24"], route_table=254))

    steps = wgnld.device(device, "LastChanges")
    assert applied(wgnld)[-1] == "; ".join(steps)
    assert steps[:3] == ["~ MTU 1400 -> 1300", "+ address 10.9.0.7/24", "- address 10.9.0.1/24"]
    assert [step.split()[:3] for step in sorted(steps[3:])] == [["+", "route", "10.7.0.0/24"],
                                                                ["+", "route", "10.8.0.0/24"]]
    wgnld.declare(own(device, keys, [{**peer, "allowed_ips": ["10.8.0.0/24"]}], mtu=1300,
                      addresses=["10.9.0.7/24"], route_table=254))
    assert [step.split()[:3] for step in wgnld.device(device, "LastChanges")
            if "route" in step] == [["-", "route", "10.7.0.0/24"]]


def test_of_many_routes_the_first_are_named(wgnld, device):
    prefixes = [f"10.7.{number}.0/24" for number in range(150)]
    wgnld.declare(own(device, Keys(), [{"public_key": Keys().public, "allowed_ips": prefixes}],
                      route_table=254))

    steps = wgnld.device(device, "LastChanges")
    assert len([step for step in steps if step.startswith("+ route")]) <= 20
    assert steps[-1].startswith("and 13") and steps[-1].endswith(" more of the link")


def test_of_many_peers_the_first_are_named(wgnld, device):
    wgnld.declare(own(device, Keys(), [{"public_key": Keys().public} for _ in range(30)]))

    steps = wgnld.device(device, "LastChanges")
    assert len([step for step in steps if step.startswith("+ peer")]) == 20
    assert "and 10 more" in steps


def test_a_problem_of_a_file_is_said_once(wgnld, device):
    """By the adapter that has read it; who declares without one has wgnld say it."""
    problem = {"where": "wg.netdev:40", "severity": "warning", "text": "too vague"}
    declared = own(device, Keys(), [], problems=[problem])

    wgnld.caller_as("systemd-network", "declare", declared, "/etc/wg.netdev")
    wgnld.bus.until(lambda: wgnld.device(device, "Problems"), "it is on the bus")
    assert wgnld.log.read_text().count("too vague") == 0
    wgnld.caller_as("systemd-network", "manager", "Withdraw", device)
    wgnld.declare(declared)
    wgnld.root.manager("Reconcile", device)
    wgnld.declare(declared)
    assert wgnld.log.read_text().count("too vague") == 1
