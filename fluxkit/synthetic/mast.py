"""A mast in memory: what its sensors, faulty in known ways, report of a period of air, and its site."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fluxkit.constants import T_ZERO
from fluxkit.physics.sonic import CSAT3_PATHS, CSAT3_SHADOW, unboosted
from fluxkit.schema import gases
from fluxkit.site.models import Site
from fluxkit.site.sections import instruments
from fluxkit.synthetic import defects, mixture, sonic_defects
from fluxkit.synthetic.air import AirSeries

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

D = 0.2  #: displacement height [m]
NORTH_OFFSET = 60.0

STATION = {
    "id": "XX-Mst", "latitude": 50.0, "longitude": 8.0, "altitude": 280.0, "utc_offset_h": 1.0,
    "canopy_height": 0.3, "displacement_height": D, "roughness_length": 0.03,
}  # fmt: skip

#: Standard deviation of noise and step of the converter: of wind [m s-1], of temperature [K], of gases as
#: shares of their means.
NOISE = {"u": 1e-3, "v": 1e-3, "w": 5e-4, "t_sonic": 0.02, "co2": 2.5e-4, "h2o": 2e-4}
STEP = {"u": 1e-3, "v": 1e-3, "w": 1e-3, "t_sonic": 0.01, "co2": 1e-5, "h2o": 1e-5}


@dataclass(frozen=True)
class Tube:
    """A sampling tube."""

    length: float  #: [m]
    diameter: float  #: inner [m]
    flow: float  #: [l min-1]


@dataclass(frozen=True)
class Mast:
    """Sensors and their defects; none by default."""

    quantity: str = (
        "density"  #: what the analyser reports: density, cell (density, with cell T, P), mixing_ratio
    )
    sonic: str = "csat3"
    analyser: str = "li-7500"
    height: float = 3.2  #: above ground [m]
    rate: float = 10.0  #: [Hz]
    yaw: float = 0.0  #: of the wind in the sonic's plane, from +u towards +v [deg]
    pitch: float = 0.0  #: of the wind above that plane [deg]
    roll: float = 0.0  #: of the sonic about the wind [deg]
    smooth: bool = False  #: paths average and sensors respond as the table of instruments says
    northward: float = 0.0  #: analyser minus sonic [m]
    tube: Tube | None = None  #: takes effect if `smooth`
    slow: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  #: gas -> response times [s]
    lag: float = 0.0  #: of gases behind the wind [s]
    reach: float = 1.0  #: how far from that lag the search goes [s]
    drift: float = 0.0  #: how much the analyser's clock loses over the period [s]
    spikes: int = 0  #: per signal
    noise: float = 0.0  #: times `NOISE`
    rounded: bool = False  #: to `STEP`
    gaps: int = 0  #: stretches of a second that are lost, per signal
    cross_wind: bool = False  #: the sonic leaves cross-wind in its temperature
    shadow: bool = False  #: transducers shade their paths as those of a CSAT3 do
    attack: str = "none"  #: method whose errors of the angle of attack the head has
    weak_w: bool = False  #: a WindMaster's firmware shows w too small

    @property
    def above(self) -> float:
        """Height above the displacement plane, z - d [m]."""
        return self.height - D

    @property
    def wind_direction(self) -> float:
        """Where the wind comes from [deg]."""
        shift = instruments.geometry("sonic", self.sonic, {}).wind_direction_offset
        return (180.0 + NORTH_OFFSET + shift - self.yaw) % 360.0


# ---- samples ----


def measure_mast(air: AirSeries, mast: Mast, seed: int | np.random.Generator = 0) -> dict[str, Array]:
    """Let the sensors of a mast measure one period.

    Parameters
    ----------
    air : Air
        True series, at the mast's rate or at a multiple of it: then every so many-th sample is taken, and
        what is faster than half the rate is seen folded, as in the field.
    mast : Mast
    seed : int or numpy.random.Generator
        Source of noise, spikes and gaps.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        Samples by their names in fluxkit, SI.

    Notes
    -----
    Defects come in the order in which they act: density or humidity; tube, path and response; delay;
    sampling; tilt; transducers; noise; rounding; spikes; gaps.
    """
    rng = np.random.default_rng(seed)
    every = round(air.rate / mast.rate)
    data = {name: x[::every] for name, x in (_wind(air, mast) | _gases(air, mast)).items()}
    u, v, w = defects.tilt(data["u"], data["v"], data["w"], yaw=mast.yaw, pitch=mast.pitch, roll=mast.roll)
    if mast.cross_wind:
        paths = sonic_defects.three_paths(instruments.traits(mast.sonic).elevation or 90.0)
        data["t_sonic"] = sonic_defects.blow_across(data["t_sonic"], u, v, w, paths)
    if mast.shadow:
        u, v, w = sonic_defects.shadow(u, v, w, CSAT3_PATHS, CSAT3_SHADOW)
    if mast.attack != "none":
        u, v, w = sonic_defects.attack(u, v, w, mast.attack)
    if mast.weak_w:
        w = unboosted(w)
    data |= {"u": u, "v": v, "w": w}
    for name in NOISE:
        data[name] = _written(name, data[name], mast, rng)
    n = data["u"].size
    return data | {"t_air": np.full(n, air.t.mean()), "p_air": np.full(n, air.p)}


def _wind(air: AirSeries, mast: Mast) -> dict[str, Array]:
    """Wind along, across and normal to the streamline, and sonic temperature."""
    geometry = instruments.geometry("sonic", mast.sonic, {})
    t_sonic = mixture.reported_temperature(air.t, air.h2o)
    series = {"u": air.u, "v": air.v, "w": air.w, "t_sonic": t_sonic}
    if not mast.smooth:
        return series

    def through(name: str, x: Array) -> Array:
        def transfer(f: Array) -> Complex:
            component: Literal["scalar", "vertical"] = "vertical" if name == "w" else "scalar"
            line = defects.line_gain(f, geometry.path, air.weather.wind_speed, component)
            return np.asarray(line * _first_order(f, geometry.response))

        return defects.attenuate(x, air.rate, transfer)

    return {name: through(name, x) for name, x in series.items()}


def _gases(air: AirSeries, mast: Mast) -> dict[str, Array]:
    """What the analyser reports."""
    seen = {gas: _arrived(x, gas, air, mast) for gas, x in _before(air, mast).items()}
    if mast.quantity != "cell":
        return seen
    # A tube leaves a tenth of the temperature's fluctuation, late; the pump makes one of pressure.
    t_cell = float(air.t.mean()) + 2.5 + 0.1 * defects.low_pass(air.t - air.t.mean(), air.rate, 1.0)
    seconds = np.arange(air.t.size) / air.rate
    p_cell = air.p - 2500.0 + 60.0 * np.sin(2.0 * np.pi * 0.37 * seconds)
    density = {gas: mixture.molar_density(r, t_cell, p_cell, seen["h2o"]) for gas, r in seen.items()}
    return density | {"t_cell": t_cell, "p_cell": p_cell}


def _before(air: AirSeries, mast: Mast) -> dict[str, Array]:
    """Return what reaches the analyser: densities in the open, mixing ratios through a tube."""
    ratios = {"co2": air.co2, "h2o": air.h2o}
    if mast.quantity != "density":
        return ratios
    return {gas: mixture.molar_density(r, air.t, air.p, air.h2o) for gas, r in ratios.items()}


def _arrived(x: Array, gas: str, air: AirSeries, mast: Mast) -> Array:
    """Return a gas after tube, path, response and delay."""
    if mast.smooth:
        x = defects.attenuate(x, air.rate, _gas_filter(gas, air, mast))
    for time_constant in mast.slow.get(gas, ()):
        x = defects.respond(x, air.rate, time_constant)
    x = defects.delay(x, air.rate, mast.lag)
    return defects.drift(x, air.rate, mast.drift) if mast.drift else x


def _gas_filter(gas: str, air: AirSeries, mast: Mast) -> Any:
    """Complex gain of everything between the sonic and the analyser's output."""
    geometry, U = instruments.geometry("gas_analyser", mast.analyser, {}), air.weather.wind_speed
    # The wind blows towards this direction: so far is the analyser downwind, and to the side.
    to = np.radians(mast.wind_direction + 180.0)
    along, across = mast.northward * np.cos(to), abs(mast.northward * np.sin(to))

    def transfer(f: Array) -> Complex:
        gain = _first_order(f, geometry.response) * _apart(f, across, U)
        gain = gain * np.exp(-2j * np.pi * f * along / U)
        if mast.tube is None:
            return np.asarray(gain * defects.line_gain(f, geometry.path, U))
        flow = mast.tube.flow / 60e3
        residence = np.pi * (geometry.horizontal / 2.0) ** 2 * geometry.path / flow
        # Chapman & Enskog as fitted by Massman (1998): the table holds it at 0 degC and 1013.25 hPa.
        warmth = (air.weather.t_air / T_ZERO) ** 1.81 * (101325.0 / air.p)
        diffusivity = (gases.gas(gas).diffusivity or np.nan) * warmth
        tube = defects.tube_gain(f, diffusivity, mast.tube.length, mast.tube.diameter, flow)
        return np.asarray(gain * tube * np.sinc(f * residence))

    return transfer


def _apart(frequency: Array, distance: float, U: float) -> Complex:
    """Other air of the same kind: what is coherent with the sonic's falls off, the power stays.

    The rest comes from half the record away: every second line with the other sign.
    """
    coherent = np.exp(-9.9 * (frequency * distance / U) ** 1.5)
    elsewhere = np.where(np.arange(frequency.size) % 2 == 0, 1j, -1j)
    return np.asarray(coherent + elsewhere * np.sqrt(1.0 - coherent**2))


def _first_order(frequency: Array, time_constant: float) -> Complex:
    return np.asarray(1.0 / (1.0 + 2j * np.pi * frequency * time_constant))


def _written(name: str, x: Array, mast: Mast, rng: np.random.Generator) -> Array:
    """Return a signal as the logger writes it."""
    unit = abs(float(x.mean())) if name in ("co2", "h2o") else 1.0
    if mast.noise:
        x = x + mast.noise * NOISE[name] * unit * rng.standard_normal(x.size)
    if mast.rounded:
        x = defects.quantise(x, STEP[name] * unit)
    if mast.spikes:
        places = np.sort(rng.choice(x.size // 20 - 1, mast.spikes, replace=False)) * 20
        x = defects.add_spikes(x, places.tolist(), 15.0 * float(x.std()))
    if mast.gaps:
        second = round(mast.rate)
        starts = rng.choice(x.size // second, mast.gaps, replace=False) * second
        x = defects.drop(x, starts.tolist(), second)
    return x


# ---- site ----


def site_of(mast: Mast, **sections: Mapping[str, Any]) -> Site:
    """Return the site of a mast.

    Parameters
    ----------
    mast : Mast
    **sections
        Of the configuration, beside what the mast asks for: ``decide={"lag": "constant"}``.

    Returns
    -------
    Site
    """
    sonic: dict[str, Any] = {
        "kind": "sonic", "id": "s", "model": mast.sonic, "height": mast.height, "north_offset": NORTH_OFFSET,
    }  # fmt: skip
    if mast.cross_wind:
        sonic["cross_wind_corrected"] = False
    if mast.sonic.startswith("windmaster"):
        sonic["firmware"] = "2329.600.01"
    analyser: dict[str, Any] = {
        "kind": "gas_analyser", "id": "g", "model": mast.analyser, "northward_separation": mast.northward,
    }  # fmt: skip
    if mast.tube is not None:
        analyser |= {
            "tube_length": mast.tube.length,
            "tube_diameter": mast.tube.diameter,
            "tube_flow": mast.tube.flow,
        }
    return Site.model_validate(
        {
            "station": STATION,
            "instruments": [sonic, analyser],
            "raw": {"files": "*", "format": "delimited", "rate": mast.rate, "file_time": "records"},
            "columns": _columns(mast),
            **sections,
            # Air decorrelates across the wind as Moore (1986) has it, see `_gas_filter`.
            "decide": {"separation": "moore-1986", **sections.get("decide", {})},
        }
    )


def _columns(mast: Mast) -> dict[str, dict[str, Any]]:
    def column(name: str, unit: str, **more: Any) -> dict[str, Any]:
        return {"column": name, "unit": unit, **more}

    columns = {name: column(name, "m s-1") for name in ("u", "v", "w")}
    columns |= {
        "t_sonic": column("t_sonic", "K"),
        "t_air": column("t_air", "K"),
        "p_air": column("p_air", "Pa"),
    }
    ratio = mast.quantity == "mixing_ratio"
    kind = {"unit": "mol mol-1" if ratio else "mol m-3", "quantity": "mixing_ratio" if ratio else "density"}
    lag = {"nominal": mast.lag, "min": mast.lag - mast.reach, "max": mast.lag + mast.reach}
    for gas in ("co2", "h2o"):
        columns[gas] = column(gas, instrument="g", lag=lag, **kind)
    if mast.quantity == "cell":
        columns |= {"t_cell": column("t_cell", "K"), "p_cell": column("p_cell", "Pa")}
    return columns
