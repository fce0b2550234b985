"""What the tower's chain takes from a station's configuration, as plain keywords.

The only module of this room, beside ``chain``, that sees a `Site`.
"""

from dataclasses import dataclass

import numpy as np

from fluxkit.constants import EDDYPRO_6, SI, T_ZERO, Constants
from fluxkit.site.equipment import GasAnalyser
from fluxkit.site.models import Site
from fluxkit.tower.condensing import Lags
from fluxkit.tower.lag import Window, to_samples, window_closed_path, window_open_path
from fluxkit.tower.spectral_correction import GasPath, SonicPath

SLOW = ("t_air", "p_air", "t_cell", "p_cell")
LITRES_PER_MINUTE = 1.0 / 60000.0


@dataclass(frozen=True)
class Plan:
    """Settings of one site in SI and samples."""

    site: Site
    rate: float  #: [Hz]
    seconds: float  #: averaging period [s]
    slots: int  #: samples per period
    scalars: tuple[str, ...]  #: t_sonic and gases
    variables: tuple[str, ...]  #: all that is kept statistics of
    windows: dict[str, Window]  #: gas -> lag window [samples]
    lags: dict[str, Lags]  #: scalar -> lags kept [samples]
    max_lag: int  #: reach of correlation functions [samples]
    bins: int
    constants: Constants
    reference: bool  #: follow EddyPro 6 in its own ways

    @property
    def height(self) -> float:
        """Measurement height above displacement [m]."""
        return self.site.sonic.height - self.site.station.d

    @property
    def shifts(self) -> dict[str, int]:
        """Expected delay of each gas [samples]."""
        return {gas: window.nominal for gas, window in self.windows.items()}

    @property
    def spike_window(self) -> int:
        """Sub-period of Vickers & Mahrt's despiking: a sixth of the period [samples]."""
        if self.reference:  # which counts whole minutes
            return max(1, int(self.seconds / 60.0) // 6) * round(60.0 * self.rate)
        return self.slots // 6


def make_plan(site: Site) -> Plan:
    """Unpack a site."""
    rate = site.raw.rate
    seconds = site.condense.period * 60.0
    gases = site.gases
    windows = {gas: lag_window(site, gas, rate) for gas in gases}
    lags = {"t_sonic": Lags(0, 0)} | {g: Lags(min(0, w.first), max(0, w.last)) for g, w in windows.items()}
    slow = list(name for name in SLOW if name in site.columns)
    if "t_cell" not in slow and {"t_cell_in", "t_cell_out"} <= site.columns.keys():
        slow.append("t_cell")
    reference = site.decide.arithmetic == "eddypro-6"
    return Plan(
        site=site,
        rate=rate,
        seconds=seconds,
        slots=round(seconds * rate),
        scalars=("t_sonic", *gases),
        variables=("u", "v", "w", "t_sonic", *gases, *sorted(slow)),
        windows=windows,
        lags=lags,
        max_lag=round(site.condense.max_correlation_lag * rate),
        bins=site.condense.spectral_bins,
        constants=EDDYPRO_6 if reference else SI,
        reference=reference,
    )


def lag_window(site: Site, gas: str, rate: float) -> Window:
    """Return a gas's lag window: as configured, else from the geometry."""
    given = site.columns[gas].lag
    if given is not None:
        return to_samples(given.nominal, given.min, given.max, rate)
    analyser = site.analyser(gas)
    if analyser.closed:
        volume, flow = path_volume(analyser)
        return to_samples(*window_closed_path(volume, flow, sticky=gas == "h2o"), rate)
    distance = np.hypot(horizontal_separation(analyser), analyser.vertical_separation)
    return to_samples(*window_open_path(float(distance)), rate)


def path_volume(analyser: GasAnalyser) -> tuple[float, float]:
    """Return the volume of tube and cell, and the flow through them. [m3], [m3 s-1]"""
    if analyser.tube_length is None or analyser.tube_diameter is None or analyser.tube_flow is None:
        return 0.0, 1.0
    tube = np.pi * (analyser.tube_diameter / 2.0) ** 2 * analyser.tube_length
    cell = np.pi * (analyser.geometry.horizontal / 2.0) ** 2 * analyser.geometry.path
    return float(tube + cell), analyser.tube_flow * LITRES_PER_MINUTE


def horizontal_separation(analyser: GasAnalyser) -> float:
    """Horizontal distance of the analyser from the sonic. [m]"""
    return float(np.hypot(analyser.northward_separation, analyser.eastward_separation))


def sonic_path(site: Site) -> SonicPath:
    """Return the sonic's part in attenuation."""
    geometry = site.sonic.geometry
    return SonicPath(geometry.path, geometry.response)


def gas_path(site: Site, gas: str) -> GasPath:
    """Return a gas's part in attenuation."""
    analyser = site.analyser(gas)
    return GasPath(
        gas=gas,
        path=analyser.geometry.path,
        response=analyser.geometry.response,
        horizontal_separation=horizontal_separation(analyser),
        vertical_separation=analyser.vertical_separation,
        tube_length=analyser.tube_length,
        tube_diameter=analyser.tube_diameter,
        tube_flow=None if analyser.tube_flow is None else analyser.tube_flow * LITRES_PER_MINUTE,
    )


def gas_quantity(site: Site, gas: str) -> str:
    """Return what the conditioned samples of a gas are: density, mole_fraction or mixing_ratio."""
    return "mixing_ratio" if converts(site, gas) else given_quantity(site, gas)


def given_quantity(site: Site, gas: str) -> str:
    """Return what the samples of a gas are in the files."""
    return site.columns[gas].quantity or "density"


def converts(site: Site, gas: str) -> bool:
    """Whether a gas becomes a dry mixing ratio, sample by sample."""
    if site.condition.mixing_ratio == "none":
        return False
    quantity = given_quantity(site, gas)
    if quantity == "density":
        return site.analyser(gas).closed and site.has_cell_state
    return quantity == "mole_fraction" and "h2o" in site.columns and given_quantity(site, "h2o") != "density"


def diagnosed_gases(site: Site) -> tuple[str, ...]:
    """Return the gases that the column diag_gas speaks of: those of its instrument, if it names one."""
    word = site.columns.get("diag_gas")
    if word is None or word.instrument is None:
        return site.gases
    return tuple(gas for gas in site.gases if site.columns[gas].instrument == word.instrument)


def sonic_limits(site: Site) -> dict[str, tuple[float, float]]:
    """Absolute limits of wind [m s-1] and sonic temperature [K]."""
    limits = site.condition.limits
    out: dict[str, tuple[float, float]] = {name: limits[name] for name in ("u", "w") if name in limits}
    if "t_sonic" in limits:
        low, high = limits["t_sonic"]
        out["t_sonic"] = (low + T_ZERO, high + T_ZERO)
    return out


def gas_limits(site: Site, gas: str) -> tuple[float, float] | None:
    """Absolute limits of a gas as a fraction [mol mol-1]."""
    if gas not in site.condition.limits:
        return None
    low, high = site.condition.limits[gas]
    scale = 1e-3 if gas == "h2o" else 1e-6
    return low * scale, high * scale


def wind_direction_offset(site: Site) -> float:
    """What is added to the direction in the sonic's axes. [deg]"""
    return site.sonic.north_offset + site.sonic.geometry.wind_direction_offset


def axis_rotation(site: Site) -> float:
    """How far u and v must be turned to the sonic's spar. [deg]"""
    return site.sonic.geometry.axis_rotation if site.sonic.wind_reference == "axis" else 0.0
