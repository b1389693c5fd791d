# SPDX-License-Identifier: LGPL-2.1-or-later
"""A DNS server of the tests' own, for the machine and for the host: a process in a namespace.

As a program (`name_server.py ADDRESS`) it serves UDP port 53, and takes one JSON object a line from
standard input: {"records": {NAME: [ADDRESS, …] or "SERVFAIL" or "HANG" or "HOLD"}} adds records, {}
only asks. Each line is answered by the number of queries so far, by name. Names it does not know do
not exist. Queries that hang are never answered; those that are held are when their record is another.
"""

import collections
import ipaddress
import json
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

A, AAAA = 1, 28
NO_ERROR, SERVER_FAILURE, NO_SUCH_NAME = 0, 2, 3


class NameServer:
    """The process, as tests see it; `prefix` is what runs a command in its namespace."""

    def __init__(self, address, prefix=()):
        self.address = address
        self._process = subprocess.Popen(
            [*prefix, "/usr/bin/python3", "-B", str(Path(__file__).resolve()), address],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._talk({})

    def _talk(self, request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the name server is gone"
        return json.loads(answer)

    def set(self, **more):
        """Records by label; each is under wgnl.test: set(a=["192.0.2.1"], b="HANG", c=None)."""
        self._talk({"records": {f"{label}.wgnl.test": record for label, record in more.items()}})

    def queries(self, label=None):
        """How many there were, for one label or for all."""
        counts = self._talk({})
        return counts.get(f"{label}.wgnl.test", 0) if label else sum(counts.values())

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def question_of(query):
    """Name and type of the first question, and where it ends."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels).lower(), struct.unpack_from(">H", query, at + 1)[0], at + 5


def answer(query, records):
    """The reply to a query; None: there is none, or not yet."""
    name, kind, end = question_of(query)
    record = records.get(name)
    if record in ("HANG", "HOLD"):
        return None
    found = [] if record in (None, "SERVFAIL") else [
        one.packed for one in map(ipaddress.ip_address, record)
        if (one.version, kind) in ((4, A), (6, AAAA))]
    code = {None: NO_SUCH_NAME, "SERVFAIL": SERVER_FAILURE}.get(
        record if isinstance(record, (str, type(None))) else "", NO_ERROR)
    head = query[:2] + struct.pack(">HHHHH", 0x8580 | code, 1, len(found), 0, 0)
    tail = b"".join(struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(data)) + data for data in found)
    return head + query[12:end] + tail


class Service:
    """What is known, what was asked, and who still waits."""

    def __init__(self, server):
        self._server, self._lock = server, threading.Lock()
        self._records, self._waiting, self._known = {}, [], set()
        self.counts = collections.Counter()

    def serve(self):
        """Answers until the process ends."""
        while True:
            query, client = self._server.recvfrom(4096)
            with self._lock:
                self._count(query)
                self._reply(query, client)

    def _count(self, query):
        """One that was sent again, because its answer took too long, has the number that it had."""
        name, kind, _ = question_of(query)
        if (name, kind, query[:2]) not in self._known:
            self._known.add((name, kind, query[:2]))
            self.counts[name] += 1

    def learn(self, records):
        with self._lock:
            self._records.update(records)
            waiting, self._waiting = self._waiting, []
            for query, client in waiting:
                self._reply(query, client)

    def _reply(self, query, client):
        reply = answer(query, self._records)
        if reply is not None:
            self._server.sendto(reply, client)
        elif self._records[question_of(query)[0]] == "HOLD":
            self._waiting.append((query, client))


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((sys.argv[1], 53))
        service = Service(server)
        threading.Thread(target=service.serve, daemon=True).start()
        for line in sys.stdin:
            service.learn(json.loads(line).get("records", {}))
            print(json.dumps(dict(service.counts)), flush=True)


if __name__ == "__main__":
    main()
