"""What the moments of an archive show on its page: spectra, lag functions, ensembles, planes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.archive.deciding.groups import Group
from fluxkit.archive.deciding.kept_arrays import KeptArrays
from fluxkit.archive.deciding.kept_spectra import average_spectra, days_seen
from fluxkit.archive.deciding.reductions import reduction_key
from fluxkit.archive.folder.summaries import FOLDER
from fluxkit.archive.job import Job
from fluxkit.interruption import give_way
from fluxkit.locations import on_store
from fluxkit.report.evidence import Evidence, LagFunction, SeasonPlanes
from fluxkit.site.models import Site
from fluxkit.tower import chain, settings, survey
from fluxkit.tower.epochs import wind_direction_at
from fluxkit.tower.rotations.rotation import rotation_matrix
from fluxkit.tower.shared_periods import shared_periods
from fluxkit.tower.tree import Leaf

#: Days whose spectra and lag functions the page can show: a year; of more, days spread evenly. [days]
MOST_DAYS = 366
#: How far beyond its window a lag function is shown, at least, and at how many lags at most. [s], [1]
BEYOND, MOST_LAGS = 1.5, 81

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Days:
    """Spectra and lag functions of days of one group, on its own axes."""

    frequency: Array
    seconds: dict[str, Array]  #: gas -> lags
    rows: dict[str, Leaf]  #: "time", names of spectra and of gases -> (time, ...)


def evidence_of(job: Job, groups: Sequence[Group], fluxes: xr.Dataset) -> Evidence:
    """Gather what the page shows besides fluxes.

    Parameters
    ----------
    job : Job
        Where the moments are.
    groups : sequence of Group
        Tasks; of several rates frequencies and lags are those of the group with most tasks.
    fluxes : xarray.Dataset
        What was decided.
    """
    names = sorted(name for group in groups for name in group.sites)
    every = -(-len(names) // MOST_DAYS)
    chosen = set(names[::every])
    needed = chain.needed_for_spectra(fluxes)
    found = []
    for number, group in sorted(enumerate(groups, start=1), key=lambda each: -len(each[1].sites)):
        own = [name for name in group.sites if name in chosen]
        if own:
            found.append(_days(job, group, number, own, needed))
    times = fluxes["time"].values
    seen = [group for group in groups if _any(job, group, times)] if len(groups) > 1 else list(groups)
    spectra, lags = _joined([days for days in found if days.rows["time"].size])
    return Evidence(
        spectra,
        lags,
        [average_spectra(job.out, job.site, g, k, fluxes) for k, g in enumerate(seen, start=1)],
        [planes for group in seen for planes in _planes(job, group)],
        f"Spectra and lag functions are of one day in {every}." if every > 1 else "",
    )


def _any(job: Job, group: Group, times: npt.NDArray[np.datetime64]) -> bool:
    return any(np.isin(part["time"].values, times).any() for part in group.parts(job.out, ()))


def _days(job: Job, group: Group, number: int, names: Sequence[str], needed: xr.Dataset) -> _Days:
    """Return what days show, reading only those that are not known from before."""
    out, in_store = job.out, on_store(job.out)
    path, key = out / FOLDER / f"page_{number}.npz", reduction_key(job.site, group)
    held = KeptArrays() if in_store else KeptArrays.load(path, key)
    seen = {name: what for name, what in days_seen(out, group, needed).items() if name in set(names)}
    known = {name for name, what in seen.items() if what and held.seen.get(name) == what}
    fresh = [name for name in names if name not in known]
    functions = [f"{gas}_wind_correlation" for gas in group.site.gases]
    reading = fresh or names[-1:]  # the axes are in the moments
    made: dict[str, dict[str, Leaf]] = {}
    seconds: dict[str, Array] = {}
    frequency = np.empty(0)
    parts = group.parts(out, ("cospectra", "quadrature", *functions), reading)
    for name, part in zip(reading, parts, strict=True):
        give_way()
        frequency = part["frequency"].values
        seconds = {gas: shown_lags(part, gas)[0] for gas in group.site.gases}
        made[name] = _of_day(part, needed, group.site)
    places = tuple(made[reading[0]])
    each = [made[n] if n in made else dict(zip(places, held.of_days([n]), strict=True)) for n in names]
    arrays = [np.concatenate([day[place] for day in each]) for place in places]
    if fresh and not in_store and all(seen.values()):
        counts = [(name, seen[name], int(day["time"].size)) for name, day in zip(names, each, strict=True)]
        KeptArrays.of(places, arrays, counts).save(path, key)
    return _Days(frequency, seconds, dict(zip(places, arrays, strict=True)))


def _of_day(part: xr.Dataset, needed: xr.Dataset, site: Site) -> dict[str, Leaf]:
    """Return times, spectra and lag functions of the periods of a day that have fluxes."""
    here, rows = shared_periods(part["time"].values, needed["time"].values)
    part, of_part = part.isel(time=here), needed.isel(time=rows)
    found = {"time": part["time"].values.astype("datetime64[s]").astype(np.int64)}
    spectra = chain.spectra(part, of_part, site)
    kept = (name for name in map(str, spectra) if not name.startswith("OGIVE"))
    found |= {name: spectra[name].values.astype(np.float32) for name in kept}
    return found | {gas: lag_function(part, of_part, gas) for gas in site.gases}


def shown_lags(part: xr.Dataset, gas: str) -> tuple[Array, npt.NDArray[np.int64]]:
    """Return the lags at which a lag function is shown [s], and their places among those that are kept."""
    window = part[f"lag_{gas}"].values
    reach = (part.sizes[f"wide_lag_{gas}"] - window.size) // 2
    lags = np.arange(window[0] - reach, window[-1] + reach + 1)
    rate = float(part.attrs["rate"])
    beyond = max(BEYOND * rate, float(window[-1] - window[0]) / 2.0)
    inside = np.flatnonzero((lags >= window[0] - beyond) & (lags <= window[-1] + beyond))
    some = inside[:: -(-inside.size // MOST_LAGS)]
    return lags[some] / rate, some


def lag_function(part: xr.Dataset, fluxes: xr.Dataset, gas: str) -> npt.NDArray[np.float32]:
    """Return the correlation of the rotated vertical wind with a gas at `shown_lags`: (time, lag). [1]

    Parameters
    ----------
    part : xarray.Dataset
        Moments.
    fluxes : xarray.Dataset
        Of the same periods: the angles of the rotation.
    gas : str
        One of the site's.
    """
    angles = np.stack([fluxes[f"ROT_{a}"].values for a in ("YAW", "PITCH", "ROLL")], axis=1)
    w = rotation_matrix(*angles.T)[:, 2]
    some = shown_lags(part, gas)[1]
    products = part[f"{gas}_wind_correlation"].values[..., some].astype(np.float64)  # about the means
    covariance = np.einsum("ti,til->tl", w, products)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.sqrt(_variance_of_w(part, w) * _density(part, gas, gas))
        return np.asarray(covariance / scale[:, None], np.float32)


def _variance_of_w(part: xr.Dataset, w: Array) -> Array:
    """Return the variance of rotated vertical wind, from spectra of the sonic's axes: (time,)."""
    axes = ("u", "v", "w")
    total = np.zeros(part.sizes["time"])
    for i, a in enumerate(axes):
        for j, b in enumerate(axes):
            total += w[:, i] * w[:, j] * _density(part, *((a, b) if i <= j else (b, a)))
    return total


def _density(part: xr.Dataset, a: str, b: str) -> Array:
    """Return the integral of a cospectrum of two channels: (time,)."""
    k = list(part["pair"].values).index(f"{a}.{b}")
    return np.asarray(np.nansum(part["cospectra"].values[:, k] * part["bandwidth"].values, axis=-1))


def _joined(found: Sequence[_Days]) -> tuple[xr.Dataset | None, dict[str, LagFunction]]:
    """Join groups: what one lacks is missing there; frequencies and lags are those of the first."""
    if not found:
        return None, {}
    time = np.concatenate([days.rows["time"] for days in found])
    order = np.argsort(time, kind="stable")
    frequency = found[0].frequency
    names = dict.fromkeys(name for days in found for name in days.rows if name.startswith(("SPEC", "COSP")))
    joined = {
        name: np.concatenate([_at(days, name, np.log(days.frequency), np.log(frequency)) for days in found])
        for name in names
    }
    spectra = xr.Dataset(
        {name: (("time", "frequency"), rows[order], {"units": "1"}) for name, rows in joined.items()},
        {
            "time": time[order].astype("datetime64[s]").astype("datetime64[ns]"),
            "frequency": ("frequency", frequency, {"units": "Hz"}),
        },
    )
    lags = {}
    for gas in dict.fromkeys(gas for days in found for gas in days.seconds):
        seconds = next(days.seconds[gas] for days in found if gas in days.seconds)
        rows = [_at(days, gas, days.seconds.get(gas, seconds), seconds) for days in found]
        lags[gas] = LagFunction(seconds, np.concatenate(rows)[order])
    return spectra, lags


def _at(days: _Days, name: str, own: Array, to: Array) -> npt.NDArray[np.float32]:
    """Return rows at other places than their own, NaN beyond these, and where there are none."""
    if name not in days.rows:
        return np.full((days.rows["time"].size, to.size), np.nan, np.float32)
    rows = np.asarray(days.rows[name], np.float32)
    if np.array_equal(own, to, equal_nan=True):
        return rows
    known = np.isfinite(own)
    moved = [np.interp(to, own[known], row[known], left=np.nan, right=np.nan) for row in rows]
    return np.array(moved, np.float32).reshape(len(rows), to.size)


def _planes(job: Job, group: Group) -> Iterator[SeasonPlanes]:
    """Yield the planes that the winds of a group were turned into, if any."""
    plan = settings.make_plan(group.site)
    if plan.decide.rotation in survey.PLANAR:
        time, wind, planes = survey.winds_and_planes(group.parts(job.out, ("wind_mean", "mean")), plan)
        yield SeasonPlanes(planes, wind, wind_direction_at(wind[:, 0], wind[:, 1], time, plan))
