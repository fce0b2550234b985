"""Damage files by the thousand and have every reader read them.

python -m tests.fuzz                    10 000 files for every reader
python -m tests.fuzz --files 500 tob1   for some
python -m tests.fuzz --guided           with inputs that seek new ways through the code (needs atheris)
python -m tests.fuzz --planted          with values that tell where they belong: none may come out wrong
python -m tests.fuzz --planted --first 20000 --files 2000   other files of that kind
"""

import argparse
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz import crew
from tests.fuzz.planted_files import PLANTED
from tests.fuzz.targets import TARGETS
from tests.fuzz.verdict import HEADING, judged


def main() -> int:
    """Run; 1 if a reader did anything but read or refuse with its own error."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="READER", help=f"of: {', '.join(TARGETS)}")
    parser.add_argument("--files", type=int, default=10_000, help="for each reader (10 000)")
    parser.add_argument("--guided", action="store_true", help="let coverage choose the inputs (atheris)")
    parser.add_argument("--planted", action="store_true", help="look for wrong values instead of crashes")
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first planted file: another number, other files"
    )
    parser.add_argument(
        "--keep", type=Path, default=Path("fuzz-failures"), help="where harmful files are kept"
    )
    asked = parser.parse_args()
    if asked.planted:
        names = [name for name in asked.names or PLANTED if name in PLANTED]
        return planted(names, range(asked.first, asked.first + asked.files))
    unknown = [name for name in asked.names if name not in TARGETS]
    if unknown:
        parser.error(f"no reader is called {', '.join(unknown)}; known: {', '.join(TARGETS)}")
    if asked.guided and find_spec("atheris") is None:
        print("atheris is not there (it has no package for this system or Python): no guided inputs")
        return 0
    names = asked.names or list(TARGETS)
    begin, good = time.monotonic(), True
    print(crew.HEADING, flush=True)
    for name in names:
        report = (crew.guided if asked.guided else crew.run)(name, asked.files, asked.keep)
        good &= report.sound
        print("\n".join(report.lines()), flush=True)
    print(f"{len(names)} readers in {(time.monotonic() - begin) / 60:.1f} minutes", flush=True)
    if not good:
        print(f"files that did harm are in {asked.keep}")
    return 0 if good else 1


def planted(names: list[str], numbers: range) -> int:
    """Read worn files of planted values; 1 if a value, a time or a silence was wrong."""
    good = True
    print(HEADING, flush=True)
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            found = judged(PLANTED[name](Path(folder)), numbers, Path(folder))
        good &= not found.wrong
        print(
            found.line(name),
            *(f"    file {k}: {what}" for k, what in found.wrong.items()),
            sep="\n",
            flush=True,
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
