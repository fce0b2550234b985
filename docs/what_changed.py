"""What changed since the last release: the sample stations, now and then.

python docs/what_changed.py                 compare with the newest kept results, for the docs
python docs/what_changed.py --keep VERSION  keep the results of now under the version that is released
"""

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import fluxkit as fk
from fluxkit.differences.differences import Difference
from fluxkit.schema.provenance import versions

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "docs" / "releases"
FILE = ROOT / "docs" / "what_changed.json"
STATIONS = ("open_path", "closed_path")
#: Variables that are told of each station.
MOST = 12
#: Changes of a sum below this share are rounding: the kept tables have six digits.
NOTHING = 2e-5


def tables(folder: Path) -> dict[str, Path]:
    """Process the sample stations; return the half-hourly table of each."""
    found = {}
    for name in STATIONS:
        fk.run(ROOT / "data_samples" / name / "site.toml", folder / name)
        (found[name],) = (folder / name).glob("*_HH_*.csv")
    return found


def last() -> str:
    """Return the name of the newest results that are kept: a version, or a day before the first."""
    names = [path.name for path in KEPT.iterdir()]
    released = [name for name in names if not name.startswith("20")]
    return max(released or names, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])


def changes(now: dict[str, Path]) -> dict[str, Any]:
    """Return what changed at each station since the newest kept results."""
    since = last()
    found: dict[str, Any] = {"since": since, "stations": {}}
    for name, table in now.items():
        diff = fk.diff(KEPT / since / f"{name}.csv", table, decisions=False)
        moved = [each for each in diff.variables if not each.same and each.relative > NOTHING]
        rows = [_row(each) for each in moved[:MOST]]
        found["stations"][name] = {"variables": len(diff.variables), "moved": len(moved), "rows": rows}
    return found


def _row(each: Difference) -> list[str]:
    sums = [f"{x:.4g}" if x == x else "" for x in (each.a, each.b, each.total)]
    share = f"{100 * each.relative:.3g} %"
    return [each.variable, each.unit or each.units, *sums, share, f"{each.changed} of {each.in_both}"]


def cells() -> list[tuple[str, ...]]:
    """Return the rows of the table in the docs."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    return [
        (station.replace("_", " "), f"`{row[0]}`", *row[1:])
        for station, told in kept["stations"].items()
        for row in told["rows"]
    ]


def sentence() -> str:
    """Return what the table is of."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    counts = ", ".join(
        f"{told['moved']} of {told['variables']} at the {station.replace('_', '-')} station"
        for station, told in kept["stations"].items()
    )
    return f"Since {kept['since']}, variables of the half-hourly table that changed: {counts}."


def main(arguments: list[str]) -> int:
    """Compare, or keep."""
    with tempfile.TemporaryDirectory() as folder:
        now = tables(Path(folder))
        if arguments[:1] == ["--keep"]:
            target = KEPT / (arguments[1] if len(arguments) > 1 else versions()["fluxkit"])
            target.mkdir(parents=True, exist_ok=True)
            for name, table in now.items():
                (target / f"{name}.csv").write_bytes(table.read_bytes())
            return 0
        text = json.dumps(changes(now), indent=1)
    FILE.write_text(text + "\n", encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
