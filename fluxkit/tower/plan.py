"""The plan of a station: what the tower's steps know of its configuration.

Sections are plain values here; the configuration as a whole is seen by ``settings`` alone, which makes plans.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from fluxkit.constants import Constants
from fluxkit.site.sections.equipment import GasAnalyser, Sonic, Station
from fluxkit.site.sections.footprint import Footprint, Profile
from fluxkit.site.sections.methods import Condense, Condition, Decide
from fluxkit.tower.conventions import Conventions
from fluxkit.tower.lags.lag_windows import SearchWindow
from fluxkit.tower.period_moments import FarLags, Lags
from fluxkit.tower.series_methods.high_pass import Filter
from fluxkit.tower.spectral.spectral_correction import GasPath, SonicPath


@dataclass(frozen=True)
class GasPlan:
    """What is known of one gas. Quantities are "density", "mole_fraction" or "mixing_ratio"."""

    analyser: GasAnalyser
    path: GasPath
    vapour: str | None  #: water vapour that dilutes it: of the same analyser, else the first there is
    given: str  #: quantity of its samples in the files
    conditioned: str  #: of its conditioned samples
    decided: str  #: of its covariances when fluxes are made of them
    converts: bool  #: its samples become dry mixing ratios, one by one
    dries_by_terms: bool  #: its mixing ratio is made of covariances
    limits: tuple[float, float] | None  #: absolute limits of its fraction [mol mol-1]
    lag_given: bool  #: its lag window is configured, not from the geometry
    nominal_is: str | None  #: what the nominal lag holds, "transport" or "total"; None: nobody said
    sticky: bool  #: water vapour in a tube, to whose walls it sticks the more the moister the air is


@dataclass(frozen=True)
class Plan:
    """Settings of one station in SI and samples, with those sections of its configuration that steps need."""

    preset: str
    station: Station
    sonic: Sonic
    condition: Condition
    condense: Condense
    decide: Decide
    footprint: Footprint
    profile: Profile
    columns: tuple[str, ...]  #: variables that the files hold
    gases: tuple[str, ...]  #: the standard four first
    gas: dict[str, GasPlan]
    slow: tuple[str, ...]  #: slow measurements of [biomet]
    has_cell_state: bool  #: temperature and pressure of a cell are recorded
    sonic_path: SonicPath
    sonic_limits: dict[str, tuple[float, float]]  #: absolute limits of wind [m s-1] and t_sonic [K]
    spike_limits: dict[str, float]  #: standard deviations beyond which a sample is a spike, by variable
    sonic_corrections: str  #: what is done to the sonic's samples, in words
    changes: tuple[str, ...]  #: of the station, in words
    moved: tuple[date, ...]  #: days on which the configuration says that the sonic was moved
    rate: float  #: [Hz]
    seconds: float  #: averaging period [s]
    slots: int  #: samples per period
    scalars: tuple[str, ...]  #: t_sonic and gases
    variables: tuple[str, ...]  #: all that is kept statistics of
    windows: dict[str, SearchWindow]  #: gas -> lag window [samples]
    searches: dict[str, SearchWindow]  #: gas -> lag window of a season's survey [samples]
    donors: dict[str, tuple[str, int]]  #: gas -> the gas whose lag it takes, and what is added [samples]
    lenders: dict[str, tuple[str, ...]]  #: gas -> gases whose lag it takes where it is not seen
    lags: dict[str, Lags]  #: scalar -> lags kept [samples]
    cell_variables: dict[str, tuple[str, ...]]  #: gas in a cell -> what else of the same cell fluxes need
    cell_lags: dict[str, Lags]  #: temperature and pressure of the cell -> lags kept [samples]
    max_lag: int  #: reach of correlation functions [samples]
    bins: int
    far: FarLags | None  #: lags of the limit of detection [samples]
    high_pass: Filter | None  #: whose sums are kept beside those of the series as they are
    conventions: Conventions  #: ways of arithmetic
    epochs: tuple[tuple[np.datetime64, "Plan"], ...] = ()  #: start, UTC -> what holds from then on

    @property
    def constants(self) -> Constants:
        """Physical constants."""
        return self.conventions.constants

    @property
    def height(self) -> float:
        """Measurement height above displacement [m]."""
        return self.sonic.height - self.station.d

    @property
    def wind_direction_offset(self) -> float:
        """What is added to the wind's direction in the sonic's axes. [deg]"""
        return self.sonic.north_offset + self.sonic.geometry.wind_direction_offset

    @property
    def shifts(self) -> dict[str, int]:
        """Expected delay of each gas [samples]."""
        return {gas: window.nominal for gas, window in self.windows.items()}

    @property
    def error_pairs(self) -> tuple[tuple[str, str], ...]:
        """Scalars whose covariances share a flux, so that the correlation of their errors counts."""
        if self.conventions.random_error_of == "covariance":
            return ()
        found: dict[tuple[str, str], None] = {("t_sonic", "h2o"): None} if "h2o" in self.gases else {}
        for gas in self.gases:
            given = self.gas[gas]
            if given.decided == "density" and not given.analyser.closed:
                others = {"t_sonic": None, "h2o": None, given.vapour: None}
                found |= {
                    (other, gas): None
                    for other in others
                    if other in self.scalars and other != gas and (gas, other) not in found
                }
        return tuple(found)

    @property
    def decided_error_pairs(self) -> tuple[tuple[str, str], ...]:
        """Those of `error_pairs` that deciding needs: none where no error is asked for."""
        return () if self.decide.random_error == "none" else self.error_pairs

    @property
    def spike_window(self) -> int:
        """Sub-period of Vickers & Mahrt's despiking: a sixth of the period [samples]."""
        return self.share_of_period(6)

    def share_of_period(self, parts: int) -> int:
        """Length of a window that is a share of the period. [samples]"""
        if self.conventions.window_lengths == "whole-minutes":
            return max(1, int(self.seconds / 60.0) // parts) * round(60.0 * self.rate)
        return self.slots // parts
