"""What a record opens with besides its values: curves, of a long record month by month."""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.errors import one_line
from fluxkit.report.web.packing import packed, packed_words

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Steps between the smallest and the largest value of one curve, and what stands for a missing one: a
#: step is a pixel of a figure, and more would double what a page weighs.
STEPS, MISSING = 126, 127
#: Records whose curves are unpacked together: about a month of half hours.
CHUNK = 1440


@dataclass(frozen=True)
class Curves:
    """Curves over one axis.

    Parameters
    ----------
    title : str
    x : (m,) array
        In order.
    x_label, y_label : str
        With units.
    records : (n,) array of int
        Places on the clock of the records that have curves, in order.
    values : mapping of str to (n, m) array
        What a curve is called -> its values, NaN where there are none.
    log : str
        Axes that are logarithmic: "", "x" or "xy".
    marks : mapping of str to str
        Curve -> column of the page that holds a place on the axis to be marked.
    """

    title: str
    x: Array
    x_label: str
    y_label: str
    records: Integers
    values: Mapping[str, Array]
    log: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)

    def at(self, chosen: npt.NDArray[np.bool_]) -> "Curves":
        """Return the curves of some of the records."""
        values = {name: rows[chosen] for name, rows in self.values.items()}
        return replace(self, records=self.records[chosen], values=values)


def within(all_curves: Sequence[Curves], size: int) -> tuple[list[Curves], float]:
    """Return curves that take no more than so many bytes of a page, and which share of the records has them.

    Where there is no room for all, records spread evenly over all keep theirs.
    """
    whole = sum(len(json.dumps(curves_data(curves))) for curves in all_curves)
    if whole <= size:
        return list(all_curves), 1.0
    share = 0.97 * size / whole
    return [curves.at(np.diff(np.floor(share * np.arange(curves.records.size + 1))) > 0.0)
            for curves in all_curves], share  # fmt: skip


def curves_data(curves: Curves) -> dict[str, Any]:
    """Return curves as the page carries them: bytes between the ends of each, and these by 16 bits."""
    ends, numbers = [], []
    for values in curves.values.values():
        if curves.log == "xy":
            values = np.log10(values, out=np.full(values.shape, np.nan), where=values > 0.0)
        low, step, rows = _quantised(values)
        ends.append(np.stack([low, step], axis=-1))
        numbers.append(rows)
    rows = np.stack(numbers, axis=1) if numbers else np.zeros((0, 0, 0), np.uint8)  # (record, curve, x)
    steps = np.diff(rows, axis=2, prepend=np.uint8(0))  # neighbours are alike: what is carried is the change
    return {
        "title": one_line(curves.title),
        "xLabel": one_line(curves.x_label),
        "yLabel": one_line(curves.y_label),
        "log": curves.log,
        "x": [float(f"{x:.6g}") for x in curves.x],
        "records": packed(curves.records.astype(np.float64)),
        "names": [one_line(name) for name in curves.values],
        "marks": [curves.marks.get(name, "") for name in curves.values],
        "ends": packed_words(_halves(np.stack(ends, axis=1) if ends else np.empty(0))),
        "chunk": CHUNK,
        "chunks": [_deflated(steps[at : at + CHUNK]) for at in range(0, len(steps), CHUNK)],
    }


def _quantised(values: Array) -> tuple[Array, Array, npt.NDArray[np.uint8]]:
    """Return the lowest value of each row, the step of the numbers above it, and these."""
    known = np.isfinite(values)
    low = np.where(known, values, np.inf).min(axis=1, initial=np.inf)
    high = np.where(known, values, -np.inf).max(axis=1, initial=-np.inf)
    there = low <= high
    low = _rounded(np.where(there, low, 0.0))  # as the page reads them
    step = _rounded(np.where(there, high - low, 0.0) / STEPS * (1.0 + 2.0**-8))
    out = np.zeros(values.shape)
    np.divide(values - low[:, None], step[:, None], out=out, where=known & (step[:, None] > 0.0))
    return low, step, np.where(known, np.clip(np.round(out), 0, STEPS), MISSING).astype(np.uint8)


def _halves(values: Array) -> npt.NDArray[np.uint16]:
    """Return the upper halves of 32-bit numbers, rounded: three digits of any size."""
    bits = values.astype("<f4").view("<u4").astype(np.uint64) + 0x8000
    return (bits >> 16).astype("<u2").ravel()


def _rounded(values: Array) -> Array:
    """Return values as they come back from their upper halves."""
    return (_halves(values).astype("<u4") << 16).view("<f4").astype(np.float64).reshape(values.shape)


def _deflated(array: npt.NDArray[Any]) -> str:
    return base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes(), 6)).decode("ascii")
