"""The points that other programs fitted, and what they found in them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from fluxkit.chamber.closures.batch import Batch

#: The gas constant that the reference tables were made with. [J mol-1 K-1]
R = 8.314


@dataclass(frozen=True)
class Cases:
    """All closures of the reference, in the order of its list."""

    table: pd.DataFrame
    batch: Batch
    folder: Path

    def results(self, name: str) -> pd.DataFrame:
        """One program's results in the order of the closures."""
        return pd.read_csv(self.folder / f"{name}.csv").set_index("case_id").loc[self.table.case_id]


@cache
def cases(shared: Path) -> Cases:
    folder = shared / "reference" / "chamber"
    table = pd.read_csv(folder / "cases.csv")
    series = dict(list(pd.read_csv(folder / "series_fitready.csv.gz").groupby("case_id")))
    t = [series[case].etime_s.to_numpy(float) for case in table.case_id]
    c = [series[case].conc.to_numpy(float) for case in table.case_id]
    return Cases(table, Batch.of(t, c), folder)


@cache
def nitrous_oxide(shared: Path) -> tuple[pd.DataFrame, Batch, np.ndarray]:
    """Series of a few syringes each: results, points (times in h), volume over area [m]."""
    results = pd.read_csv(shared / "reference" / "chamber" / "ref_n2o_gc_gasfluxes.csv").set_index("serie")
    points = pd.read_csv(shared / "data" / "chamber" / "gasfluxes" / "fluxMeas.csv")
    series = dict(list(points.groupby("serie")))
    t = [series[name].time.to_numpy(float) for name in results.index]
    c = [series[name].C.to_numpy(float) for name in results.index]
    height = np.array([(series[name]["V"] / series[name]["A"]).iloc[0] for name in results.index])
    return results, Batch.of(t, c), height


def without_repeats(batch: Batch) -> Batch:
    """Points of equal time averaged."""
    t, c = [], []
    for k in range(len(batch)):
        times, values = batch.part(k)
        unique, where = np.unique(times, return_inverse=True)
        t.append(unique)
        c.append(np.bincount(where, values) / np.bincount(where))
    return Batch.of(t, c)


def worst(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest relative deviation where both are there, which has to be somewhere."""
    there = np.isfinite(ours) & np.isfinite(theirs)
    assert there.any()
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.where(ours == theirs, 0.0, np.abs(ours / theirs - 1))
    return float(np.max(deviation[there]))
