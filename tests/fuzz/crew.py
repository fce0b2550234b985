"""Start trials, go on behind what kills them, keep the files that did harm, and report."""

import importlib
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT
from tests.fuzz.target import case
from tests.fuzz.trial import Tally

#: Files kept of each kind of fault.
_KEPT = 3
#: Files that kill the process, after which a target is given up.
_MOST_DEATHS = 20

HEADING = f"{'reader':<18} {'files':>7} {'own errors':>10} {'accepted':>9} {'slowest':>9} {'memory':>9}  time"


@dataclass
class Report:
    """What became of the files of one target."""

    name: str
    tally: Tally
    deaths: dict[int, str] = field(default_factory=dict)  #: number of a file -> how the process ended

    @property
    def sound(self) -> bool:
        """Whether nothing went wrong."""
        return not self.tally.faults and not self.deaths

    def lines(self) -> list[str]:
        """Return a line of figures, and one for each kind of fault."""
        t = self.tally
        bad = sum(len(numbers) for numbers in t.faults.values()) + len(self.deaths)
        own = t.files - t.accepted - bad
        head = (
            f"{self.name:<18} {t.files:>7} {own:>10} {t.accepted:>9} {1e3 * t.slowest:>6.0f} ms "
            f"{t.peak / 2**20:>5.0f} MiB  {t.seconds:.0f} s"
        )
        faults = [
            f"    {what}: files {numbers[:5]}, {len(numbers)} in all" for what, numbers in t.faults.items()
        ]
        return [head, *faults, *(f"    file {number}: {how}" for number, how in self.deaths.items())]


#: What faulthandler says when a file has had its time.
_TIMEOUT = "Timeout ("
#: The module with the table of all readers.
READERS = "tests.fuzz.targets"


def run(name: str, number: int, failures: Path, *, module: str = READERS) -> Report:
    """Read ``number`` damaged files of a target; those that do harm are kept in a folder."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        report = Report(name, Tally())
        slow: set[int] = set()
        while report.tally.next < number and len(report.deaths) < _MOST_DEATHS:
            done = _process("tests.fuzz.trial", [module, name, str(number), made, *map(str, report.deaths)])
            report.tally = Tally.load(folder / "tally.json")
            if done.returncode:
                if not (folder / "at").is_file():
                    raise RuntimeError(f"{name}: no trial began:\n{done.stderr}")
                at = int((folder / "at").read_text())
                if _TIMEOUT in done.stderr and at not in slow:
                    slow.add(at)  # the machine may have stood still: once more
                else:
                    report.deaths[at] = _how(done)
    if not report.sound:
        _keep(report, failures, module)
    return report


def guided(name: str, number: int, failures: Path, *, module: str = READERS) -> Report:
    """Read ``number`` files that coverage chooses; those that do harm are kept in a folder."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        report = Report(name, Tally())
        while report.tally.next < number and len(report.deaths) < _MOST_DEATHS:
            done = _process("tests.fuzz.guided", [module, name, str(number), made])
            before, report.tally = report.tally.next, Tally.load(folder / "tally.json")
            if done.returncode and not report.tally.next:
                raise RuntimeError(f"{name}: atheris did not begin (make fuzz installs it):\n{done.stderr}")
            if done.returncode:
                report.deaths[report.tally.next] = _how(done)
            elif report.tally.next == before:
                break  # the rest is less than is counted at a time
        kept = [*folder.glob("death-*"), *folder.glob("found/*")]
        if kept:
            (failures / name).mkdir(parents=True, exist_ok=True)
        for path in kept:
            shutil.copy(path, failures / name)
    return report


def _process(module: str, words: list[str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-X", "faulthandler", "-m", module, *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)


def _how(done: "subprocess.CompletedProcess[str]") -> str:
    places = re.findall(r'File ".*?([\w.]+)", line (\d+) in (\w+)', done.stderr)[:4]
    way = "took too long" if _TIMEOUT in done.stderr else f"ended the process ({done.returncode})"
    return f"{way} at {' < '.join(f'{file}:{line}' for file, line, _ in places) or done.stderr[-200:]}"


def _keep(report: Report, failures: Path, module: str) -> None:
    numbers = [n for found in report.tally.faults.values() for n in found[:_KEPT]] + [*report.deaths]
    folder = failures / report.name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        seeds = importlib.import_module(module).TARGETS[report.name].seeds(Path(work))
    for number in numbers:
        seed, content = case(report.name, seeds, number)
        (folder / f"{number}_{seed.name}").write_bytes(content)
    (folder / "report.txt").write_text("\n".join(report.lines()) + "\n")
