"""Whether two files of results hold the same."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.differences.differences import SAME

#: Files that hold the time at which they were made, or pictures: their numbers are in the others.
NOT_COMPARED = frozenset((".html", ".zip", ".md", ".json", ".svg", ".npz"))


@dataclass(frozen=True)
class Verdict:
    """What became of one file of a run."""

    name: str
    same: bool
    words: str


def compare_files(name: str, before: Path, after: Path) -> Verdict | None:
    """Compare a file of a run with that of its replay; None for a kind that is not compared.

    Text is compared byte by byte, netCDF by its variables.
    """
    if Path(name).suffix in NOT_COMPARED:
        return None
    if not after.is_file():
        return Verdict(name, False, "was not made again")
    if not before.is_file():
        return Verdict(name, False, "is not there any more: nothing to compare with")
    if Path(name).suffix == ".nc":
        return _variables(name, before, after)
    same = before.read_bytes() == after.read_bytes()
    return Verdict(name, same, "the same bytes" if same else "other bytes: see `fluxkit diff`")


def _variables(name: str, before: Path, after: Path) -> Verdict:
    with xr.open_dataset(before, decode_times=False) as a, xr.open_dataset(after, decode_times=False) as b:
        names = dict.fromkeys([*map(str, a.variables), *map(str, b.variables)])
        worst = {each: _deviation(a, b, each) for each in names}
    off = {each: x for each, x in worst.items() if x > SAME}
    if off:
        most = max(off, key=lambda each: off[each])
        words = f"{len(off)} of {len(names)} variables differ, {most} most ({off[most]:.2g} of its size)"
        return Verdict(name, False, words)
    rounded = sum(x > 0.0 for x in worst.values())
    if rounded:
        words = f"the same to {max(worst.values()):.0e}: {rounded} of {len(names)} have other last digits"
        return Verdict(name, True, words)
    return Verdict(name, True, f"{len(names)} variables the same to the last bit")


def _deviation(a: xr.Dataset, b: xr.Dataset, name: str) -> float:
    """Return the largest deviation as a share of a variable's size; infinity where shapes or gaps differ."""
    if name not in a.variables or name not in b.variables:
        return np.inf
    x, y = a[name].values, b[name].values
    if x.shape != y.shape:
        return np.inf
    if x.dtype.kind not in "fc":
        return 0.0 if np.array_equal(x, y) else np.inf
    if np.array_equal(x, y, equal_nan=True):
        return 0.0
    if not np.array_equal(np.isfinite(x), np.isfinite(y)):
        return np.inf
    there = np.isfinite(x)
    size = float(np.max(np.abs(x[there]), initial=0.0))
    return float(np.max(np.abs(x[there] - y[there]), initial=0.0)) / size if size else np.inf
