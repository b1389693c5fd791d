# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks for keys in the memory of a process: in a core, or where the process lies.

For the tests on the host and for those in the machine.
"""
import base64
import ctypes
import mmap
import os
import signal

PTRACE_TRACEME, PTRACE_CONT, PTRACE_SETOPTIONS = 0, 7, 0x4200
PTRACE_O_TRACEEXIT, PTRACE_EVENT_EXIT = 0x40, 6
LIBC = ctypes.CDLL(None, use_errno=True)


def forms(key):
    """Every form in which a key, or a half of it, may lie somewhere."""
    raw = base64.b64decode(key)
    assert len(raw) == 32
    found = {}
    for name, part in (("first half", raw[:16]), ("second half", raw[16:])):
        found[f"{name}, raw"] = part
        found[f"{name}, hexadecimal"] = part.hex().encode()
        found[f"{name}, upper hexadecimal"] = part.hex().upper().encode()
    text = key.encode()
    found["first half, base64"] = text[:21]
    found["second half, base64"] = text[22:43]
    return found


def traces(blocks, keys):
    """What of the keys is in the blocks of memory, as text; `keys` has a name for each."""
    wanted = {f"{name}: {form}": part for name, key in keys.items()
              for form, part in forms(key).items()}
    found = []
    for where, block in blocks:
        for name, part in wanted.items():
            at = block.find(part)
            if at >= 0:
                found.append(f"{name}, in {where} at {at:#x}")
    return found


def of_core(path):
    return [(path.name, path.read_bytes())]


def of_process(pid):
    """Each readable mapping of a process that is stopped, or waits."""
    blocks = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            words = line.split(None, 5)
            name = words[5].strip() if len(words) > 5 else "memory without a name"
            if "r" not in words[1] or name in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                continue
            start, end = (int(word, 16) for word in words[0].split("-"))
            blocks.append((f"{name} {words[0]}", mapping(memory, start, end)))
    return blocks


def mapping(memory, start, end):
    """All of it; zeros for what nobody can read: glibc 2.42 makes guards of a stack's last pages, which
    are in its mapping (MADV_GUARD_INSTALL)."""
    block = bytearray()
    while len(block) < end - start:
        memory.seek(start + len(block))
        try:
            block += memory.read(end - start - len(block))
        except OSError:
            block += bytes(mmap.PAGESIZE)
    return bytes(block)


def ptrace(request, pid, data=0):
    LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if LIBC.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def at_the_end(command, environment=None):
    """Runs a command; its exit status, and its memory as it is when it exits."""
    pid = os.fork()
    if pid == 0:
        try:
            ptrace(PTRACE_TRACEME, 0)
            os.execvpe(command[0], command, environment or os.environ)
        finally:
            os._exit(127)
    blocks = []
    os.waitpid(pid, 0)  # it stops as it begins the program
    ptrace(PTRACE_SETOPTIONS, pid, PTRACE_O_TRACEEXIT)
    pass_on = 0
    while True:
        ptrace(PTRACE_CONT, pid, pass_on)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status), blocks
        if status >> 8 == signal.SIGTRAP | PTRACE_EVENT_EXIT << 8:
            blocks = of_process(pid)
        signalled = os.WSTOPSIG(status)  # SIGTRAP: it begins another program, or exits
        pass_on = 0 if signalled == signal.SIGTRAP else signalled
