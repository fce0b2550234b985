"""What a record opens with besides its values: curves, of a long record month by month."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.errors import one_line
from fluxkit.report.web.packing import packed

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Steps between the smallest and the largest value of one curve, and what stands for a missing one.
STEPS, MISSING = 254, 255
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

    @property
    def numbers(self) -> int:
        """Numbers that the page has to carry: a byte each, and eight for the ends of each curve."""
        return int(self.records.size) * len(self.values) * (self.x.size + 8)

    def thinned(self, every: int) -> "Curves":
        """Return the curves of every so many records."""
        values = {name: rows[::every] for name, rows in self.values.items()}
        return replace(self, records=self.records[::every], values=values)


def within(all_curves: Sequence[Curves], size: int) -> tuple[list[Curves], int]:
    """Return curves that a page of so many bytes has room for, and of how many records one is kept.

    Of a base64 text four letters carry three bytes, and noise cannot be compressed.
    """
    whole = 4 * sum(curves.numbers for curves in all_curves) // 3
    every = max(-(-whole // max(size, 1)), 1)
    return [curves.thinned(every) for curves in all_curves], every


def curves_data(curves: Curves) -> dict[str, Any]:
    """Return curves as the page carries them: bytes between the ends of each, and these as 32-bit numbers."""
    ends, numbers = [], []
    for values in curves.values.values():
        if curves.log == "xy":
            values = np.log10(values, out=np.full(values.shape, np.nan), where=values > 0.0)
        low, step, rows = _quantised(values)
        ends.append(np.stack([low, step], axis=-1))
        numbers.append(rows)
    rows = np.stack(numbers, axis=1) if numbers else np.zeros((0, 0, 0), np.uint8)  # (record, curve, x)
    return {
        "title": one_line(curves.title),
        "xLabel": one_line(curves.x_label),
        "yLabel": one_line(curves.y_label),
        "log": curves.log,
        "x": [float(f"{x:.6g}") for x in curves.x],
        "records": packed(curves.records.astype(np.float64)),
        "names": [one_line(name) for name in curves.values],
        "marks": [curves.marks.get(name, "") for name in curves.values],
        "ends": _deflated(np.stack(ends, axis=1).astype("<f4") if ends else np.empty(0, "<f4")),
        "chunk": CHUNK,
        "chunks": [_deflated(rows[at : at + CHUNK]) for at in range(0, len(rows), CHUNK)],
    }


def _quantised(values: Array) -> tuple[Array, Array, npt.NDArray[np.uint8]]:
    """Return the lowest value of each row, the step of the numbers above it, and these."""
    known = np.isfinite(values)
    low = np.where(known, values, np.inf).min(axis=1, initial=np.inf)
    high = np.where(known, values, -np.inf).max(axis=1, initial=-np.inf)
    there = low <= high
    low = np.where(there, low, 0.0).astype(np.float32).astype(np.float64)  # as the page reads them
    step = (np.where(there, high - low, 0.0) / STEPS).astype(np.float32).astype(np.float64)
    out = np.zeros(values.shape)
    np.divide(values - low[:, None], step[:, None], out=out, where=known & (step[:, None] > 0.0))
    return low, step, np.where(known, np.clip(np.round(out), 0, STEPS), MISSING).astype(np.uint8)


def _deflated(array: npt.NDArray[Any]) -> str:
    return base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes(), 6)).decode("ascii")
