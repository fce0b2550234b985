"""The instruments of the synthetic tower: from true air to the columns of a raw file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from fluxkit.constants import MOLAR_MASS, T_ZERO
from fluxkit.site.sections import instruments
from fluxkit.synthetic import defects, mixture
from fluxkit.synthetic.air import AirSeries
from fluxkit.synthetic.writers import Field

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]


@dataclass(frozen=True)
class Rig:
    """Instruments on the tower and their errors."""

    path: Literal["open", "closed"]
    sonic: str  #: model, as in the table of instruments
    analyser: str  #: model
    north_offset: float  #: [deg]
    tilt: float  #: steepest slope of the sonic's plane [deg]
    tilt_direction: float  #: where, from +u towards +v [deg]
    lag_co2: float  #: delay behind the wind, before the analyser's own response [s]
    lag_h2o: float  #: [s]
    fields: tuple[Field, ...]
    height: float = 3.0  #: above ground [m]

    def yaw(self, wind_direction: float) -> float:
        """Angle of a wind from this direction in the sonic's plane, -180 to 180 [deg]."""
        shift = instruments.geometry("sonic", self.sonic, {}).wind_direction_offset
        return (180.0 + self.north_offset + shift - wind_direction + 180.0) % 360.0 - 180.0

    def pitch(self, yaw: float) -> float:
        """Angle of a horizontal wind above the sonic's plane [deg]."""
        return self.tilt * float(np.cos(np.deg2rad(yaw - self.tilt_direction)))


_WIND = (Field("Ux", "m/s", 3), Field("Uy", "m/s", 3), Field("Uz", "m/s", 3), Field("Ts", "C", 3))

OPEN = Rig(
    path="open", sonic="csat3", analyser="li-7500a", north_offset=200.0, tilt=1.8, tilt_direction=35.0,
    lag_co2=0.2, lag_h2o=0.2,
    fields=(
        *_WIND, Field("diag_csat", "unitless", 0), Field("CO2", "mg/m^3", 3), Field("H2O", "g/m^3", 4),
        Field("T_air", "C", 2), Field("P_air", "kPa", 2),
    ),
)  # fmt: skip

CLOSED = Rig(
    path="closed", sonic="r3-50", analyser="li-7200", north_offset=25.0, tilt=1.2, tilt_direction=-60.0,
    lag_co2=0.5, lag_h2o=0.7,
    fields=(
        *_WIND, Field("CO2_cell", "mmol/m^3", 4), Field("H2O_cell", "mmol/m^3", 3),
        Field("T_cell", "C", 3), Field("P_cell", "kPa", 3), Field("T_air", "C", 2), Field("P_air", "kPa", 2),
    ),
)  # fmt: skip


def measure_rig(air: AirSeries, rig: Rig, rng: np.random.Generator) -> dict[str, Array]:
    """Let the instruments measure one period.

    In this order: density or sonic effects; path averaging; delay; first-order response; noise;
    tilt. Rounding comes with writing.

    Parameters
    ----------
    air : Air
        True series.
    rig : Rig
        Instruments.
    rng : numpy.random.Generator
        Source of instrument noise.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        Columns by the names of ``rig.fields``, in their units.
    """
    gas = _open_path(air, rig, rng) if rig.path == "open" else _closed_path(air, rig, rng)
    columns = {**_sonic(air, rig, rng), **gas}
    columns["T_air"] = np.full(air.w.size, float(air.t.mean()) - T_ZERO)
    columns["P_air"] = np.full(air.w.size, air.p / 1e3)
    return {field.name: columns[field.name] for field in rig.fields}


def _sonic(air: AirSeries, rig: Rig, rng: np.random.Generator) -> dict[str, Array]:
    geometry = instruments.geometry("sonic", rig.sonic, {})
    speed = air.weather.wind_speed

    def through(x: Array, component: Literal["scalar", "vertical"], noise: float) -> Array:
        def transfer(f: Array) -> Complex:
            line = defects.line_gain(f, geometry.path, speed, component)
            return np.asarray(_first_order(f, geometry.response) * line)

        return defects.attenuate(x, air.rate, transfer) + noise * rng.standard_normal(x.size)

    yaw = rig.yaw(air.weather.wind_direction)
    u, v, w = defects.tilt(
        through(air.u, "scalar", 1e-3), through(air.v, "scalar", 1e-3), through(air.w, "vertical", 5e-4),
        yaw=yaw, pitch=rig.pitch(yaw),
    )  # fmt: skip
    ts = through(mixture.reported_temperature(air.t, air.h2o), "scalar", 0.02) - T_ZERO
    return {"Ux": u, "Uy": v, "Uz": w, "Ts": ts, "diag_csat": np.zeros(u.size)}


def _gas_filter(air: AirSeries, rig: Rig) -> Callable[[Array], Array]:
    geometry = instruments.geometry("gas_analyser", rig.analyser, {})
    path = 0.0 if geometry.closed else geometry.path

    def transfer(f: Array) -> Complex:
        line = defects.line_gain(f, path, air.weather.wind_speed)
        return np.asarray(_first_order(f, geometry.response) * line)

    return lambda x: defects.attenuate(x, air.rate, transfer)


def _first_order(frequency: Array, time_constant: float) -> Complex:
    return np.asarray(1.0 / (1.0 + 2j * np.pi * frequency * time_constant))


def _open_path(air: AirSeries, rig: Rig, rng: np.random.Generator) -> dict[str, Array]:
    seen = _gas_filter(air, rig)
    n_co2 = defects.delay(mixture.molar_density(air.co2, air.t, air.p, air.h2o), air.rate, rig.lag_co2)
    n_h2o = defects.delay(mixture.molar_density(air.h2o, air.t, air.p, air.h2o), air.rate, rig.lag_h2o)
    noise = rng.standard_normal((2, air.w.size))
    return {
        "CO2": seen(n_co2) * MOLAR_MASS["co2"] * 1e6 + 0.15 * noise[0],
        "H2O": seen(n_h2o) * MOLAR_MASS["h2o"] * 1e3 + 0.003 * noise[1],
    }


def _closed_path(air: AirSeries, rig: Rig, rng: np.random.Generator) -> dict[str, Array]:
    """Filter and delay mixing ratios in the tube, then make densities of cell temperature and pressure."""
    seen = _gas_filter(air, rig)
    noise = rng.standard_normal((5, air.w.size))
    co2 = seen(defects.delay(air.co2, air.rate, rig.lag_co2))
    h2o = seen(defects.delay(air.h2o, air.rate, rig.lag_h2o))
    # The tube takes most of the temperature fluctuation out; the pump makes one of pressure.
    t_mean = float(air.t.mean())
    t_cell = t_mean + 2.5 + 0.1 * seen(defects.low_pass(air.t - t_mean, air.rate, 1.0))
    p_cell = air.p - 2500.0 + defects.low_pass(60.0 * noise[2], air.rate, 0.2)
    return {
        "CO2_cell": mixture.molar_density(co2, t_cell, p_cell, h2o) * 1e3 + 0.003 * noise[0],
        "H2O_cell": mixture.molar_density(h2o, t_cell, p_cell, h2o) * 1e3 + 0.15 * noise[1],
        "T_cell": t_cell - T_ZERO + 0.002 * noise[3],
        "P_cell": p_cell / 1e3 + 0.001 * noise[4],
    }
