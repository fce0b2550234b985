"""Storage terms of a plan: from one level, or from a profile where it has no gap."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import MomentsError
from fluxkit.physics.air import Air, air_state
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

    one_level = _changes(means, air, gases, out, plan)
    result: Products = {}

    def chosen(name: str, per_volume: Array, held: Array, height: Array | float) -> Array:
        nonlocal fell_back
        single = one_level[name] * held * height / plan.seconds
        if plan.decide.storage != "profile" or name not in means.profile:
            return single
        given = (means.profile, per_volume, air)
        found = per_epoch(means.time, plan, partial(_of_profile, name), *given)[name]
        fell_back = fell_back | (np.isnan(found) & ~np.isnan(single))
        return np.where(np.isnan(found), single, found)

    z = plan_value(means.time, plan, lambda now: now.sonic.height)
    result["SH"] = chosen("t_air", air.rho_cp, air.rho_cp, z)
    how = plan.conventions
    for gas in gases:
        top = z
        if how.storage_height == "analyser":
            top = z + plan_value(means.time, plan, partial(_above, gas))
        held = 1.0 / (air.Vd if how.storage_of == "mixing-ratio" else air.Va)
        s = chosen(gas, 1.0 / air.Vd, held, top)
        result[gas_names(gas)[1]] = s
        if gas == "h2o":
            result["SLE"] = s * plan.constants.M_w * air.lambda_
    return result, fell_back


def _changes(
    means: Means, air: Air, gases: Mapping[str, GasCovariance], out: Products, plan: Plan
) -> dict[str, Array]:
    """Change over the period of t_air [K] and of what is stored of each gas [mol mol-1], from one level."""
    how = plan.conventions
    ratio = how.storage_of == "mixing-ratio"
    if how.storage_change == "between-means":
        stored = {gas: out[f"{gas.upper()}_MIXING_RATIO" if ratio else gas.upper()] for gas in gases}
        return {
            name: storage.change_between_means(x, means.time, seconds=plan.seconds)
            for name, x in ({"t_air": air.T} | stored).items()
        }
    begin, end = (_air_at(side, means, air, gases, plan) for side in (-0.5, 0.5))
    found = {"t_air": end.T - begin.T}
    for gas, c in gases.items():
        at_ends = []
        for side, there in ((-0.5, begin), (0.5, end)):
            amount = c.mean * (1.0 + side * means.relative_change(gas))
            # What the sonic makes of air temperature is used for its change alone.
            volume = there.Va * (1.0 + (air.T - 0.5 * (begin.T + end.T)) / there.T)
            of_dry = {"density": volume / (1.0 - there.chi), "mole_fraction": 1.0 / (1.0 - there.chi)}
            share = amount * c.kappa * of_dry.get(c.quantity, np.ones_like(volume))
            at_ends.append(share if ratio else share * (1.0 - there.chi))
        found[gas] = at_ends[1] - at_ends[0]
    return found


def _air_at(side: float, means: Means, air: Air, gases: Mapping[str, GasCovariance], plan: Plan) -> Air:
    """State of the air at the begin (-1/2) or end (1/2) of each period, by sonic and vapour."""
    quantity = gases["h2o"].quantity if "h2o" in gases else "mole_fraction"
    mean = {"density": air.chi / air.Va, "mixing_ratio": air.chi / (1.0 - air.chi)}.get(quantity, air.chi)
    return air_state(
        Ts=air.Ts * (1.0 + side * means.relative_change("t_sonic")),
        T=np.full_like(air.T, np.nan),
        P=air.P,
        vapour=mean * (1.0 + side * np.nan_to_num(means.relative_change("h2o"))),
        quantity=quantity,
        constants=plan.constants,
    )


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
