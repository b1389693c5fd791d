# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many who ask at once, and what that costs wgnld: memory, descriptors, processor time."""
import base64
import json
import os
import pathlib
import subprocess
import time

import dbus
import dbus.lowlevel

from caller import DEVICE, MANAGER, PEER, ROOT, Caller, encode_document, memory_file
from conftest import DEADLINE, end, run, sanitized
from test_wgnld import ERROR, error_of, sync, tunnel  # noqa: F401 # pylint: disable=unused-import

LIMITS = "org.freedesktop.DBus.Error.LimitsExceeded"
CROWD = pathlib.Path(__file__).parent / "crowd.py"


def many_peers(count):
    return [{"public_key": base64.b64encode(number.to_bytes(32, "big")).decode(),
             "name": f"peer{number}", "allowed_ips": [f"fd00::{number >> 16:x}:{number & 0xffff:x}/128"]}
            for number in range(1, count + 1)]


def declare_many(wgnld, device, count):
    """Waits until all of them are in view, which very many are some time after they were applied."""
    wgnld.declare(sync(device, many_peers(count)))
    wgnld.bus.until(lambda: wgnld.device(device, "PeerCount") == count, "all are there")


def start_crowd(wgnld, user, **request):
    crowd = subprocess.Popen(
        ["setpriv", f"--reuid={user}", "--clear-groups", "/usr/bin/python3", "-B", CROWD],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    crowd.stdin.write(json.dumps({"address": wgnld.bus.address, **request}))
    crowd.stdin.close()
    assert crowd.stdout.readline() == "asked\n"
    return crowd


def report_of(crowd):
    report = json.loads(crowd.stdout.readline())
    assert crowd.wait(DEADLINE) == 0
    return report


def status(wgnld, field):
    lines = pathlib.Path(f"/proc/{wgnld.pid()}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(field + ":")).split()[1])


def descriptors(wgnld):
    return len(os.listdir(f"/proc/{wgnld.pid()}/fd"))


def snapshots(wgnld, device, user="nobody", connections=10):
    return start_crowd(wgnld, user, connections=connections, calls=100,
                       path=wgnld.path(device), interface=DEVICE, member="Snapshot")


def test_a_thousand_snapshots_cost_no_memory(wgnld, device):
    declare_many(wgnld, device, 20_000)
    open_before = descriptors(wgnld)
    pathlib.Path(f"/proc/{wgnld.pid()}/clear_refs").write_text("5", encoding="ascii")
    before = status(wgnld, "VmRSS")

    report = report_of(snapshots(wgnld, device))

    peak = status(wgnld, "VmHWM") - before
    print(f"1,000 snapshots of {report['sizes']} bytes: {peak} KiB of memory at most")
    assert report["answers"] == {"reply": 1000}
    assert report["descriptors"] == 1000 and report["files"] == 1
    assert report["offsets"] == [10], "each reads from the beginning"
    assert peak < 8 * 1024 or sanitized()
    wgnld.bus.until(lambda: descriptors(wgnld) <= open_before + 2, "descriptors are closed")


def test_callers_that_vanish_leave_nothing(wgnld, device):
    declare_many(wgnld, device, 5000)
    report_of(snapshots(wgnld, device, connections=1))
    before = descriptors(wgnld)
    for _ in range(3):
        end(snapshots(wgnld, device), 9)

    assert report_of(snapshots(wgnld, device, connections=1))["answers"] == {"reply": 100}
    wgnld.bus.until(lambda: descriptors(wgnld) <= before, "descriptors are closed")


def test_snapshot_of_a_device_that_vanishes_is_an_error_or_whole(wgnld, device):
    declare_many(wgnld, device, 20_000)
    crowd = snapshots(wgnld, device, connections=2)

    wgnld.root.manager("Withdraw", device)

    answers = report_of(crowd)["answers"]
    assert sum(answers.values()) == 200
    assert set(answers) <= {"reply", ERROR + "NoSuchDevice",
                            "org.freedesktop.DBus.Error.UnknownObject"}


def slow_to_refuse(device):
    """A document that has to be read to its end before its mistake shows: one key twice."""
    peers = many_peers(1500)
    return encode_document(sync(device, [*peers, peers[0]])).decode("latin-1")


def test_more_documents_than_can_wait_are_told_so(wgnld, device):
    for size in range(1, 11):  # a small crowd may come more slowly than its documents are read
        crowd = start_crowd(wgnld, "root", connections=4 * size, calls=100, path=ROOT,
                            interface=MANAGER, member="Declare", document=slow_to_refuse(device),
                            introduced=True)
        answers = report_of(crowd)["answers"]
        # dbus-daemon has limits of its own for descriptors on their way.
        assert set(answers) <= {LIMITS, ERROR + "NotReady", ERROR + "InvalidDeclaration"}, answers
        if ERROR + "NotReady" in answers:
            break

    assert answers[ERROR + "NotReady"] > 0
    assert answers[ERROR + "InvalidDeclaration"] >= 256
    wgnld.declare(sync(device, []))


def test_strangers_in_a_crowd_are_not_refused(wgnld, device):
    """Who they are is asked of a bus that drops answers to a receiver with a full queue."""
    crowd = start_crowd(wgnld, "root", connections=4, calls=100, path=ROOT, interface=MANAGER,
                        member="Declare", document=slow_to_refuse(device))

    answers = report_of(crowd)["answers"]

    assert set(answers) <= {LIMITS, ERROR + "NotReady", ERROR + "InvalidDeclaration"}, answers
    assert answers[ERROR + "InvalidDeclaration"] >= 100


def left_to_refuse(wgnld):
    """How many documents were still to be refused when root asked last, and when it was answered."""
    heard, answered = wgnld.bus.heard, wgnld.last_answer()
    serial = heard[answered]["reply_cookie"]
    asked = max(at for at, message in enumerate(heard) if message["cookie"] == serial
                and message["sender"] == wgnld.root.connection.get_unique_name())
    return [sum(message["type"] == "error" for message in heard[at:])
            for at in (asked, answered)]


def test_others_are_answered_while_documents_are_read(wgnld, device):
    for _ in range(20):
        crowd = start_crowd(wgnld, "root", connections=1, calls=100, path=ROOT, interface=MANAGER,
                            member="Declare", document=slow_to_refuse(device))
        assert wgnld.root.manager("ListDevices") == []
        assert report_of(crowd)["answers"] == {ERROR + "InvalidDeclaration": 100}
        at_first, then = left_to_refuse(wgnld)
        if at_first > 50:  # else the question itself came too late to tell
            break

    print(f"{at_first} of them before the question, {then} behind the answer")
    assert at_first > 50 and then > 0


def test_what_one_sender_asks_is_done_in_its_order(wgnld, device):
    """A declaration, its withdrawal and another one, sent without waiting for answers."""
    connection = dbus.bus.BusConnection(wgnld.bus.address)
    big, small = (encode_document(sync(device, many_peers(count))) for count in (3000, 1))
    for member, document in (("Declare", big), ("Withdraw", None), ("Declare", small)):
        message = dbus.lowlevel.MethodCallMessage(
            "org.wgnl.WireGuard1", ROOT, MANAGER, member)
        if document:
            fd = memory_file(document)
            message.append("/etc/a.json", dbus.types.UnixFd(fd), signature="sh")
            os.close(fd)
        else:
            message.append(device, signature="s")
        connection.send_message(message)
    connection.flush()
    wgnld.bus.until(lambda: wgnld.root.manager("ListDevices")
                    and wgnld.device(device, "PeerCount") == 1, "the last one holds")
    assert wgnld.log.read_text().count("declared by") == 2


def test_counters_end_with_their_client(wgnld, bus, device):
    wgnld.declare(sync(device, []))
    program = ("import caller, signal, sys\n"
               "asks = caller.Caller(sys.argv[1])\n"
               "asks.subscribe(sys.argv[2], 1_000_000)\n"
               "print(asks.connection.get_unique_name(), flush=True)\n"
               "signal.pause()\n")
    client = subprocess.Popen(
        ["env", "-C", wgnld.folder, "/usr/bin/python3", "-B", "-c", program, bus.address,
         wgnld.path(device)], stdout=subprocess.PIPE, text=True)
    name = client.stdout.readline().strip()

    def received(by):
        return [m for m in bus.heard if m.get("member") == "Counters"
                and m.get("destination") == by]

    bus.until(lambda: received(name), "it gets counters")
    end(client, 9)
    bus.until(lambda: [name, name, ""] in bus.signals("NameOwnerChanged"), "the bus has noticed")
    count = len(received(name))
    wgnld.root.subscribe(wgnld.path(device), 1_000_000)
    own_name = wgnld.root.connection.get_unique_name()
    bus.until(lambda: len(received(own_name)) >= 3, "others get theirs")

    assert len(received(name)) <= count + 1, "one may have been on its way"
    assert wgnld.caller_as("nobody", "call", wgnld.path(device), DEVICE, "GetCounters") == [0, 0, 0]


def test_subscriptions_of_a_user_are_counted(wgnld, bus, device):
    paths = []
    for letter in "abc":
        wgnld.declare(sync(device + letter, []))
        paths.append(wgnld.path(device + letter))
    clients = [Caller(bus.address) for _ in range(86)]
    for client in clients[:85]:
        for path in paths:
            client.subscribe(path, 86_400_000_000)
    clients[85].subscribe(paths[0], 86_400_000_000)

    assert error_of(clients[85].subscribe, paths[1], 86_400_000_000) == LIMITS
    wgnld.caller_as("nobody", "subscribe", paths[0], 86_400_000_000)
    clients[85].subscribe(paths[0], 1_000_000)
    for client in clients[:85]:
        client.connection.close()
    bus.until(lambda: error_free(clients[85].subscribe, paths[1], 86_400_000_000), "room again")


def error_free(function, *arguments):
    try:
        function(*arguments)
    except dbus.DBusException:
        return False
    return True


def worker_time(wgnld):
    """Seconds of processor time that the thread that talks to WireGuard has used."""
    for task in pathlib.Path(f"/proc/{wgnld.pid()}/task").iterdir():
        if (task / "comm").read_text(encoding="ascii").strip() == "wgnl-worker":
            return int((task / "schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    raise AssertionError("there is no such thread")


def test_reading_in_a_tight_loop_stays_within_the_budget(wgnld, tunnel, device):  # noqa: F811
    program = ("import caller, sys, time\n"
               "asks, path = caller.Caller(sys.argv[1]), sys.argv[2]\n"
               "count, end = 0, time.monotonic() + 5\n"  # for the share; the rest is for the work
               "while time.monotonic() < end or count < 20:\n"
               "    asks.get_all(path, caller.DEVICE)\n"
               "    asks.get(path, caller.DEVICE, 'RxBytes')\n"
               "    asks.call(path, caller.DEVICE, 'GetCounters')\n"
               "    for found in asks.call(path, caller.DEVICE, 'ListPeers'):\n"
               "        asks.get_all(found[1], caller.PEER)\n"
               "    asks.call(path, caller.DEVICE, 'Snapshot').take()\n"
               "    asks.objects()\n"
               "    count += 1\n"
               "print(count)\n")
    tunnel.ping()
    before, begun = worker_time(wgnld), time.monotonic()
    reader = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", "-C",
              wgnld.folder, "/usr/bin/python3", "-B", "-c", program, wgnld.bus.address,
              wgnld.path(device)]
    readers = [subprocess.Popen(reader, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    rounds = sum(int(one.communicate(timeout=DEADLINE)[0]) for one in readers)

    share = (worker_time(wgnld) - before) / (time.monotonic() - begun)
    print(f"{rounds} rounds of reading: {share:.2%} of a core for WireGuard")
    assert rounds > 50
    assert share < 0.05 or sanitized()


def test_many_connections_come_and_go(wgnld, device):
    wgnld.declare(sync(device, []))
    before = descriptors(wgnld)
    for _ in range(3):
        crowd = start_crowd(wgnld, "nobody", connections=150, calls=3, path=wgnld.path(device),
                            interface=DEVICE, member="GetCounters")
        assert report_of(crowd)["answers"] == {"reply": 450}

    wgnld.bus.until(lambda: descriptors(wgnld) <= before, "descriptors are closed")


def test_a_hundred_thousand_peers(wgnld, bus, device):
    owner = wgnld.root.connection.get_name_owner("org.wgnl.WireGuard1")
    count = 10_000 if sanitized() else 100_000
    declare_many(wgnld, device, count)
    path = wgnld.path(device)

    begun = time.monotonic()
    peer = wgnld.peer_path(device, "peer7777")
    by_name, begun = time.monotonic() - begun, time.monotonic()
    state = run("busctl", f"--address={bus.address}", "get-property", "org.wgnl.WireGuard1", peer,
                PEER, "State")
    by_busctl, begun = time.monotonic() - begun, time.monotonic()
    with os.fdopen(wgnld.root.call(path, DEVICE, "Snapshot").take()) as file:
        shown = json.load(file)
    by_snapshot = time.monotonic() - begun
    print(f"{count:,} peers: {status(wgnld, 'VmHWM') >> 10} MiB of memory at most; GetPeer {by_name * 1e3:.1f} ms, busctl get-property "
          f"{by_busctl * 1e3:.1f} ms, Snapshot with reading it {by_snapshot * 1e3:.0f} ms")

    assert state == 's "absent"'
    assert len({one["PublicKey"] for one in shown["Peers"]}) == shown["PeerCount"] == count
    assert set(wgnld.root.objects()) == {path}
    assert wgnld.root.connection.get_name_owner("org.wgnl.WireGuard1") == owner


def test_counters_are_of_now(wgnld, bus, tunnel):  # noqa: F811
    """Nobody else asks for figures meanwhile, and no handshake tells of the last packets."""
    tunnel.ping()
    wgnld.root.subscribe(wgnld.path(tunnel.device), 1_000_000)
    tunnel.ping(20)

    def received():
        return [m["payload"]["data"] for m in bus.heard if m.get("member") == "Counters"]

    bus.until(lambda: any(rx > 20 * 100 for rx, _, _ in received()), "the last pings count")
    moments = [sampled for _, _, sampled in received()]
    assert moments == sorted(set(moments))
    assert wgnld.root.objects()[wgnld.path(tunnel.device)][DEVICE]["SampledAt"] >= moments[-1]


def test_edits_of_many_peers_leave_no_memory_behind(wgnld, tunnel, device):  # noqa: F811
    peers = many_peers(10000)
    before = status(wgnld, "RssAnon")

    def until_at_rest():
        wgnld.bus.until(lambda: status(wgnld, "RssAnon") - before < len(peers) * 1300 // 1024,
                        "it holds at most 1,300 bytes a peer", seconds=4 * DEADLINE)

    wgnld.declare(sync(device, peers))
    until_at_rest()
    for edit in range(20):
        wgnld.declare(sync(device, [{**peers[0], "persistent_keepalive": edit + 1}, *peers[1:]]))
    until_at_rest()
