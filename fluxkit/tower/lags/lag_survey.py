"""What a season teaches of the time lags of a site's gases."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit.errors import MomentsError
from fluxkit.physics.air import Air
from fluxkit.tower.density.fluxes import GasCovariance
from fluxkit.tower.lags.lag import NEIGHBOURS, NOMINAL, OTHER_GAS, PREWHITENED
from fluxkit.tower.lags.lag_classes import LagClasses, lags_by_humidity, learn_classes, usable_lags
from fluxkit.tower.lags.lag_drift import lag_drift
from fluxkit.tower.lags.lag_neighbours import lend, reliable_lags
from fluxkit.tower.lags.lag_windows import windows_to_samples
from fluxkit.tower.lags.seasonal_lags import GivenLags, SeasonalLag
from fluxkit.tower.plan import Plan
from fluxkit.tower.turbulence import Choices, Scalar, Turbulence

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]

#: Methods of decide.lag that need a season -> the method by which each period's lag is then chosen.
SEASONAL = {"humidity-classes": "covariance-maximum-default", "vitale-2024": "constant"}


def searching(choices: Choices, plan: Plan) -> Choices:
    """Return the decisions of a survey: the lag of the largest covariance in the windows of the search."""
    return replace(
        choices,
        linear=False,
        lag="covariance-maximum",
        windows=plan.searches,
        seasonal_lags={},
        lag_donors={},
    )


def humidity_lags(
    t: Turbulence, time: Times, air: Air, gases: Mapping[str, GasCovariance], plan: Plan
) -> dict[str, SeasonalLag]:
    """Windows of each gas from the lags of a season, water vapour's by relative humidity.

    Parameters
    ----------
    t : Turbulence
        Of the survey, see ``searching``.
    time : (time,) datetime64 array
    air : Air
    gases : mapping
        Covariances of the survey.
    plan : Plan

    Returns
    -------
    dict
        Gas -> its course; gases that take another's lag have none.
    """
    courses = {}
    for gas in gases:
        if gas in plan.donors:
            continue
        classes = _classes(t, time, air, gases[gas], gas, plan)
        window, kept = plan.windows[gas], plan.lags[gas]
        otherwise = (window.nominal / plan.rate, window.first / plan.rate, window.last / plan.rate)
        sides = lags_by_humidity(classes, air.RH, otherwise=otherwise)
        windows = windows_to_samples(*sides, rate=plan.rate, kept=(kept.first, kept.last))
        courses[gas] = SeasonalLag(time, windows=windows, message=_in_words(gas, classes))
    return courses


def _classes(
    t: Turbulence, time: Times, air: Air, covariance: GasCovariance, gas: str, plan: Plan
) -> LagClasses:
    options, search = plan.decide.time_lag, plan.searches[gas]
    if gas in options.windows:
        given = np.array(options.windows[gas])
        edges = np.linspace(0.0, 100.0, given.shape[0] + 1)
        nominal, low, high = given.T
        return LagClasses(edges, nominal, low, high, np.zeros(given.shape[0], dtype=np.int64))
    flux = 1e6 * covariance.molar_flux(air)
    if gas == "h2o":
        flux = 1e-6 * flux * plan.constants.M_w * air.lambda_
    found = t.scalars[gas].choice.found / plan.rate
    usable = usable_lags(
        found,
        flux,
        first=search.first / plan.rate,
        last=search.last / plan.rate,
        least_flux=options.min_flux.get(gas, 0.0),
    )
    if options.start is not None:
        usable &= time >= np.datetime64(options.start)
    if options.end is not None:
        usable &= time < np.datetime64(options.end)
    by_humidity = gas == "h2o" and options.humidity_classes > 1
    if by_humidity:
        usable &= np.isfinite(air.RH)
    return learn_classes(
        found[usable],
        air.RH[usable] if by_humidity else None,
        classes=options.humidity_classes,
        fewest=options.min_lags,
        spread=options.spread,
    )


def _in_words(gas: str, classes: LagClasses) -> str:
    """One sentence on what was learnt."""
    if not classes.known:
        found = f"{int(classes.periods.sum())} usable lags"
        return f"{gas}: {found} in the season are too few to learn from, the configured lag window is used"
    lowest, highest = float(np.nanmin(classes.nominal)), float(np.nanmax(classes.nominal))
    median = f"{lowest:.2f} s" if lowest == highest else f"{lowest:.2f} to {highest:.2f} s with humidity"
    source = f"{int(classes.periods.sum())} lags" if classes.periods.any() else "the configuration"
    return f"{gas}: {median}, from {source}"


def prewhitened_lags(time: Times, lags: Mapping[str, Array], plan: Plan) -> dict[str, SeasonalLag]:
    """Lags of each gas by pre-whitening, and what replaces those that are not reliable.

    Parameters
    ----------
    time : (time,) datetime64 array
    lags : mapping
        Gas -> (time, 3): lag and the ends of its interval. [samples]
    plan : Plan

    Returns
    -------
    dict
        Gas -> its course.

    Raises
    ------
    MomentsError
        No lags were found by pre-whitening when the samples were condensed.
    """
    if lags and all(np.isnan(found).all() for found in lags.values()):
        raise MomentsError(
            "decide.lag = 'vitale-2024' needs lags that these moments do not hold: "
            "set condense.prewhitening = true and condense again"
        )
    return {gas: _given(time, *found.T, gas=gas, plan=plan) for gas, found in lags.items()}


def reliable_by_prewhitening(lags: Array, gas: str, plan: Plan) -> Mask:
    """Whether lags found by pre-whitening (time, 3) [samples] are to be relied on."""
    rate, search = plan.rate, plan.searches[gas]
    lag, low, high = lags.T / rate
    widest = plan.decide.time_lag.max_interval
    return reliable_lags(lag, low, high, first=search.first / rate, last=search.last / rate, widest=widest)


def _given(time: Times, lag: Array, low: Array, high: Array, *, gas: str, plan: Plan) -> SeasonalLag:
    options = plan.decide.time_lag
    nominal = plan.windows[gas].nominal
    reliable = reliable_by_prewhitening(np.stack([lag, low, high], axis=1), gas, plan)
    instead = np.full(lag.size, np.nan)
    if options.otherwise == "neighbours":
        reach, fewest = 3600.0 * options.neighbour_hours, options.min_neighbours
        instead = lend(time, lag, reliable, seconds=plan.seconds, reach=reach, fewest=fewest)
    lent = np.where(np.isnan(instead), nominal, instead)
    used = np.rint(np.where(reliable, lag, lent)).astype(np.int64)
    message = (
        f"{gas}: {int(reliable.sum())} of {int(np.isfinite(lag).sum())} lags by pre-whitening are reliable, "
        f"{int((~reliable & np.isfinite(instead)).sum())} periods take their neighbours', "
        f"{int((~reliable & np.isnan(instead)).sum())} the nominal lag"
    )
    source = np.select([reliable, np.isfinite(instead)], [PREWHITENED, NEIGHBOURS], NOMINAL)
    given = GivenLags(used, np.where(reliable, low, np.nan), np.where(reliable, high, np.nan), source)
    return SeasonalLag(time, given=given, message=message)


def drift_words(t: Turbulence, time: Times, plan: Plan) -> list[str]:
    """Warn of clocks that drift apart, instrument by instrument.

    Parameters
    ----------
    t : Turbulence
        As decided.
    time : (time,) datetime64 array
    plan : Plan

    Returns
    -------
    list of str
        A sentence for each instrument whose lags have a trend.
    """
    if plan.decide.lag in ("constant", "none"):
        return []
    found = []
    for instrument in dict.fromkeys(plan.gas[gas].analyser.id for gas in plan.gases):
        gases = [g for g in plan.gases if plan.gas[g].analyser.id == instrument]
        own = [g for g in gases if g not in plan.donors]
        dry = [g for g in own if g != "h2o"]  # walls hold vapour back, the longer the moister the air
        for gas in (dry or own)[:1]:
            drift = lag_drift(time, t.scalars[gas].choice.used / plan.rate, _clear(t, gas), rate=plan.rate)
            if drift.significant:
                found.append(
                    f"{instrument}: the lag of {gas} drifts by {drift.per_day:+.4f} s per day over "
                    f"{drift.days:.0f} days: check the clocks of sonic and analyser"
                )
    return found


def below_detection_words(t: Turbulence, plan: Plan) -> list[str]:
    """Say of each gas in how many periods no largest covariance was searched, and what stands in.

    Parameters
    ----------
    t : Turbulence
        As decided.
    plan : Plan

    Returns
    -------
    list of str
        A sentence for each gas of which that is so.
    """
    found = []
    for gas in plan.gases:
        choice, there = t.scalars[gas].choice, np.isfinite(t.scalars[gas].covariance[:, 2])
        unseen = choice.below_detection & there
        if not unseen.any():
            continue
        ways = {"the lag of another gas": OTHER_GAS, "their lag by pre-whitening": PREWHITENED}
        ways |= {"the nominal lag": NOMINAL}
        counts = {way: int(np.sum(unseen & (choice.source == place))) for way, place in ways.items()}
        said = ", ".join(f"{count} take {way}" for way, count in counts.items() if count)
        found.append(
            f"{gas}: in {int(unseen.sum())} of {int(there.sum())} periods no covariance in the lag window "
            f"stands out of the noise: {said}"
        )
    return found


#: Fewest clear lags, and the share of them on the edge of the window, from which on the window is at fault.
FEWEST_CLEAR, MOST_ON_EDGE = 5, 0.5


def edge_words(t: Turbulence, plan: Plan) -> list[str]:
    """Warn of gases most of whose clear lags lie on the edge of the window.

    Parameters
    ----------
    t : Turbulence
        As decided.
    plan : Plan

    Returns
    -------
    list of str
        A sentence for each gas of which that is so.
    """
    if plan.decide.lag not in ("covariance-maximum-default", "covariance-maximum", "humidity-classes"):
        return []
    found = []
    for gas in plan.gases:
        choice = t.scalars[gas].choice
        sides = choice.window.first, choice.window.last
        clear = _seen(t, gas, plan) & (sides[1] > sides[0])
        edges = [clear & (choice.found == side) for side in sides]
        share = float((edges[0] | edges[1]).sum() / max(1, clear.sum()))
        if gas in plan.donors or clear.sum() < FEWEST_CLEAR or share <= MOST_ON_EDGE:
            continue
        first, last = (float(np.median(side[clear])) / plan.rate for side in sides)
        mostly = last if edges[1].sum() >= edges[0].sum() else first
        instead = "there" if plan.decide.lag == "covariance-maximum" else "at the nominal lag instead"
        found.append(
            f"{gas}: in {100.0 * share:.0f} % of the {int(clear.sum())} periods in which it is seen the "
            f"covariance is largest on the edge of the lag window ({first:g} to {last:g} s, mostly at "
            f"{mostly:g} s), and fluxes are taken {instead}: widen columns.{gas}.lag, or give the separation "
            f"or tube of {plan.gas[gas].analyser.id}"
        )
    return found


def _seen(t: Turbulence, gas: str, plan: Plan) -> Mask:
    """Whether a gas's largest covariance stands out of the noise, wherever it lies."""
    scalar = t.scalars[gas]
    if plan.conventions.lag_below_detection == "expected":
        return np.asarray(~scalar.choice.below_detection & np.isfinite(scalar.covariance[:, 2]))
    return _strong(scalar)


def nominal_words(plan: Plan) -> list[str]:
    """Say of constant lags what they are taken for, where nobody said what they hold."""
    if plan.decide.lag != "constant" or plan.decide.high_frequency in (
        "none",
        "moncrieff-1997",
        "horst-1997",
    ):
        return []
    return [
        f"{gas}: the constant lag of {plan.windows[gas].nominal / plan.rate:g} s counts as transport alone, "
        "and what the sensor delays as a loss of flux: if it is that of most maxima, set "
        f"columns.{gas}.lag.nominal_is = 'total'"
        for gas in plan.gases
        if plan.gas[gas].lag_given and plan.gas[gas].nominal_is is None
    ]


def _clear(t: Turbulence, gas: str) -> Mask:
    """Whether a lag is the period's own and its covariance beyond three standard errors."""
    return np.asarray(_strong(t.scalars[gas]) & ~t.scalars[gas].choice.at_default)


def _strong(scalar: Scalar) -> Mask:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(scalar.covariance[:, 2]) > 3.0 * scalar.error)
