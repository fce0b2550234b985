"""A small campaign for tests of the page: fluxes and readings of a few closures, known in every digit."""

import numpy as np
import xarray as xr

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.closures.closures import Closures
from fluxkit.chamber.closures.conditions import Conditions
from fluxkit.chamber.fits.choice import ChoiceLimits, choose_fits
from fluxkit.chamber.fits.fits import fit_all, starting_concentration
from fluxkit.chamber.fits.gas_fluxes import GasFluxes
from fluxkit.chamber.fits.uncertainty import flux_error
from fluxkit.chamber.flux_table import dataset
from fluxkit.chamber.synthetic.closures import make_closures

START = np.datetime64("2026-06-01T09:00", "ns")
TERM = 14.0
MODELS = ("linear", "hm")


def campaign(size: int = 6, models: tuple[str, ...] = MODELS) -> tuple[xr.Dataset, dict[str, Batch]]:
    """Closures of two gases, 120 s each, from two plots; the last has no reading."""
    minutes = np.arange(size) * np.timedelta64(300, "s")
    closures = Closures.of(
        START + minutes, START + minutes + np.timedelta64(120, "s"),
        id=[f"c{k}" for k in range(size)], plot=[f"P{k % 2}" for k in range(size)],
        treatment=["wet" if k % 2 else "dry </script>" for k in range(size)], area=0.09, volume=0.03,
    )  # fmt: skip
    air = Conditions(
        np.full(size, 288.15), np.full(size, 1e5), np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    )
    made, readings = [], {}
    for gas, slope, start, noise in (("co2", 3e-7, 410e-6, 4e-7), ("ch4", 1e-9, 1900e-9, 6e-10)):
        planted = make_closures(
            size, slope=slope * (1 + np.arange(size)), start=start, noise=noise, duration=120.0,
            feedback=2e-3, seed=size,
        )  # fmt: skip
        times, values = planted.times, planted.values
        times[-1], values[-1] = np.empty(0), np.empty(0)
        readings[gas] = Batch.of(times, values)
        made.append(_fluxes(gas, readings[gas], models))
    return dataset(closures, air, made, [np.full(size, "one")] * 2), readings


def _fluxes(gas: str, batch: Batch, models: tuple[str, ...]) -> GasFluxes:
    size = len(batch)
    start, start_se = starting_concentration(batch)
    fits = fit_all(batch, models, start=start, start_se=start_se)
    choice = choose_fits(fits, rule="aicc", limits=ChoiceLimits())
    error = flux_error(choice.slope, choice.slope_se, np.full(size, TERM))
    flags = np.where(np.arange(size) == 1, 1 << 8, 0).astype(np.int32)
    return GasFluxes(
        gas, np.zeros(size), np.full(size, 120.0), fits, choice, error, np.full(size, TERM),
        np.zeros(size), np.full(size, 1e-9), *np.full((2, size), np.nan), np.full(size, 1e-8), flags,
    )  # fmt: skip


def run() -> dict[str, object]:
    return {
        "fluxkit": "0",
        "started": "2026-07-01T00:00:00Z",
        "inputs": [{"path": "a.data", "status": "used"}],
    }
