# SPDX-License-Identifier: LGPL-2.1-or-later
"""A user's desktop in the machine: a session of logind's, an X server, and what is to be seen there
by AT-SPI, the interface of screen readers."""

import json
import re
import shutil
import subprocess
import time
from collections import namedtuple
from pathlib import Path

import lab

HERE = Path(__file__).parent
AGENT = Path("/usr/local/lib/wgnl-session-agent.py")
VIRTUAL_TERMINALS = Path("/sys/class/tty/tty0/active")  # as logind looks for them
# A step of a program that is drawn and described by a processor that may be emulated.
DEADLINE = lab.DEADLINE
PAUSE = 0.2
ROLES = {7: "check box", 11: "combo box", 16: "dialog", 23: "frame", 29: "label", 31: "list",
         32: "list item", 37: "page tab", 38: "page tab list", 39: "panel", 43: "button",
         52: "spin button", 61: "text", 62: "toggle button", 75: "application", 90: "table row",
         99: "grouping"}
STATES = {4: "checked", 8: "enabled", 12: "focused", 23: "selected", 24: "sensitive",
          25: "showing", 30: "visible"}


class User:
    """An account of this machine, made for the tests."""

    def __init__(self, name):
        self.name = name
        lab.run("useradd", "--create-home", "--shell", "/bin/bash", name)
        self.home = Path("/home") / name

    def put(self, name, text):
        """A file in the user's home that is the user's alone."""
        file = self.home / name
        file.write_text(text)
        shutil.chown(file, self.name, self.name)
        file.chmod(0o600)
        return file


class Login:
    """A session of logind's at the machine's own seat, on a virtual terminal if it has such. The one
    in front is active, which is what polkit asks for."""

    def __init__(self, user, terminal):
        shutil.copy(HERE / "session_agent.py", AGENT)
        environment = {"XDG_SEAT": "seat0", "XDG_SESSION_CLASS": "user", "XDG_SESSION_TYPE": "x11",
                       "XDG_CURRENT_DESKTOP": "GNOME", "LANG": "C.UTF-8"}
        more = []
        if VIRTUAL_TERMINALS.exists():
            environment["XDG_VTNR"] = terminal
            more = [f"-pTTYPath=/dev/tty{terminal}"]
        self._process = subprocess.Popen(
            ["systemd-run", "--quiet", "--pipe", "--wait", "--collect",
             f"--unit=login-{user.name}", f"-pUser={user.name}", "-pPAMName=login",
             f"-pWorkingDirectory={user.home}", *more,
             *(f"-E{name}={value}" for name, value in environment.items()),
             "/usr/bin/python3", AGENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *request):
        """One request to the agent in the session; an error of it fails the test."""
        print(json.dumps(request), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, "the user's session has ended"
        answer = json.loads(line)
        assert "error" not in answer, f"{request}: {answer['error']}"
        return answer["value"]

    def run(self, *argv, check=True):
        """Runs a program in the session; returns what it said."""
        status, said = self.ask("run", list(map(str, argv)))
        assert status == 0 or not check, f"{argv}: exit {status}\n{said}"
        return said

    def come_to_front(self):
        lab.run("loginctl", "activate", self.ask("variable", "XDG_SESSION_ID"))

    def close(self):
        self._process.stdin.close()
        self._process.wait(lab.DEADLINE)


Node = namedtuple("Node", "path parent index role name description states")


class Seen:
    """One look at a program: all of its widgets, as it described them in one answer."""

    def __init__(self, items):
        self.nodes = {}
        for (_, path), _, (_, parent), index, _, _, name, role, description, bits in items:
            states = {text for bit, text in STATES.items() if bits[0] >> bit & 1}
            self.nodes[path] = Node(path, parent, index, ROLES.get(role, f"role {role}"), name,
                                    description, states)

    def ancestors(self, node):
        while node := self.nodes.get(node.parent):
            yield node

    def find(self, role, name=None, below=None):
        """The widgets of that role that show: with that name (or one that the pattern matches),
        below another."""
        return [node for node in self.nodes.values() if node.role == role
                and "showing" in node.states and (name is None or matches(name, node.name))
                and (below is None or any(above.path == below.path
                                          for above in self.ancestors(node)))]

    def depth(self, node):
        return sum(1 for _ in self.ancestors(node))

    def __str__(self):
        """The tree of what shows, for the eye."""
        roots = {node.parent for node in self.nodes.values()} - set(self.nodes)
        return "\n".join(line for root in roots for line in self._lines(root, 0))

    def _lines(self, parent, depth):
        """What is below a widget, a line each; boxes without a name are no level of their own."""
        below = (node for node in self.nodes.values() if node.parent == parent)
        for node in sorted(below, key=lambda node: node.index):
            plain = node.role in ("panel", "grouping") and not node.name
            if "showing" in node.states and not plain:
                about = " ".join(sorted(node.states - {"showing", "visible"}))
                yield f"{'  ' * depth}{node.role} {node.name!r} {about}"
            yield from self._lines(node.path, depth + (not plain))


def matches(wanted, name):
    return wanted.search(name) if isinstance(wanted, re.Pattern) else wanted == name


class Desktop:
    """A session with a display; `look`, `find`, then act on what was found."""

    def __init__(self, user, terminal, pictures, size="1280x960"):
        self.user, self.session = user, Login(user, terminal)
        self.display = self.session.ask("start_desktop", size)
        self._pictures, self._step = pictures, 0
        self._program = None

    def start(self, *argv, **environment):
        """A program on this desktop, which lives as long as the session."""
        return self.session.ask("start", list(argv), environment)

    def picture(self, what):
        """Keeps what the display shows, under the number of the step and these words."""
        self._step += 1
        name = re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-")
        file = self._pictures / f"{self._step:02}-{name}.png"
        lab.run("import", "-display", self.display, "-window", "root", file)
        return file

    def call(self, node, interface, member, *arguments):
        """A call to a widget, by an interface of AT-SPI."""
        return self.session.ask("call", self._program, node.path, interface, member, *arguments)

    def look(self, program="gnome-control-center"):
        """All that the program shows now."""
        self._program = self._program or self.session.ask("program", program)
        return Seen(self.session.ask("look", self._program) if self._program else [])

    def find(self, role, name=None, below=None, deadline=DEADLINE):
        """Waits for a widget; returns the first of them."""
        end = time.monotonic() + deadline
        while True:
            seen = self.look()
            if found := seen.find(role, name, below):
                return found[0]
            assert time.monotonic() < end, f"no {role} {name!r} within {deadline} s:\n{seen}"
            time.sleep(PAUSE)

    def key(self, *names):
        """Keys, for what has the focus."""
        self.session.run("xdotool", "key", "--delay", "100", *names)

    def type(self, text):
        self.session.run("xdotool", "type", "--delay", "40", text)

    def press(self, node):
        """What a screen reader does to press a button or to move a switch."""
        self.call(node, "Action", "DoAction", "(i)", 0)

    def box(self, node):
        """Place and size of a widget, as GTK says it: in its window."""
        in_window = 1
        return self.call(node, "Component", "GetExtents", "(u)", in_window)[0]

    def window(self, title):
        """Where the upper left corner of the window with that title is on the display."""
        pattern = f"^{re.sub(r'[^A-Za-z0-9]+', '.*', title)}$"
        found = self.session.run("xdotool", "search", "--onlyvisible", "--name", pattern).split()
        said = self.session.run("xwininfo", "-id", found[-1])
        return tuple(int(re.search(f"Absolute upper-left {axis}: *(-?[0-9]+)", said).group(1))
                     for axis in "XY")

    def point(self, node, part=0.5):
        """A point of a widget on the display, that part of its width from its left edge. GTK takes
        the shadow that it draws around a window away from the widgets' places twice."""
        frame = [above for above in self.look().ancestors(node)
                 if above.role in ("frame", "dialog")][-1]
        shadow = [-edge for edge in self.box(frame)[:2]]
        origin, (x, y, width, height) = self.window(frame.name), self.box(node)
        return (origin[0] + x + 2 * shadow[0] + int(width * part),
                origin[1] + y + 2 * shadow[1] + height // 2)

    def click(self, node, part=0.5):
        """With the mouse, for what has no action."""
        x, y = self.point(node, part)
        self.session.run("xdotool", "mousemove", x, y, "click", "1")
