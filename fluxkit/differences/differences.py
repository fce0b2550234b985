"""Two results over the same clock, variable by variable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.differences.sums import CIRCULAR, Amount, turned

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]

#: Values that differ by less than this share of a variable's size are the same: results of two processors
#: differ by that much.
SAME = 1e-12
#: What a variable is: fluxes that have a sum, other quantities, codes.
SUM, QUANTITY, CODE = "flux", "quantity", "code"


@dataclass(frozen=True)
class Difference:
    """What became of one variable."""

    variable: str
    units: str
    kind: str  #: flux, quantity or code
    in_a: int  #: periods with a value
    in_b: int
    in_both: int
    changed: int  #: of those in both
    rms: float  #: root mean square of B - A over both [units]
    largest: float  #: B - A where it is largest [units]
    largest_at: np.datetime64  #: start of that period, NaT without one
    a: float  #: sum of a flux, mean of a quantity, over its own periods [unit]
    b: float
    unit: str  #: of a and b
    by_values: float  #: of b - a: periods that both have [unit]
    by_gained: float  #: periods that only B has, or NaN of a mean
    by_lost: float  #: periods that only A has, or NaN of a mean
    size: float  #: sum of sizes of a flux, mean size of a quantity, of both halved [unit]
    relative: float  #: |b - a| over that size; the share of changed periods of codes [1]

    @property
    def total(self) -> float:
        """B - A. [unit]"""
        return self.b - self.a

    @property
    def same(self) -> bool:
        """Whether both have the same values in the same periods."""
        return not self.changed and self.in_a == self.in_b == self.in_both


def difference(
    name: str,
    a: Array,
    b: Array,
    time: Times,
    *,
    units: str = "",
    code: bool = False,
    seconds: float = 1800.0,
) -> Difference:
    """Compare a variable of two results.

    Parameters
    ----------
    name : str
        Of the FLUXNET standard; angles that go round and fluxes that have a sum are known by it.
    a, b : (time,) arrays
        NaN where missing.
    time : (time,) array of datetime64
        Start of the periods.
    units : str, optional
        Of the values.
    code : bool, default False
        Whether values are codes or flags: counted, not subtracted.
    seconds : float, default 1800
        Length of a period. [s]

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.differences.differences import difference
    >>> time = np.datetime64("2024-07-01") + np.arange(3) * np.timedelta64(30, "m")
    >>> found = difference("FC", np.array([-10.0, -8.0, np.nan]), np.array([-10.0, -9.0, 2.0]), time,
    ...                    units="umol m-2 s-1")
    >>> found.changed, found.unit, f"{found.by_values:.4f} {found.by_gained:.4f}"
    (1, 'g C m-2', '-0.0216 0.0432')
    """
    has_a, has_b = np.isfinite(a), np.isfinite(b)
    both = has_a & has_b
    gap = np.where(both, b - a, 0.0)
    if name in CIRCULAR:
        gap = turned(gap)
    size = np.nanmax(np.abs(np.concatenate([a, b])), initial=0.0, where=np.isfinite(np.concatenate([a, b])))
    changed = both & (np.abs(gap) > (0.0 if code else SAME * size))
    at = int(np.argmax(np.abs(gap))) if gap.size else 0
    amount = None if code else Amount.of(name, units)
    sums = _sums(a, b, has_a, has_b, amount, seconds) if not code else _codes(changed, has_a, has_b)
    if name in CIRCULAR:
        sums = _turning(a, b, gap, both)
    return Difference(
        name,
        units,
        CODE if code else SUM if amount else QUANTITY,
        int(has_a.sum()),
        int(has_b.sum()),
        int(both.sum()),
        int(changed.sum()),
        float(np.sqrt(np.mean(gap[both] ** 2))) if both.any() else np.nan,
        float(gap[at]) if changed.any() else 0.0,
        time[at] if changed.any() else np.datetime64("NaT"),
        *sums,
    )


_Sums = tuple[float, float, str, float, float, float, float, float]


def _sums(a: Array, b: Array, has_a: Mask, has_b: Mask, amount: Amount | None, seconds: float) -> _Sums:
    """Return a, b, their unit; the difference by values, gained and lost periods; its share."""
    both = has_a & has_b
    if amount is None:
        one, other = (
            float(x[there].mean()) if there.any() else np.nan for x, there in ((a, has_a), (b, has_b))
        )
        gap = float((b - a)[both].mean()) if both.any() else np.nan
        size = (
            float(np.mean(np.abs(np.concatenate([a[has_a], b[has_b]]))))
            if has_a.any() or has_b.any()
            else 0.0
        )
        return one, other, "", gap, np.nan, np.nan, size, _share(other - one, size)
    scale = amount.scale * seconds
    one, other = (float(scale * x[there].sum()) for x, there in ((a, has_a), (b, has_b)))
    parts = (
        float(scale * (b - a)[both].sum()),
        float(scale * b[has_b & ~has_a].sum()),
        float(-scale * a[has_a & ~has_b].sum()),
    )
    size = 0.5 * scale * float(np.abs(a[has_a]).sum() + np.abs(b[has_b]).sum())
    return one, other, amount.unit, *parts, size, _share(other - one, size)


def _codes(changed: Mask, has_a: Mask, has_b: Mask) -> _Sums:
    either = int((has_a | has_b).sum())
    moved = int((changed | (has_a != has_b)).sum())
    return np.nan, np.nan, "", np.nan, np.nan, np.nan, np.nan, moved / either if either else 0.0


def _turning(a: Array, b: Array, gap: Array, both: Mask) -> _Sums:
    """Return mean directions, and the mean turn between them as a share of half a circle."""

    def mean(x: Array) -> float:
        known = np.deg2rad(x[np.isfinite(x)])
        return (
            float(np.rad2deg(np.arctan2(np.sin(known).sum(), np.cos(known).sum())) % 360.0)
            if known.size
            else np.nan
        )

    turn = float(gap[both].mean()) if both.any() else np.nan
    return mean(a), mean(b), "", turn, np.nan, np.nan, 180.0, _share(turn, 180.0)


def _share(gap: float, size: float) -> float:
    return abs(gap) / size if size > 0.0 and np.isfinite(gap) else 0.0


def ranked(found: Sequence[Difference]) -> list[Difference]:
    """Return what changes sums most first: fluxes, other quantities, codes; then what is the same.

    A flux counts by its share of the largest exchange in its unit, so that a storage change that is nothing
    beside the flux does not come first.
    """
    order = {SUM: 0, QUANTITY: 1, CODE: 2}
    largest: dict[str, float] = {}
    for each in found:
        if each.kind == SUM:
            largest[each.unit] = max(largest.get(each.unit, 0.0), each.size)

    def weight(d: Difference) -> float:
        return _share(d.total, largest[d.unit]) if d.kind == SUM else d.relative

    return sorted(found, key=lambda d: (d.same, order[d.kind], -weight(d), -d.changed, d.variable))


@dataclass(frozen=True)
class Moved:
    """One period that moves a sum."""

    time: np.datetime64
    variable: str
    a: float  #: [units]; NaN without a value
    b: float
    amount: float  #: what it changes the sum by [unit]
    unit: str


def most_moved(
    name: str, a: Array, b: Array, time: Times, *, units: str, seconds: float, most: int = 20
) -> list[Moved]:
    """Return the periods that change the sum of a flux most, the largest first; none without a sum.

    Parameters
    ----------
    name, a, b, time, units, seconds
        As of `difference`.
    most : int, default 20
        How many.
    """
    amount = Amount.of(name, units)
    if amount is None:
        return []
    moved = amount.scale * seconds * (np.nan_to_num(b) - np.nan_to_num(a))
    order = np.argsort(-np.abs(moved), kind="stable")[:most]
    return [
        Moved(time[k], name, float(a[k]), float(b[k]), float(moved[k]), amount.unit)
        for k in order
        if moved[k] != 0.0
    ]


@dataclass(frozen=True)
class Month:
    """A flux in one month."""

    month: np.datetime64
    variable: str
    in_a: int
    in_b: int
    a: float  #: sum [unit]
    b: float
    unit: str


def by_month(name: str, a: Array, b: Array, time: Times, *, units: str, seconds: float) -> list[Month]:
    """Return the sums of a flux by month of the stamps given; none without a sum.

    Parameters
    ----------
    name, a, b, time, units, seconds
        As of `difference`.
    """
    amount = Amount.of(name, units)
    if amount is None:
        return []
    months, place = np.unique(time.astype("datetime64[M]"), return_inverse=True)
    scale = amount.scale * seconds

    def sums(x: Array) -> tuple[Array, Array]:
        there = np.isfinite(x)
        return (
            np.bincount(place[there], minlength=months.size).astype(np.float64),
            np.asarray(
                scale * np.bincount(place[there], weights=x[there], minlength=months.size), np.float64
            ),
        )

    (in_a, sum_a), (in_b, sum_b) = sums(a), sums(b)
    return [
        Month(months[k], name, int(in_a[k]), int(in_b[k]), float(sum_a[k]), float(sum_b[k]), amount.unit)
        for k in range(months.size)
    ]


def classes_moved(a: Array, b: Array) -> Mapping[tuple[str, str], int]:
    """Return how many periods went from one code to another, NaN as "none"; what stayed is not in it.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.differences.differences import classes_moved
    >>> classes_moved(np.array([0.0, 0.0, np.nan]), np.array([0.0, 2.0, 1.0]))
    {('0', '2'): 1, ('none', '1'): 1}
    """
    moved = (a != b) & ~(np.isnan(a) & np.isnan(b))
    pairs = list(zip(map(_code, a[moved]), map(_code, b[moved]), strict=True))
    return {pair: pairs.count(pair) for pair in sorted(set(pairs))}


def _code(value: float) -> str:
    return f"{value:.0f}" if np.isfinite(value) else "none"
