#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Documentation of the D-Bus interfaces, from the guide and from the comments in their XML.

Usage: document.py markdown|manual|schema GUIDE.md INTERFACE.xml… [--check FILE]

markdown: docs/dbus.md; manual: org.wgnl.WireGuard1(5) in scdoc; schema: docs/snapshot.schema.json,
which follows from the properties. Prints it, or with --check says whether FILE is the same.
"""
import json
import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree

EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"
ANNOUNCED = {"const": "constant", "false": "changes are not announced"}
COLUMNS = 110
UNSIGNED = {"q": 2**16 - 1, "u": 2**32 - 1, "t": 2**64 - 1}


def paragraphs(comment):
    """The text of a comment without its indentation, a list of paragraphs."""
    lines = [line.strip() for line in (comment or "").strip().splitlines()]
    return [" ".join(part.split()) for part in "\n".join(lines).split("\n\n") if part.strip()]


def described(parent):
    """The elements below the parent, each with the comment before it."""
    text = None
    for child in parent:
        if child.tag is ElementTree.Comment:
            text = child.text
        else:
            yield child, paragraphs(text)
            text = None


def read_interface(path):
    """The interface in the file, with its description."""
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    root = ElementTree.parse(path, parser).getroot()
    return next(pair for pair in described(root) if pair[0].tag == "interface")


def head_of(member):
    """How a member is written: a property with its type, the others with their arguments."""
    name = member.get("name")
    if member.tag == "property":
        emits = [a.get("value") for a in member.findall("annotation") if a.get("name") == EMITS]
        return name, ", ".join([member.get("type"), *[ANNOUNCED[value] for value in emits]])
    kinds = {"in": [], "out": []}
    for argument in member.findall("arg"):
        direction = argument.get("direction", "in")
        kinds[direction].append(f"{argument.get('type')} {argument.get('name')}")
    result = f" → ({', '.join(kinds['out'])})" if kinds["out"] else ""
    return name, f"({', '.join(kinds['in'])}){result}"


def reference(path):
    """Blocks of the reference of one interface."""
    interface, text = read_interface(path)
    yield "section", interface.get("name")
    yield from (("text", part) for part in text)
    for kind, title in (("property", "Properties"), ("method", "Methods"), ("signal", "Signals")):
        members = [pair for pair in described(interface) if pair[0].tag == kind]
        if members:
            yield "subsection", title
        for member, parts in members:
            if not parts:
                sys.exit(f"{path}: {member.get('name')} is not documented")
            arguments = [(argument.get("name"), " ".join(said))
                         for argument, said in described(member) if argument.tag == "arg"]
            if not all(said for _, said in arguments):
                sys.exit(f"{path}: an argument of {member.get('name')} is not documented")
            yield "member", (*head_of(member), parts, arguments)


def guide(path):
    """Blocks of the guide, which is written in a little of Markdown."""
    with open(path, encoding="utf-8") as file:
        parts = re.split(r"(^```$.*?^```$)", file.read(), flags=re.MULTILINE | re.DOTALL)
    for part in parts:
        if part.startswith("```"):
            yield "code", part[4:-4]
            continue
        for block in filter(None, (text.strip() for text in part.split("\n\n"))):
            if block.startswith("#"):
                depth, title = block.split(" ", 1)
                yield ("title" if depth == "#" else "section"), title
            elif block.startswith("* "):
                yield "list", [" ".join(item.split()) for item in block[2:].split("\n* ")]
            else:
                yield "text", " ".join(block.split())


def wrapped(text, first="", rest=""):
    return textwrap.fill(text, COLUMNS, initial_indent=first, subsequent_indent=rest,
                         break_long_words=False, break_on_hyphens=False)


class Markdown:
    """docs/dbus.md."""

    start = ("<!-- SPDX-License-Identifier: LGPL-2.1-or-later\n"
             "     Made by dbus/interfaces/document.py from the XML beside it: edit that. -->\n")

    def title(self, text):
        return f"# {text}"

    def section(self, text):
        return f"## {text}"

    def subsection(self, text):
        return f"### {text}"

    def text(self, text):
        return wrapped(text)

    def list(self, items):
        return "\n".join(wrapped(item, "* ", "  ") for item in items)

    def code(self, text):
        return f"```\n{text}\n```"

    def member(self, member):
        name, signature, parts, arguments = member
        blocks = [f"**`{name}`** `{signature}`", *[wrapped(part) for part in parts]]
        if arguments:
            blocks.append(self.list(f"`{argument}`: {said}" for argument, said in arguments))
        return "\n\n".join(blocks)


class Manual:
    """org.wgnl.WireGuard1(5)."""

    start = ("org.wgnl.WireGuard1(5)\n\n; SPDX-License-Identifier: LGPL-2.1-or-later\n\n"
             "# NAME\n\norg.wgnl.WireGuard1 - WireGuard devices on D-Bus\n")

    def plain(self, text):
        """Text with what scdoc would take for markup escaped; `code` becomes bold."""
        pieces = text.split("`")
        escaped = [re.sub(r"([\\_*<>#~\[\]`])", r"\\\1", piece) for piece in pieces]
        return "".join(f"*{piece}*" if at % 2 else piece for at, piece in enumerate(escaped))

    def title(self, _text):
        return "# DESCRIPTION"

    def section(self, text):
        return f"# {self.plain(text.upper() if '.' not in text else text)}"

    def subsection(self, text):
        return f"## {text}"

    def text(self, text):
        return wrapped(self.plain(text))

    def list(self, items):
        return "\n".join(f"- {self.plain(item)}" for item in items)

    def code(self, text):
        return f"```\n{text}\n```"

    def member(self, member):
        name, signature, parts, arguments = member
        lines = [f"*{self.plain(name)}* {self.plain(signature)}"]
        lines += ["\t" + self.plain(part) + "\n" for part in parts]
        lines += [f"\t*{self.plain(argument)}*: {self.plain(said)}\n"
                  for argument, said in arguments]
        return "\n".join(lines).rstrip()


def write(writer, blocks):
    parts = [writer.start] + [getattr(writer, kind)(value) + "\n" for kind, value in blocks]
    return "\n".join(parts)


def schema_of_type(kind):
    """A D-Bus type as the snapshot has it."""
    if kind in UNSIGNED:
        return {"type": "integer", "minimum": 0, "maximum": UNSIGNED[kind]}
    if kind == "a{su}":
        return {"type": "object", "additionalProperties": schema_of_type("u")}
    if kind == "a(sss)":
        triple = {"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 3}
        return {"type": "array", "items": triple}
    if kind == "as":
        return {"type": "array", "items": {"type": "string"}}
    return {"type": {"s": "string", "b": "boolean"}[kind]}


def schema_of(paths, name, more):
    """The properties of an interface as an object."""
    path = next(path for path in paths if path.endswith(f".{name}.xml"))
    interface, _ = read_interface(path)
    members = {member.get("name"): {"description": " ".join(text),
                                    **schema_of_type(member.get("type"))}
               for member, text in described(interface) if member.tag == "property"}
    members.update(more)
    return {"type": "object", "properties": members, "required": list(members),
            "additionalProperties": False}


def schema(paths):
    """What Device.Snapshot gives."""
    peers = {"Peers": {"description": "Every peer; by name as long as PeersListed is true.",
                       "type": "array", "items": {"$ref": "#/$defs/peer"}}}
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": "Snapshot of a WireGuard device",
                "description": "What org.wgnl.WireGuard1.Device.Snapshot gives.",
                **schema_of(paths, "Device", peers),
                "$defs": {"peer": schema_of(paths, "Peer", {})}}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def document(kind, guide_path, paths):
    if kind == "schema":
        return schema(paths)
    blocks = list(guide(guide_path))
    for path in paths:
        blocks += reference(path)
    return write({"markdown": Markdown, "manual": Manual}[kind](), blocks)


def main():
    arguments = sys.argv[1:]
    checked = arguments.pop() if arguments[-2] == "--check" else None
    paths = arguments[2:-1] if checked else arguments[2:]
    made = document(arguments[0], arguments[1], paths)
    if not checked:
        sys.stdout.write(made)
        return
    with open(checked, encoding="utf-8") as file:
        if file.read() != made:
            sys.exit(f"{checked} is not what document.py makes: run it again")


if __name__ == "__main__":
    main()
