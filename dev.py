#!/usr/bin/env python3
"""Try, test and work on Bascule. Needs Python 3.11 or newer and nothing else.

  python3 dev.py demo [...]     try it: paper account, synthetic market, a page to look at
  python3 dev.py run -- ...     the bascule command itself, as in: run -- check -c bridge.toml
  python3 dev.py install ccxt   add what accounts at crypto exchanges need
  python3 dev.py test [...]     every check and every test; --quick leaves out what is slow
  python3 dev.py lint           the checks alone: style, types, import directions, house rules
  python3 dev.py bench [...]    the figures of the design, measured here
  python3 dev.py simulate [...] the bridge in virtual time, with everything breaking: --seeds N
  python3 dev.py lock [...]     write requirements/ anew (needs uv; --upgrade: newer versions)

The first run makes .venv from the locked requirements; later runs find it there.

Length: it runs before anything is installed, so all of it has to be in this one file.

Rules of this file
1. The standard library alone, in a syntax that Python 3.6 reads: an old Python gets a sentence.
2. What goes wrong ends as one sentence with what mends it; pip's own words are in a log.
3. pip's settings here (index, proxy, certificates, cache) are the owner's: none is overruled.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Bascule needs Python 3.11 or newer and this is {}.{}: run this with a newer one, as in"
        " `python3.12 dev.py demo`; to install one: `sudo apt install python3.12-venv` (Debian,"
        " Ubuntu), `brew install python@3.12` (macOS), `winget install Python.Python.3.12`"
        " (Windows).".format(*sys.version_info[:2])
    )

import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "made-by-dev.json"
LOG = VENV / "install.log"
LOCKS = ROOT / "requirements"

OPTIONAL = {
    "ccxt": "ccxt for the tests of exchanges",
    "venues": "the clients that venues publish for the tests marked `venues`",
    "server": "a Redis-compatible server for the tests marked `redis`",
    "browser": "playwright for the tests marked `browser`",
}
"""Locks that not every system can install: without one, the tests that need it are skipped."""

GROUPS = ("server", "browser", "venues")
"""The optional locks that are groups of developers; `ccxt` is an extra of the product."""

HEAVY = "slow or e2e or browser"
"""Tests that mostly wait for processes, pages and disks: all others run beside them, in two parts,
because those wait for half of their time as well. The few of tests/unit stay with their part:
to look through all of it for them costs more than they do."""

PATIENT = (
    "tests/e2e/test_exchange_doors.py",
    "tests/e2e/test_exchange_faults.py",
    "tests/e2e/test_exchange_storm.py",
)
"""Tests that wait for what silence proves, or for the end of a ban, a minute and more at a time:
they run by themselves."""

POLL_S = 0.05
"""How often children are looked after: no step is shorter."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + the number of SIGINT."""

SEEDS = 1000
"""Seeds of the simulator in a test run: three to four minutes of two processors."""

BEHIND = {"tests of parts": 5, "all other tests": 5, "types": 19, "simulator": 19}
"""How far a step stands back for those that wait for silence and for pages: two take what is left
over, so that no processor idles while anything is to be done."""

INSTALL_WAIT_S = 900
"""How long a second dev.py waits while the first installs: a slow line and one compiler."""

OWN_FOLDER = (
    "make this folder yours with `sudo chown -R $USER {root}` (Windows: copy it into your own user"
    " folder and end what runs from .venv), then run the same command again"
)

PIP_TROUBLE = (
    (
        r"do not match the hashes|expected sha256",
        "a downloaded package is not the one that was locked and was not installed: run"
        " `{pip} cache purge`, then the same command again; if it stays so, trust no mirror",
    ),
    (r"no space left", "the disk is full: free 600 MB, then run the same command again"),
    (
        r"permission denied|read-only file|access is denied",
        "pip may not write: " + OWN_FOLDER,
    ),
    (
        r"connection|name resolution|getaddrinfo|unreachable|proxyerror|sslerror|timed out",
        "the package index could not be reached: check the network and `{pip} config list`, then"
        " run the same command again; offline, put the wheels into a folder and run it with"
        " PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER set",
    ),
    (
        r"microsoft visual c\+\+|command '\S+' failed|no such file or directory: '(gcc|cc)'"
        r"|rust|failed building wheel|failed to build|subprocess-exited-with-error",
        "a package has no ready-made build for Python {version} here and compiling it failed: use"
        " another Python, as in `python3.12 dev.py demo`, or install a compiler with"
        " `sudo apt install build-essential python3-dev cargo` (Debian, Ubuntu)",
    ),
    (
        r"could not find a version|no matching distribution",
        "the package index that pip uses here lacks a locked package: look at `{pip} config list`"
        " and at PIP_NO_INDEX, PIP_INDEX_URL and PIP_FIND_LINKS, then run the same command again",
    ),
)
"""What pip's log says -> our sentence; the first that fits wins, so causes stand before effects."""


class Trouble(Exception):
    """Something that the reader can mend; the text is one sentence that says how."""


def main(argv: list[str]) -> int:
    """Run one command and return its exit code."""
    command, rest = (argv[0] if argv else "--help"), argv[1:]
    if command in ("-h", "--help", "help"):
        print(str(__doc__).partition("\nLength:")[0].rstrip())
        return 0
    commands = {
        "demo": demo,
        "run": run,
        "install": extra,
        "test": test,
        "lint": lint,
        "bench": bench,
        "simulate": simulate,
        "lock": lock,
    }
    if command not in commands:
        print(f"dev.py has no command {command!r}: one of {', '.join(commands)}.", file=sys.stderr)
        return 2
    try:
        return commands[command](rest)
    except Trouble as trouble:
        text = str(trouble)
        print(f"\ndev.py: {text[0].upper()}{text[1:]}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndev.py: Interrupted: run the same command again to go on.", file=sys.stderr)
        return INTERRUPTED


def demo(rest: list[str]) -> int:
    """Show the product on this machine, with nothing set up before."""
    prepare("base", *(["ccxt"] if "--exchange" in rest else []))
    return become(script("bascule"), "demo", *rest)


def run(rest: list[str]) -> int:
    """Run the product's own command."""
    words = rest[1:] if rest[:1] == ["--"] else rest
    # What was added once is kept at its lock, and the play exchange is of no use without it.
    prepare("base", *(["ccxt"] if "ccxt" in stamp() or words[:1] == ["exchange"] else []))
    return become(script("bascule"), *words)


def extra(rest: list[str]) -> int:
    """Add an optional part of the product to the environment."""
    if rest != ["ccxt"]:
        raise Trouble("the one part to install is ccxt: `python3 dev.py install ccxt`")
    prepare("base", "ccxt")
    if "ccxt" not in stamp():
        raise Trouble("ccxt was not installed; what stopped it stands above")
    print("ccxt is installed: accounts at crypto exchanges can be used.")
    return 0


def bench(rest: list[str]) -> int:
    """Measure."""
    prepare("dev")
    os.chdir(ROOT)
    return become(str(PYTHON), "-m", "tests.benchmarks", *rest)


def simulate(rest: list[str]) -> int:
    """Run seeds of the simulator."""
    prepare("dev")
    os.chdir(ROOT)
    return become(str(PYTHON), "-m", "tests.simulation", *rest)


def lint(rest: list[str]) -> int:
    """Run what needs no running product."""
    if rest:
        raise Trouble(f"lint takes no arguments: leave out `{' '.join(rest)}`")
    prepare("dev", "ccxt")
    steps = Steps()
    for name, command in checks().items():
        steps.run(name, *command)
    steps.run("house rules", PYTHON, "-m", "pytest", "-q", "-m", "not slow", "tests/tidy")
    return steps.summary()


def test(rest: list[str]) -> int:
    """Run every check, then every test."""
    prepare("dev", *OPTIONAL)
    quick = "--quick" in rest
    chosen = [word for word in rest if word != "--quick"]
    if quick:
        chosen += ["-m", f"not ({HEAVY})"]
    steps, first = Steps(), checks()
    # Alone it leaves a processor idle: beside tests it costs less.
    types = {} if chosen else {"types": first.pop("types")}
    for name, command in first.items():
        steps.run(name, *command)
    if not quick:
        steps.run("system parts", PYTHON, "-m", "tests.parts")
    pytest = (PYTHON, "-m", "pytest")
    if chosen:
        steps.run("tests", *pytest, *chosen)
    else:
        told = (*pytest, "-q", "--durations=10")
        others, left = "--ignore=tests/unit", [f"--ignore={one}" for one in PATIENT]
        seeds = (PYTHON, "-m", "tests.simulation", "--seeds", str(SEEDS))
        heavy = (*pytest, "--durations=10", "-m", HEAVY, others, *left)
        steps.run_beside(
            {
                "tests of processes and pages": heavy,
                "tests of storms at an exchange": (*told, *PATIENT),
                "tests of parts": (*told, "tests/unit"),
                "all other tests": (*told, "-m", f"not ({HEAVY})", others),
                **types,
                "simulator": seeds,
            }
        )
    return steps.summary()


def checks() -> "dict[str, tuple[object, ...]]":
    """Return the commands of the static checks."""
    os.chdir(ROOT)
    ruff = (PYTHON, "-m", "ruff")
    return {
        "ruff check": (*ruff, "check", "--quiet", "--output-format", "concise"),
        "ruff format": (*ruff, "format", "--check", "--quiet"),
        "types": (PYTHON, "-m", "basedpyright", "--pythonpath", PYTHON),
        "import directions": (script("lint-imports"), "--no-logo"),
    }


def lock(rest: list[str]) -> int:
    """Write the locks: exact versions with the hashes of every platform's files, and no address."""
    uv = shutil.which("uv")
    if uv is None:
        raise Trouble("`lock` needs uv: run `pip install uv`, then the same command again")
    base = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    base += ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", *rest]
    later = ["-c", "requirements/dev.txt", "-c", "requirements/ccxt.txt"]
    # The later locks take the versions of the earlier ones, so that all fit into one environment:
    # ccxt names some to the digit, and so comes first.
    for name, what in (
        ("ccxt", ["pyproject.toml", "--extra", "ccxt"]),
        ("base", ["pyproject.toml", "-c", "requirements/ccxt.txt"]),
        ("dev", ["pyproject.toml", "--group", "dev", "-c", "requirements/base.txt"]),
        *((g, ["--group", g, *later]) for g in ("build", *GROUPS)),
    ):
        target = f"requirements/{name}.txt"
        code = subprocess.call([*base, *what, "-o", target], cwd=ROOT)
        if code:
            raise Trouble(f"uv could not lock {target}; its words stand above")
        print(f"wrote {target}")
    return 0


class Steps:
    """The steps of one command: each is timed, all are run, and the worst decides."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int, float]] = []

    def run(self, name: str, *command: object) -> None:
        """Run one step; after Ctrl-C, none follows."""
        self.run_beside({name: command})

    def run_beside(self, commands: "dict[str, tuple[object, ...]]") -> None:
        """Run steps at the same time; what all but the first print follows when all are over."""
        start = time.monotonic()
        children: list[subprocess.Popen[bytes]] = []
        with ExitStack() as kept:
            outputs: list[IO[bytes] | None] = []
            for name, command in commands.items():
                later = kept.enter_context(tempfile.TemporaryFile()) if children else None
                outputs.append(later)
                print(f"\n=== {name}" + (" (beside it)" if later else ""), flush=True)
                merged = subprocess.STDOUT if later else None
                words = [str(word) for word in command]
                children.append(begun(words, later, merged, BEHIND.get(name, 0)))
            ends, pressed = wait_for(*children)
            for name, child, end, output in zip(commands, children, ends, outputs, strict=True):
                self.done.append((name, child.returncode, end - start))
                if output is not None:
                    print(f"\n=== {name}", flush=True)
                    output.seek(0)
                    sys.stdout.buffer.write(output.read())
                    sys.stdout.flush()
        if pressed:
            self.summary()
            raise KeyboardInterrupt

    def summary(self) -> int:
        """Print every step with its time, and return 0 when all passed."""
        print("\n=== summary")
        for name, code, seconds in self.done:
            print(f"  {'ok    ' if code == 0 else 'FAILED'}  {seconds:7.1f} s  {name}")
        failed = [name for name, code, _ in self.done if code]
        print(f"  failed: {', '.join(failed)}" if failed else "  all good", flush=True)
        return 1 if failed else 0


def begun(
    words: "list[str]", output: "IO[bytes] | None", errors: "int | None", back: int
) -> "subprocess.Popen[bytes]":
    """Start a child that stands back for others by so much."""
    flags = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) if back else 0
    child = subprocess.Popen(words, stdout=output, stderr=errors, creationflags=flags)
    if back and os.name == "posix":  # posix: elsewhere the flag has said it
        os.setpriority(os.PRIO_PROCESS, child.pid, min(19, os.nice(0) + back))
    return child


def become(*command: str) -> int:
    """Run the last command of this process: on POSIX in its place, so that it gets each signal."""
    sys.stdout.flush()
    if os.name == "posix":  # posix: elsewhere exec leaves the console to two processes
        os.execv(command[0], command)  # noqa: S606 - no shell is meant
    child = subprocess.Popen(command)
    wait_for(child)
    return child.returncode


def wait_for(*children: "subprocess.Popen[bytes]") -> "tuple[list[float], bool]":
    """Wait for children; return when each ended, and whether Ctrl-C was pressed: the console sends
    it to them too."""
    pressed = False

    def note(*_: object) -> None:
        nonlocal pressed
        pressed = True

    def end(*_: object) -> None:
        for child in children:
            child.terminate()

    before = signal.signal(signal.SIGINT, note)
    ended = signal.signal(signal.SIGTERM, end)
    ends: dict[int, float] = {}
    try:
        while len(ends) < len(children):
            for index, child in enumerate(children):
                if index not in ends and child.poll() is not None:
                    ends[index] = time.monotonic()
            time.sleep(POLL_S)
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, ended)
    return [ends[index] for index in range(len(children))], pressed


def script(name: str) -> str:
    """Return where the environment has a command."""
    return str(SCRIPTS / (f"{name}.exe" if os.name == "nt" else name))


def prepare(lock_name: str, *optional: str) -> None:
    """Have an environment with a lock, the project itself and, where possible, optional locks."""
    locks = (lock_name, "build", *optional)
    wanted = {name: digest((LOCKS / f"{name}.txt").read_bytes()) for name in locks}
    wanted["project"] = project_digest()
    if lack(wanted):
        with alone():
            build(lack(wanted))  # another dev.py may have made it while we waited


def lack(wanted: dict[str, str]) -> dict[str, str]:
    """Return what of the wanted is not in the environment, or is there in another version."""
    have = stamp()
    return {name: hashed for name, hashed in wanted.items() if have.get(name) != hashed}


def digest(content: bytes) -> str:
    """Return the hash by which the stamp knows a content."""
    return hashlib.sha256(content).hexdigest()


def project_digest() -> str:
    """Return the hash of what an installed project copies from pyproject.toml."""
    import tomllib  # older Pythons lack it, and they must get as far as their sentence

    read = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return digest(json.dumps([read["project"], read["tool"]["hatch"]]).encode())


def stamp() -> dict[str, str]:
    """Read what the environment has; nothing when it is absent, half made, moved or another's."""
    try:
        read = json.loads(STAMP.read_bytes())
    except (OSError, ValueError):
        return {}
    right = read.get("for") == identity() and PYTHON.exists()
    return read["parts"] if right and read.get("complete") else {}


def identity() -> list[object]:
    """Return what an environment is bound to: its folder and its Python."""
    return [str(VENV), *sys.version_info[:2]]


def write_stamp(parts: dict[str, str], *, complete: bool) -> None:
    """Say what the environment has; not complete while pip works, so that an interruption shows."""
    STAMP.write_text(
        json.dumps({"complete": complete, "for": identity(), "parts": parts}), encoding="utf-8"
    )


def build(parts: dict[str, str]) -> None:
    """Install what is missing, into a new environment unless a whole one is there."""
    if not parts:
        return
    have = stamp()
    try:
        if not have:
            create()
        write_stamp(have, complete=False)
        LOG.write_text("", encoding="utf-8")
    except OSError as error:
        where = f"cannot write {error.filename or VENV} ({error.strerror}): "
        raise Trouble(where + OWN_FOLDER.format(root=ROOT)) from error
    for name in [name for name in parts if name != "project"]:
        try:
            install(name)
        except Trouble as trouble:
            if name not in OPTIONAL:
                raise
            print(f"  without {OPTIONAL[name]}: {trouble}", file=sys.stderr)
        else:
            have[name] = parts[name]
    if "dev" in parts:  # which is base and more
        have["base"] = digest((LOCKS / "base.txt").read_bytes())
    print("  the project itself", file=sys.stderr, flush=True)
    pip("--no-deps", "--no-build-isolation", "--editable", ".")
    write_stamp({**have, "project": project_digest()}, complete=True)


def create() -> None:
    """Make an empty environment in place of whatever we left there before."""
    if VENV.exists() and not STAMP.exists() and any(VENV.iterdir()):
        raise Trouble(
            "the folder .venv was not made by dev.py, so it is left alone: rename it with"
            " `mv .venv .venv-mine`, then run the same command again"
        )
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    mend = (
        f"install that with `sudo apt install {package}` (Debian, Ubuntu; elsewhere install Python"
        " from its own installer), then run the same command again"
    )
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise Trouble(f"this Python ({sys.executable}) comes without venv and ensurepip: {mend}")
    print(f"Making {VENV} (once; a minute or two)", file=sys.stderr, flush=True)
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    write_stamp({}, complete=False)
    # Asked from inside an environment, the Python below it is meant: ours may be just that one.
    interpreter = getattr(sys, "_base_executable", None) or sys.executable
    command = [interpreter, "-m", "venv", str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        LOG.write_text(made.stdout + made.stderr, encoding="utf-8")
        raise Trouble(f"Python could not make an environment (its words: {LOG}): {mend}")


def install(name: str) -> None:
    """Install one lock, every file checked against its hash."""
    path = LOCKS / f"{name}.txt"
    count = len(re.findall(r"^\S+==", path.read_text(encoding="utf-8"), re.MULTILINE))
    print(f"  {count} packages of requirements/{name}.txt", file=sys.stderr, flush=True)
    pip("--require-hashes", "--no-deps", "--requirement", str(path))


def pip(*arguments: str) -> None:
    """Run pip install with its words in the log, and turn a failure into one sentence."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
    command += ["--disable-pip-version-check", *arguments]
    with LOG.open("ab") as log:
        log.write(f"\n$ {' '.join(command)}\n".encode())
        log.flush()
        start = log.tell()
        code = subprocess.call(command, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    if code:
        raise Trouble(explained(LOG.read_bytes()[start:].decode(errors="replace"), code))


def explained(words: str, code: int) -> str:
    """Turn pip's words into one sentence that says what to do."""
    # Progress lines name packages and files, and a package may be called like a trouble.
    progress = re.compile(r"^\s*(Collecting|Downloading|Using|Processing|Looking) .*", re.MULTILINE)
    telling = progress.sub("", words)
    for pattern, sentence in PIP_TROUBLE:
        if re.search(pattern, telling, re.IGNORECASE):
            facts = {"pip": f"{PYTHON} -m pip", "root": ROOT, "version": sys.version.split()[0]}
            return f"{sentence.format(**facts)} (pip's own words: {LOG})"
    return f"pip failed with exit code {code}: read {LOG}"


@contextmanager
def alone() -> Generator[None]:
    """Keep a second dev.py from building the same environment; the lock ends with its process."""
    import sqlite3  # a lock that every system has, needed only while installing

    try:
        held = sqlite3.connect(ROOT / ".venv.lock", timeout=INSTALL_WAIT_S, isolation_level=None)
        held.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        where = f"cannot lock {ROOT / '.venv.lock'} ({error}): "
        raise Trouble(where + OWN_FOLDER.format(root=ROOT)) from error
    try:
        yield
    finally:
        held.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
