# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many calls at once, over many connections.

Reads {"address", "connections", "calls", "path", "interface", "member", "document"} from standard
input: each connection makes so many calls before the first is answered; a document goes along as a
sealed memory file behind an origin. With "introduced" the called knows each connection from one call
that was answered before. Prints {"answers": how often which answer came, "files": how
many different files came, "descriptors": how many descriptors, "sizes"}.
"""
import collections
import json
import os
import resource
import sys

import dbus
import dbus.bus
import dbus.lowlevel
import dbus.mainloop.glib
from gi.repository import GLib

from caller import NAME, memory_file
from patience import DEADLINE


class Crowd:
    def __init__(self, request):
        self.request = request
        self.loop = GLib.MainLoop()
        self.answers = collections.Counter()
        self.descriptors = []
        self.left = request["connections"] * request["calls"]
        self.connections = [dbus.bus.BusConnection(request["address"])
                            for _ in range(request["connections"])]

    def message(self, fd):
        made = dbus.lowlevel.MethodCallMessage(
            NAME, self.request["path"], self.request["interface"], self.request["member"])
        if fd is not None:
            made.append("/etc/crowd.json", dbus.types.UnixFd(fd), signature="sh")
        return made

    def introduce(self, fd):
        for connection in self.connections:
            try:
                connection.send_message_with_reply_and_block(self.message(fd), DEADLINE)
            except dbus.DBusException:
                pass  # refused is answered as well

    def run(self):
        document = self.request.get("document")
        fd = memory_file(document.encode("latin-1")) if document else None
        if self.request.get("introduced"):
            self.introduce(fd)
        for connection in self.connections:
            for _ in range(self.request["calls"]):
                connection.send_message_with_reply(self.message(fd), self.answered, DEADLINE)
        print("asked", flush=True)
        self.loop.run()

    def answered(self, message):
        failed = message.get_type() == 3
        self.answers[message.get_error_name() if failed else "reply"] += 1
        if not failed:
            self.descriptors += [argument.take() for argument in message.get_args_list()
                                 if isinstance(argument, dbus.types.UnixFd)]
        self.left -= 1
        if self.left == 0:
            self.loop.quit()

    def report(self):
        stats = [os.fstat(fd) for fd in self.descriptors]
        return {"answers": self.answers, "files": len({stat.st_ino for stat in stats}),
                "descriptors": len(stats), "sizes": sorted({stat.st_size for stat in stats}),
                "offsets": sorted({len(os.read(fd, 10)) for fd in self.descriptors})}


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    crowd = Crowd(json.load(sys.stdin))
    crowd.run()
    print(json.dumps(crowd.report()))


if __name__ == "__main__":
    main()
