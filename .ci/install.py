"""Have pip install what is pinned, then this package; say how far it is, and in one sentence what failed.

    python .ci/install.py FOLDER PYTHON PINS      called by .ci/setup; PYTHON is that of FOLDER

Standard library only: nothing is installed yet. All that pip says is in FOLDER/pip.log.
"""

import contextlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

# Only wheels: what is built here would be built with whatever is newest at its build-time requirements.
PINNED = ["--require-hashes", "--only-binary", ":all:", "-r"]
# hatchling and editables are pinned: no index is needed.
EDITABLE = ["--no-deps", "--no-build-isolation", "-e", "."]
BEAT = 15.0  # seconds of silence at most
FULL = 50.0  # megabytes; pip gives up on a disk that is full, and then removes some of what it wrote
NEEDED = {
    "requirements.lock": "1 to 3 minutes and 0.7 GB",
    "requirements-dev.lock": "2 to 6 minutes and 1.5 GB",
}

NETWORK = re.compile(
    r"Failed to establish a new connection|NewConnectionError|Name or service not known|getaddrinfo failed|"
    r"name resolution|Max retries exceeded|Connection (refused|broken|aborted|timed out)|ConnectTimeout|"
    r"ProxyError|ReadTimeout|Read timed out|SSLError|Network is unreachable"
)
MISSING = re.compile(r"ERROR: (?:No matching distribution found for|.*that satisfies the requirement) (\S+)")
HASH = re.compile(r"DO NOT MATCH THE HASHES")
NO_PIN = re.compile(
    r"--require-hashes mode, all requirements must have their versions pinned|Hashes are required in"
)
NO_ROOM = re.compile(
    r"No space left on device|Errno 28|Disk quota exceeded|Errno 122|not enough space on the disk"
)


def why(status: int, said: list[str], megabytes: float) -> str:
    """Say why pip failed and what to do, from its exit status, its lines and the room left on the disk."""
    text = "\n".join(said)
    if status < 0:
        return f"pip was ended by signal {-status}: have enough memory free"
    if NO_ROOM.search(text) or megabytes < FULL:
        return f"the disk is full ({megabytes:.0f} MB left here or for temporary files): free about 2 GB"
    missing = MISSING.search(text)
    if NETWORK.search(text) and (not missing or "from versions: none" in text):
        return (
            "no package index can be reached: check the network, or name another way to it "
            "(PIP_INDEX_URL, HTTPS_PROXY)"
        )
    if missing:
        return (
            f"the package index has no {missing[1]} for this Python and machine: name another index "
            "(PIP_INDEX_URL) or another Python (make PYTHON=python3.12 ...)"
        )
    if HASH.search(text):
        return "the package index gave another file than was pinned: name another index (PIP_INDEX_URL)"
    if NO_PIN.search(text):
        return "the file of pins lacks a requirement: make lock writes it anew"
    errors = [line for line in said if line.startswith("ERROR")] or said[-1:] or ["it said nothing"]
    return f"pip failed ({errors[-1].removeprefix('ERROR: ').strip()}): mend that"


def room(*folders: Path) -> float:
    """Least megabytes that are free in any of the folders."""
    return min(shutil.disk_usage(folder).free for folder in folders) / 1e6


def spoken(process: subprocess.Popen[str], beat: Callable[[], None]) -> Iterator[str]:
    """Give the lines of a process as they come, and call `beat` after each silence."""
    lines: queue.Queue[str | None] = queue.Queue()

    def listen() -> None:
        for line in process.stdout or ():
            lines.put(line)
        lines.put(None)

    threading.Thread(target=listen, daemon=True).start()
    due = time.monotonic() + BEAT
    while True:
        try:
            line = lines.get(timeout=max(0.0, due - time.monotonic()))
        except queue.Empty:
            beat()
            due = time.monotonic() + BEAT
            continue
        if line is None:
            return
        yield line.rstrip()


class Installation:
    """One call of pip at a time into one environment, with its log and how far it is."""

    def __init__(self, venv: Path, python: str, pins: Path) -> None:
        self.venv = venv
        self.python = python
        self.pins = pins
        self.log = venv / "pip.log"
        self.sound = venv / "sound"
        self.started = time.monotonic()
        self.said: list[str] = []

    def installed(self) -> int:
        """Count the packages that are there."""
        places = ("lib/python*/site-packages/*.dist-info", "Lib/site-packages/*.dist-info")  # POSIX, Windows
        return len({found.name for place in places for found in self.venv.glob(place)})

    def tell_progress(self) -> None:
        """Print how far pip is."""
        pinned = re.findall(r"^([\w.-]+)", self.pins.read_text(encoding="utf-8"), flags=re.MULTILINE)
        total = len(set(pinned))
        seconds = int(time.monotonic() - self.started)
        if any(line.startswith("Installing collected") for line in self.said):
            done = f"installed {self.installed()}"
        else:
            found = sum(line.startswith(("Collecting", "Requirement already")) for line in self.said)
            done = f"found {found}"
        print(f"  {seconds // 60}:{seconds % 60:02} {done} of about {total} packages", flush=True)

    def pip(self, arguments: list[str]) -> int:
        """Run pip, keep what it says, and return its exit status."""
        command = [self.python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        process = subprocess.Popen(
            [*command, "--progress-bar", "off", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        try:
            for line in spoken(process, self.tell_progress):
                self.said.append(line)
                self.write_log(line)
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise

    def write_log(self, line: str) -> None:
        """Keep a line; where the disk is full the reason is told all the same."""
        with contextlib.suppress(OSError), self.log.open("a", encoding="utf-8") as log:
            print(line, file=log)

    def run(self) -> int:
        """Install everything; the environment is not sound in the meantime."""
        for stamp in (
            self.sound,
            *self.venv.glob("*installed*"),
            self.log,
        ):  # make's: it asks again after a failure
            stamp.unlink(missing_ok=True)
        try:
            for arguments in ([*PINNED, str(self.pins)], EDITABLE):
                status = self.pip(arguments)
                if status != 0:
                    left = room(self.venv, Path(tempfile.gettempdir()))
                    return self.give_up(why(status, self.said, left))
        except KeyboardInterrupt:
            return self.give_up("set-up was interrupted")
        self.sound.touch()
        return 0

    def give_up(self, reason: str) -> int:
        """Say what to do; an environment that pip has not begun to change is as sound as before."""
        if not any(line.startswith("Installing collected") for line in self.said):
            with contextlib.suppress(OSError):  # a full disk: made anew next time
                self.sound.touch()
        print(
            f"fluxkit: {reason}, and run make again, which goes on from here (pip's own words: {self.log})",
            file=sys.stderr,
        )
        return 2


def stop(number: int, frame: object) -> None:
    """Take a request to end as Ctrl-C: pip must not go on alone."""
    raise KeyboardInterrupt


def main(folder: str, python: str, pins: str) -> int:
    """Install, and return the exit status."""
    signal.signal(signal.SIGTERM, stop)
    needed = NEEDED.get(Path(pins).name, "some minutes")
    print(f"installing {pins} into {folder}: the first time takes {needed}", flush=True)
    return Installation(Path(folder), python, Path(pins)).run()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
