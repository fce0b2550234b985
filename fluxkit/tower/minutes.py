"""Fluxes by the minute from wavelet covariances; makes a dataset as the chain does."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import MomentsError
from fluxkit.schema.variables import describe, from_si, gas_names, value_to_si
from fluxkit.site.models import Site
from fluxkit.tower import settings
from fluxkit.tower.plan import Plan
from fluxkit.tower.series_methods import series

Array = npt.NDArray[np.float64]


def minutes(data: xr.Dataset, fluxes: xr.Dataset, site: Site) -> xr.Dataset:
    r"""Make fluxes of each minute.

    Parameters
    ----------
    data : xarray.Dataset
        Moments from ``condense`` with ``condense.wavelet`` switched on.
    fluxes : xarray.Dataset
        Fluxes from ``decide``, for the state of the air and spectral correction factors.
    site : Site

    Returns
    -------
    xarray.Dataset
        H, TAU, LE and the fluxes of the gases over ``time`` (UTC, start of each minute), standard's units.
        Computed from dry mixing ratios and air temperature, which need no density correction; multiplied by
        their half hour's spectral correction factors. Single minutes are noisy: a flux needs eddies.

    Raises
    ------
    MomentsError
        The moments hold no wavelet covariances.

    Examples
    --------
    >>> from pathlib import Path
    >>> import fluxkit as fk
    >>> from fluxkit.site.toml.loading import loads
    >>> text = Path("data_samples/open_path/site.toml").read_text(encoding="utf-8")
    >>> site = loads(text.replace("[condense]", "[condense]\nwavelet = 'torrence-compo-1998'"))
    >>> raw = fk.open_raw("data_samples/open_path/raw/XX-Dem_2024_07_01_1000.dat.gz", site)
    >>> moments = fk.condense(raw, site)
    >>> fk.minutes(moments, fk.decide(moments, site), site).sizes["time"]
    30
    """
    if "wavelet_covariance" not in data:
        raise MomentsError(
            "these moments hold no fluxes by the minute: set condense.wavelet = 'torrence-compo-1998' and "
            "condense again"
        )
    plan = settings.make_plan(site)
    covariance = data["wavelet_covariance"].values.astype(np.float64)
    names = series.channels(plan)
    of = {name: covariance[:, :, i] for i, name in enumerate(names)}
    found = _minute_fluxes(of, {k: v[:, None] for k, v in _state(fluxes, plan).items()}, plan)
    starts = data["time"].values.astype("datetime64[ns]")
    step = np.timedelta64(round(series.STEP * 1e9), "ns")
    time = (starts[:, None] + np.arange(covariance.shape[1]) * step).ravel()
    variables: dict[str, Any] = {
        name: ("time", from_si(name, x.ravel()), _attributes(name)) for name, x in found.items()
    }
    return xr.Dataset(
        variables,
        {"time": ("time", time, {"long_name": "start of the minute, UTC"})},
        attrs={"station": site.station.id, "preset": site.preset, "averaging_period_s": series.STEP},
    )


def _state(fluxes: xr.Dataset, plan: Plan) -> dict[str, Array]:
    """State of the air and spectral factors of each period, SI."""
    held = ("RHO", "CP", "LAMBDA", "PA", "TA", "H2O")
    state = {name: value_to_si(name, fluxes[name].values) for name in held if name in fluxes}
    vapour = state.get("H2O", np.zeros_like(state["TA"]))
    dry_air = state["PA"] / (plan.constants.R * state["TA"]) * (1.0 - vapour)
    factors = {str(name): fluxes[name].values for name in fluxes if str(name).endswith("_SCF")}
    return state | factors | {"dry_air": dry_air}


def _minute_fluxes(of: Mapping[str, Array], state: Mapping[str, Array], plan: Plan) -> dict[str, Array]:
    found = {
        "TAU_UW": state["RHO"] * of["u"] * state["TAU_SCF"],
        "H": state["RHO"] * state["CP"] * of["t_air"] * state["H_SCF"],
    }
    for gas in plan.gases:
        name = gas_names(gas)[0]
        found[name] = state["dry_air"] * of[gas] * state[f"{name}_SCF"]
        if gas == "h2o":
            found["LE"] = found[name] * plan.constants.M_w * state["LAMBDA"]
    return found


def _attributes(name: str) -> dict[str, Any]:
    """Attributes of the half hour's variable, marked as from wavelets, without its ancillary variables."""
    attributes = describe(name)
    attributes.pop("ancillary_variables", None)
    return attributes | {"long_name": f"{attributes['long_name']}, by the minute from wavelets"}
