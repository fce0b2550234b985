"""Fluxes as a network takes them: standard names, whole years, local standard time, -9999."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import FluxkitError
from fluxkit.export.atomic import write_text
from fluxkit.locations import location
from fluxkit.submissions.networks import NETWORKS, Network

#: Lengths of records that are taken, and how the file's name says so.
RESOLUTIONS = {1800: "HH", 3600: "HR"}
MISSING = -9999
#: Digits that single precision holds.
FORMAT = "%.7g"
#: Variables that hold classes or counts.
_WHOLE = ("_SSITC_TEST",)

Times = npt.NDArray[np.datetime64]


class SubmissionError(FluxkitError):
    """Fluxes cannot be submitted as they are."""


def write_submission(
    fluxes: xr.Dataset,
    folder: Path | str,
    *,
    site: str,
    utc_offset_h: float,
    positions: Mapping[str, str] | None = None,
    network: str = "ameriflux",
) -> tuple[Path, dict[str, str]]:
    """Write ``<SITE>_HH_<start>_<end>.csv`` for upload (ICOS: ``<SITE>_FLUXES_HH.csv``).

    Fluxes are as measured: not filled and not filtered for low turbulence. What the standard has no name for
    is left out; it stays in the netCDF files.

    Parameters
    ----------
    fluxes : xr.Dataset
        Dimension ``time`` (start of each period, UTC), names and units of the FLUXNET standard.
    folder : Path or str
        Where to write.
    site : str
        The network's code of the site, such as ``US-Xyz``.
    utc_offset_h : float
        Of local standard time. [h]
    positions : mapping, optional
        ``_H_V_R`` of variables, such as ``{"TS": "1_2_1"}``.
    network : {"ameriflux", "fluxnet", "europe", "icos"}
        The first two take the same files; see `fluxkit.submissions.networks` for what the others differ in.

    Returns
    -------
    path : Path
        The file written.
    left_out : dict
        Variables that the standard does not have, and why.

    Raises
    ------
    SubmissionError
        Nothing to submit, records that are neither half hours nor hours, or a code that is none.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> import tempfile
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01T06:00", "ns") + np.arange(48) * np.timedelta64(30, "m")
    >>> ds = xr.Dataset({"FC": ("time", np.full(48, -3.5)), "FC_QC": ("time", np.zeros(48))}, {"time": time})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path, left_out = fk.submissions.write_submission(ds, folder, site="US-Xyz", utc_offset_h=-6)
    >>> path.name, list(left_out)
    ('US-Xyz_HH_202001010000_202101010000.csv', ['FC_QC'])
    """
    if network not in NETWORKS:
        raise SubmissionError(f"network: one of {', '.join(NETWORKS)}, not {network!r}")
    rules = NETWORKS[network]
    _check_code(site)
    step = _step(fluxes)
    shift = np.timedelta64(round(utc_offset_h * 3600), "s")
    local: Times = np.asarray(fluxes["time"].to_numpy().astype("datetime64[s]") + shift, "datetime64[s]")
    starts, place = _whole_years(local, step)
    columns, left_out = _columns(fluxes, dict(positions or {}), rules)
    if not columns:
        raise SubmissionError("none of the variables has a name of the standard: nothing to submit")
    table = np.full((starts.size, len(columns)), float(MISSING))
    for k, source in enumerate(columns.values()):
        values = fluxes[source].to_numpy().astype(np.float64)
        table[place, k] = np.where(np.isfinite(values), values, MISSING)
    table += 0.0  # no "-0"
    formats = ["%d" if source.endswith(_WHOLE) else FORMAT for source in columns.values()]
    begins, ends = _stamps(starts), _stamps(starts + np.timedelta64(step, "s"))
    times = {"TIMESTAMP_START": begins, "TIMESTAMP_END": ends}
    line = ",".join([*["%s"] * len(rules.stamps), *formats])
    texts = zip(*(times[name] for name in rules.stamps), strict=True)
    rows = [line % (*at, *row) for at, row in zip(texts, table.tolist(), strict=True)]
    name = rules.file.format(site=site, resolution=RESOLUTIONS[step], first=begins[0], last=ends[-1])
    path = location(folder) / name
    write_text(path, "\n".join([",".join([*rules.stamps, *columns]), *rows]) + "\n")
    return path, left_out


def _check_code(site: str) -> None:
    parts = site.split("-")
    if len(parts) != 2 or len(parts[0]) != 2 or len(parts[1]) != 3 or not "".join(parts).isalnum():
        raise SubmissionError(f"{site!r} is no code of a site: two letters, a hyphen, three signs (US-Xyz)")


def _step(fluxes: xr.Dataset) -> int:
    """Return the length of a record. [s]"""
    time = fluxes["time"].to_numpy() if "time" in fluxes else np.empty(0)
    if time.size < 2:
        raise SubmissionError("two periods at least are needed: the length of a record is not known else")
    step = round(float(np.diff(np.sort(time)).min() / np.timedelta64(1, "s")))
    if step not in RESOLUTIONS:
        raise SubmissionError(f"records of {step / 60:g} min are not taken: half hours or hours")
    return step


def _whole_years(local: Times, step: int) -> tuple[Times, npt.NDArray[np.int64]]:
    """Return the starts of all records of the years concerned, and where the given ones are."""
    first = local.min().astype("datetime64[Y]").astype("datetime64[s]")
    last = (local.max().astype("datetime64[Y]") + 1).astype("datetime64[s]")
    starts = first + np.arange((last - first) // np.timedelta64(step, "s")) * np.timedelta64(step, "s")
    place, rest = np.divmod((local - first).astype(np.int64), step)
    if rest.any():
        raise SubmissionError(
            f"records do not begin at whole steps of {step / 60:g} min of local standard time: "
            "utc_offset_h is another, or periods are not regular"
        )
    return starts, place


def _columns(
    fluxes: xr.Dataset, positions: dict[str, str], rules: Network
) -> tuple[dict[str, str], dict[str, str]]:
    """Return name in the file -> variable, and what is left out with the reason."""
    columns, left_out = {}, {}
    for source in map(str, fluxes):
        if fluxes[source].dims != ("time",):
            continue
        there = rules.renamed.get(source, source)
        given = positions.pop(source) if source in positions else ""
        if not given and rules.position and rules.parse(f"{there}_{rules.position}").known:
            given = rules.position
        name = f"{there}_{given}" if given else there
        found = rules.parse(name)
        if found.known and fluxes[source].dtype.kind in "fiu" and name not in columns:
            columns[name] = source
        else:
            left_out[source] = found.fault or (
                "holds no numbers" if name not in columns else f"{name} is there"
            )
    if positions:
        raise SubmissionError(f"positions: the fluxes have no {', '.join(positions)}")
    return columns, left_out


def _stamps(times: Times) -> list[str]:
    """Return YYYYMMDDHHMM."""
    marks = str.maketrans("", "", "-:T")
    return [stamp.translate(marks) for stamp in np.datetime_as_string(times, unit="m").tolist()]
