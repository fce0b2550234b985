"""Sections of the page on what fluxes follow: turbulence at night, light and warmth, parameters."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.page import figures
from fluxkit.report import style
from fluxkit.report.web.parts import Figure, Section, Table
from fluxkit.report.web.still import still

Array = npt.NDArray[np.float64]

#: A night has less than this of short-wave radiation, measured or potential. [W m-2]
NIGHT = 10.0
#: Parameters of the windows of each method, with their units.
PARAMETERS = {
    "NT": (("E0", "K"), ("RREF", "µmol m⁻² s⁻¹")),
    "DT": (
        ("E0", "K"),
        ("RREF", "µmol m⁻² s⁻¹"),
        ("ALPHA", "µmol J⁻¹"),
        ("BETA", "µmol m⁻² s⁻¹"),
        ("K", "hPa⁻¹"),
    ),
}


def night(ds: xr.Dataset, at: HalfHours) -> npt.NDArray[np.bool_]:
    """Return which records are night: by measured radiation, else by the sun, else by the clock."""
    for name in ("SW_IN", "SW_IN_F"):
        if name in ds:
            light = ds[name].to_numpy().astype(np.float64)
            break
    else:
        light = np.full(at.start.size, np.nan)
    if np.isfinite([at.latitude, at.longitude]).all():
        light = np.where(np.isfinite(light), light, at.potential_radiation)
    by_clock = (at.hour < 6.0) | (at.hour > 20.0)
    return np.asarray(np.where(np.isfinite(light), light < NIGHT, by_clock))


def turbulence(ds: xr.Dataset, at: HalfHours, found: xr.Dataset | None) -> list[Section]:
    """Show NEE of nights against u* with the thresholds, where there are some."""
    if found is None:
        return []
    bounds = _bounds(found, constant=ds.attrs.get("ustar_pool") == "CUT" and "single" in found)
    rows = [(str(y), *(f"{v:.3f}" if np.isfinite(v) else "–" for v in three)) for y, three in bounds.items()]
    parts: list[Figure] = [Table(("year", "threshold (m s⁻¹)", "from", "to"), rows, numbers=(1, 2, 3))]
    measure = str(found.attrs.get("turbulence", "USTAR"))
    nee = next((x for x in (_series(ds, n) for n in ("NEE_UNFILTERED", "NEE")) if x is not None), None)
    x = _series(ds, measure)
    if nee is not None and x is not None:
        dark = night(ds, at)
        name = "u*" if measure == "USTAR" else measure
        drawn = figures.ustar_figure(nee[dark], x[dark], at.year[dark], bounds, f"{name} (m s⁻¹)")
        parts.insert(0, still(drawn, "ustar", "NEE of nights against turbulence, by year."))
    caption = (
        "Means over classes of equal number with their standard error; dashed: the threshold below which NEE "
        "is not used."
    )
    return [Section("Turbulence at night", parts, caption)]


def _bounds(found: xr.Dataset, *, constant: bool) -> dict[int, tuple[float, float, float]]:
    """Return of each year the threshold and the range of its resamples, NaN where there are none."""
    years = [int(year) for year in found["year"].values]
    values = [float(found["single"])] * len(years) if constant else found["threshold"].values.tolist()
    ends = np.full((len(years), 2), np.nan)
    quantiles = "single_quantiles" if constant else "quantiles"
    if quantiles in found and found.sizes.get("percentile", 0) > 1:
        ends[:] = found[quantiles].isel(percentile=[0, -1]).transpose(..., "percentile").values
    return {
        year: (value, low, high)
        for year, value, (low, high) in zip(years, values, ends.tolist(), strict=True)
    }


def responses(ds: xr.Dataset, at: HalfHours) -> list[Section]:
    """Show measured fluxes against light, temperature and water, by season."""
    shown: list[Figure] = []
    for name in ("NEE", "FCH4", "FN2O"):
        found = _of_carbon_dioxide(ds, at) if name == "NEE" else _of_gas(ds, name)
        if found:
            drawn = figures.responses_figure(found, at.month)
            shown.append(still(drawn, f"responses-{name}", f"{name} against what it responds to."))
    caption = "Measured values, means over classes of equal number with their standard error, by season."
    return [Section("Responses", shown, caption)] if shown else []


def _of_carbon_dioxide(ds: xr.Dataset, at: HalfHours) -> list[figures.Response]:
    """Return NEE of days against light and of nights against temperature."""
    NEE, light, temperature = (_series(ds, name) for name in ("NEE", "SW_IN", "TA"))
    if NEE is None or light is None or temperature is None:
        return []
    dark = night(ds, at)
    by_day, by_night = np.where(dark, np.nan, NEE), np.where(dark, NEE, np.nan)
    return [
        figures.Response(light, by_day, "SW_IN (W m⁻²)", f"NEE by day\n({figures.FLUX})"),
        figures.Response(temperature, by_night, "TA (°C)", f"NEE at night\n({figures.FLUX})"),
    ]


def _of_gas(ds: xr.Dataset, name: str) -> list[figures.Response]:
    """Return another gas against the temperature and the water of the soil, else of the air."""
    flux = _series(ds, name)
    if flux is None:
        return []
    left = f"{name}\n(nmol m⁻² s⁻¹)"
    found = []
    for choices in (("TS", "TA"), ("SWC", "VPD", "USTAR")):
        for other in choices:
            x = _series(ds, other)
            if x is not None:
                unit = style.units(str(ds[other].attrs.get("units", "")))
                found.append(figures.Response(x, flux, f"{other} ({unit})", left))
                break
    return found


def _series(ds: xr.Dataset, name: str) -> Array | None:
    """Return a series over time, none where it has no value."""
    if name not in ds or ds[name].dims != ("time",) or not bool(ds[name].notnull().any()):
        return None
    return np.asarray(ds[name].to_numpy(), np.float64)


def parameters(ds: xr.Dataset) -> list[Section]:
    """Show the parameters of the windows of partitioning through time."""
    shown: list[Figure] = []
    for suffix, known in PARAMETERS.items():
        dim = f"window_{suffix.lower()}"
        if dim not in ds.dims or not ds.sizes[dim]:
            continue
        found = {
            name: (ds[f"{name}_{suffix}"].to_numpy().astype(np.float64), _errors(ds, name, suffix), unit)
            for name, unit in known
            if f"{name}_{suffix}" in ds and ds[f"{name}_{suffix}"].dims == (dim,)
        }
        middle = _middles(ds, dim, suffix)
        of_records = f"RREF_{suffix}_RECORD"
        if middle is not None and "RREF" not in found and of_records in ds:
            found["RREF"] = (_at(ds[of_records], middle, ds), None, dict(known)["RREF"])
        if found and middle is not None:
            drawn = figures.parameters_figure(middle, found)
            what = "nights" if suffix == "NT" else "light response curves"
            shown.append(still(drawn, f"parameters-{suffix}", f"Parameters of {what} through time."))
    caption = "Parameters of the windows through time, first by nights, then by light response curves."
    return [Section("Parameters", shown, caption)] if shown else []


def _at(x: xr.DataArray, middle: Array, ds: xr.Dataset) -> Array:
    """Return what holds for the records at these moments. [d since 1970, local]"""
    at = HalfHours.of(ds)
    days = at.middle.astype("datetime64[s]").astype(np.float64) / 86400.0
    place = np.clip(np.searchsorted(days, middle), 0, days.size - 1)
    return np.asarray(x.to_numpy()[place], np.float64)


def _errors(ds: xr.Dataset, name: str, suffix: str) -> Array | None:
    error = f"{name}_SE_{suffix}"
    return ds[error].to_numpy().astype(np.float64) if error in ds else None


def _middles(ds: xr.Dataset, dim: str, suffix: str) -> Array | None:
    """Return the middle of each window in days since 1970, local; none where the windows have no time."""
    for name in (dim, f"{dim}_middle", f"MIDDLE_{suffix}"):
        if name in ds.variables and np.issubdtype(ds[name].dtype, np.datetime64):
            offset = float(ds.attrs.get("utc_offset_h", 0.0))
            days = ds[name].to_numpy().astype("datetime64[s]").astype(np.float64) / 86400.0
            return np.asarray(days + offset / 24.0)
    return None
