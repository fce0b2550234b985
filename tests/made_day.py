"""A made-up but realistic day of fluxes over a grassland, for tests of export and report."""

from typing import Any

import numpy as np
import xarray as xr

from fluxkit.schema import variables
from fluxkit.site.models import Site


def site() -> Site:
    return Site.model_validate(
        {
            "station": {
                "id": "XX-Mad",
                "name": "Made-up meadow",
                "latitude": 51.1,
                "longitude": 10.9,
                "altitude": 161.0,
                "utc_offset_h": 1.0,
                "canopy_height": 0.4,
            },
            "instruments": [
                {"kind": "sonic", "id": "sonic", "model": "generic", "height": 3.2}
                | {"path_length": 0.15, "path_horizontal": 0.01, "response_time": 0.0},
                {"kind": "gas_analyser", "id": "irga", "model": "generic-open"}
                | {"path_length": 0.125, "path_horizontal": 0.01, "response_time": 0.1},
            ],
            "raw": {"files": "raw/*.csv", "format": "delimited", "rate": 20, "file_time": "records"},
            "columns": {
                "u": {"column": 1, "unit": "m s-1", "instrument": "sonic"},
                "v": {"column": 2, "unit": "m s-1", "instrument": "sonic"},
                "w": {"column": 3, "unit": "m s-1", "instrument": "sonic"},
                "t_sonic": {"column": 4, "unit": "degC", "instrument": "sonic"},
                "co2": {"column": 5, "unit": "mmol m-3", "instrument": "irga"},
                "h2o": {"column": 6, "unit": "mmol m-3", "instrument": "irga"},
            },
            "output": {
                "institution": "Institute of Invented Meadows",
                "creator_name": "Flux group",
                "creator_email": "flux@example.org",
                "project": "tests",
                "license": "CC-BY-4.0",
            },
        }
    )


def fluxes(days: int = 1) -> xr.Dataset:
    """Half hours from local midnight; some are lost, night is calm, some lags hit the window's edge."""
    rng = np.random.default_rng(7)
    n = 48 * days
    time = np.datetime64("2025-06-11T23:00") + 30 * np.arange(n).astype("timedelta64[m]")
    hour = (np.arange(n) * 0.5 + 0.25) % 24
    sun = np.clip(np.sin((hour - 4.5) / 16 * np.pi), 0, None) * (hour < 20.5)
    noise = rng.normal
    ustar = 0.08 + 0.32 * sun + np.abs(noise(0, 0.03, n))
    h = -25 + 230 * sun + noise(0, 14, n)
    le = 6 + 300 * sun + noise(0, 14, n)
    fc = 6.0 - 24 * sun**0.7 + noise(0, 1.2, n)
    sc = np.where(np.abs(hour - 5.5) < 1.5, -2.0, 0.2) + noise(0, 0.3, n)
    quality = np.where(ustar < 0.11, 2, np.where(rng.random(n) < 0.25, 1, 0)).astype(np.int8)
    data: dict[str, Any] = {
        "NEE": fc + sc,
        "FC": fc,
        "SC": sc,
        "H": h,
        "SH": noise(0, 4, n),
        "LE": le,
        "SLE": noise(0, 5, n),
        "ET": le / 2.45e6 * 3600,
        "FH2O": le / 44.1,
        "TAU": 1.17 * ustar**2,
        "USTAR": ustar,
        "FC_UNCORR": fc * 0.93,
        "FC_SCF": 1.06 + 0.05 * rng.random(n),
        "H_SCF": 1.02 + 0.02 * rng.random(n),
        "FC_RANDUNC_HF": 0.4 + 0.12 * np.abs(fc),
        "NEE_RANDUNC_HF": 0.4 + 0.12 * np.abs(fc),
        "H_RANDUNC_HF": 4 + 0.12 * np.abs(h),
        "LE_RANDUNC_HF": 4 + 0.12 * np.abs(le),
        "WS": 0.9 + 2.6 * sun + np.abs(noise(0, 0.4, n)),
        "WS_MAX": 2.5 + 6 * sun + np.abs(noise(0, 0.8, n)),
        "WD": (240 + 40 * np.sin(hour / 4) + noise(0, 12, n)) % 360,
        "TKE": 0.2 + 1.5 * sun,
        "ZL": -0.35 * sun + 0.1,
        "MO_LENGTH": 2.8 / (-0.35 * sun + 0.1),
        "TA": 11 + 11 * np.clip(np.sin((hour - 7) / 24 * 2 * np.pi), -0.7, 1),
        "RH": 75 - 30 * np.clip(np.sin((hour - 7) / 24 * 2 * np.pi), -0.7, 1),
        "PA": 99.2 + 0.1 * np.sin(hour / 8),
        "VPD": 3 + 12 * sun,
        "CO2": 425 - 12 * sun + noise(0, 0.7, n),
        "H2O": 12 + 2 * sun,
        "ROT_YAW": (130 + 40 * np.sin(hour / 4) + noise(0, 12, n)) % 360,
        "ROT_PITCH": 1.1 + noise(0, 0.4, n),
        "ROT_ROLL": np.zeros(n),
        "T_SONIC": 12 + 11 * np.clip(np.sin((hour - 7) / 24 * 2 * np.pi), -0.7, 1),
        "SW_IN_POT": 1180 * sun,
    }
    for gas, nominal in (("CO2", 0.2), ("H2O", 0.3)):
        found = (
            nominal
            + np.round(noise(0, 0.06, n) * 20) / 20
            + (sun == 0) * np.round(noise(0, 0.5, n) * 20) / 20
        )
        found = np.clip(found, nominal - 1, nominal + 1)
        data[f"{gas}_TLAG_ACTUAL"] = found
        data[f"{gas}_TLAG_USED"] = np.where(np.abs(found - nominal) > 0.9, nominal, found)
        data[f"{gas}_TLAG_NOMINAL"] = np.full(n, nominal)
        data[f"{gas}_TLAG_MIN"] = np.full(n, nominal - 1)
        data[f"{gas}_TLAG_MAX"] = np.full(n, nominal + 1)
    lost = np.zeros(n, dtype=bool)
    lost[[9, 10, 31]] = True
    for name in data:
        if not name.endswith(("_MIN", "_MAX", "_NOMINAL")) and name != "SW_IN_POT":
            data[name] = np.where(lost, np.nan, data[name])
    flagged = np.where(lost, np.nan, quality.astype(float))
    for flux in ("NEE", "FC", "LE", "H", "TAU"):
        data[f"{flux}_SSITC_TEST"] = flagged
    data["U_NUM_SPIKES"] = np.where(lost, np.nan, rng.integers(0, 30, n).astype(float))
    data["FILE_RECORDS"] = np.where(lost, 12000, 36000).astype(np.int32)
    data["USED_RECORDS"] = np.where(lost, 12000, 36000 - rng.integers(0, 60, n)).astype(np.int32)
    reasons = np.where(lost, variables.mask("LOSS_FLAG", "too_few_records"), 0)
    at_default = np.abs(data["CO2_TLAG_ACTUAL"] - 0.2) > 0.9
    reasons |= np.where(at_default, variables.mask("LOSS_FLAG", "lag_at_default"), 0)
    data["LOSS_FLAG"] = (reasons | variables.mask("LOSS_FLAG", "temperature_assumed")).astype(np.int32)
    data["NIGHT"] = (sun == 0).astype(np.int8)
    return xr.Dataset(
        {name: ("time", values, variables.describe(name)) for name, values in data.items()},
        coords={"time": time.astype("datetime64[ns]")},
    )


def spectra(days: int = 1) -> xr.Dataset:
    """Cospectra with a peak near 0.05 Hz and -4/3 above, as f Co(f) / cov."""
    rng = np.random.default_rng(8)
    time = fluxes(days)["time"]
    f = np.logspace(np.log10(6e-4), 1, 50)
    made = {}
    for name, peak in (("COSP_W_T_SONIC", 0.06), ("COSP_W_CO2", 0.05), ("COSP_W_H2O", 0.04), ("SPEC_W", 0.3)):
        x = f / peak
        slope = 2 / 3 if name.startswith("SPEC") else 4 / 3
        shape = 0.6 * x / (1 + x) ** (1 + slope)
        values = (
            shape
            * rng.lognormal(0, 0.45, (time.size, f.size))
            * rng.choice([1.0] * 9 + [-0.2], (time.size, f.size))
        )
        values[9] = np.nan
        made[name] = (("time", "frequency"), values)
    return xr.Dataset(made, coords={"time": time, "frequency": ("frequency", f, {"units": "Hz"})})


def run() -> dict[str, Any]:
    files = [f"raw/XX-Mad_20250611{hour:02d}00.csv" for hour in range(24)]
    inputs = [{"path": name, "sha256": f"{k:02x}" * 32, "status": "read"} for k, name in enumerate(files)]
    inputs[4]["status"] = "partly read"
    inputs[15]["status"] = "quarantined"
    return {
        "fluxkit": "0.1.0",
        "started": "2025-06-13T08:00:00Z",
        "settings": site().model_dump(mode="json"),
        "versions": {"fluxkit": "0.1.0", "numpy": "2.4.6", "numba": "0.68.1"},
        "inputs": inputs,
    }


def problems() -> list[dict[str, Any]]:
    return [
        {
            "path": "raw/XX-Mad_202506110400.csv",
            "line": 12001,
            "lost": "rest of file",
            "reason": "the file ends in the middle of a record; what precedes was kept",
        },
        {
            "path": "raw/XX-Mad_202506111500.csv",
            "line": None,
            "lost": "file",
            "reason": "9 columns where 6 <u, v, w, t_sonic, co2, h2o> were expected",
        },
    ]
