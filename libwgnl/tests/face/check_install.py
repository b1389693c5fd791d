#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Installs libwgnl in a temporary folder and uses it from there, as another project does.

usage: check_install.py SOURCE BUILD COMPILER…
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]
BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(*command, env=None, text=None, fails=False):
    """Output of a command; ends the test if its result is not the one that is expected."""
    done = subprocess.run([str(each) for each in command], env=env, input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if (done.returncode != 0) != fails:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}")
    return done.stdout


class Installed:
    """The library under a temporary root, found by pkg-config alone."""

    def __init__(self, build, root):
        run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--tags", "devel,runtime",
            env={**os.environ, "DESTDIR": str(root)})
        self.libdir = next(root.rglob("wgnl.pc")).parent.parent
        self.env = {**os.environ, "PKG_CONFIG_PATH": f"{self.libdir}/pkgconfig",
                    "PKG_CONFIG_SYSROOT_DIR": str(root), "LD_LIBRARY_PATH": str(self.libdir)}
        for name in ("CPATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "CXXFLAGS", "LDFLAGS"):
            self.env.pop(name, None)
        self.flags = run("pkg-config", "--cflags", "--libs", "wgnl", env=self.env).split()


def check_pkg_config(wgnl):
    """A program needs the library and its headers alone: nothing that they are made of."""
    needs = run("pkg-config", "--print-requires", "--print-requires-private", "wgnl", env=wgnl.env)
    if needs.strip() or "-lwgnl" not in wgnl.flags:
        sys.exit(f"wgnl.pc: flags {wgnl.flags}, required packages {needs!r}")


def check_plain(wgnl, compiler, examples, work):
    """Each example by hand, and what the machine says to a compiler that is set too old."""
    for source in examples:
        program = work / source.stem
        run(*compiler, "-std=c++23", *WARNINGS, source, *wgnl.flags, "-o", program, env=wgnl.env)
        run(program, "--help", env=wgnl.env)
    told = run(*compiler, "-std=c++20", "-fsyntax-only", examples[0], *wgnl.flags, env=wgnl.env,
               fails=True)
    if "-std=c++23" not in told:
        sys.exit(f"a compiler that is set to C++20 does not say what is missing:\n{told}")


def check_meson(wgnl, compiler, outside, examples, work):
    """The same in a project of meson's."""
    project = work / "outside"
    shutil.copytree(outside, project)
    for source in examples:
        shutil.copy(source, project)
    env = {**wgnl.env, "CXX": " ".join(compiler)}
    run("meson", "setup", project / "build", project, env=env)
    run("ninja", "-C", project / "build", env=env)
    run("meson", "test", "-C", project / "build", "--no-rebuild", env=env)


def check_subproject(source, compiler, outside, examples, work):
    """dependency('wgnl') of a project that carries the source along finds it there."""
    project = work / "carrying"
    shutil.copytree(outside, project)
    for example in examples:
        shutil.copy(example, project)
    (project / "subprojects").mkdir()
    (project / "subprojects/wgnl").symlink_to(source)
    env = {**os.environ, "CXX": " ".join(compiler)}
    options = [f"-Dwgnl:{part}=disabled" for part in ("daemon", "networkd", "cli", "tests", "man")]
    run("meson", "setup", project / "build", project, "--force-fallback-for=wgnl", *options,
        env=env)


def check_documents(wgnl, compiler, documents, work):
    """Every block of C++ in the documents compiles as it stands there."""
    for path in documents:
        blocks = BLOCK.findall(path.read_text(encoding="utf-8"))
        if not blocks:
            sys.exit(f"{path}: no block of C++")
        text = work / "block.cpp"
        for block in blocks:
            text.write_text(block, encoding="utf-8")
            run(*compiler, "-std=c++23", *WARNINGS, "-fsyntax-only", text, *wgnl.flags,
                env=wgnl.env)
        print(f"{path.name}: {len(blocks)} blocks")


def main():
    source, build, compiler = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    examples = sorted((source / "examples").glob("*.cpp"))
    outside = source / "libwgnl/tests/face/outside"
    with tempfile.TemporaryDirectory(prefix="wgnl-face-") as folder:
        work = Path(folder)
        wgnl = Installed(build, work / "root")
        check_pkg_config(wgnl)
        check_plain(wgnl, compiler, examples, work)
        check_meson(wgnl, compiler, outside, examples, work)
        check_subproject(source, compiler, outside, examples, work)
        check_documents(wgnl, compiler, [source / "docs/libwgnl.md", source / "README.md"], work)
    print(f"{len(examples)} examples")
    return 0 if examples else 1


if __name__ == "__main__":
    sys.exit(main())
