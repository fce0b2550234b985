"""Light response curves through the year, as Lasslop et al. (2010) in REddyProc."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.partitioning import conventions, light_curves, lloyd_taylor, night_sensitivity
from fluxkit.ecosystem.partitioning.day_windows import Windows
from fluxkit.ecosystem.partitioning.parted import Parted, Table, none
from fluxkit.ecosystem.partitioning.records import Records
from fluxkit.kernels import light_response

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

PARAMETERS = ("K", "BETA", "ALPHA", "RREF", "E0")


def reddyproc(records: Records, *, bootstraps: int = 0, seed: int = 0) -> Parted:
    """Day-time partitioning as REddyProc 1.3.3 does it by default.

    A rectangular hyperbola that dry air lowers, and Lloyd and Taylor's respiration, in windows of four days;
    E0 from nights around them and smoothed by a Gaussian process. REddyProc's own default is 30 bootstraps.

    References
    ----------
    .. [1] Lasslop et al., Glob. Change Biol. 16, 187-208, 2010.
    .. [2] Wutzler et al., Biogeosciences 15, 5015-5030, 2018, section 2.3.
    """
    return _reddyproc(records, bootstraps, seed, compatible=False)


def reddyproc_lasslop(records: Records) -> Parted:
    """REddyProc's preset that is compatible with Lasslop et al. (2010).

    E0 at a reference of 15 degC is carried forward instead of smoothed, windows are not widened,
    parameters hold at the centre of their window, errors have no lower bound and count alike where one is
    missing.
    """
    return _reddyproc(records, 0, 0, compatible=True)


def oneflux(records: Records) -> Parted:
    """Day-time partitioning as ONEFlux does it.

    The same curves by least squares without priors, day and night told by radiation alone, E0 of twelve days'
    nights within 50 to 400 K, else the one before.

    References
    ----------
    .. [1] Pastorello et al., Sci. Data 7, 225, 2020, section "CO2 flux partitioning".
    """
    n = records.nee.size
    windows = Windows.over(n, records.at.per_day)
    usable = np.isfinite(records.nee) & np.isfinite(records.ta)
    night, day = (
        np.flatnonzero(usable & (records.sw_in <= 4.0)),
        np.flatnonzero(usable & (records.sw_in > 4.0)),
    )
    if night.size == 0 or day.size == 0:
        return none(n, "There is no measured NEE at night and by day with SW_IN.")
    found, error, _, respired = night_sensitivity.sensitivities(
        records, windows, night, extend=False, reference=lloyd_taylor.REFERENCE
    )
    if not np.isfinite(found).any():
        return none(n, "Nights do not show how respiration depends on temperature (E0 within 50 to 400 K).")
    e0, e0_sd = night_sensitivity.carried_forward(found, error)
    rref_night = night_sensitivity.references(records, windows, night, e0, respired)
    return _windows_and_fluxes(records, windows, day, e0, e0_sd, rref_night, 0, 0, "oneflux")


def keenan_2019(records: Records, *, bootstraps: int = 0, seed: int = 0) -> Parted:
    """Day-time partitioning with a reference respiration for days and one for nights.

    By day respiration is that of light response curves as in :func:`reddyproc`, at night that of nights,
    because light inhibits the respiration of leaves. What is said of the intercept of such curves
    (:func:`day_curved.fluxkit`) holds for days.

    References
    ----------
    .. [1] Keenan et al., Nat. Ecol. Evol. 3, 407-415, 2019.
    """
    curves = _reddyproc(records, bootstraps, seed, compatible=False)
    table = curves.windows
    if "RREF" not in table or not np.isfinite(table["RREF_NIGHT"]).any():
        return curves
    known = np.isfinite(table["RREF_NIGHT"]) & np.isfinite(table["E0"])
    record, middle = np.arange(records.nee.size), table["MIDDLE"][known]
    rref, e0 = (np.interp(record, middle, table[name][known]) for name in ("RREF_NIGHT", "E0"))
    at_night = rref * np.exp(e0 * lloyd_taylor.exponent(records.ta))
    return replace(curves, reco=np.where(records.sw_in > 4.0, curves.reco, at_night))


def inhibition(table: Table) -> tuple[Array, Array]:
    """Reference respiration of days over that of nights, median of eleven windows, and where it stands."""
    known = (table["RREF"] > 0) & (table["RREF_NIGHT"] > 0)
    ratio = table["RREF"][known] / table["RREF_NIGHT"][known]
    padded = np.pad(ratio, 5, mode="edge") if ratio.size else ratio
    smooth = [np.median(padded[i : i + 11]) for i in range(ratio.size)]
    return np.minimum(np.array(smooth), 1.0), table["MIDDLE"][known].astype(float)


def _reddyproc(records: Records, bootstraps: int, seed: int, *, compatible: bool) -> Parted:
    n = records.nee.size
    windows = Windows.over(n, records.at.per_day)
    night, day = _night_and_day(records)
    if night.size == 0:
        return none(n, "There is no measured NEE at night, from which day-time partitioning takes E0.")
    if day.size == 0:
        return none(n, "There is no measured NEE by day: light response curves have nothing to begin with.")
    reference = lloyd_taylor.REFERENCE if compatible else None
    found, error, days, respired = night_sensitivity.sensitivities(
        records, windows, night, extend=not compatible, reference=reference
    )
    if np.isfinite(found).sum() < 3:
        return none(n, "Nights do not show how respiration depends on temperature (E0 within 50 to 400 K).")
    if compatible:
        e0, e0_sd = night_sensitivity.carried_forward(found, error)
    else:
        e0, e0_sd = night_sensitivity.smoothed(windows, found, error, days)
    rref_night = night_sensitivity.references(records, windows, night, e0, respired)
    style = "lasslop" if compatible else "reddyproc"
    return _windows_and_fluxes(records, windows, day, e0, e0_sd, rref_night, bootstraps, seed, style)


def _windows_and_fluxes(
    records: Records,
    windows: Windows,
    day: Integers,
    e0: Array,
    e0_sd: Array,
    rref_night: Array,
    bootstraps: int,
    seed: int,
    style: str,
) -> Parted:
    """Curves in all windows, and what they say of each record; style: "reddyproc", "lasslop" or "oneflux"."""
    n = records.nee.size
    table, parameters, covariances = _curves(
        records, windows, day, e0, e0_sd, rref_night, bootstraps, seed, style
    )
    sound = table["REASON"] == ""
    if not sound.any():
        return none(n, "No window has a light response curve.", table)
    position = table["POSITION"] if style == "reddyproc" else windows.centre.astype(float)
    fixed = table["FIXED"][sound]
    return _predicted(records, table, parameters[sound], covariances[sound], position[sound], fixed)


def _night_and_day(records: Records) -> tuple[Integers, Integers]:
    """Records with measured NEE and temperature when it is dark, and when it is not."""
    potential = records.potential
    if np.isfinite(potential).any():
        potential = conventions.potential_radiation(records.at)
    usable = np.isfinite(records.nee) & np.isfinite(records.ta)
    dark = ~(records.sw_in > 4.0) & ~(potential > 0.0)
    bright = (records.sw_in > 4.0) & ~(potential <= 0.0)
    return np.flatnonzero(usable & dark), np.flatnonzero(usable & bright)


def _curves(
    records: Records,
    windows: Windows,
    day: Integers,
    e0: Array,
    e0_sd: Array,
    rref_night: Array,
    bootstraps: int,
    seed: int,
    style: str,
) -> tuple[Table, Array, Array]:
    first, stop = (np.searchsorted(day, edge) for edge in windows.around(4))
    nee, sd = records.nee[day], records.nee_sd[day]
    if style == "lasslop":
        sd = np.ones(day.size) if np.isnan(sd).any() else sd
    else:
        sd = np.where(np.isnan(sd), np.maximum(0.7, 0.2 * np.abs(nee)), sd)
    most = int((stop - first).max()) if bootstraps else 0
    draws = np.empty((windows.size, bootstraps, most))
    normal = np.empty((windows.size, bootstraps))
    for w in range(windows.size if bootstraps else 0):
        random = np.random.default_rng([seed, w])
        draws[w], normal[w] = random.random((bootstraps, most)), random.standard_normal(bootstraps)
    parameters, covariances, reasons, free = light_response.reddyproc_windows(
        first, stop, e0, e0_sd, rref_night, style == "reddyproc", style == "oneflux",
        records.sw_in[day], records.vpd[day],
        lloyd_taylor.exponent(records.ta[day]), -nee, sd, draws, normal,
    )  # fmt: skip
    start, end = windows.around(4)
    total = np.concatenate([[0.0], np.cumsum(day + 1.0)])
    with np.errstate(invalid="ignore", divide="ignore"):
        position = np.round((total[stop] - total[first]) / (stop - first)) - 1.0
    table: Table = {
        "FIRST": start, "STOP": end, "MIDDLE": np.minimum(windows.centre, records.nee.size - 1),
        "POSITION": position, "N": stop - first, "RREF_NIGHT": rref_night,
    }  # fmt: skip
    for i, name in enumerate(PARAMETERS):
        table[name] = parameters[:, i]
        with np.errstate(invalid="ignore"):
            error = np.sqrt(covariances[:, i, i])
        table[name + "_SE"] = np.where(free[:, i], error, np.nan) if i < 4 else error
    table["E0"], table["E0_SE"] = e0, e0_sd
    table["FIXED"] = ~free.astype(bool).all(axis=1)
    table["REASON"] = np.array(light_response.REASONS)[reasons]
    return table, parameters, covariances


def _predicted(
    records: Records,
    table: Table,
    parameters: Array,
    covariances: Array,
    position: Array,
    fixed: npt.NDArray[np.bool_],
) -> Parted:
    """Fluxes between the windows before and after each record.

    Their quality is 1 where the nearest window has a parameter that was fixed, 2 more than 14 days from any.
    """
    first = np.concatenate([[True], np.diff(position) > 0])
    parameters, covariances, position, fixed = (x[first] for x in (parameters, covariances, position, fixed))
    before, after, weight = light_curves.between(position, records.nee.size)
    drivers = (records.ta, records.sw_in, records.vpd)
    reco_before, gpp_before = light_curves.fluxes(parameters[before], *drivers)
    reco_after, gpp_after = light_curves.fluxes(parameters[after], *drivers)
    reco = (1 - weight) * reco_before + weight * reco_after
    gpp = (1 - weight) * gpp_before + weight * gpp_after
    of_reco, of_gpp = light_curves.variances(parameters[before], covariances[before], *drivers)
    # REddyProc takes the variance of the window before for both.
    shares = np.sqrt((1 - weight) ** 2 + weight**2)
    record = np.arange(records.nee.size)
    to_before, to_after = np.abs(record - position[before]), np.abs(record - position[after])
    nearest = np.where(to_after < to_before, after, before)
    distance = np.minimum(to_before, to_after)
    quality = np.where(distance > 14 * records.at.per_day, 2.0, fixed[nearest].astype(float))
    return Parted(reco, gpp, quality, table, {}, np.sqrt(of_reco) * shares, np.sqrt(of_gpp) * shares)
