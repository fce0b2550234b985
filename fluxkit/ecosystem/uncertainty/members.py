"""Members: the same years with other thresholds, partitioners, fillers, and halves of their data."""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.filling.gaps import default_method, fill, learnt
from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.partitioning import METHODS, PartitioningError, partition
from fluxkit.ecosystem.uncertainty.classes import masses
from fluxkit.ecosystem.ustar.filtering import filter_ustar

logger = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]
#: What a year is told of.
VARIABLES = ("NEE", "GPP_NT", "RECO_NT", "GPP_DT", "RECO_DT")
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
    pairs: int = 6,
    seed: int = 0,
) -> xr.Dataset:
    """Take half hours through u* filter, filling and partitioning in all the ways that are to count.

    One thing is changed at a time, the others being those of the reference (member 0): the threshold of
    u* (``ustar``), the filler (``filler``), the variant of partitioning (``partitioner``), and which half
    of the measured days partitioning may learn from (``half``: pairs of complements, in blocks of eight
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
    pairs : int
        Of halves.
    seed : int
        Of the halves.

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
    how = dict(filling or {})
    method = how.pop("method", None) or default_method("NEE", how)
    sieve = dict(filters or {}) | {"use": use}
    members = _quantiles(thresholds, percentiles, use)
    if isinstance(thresholds, xr.Dataset) and use in thresholds and "percentile" in thresholds[use].dims:
        middle = thresholds[use].sel(percentile=50.0, method="nearest", drop=True)
        thresholds = thresholds.assign({use: middle})
    cut = filter_ustar(ds, thresholds, **sieve)
    others = [filter_ustar(ds, limits, **sieve)["NEE"] for _, _, limits in members]
    if "skill" not in how:
        how |= learnt(cut, "NEE", others=xr.concat(others, "other") if others else None, method=method, **how)
    partitioners = [("night", variant) for variant in night[:1]] + [("day", variant) for variant in day[:1]]

    def carried_on(o: xr.Dataset) -> dict[str, Array]:
        """Return filled NEE and what the reference's partitioners make of it."""
        found = {"NEE": np.array(o["NEE_F"].values, np.float64)}
        for kind, variant in partitioners:
            found |= _parted(o, kind, variant)
        return found

    reference = fill(cut, "NEE", method=method, **how)
    out = _Members(ds.sizes["time"])
    out.add("reference", method, carried_on(reference))
    for (percentile, weight, _), nee in zip(members, others, strict=True):
        other = fill(cut.assign(NEE=nee), "NEE", method=method, **how)
        out.add("ustar", f"u* percentile {percentile:g}", carried_on(other), weight=weight)
    for filler in fillers:
        out.add("filler", filler, carried_on(fill(cut, "NEE", method=filler)))
    for label, other in _schemes(ds, ds):
        sieved = filter_ustar(other, thresholds, **sieve)
        out.add("scheme", label, carried_on(fill(sieved, "NEE", method=method, **how)))
    for kind, variants in (("night", night[1:]), ("day", day[1:])):
        for variant in variants:
            out.add("partitioner", f"{kind} {variant}", _parted(reference, kind, variant))
    _add_halves(out, reference, partitioners, pairs, seed)
    return out.dataset(reference)


def _schemes(ds: xr.Dataset, kept: xr.Dataset) -> list[tuple[str, xr.Dataset]]:
    """Return the table with NEE of each scheme of raw processing, where that of `kept` is there."""
    source = next((name for name in ("NEE_SCHEMES", "FC_SCHEMES") if name in ds), None)
    if source is None:
        return []
    values = np.array(ds[source].transpose("scheme", "time").values, np.float64)
    names = [str(name) for name in ds["scheme"].values] if "scheme" in ds.coords else None
    rest = np.zeros(values.shape[1])
    if source == "FC_SCHEMES" and "SC" in ds:
        rest = np.array(ds["SC"].values, np.float64)
    there = np.isfinite(np.array(kept["NEE"].values, np.float64))
    return [
        (
            names[place] if names else f"scheme {place + 1}",
            kept.assign(NEE=("time", np.where(there, row + rest, np.nan), kept["NEE"].attrs)),
        )
        for place, row in enumerate(values)
    ]


def _add_schemes(
    out: "_Members", ds: xr.Dataset, bare: xr.Dataset, partitioners: list[tuple[str, str]]
) -> None:
    """Fill and part NEE of each scheme of raw processing, with one skill for all."""
    found = _schemes(ds, bare)
    if not found:
        return
    method = default_method("NEE", {})
    how = learnt(bare, "NEE", method=method)
    for label, other in found:
        o = fill(other, "NEE", method=method, **how)
        row = {"NEE": np.array(o["NEE_F"].values, np.float64)}
        for kind, variant in partitioners:
            row |= _parted(o, kind, variant)
        out.add("scheme", label, row)


def members_of(ds: xr.Dataset, *, kind: str = "VUT", pairs: int = 6, seed: int = 0) -> xr.Dataset:
    """Gather the members of half hours that went through the rooms already.

    Parameters
    ----------
    ds : xr.Dataset
        Filled and partitioned, with members of thresholds in ``NEE_F_USTAR``, ``GPP_NT_USTAR``, ...
        (``variant``, ``ustar_percentile``, ``time``) where there are some. The attribute
        ``partitioning`` names the partitioners, as ``night (fluxkit), day (fluxkit)``.
    kind : {"VUT", "CUT"}
        Which ``variant`` counts: thresholds of each year, or one of all years; the first that there is
        where there is no such.
    pairs : int
        Of halves, by these partitioners.
    seed : int

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
        of_kind = {"variant": kinds.index(kind) if kind in kinds else 0}
        for place, weight in enumerate(masses(percentiles)):
            row = {
                name: np.array(
                    ds[f"{source}_USTAR"].isel({**of_kind, "ustar_percentile": place}).values, np.float64
                )
                for name, source in there.items()
                if f"{source}_USTAR" in ds
            }
            out.add("ustar", f"u* percentile {percentiles[place]:g}", row, weight=float(weight))
    named = re.findall(r"(night|day) \(([^)]+)\)", str(ds.attrs.get("partitioning", "")))
    bare = ds.drop_dims([dim for dim in ds.dims if dim != "time"])
    _add_schemes(out, ds, bare, named)
    _add_halves(out, bare, [(kind, variant) for kind, variant in named], pairs, seed)
    return out.dataset(bare)


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
                found |= _parted(_without(reference, half), kind, variant)
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
        for name in ("SW_IN", "TA", "VPD", "SW_IN_F", "TA_F", "VPD_F"):
            if name in reference:
                out[name] = reference[name]
        for place, key in enumerate(("factor", "label", "weight", "pair")):
            out = out.assign_coords({key: ("member", [fact[place] for fact in self.facts])})
        return out


def _parted(o: xr.Dataset, kind: str, variant: str) -> dict[str, Array]:
    """Return what a partitioner makes of it; nothing, with a word in the log, where it cannot."""
    suffix = {"night": "NT", "day": "DT"}[kind]
    if (kind, variant) not in METHODS:
        raise PartitioningError(f"no method {kind!r} with variant {variant!r}")
    try:
        p = partition(o, method=kind, variant=variant)
    except PartitioningError as error:
        logger.warning("partitioning, %s %s: %s", kind, variant, error)
        return {}
    return {
        f"{part}_{suffix}": np.array(p[f"{part}_{suffix}"].values, np.float64) for part in ("GPP", "RECO")
    }


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


def _without(o: xr.Dataset, hidden: npt.NDArray[np.bool_]) -> xr.Dataset:
    """Return the records with measured ones told to be filled where they are hidden."""
    quality = o["NEE_F_QC"].where(~(hidden & (o["NEE_F_QC"].values == 0)), 1.0)
    return o.assign(NEE=o["NEE"].where(~hidden), NEE_F_QC=quality)
