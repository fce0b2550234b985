"""A record with closures of known slope, for tests of the chain."""

import numpy as np

from fluxkit.chamber.campaign.models import Analyser, Campaign, ClosureSource, Plots
from fluxkit.chamber.closures.closures import Closures
from fluxkit.chamber.closures.records import AnalyserRecord

START = np.datetime64("2024-06-01T10:00:00", "ns")
CLOSED, CYCLE = 240, 400
SLOPE = 0.5e-6  # [mol mol-1 s-1]


def settings(**tables) -> Plots:
    """A configuration whose closures are in files."""
    known = {
        "campaign": Campaign(id="Test", utc_offset_h=0.0),
        "analysers": [Analyser(name="a", files="*")],
        "closures": ClosureSource(source="files"),
    }
    return Plots(**(known | tables))


def seconds(values) -> np.ndarray:
    return np.round(np.asarray(values, np.float64) * 1e9).astype("m8[ns]")


def record(number=6, *, kappa=0.0, noise=0.2e-6, delay=0.0, seed=1, spin_up=0.0) -> AnalyserRecord:
    """One reading a second; each closure begins 60 s into its cycle and air is flushed after it."""
    rng = np.random.default_rng(seed)
    t = np.arange(number * CYCLE, dtype=np.float64)
    phase = t % CYCLE - 60 - delay
    inside = np.clip(phase, 0, CLOSED)
    rise = SLOPE * inside if kappa == 0 else SLOPE / kappa * (1 - np.exp(-kappa * inside))
    top = SLOPE * CLOSED if kappa == 0 else SLOPE / kappa * (1 - np.exp(-kappa * CLOSED))
    after = phase > CLOSED
    rise = np.where(after, top * np.exp(-(phase - CLOSED) / 10.0), rise)
    rise = rise + np.where((phase > 0) & (phase < CLOSED), spin_up * np.exp(-phase / 8.0), 0.0)
    ambient = 2e-6 * np.sin(t / 37.0) * ((phase <= 0) | after)
    co2 = 420e-6 + rise + ambient + noise * rng.standard_normal(t.size)
    return AnalyserRecord(
        "a", START + seconds(t), {"co2": co2, "h2o": np.full(t.size, 0.01)}, {"co2": 0.2e-6}
    )


def closures(number=6, *, late=0.0, **columns) -> Closures:
    """The closures of `record`; the sheet may be late by some seconds."""
    start = START + seconds(60 + CYCLE * np.arange(number) + late)
    known = {"area": 0.05, "volume": 0.01, "t_air": 293.15, "p_air": 1e5}
    ids = np.array([f"c{k}" for k in range(number)])
    return Closures.of(start, start + seconds(CLOSED), id=ids, **(known | columns))
