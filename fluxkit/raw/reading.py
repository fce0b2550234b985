"""Raw files to samples: from a site's configuration to a reader and back to labelled data."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fluxkit.locations import location
from fluxkit.raw.calibration import calibrate
from fluxkit.raw.layout import Layout, LayoutCalibration, LayoutColumn
from fluxkit.raw.registry import reader
from fluxkit.raw.samples import Samples
from fluxkit.schema import units
from fluxkit.site.models import Site
from fluxkit.site.tables import columns_of, view

if TYPE_CHECKING:
    import xarray as xr

_NS = 1_000_000_000

_LONG_NAMES = {
    "u": "wind component along the sonic's first axis",
    "v": "wind component along the sonic's second axis",
    "w": "wind component along the sonic's vertical axis",
    "t_sonic": "sonic temperature",
    "t_air": "air temperature",
    "p_air": "air pressure",
    "t_cell": "temperature in the analyser's cell",
    "t_cell_in": "temperature at the inlet of the analyser's cell",
    "t_cell_out": "temperature at the outlet of the analyser's cell",
    "p_cell": "pressure in the analyser's cell",
    "diag_sonic": "diagnostic value of the sonic",
    "diag_gas": "diagnostic value of the gas analyser",
    "diag_gas_2": "diagnostic value of the second gas analyser",
    "diag_gas_3": "diagnostic value of the third gas analyser",
}


def layout_of(site: Site) -> Layout:
    """Return what a reader needs to know of a site's files, those of [raw].

    Mass densities of gases become molar ones [mol m-3]; conversions use single precision
    where ``condition.precision`` says so.
    """
    raw = site.raw
    columns = []
    for variable, column in columns_of(site).items():
        scale, shift = units.to_si(column.unit, _molar_mass(variable, site))
        columns.append(
            LayoutColumn(
                variable, column.column, gain=column.gain, offset=column.offset, scale=scale, shift=shift
            )
        )
    return Layout(
        format=raw.format,
        rate=raw.rate,
        columns=tuple(columns),
        file_time=raw.file_time,
        utc_offset_h=site.station.utc_offset_h if raw.utc_offset_h is None else raw.utc_offset_h,
        offset_changes=tuple(_offset_changes(site)),
        name_pattern=raw.name_pattern,
        year=raw.year,
        name_time_is=raw.name_time_is,
        file_minutes=raw.file_minutes,
        sample_time_is=raw.sample_time_is,
        delimiter=raw.delimiter,
        header_rows=raw.header_rows,
        names_row=raw.names_row,
        time_column=tuple(raw.time_column) if isinstance(raw.time_column, list) else raw.time_column,
        time_parts=raw.parts,
        day_first=raw.day_first,
        missing=tuple(raw.missing),
        number_types=raw.types,
        byte_order=raw.byte_order,
        header_bytes=raw.header_bytes,
        record_bytes=raw.record_bytes,
        precision=site.condition.precision,
        calibrations=tuple(_calibrations(site)),
    )


def _offset_changes(site: Site) -> Iterator[tuple[int, float]]:
    """Yield when the files' clock was set to another zone, and to which."""
    for change in site.changes:
        if (offset := change.utc_offset_h(site.station.utc_offset_h)) is not None:
            yield int(_utc(change.start).astype(np.int64)), offset


def _molar_mass(variable: str, site: Site) -> float | None:
    """Molar mass of a gas [kg mol-1], None for other variables."""
    return site.gas_facts(variable).molar_mass if variable in site.gases else None


def _calibrations(site: Site) -> Iterator[LayoutCalibration]:
    """Turn calibrations from the columns' units into SI."""
    here = columns_of(site)
    for entry in site.calibration:
        if entry.variable not in here:
            continue
        unit = site.columns[entry.variable].unit
        scale, shift = units.to_si(unit, _molar_mass(entry.variable, site))
        gains = (entry.gain, entry.gain if entry.gain_end is None else entry.gain_end)
        offsets = (entry.offset, entry.offset if entry.offset_end is None else entry.offset_end)
        start, end = (shift * (1.0 - g) + o * scale for g, o in zip(gains, offsets, strict=True))
        yield LayoutCalibration(
            variable=entry.variable,
            start=_utc(entry.start),
            end=_utc(entry.end),
            gain=gains[0],
            offset=start,
            gain_end=gains[1],
            offset_end=end,
        )


def _utc(instant: datetime) -> np.datetime64:
    return np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "ns")


def read(path: str | Path, layout: Layout) -> Samples:
    """Read one raw file with the reader of its format.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    layout : Layout
        How it is laid out; see `layout_of`.

    Returns
    -------
    Samples
        SI units on a regular grid, NaN where lost, with what could not be used.

    Raises
    ------
    ReadError
        Nothing of the file is usable.
    UnknownFormatError
        No reader has the name ``layout.format``.
    """
    samples = reader(layout.format).read(path, layout)
    calibrate(samples, layout.calibrations)
    return samples


def open_raw(path: str | Path, site: Site, source: str | None = None) -> "xr.Dataset":
    """Read one raw file as a labelled dataset.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    site : Site
        The station of the file.
    source : str, optional
        Id of the further source of the file; only its columns are read, on its own clock and at its own rate.

    Returns
    -------
    xarray.Dataset
        Variables of ``site.columns`` (of this source) in SI units over ``time``, the start of each sampling
        interval in UTC; attributes ``rate`` [Hz], ``records``, ``source``, ``problems``.

    Raises
    ------
    ReadError
        Nothing of the file is usable.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> raw = fk.open_raw("data_samples/open_path/raw/XX-Dem_2024_07_01_1000.dat.gz", site)
    >>> raw.sizes["time"], raw.attrs["rate"]
    (18000, 10.0)
    >>> round(float(raw["t_sonic"].mean()), 2)
    293.39
    """
    import xarray as xr

    if source is not None:
        site = view(site, source)
    samples = read(path, layout_of(site))
    variables = {name: ("time", values, _attributes(name, site)) for name, values in samples.data.items()}
    time = (
        "time",
        times(samples),
        {"standard_name": "time", "long_name": "start of the sampling interval, UTC"},
    )
    return xr.Dataset(
        variables,
        coords={"time": time},
        attrs={
            "source": location(path).name,
            "rate": samples.rate,
            "records": samples.records,
            "problems": [
                f"{problem.path}{'' if problem.line is None else f':{problem.line}'}: {problem.reason}"
                for problem in samples.problems
            ],
        },
    )


def times(samples: Samples) -> npt.NDArray[np.datetime64]:
    """Start of each slot: (n,) UTC, datetime64[ns]."""
    steps = np.rint(np.arange(samples.size) * (_NS / samples.rate)).astype("m8[ns]")
    stamps: npt.NDArray[np.datetime64] = samples.start.astype("M8[ns]") + steps
    return stamps


def _attributes(variable: str, site: Site) -> dict[str, str]:
    attributes = {
        "long_name": _LONG_NAMES.get(variable, f"{variable.upper()} as measured"),
        "units": _si(variable, site),
    }
    if variable in site.gases:
        attributes["quantity"] = site.columns[variable].quantity or "density"
    return attributes


def _si(variable: str, site: Site) -> str:
    if variable in ("u", "v", "w", "t_sonic"):  # a direction and a speed of sound are left as they are
        dimension = units.parse(site.columns[variable].unit).dimension
        return {"temperature": "K", "angle": "deg"}.get(dimension, "m s-1")
    if variable.startswith("t_"):
        return "K"
    if variable.startswith("p_"):
        return "Pa"
    if variable in site.gases:
        return (
            "mol mol-1" if site.columns[variable].quantity in ("mole_fraction", "mixing_ratio") else "mol m-3"
        )
    return "1"
