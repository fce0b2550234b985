"""Rules by which gaps are too long to be filled."""

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.filling.registry import Array, FillingError, Integers

Bools = npt.NDArray[np.bool_]

#: What each rule does, as its users are told.
RULES = {
    "none": "gaps of any length are filled",
    "fluxkit": "gaps of more than 60 days are filled within 15 days of data alone",
    "reddyproc": "gaps of more than 60 days are not filled",
    "oneflux-1.3": "runs of quality 3 keep 15 days beside data, and up to 35 days between data",
}
_LONGEST_D = 60  #: REddyProc's `MaxGap`
_EDGE_D = 15  #: ONEFlux' QC_GAP_LIMIT
_BETWEEN_D = 2 * _EDGE_D + 5


def too_long(measured: Bools, value: Array, quality: Integers, per_day: int, rule: str) -> Bools:
    """Find the records that a rule leaves unfilled.

    Parameters
    ----------
    measured : (n,) bool array
        Where there was a measured value.
    value, quality : (n,) array
        The filled series and its quality, 0 for measured to 3.
    per_day : int
        Records of a day.
    rule : {"none", "fluxkit", "reddyproc", "oneflux-1.3"}
        ``reddyproc``: whole gaps longer than 60 days (`MaxGap` of REddyProc 1.3). ``fluxkit``: of these what
        is more than 15 days from data, so that a year without data costs its neighbours no night at the turn
        of the year, and none of them its sum. ``oneflux-1.3``: of runs of
        quality above 2 what lies more than 15 days from data, where the run is longer than 35 days or
        stands at the begin or the end.

    Returns
    -------
    (n,) bool array

    Raises
    ------
    FillingError
        There is no such rule.
    """
    if rule not in RULES:
        raise FillingError(f"no rule for long gaps is called {rule!r}; there are {', '.join(RULES)}")
    out = np.zeros(measured.size, np.bool_)
    if rule == "reddyproc":
        edges = edges_of(~measured)
        for first, last in edges[edges[:, 1] - edges[:, 0] > _LONGEST_D * per_day]:
            out[first:last] = True
    elif rule == "fluxkit":
        edge = _EDGE_D * per_day
        for first, last in runs(~measured):
            if last - first > _LONGEST_D * per_day:
                out[first + edge * (first > 0) : last - edge * (last < out.size)] = True
    elif rule == "oneflux-1.3":
        edge = _EDGE_D * per_day
        for first, last in runs((quality > 2) | np.isnan(value)):
            inside = first > 0 and last < out.size
            if inside and last - first <= _BETWEEN_D * per_day:
                continue
            begin = first + edge if first > 0 else first
            end = last - edge if last < out.size else last
            out[begin : max(begin, end)] = True
    return out


def runs(mask: Bools) -> list[tuple[int, int]]:
    """Return where each run of True begins, and where it has ended."""
    return [(int(a), int(b)) for a, b in edges_of(mask)]


def edges_of(mask: Bools) -> npt.NDArray[np.int64]:
    """Return the same as an array (run, 2)."""
    return np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))).reshape(-1, 2)
