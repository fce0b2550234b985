"""Columns by themselves: ranges, signs, values that stand still, low turbulence that is missing."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.quality.runs import still
from fluxkit.ecosystem.reading.quantities import QUANTITIES
from fluxkit.examine.doubt import Doubt

Array = npt.NDArray[np.float64]
Where = npt.NDArray[np.bool_]

#: Share of a range that is added on both sides, and of values beyond that are told (AmeriFlux'
#: physical range).
BUFFER, BEYOND = 0.05, 0.01
#: Sun for day [W m-2 of potential radiation].
DAY = 400.0
#: Share of night records whose u* is below the least with a flux: with 0.1 none of the lowest tenth has one.
FILTERED = 0.1
#: Share of fluxes just above an edge over that farther above: tests of turbulence thin out low u* gradually.
SHARP = 0.7
#: Fewest records for a share or a median.
FEWEST = 200
#: Share of the quarters of a year, or of all, whose fluxes have an edge: they are filtered.
QUARTERS = 0.7
#: Range of nine tenths of the liveliest fortnight below which a flux is in another unit. NEE in mg m-2 s-1
#: has up to 1.9 (a crop), LE in mmol m-2 s-1 up to 12 (an irrigated field); in their own units a Tibetan
#: steppe in December has 1.4 and 50.
LIVELY = {"NEE": (2.0, "mg m-2 s-1 (times 22.7)"), "LE": (15.0, "mmol m-2 s-1 (times 44)")}
#: Days of that, fewest records of it, and least median temperature in which a surface lives [degC].
FORTNIGHT, ENOUGH, WARM = 15, 100, 5.0
#: Correlation of NEE with radiation by day from which its sign is doubted; uptake makes it negative.
SIGN = 0.4


def range_doubts(name: str, x: Array) -> Iterator[Doubt]:
    """Yield that many values are beyond what AmeriFlux allows for the quantity, in its unit."""
    known = QUANTITIES[name]
    good = x[np.isfinite(x)]
    if not good.size:
        return
    margin = BUFFER * (known.high - known.low)
    beyond = float(np.mean((good < known.low - margin) | (good > known.high + margin)))
    if beyond > BEYOND:
        yield Doubt(
            "range",
            f"{name}: {100 * beyond:.1f} % of its values are beyond {known.low:g} to "
            f"{known.high:g} {known.unit} "
            f"(and {100 * BUFFER:g} % more): its median is {np.median(good):.4g}; check the unit",
        )


def equal_doubts(name: str, x: Array, length: int) -> Iterator[Doubt]:
    """Yield that values stand still for ``length`` records or more."""
    stuck = still(name, x, length)
    if np.count_nonzero(stuck):
        number = int(np.count_nonzero(stuck & np.concatenate([[True], x[1:] != x[:-1]])))
        yield Doubt(
            "equal_values",
            f"{name}: {int(stuck.sum())} records are in {number} run{'s'[: number != 1]} of {length} or more "
            "equal values: they are constants or filled; `screen` takes them out before statistics",
        )


def sign_doubts(name: str, x: Array, sun: Array) -> Iterator[Doubt]:
    """Yield that heat or vapour flows downwards by day."""
    day, night = np.isfinite(x) & (sun > DAY), np.isfinite(x) & (sun <= 0.0)
    if np.count_nonzero(day) < FEWEST:
        return
    noon = float(np.median(x[day]))
    dark = float(np.median(x[night])) if np.count_nonzero(night) >= FEWEST else 0.0
    if noon < -10.0 and noon < dark - 10.0:
        yield Doubt(
            "sign",
            f"{name}: its median is {noon:.3g} W m-2 by day, {dark:.3g} by night: the sign is "
            "that of downward "
            "fluxes, or the clock is 12 h off; fluxes are positive upward",
        )


def uptake_doubts(NEE: Array, SW_IN: Array) -> Iterator[Doubt]:
    """Yield that net exchange rises with light: its sign is the other way."""
    day = np.isfinite(NEE) & (SW_IN > 20.0)
    if np.count_nonzero(day) < FEWEST:
        return
    a, b = NEE[day], SW_IN[day]
    low, high = np.quantile(a, [0.01, 0.99])
    kept = (a >= low) & (a <= high)
    if a[kept].std() > 0.0 and float(np.corrcoef(a[kept], b[kept])[0, 1]) > SIGN:
        yield Doubt(
            "uptake",
            "NEE rises with radiation by day: its sign is that of uptake; NEE is negative where "
            "the ecosystem "
            "takes up carbon",
        )


def amplitude_doubts(name: str, x: Array, TA: Array | None, per_day: int) -> Iterator[Doubt]:
    """Yield that a flux hardly varies, even in its liveliest fortnight: it may be in another unit.

    Parameters
    ----------
    name : str
        NEE or LE.
    x, TA : arrays, shape (n,)
        The flux, and air temperature [degC] by which winters are left out.
    per_day : int
        Records of a day.
    """
    least, other = LIVELY[name]
    most = 0.0
    for first in range(0, x.size, FORTNIGHT * per_day):
        part = slice(first, first + FORTNIGHT * per_day)
        good = x[part][np.isfinite(x[part])]
        warm = TA is None or np.count_nonzero(TA[part] > WARM) >= np.count_nonzero(np.isfinite(TA[part])) / 2
        if good.size >= ENOUGH and warm:
            most = max(most, float(np.subtract(*np.quantile(good, [0.95, 0.05]))))
    if 0.0 < most < least:
        yield Doubt(
            "amplitude",
            f"{name} varies by {most:.2g} {QUANTITIES[name].unit} in its liveliest fortnight: it may be in "
            f"{other}, unless hardly anything lives there",
        )


def filter_doubts(
    NEE: Array, USTAR: Array, night: Where, year: npt.NDArray[np.int64], quarter: npt.NDArray[np.int64]
) -> Iterator[Doubt]:
    """Yield that fluxes of low turbulence are missing: someone has filtered them already.

    Parameters
    ----------
    NEE, USTAR : arrays, shape (n,)
        [umol m-2 s-1, m s-1]
    night : boolean array, shape (n,)
        Records without sun.
    year, quarter : arrays of int, shape (n,)
        Years, and numbers of quarters of all years: thresholds may differ between them.
    """
    edge = filter_edge(NEE, USTAR, night)
    if edge is not None:
        yield _filtered(f"no record by night has USTAR below {edge:.2g} m s-1")
        return
    edges = {}  # of each quarter, None where it has none
    for k in np.unique(quarter):
        here = quarter == k
        if np.count_nonzero(here & night & np.isfinite(NEE) & np.isfinite(USTAR)) >= FEWEST:
            edges[(int(year[here][-1]), int(k))] = filter_edge(NEE[here], USTAR[here], night[here])
    found = [edge for edge in edges.values() if edge is not None]
    if not found:
        return
    if len(edges) > 1 and len(found) >= QUARTERS * len(edges):
        yield _filtered(
            "no record by night has USTAR below an edge that changes with time, "
            f"{min(found):.2g} to {max(found):.2g} m s-1"
        )
        return
    of_year = {y: [edge for (one, _), edge in edges.items() if one == y] for y, _ in edges}
    filtered = [y for y, own in of_year.items() if np.mean([edge is not None for edge in own]) >= QUARTERS]
    if filtered and len(filtered) < len(of_year):
        yield Doubt(
            "partly_filtered",
            f"NEE of {', '.join(map(str, filtered))} has no record by night of low USTAR, other years have: "
            "part of the file is filtered already; give the unfiltered flux of all years, or read the years "
            "apart",
        )


def _filtered(what: str) -> Doubt:
    return Doubt(
        "already_filtered",
        f"NEE: {what}, though USTAR itself is there: it is filtered already; give the unfiltered flux, or no "
        "threshold is looked for",
    )


def filter_edge(NEE: Array, USTAR: Array, night: Where) -> float | None:
    """Return u* below which there is no flux by night though u* is measured, None if there is no such edge.

    As AmeriFlux' module does, the least u* with a flux is compared with the least of all; a hundredth of
    the fluxes may be below, and the lowest tenth of u* must be without. Just above the edge fluxes must be
    nearly as frequent as farther above.
    """
    there = night & np.isfinite(USTAR)
    both = there & np.isfinite(NEE)
    if np.count_nonzero(both) < FEWEST:
        return None
    edge = float(np.quantile(USTAR[both], 0.01))
    below = float(np.mean(USTAR[there] < edge))
    if below <= FILTERED:
        return None
    just_above = float(np.quantile(USTAR[there], min(below + FILTERED, 1.0)))
    near = np.mean(np.isfinite(NEE[there & (edge <= USTAR) & (just_above > USTAR)]))
    usual = np.mean(np.isfinite(NEE[there & (just_above <= USTAR)]))
    return edge if near > SHARP * usual else None
