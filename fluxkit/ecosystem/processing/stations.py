"""Many stations: half hours over a dimension of them, each station a task of its own."""

import ctypes
import logging
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours, HalfHoursError
from fluxkit.errors import FluxkitError

if TYPE_CHECKING:
    from distributed import Client

logger = logging.getLogger(__name__)

STATION = "station"
#: What a station's half hours know in attributes, and stations together in variables.
_PLACE = ("latitude", "longitude", "utc_offset_h")
#: First and last record of each station.
_FIRST, _LAST = "first_record", "last_record"

#: Of glibc's malloc.h, and what a worker may keep of the memory that arrays leave [bytes].
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _KEPT = -1, -3, 2**28

Work = Callable[[xr.Dataset], xr.Dataset]


def join_stations(stations: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Put half hours of several stations into one dataset.

    Parameters
    ----------
    stations : mapping of str to xr.Dataset
        By name, as :func:`fluxkit.ecosystem.read` returns them; their records are equally long, their
        times may differ.

    Returns
    -------
    xr.Dataset
        Over ``station`` and ``time`` (all records that a station has, NaN where one has none), with
        ``latitude``, ``longitude``, ``utc_offset_h``, ``first_record`` and ``last_record`` over
        ``station``.

    Raises
    ------
    HalfHoursError
        No station, or records of several lengths.

    Examples
    --------
    >>> import fluxkit as fk
    >>> from fluxkit.synthetic.half_hours import known_budget
    >>> stations = {f"XX-{seed}": known_budget(seed, years=1) for seed in (1, 2)}
    >>> ds = fk.ecosystem.join_stations(stations)
    >>> ds.NEE.dims, ds.latitude.dims
    (('station', 'time'), ('station',))
    """
    axes = {name: HalfHours.of(ds) for name, ds in stations.items()}
    steps = {name: at.step_s for name, at in axes.items()}
    if len(set(steps.values())) != 1:
        told = ", ".join(f"{name} {step / 60:g} min" for name, step in steps.items())
        raise HalfHoursError(
            f"stations need records of one length: {told or 'no station was given'}; join those of one length"
        )
    parts = []
    for name, ds in stations.items():
        at = axes[name]
        known = {key: getattr(at, key) for key in _PLACE} | {_FIRST: at.start[0], _LAST: at.start[-1]}
        parts.append(ds.assign_coords({STATION: name, **known}))
    first, last = min(at.start[0] for at in axes.values()), max(at.start[-1] for at in axes.values())
    step = np.timedelta64(round(next(iter(steps.values()))), "s")
    whole = np.arange(first, last + step, step)
    odd = [name for name, at in axes.items() if (at.start[0] - first) % step]
    if odd:
        raise HalfHoursError(
            f"records of {', '.join(odd)} begin at other minutes than the earliest station's"
        )
    apart = [part.reindex(time=whole) for part in parts]
    return xr.concat(apart, STATION, join="outer", coords=[*_PLACE, _FIRST, _LAST], compat="equals",
                     data_vars="all", combine_attrs="drop_conflicts")  # fmt: skip


def each_station(
    ds: xr.Dataset, work: Work, *, client: "Client | None" = None, workers: int = 1
) -> xr.Dataset:
    """Do the same with each station, several at a time.

    A station is a task: its half hours go to a worker, what is made of them comes back. Numbers are those of
    a station alone, whatever the number of workers. A station of which nothing can be made costs itself
    alone.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours over ``station`` and ``time``, as :func:`join_stations` makes them or as opened from
        netCDF or zarr; arrays of dask are loaded where they are needed.
    work : callable
        Takes half hours of one station, without the dimension and with ``site``, ``latitude``,
        ``longitude`` and ``utc_offset_h`` in their attributes; returns a dataset. Variables of which the
        station has no value are not there.
    client : distributed.Client, optional
        Of a dask scheduler, on any machines.
    workers : int
        Processes of this machine where there is no client, this one among them.

    Returns
    -------
    xr.Dataset
        What ``work`` returned, over ``station``; ``problem`` (``station``) says what failed, "" if nothing.

    Raises
    ------
    HalfHoursError
        No dimension ``station``, or no station of which anything could be made.
    FluxkitError
        Several workers are asked for, and dask is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> from fluxkit.synthetic.half_hours import known_budget
    >>> both = fk.ecosystem.join_stations({f"XX-{seed}": known_budget(seed, years=1) for seed in (1, 2)})
    >>> def year(ds):
    ...     cut = fk.ecosystem.filter_ustar(ds, 0.2)
    ...     return fk.ecosystem.annual(fk.ecosystem.fill(cut, "NEE", method="mds"))
    >>> fk.ecosystem.each_station(both, year).value.dims
    ('station', 'year', 'variable')
    """
    if STATION not in ds.dims:
        raise HalfHoursError("there is no dimension `station`: fluxkit.ecosystem.join_stations makes one")
    names = [str(name) for name in (ds[STATION].values if STATION in ds.coords else range(ds.sizes[STATION]))]
    parts = [ds.isel({STATION: place}) for place in range(len(names))]
    if client is not None:
        made = _by_client(parts, names, work, client)
    elif workers > 1:
        made = _by_processes(parts, names, work, workers)
    else:
        made = [_worked(part, name, work) for part, name in zip(parts, names, strict=True)]
    problems = [found if isinstance(found, str) else "" for found in made]
    for name, problem in zip(names, problems, strict=True):
        if problem:
            logger.warning("%s: %s", name, problem)
    good = [found.assign_coords({STATION: name}) for found, name in zip(made, names, strict=True)
            if not isinstance(found, str)]  # fmt: skip
    if not good:
        raise HalfHoursError(f"nothing could be made of any station; {names[0]}: {problems[0]}")
    joined = xr.concat(good, STATION, join="outer", coords="different", compat="equals",
                       data_vars="all", combine_attrs="drop_conflicts")  # fmt: skip
    return joined.reindex({STATION: names}).assign(problem=(STATION, problems))


def _by_client(
    parts: list[xr.Dataset], names: list[str], work: Work, client: "Client"
) -> list[xr.Dataset | str]:
    from dask.delayed import delayed

    task = delayed(_worked_by_worker, pure=False)
    tasks = [task(part, name, work) for part, name in zip(parts, names, strict=True)]
    return [future.result() for future in client.compute(tasks)]


def _by_processes(
    parts: list[xr.Dataset], names: list[str], work: Work, workers: int
) -> list[xr.Dataset | str]:
    """Do stations in processes of which this is one: it is at work while the others start."""
    try:
        from dask.base import compute
        from dask.delayed import delayed
    except ImportError as error:
        raise FluxkitError("several workers need dask: pip install 'fluxkit[dask]', or workers=1") from error
    start: Callable[..., tuple[xr.Dataset | str, ...]] = compute
    task = delayed(_worked, pure=False)
    made: dict[int, xr.Dataset | str] = {}
    left = iter(range(len(parts)))  # whoever is free takes the next
    one_at_a_time = threading.Lock()

    def taken() -> int | None:
        with one_at_a_time:
            return next(left, None)

    def here() -> None:
        while (place := taken()) is not None:
            made[place] = _worked(parts[place], names[place], work)

    def elsewhere() -> None:
        while (place := taken()) is not None:
            one = task(parts[place], names[place], work)
            made[place] = start(one, scheduler="processes", pool=pool)[0]

    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers - 1, mp_context=spawned) as pool, ThreadPoolExecutor(workers) as threads:
        for future in [threads.submit(here), *(threads.submit(elsewhere) for _ in range(workers - 1))]:
            future.result()
    return [made[place] for place in range(len(parts))]


def _worked_by_worker(part: xr.Dataset, name: str, work: Work) -> xr.Dataset | str:
    """Do a station where dask's nanny may have malloc give back all memory beyond 64 kB.

    Then each array is new to the system, page by page, and the same work takes half as long again.
    """
    asked = os.environ.get("MALLOC_TRIM_THRESHOLD_", "")
    if sys.platform != "linux" or not asked.isdigit():
        return _worked(part, name, work)
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # another library than glibc, which does not read the variable either
        return _worked(part, name, work)
    mallopt(_M_MMAP_THRESHOLD, _KEPT)
    mallopt(_M_TRIM_THRESHOLD, _KEPT)
    try:
        return _worked(part, name, work)
    finally:
        mallopt(_M_TRIM_THRESHOLD, int(asked))


def _worked(part: xr.Dataset, name: str, work: Work) -> xr.Dataset | str:
    """Return what is made of one station, or in words why nothing is."""
    try:
        return work(_alone(part.load(), name)).load()
    except FluxkitError as error:
        return str(error)


def _alone(part: xr.Dataset, name: str) -> xr.Dataset:
    """Return a station as it is alone: its own records and variables, its place in attributes."""
    known = {key: part[key].item() for key in _PLACE if key in part.variables}
    if _FIRST in part.variables:
        part = part.sel(time=slice(part[_FIRST].values, part[_LAST].values))
    part = part.drop_vars([STATION, *_PLACE, _FIRST, _LAST], errors="ignore")
    empty = [key for key, values in part.data_vars.items() if not bool(values.notnull().any())]
    place = {key: value for key, value in known.items() if np.isfinite(value)}
    return part.drop_vars(empty).assign_attrs(site=name, **place)
