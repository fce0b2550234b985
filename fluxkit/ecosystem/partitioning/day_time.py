"""Light response curves through the year, as Lasslop et al. (2010) in REddyProc."""

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


def _reddyproc(records: Records, bootstraps: int, seed: int, *, compatible: bool) -> Parted:
    n = records.nee.size
    windows = Windows.over(n, records.at.per_day)
    night, day = _night_and_day(records)
    if night.size == 0:
        return none(n, "There is no measured NEE at night, from which day-time partitioning takes E0.")
    if day.size == 0:
        return none(n, "There is no measured NEE by day: light response curves have nothing to begin with.")
    reference = lloyd_taylor.REFERENCE if compatible else None
    found, error, days = night_sensitivity.sensitivities(
        records, windows, night, extend=not compatible, reference=reference
    )
    if np.isfinite(found).sum() < 3:
        return none(n, "Nights do not show how respiration depends on temperature (E0 within 50 to 400 K).")
    if compatible:
        e0, e0_sd = night_sensitivity.carried_forward(found, error)
    else:
        e0, e0_sd = night_sensitivity.smoothed(windows, found, error, days)
    rref_night = night_sensitivity.references(records, windows, night, e0)
    table, parameters, covariances = _curves(
        records, windows, day, e0, e0_sd, rref_night, bootstraps, seed, compatible=compatible
    )
    sound = table["REASON"] == ""
    if not sound.any():
        return none(n, "No window has a light response curve.", table)
    position = windows.centre.astype(float) if compatible else table["POSITION"]
    return _predicted(records, table, parameters[sound], covariances[sound], position[sound])


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
    *,
    compatible: bool,
) -> tuple[Table, Array, Array]:
    first, stop = (np.searchsorted(day, edge) for edge in windows.around(4))
    nee, sd = records.nee[day], records.nee_sd[day]
    if compatible:
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
        first, stop, e0, e0_sd, rref_night, not compatible, records.sw_in[day], records.vpd[day],
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
    table["REASON"] = np.array(light_response.REASONS)[reasons]
    return table, parameters, covariances


def _predicted(
    records: Records, table: Table, parameters: Array, covariances: Array, position: Array
) -> Parted:
    """Fluxes between the windows before and after each record."""
    first = np.concatenate([[True], np.diff(position) > 0])
    parameters, covariances, position = parameters[first], covariances[first], position[first]
    before, after, weight = light_curves.between(position, records.nee.size)
    drivers = (records.ta, records.sw_in, records.vpd)
    reco_before, gpp_before = light_curves.fluxes(parameters[before], *drivers)
    reco_after, gpp_after = light_curves.fluxes(parameters[after], *drivers)
    reco = (1 - weight) * reco_before + weight * reco_after
    gpp = (1 - weight) * gpp_before + weight * gpp_after
    of_reco, of_gpp = light_curves.variances(parameters[before], covariances[before], *drivers)
    # REddyProc takes the variance of the window before for both.
    shares = np.sqrt((1 - weight) ** 2 + weight**2)
    distance = np.minimum(
        np.abs(position[before] - np.arange(records.nee.size)),
        np.abs(position[after] - np.arange(records.nee.size)),
    )
    quality = np.where(distance > 14 * records.at.per_day, 2.0, 0.0)
    return Parted(reco, gpp, quality, table, {}, np.sqrt(of_reco) * shares, np.sqrt(of_gpp) * shares)
