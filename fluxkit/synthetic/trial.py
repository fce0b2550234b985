"""Trials: air with planted fluxes, measured by a mast, through condense and decide."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.constants import SI
from fluxkit.site.models import Site
from fluxkit.synthetic.air import AirSeries, make_air
from fluxkit.synthetic.mast import Mast, measure_mast, site_of
from fluxkit.synthetic.turbulence import CospectralShape, Quadrature
from fluxkit.synthetic.weather import Weather
from fluxkit.tower.chain import Condenser, decide

Array = npt.NDArray[np.float64]
Data = dict[str, Array]
Sections = Mapping[str, Mapping[str, Any]]

START = np.datetime64("2024-07-01T10:00", "ns")

#: A summer noon and a calm night over a meadow.
NOON: dict[str, Any] = {
    "wind_speed": 3.5, "ustar": 0.38, "t_air": 296.0, "r_h2o": 0.014, "cov_t": 0.15, "cov_h2o": 1.1e-4,
    "cov_co2": -5e-7,
}  # fmt: skip
NIGHT: dict[str, Any] = {
    "wind_speed": 2.2, "ustar": 0.2, "t_air": 281.0, "r_h2o": 0.006, "cov_t": -0.03, "cov_h2o": 5e-6,
    "cov_co2": 1.5e-7,
}  # fmt: skip


def weather(height: float, **state: Any) -> Weather:
    """Return weather whose stability belongs to its fluxes.

    Parameters
    ----------
    height : float
        Above the displacement plane. [m]
    **state
        Fields of `Weather` that differ from `NOON`.
    """
    state = NOON | state
    # 0.38: what vapour adds to buoyancy, 1 - M_w / M_d, per mixing ratio.
    buoyancy = state["cov_t"] / state["t_air"] + 0.38 * state["cov_h2o"]
    zeta = -SI.kappa * SI.g * height * buoyancy / state["ustar"] ** 3
    rest: dict[str, Any] = {"start": START, "wind_direction": 0.0, "p_air": 98000.0, "r_co2": 4.1e-4}
    return Weather(**(rest | state | {"zeta": zeta}))


@dataclass(frozen=True)
class Trial:
    """How a mast is put to the test."""

    mast: Mast
    state: Mapping[str, Any] = field(default_factory=dict)  #: of the air, beside `NOON`
    change: Callable[[int], Mapping[str, Any]] | None = None  #: of the air from realisation to realisation
    minutes: float = 30.0
    realisations: int = 1
    oversampling: int = 1  #: how many samples of air pass for one of the mast's
    quadrature: Quadrature = "paired"
    shape: CospectralShape | None = None  #: of cospectra, where it is not the model's
    vary: Callable[[Mast, int, np.random.Generator], Mast] | None = None  #: the mast of each realisation
    also: Callable[[Data, int], Data] | None = None  #: a defect beside the mast's own
    seed: int = 0

    def air(self, k: int) -> AirSeries:
        """Return the air of a realisation."""
        rate = self.mast.rate * self.oversampling
        state = {**self.state, **({} if self.change is None else self.change(k))}
        return make_air(
            weather(self.mast.above, **state), round(self.minutes * 60.0 * rate), rate,
            height=self.mast.above, seed=np.random.default_rng([self.seed, k]), quadrature=self.quadrature,
            shape=self.shape,
        )  # fmt: skip

    def site(self, sections: Sections) -> Site:
        """Return the mast's site with its own decisions; averaging period as long as a realisation."""
        condense = {"period": self.minutes, **sections.get("condense", {})}
        return site_of(self.mast, **{**sections, "condense": condense})

    def measured(self, k: int, air: AirSeries) -> Data:
        """Return the samples of a realisation."""
        rng = np.random.default_rng([self.seed, k, 1])
        mast = self.mast if self.vary is None else self.vary(self.mast, k, rng)
        data = measure_mast(air, mast, rng)
        return data if self.also is None else self.also(data, k)


def run_trial(trial: Trial, *decisions: Sections) -> tuple[dict[str, Array], list[xr.Dataset]]:
    """Run a trial.

    Parameters
    ----------
    trial : Trial
    *decisions : mapping
        Sections of the configuration; each set is applied to the same samples.

    Returns
    -------
    truth : dict of (realisation,) arrays
        What was planted, see `Air.truth`.
    fluxes : list of xarray.Dataset
        What each set of decisions makes of it.
    """
    sites = [trial.site(sections) for sections in decisions]
    condensers = [Condenser(site) for site in sites]
    found: list[list[dict[str, Any]]] = [[] for _ in sites]
    planted = []
    for k in range(trial.realisations):
        air = trial.air(k)
        planted.append(air.truth())
        data = trial.measured(k, air)
        for site, condenser, records in zip(sites, condensers, found, strict=True):
            own = {name: np.array(data[name], dtype=np.float64) for name in site.columns}
            records.append(condenser.condense(own, own["u"].size))
    fluxes = [
        decide(condenser.dataset(starts(trial), records), site)
        for site, condenser, records in zip(sites, condensers, found, strict=True)
    ]
    return {name: np.array([row[name] for row in planted]) for name in planted[0]}, fluxes


def starts(trial: Trial) -> list[np.datetime64]:
    """Return when each realisation begins: one after the other."""
    step = np.timedelta64(round(trial.minutes * 60e9), "ns")
    return [START + k * step for k in range(trial.realisations)]
