# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnl-resolve for real: a private bus, a DNS server of our own, users that may and may not ask."""
import os
import pathlib
import socket
import subprocess
import threading

import dbus
import pytest

from conftest import DEADLINE, end, run
from name_server import NameServer

NAME = "org.wgnl.Resolve1"
PATH = "/org/wgnl/Resolve1"
ERROR = NAME + ".Error."
GONE = ["org.freedesktop.DBus.Error." + name for name in ("ServiceUnknown", "NoReply")]
SERVER = "127.0.0.1"
# A deadline that nothing reaches, and a resolver library that does not ask again meanwhile.
NEVER = ("--deadline", str(round(4 * DEADLINE)))
OPTIONS = "options timeout:30 attempts:5"

# Runs the rest of its arguments where the system's resolver asks the server of the test.
IN_PLACE = """
mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/nsswitch.conf &&
mount --bind "$3" /etc/hosts && shift 3 && exec "$@"
"""


class Resolver:
    """The daemon in a namespace, on the private bus."""

    def __init__(self, bus, namespace, folder, *options):
        self.bus = bus
        self.files = [folder / name for name in ("resolv.conf", "nsswitch.conf", "hosts")]
        for file, text in zip(self.files, (f"nameserver {SERVER}\nsearch .\n{OPTIONS}\n",
                                           "hosts: files dns\n", "")):
            file.write_text(text)
        program = pathlib.Path(os.environ["WGNL_BUILD"]) / "dbus/resolve/wgnl-resolve"
        before = self.times_owned()
        self.process = subprocess.Popen(
            namespace.command("unshare", "--mount", "sh", "-c", IN_PLACE, "sh", *self.files,
                              program, *options),
            env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus.address})
        bus.until(lambda: self.times_owned() > before, "wgnl-resolve owns its name")

    def times_owned(self):
        """How often its name was taken: it may have been given back since."""
        return len([owner for name, _, owner in self.bus.signals("NameOwnerChanged")
                    if name == NAME and owner])

    def has_read(self):
        """Waits until it has taken every question that was asked so far."""
        self.error("unknown")

    def ask(self, label):
        """Addresses as text, in their order."""
        return self.ask_name(f"{label}.wgnl.test")

    def ask_name(self, name):
        connection = dbus.bus.BusConnection(self.bus.address)
        method = connection.get_object(NAME, PATH, introspect=False).get_dbus_method("Resolve", NAME)
        return [socket.inet_ntop(family, bytes(octets)) for family, octets, _ in
                method(name, timeout=DEADLINE)]

    def error(self, label):
        with pytest.raises(dbus.DBusException) as caught:
            self.ask(label)
        return caught.value.get_dbus_name()

    def close(self):
        end(self.process)


@pytest.fixture
def server(here):
    made = NameServer(SERVER, here.command())
    yield made
    made.close()


@pytest.fixture
def start(bus, here, folder, server):
    """Starts the resolver with these options."""
    started = []

    def begin(*options):
        started.append(Resolver(bus, here, folder, *options))
        return started[-1]
    yield begin
    for resolver in started:
        resolver.close()


@pytest.fixture
def resolver(start):
    return start()


def together(count, function):
    """What that many calls at once return."""
    results = [None] * count

    def one(number):
        results[number] = function(number)
    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    return results


def test_addresses_of_both_families_are_found(resolver, server):
    server.set(a=["192.0.2.1"], b=["2001:db8::1"], c=["192.0.2.1", "2001:db8::1", "192.0.2.2"])

    assert resolver.ask("a") == ["192.0.2.1"]
    assert resolver.ask("b") == ["2001:db8::1"]
    assert sorted(resolver.ask("c")) == ["192.0.2.1", "192.0.2.2", "2001:db8::1"]


def test_changed_answer_is_seen_at_the_next_question(resolver, server):
    server.set(a=["192.0.2.1"])
    assert resolver.ask("a") == ["192.0.2.1"]

    server.set(a=["192.0.2.2"])

    assert resolver.ask("a") == ["192.0.2.2"]


def test_nsswitch_is_honoured(resolver, server):
    server.set(a=["192.0.2.1"])
    resolver.files[2].write_text("192.0.2.9 a.wgnl.test\n")

    assert resolver.ask("a") == ["192.0.2.9"]
    assert server.queries() == 0


def test_many_addresses_are_cut(resolver):
    resolver.files[2].write_text(
        "".join(f"192.0.2.{n} many.wgnl.test\n" for n in range(1, 201)))

    assert len(set(resolver.ask("many"))) == 64


def test_errors_say_what_happened(start, server):
    resolver = start(*NEVER)
    server.set(sick="SERVFAIL", empty=[])

    assert resolver.error("unknown") == ERROR + "NoSuchName"
    assert resolver.error("empty") == ERROR + "NoSuchName"
    assert resolver.error("sick") == ERROR + "TemporaryFailure"


def test_a_name_that_hangs_is_given_up_at_the_deadline(start, server):
    resolver = start("--deadline", "1")
    server.set(hanging="HANG")

    assert resolver.error("hanging") == ERROR + "TimedOut"


def test_server_that_nobody_runs_is_a_temporary_failure(resolver, server):
    server.close()

    assert resolver.error("a") == ERROR + "TemporaryFailure"


def test_name_that_cannot_be_one_is_refused(resolver):
    for name in ("", "a b", "a\nb", 254 * "a"):
        with pytest.raises(dbus.DBusException) as caught:
            resolver.ask_name(name)
        assert caught.value.get_dbus_name() == "org.freedesktop.DBus.Error.InvalidArgs"


def test_names_that_hang_hold_up_no_other(start, server):
    resolver = start(*NEVER)
    server.set(a=["192.0.2.1"], **{f"hang{n}": "HANG" for n in range(15)})
    hanging = threading.Thread(target=together, args=(15, lambda n: resolver.error(f"hang{n}")))
    hanging.start()
    resolver.bus.until(lambda: all(server.queries(f"hang{n}") for n in range(15)), "all hang")

    for _ in range(20):
        assert resolver.ask("a") == ["192.0.2.1"]

    assert hanging.is_alive()
    resolver.close()  # which nobody waits for any longer
    hanging.join(DEADLINE)


def test_questions_after_one_name_share_a_look_up(start, server):
    resolver = start(*NEVER)
    server.set(a="HOLD")
    results = []
    asking = threading.Thread(
        target=lambda: results.extend(together(20, lambda _: resolver.ask("a"))))
    asking.start()
    resolver.bus.until(lambda: len(resolver.bus.callers_of("Resolve")) == 20, "all ask")
    resolver.has_read()

    server.set(a=["192.0.2.1"])

    asking.join(DEADLINE)
    assert results == 20 * [["192.0.2.1"]]
    assert server.queries("a") <= 2  # one for each family


def test_a_thousand_names(resolver, server):
    server.set(**{f"n{n}": [f"10.1.{n // 250}.{n % 250 + 1}"] for n in range(1000)})

    results = together(20, lambda part: [resolver.ask(f"n{n}") for n in range(part, 1000, 20)])

    assert [results[n % 20][n // 20] for n in range(1000)] == [
        [f"10.1.{n // 250}.{n % 250 + 1}"] for n in range(1000)]


def test_only_root_and_wgnl_may_ask(resolver, server):
    server.set(a=["192.0.2.1"])
    said = run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "sh", "-c",
               f"busctl --address={resolver.bus.address} call {NAME} {PATH} {NAME} Resolve s "
               "a.wgnl.test 2>&1 || true")

    assert "denied" in said.lower() or "not allowed" in said.lower(), said
    assert server.queries() == 0


def test_it_ends_when_nobody_asks(start, server):
    resolver = start("--idle", "1")
    server.set(a=["192.0.2.1"])

    try:
        assert resolver.ask("a") == ["192.0.2.1"]
    except dbus.DBusException as error:  # a second was too short here for anybody to ask
        assert error.get_dbus_name() in GONE

    assert resolver.process.wait(DEADLINE) == 0


def test_it_ends_at_once_while_a_look_up_hangs(start, server):
    resolver = start()
    server.set(a="HANG")
    asking = threading.Thread(target=resolver.error, args=("a",))
    asking.start()
    resolver.bus.until(lambda: server.queries("a"), "the look-up is under way")

    resolver.process.terminate()

    assert resolver.process.wait(DEADLINE) == 0
    asking.join(DEADLINE)
