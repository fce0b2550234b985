"""Annual sums with their interval: each class of uncertainty added up in its own way, member by member."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.filling.artificial import gap_of_records
from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.uncertainty.classes import Budget, Part, spread_of_halves, weighted_spread
from fluxkit.ecosystem.uncertainty.members import SHARED, VARIABLES
from fluxkit.ecosystem.uncertainty.random_error import effective_n, random_error, random_of_sum
from fluxkit.errors import FluxkitError

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
#: Grams of carbon in a micromole.
_GRAMS = 12.011e-6
CARBON = "g C m-2"
#: Other gases: grams of their element in a nanomole, unit of a sum.
GASES = {"FCH4": (12.011e-9, CARBON), "FN2O": (2.0 * 14.007e-9, "g N m-2")}
#: Days of a year without which nothing is said of it.
_FEWEST_D = 10
#: Share of measured records whose error the tower must know for it to count.
_MOST = 0.5
#: Degrees of freedom of what artificial gaps have shown: about a dozen of each length.
_GAPS_FREEDOM = 11.0


def annual(
    p: xr.Dataset, *, systematic: Mapping[str, npt.ArrayLike] | None = None, coverage: float = 0.95
) -> xr.Dataset:
    """Sum up years, with an interval for the truth.

    Three classes of uncertainty add up each in its own way and meet only in the end, as independent
    standard deviations:

    * random: the noise of measured records, in quadrature: of the tower's own ``FC_RANDUNC_HF`` and
      ``FC_UNC_LAG`` where they are known, else of like conditions with the effective number of independent
      ones; and how partitioning depends on which days were measured (members ``half``, of variants that
      draw no parameters);
    * systematic: what is off together adds linearly over all it is common to: over one gap (gaps being
      independent of one another), over all filled records, or over all records: what spectral corrections
      and calibration are off (members ``shared``), and what ``systematic`` tells;
    * ensemble: each member is summed first, then sums are compared (members ``ustar``, ``filler``,
      ``partitioner``, ``scheme``, and ``drawn`` parameters of partitioning).

    Parameters
    ----------
    p : xr.Dataset
        What :func:`fluxkit.ecosystem.ensemble` returns; or half hours filled and partitioned, which have
        one member.
    systematic : mapping of str to array_like, optional
        By name, standard deviation of each record, or one for all, that is common to all records [umol
        m-2 s-1]; as of a calibration. It counts for NEE and GPP_NT.
    coverage : float
        Of the interval.

    Returns
    -------
    xr.Dataset
        Over ``year`` and ``variable``, FCH4 and FN2O among them where they are filled: ``value``,
        ``lower``, ``upper``, the standard deviations ``random``, ``systematic``, ``ensemble`` [``unit``: g
        C m-2, of N2O g N m-2], ``days`` that were summed; ``parts``
        (``part``, ``year``, ``variable``), the same by source. ``reddyproc`` and ``oneflux`` (``year``):
        what these programs would call the standard deviation of NEE's sum, and in their attributes why it
        is another. NaN where records of the year stay open.

    References
    ----------
    .. [1] JCGM 100:2008 (GUM), sections 5 and G.4.
    .. [2] Wutzler et al., Biogeosciences 15, 5015-5030, 2018, section 3.4.
    .. [3] Pastorello et al., Sci. Data 7, 225, 2020, eqs. for RANDUNC and JOINTUNC.

    Examples
    --------
    >>> import fluxkit as fk
    >>> from fluxkit.synthetic.half_hours import known_budget
    >>> made = known_budget(1, years=1)
    >>> o = fk.ecosystem.fill(fk.ecosystem.filter_ustar(made, 0.2), "NEE", method="mds")
    >>> y = fk.ecosystem.annual(fk.ecosystem.partition(o))
    >>> y.variable.values.tolist(), y.value.attrs["units"]
    (['NEE', 'GPP_NT', 'RECO_NT'], 'g C m-2')
    """
    years, sums = sums_of_members(p)
    _, group = _years(HalfHours.of(p))
    p, group = p.isel(time=group >= 0), group[group >= 0]
    at = HalfHours.of(p)
    grams = _GRAMS * at.step_s
    nee = _exchange(p, "NEE", at, group, grams, systematic or {}) if "NEE" in sums else []
    budgets = {name: [_budget(name, sums, place, nee, p) for place in range(years.size)] for name in sums}
    for name, (of_gas, _) in GASES.items():
        if f"{name}_F" in p:
            values = np.array(p[f"{name}_F"].values, np.float64)
            sums[name] = _sums(values, group)[None] * of_gas * at.step_s
            parts = _exchange(p, name, at, group, of_gas * at.step_s, {})
            budgets[name] = [Budget(some) for some in parts]
    if not sums:
        raise FluxkitError("there is no filled NEE, FCH4 or FN2O to sum up")
    table = _table(years, list(sums), sums, budgets, _days(at, group), coverage)
    if "member" not in p.dims:
        table = _without_members(table)
    return table.assign(_peers(p, at, group, grams, sums["NEE"])) if "NEE" in sums else table


def _without_members(table: xr.Dataset) -> xr.Dataset:
    """Leave open the intervals of uptake and respiration: how partitioning errs is told by members alone."""
    known = table["variable"].isin(["NEE", *GASES])
    ends = {name: table[name].where(known) for name in ("lower", "upper")}
    said = "; uptake and respiration have no interval without members, see fluxkit.ecosystem.ensemble"
    return table.assign(ends).assign_attrs(comment=table.attrs["comment"] + said)


def sums_of_members(p: xr.Dataset) -> tuple[Integers, dict[str, Array]]:
    """Return the years, and the sum of each variable in (member, year) [g C m-2]."""
    years, group = _years(HalfHours.of(p))
    grams = _GRAMS * HalfHours.of(p).step_s
    inside = group >= 0
    sums = {
        name: np.stack([_sums(row[inside], group[inside]) for row in rows]) * grams
        for name, rows in _members(p).items()
    }
    return years, sums


def _years(at: HalfHours) -> tuple[Integers, Integers]:
    """Return the years, and of each record which; -1 where a table has but the edge of a year."""
    years, group, count = np.unique(at.year, return_inverse=True, return_counts=True)
    enough = count >= _FEWEST_D * at.per_day
    if not enough.any():
        return years, group
    place = np.where(enough, np.cumsum(enough) - 1, -1)
    return years[enough], place[group]


def _members(p: xr.Dataset) -> dict[str, Array]:
    """Return each variable as (member, time)."""
    out = {}
    for name in VARIABLES:
        source = "NEE_F" if name == "NEE" and "member" not in p.dims else name
        if source in p:
            out[name] = np.atleast_2d(np.array(p[source].transpose(..., "time").values, np.float64))
    return out


def _sums(values: Array, group: Integers) -> Array:
    """Sum over years, NaN where a record of the year is missing."""
    return np.asarray(np.bincount(group, values), np.float64)


def _days(at: HalfHours, group: Integers) -> Array:
    return np.bincount(group) / at.per_day


def _exchange(
    p: xr.Dataset,
    name: str,
    at: HalfHours,
    group: Integers,
    grams: float,
    systematic: Mapping[str, npt.ArrayLike],
) -> list[list[Part]]:
    """Return for each year what the measured and filled records of a flux are off."""
    value, quality = (np.array(p[key].values, np.float64) for key in (f"{name}_F", f"{name}_F_QC"))
    measured = np.where(quality == 0, value, np.nan)
    out = [[*parts] for parts in _noise(p, name, measured, at, group, grams)]
    if f"{name}_F_GAP_SD" in p:
        which, _ = gap_of_records(np.isnan(measured))
        gap_sd = np.array(p[f"{name}_F_GAP_SD"].values, np.float64)
        for place, sd in enumerate(_of_gaps(gap_sd, which, group)):
            out[place].append(Part("systematic", "gaps", float(sd) * grams, _GAPS_FREEDOM))
        common = np.nan_to_num(p[f"{name}_F_COMMON_SD"].values * (which >= 0))
        for place, sd in enumerate(np.bincount(group, common)):
            out[place].append(Part("systematic", "filling", float(sd) * grams))
    for label, share in _gains(p, name, measured):
        for place, total in enumerate(_sums(value, group)):
            out[place].append(Part("systematic", label, share * abs(float(total)) * grams))
    for source, sd in systematic.items():
        whole = np.broadcast_to(np.asarray(sd, np.float64), group.shape)
        for place, total in enumerate(np.bincount(group, np.abs(whole))):
            out[place].append(Part("systematic", source, float(total) * grams))
    return out


def _noise(
    p: xr.Dataset, name: str, measured: Array, at: HalfHours, group: Integers, grams: float
) -> list[list[Part]]:
    """Return for each year the random error of measured records, and that of their lags.

    Where the tower knows the random error of half hours (most of those measured), it is that: turbulence is
    sampled anew in each, so that errors are independent from one to the next. Else it is told from half hours
    in like conditions, whose residuals follow one another.
    """
    base = "FC" if name == "NEE" else name
    there = np.isfinite(measured)
    usual = measured_error(p, at, name)
    known, _ = known_by_tower(p, name)
    if known is None:
        noise = random_of_sum(usual, residual_of(p, name), group)
    else:
        noise = _in_quadrature(np.where(there, np.where(np.isfinite(known), known, usual), 0.0), group)
    out = [[Part("random", "noise", float(sd) * grams)] for sd in noise]
    if f"{base}_UNC_LAG" in p:
        for place, sd in enumerate(_in_quadrature(np.where(there, p[f"{base}_UNC_LAG"].values, 0.0), group)):
            out[place].append(Part("random", "lag", float(sd) * grams))
    return out


def known_by_tower(p: xr.Dataset, name: str) -> tuple[Array | None, str]:
    """Return the tower's random error of half hours, None unless most measured ones have it; and say so.

    Parameters
    ----------
    p : xr.Dataset
        Filled half hours.
    name : str
        Of the flux.
    """
    source = f"{'FC' if name == 'NEE' else name}_RANDUNC_HF"
    if source not in p:
        return None, ""
    own, there = np.array(p[source].values, np.float64), p[f"{name}_F_QC"].values == 0
    known, of_all = int(np.isfinite(own[there]).sum()), int(there.sum())
    most = known > _MOST * of_all
    whose = f"{source} of the tower" if most else "that of like conditions"
    said = f"{name}: the random error of sums is {whose}: {known} of {of_all} measured records have {source}"
    return own if most else None, said


def _in_quadrature(sd: Array, group: Integers) -> Array:
    """Return the standard deviation of sums of independent errors; what is missing adds nothing."""
    return np.asarray(np.sqrt(np.bincount(group, np.nan_to_num(sd) ** 2)))


def _gains(p: xr.Dataset, name: str, measured: Array) -> list[tuple[str, float]]:
    """Return by what share a gas's flux is off in all half hours alike; NEE has members for that."""
    found = []
    for end, label in SHARED.items() if name != "NEE" else ():
        if f"{name}_{end}" in p:
            off = np.array(p[f"{name}_{end}"].values, np.float64)
            both = np.isfinite(off) & np.isfinite(measured)
            size = float(np.abs(measured[both]).sum())
            found.append((label, float(off[both].sum()) / size if size > 0.0 else 0.0))
    return found


def measured_error(p: xr.Dataset, at: HalfHours, name: str = "NEE") -> Array:
    """Return the random error of measured records: as stored, else as ONEFlux finds it, else _SD."""
    value, quality, usual_sd = (p[f"{name}_F{end}"].values for end in ("", "_QC", "_SD"))
    measured = np.where(quality == 0, value, np.nan)
    known = np.full(measured.size, np.nan)
    if f"{name}_RANDUNC" in p:
        known = np.array(p[f"{name}_RANDUNC"].values, np.float64)
    drivers = {key: np.array(p[key].values, np.float64) for key in ("SW_IN", "TA", "VPD") if key in p}
    found = np.where(np.isfinite(known), known, random_error(measured, drivers, at)[0])
    found = np.where(np.isfinite(found), found, usual_sd)
    usual = float(np.nanmedian(found)) if np.isfinite(found).any() else np.nan
    return np.where(np.isfinite(measured), np.where(np.isfinite(found), found, usual), np.nan)


def residual_of(p: xr.Dataset, name: str = "NEE") -> Array:
    """Return measured less predicted."""
    value, quality, predicted = (p[f"{name}_F{end}"].values for end in ("", "_QC", "_ALL"))
    return np.where(quality == 0, value - predicted, np.nan)


def _of_gaps(sd: Array, which: Integers, group: Integers) -> Array:
    """Add linearly over the records of a gap and in quadrature over gaps."""
    filled = (which >= 0) & np.isfinite(sd)
    years = int(group.max()) + 1
    gaps = int(which.max()) + 1
    if gaps == 0:
        return np.zeros(years)
    each = np.bincount(group[filled] * gaps + which[filled], sd[filled], minlength=years * gaps)
    return np.asarray(np.sqrt((each.reshape(years, gaps) ** 2).sum(axis=1)))


def _budget(name: str, sums: dict[str, Array], year: int, nee: list[list[Part]], p: xr.Dataset) -> Budget:
    """Return the sources of one variable in one year."""
    budget = Budget()
    if name in ("NEE", "GPP_NT"):
        for part in nee[year]:
            budget.add(part)
    if "member" not in p.dims:
        return budget
    factor, weight, pair = (p[key].values for key in ("factor", "weight", "pair"))
    column = sums[name][:, year]
    source = sums["RECO_NT"][:, year] if name == "GPP_NT" else column
    drawn = source[factor == "drawn"]
    if np.isfinite(drawn).sum() > 1 and name != "NEE":
        spread = weighted_spread(drawn, np.ones(drawn.size))
        budget.add(Part("ensemble", "parameters", spread, float(np.isfinite(drawn).sum() - 1)))
    halves = [source[(factor == "half") & (pair == one)] for one in np.unique(pair[factor == "half"])]
    if halves and name != "NEE":
        first, second = (np.array([half[place] for half in halves]) for place in (0, 1))
        budget.add(Part("random", "half", spread_of_halves(first, second), float(len(halves))))
    for place in np.flatnonzero(factor == "shared"):
        off = abs(float(column[place] - column[0]))
        budget.add(Part("systematic", str(p["label"].values[place]), off))
    for one in ("ustar", "filler", "partitioner", "scheme"):
        chosen = factor == one
        if one in ("filler", "partitioner"):  # others than the reference
            chosen |= factor == "reference"
        found = np.isfinite(column) & chosen
        if found.sum() > 1:
            spread = weighted_spread(column[chosen], weight[chosen].astype(np.float64))
            budget.add(Part("ensemble", one, spread, float(found.sum() - 1)))
    return budget


def _table(
    years: Integers,
    names: list[str],
    sums: dict[str, Array],
    budgets: dict[str, list[Budget]],
    days: Array,
    coverage: float,
) -> xr.Dataset:
    kinds = ("random", "systematic", "ensemble")
    sources = list(
        dict.fromkeys(part.name for rows in budgets.values() for one in rows for part in one.parts)
    )
    value = np.stack([sums[name][0] for name in names], axis=1)
    shape = value.shape
    half, by_kind, by_part = np.zeros(shape), np.zeros((3, *shape)), np.full((len(sources), *shape), np.nan)
    for column, name in enumerate(names):
        for row, budget in enumerate(budgets[name]):
            half[row, column] = budget.half_width(coverage)
            by_kind[:, row, column] = [budget.sd(kind) for kind in kinds]
            for part in budget.parts:
                by_part[sources.index(part.name), row, column] = part.sd
    dims = ("year", "variable")
    units = {"units": CARBON}
    of_gas = [GASES[name][1] if name in GASES else CARBON for name in names]
    out = {
        "value": (dims, value, units),
        "lower": (dims, value - half, units),
        "upper": (dims, value + half, units),
    }
    out |= {
        kind: (dims, np.where(np.isfinite(value), by_kind[place], np.nan), units)
        for place, kind in enumerate(kinds)
    }
    said = "standard deviations by source; interval of " + f"{100 * coverage:g} % by Student's t"
    return xr.Dataset(
        {**out, "parts": (("part", *dims), by_part, units), "days": ("year", days, {"units": "d"})},
        {"year": years, "variable": names, "part": sources, "unit": ("variable", of_gas)},
        {"comment": said, "coverage": coverage},
    )


def _peers(
    p: xr.Dataset, at: HalfHours, group: Integers, grams: float, sums: Array
) -> dict[str, tuple[str, Array, dict[str, str]]]:
    """Return what REddyProc and ONEFlux would call the standard deviation of the annual sum."""
    sd = np.where(p["NEE_F_QC"].values == 0, p["NEE_F_SD"].values, np.nan)
    noise, residual = measured_error(p, at), residual_of(p)
    factor = p["factor"].values if "member" in p.dims else np.array(["reference"])
    members = sums[factor == "ustar"]
    members = members[np.isfinite(members).all(axis=1)]
    ours, theirs = [], []
    for year in range(int(group.max()) + 1):
        here = group == year
        there = here & np.isfinite(sd)
        n, effective = int(there.sum()), effective_n(np.where(here, residual, np.nan)[here])
        mean = np.sqrt(np.sum(sd[there] ** 2) / max(n * (effective - 1.0), 1.0))
        spread = members[:, year].std(ddof=1) if len(members) > 1 else 0.0
        ours.append(np.hypot(mean * here.sum() * grams, spread))
        quantiles = np.percentile(members[:, year], [16, 84]) if len(members) > 1 else np.zeros(2)
        theirs.append(
            np.hypot(np.sqrt(np.nansum(noise[here] ** 2)) * grams, (quantiles[1] - quantiles[0]) / 2.0)
        )
    units = {"units": CARBON}
    return {
        "reddyproc": ("year", np.array(ours), units | {"comment": (
            "noise of measured records, taken to hold for filled ones, over the effective number, and the "
            "spread of u* scenarios; a gap's filling is off as a whole, which is not in it"
        )}),
        "oneflux": ("year", np.array(theirs), units | {"comment": (
            "JOINTUNC: noise in quadrature without autocorrelation, and half the range of 16 to 84 % of u* "
            "members; neither a gap's filling nor partitioning is in it"
        )}),
    }  # fmt: skip
