"""Which calls exist on POSIX alone, and which do something else on Windows.

Rules of this file
1. Everything that is not in Python's own documentation for Windows stands in ``POSIX_ONLY``.
2. A guarded use says so on its line or the one above: ``# posix: <how the others are served>``.
3. A text file names its encoding: Windows would take the code page of the country.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from tests.tidy.rules import at
from tests.tidy.tree import Source

POSIX_MODULES: Final = {
    "crypt", "fcntl", "grp", "nis", "posix", "pty", "pwd", "readline", "resource", "spwd",
    "syslog", "termios",
    "tty",
}  # fmt: skip

POSIX_ONLY: Final = {
    "os": {
        "O_CLOEXEC", "O_DIRECT", "O_DIRECTORY", "O_DSYNC", "O_NOATIME", "O_NOFOLLOW",
        "O_NONBLOCK", "O_SYNC",
        "WNOHANG", "chown", "chroot", "fchmod", "fchown", "fdatasync", "fork", "forkpty",
        "getegid", "geteuid",
        "getgid", "getgroups", "getloadavg", "getpgid", "getpgrp", "getpriority", "getsid",
        "getuid",
        "initgroups", "killpg", "lchown", "mkfifo", "mknod", "nice", "openpty", "posix_fadvise",
        "posix_fallocate", "posix_spawn", "pread", "preadv", "pwrite", "pwritev",
        "register_at_fork",
        "sched_setaffinity", "sched_yield", "sendfile", "setegid", "seteuid", "setgid",
        "setgroups", "setpgid",
        "setpgrp", "setpriority", "setsid", "setuid", "statvfs", "sync", "sysconf", "uname",
        "wait", "wait3",
        "wait4", "waitid", "rename", "execv", "execve", "execvp",
    },
    "signal": {
        "SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP",
        "SIGTSTP",
        "SIGUSR1", "SIGUSR2", "SIGWINCH", "alarm", "pause", "pthread_kill", "pthread_sigmask",
        "setitimer",
        "siginterrupt", "sigpending", "sigtimedwait", "sigwait", "sigwaitinfo",
    },
    "select": {"devpoll", "epoll", "kqueue", "poll"},
    "socket": {"AF_NETLINK", "AF_UNIX", "SO_REUSEPORT", "fromfd", "send_fds", "recv_fds"},
    "asyncio": {"open_unix_connection", "start_unix_server"},
    "time": {"clock_gettime", "clock_gettime_ns", "clock_settime", "tzset"},
}  # fmt: skip
"""``rename`` and ``exec*`` exist on Windows but fail on an existing target, or leave the caller."""

LOOP_ONLY: Final = {
    "add_signal_handler", "create_unix_connection", "create_unix_server",
    "remove_signal_handler",
}  # fmt: skip

GUARD: Final = re.compile(r"#\s*posix: \S")


def posix_uses(source: Source) -> list[str]:
    """Find what Windows lacks and no guard explains."""
    return [
        at(source, line, what) for line, what in _uses(source) if not guarded(source, line, GUARD)
    ]


def guarded(source: Source, line: int, pattern: re.Pattern[str]) -> bool:
    """Say whether a line, or the one above it, carries a comment of the given form."""
    return any(pattern.search(source.line(near)) for near in (line, line - 1) if near >= 1)


def _uses(source: Source) -> Iterator[tuple[int, str]]:
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] in POSIX_MODULES:
                    yield node.lineno, f"import {alias.name}"
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {alias.name for alias in node.names}
            if node.module in POSIX_MODULES:
                yield node.lineno, f"from {node.module} import ..."
            for name in names & POSIX_ONLY.get(node.module, set()):
                yield node.lineno, f"{node.module}.{name}"
        elif isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if node.attr in POSIX_ONLY.get(owner, set()) or node.attr in LOOP_ONLY:
                yield node.lineno, f"{owner}.{node.attr}"


def nameless_encodings(source: Source) -> list[str]:
    """Find text files that are opened in whatever encoding the machine has."""
    found: list[str] = []
    for node in source.nodes:
        if not isinstance(node, ast.Call) or any(word.arg == "encoding" for word in node.keywords):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name == "read_text" and not node.args:
            found.append(at(source, node, "read_text"))
        elif name == "write_text" and len(node.args) == 1:
            found.append(at(source, node, "write_text"))
        elif name in {"open", "fdopen"} and _opens_text(node):
            found.append(at(source, node, name))
    return found


def _opens_text(node: ast.Call) -> bool:
    if isinstance(node.func, ast.Name) or getattr(node.func, "attr", "") == "fdopen":
        places, default = node.args[1:2], "r"
    else:  # a method called ``open`` is a file's only when it is given a mode
        places, default = node.args[:1], "b"
    modes = places or [word.value for word in node.keywords if word.arg == "mode"]
    mode = modes[0].value if modes and isinstance(modes[0], ast.Constant) else default
    return isinstance(mode, str) and re.fullmatch(r"[rwax+t]+", mode) is not None
