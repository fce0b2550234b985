"""Readings of analysers around each closure, for review by people."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.closures.records import SECOND, AnalyserRecord

Array = npt.NDArray[np.float64]

BEFORE = 20.0  #: shown before closing [s]
MOST_POINTS = 240  #: of one closure and gas; of more every k-th is taken


def traces(
    fluxes: xr.Dataset, records: Sequence[AnalyserRecord], *, before: float = BEFORE, most: int = MOST_POINTS
) -> dict[str, Batch]:
    """Return the readings of each gas around all closures.

    Parameters
    ----------
    fluxes : xr.Dataset
        As of ``flux_table.dataset``: ``start``, ``end``, ``analyser`` (closure, gas).
    records : sequence of Record
        Of the analysers.
    before : float
        How long before closing they begin. [s]
    most : int
        Points of one closure; longer ones are thinned.

    Returns
    -------
    dict of str to Batch
        For each gas all closures in the order of ``fluxes``, t since closing [s]; none where the analyser has
        none. Lost readings are left out.
    """
    named = {record.name: record for record in records}
    starts = fluxes["start"].to_numpy().astype("M8[ns]")
    ends = fluxes["end"].to_numpy().astype("M8[ns]")
    series = fluxes["series"].to_numpy() if "series" in fluxes else np.full(starts.size, np.nan)
    lead = np.timedelta64(round(before * 1e9), "ns")
    found = {}
    for column, gas in enumerate(fluxes["gas"].to_numpy().astype(str)):
        analysers = fluxes["analyser"].to_numpy()[:, column]
        parts = [
            _one(named.get(str(name)), gas, start, lead, end, most, float(own))
            for name, start, end, own in zip(analysers, starts, ends, series, strict=True)
        ]
        found[str(gas)] = Batch.of([t for t, _ in parts], [c for _, c in parts])
    return found


def _one(
    record: AnalyserRecord | None,
    gas: str,
    start: np.datetime64,
    lead: np.timedelta64,
    end: np.datetime64,
    most: int,
    series: float,
) -> tuple[Array, Array]:
    column = next((n for n in (gas, f"{gas}_wet") if record is not None and n in record.data), None)
    if record is None or column is None:
        return np.empty(0), np.empty(0)
    rows = record.inside(start - lead, end, series)
    t = (record.time[rows] - start) / SECOND
    c = record.data[column][rows]
    kept = np.flatnonzero(np.isfinite(c))
    kept = kept[:: max(1, -(-kept.size // most))]
    return np.asarray(t[kept], np.float64), c[kept]
