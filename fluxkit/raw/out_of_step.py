"""Records without stamps in a file that lost or gained bytes: found again by the range of their columns.

Behind lost bytes every column shows what another one should, all of them at one place. Records are then
looked for at each other byte until the columns are as they were. That tells values, not times: whether bytes
were lost or doubled stays open, so that times may be one sample off.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.raw.samples import Array, Problem, ProblemLog

Mask = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

#: Records that are looked at first, and stretches into which they are cut.
_SAMPLES, _STRETCHES = 256, 16
#: Records that are compared with those before them, and how many those are.
_BLOCK, _KNOWN = 64, 256
#: Quartile distances by which a column may leave its median, and steps of whole numbers beside them.
_WIDE, _STEPS = 6.0, 3.0
#: By how many quartile distances columns must jump, or by what factor these must differ, to look closer.
_JUMP, _FACTOR = 4.0, 8.0
#: Share of values within their columns' range in records in step, and out of step.
_IN, _OUT = 0.8, 0.65
#: Records left out on both sides of a place: one there is joined of two.
_MARGIN = 2
_FILL = (0x00, 0xFF)
_BEYOND = 1e30


def in_step(data: Bytes, record: np.dtype[Any], log: ProblemLog) -> tuple[npt.NDArray[Any], Mask | None]:
    """Records of a stretch of bytes, and which of them are lost.

    Parameters
    ----------
    data : ndarray of uint8, shape (bytes,)
        Records one behind the other.
    record : numpy.dtype
        One record, structured.
    log : ProblemLog
        Receives what was lost.

    Returns
    -------
    table : ndarray, shape (n,)
        Of ``record``.
    lost : ndarray of bool, shape (n,), or None
        None if no record is.
    """
    table = _table(data, 0, record)
    if table.size < 2 * _BLOCK:
        return table, None
    sample = table[:: max(1, table.size // _SAMPLES)]
    raw = np.append(sample, table[-1:]).view(np.uint8).reshape(sample.size + 1, -1)
    alike = raw[(raw[:, 0] == 0x00) | (raw[:, 0] == 0xFF)]
    unwritten = None
    if alike.size and any((alike == fill).all(axis=1).any() for fill in _FILL):
        unwritten = _unwritten(data, table.size, record.itemsize, log)
    if not _suspicious(_numbers(sample)):
        return table, unwritten
    found = _realigned(data, record, table, unwritten, log)
    if found is not None:
        return found
    if unwritten is None and _at_one_place(_numbers(sample)):
        reason = (
            "most columns change their level at one place and stay there: bytes may be lost there, or an "
            "instrument was changed"
        )
        log.add(Problem(log.source, None, "nothing", reason))
    return table, unwritten


def _table(data: Bytes, phase: int, record: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.frombuffer(data, record, (data.size - phase) // record.itemsize, phase)


def _numbers(table: npt.NDArray[Any]) -> Array:
    """Values of the columns: (columns, n), no infinities."""
    x = np.empty((len(table.dtype.names or ()), table.size))
    with np.errstate(invalid="ignore"):  # bytes out of step make signalling NaN
        for row, name in zip(x, table.dtype.names or (), strict=True):
            row[:] = table[name]
    return np.nan_to_num(np.clip(x, -_BEYOND, _BEYOND), nan=_BEYOND)


def _unwritten(data: Bytes, count: int, size: int, log: ProblemLog) -> Mask | None:
    rows = data[: count * size].reshape(count, size)
    empty: Mask = np.zeros(count, np.bool_)
    for fill in _FILL:
        empty |= (rows == fill).all(axis=1)
    runs = np.flatnonzero(np.diff(empty.astype(np.int8), prepend=0, append=0))
    if not runs.size:
        return None
    for first, stop in zip(runs[::2].tolist(), runs[1::2].tolist(), strict=True):
        empty[max(first - 1, 0) : stop + 1] = True  # the records beside may be written in part
    reason = f"{np.count_nonzero(empty)} records lie in space that was never written, or beside it: left out"
    log.add(Problem(log.source, int(runs[0]) + 1, "line", reason))
    return empty


def _suspicious(x: Array) -> bool:
    """Whether two columns or more change at one place as they do out of step."""
    length = x.shape[1] // _STRETCHES
    parts = np.sort(x[:, : length * _STRETCHES].reshape(len(x), _STRETCHES, length), axis=2)
    middle = parts[:, :, length // 2]
    wide = parts[:, :, 3 * length // 4] - parts[:, :, length // 4]
    step = np.abs(np.diff(middle, axis=1))
    jumps = step > _JUMP * np.minimum(wide[:, 1:], wide[:, :-1]) + _STEPS
    wider = np.maximum(wide[:, 1:], wide[:, :-1]) > _FACTOR * np.minimum(wide[:, 1:], wide[:, :-1]) + _STEPS
    return bool((np.count_nonzero(jumps | wider, axis=0) >= min(2, len(x))).any())


def _at_one_place(x: Array) -> bool:
    """Whether most columns that vary have other levels before and behind one place, far apart."""
    length = x.shape[1] // _STRETCHES
    parts = np.sort(x[:, : length * _STRETCHES].reshape(len(x), _STRETCHES, length), axis=2)
    middle = parts[:, :, length // 2]
    wide = np.median(parts[:, :, 3 * length // 4] - parts[:, :, length // 4], axis=1)
    for k in range(_MARGIN, _STRETCHES - _MARGIN):
        before, behind = middle[:, :k], middle[:, k:]
        apart = np.maximum(behind.min(axis=1) - before.max(axis=1), before.min(axis=1) - behind.max(axis=1))
        if 2 * int(np.count_nonzero(apart > _JUMP * wide + _STEPS)) > max(2, int(np.count_nonzero(wide > 0))):
            return True
    return False


class _Range:
    """Between what the columns of some records lie."""

    def __init__(self, x: Array) -> None:
        low, middle, high = np.percentile(x, (25, 50, 75), axis=1)
        self._middle = middle[:, None]
        self._reach = (_WIDE * (high - low) + np.where(np.abs(middle) > 0, np.abs(middle) * 1e-3, 0))[:, None]
        whole = bool((x == np.rint(x)).all())
        self._reach += _STEPS if whole else 0.0

    def share(self, x: Array) -> Array:
        """Share of each record's values that lie there: (n,)."""
        found: Array = np.mean(np.abs(x - self._middle) <= self._reach, axis=0)
        return found


def _realigned(
    data: Bytes, record: np.dtype[Any], table: npt.NDArray[Any], lost: Mask | None, log: ProblemLog
) -> tuple[npt.NDArray[Any], Mask] | None:
    """Records in step again and which are lost, None if they never were out of step."""
    size = record.itemsize
    gone = np.zeros(table.size + 1, np.bool_) if lost is None else np.append(lost, False)
    pieces, begin, phase, ahead = [], 0, 0, 0
    at, known = _BLOCK, _numbers(table[:_BLOCK])
    while at + _BLOCK <= table.size:
        x = _numbers(table[at : at + _BLOCK])
        used = ~gone[at + ahead : at + ahead + _BLOCK][: x.shape[1]]
        here = _Range(known)
        if not used.any() or here.share(x)[used].mean() >= _IN:
            known = np.concatenate([known, x[:, used]], axis=1)[:, -_KNOWN:]
            at += _BLOCK
            continue
        shift = _shift(data, record, phase, at + _BLOCK, here)
        if shift is None:
            known, at = np.concatenate([known, x], axis=1)[:, -_KNOWN:], at + _BLOCK
            continue
        change = _change(data, record, phase, shift, at, here)
        other = _table(data, phase + shift, record)
        late = 1 if 2 * shift > size else 0  # bytes were lost: the next record comes early
        pieces.append((table, begin, change, ahead))
        _tell(change + ahead, shift, size, log)
        ahead, phase, table = ahead + late, phase + shift, other
        gone[max(change + ahead - late - _MARGIN, 0) : change + ahead + _MARGIN] = True
        begin, at = change, change + _BLOCK
    if not pieces:
        return None
    pieces.append((table, begin, table.size, ahead))
    total = min(table.size + ahead, gone.size)
    found = np.zeros(total, record)
    for part, first, stop, moved in pieces:
        end = min(stop, total - moved)
        found[first + moved : end + moved] = part[first:end]
    return found, gone[:total]


def _shift(data: Bytes, record: np.dtype[Any], phase: int, at: int, here: _Range) -> int | None:
    """By how many bytes records are out of step from a record on; None if they are not."""
    size = record.itemsize
    best, most = None, _IN
    for shift in range(size):
        table = _table(data, phase + shift, record)[at : at + _BLOCK]
        share = float(here.share(_numbers(table)).mean()) if table.size >= _MARGIN else 0.0
        if shift == 0 and share > _OUT:
            return None
        if shift and share > most:
            best, most = shift, share
    return best


def _change(data: Bytes, record: np.dtype[Any], phase: int, shift: int, at: int, here: _Range) -> int:
    """Record at which columns change: behind it they are as before when shifted."""
    first = max(at - _BLOCK, 0)
    before, behind = (
        here.share(_numbers(_table(data, phase + moved, record)[first : at + _BLOCK])) for moved in (0, shift)
    )
    n = min(before.size, behind.size)
    total = np.concatenate([[0.0], np.cumsum(before[:n])]) + np.concatenate(
        [np.cumsum(behind[:n][::-1])[::-1], [0.0]]
    )
    return first + int(np.argmax(total))


def _tell(place: int, shift: int, size: int, log: ProblemLog) -> None:
    reason = (
        f"records are out of step from here on ({size - shift} bytes were lost, or {shift} doubled): they "
        "were found again by the range of their columns, their times may be one sample off"
    )
    log.add(Problem(log.source, place + 1, "line", reason))
