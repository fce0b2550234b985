"""The two results that are compared: what they hold, and what is on record of how they were made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.archive.folder.contents import RUN, stored
from fluxkit.ecosystem.reading.reading import column_names, read
from fluxkit.ecosystem.reading.results import fluxes_file
from fluxkit.errors import ConfigError, MomentsError, NoInputError, ReadError
from fluxkit.export.netcdf import read_fluxes
from fluxkit.export.netcdf_files import open_netcdf
from fluxkit.locations import location
from fluxkit.schema.variables import describe, is_known

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Side:
    """One of the two."""

    label: str  #: as the user gave it
    data: xr.Dataset  #: over ``time`` (start, UTC); ``units`` in the attributes of each variable
    folder: Path  #: where it lies
    record: Mapping[str, Any] = field(default_factory=dict)  #: run.json, empty without one

    @property
    def site(self) -> str:
        """Code of the station, "" if it does not say."""
        return str(self.data.attrs.get("station") or self.data.attrs.get("site") or "")

    @property
    def seconds(self) -> float:
        """Length of a period. [s]"""
        given = self.data.attrs.get("averaging_period_s")
        if given is not None:
            return float(given)
        steps = np.diff(np.unique(self.data["time"].values)) / np.timedelta64(1, "s")
        return float(np.median(steps)) if steps.size else 1800.0

    @classmethod
    def of(cls, path: str | Path) -> "Side":
        """Read a results folder, its netCDF, or any table of half hours.

        Raises
        ------
        ConfigError
            It does not exist.
        ReadError, MomentsError
            It cannot be read.
        """
        place = location(path)
        if not place.exists():
            raise ConfigError(
                str(path), ["no such file or folder; give a results folder or a table of half hours"]
            )
        file = fluxes_file(place)
        folder = place if place.is_dir() else place.parent
        if file.suffix not in (".nc", ".nc4"):
            there = [name for name in column_names(place) if is_known(name)]
            return cls(str(path), _with_units(_over_time(read(place, keep=there))), folder)
        return cls(str(path), _ours(file), folder, _record(folder))


def _ours(file: Path) -> xr.Dataset:
    """Return what one of our netCDF files holds over time."""
    try:
        with open_netcdf(file) as stored_:
            of_a_run = "averaging_period_s" in stored_.ncattrs()
        found = read_fluxes(file) if of_a_run else xr.load_dataset(file, engine="netcdf4")
    except (OSError, ValueError, RuntimeError) as error:
        raise ReadError(str(file), f"cannot be read as netCDF: {error}") from error
    data = _over_time(found)
    if not data.data_vars:
        raise ReadError(str(file), "holds nothing over `time`")
    return data


def _record(folder: Path) -> dict[str, Any]:
    try:
        return stored(folder / RUN)
    except MomentsError:
        return {}  # `diff` tells that there is no record


def _over_time(data: xr.Dataset) -> xr.Dataset:
    return data[[n for n in data.data_vars if data[n].dims == ("time",) and data[n].dtype.kind in "fiub"]]


def _with_units(data: xr.Dataset) -> xr.Dataset:
    """Give variables of a table that has no units those of the vocabulary."""
    bare = [name for name in map(str, data.data_vars) if not data[name].attrs.get("units") and is_known(name)]
    return data.assign({name: data[name].assign_attrs(describe(name)) for name in bare})


@dataclass(frozen=True)
class Pair:
    """Both on the periods of either."""

    a: Side
    b: Side
    time: npt.NDArray[np.datetime64]  #: start, UTC
    seconds: float
    local: npt.NDArray[np.datetime64]  #: start, local standard time

    @classmethod
    def of(cls, a: Side, b: Side) -> "Pair":
        """Lay two results beside each other.

        Raises
        ------
        NoInputError
            They have other averaging periods, or no variable or no period in common.
        """
        if a.seconds != b.seconds:
            raise NoInputError(
                f"{a.label} has periods of {a.seconds / 60:g} min, {b.label} of {b.seconds / 60:g} min: "
                "make both with the same condense.period"
            )
        if not np.intersect1d(a.data["time"].values, b.data["time"].values).size:
            spans = [_span(side.data) for side in (a, b)]
            raise NoInputError(
                f"no period in common: {a.label} has {spans[0]}, {b.label} has {spans[1]} (start, UTC)"
            )
        time = np.union1d(a.data["time"].values, b.data["time"].values)
        offset = float(a.data.attrs.get("utc_offset_h", b.data.attrs.get("utc_offset_h", 0.0)))
        local = (time + np.timedelta64(round(offset * 3600), "s")).astype("datetime64[s]")
        return cls(a, b, time, a.seconds, local)

    @cached_property
    def names(self) -> list[str]:
        """Variables of either, in the order of A and then of B, but for those in other units."""
        every = dict.fromkeys([*map(str, self.a.data.data_vars), *map(str, self.b.data.data_vars)])
        return [name for name in every if name not in self.other_units]

    @cached_property
    def other_units(self) -> dict[str, tuple[str, str]]:
        """Variables that the two have in other units -> these units."""
        both = [name for name in map(str, self.a.data.data_vars) if name in self.b.data]
        found = {
            n: tuple(str(side.data[n].attrs.get("units", "")) for side in (self.a, self.b)) for n in both
        }
        return {name: (one, other) for name, (one, other) in found.items() if one != other}

    def values(self, name: str) -> tuple[Array, Array]:
        """Return a variable of both over ``time``, NaN where a side has none."""
        return tuple(_on(side.data, name, self.time) for side in (self.a, self.b))  # type: ignore[return-value]

    def attributes(self, name: str) -> Mapping[str, Any]:
        """Return the attributes of a variable."""
        side = self.a if name in self.a.data else self.b
        return side.data[name].attrs


def _on(data: xr.Dataset, name: str, time: npt.NDArray[np.datetime64]) -> Array:
    out = np.full(time.size, np.nan)
    if name in data:
        variable = data[name]
        values = variable.values.astype(np.float64)
        fill = variable.attrs.get("_FillValue", variable.encoding.get("_FillValue"))
        if fill is not None and variable.dtype.kind in "iu":
            values = np.where(variable.values == fill, np.nan, values)
        out[np.searchsorted(time, data["time"].values)] = values
    return out


def _span(data: xr.Dataset) -> str:
    first, last = (np.datetime_as_string(data["time"].values[k], unit="m") for k in (0, -1))
    return f"{first} to {last}"
