"""Compare two results, and write what changed: tables and a page."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fluxkit.differences.causes import changed
from fluxkit.differences.decisions import require_config, try_decisions
from fluxkit.differences.differences import (
    SUM,
    Difference,
    by_month,
    classes_moved,
    difference,
    most_moved,
    ranked,
)
from fluxkit.differences.results import Diff
from fluxkit.differences.sides import Pair, Side
from fluxkit.differences.tables import tables
from fluxkit.export.atomic import write_text
from fluxkit.export.csv_text import csv_text
from fluxkit.locations import location
from fluxkit.schema import variables

#: Fluxes whose sums people look at; others of a kind count where none of these is there.
MAIN = (
    "NEE",
    "FC",
    "LE",
    "H",
    "ET",
    "FH2O",
    "FCH4",
    "FN2O",
    "TAU",
    "NEE_F",
    "GPP_NT",
    "RECO_NT",
    "GPP_DT",
    "RECO_DT",
)
#: Periods told of each flux.
MOST_PERIODS = 20


def diff(
    a: str | Path,
    b: str | Path,
    *,
    out: str | Path | None = None,
    config: str | Path | None = None,
    decisions: bool = True,
) -> Diff:
    r"""Say what changed from one result to another.

    Parameters
    ----------
    a, b : path
        Results folders, their netCDF files, or tables of half hours; differences are B - A.
    out : path, optional
        Folder for ``differences.csv``, ``months.csv``, ``periods.csv``, ``causes.csv`` and
        ``differences.html``; nothing is written without it.
    config : path, optional
        The configuration of A, which relative paths of slow data start from.
    decisions : bool, default True
        Whether to decide anew with each decision in which the two differ, where A has its moments.

    Returns
    -------
    Diff

    Raises
    ------
    ConfigError
        A path does not exist.
    NoInputError
        Other averaging periods, or no period in common.
    ReadError, MomentsError
        One of them cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import fluxkit as fk
    >>> folder = Path(tempfile.mkdtemp())
    >>> head = "TIMESTAMP_START,TIMESTAMP_END,FC\n"
    >>> for name, flux in (("a", -8.0), ("b", -9.0)):
    ...     rows = f"202407011000,202407011030,{flux}\n202407011030,202407011100,-7.0\n"
    ...     _ = (folder / f"XX-Abc_{name}.csv").write_text(head + rows)
    >>> found = fk.diff(folder / "XX-Abc_a.csv", folder / "XX-Abc_b.csv")
    >>> first = found.variables[0]
    >>> first.variable, round(first.total, 4), first.unit
    ('FC', -0.0216, 'g C m-2')
    """
    require_config(config)
    pair = Pair.of(Side.of(a), Side.of(b))
    found = ranked([_difference(name, pair) for name in pair.names])
    main = main_fluxes(found)
    notes = _notes(pair)
    months, periods = [], []
    for name in main:
        x, y = pair.values(name)
        units = str(pair.attributes(name).get("units", ""))
        months += by_month(name, x, y, pair.local, units=units, seconds=pair.seconds)
        periods += most_moved(name, x, y, pair.time, units=units, seconds=pair.seconds, most=MOST_PERIODS)
    classes = {
        each.variable: moved
        for each in found
        if each.variable.endswith(("_QC", "_SSITC_TEST")) and not each.same
        for moved in [dict(classes_moved(*pair.values(each.variable)))]
        if moved
    }
    causes = changed(pair.a.record, pair.b.record) if pair.a.record and pair.b.record else []
    tried = try_decisions(pair, main, config=config, told=notes.append) if decisions else []
    result = Diff(found, months, periods, classes, causes, tried, notes, {})
    if out is not None:
        result.paths.update(_write(location(out), pair, result))
    return result


def main_fluxes(found: Sequence[Difference]) -> list[str]:
    """Return the fluxes that people look at, else all that have a sum."""
    sums = {each.variable for each in found if each.kind == SUM}
    return [name for name in MAIN if name in sums] or sorted(sums)


def _difference(name: str, pair: Pair) -> Difference:
    a, b = pair.values(name)
    attributes = pair.attributes(name)
    units = str(attributes.get("units", ""))
    code = "flag_meanings" in attributes or (variables.is_known(name) and variables.entry(name).is_flag)
    return difference(name, a, b, pair.time, units=units, code=code, seconds=pair.seconds)


def _notes(pair: Pair) -> list[str]:
    """Return what a reader should know before the numbers."""
    notes = []
    a, b = pair.a, pair.b
    if a.site and b.site and a.site != b.site:
        notes.append(f"two stations: {a.label} is of {a.site}, {b.label} of {b.site}")
    for one, other in ((a, b), (b, a)):
        alone = np.setdiff1d(one.data["time"].values, other.data["time"].values).size
        if alone:
            notes.append(f"{alone} of {pair.time.size} periods are in {one.label} alone")
        missing = [name for name in map(str, one.data.data_vars) if name not in other.data]
        if missing:
            some = ", ".join(missing[:6]) + (" ..." if len(missing) > 6 else "")
            notes.append(f"{len(missing)} variables are in {one.label} alone: {some}")
    if not (a.record and b.record):
        without = " and ".join(side.label for side in (a, b) if not side.record)
        notes.append(f"no run.json beside {without}: settings, versions and files were not compared")
    notes += [
        f"{name} was not compared: in {one or 'no unit'} in {a.label}, in {other or 'no unit'} in {b.label}"
        for name, (one, other) in pair.other_units.items()
    ]
    return notes


def _write(folder: Path, pair: Pair, found: Diff) -> dict[str, Path]:
    from fluxkit.differences.page import write_page  # templates and figures

    paths = {}
    for name, rows in tables(found).items():
        paths[name] = folder / f"{name}.csv"
        write_text(paths[name], csv_text(rows))
    paths["page"] = folder / "differences.html"
    write_page(paths["page"], pair, found)
    return paths
