"""Chamber fluxes as a table: one row for each closure and gas."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.chamber import flags
from fluxkit.export.atomic import write_text
from fluxkit.export.csv_text import csv_text
from fluxkit.locations import location

MISSING = -9999
#: Gases in umol m-2 s-1; the others, scarcer by orders of magnitude, in nmol m-2 s-1.
MICROMOLES = ("co2", "h2o")
#: Columns with the flux's unit.
_FLUXES = ("flux", "flux_se", "flux_low", "flux_high", "mdf", "flux_sensitivity")
#: Columns with the mole fraction's unit.
_FRACTIONS = ("slope", "slope_se", "c0", "rmse")
_NUMBERS = ("window_start", "window_end", "n_obs", "kappa", "g_factor", "flux_term", "h2o")
_OF_CLOSURE = ("t_air", "p_air", "area", "volume", "par")
#: Columns of text about a closure that stand at the row's beginning, and those that are left out.
_FIRST = ("plot", "treatment", "cover")
_LAST = ("source", "path")


def write_chamber_csv(fluxes: xr.Dataset, path: Path | str) -> Path:
    """Write chamber fluxes as CSV, whole or not at all.

    Times are UTC; fluxes and mole fractions have the units that each row names (slopes: a second); raised
    flags are given as a number and as text.

    Parameters
    ----------
    fluxes : xr.Dataset
        Of `fluxkit.chamber.chain.process`.
    path : pathlib.Path or str
        File to make.
    """
    known = {*_FIRST, *_LAST, *_OF_CLOSURE, "start", "end"}
    further = [
        str(name)
        for name, variable in fluxes.data_vars.items()
        if variable.dims == ("closure",) and name not in known
    ]
    head = ["closure", "gas", "start", "end", *_FIRST, *_FLUXES, "unit"]
    head += [*_FRACTIONS, "fraction_unit", "model", "discarded"]
    head += [*_NUMBERS, *_OF_CLOSURE, *further, "analyser", *_LAST, "flags", "flag_names"]
    columns = {name: fluxes[name].values for name in fluxes.variables if "fit" not in fluxes[name].dims}
    cells = np.ndindex(fluxes.sizes["closure"], fluxes.sizes["gas"])
    write_text(path, csv_text([head, *(_row(columns, i, j, further) for i, j in cells)]))
    return location(path)


def _row(columns: dict[Any, Any], i: int, j: int, further: list[str]) -> list[str]:
    gas = str(columns["gas"][j])
    prefix, factor = ("u", 1.0) if gas in MICROMOLES else ("n", 1e3)
    row = [str(columns["closure"][i]), gas, _cell(columns["start"][i]), _cell(columns["end"][i])]
    row += [_cell(columns[name][i]) for name in _FIRST]
    row += [_cell(columns[name][i, j] * factor) for name in _FLUXES]
    row.append(f"{prefix}mol m-2 s-1")
    row += [_cell(columns[name][i, j] * factor) for name in _FRACTIONS]
    row += [f"{prefix}mol mol-1", str(columns["model"][i, j])]
    row.append("yes" if columns["discarded"][i, j] else "")
    row += [_cell(columns[name][i, j]) for name in _NUMBERS]
    row += [_cell(columns[name][i]) for name in (*_OF_CLOSURE, *further)]
    row += [str(columns["analyser"][i, j]), *(_cell(columns[name][i]) for name in _LAST)]
    bits = columns["flags"][i, j]
    names = " ".join(name for name in flags.MEANINGS if bits & flags.bit(name))
    return [*row, str(int(bits)), names]


def _cell(value: Any) -> str:
    if isinstance(value, np.datetime64):
        return f"{np.datetime_as_string(value, unit='s')}Z"
    if isinstance(value, str):
        return value
    number = float(value)
    return f"{number if np.isfinite(number) else MISSING:.7g}"
