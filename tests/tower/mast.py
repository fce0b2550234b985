"""A mast in memory: one period of air whose fluxes are planted, what its sensors see, and its site."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.site.models import Site
from fluxkit.synthetic import defects, mixture
from fluxkit.synthetic.air import AirSeries, make_air
from fluxkit.synthetic.weather import Weather

RATE, SECONDS = 10.0, 1800
N = round(RATE * SECONDS)
HEIGHT, D = 3.2, 0.2
START = np.datetime64("2024-07-01T10:00", "ns")
SPECTRA_OFF = {"high_frequency": "none", "low_frequency": "none"}

STATION = {
    "id": "XX-Tst", "latitude": 50.0, "longitude": 8.0, "altitude": 280.0, "utc_offset_h": 1.0,
    "canopy_height": 0.3, "displacement_height": D, "roughness_length": 0.03,
}  # fmt: skip
SONIC = {"kind": "sonic", "id": "s", "model": "csat3", "height": HEIGHT, "north_offset": 60.0}
OPEN = {"kind": "gas_analyser", "id": "g", "model": "li-7500", "northward_separation": 0.15}
CLOSED = {
    "kind": "gas_analyser", "id": "g", "model": "li-7200", "northward_separation": 0.15,
    "tube_length": 1.0, "tube_diameter": 0.0053, "tube_flow": 15.0,
}  # fmt: skip
LAG = {"nominal": 0.0, "min": -1.0, "max": 1.5}


def column(unit: str, **more: Any) -> dict[str, Any]:
    return {"column": "x", "unit": unit} | more


def make_site(*, path: str = "open", gases: Sequence[str] = ("co2", "h2o"), **sections: Any) -> Site:
    """Return a site; path "open" (densities), or closed with "ratio" (mixing) or "fraction" (mole)."""
    columns = {k: column("m s-1") for k in ("u", "v", "w")}
    columns |= {"t_sonic": column("K"), "t_air": column("K"), "p_air": column("Pa")}
    for gas in gases:
        kind = {
            "open": {"unit": "mol m-3", "quantity": "density"},
            "ratio": {"unit": "mol mol-1", "quantity": "mixing_ratio"},
            "fraction": {"unit": "mol mol-1", "quantity": "mole_fraction"},
        }[path]
        columns[gas] = {"column": gas, "instrument": "g", "lag": LAG} | kind
    columns |= sections.pop("columns", {})
    changes = {"condition": {"despiking": "none"}} | sections
    return Site.model_validate(
        {
            "station": STATION,
            "instruments": [SONIC, OPEN if path == "open" else CLOSED],
            "raw": {"files": "*", "format": "delimited", "rate": RATE, "file_time": "records"},
            "columns": columns,
        }
        | changes
    )


def weather(**changes: Any) -> Weather:
    """Return a summer noon."""
    return Weather(
        **{
            "start": START, "wind_speed": 3.5, "wind_direction": 230.0, "t_air": 296.0, "p_air": 98000.0,
            "r_h2o": 0.014, "r_co2": 4.1e-4, "ustar": 0.38, "zeta": -0.2, "cov_t": 0.15, "cov_h2o": 1.1e-4,
            "cov_co2": -5e-7,
        }
        | changes
    )  # fmt: skip


def air(seed: int = 0, *, n: int = N, quadrature: str = "paired", **changes: Any) -> AirSeries:
    """Return the air of one period; "paired": covariances peak at lag 0."""
    return make_air(weather(**changes), n, RATE, height=HEIGHT - D, seed=seed, quadrature=quadrature)


def seen(a: AirSeries, *, path: str = "open", yaw: float = 37.0, pitch: float = 2.5) -> dict[str, np.ndarray]:
    """Return what perfect sensors on a mast that leans report of the air."""
    u, v, w = defects.tilt(a.u, a.v, a.w, yaw=yaw, pitch=pitch)
    gas = {
        "open": lambda r: mixture.molar_density(r, a.t, a.p, a.h2o),
        "ratio": lambda r: r,
        "fraction": lambda r: mixture.mole_fraction(r, a.h2o),
    }[path]
    n = a.t.size
    return {
        "u": u, "v": v, "w": w, "t_sonic": mixture.reported_temperature(a.t, a.h2o), "co2": gas(a.co2),
        "h2o": gas(a.h2o), "t_air": np.full(n, a.t.mean()), "p_air": np.full(n, a.p),
    }  # fmt: skip


def dataset(*periods: Mapping[str, np.ndarray], start: np.datetime64 = START) -> xr.Dataset:
    """Join periods to raw data as ``open_raw`` gives them."""
    data = {name: np.concatenate([p[name] for p in periods]) for name in periods[0]}
    n = next(iter(data.values())).size
    time = start + (np.arange(n) * round(1e9 / RATE)).astype("timedelta64[ns]")
    return xr.Dataset({name: ("time", x) for name, x in data.items()}, {"time": time})
