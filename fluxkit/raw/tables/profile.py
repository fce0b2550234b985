"""A profile's table of readings, as text, to SI over time and height."""

import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import ConfigError, NoInputError
from fluxkit.locations import location
from fluxkit.raw.tables.slow_table import SlowTable, common_order
from fluxkit.schema import units
from fluxkit.site.files import resolve_patterns
from fluxkit.site.models import Site
from fluxkit.site.sections.footprint import PROFILE_VARIABLES, Profile

Array = npt.NDArray[np.float64]

logger = logging.getLogger(__name__)


def open_profile(site: Site, base: str | Path = ".") -> xr.Dataset:
    r"""Read the profile of a station.

    Parameters
    ----------
    site : Site
        With a section ``[profile]``.
    base : str or pathlib.Path
        Folder that patterns of ``profile.files`` are relative to.

    Returns
    -------
    xr.Dataset
        Gases as dry mixing ratio [mol mol-1] and t_air [K] over time (UTC, the middle of each reading) and
        height [m]; NaN where missing.

    Raises
    ------
    ConfigError
        The configuration has no section ``[profile]``.
    NoInputError
        No file matches.
    ReadError
        A file lacks a column, or holds a time or number that is none.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import fluxkit as fk
    >>> from fluxkit.site.toml.loading import loads
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "profile.csv").write_text("time,low,high\n2024-07-01 10:00,20.0,19.0\n")
    >>> text = Path("data_samples/open_path/site.toml").read_text(encoding="utf-8")
    >>> section = '[profile]\nfiles = "profile.csv"\nheights = [1.0, 2.5]\n'
    >>> section += 'time_column = "time"\ntime_is = "end"\n'
    >>> column = '[profile.columns]\nt_air = { columns = ["low", "high"], unit = "degC" }\n'
    >>> profile = fk.open_profile(loads(text + section + column), folder)
    >>> profile["t_air"].values, profile["height"].values
    (array([[293.15, 292.15]]), array([1. , 2.5]))
    """
    profile = site.profile
    if not profile.given:
        raise ConfigError(site.station.id, ["decide.storage = 'profile' needs a section [profile]"])
    paths = resolve_patterns(profile.files, location(base))
    if not paths:
        raise NoInputError(
            f"no file matches profile.files = {profile.files} in {location(base).resolve()}: "
            "check the pattern and the folder"
        )
    offset = site.station.utc_offset_h if profile.utc_offset_h is None else profile.utc_offset_h
    tables = [_table(path, profile) for path in paths]
    columns = [str(profile.time_column)]
    order = (
        None if profile.time_format else common_order(tables, columns, profile.day_first, offset, "profile")
    )
    parts = [_read(table, profile, offset, order) for table in tables]
    time = np.concatenate([part[0] for part in parts])
    table = {name: np.concatenate([part[1][name] for part in parts]) for name in profile.columns}
    _, kept = np.unique(time, return_index=True)  # sorted, the first of each time
    if kept.size < time.size:
        logger.warning(
            "profile: %d readings repeat the time of an earlier one and are left out", time.size - kept.size
        )
    return xr.Dataset(
        {
            name: (("time", "height"), values[kept], _UNITS[PROFILE_VARIABLES[name]])
            for name, values in _dry(table, profile).items()
        },
        {"time": time[kept], "height": ("height", np.asarray(profile.heights), {"units": "m"})},
    )


_UNITS = {"fraction": {"units": "mol mol-1"}, "temperature": {"units": "K"}}


def _table(path: Path, profile: Profile) -> SlowTable:
    return SlowTable.read(
        path,
        delimiter=profile.delimiter,
        header_rows=profile.header_rows,
        names_row=profile.names_row,
        missing=profile.missing,
        section="profile",
    )


def _read(
    table: SlowTable, profile: Profile, utc_offset_h: float, day_first: bool | None
) -> tuple[npt.NDArray[np.datetime64], dict[str, Array]]:
    """Return the times and, by variable, the readings of one file, gases in the quantity given."""
    half = {"start": 0.5, "middle": 0.0, "end": -0.5}[str(profile.time_is)] * profile.reading_s
    time = table.times([str(profile.time_column)], profile.time_format, utc_offset_h, day_first)
    time = time + np.timedelta64(round(half * 1e9), "ns")
    return time, {
        name: _in_si(np.stack([table.numbers(c) for c in given.columns], axis=1), given.unit)
        for name, given in profile.columns.items()
    }


def _in_si(values: Array, unit: str) -> Array:
    scale, shift = units.to_si(unit)
    return np.asarray(scale * values + shift)


def _dry(table: dict[str, Array], profile: Profile) -> dict[str, Array]:
    """Turn mole fractions of moist air into mixing ratios with dry air, by the vapour of the same reading."""
    moist = [name for name, given in profile.columns.items() if given.quantity == "mole_fraction"]
    if not moist:
        return table
    vapour = table["h2o"]
    share = vapour if "h2o" in moist else vapour / (1.0 + vapour)
    dry = np.where(share < 1.0, 1.0 - share, np.nan)  # nothing but vapour is no air
    return table | {name: table[name] / dry for name in moist}
