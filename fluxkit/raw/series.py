"""What every reader of an analyser's file returns: a series in time, and what the file knows of closures."""

import math
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from fluxkit.raw.samples import Array, Problem
from fluxkit.schema import gases

Times = npt.NDArray[np.datetime64]

#: Water vapour is a mole fraction of moist air: of the first analyser in the file, of the second, ...
WATER = ("h2o", "h2o_2", "h2o_3")


def is_gas(name: str, further: Container[str] = ()) -> bool:
    """Whether a variable is the mole fraction of a gas other than water vapour.

    Parameters
    ----------
    name : str
        Of a variable: a gas of dry air, or ``<gas>_wet`` of moist air where it could not be dried.
    further : container of str
        Gases that are not in the table of gases.
    """
    gas = name.removesuffix("_wet")
    return gas not in WATER and (gas == gases.OXYGEN or gas in further or gases.is_known_gas(gas))


@dataclass(frozen=True)
class InstrumentFlux:
    """A flux that the instrument itself worked out, with the curve behind it.

    The exponential is ``C(t) = cx + (c0 - cx) exp(-a (t - t0))`` with t from closing.
    """

    gas: str
    fit: Literal["exponential", "linear", "unsaid"]
    flux: float  #: upward [mol m-2 s-1]
    selected: bool = True  #: whether the instrument preferred this fit
    flux_cv: float = math.nan  #: coefficient of variation of the flux [1]
    slope: float = math.nan  #: dC/dt that the flux stands for [mol mol-1 s-1]
    r2: float = math.nan
    a: float = math.nan  #: [s-1]
    c0: float = math.nan  #: [mol mol-1]
    cx: float = math.nan  #: [mol mol-1]
    t0: float = math.nan  #: [s]
    points: int = 0  #: samples behind it
    iterations: int = 0


@dataclass(frozen=True)
class FileClosure:
    """One closure of a chamber, as recorded in the file; NaN where unknown."""

    id: str  #: unique within the file
    label: str  #: what the user called it: plot, collar or port label
    start: np.datetime64  #: the chamber is closed, UTC [ns]
    end: np.datetime64  #: it opens, or the file ends, UTC [ns]
    area: float = math.nan  #: of soil [m2]
    volume: float = math.nan  #: of all air that mixes: chamber, collar, tubing, analyser [m3]
    height: float = math.nan  #: of the collar above the soil [m]
    deadband: float = math.nan  #: that the user set [s]
    deadband_counts: bool = True  #: whether a reading at its very end is fitted
    stop: float = math.nan  #: end of the window that the user set, after closing [s]
    port: str = ""
    cover: Literal["", "clear", "shaded", "dark"] = ""
    treatment: str = ""  #: kind of measurement, where the format has a place for it
    remark: str = ""  #: free text that somebody typed
    timed: bool = True  #: whether its readings have times that are fine enough for a flux
    series: int = -1  #: its rows are those where ``data["series"]`` is this, where closures overlap
    t_air: float = math.nan  #: that the instrument used [K]
    p_air: float = math.nan  #: that the instrument used [Pa]
    h2o: float = math.nan  #: that the instrument used, of moist air [mol mol-1]
    fluxes: tuple[InstrumentFlux, ...] = ()


@dataclass(frozen=True)
class Series:
    """One file of an analyser: SI units, UTC, NaN where lost or rejected.

    ``data`` holds ``(n,)`` arrays: gases [mol mol-1] of dry air, ``<gas>_wet`` and ``h2o`` of moist air,
    ``t_chamber t_air t_soil t_cell`` [K], ``p_chamber p_air p_cell`` [Pa], ``par`` [mol m-2 s-1], ``swc``
    [m3 m-3], ``delta_13c_co2`` and the like [1], ``diag`` and ``state`` as the instrument writes them.
    """

    time: Times  #: (n,) UTC, datetime64[ns], never going back
    data: dict[str, Array]
    path: str = ""
    format: str = ""
    model: str = ""
    serial: str = ""
    precision: dict[str, float] = field(
        default_factory=dict
    )  #: one standard deviation, in the unit of ``data``
    closures: list[FileClosure] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    sources: dict[str, str] = field(
        default_factory=dict
    )  #: variable -> where it comes from, as the file names it
    waters: dict[str, str] = field(
        default_factory=dict
    )  #: gas -> water vapour of its analyser, where not ``h2o``
    clock: str = ""  #: how the file's time became UTC
    utc_offset_h: float = math.nan  #: of the file's clock at its first sample [h]
    position: tuple[float, float] = (math.nan, math.nan)  #: latitude, longitude of its receiver [deg]

    @property
    def size(self) -> int:
        """Number of samples."""
        return int(self.time.size)

    @property
    def gases(self) -> tuple[str, ...]:
        """Names of the gases in ``data``, wet ones included."""
        return tuple(name for name in self.data if is_gas(name))

    def water_of(self, gas: str) -> str | None:
        """Name of the water vapour that the analyser of a gas measures, None where there is none."""
        name = self.waters.get(gas, WATER[0])
        return name if name in self.data else None

    @property
    def interval(self) -> float:
        """Median time between samples [s]; NaN of fewer than two."""
        if self.size < 2:
            return math.nan
        return float(np.median(np.diff(self.time).astype("m8[ns]").astype(np.float64)) / 1e9)
