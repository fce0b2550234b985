"""Samples as raw files of ICOS ecosystem stations: half hours by their END, one line of labels, commas."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.exchange.columns import MISSING, ExchangeError
from fluxkit.export.atomic import write_text
from fluxkit.locations import location
from fluxkit.submissions.etc_files import RawName, raw_name

#: Label -> (variable here, factor from SI).
LABELS = {
    "U": ("u", 1.0), "V": ("v", 1.0), "W": ("w", 1.0), "T_SONIC": ("t_sonic", 1.0),
    "CO2": ("co2", 1e6), "H2O": ("h2o", 1e3), "SA_DIAG": ("diag_sonic", 1.0), "GA_DIAG": ("diag_gas", 1.0),
    "T_CELL": ("t_cell", 1.0), "T_CELL_IN": ("t_cell_in", 1.0), "T_CELL_OUT": ("t_cell_out", 1.0),
    "PRESS_CELL": ("p_cell", 1e-3),
}  # fmt: skip
_KELVIN = {"T_CELL", "T_CELL_IN", "T_CELL_OUT"}
_GASES = {"CO2", "H2O"}
HALF_HOUR = np.timedelta64(1800, "s")

Columns = dict[str, npt.NDArray[np.float64]]


def write_icos_raw(
    samples: Iterable[xr.Dataset],
    folder: Path | str,
    *,
    site: str,
    utc_offset_h: float,
    logger: int = 1,
    file: int = 1,
) -> tuple[list[Path], list[str]]:
    """Write ``CC-Xxx_EC_YYYYMMDDHHMM_Lnn_Fnn.csv``, a file for each half hour of the station's standard time.

    Parameters
    ----------
    samples : iterable of xr.Dataset
        In order of time, as `fluxkit.open_raw` gives them: SI, ``time`` in UTC. Those of a half hour may come
        in several.
    folder : Path or str
        Where to write.
    site : str
        Code, ``CC-Xxx``.
    utc_offset_h : float
        Of local standard time. [h]
    logger, file : int
        Numbers in the name.

    Returns
    -------
    paths : list of Path
        Files written.
    said : list of str
        Variables that have no label, and why.

    Raises
    ------
    ExchangeError
        The code is none, or there is no wind.

    Notes
    -----
    Units are those of the labels: m s-1, K, umol mol-1, mmol mol-1, degC in the cell, kPa. Gases given as a
    density are left out: only mole fractions have a label that could be seen. No sample is removed or changed
    otherwise.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2024-07-01T09:00", "ns") + np.arange(18000) * np.timedelta64(100, "ms")
    >>> ds = xr.Dataset({n: ("time", np.full(18000, 0.1)) for n in ("u", "v", "w")}, {"time": time})
    >>> ds["t_sonic"] = ("time", np.full(18000, 293.15))
    >>> paths, _ = fk.exchange.write_icos_raw([ds], tempfile.mkdtemp(), site="DE-Abc", utc_offset_h=1.0)
    >>> paths[0].name
    'DE-Abc_EC_202407011030_L01_F01.csv'
    """
    _check(site, logger, file)
    paths: list[Path] = []
    said: dict[str, None] = {}
    shift = np.timedelta64(round(3600 * utc_offset_h), "s")
    for end, columns in _half_hours(samples, shift, said):
        name = RawName(site, "EC", end.astype("datetime64[us]").item(), logger, file)
        paths.append(location(folder) / name.text)
        lines = [",".join(columns)]
        table = np.stack(list(columns.values()), axis=1)
        table = np.where(np.isfinite(table), table, MISSING) + 0.0
        form = ",".join(["%.7g"] * len(columns))
        lines += [form % tuple(row) for row in table.tolist()]
        write_text(paths[-1], "\n".join(lines) + "\n")
    return paths, list(said)


def _check(site: str, logger: int, file: int) -> None:
    if not (0 <= logger <= 99 and 0 <= file <= 99):
        raise ExchangeError("the numbers of logger and file have two digits: 0 to 99")
    try:
        raw_name(f"{site}_EC_200001010030_L{logger:02d}_F{file:02d}.csv")
    except ValueError as error:
        raise ExchangeError(f"{error}; say it with --site") from error


def _half_hours(
    samples: Iterable[xr.Dataset], shift: np.timedelta64, said: dict[str, None]
) -> Iterator[tuple[np.datetime64, Columns]]:
    """Yield the end of each half hour and its columns; those of a half hour from several files are joined."""
    held: tuple[np.datetime64, Columns] | None = None
    for ds in samples:
        columns = _labelled(ds, said)
        local = ds["time"].to_numpy() + shift
        ends = (local.astype("datetime64[ns]").astype(np.int64) // 1_800_000_000_000 + 1) * 1800
        for end in np.unique(ends):
            at = np.datetime64(int(end), "s")
            part = {label: values[ends == end] for label, values in columns.items()}
            if held is not None and held[0] == at and list(held[1]) == list(part):
                held = at, {label: np.concatenate([held[1][label], part[label]]) for label in part}
                continue
            if held is not None:
                yield held
            held = at, part
    if held is not None:
        yield held


def _labelled(ds: xr.Dataset, said: dict[str, None]) -> Columns:
    columns: Columns = {}
    for label, (name, factor) in LABELS.items():
        if name not in ds or ds[name].dims != ("time",):
            continue
        if label in _GASES and ds[name].attrs.get("quantity", "") not in ("mole_fraction", "mixing_ratio"):
            said[f"{name} is a density: left out, as only mole fractions have a label"] = None
            continue
        values = ds[name].to_numpy().astype(np.float64) * factor
        columns[label] = values - 273.15 if label in _KELVIN else values
    absent = [label for label in ("U", "V", "W", "T_SONIC") if label not in columns]
    if absent:
        raise ExchangeError(f"no {', '.join(absent)} in the samples: no raw file without the sonic")
    known = {name for name, _ in LABELS.values()} | {"time"}
    left = [str(name) for name in ds.data_vars if str(name) not in known]
    if left:
        said[f"left out, as they have no label that could be seen: {', '.join(left)}"] = None
    return columns
