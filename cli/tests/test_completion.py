#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The completions know every verb and option of the help. Arguments: the command, their folder."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

FOLDER = Path(sys.argv.pop(2))
WGNL = sys.argv.pop(1)
OPTION = re.compile(r"^  (?:-\w,)?(--[a-z-]+)", re.MULTILINE)
# Of verbs that work in a network namespace; it is an option of the whole command.
LOCAL = {"status", "show", "metrics", "diff", "apply"}


def help_of(*verb):
    return subprocess.run([WGNL, *verb, "--help"], capture_output=True, text=True, check=True).stdout


def verbs():
    listed = help_of().split("Subcommands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in listed.splitlines()]


def options(verb):
    return set(OPTION.findall(help_of(verb))) | ({"--netns"} if verb in LOCAL else set())


# As nmcli prints the type, the UUID and the name of each.
PROFILES = ("wireguard:9b1d-1:My Office VPN (Zürich)", "wireguard:9b1d-2:My: home",
            "802-3-ethernet:9b1d-3:My wire", "wireguard:7c3f-4:lab")


def completed_by_bash(*words, program="false", profiles=()):
    """What bash offers for the last word, as the word that it is; `wgnl` itself is `program`, and
    nmcli tells of these."""
    lines = " ".join(f"'{line}'" for line in profiles)
    script = f"""
        wgnl() {{ {program}; }}; complete() {{ :; }}; . {FOLDER}/wgnl.bash
        nmcli() {{ [[ $* == '--escape no --get-values TYPE,UUID,NAME connection show' ]] &&
            printf '%s\\n' {lines}; }}; cd /proc/self/fdinfo
        COMP_WORDS=({' '.join(f"'{word}'" for word in words)}); COMP_CWORD={len(words) - 1}
        _wgnl wgnl '{words[-1]}' '{words[-2]}'
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert not done.stderr, done.stderr
    return set(shlex.split(done.stdout))


class Completion(unittest.TestCase):
    def test_the_help_is_read(self):
        self.assertIn("status", verbs())
        self.assertNotIn("list", verbs())
        self.assertEqual(options("wait"), {"--help", "--peer", "--all", "--timeout"})

    def test_bash_offers_every_verb(self):
        self.assertEqual(completed_by_bash("wgnl", "") - set(OPTION.findall(help_of())),
                         set(verbs()))
        self.assertEqual(completed_by_bash("wgnl", "mon"), {"monitor"})

    def test_bash_offers_every_option(self):
        for verb in verbs():
            with self.subTest(verb):
                self.assertEqual(completed_by_bash("wgnl", verb, "--"), options(verb))

    def test_bash_offers_devices_and_peers(self):
        listing = '[[ $2 ]] && printf "laptop\nphone\n" || printf "wg0\nwg1\n"'
        self.assertEqual(completed_by_bash("wgnl", "status", "", program=listing), {"wg0", "wg1"})
        self.assertEqual(completed_by_bash("wgnl", "wait", "wg0", "--peer", "l", program=listing),
                         {"laptop"})

    def test_bash_runs_no_name(self):
        names = ["$(echo run >&2)", "`echo run >&2`", "a b", 'c"\'d', "e;f", "g*", "-h", "~i"]
        listing = f"printf '%s\\n' {shlex.join(names)}"
        for words in (("status", ""), ("wait", "wg0", "--peer", "")):
            with self.subTest(words):
                self.assertEqual(completed_by_bash("wgnl", *words, program=listing), set(names))
        profiles = ["wireguard:u1:$(echo run >&2)", "wireguard:u2:`echo run >&2`"]
        self.assertEqual(completed_by_bash("wgnl", "check", "", profiles=profiles), set(names[:2]))
        self.assertEqual(completed_by_bash("wgnl", "status", r"\$\(", program=listing), {names[0]})

    def test_bash_offers_profiles_of_networkmanager(self):
        office, home, lab = "My Office VPN (Zürich)", "My: home", "lab"
        def offered(*words):
            return completed_by_bash("wgnl", *words, profiles=PROFILES)
        self.assertEqual(offered("check", ""), {office, home, lab})
        self.assertEqual(offered("check", lab, "My"), {office, home})
        self.assertEqual(offered("convert", r"My\ Office"), {office})
        self.assertEqual(offered("convert", "9b1d"), {"9b1d-1", "9b1d-2"})
        self.assertEqual(offered("convert", lab, ""), set())  # the new file
        self.assertEqual(offered("apply", ""), set())
        self.assertEqual(completed_by_bash("wgnl", "check", "My"), set())

    def test_zsh_and_fish_know_every_verb_and_option(self):
        zsh = (FOLDER / "_wgnl").read_text(encoding="utf-8")
        fish = (FOLDER / "wgnl.fish").read_text(encoding="utf-8")
        for verb in verbs():
            self.assertIn(f"'{verb}:", zsh)
            self.assertRegex(fish, rf"__fish_use_subcommand -a {verb} ")
            for option in options(verb) - {"--help"}:
                with self.subTest(f"{verb} {option}"):
                    self.assertRegex(fish, rf"from [^']*\b{verb}\b[^']*' -l {option[2:]}\b")
                    self.assertIn(option, self.zsh_of(zsh, verb))

    def test_zsh_and_fish_know_where_profiles_go(self):
        zsh = (FOLDER / "_wgnl").read_text(encoding="utf-8")
        for verb in ("check", "convert"):
            self.assertIn("_wgnl_sources", self.zsh_of(zsh, verb))
        self.assertIn("from check convert' -a '(__wgnl_profiles)'",
                      (FOLDER / "wgnl.fish").read_text(encoding="utf-8"))

    @staticmethod
    def zsh_of(text, verb):
        """The lines of the verb's case."""
        for case in text.split("case $verb in")[1].split(";;"):
            names = case.split(")")[0].replace("|", " ").split()
            if verb in names:
                return case.replace("$netns", "--netns")
        return ""

    def test_they_are_sound(self):
        for shell, name in (("bash", "wgnl.bash"), ("zsh", "_wgnl"), ("fish", "wgnl.fish")):
            if shutil.which(shell):
                subprocess.run([shell, "-n", FOLDER / name], check=True)


if __name__ == "__main__":
    unittest.main()
