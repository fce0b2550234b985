"""Storage terms of a plan: from one level, or from a profile where it has no gap."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import MomentsError
from fluxkit.physics.air import Air
from fluxkit.schema.variables import gas_names
from fluxkit.tower.density.fluxes import GasCovariance
from fluxkit.tower.epochs import per_epoch, plan_value
from fluxkit.tower.plan import Plan
from fluxkit.tower.products import Means, Products
from fluxkit.tower.storages import storage
from fluxkit.tower.storages.profile_storage import ProfileChange, layer_depths, means_at, storage_profile

Array = npt.NDArray[np.float64]
Where = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]


def profile_changes(
    time: Times, profile: xr.Dataset | None, plans: Sequence[Plan]
) -> dict[str, ProfileChange]:
    """Profile at begin and end of each period.

    Parameters
    ----------
    time : (time,) array of datetime64
        Start of the periods, UTC.
    profile : xarray.Dataset or None
        From ``open_profile``: variables over (time, height).
    plans : sequence of Plan
        Of one station.

    Returns
    -------
    dict
        Variable -> (time, level) before and after; empty where no plan needs a profile.

    Raises
    ------
    MomentsError
        A plan needs a profile and there is none, or it has other heights.
    """
    plan = plans[0]
    if all(p.decide.storage != "profile" for p in plans):
        return {}
    if profile is None:
        raise MomentsError(
            "decide.storage = 'profile' needs the profile's readings: decide(..., profile=open_profile(site))"
        )
    heights = profile["height"].values.tolist()
    if heights != plan.profile.heights:
        raise MomentsError(
            f"the profile has heights {heights} m, the configuration says {plan.profile.heights}: "
            "read it with this configuration"
        )
    start = time.astype("datetime64[ns]")
    edges = np.concatenate([start, start + np.timedelta64(round(plan.seconds * 1e9), "ns")])
    clock, window = profile["time"].values.astype("datetime64[ns]"), plan.profile.window * 60.0
    found = {}
    for name in map(str, profile.data_vars):
        means = means_at(edges, clock, profile[name].transpose("time", "height").values, window=window)
        found[name] = ProfileChange(means[: time.size], means[time.size :])
    return found


def storage_products(
    means: Means, air: Air, gases: Mapping[str, GasCovariance], out: Products, plan: Plan
) -> tuple[Products, Where]:
    """Storage of heat and gases, and where a profile was wanted and one level had to do.

    A mixing ratio is what a parcel keeps; the conventions may name the mole fraction.
    """
    fell_back = np.zeros(means.time.size, dtype=bool)
    if plan.decide.storage == "none":
        return {}, fell_back

    def change(x: Array, per_volume: Array, height: Array | float) -> Array:
        return storage.storage_one_point(x, per_volume, means.time, height=height, seconds=plan.seconds)

    def chosen(name: str, one_level: Array, per_volume: Array) -> Array:
        nonlocal fell_back
        if plan.decide.storage != "profile" or name not in means.profile:
            return one_level
        given = (means.profile, per_volume, air)
        found = per_epoch(means.time, plan, partial(_of_profile, name), *given)[name]
        fell_back = fell_back | (np.isnan(found) & ~np.isnan(one_level))
        return np.where(np.isnan(found), one_level, found)

    z = plan_value(means.time, plan, lambda now: now.sonic.height)
    result: Products = {"SH": chosen("t_air", change(air.T, air.rho_cp, z), air.rho_cp)}
    for gas in gases:
        name = gas.upper()
        how, top = plan.conventions, z
        if how.storage_height == "analyser":
            top = z + plan_value(means.time, plan, partial(_above, gas))
        if how.storage_of == "mixing-ratio":
            s = change(out[f"{name}_MIXING_RATIO"], 1.0 / air.Vd, top)
        else:
            s = change(out[name], 1.0 / air.Va, top)
        s = chosen(gas, s, 1.0 / air.Vd)
        result[gas_names(gas)[1]] = s
        if gas == "h2o":
            result["SLE"] = s * plan.constants.M_w * air.lambda_
    return result, fell_back


def _above(gas: str, plan: Plan) -> float:
    """How far a gas's analyser is above the sonic. [m]"""
    return plan.gas[gas].analyser.vertical_separation


def _of_profile(
    name: str, profile: Mapping[str, ProfileChange], per_volume: Array, air: Air, plan: Plan
) -> dict[str, Array]:
    """Storage of one variable, air denser where the profile says it is colder than at the tower."""
    found = profile[name]
    density = per_volume[:, None] * np.ones(found.before.shape[1])
    if "t_air" in profile:
        level = 0.5 * (profile["t_air"].before + profile["t_air"].after)
        density = density * np.where(np.isnan(level), 1.0, air.T[:, None] / level)
    depths = layer_depths(plan.profile.heights, plan.sonic.height)
    return {name: storage_profile(found.before, found.after, density, depths, seconds=plan.seconds)}
