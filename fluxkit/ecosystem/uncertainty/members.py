"""Members: the same years with other thresholds, fillers, partitioners, raw data, and halves of the days."""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.uncertainty.classes import masses
from fluxkit.ecosystem.uncertainty.schemes import SCHEMES, filter_schemes
from fluxkit.ecosystem.uncertainty.ways import Way, drawn_parts, parts_of
from fluxkit.ecosystem.ustar.filtering import filter_ustar

logger = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]
#: What a year is told of.
VARIABLES = ("NEE", "GPP_NT", "RECO_NT", "GPP_DT", "RECO_DT")
#: What the tower knows to be off in all half hours alike: the end of a variable's name, the label.
SHARED = {"UNC_SPECTRAL": "spectral correction", "UNC_CALIBRATION": "calibration"}
#: What else the tower knows of errors, which goes along.
_OF_RAW_DATA = tuple(
    f"{flux}_{end}"
    for flux in ("FC", "FCH4", "FN2O")
    for end in ("RANDUNC_HF", "UNC_LAG", *(SHARED if flux != "FC" else ()))
)
#: Days of the blocks that halves of the data are made of.
_BLOCK_D = 8


def ensemble(
    ds: xr.Dataset,
    thresholds: xr.Dataset | xr.DataArray | Mapping[int, float] | float | str,
    *,
    percentiles: Sequence[float] | None = None,
    use: str = "threshold",
    filters: Mapping[str, Any] | None = None,
    filling: Mapping[str, Any] | None = None,
    fillers: Sequence[str] = (),
    night: Sequence[str] = ("fluxkit",),
    day: Sequence[str] = ("fluxkit",),
    draws: int = 30,
    pairs: int = 6,
    seed: int = 0,
) -> xr.Dataset:
    """Take half hours through u* filter, filling and partitioning in all the ways that are to count.

    One thing is changed at a time, the others being those of the reference (member 0): the threshold of
    u* (``ustar``), the filler (``filler``), the variant of partitioning (``partitioner``), the scheme of raw
    processing (``scheme``, with a threshold of its own), what the tower knows to be off in all half hours
    alike (``shared``: every flux larger by its ``FC_UNC_SPECTRAL`` or ``FC_UNC_CALIBRATION``), and what
    partitioning's parameters may be as well (``drawn``, where the variant draws them as `fluxkit` does; else
    ``half``: which half of the measured days it may learn from, pairs of complements in blocks of eight
    days).

    Parameters
    ----------
    ds : xr.Dataset
        Half hours, not yet filtered for u*.
    thresholds : xr.Dataset, ...
        As :func:`fluxkit.ecosystem.filter_ustar` takes them; a dataset with ``quantiles`` gives the
        members of ``ustar``.
    percentiles : sequence of float, optional
        Of these quantiles; all that there are unless given.
    use : str
        The variable of ``thresholds`` that the reference takes, members being the percentiles that belong to
        it: ``threshold`` of each year, ``single`` of all years, ``season_threshold``; or one that has
        percentiles itself, ``vut`` or ``cut``, of which the reference is the one nearest to the middle.
    filters, filling : mapping, optional
        Keywords of :func:`~fluxkit.ecosystem.filter_ustar` and :func:`~fluxkit.ecosystem.fill`.
    fillers : sequence of str
        Other fillers as members. What they are off in artificial gaps counts already, see :func:`annual`.
    night, day : sequence of str
        Variants of partitioning, the first being the reference; empty for none.
    draws : int
        Of parameters, by variants that draw them; 0 for halves in their place.
    pairs : int
        Of halves.
    seed : int
        Of draws and halves.

    Returns
    -------
    xr.Dataset
        ``NEE``, ``GPP_NT``, ``RECO_NT``, ``GPP_DT``, ``RECO_DT`` over (``member``, ``time``) [umol m-2
        s-1], NaN where a member does not tell of a variable; ``factor``, ``label``, ``weight`` and
        ``pair`` over ``member``. The reference's own variables of filling stand over ``time``.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2021-06-01", "ns") + np.arange(40 * 48) * np.timedelta64(30, "m")
    >>> hour = np.arange(time.size) / 2 % 24
    >>> light = 800 * np.maximum(np.sin((hour - 6) / 12 * np.pi), 0)
    >>> variables = {"NEE": 3 - 0.02 * light, "SW_IN": light, "USTAR": 0.3 + 0 * light}
    >>> ds = xr.Dataset({name: ("time", x) for name, x in variables.items()}, {"time": time})
    >>> ds.NEE[:] += np.random.default_rng(0).normal(0.0, 0.5, time.size)
    >>> ds.NEE[100:150] = np.nan
    >>> p = fk.ecosystem.ensemble(ds, 0.2, filling={"method": "mds"}, fillers=["boosting"], night=(), day=())
    >>> p["label"].values.tolist()[:2]
    ['mds', 'boosting']
    """
    sieve = dict(filters or {}) | {"use": use}
    members = _quantiles(thresholds, percentiles, use)
    if isinstance(thresholds, xr.Dataset) and use in thresholds and "percentile" in thresholds[use].dims:
        middle = thresholds[use].sel(percentile=50.0, method="nearest", drop=True)
        thresholds = thresholds.assign({use: middle})
    cut = filter_ustar(ds, thresholds, **sieve)
    schemes = filter_schemes(ds, thresholds, **sieve)
    if schemes is not None:
        cut = cut.assign({SCHEMES: schemes[0]})
    bare = ds.drop_dims("scheme", errors="ignore")
    each = [filter_ustar(bare, limits, **sieve)["NEE"] for _, _, limits in members]
    chosen = [("night", variant) for variant in night[:1]] + [("day", variant) for variant in day[:1]]
    way = Way.of(cut, filling or {}, chosen, others=[*each, *([] if schemes is None else [schemes[0]])])
    cut_alone = cut.drop_dims("scheme", errors="ignore")
    reference = way.filled(cut_alone)
    out = _Members(ds.sizes["time"])
    out.add("reference", way.filling["method"], way.parted(reference))
    way = way.after(reference)
    for (percentile, weight, _), nee in zip(members, each, strict=True):
        other = way.of_cut(cut_alone.assign(NEE=nee))
        out.add("ustar", f"u* percentile {percentile:g}", other, weight=weight)
    others = [("night", variant) for variant in night[1:]] + [("day", variant) for variant in day[1:]]
    _add_others(out, cut, reference, way, fillers, others)
    _add_partitioning(out, reference, way.partitioners, draws, pairs, seed)
    return out.dataset(reference)


def _add_others(
    out: "_Members",
    cut: xr.Dataset,
    reference: xr.Dataset,
    way: Way,
    fillers: Sequence[str],
    partitioners: Sequence[tuple[str, str]],
) -> None:
    """Add the members of fillers, of schemes and shared errors of raw data, and of partitioners."""
    bare = cut.drop_dims([dim for dim in cut.dims if dim != "time"])
    for filler in fillers:
        out.add("filler", filler, Way({"method": filler}, way.partitioners).of_cut(bare))
    nee, units = np.array(cut["NEE"].values, np.float64), cut["NEE"].attrs
    rows: list[tuple[str, str, Array]] = []
    if SCHEMES in cut:
        names, each = cut["scheme"].values.tolist(), cut[SCHEMES].transpose("scheme", "time").values
        rows += [("scheme", str(name), row) for name, row in zip(names, each, strict=True)]
    for end, label in SHARED.items():
        if f"FC_{end}" in cut:
            off = np.nan_to_num(np.array(cut[f"FC_{end}"].values, np.float64))
            rows.append(("shared", label, nee + np.sign(nee) * off))
    for factor, label, row in rows:
        out.add(factor, label, way.of_cut(bare.assign(NEE=("time", np.array(row, np.float64), units))))
    for kind, variant in partitioners:
        out.add("partitioner", f"{kind} {variant}", parts_of(reference, kind, variant))


def members_of(
    ds: xr.Dataset,
    *,
    kind: str = "VUT",
    filling: Mapping[str, Any] | None = None,
    fillers: Sequence[str] = (),
    partitioners: Sequence[tuple[str, str]] = (),
    draws: int = 30,
    pairs: int = 6,
    seed: int = 0,
) -> xr.Dataset:
    """Gather the members of half hours that went through the rooms already.

    Parameters
    ----------
    ds : xr.Dataset
        Filled and partitioned, with members of thresholds in ``NEE_F_USTAR``, ``GPP_NT_USTAR``, ...
        (``variant``, ``ustar_percentile``, ``time``) where there are some, and ``NEE_SCHEMES`` (``scheme``,
        ``time``) as `filter_schemes` leaves it. The attribute ``partitioning`` names the partitioners, as
        ``night (fluxkit), day (fluxkit)``.
    kind : {"VUT", "CUT"}
        Which ``variant`` counts: thresholds of each year, or one of all years; the first that there is
        where there is no such.
    filling : mapping, optional
        Keywords of :func:`~fluxkit.ecosystem.fill` that NEE was filled with.
    fillers, partitioners : sequence
        Further fillers, and kinds and variants of partitioning, as members.
    draws, pairs, seed : int
        Of what the partitioners of ``partitioning`` may find as well.

    Returns
    -------
    xr.Dataset
        As of :func:`ensemble`.
    """
    sources = {"NEE": "NEE_F"} | {name: name for name in VARIABLES[1:]}
    there = {name: source for name, source in sources.items() if source in ds}
    out = _Members(ds.sizes["time"])
    out.add(
        "reference", "", {name: np.array(ds[source].values, np.float64) for name, source in there.items()}
    )
    if "NEE_F_USTAR" in ds:
        percentiles = np.asarray(ds["ustar_percentile"].values, np.float64)
        kinds = ds["variant"].values.tolist()
        variant = kinds.index(kind) if kind in kinds else 0
        for place, weight in enumerate(masses(percentiles)):
            member = {"variant": variant, "ustar_percentile": place}
            row = {
                name: np.array(ds[f"{source}_USTAR"].isel(member).values, np.float64)
                for name, source in there.items()
                if f"{source}_USTAR" in ds
            }
            out.add("ustar", f"u* percentile {percentiles[place]:g}", row, weight=float(weight))
    named = re.findall(r"(night|day) \(([^)]+)\)", str(ds.attrs.get("partitioning", "")))
    bare = ds.drop_dims([dim for dim in ds.dims if dim != "time"])
    if SCHEMES in ds or any(f"FC_{end}" in ds for end in SHARED) or fillers or partitioners:
        others = [ds[SCHEMES]] if SCHEMES in ds else []
        way = Way.of(bare, filling or {}, named, others).after(bare)
        _add_others(out, ds, bare, way, fillers, partitioners)
    _add_partitioning(out, bare, named, draws, pairs, seed)
    return out.dataset(bare)


def _add_partitioning(
    out: "_Members",
    reference: xr.Dataset,
    partitioners: list[tuple[str, str]],
    draws: int,
    pairs: int,
    seed: int,
) -> None:
    """Add what partitioners may find as well: draws of their parameters, or halves of the days.

    Halves show how much hangs on which days were measured. What no day shows, as the distance of E0 between
    nights and days, the drift in an outage, or light's inhibition, is in draws alone.
    """
    found: dict[str, Array] = {}
    others = []
    for kind, variant in partitioners:
        p = drawn_parts(reference, kind, variant, draws, seed) if draws else {}
        found |= p
        if not p:
            others.append((kind, variant))
    # A draw of very few nights may have no respiration: such are left out by the partitioner.
    for one in range(min(map(len, found.values()), default=0)):
        out.add("drawn", f"parameters {one}", {name: rows[one] for name, rows in found.items()})
    _add_halves(out, reference, others, pairs, seed)


def _add_halves(
    out: "_Members", reference: xr.Dataset, partitioners: list[tuple[str, str]], pairs: int, seed: int
) -> None:
    """Let partitioning learn from halves of the measured days."""
    at = HalfHours.of(reference)
    random = np.random.default_rng(seed)
    for pair in range(pairs if partitioners else 0):
        kept = _half(at, random)
        for half in (kept, ~kept):
            found: dict[str, Array] = {}
            for kind, variant in partitioners:
                found |= parts_of(_without(reference, half, kind), kind, variant)
            out.add("half", f"half {pair}", found, pair=pair)


class _Members:
    """What grows into the dataset."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.rows: list[dict[str, Array]] = []
        self.facts: list[tuple[str, str, float, int]] = []

    def add(
        self, factor: str, label: str, values: dict[str, Array], *, weight: float = 1.0, pair: int = -1
    ) -> None:
        self.rows.append(values)
        self.facts.append((factor, label, weight, pair))

    def dataset(self, reference: xr.Dataset) -> xr.Dataset:
        missing = np.full(self.n, np.nan)
        names = [name for name in VARIABLES if any(name in row for row in self.rows)]
        units = {"units": "umol m-2 s-1"}
        data = {
            name: (("member", "time"), np.stack([row.get(name, missing) for row in self.rows]), units)
            for name in names
        }
        kept = [
            str(key)
            for key in reference.data_vars
            if str(key).startswith(("NEE_F", "FCH4_F", "FN2O_F")) and reference[key].dims == ("time",)
        ]
        out = xr.Dataset(data, {"time": reference["time"]}, reference.attrs)
        out = out.assign({key: reference[key] for key in kept})
        for name in ("SW_IN", "TA", "VPD", "SW_IN_F", "TA_F", "VPD_F", *_OF_RAW_DATA):
            if name in reference:
                out[name] = reference[name]
        for place, key in enumerate(("factor", "label", "weight", "pair")):
            out = out.assign_coords({key: ("member", [fact[place] for fact in self.facts])})
        return out


def _quantiles(
    thresholds: Any, percentiles: Sequence[float] | None, use: str
) -> list[tuple[float, float, xr.Dataset]]:
    """Return percentile, weight and thresholds of each member of u*."""
    source = _QUANTILES.get(use, use)
    if not isinstance(thresholds, xr.Dataset) or source not in thresholds:
        return []
    quantiles = thresholds[source]
    if "percentile" not in quantiles.dims:
        return []
    wanted = np.asarray(quantiles["percentile"].values if percentiles is None else percentiles, np.float64)
    weights = masses(wanted)
    return [
        (float(p), float(w), thresholds.assign({use: quantiles.sel(percentile=p, drop=True)}))
        for p, w in zip(wanted, weights, strict=True)
    ]


#: Where percentiles of thresholds are that have none themselves.
_QUANTILES = {
    "threshold": "quantiles",
    "season_threshold": "season_quantiles",
    "single": "single_quantiles",
}


def _half(at: HalfHours, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return a random half of the blocks of days."""
    block = np.arange(at.start.size) // (at.per_day * _BLOCK_D)
    chosen = random.permutation(np.arange(block[-1] + 1) % 2 == 0)
    return np.asarray(chosen[block])


def _without(o: xr.Dataset, hidden: npt.NDArray[np.bool_], kind: str) -> xr.Dataset:
    """Return the records with measured ones told to be filled where they are hidden.

    By day nothing of their days stays: uptake in an outage follows what was filled, and fillers know them.
    """
    quality = o["NEE_F_QC"].where(~(hidden & (o["NEE_F_QC"].values == 0)), 1.0)
    out = o.assign(NEE=o["NEE"].where(~hidden), NEE_F_QC=quality)
    return out.assign(NEE_F=o["NEE_F"].where(~hidden)) if kind == "day" else out
