"""Choice of the fit that gives each closure's flux, and flags of doubt.

A rule chooses; flags only tell. No rule and no flag drops a flux because it is small.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.fits.fits import Fit, aicc_effective
from fluxkit.chamber.fits.goflux_rule import best_flux
from fluxkit.chamber.fits.models import MODELS, NEEDED
from fluxkit.kernels.closure import fits as lines

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Texts = npt.NDArray[np.str_]

#: Standard error and half of the 95 % interval of a closure of three points, in those of its line:
#: the root of 3 + 13, and the root of 3 with the root of 13 times Student's t of one degree of freedom.
_THREE_SE, _THREE_REACH = 4.0, 3.0**0.5 + 12.706 * 13.0**0.5

#: Meanings of the bits of ``Choice.flags``; all are advisory but ``no_fit``.
FLAGS = {
    "no_fit": 1,
    "few_points": 2,
    "below_detection": 4,
    "not_significant": 8,
    "noisy": 16,
    "steepening": 32,
    "curvature_at_limit": 64,
    "large_curvature": 128,
    "opposite_signs": 256,
    "autocorrelated": 512,
    "constant": 1024,
    "intercept_off": 2048,
    "wide_interval": 4096,
    "no_flux_by_rule": 8192,
}

#: Closures with fewer points are flagged.
FEW_POINTS = 10
#: Slope of the curve over that of the line beyond which curvature is called large.
LARGE_CURVATURE = 2.0
#: Residuals larger than so many times the analyser's precision are called noisy.
NOISY = 3.0
#: Correlation of neighbouring residuals beyond which they are called autocorrelated.
AUTOCORRELATED = 0.5


@dataclass(frozen=True)
class ChoiceLimits:
    """What rules and flags need in addition to the fits; arrays of shape (closure,) or single numbers."""

    precision: Array | float = np.nan  #: of the analyser, 1 sigma [mol mol-1]
    duration: Array | float = np.nan  #: of the window [s]
    detection: Array | float = np.nan  #: least slope that can be told from none [mol mol-1 s-1]
    flux_term: Array | float = np.nan  #: moles of dry air over the area [mol m-2]
    rounding: Array | float = 0.0  #: last digit in which precision is given, for ``goflux`` [mol mol-1]
    start: Array | float = np.nan  #: first concentration [mol mol-1]
    end: Array | float = np.nan  #: last concentration [mol mol-1]


@dataclass(frozen=True)
class FitChoice:
    """The fit taken for each closure; arrays of shape (closure,)."""

    rule: str
    model: Texts  #: name of the model, "none" where nothing could be fitted
    slope: Array  #: [mol mol-1 s-1]
    slope_se: Array
    slope_low: Array  #: 95 % interval
    slope_high: Array
    shape: Array  #: kappa and the like, NaN for lines
    c0: Array  #: [mol mol-1]
    t0: Array  #: [s]
    rmse: Array  #: [mol mol-1]
    g: Array  #: slope of ``hm`` over that of ``linear``, NaN without both
    flags: Integers  #: bits of ``FLAGS``


Picked = tuple[Texts, Integers]
Rule = Callable[[Mapping[str, Fit], ChoiceLimits], Picked]


def choose_fits(
    fits: Mapping[str, Fit], *, rule: str = "aicc", limits: ChoiceLimits | None = None
) -> FitChoice:
    """Choose one fit for each closure.

    Parameters
    ----------
    fits : mapping of str to Fit
        Of ``fits.fit_all``.
    rule : str
        ``aicc``: the exponential ``hm`` where it has the lower corrected criterion of Akaike, counted over
        independent residuals; else the line. Error and limits hold the doubt about the model.
        ``aicc-average``: both, weighted by that criterion (Burnham & Anderson 2002). ``goflux``,
        ``gasfluxes-kappa-max``, ``hmr``, ``licor``: the rules of those programs.
        The name of a model: always that one.
    limits : Limits, optional
        ``goflux`` needs precision, duration and flux_term; ``gasfluxes-kappa-max`` detection and duration.

    Returns
    -------
    Choice

    Raises
    ------
    ValueError
        The rule is not known, or a fit or limit that it needs is not there.
    """
    known = limits or ChoiceLimits()
    if rule not in RULES and rule not in MODELS:
        raise ValueError(f"unknown rule {rule!r}; known: {', '.join((*RULES, *MODELS))}")
    needed = NEEDED.get(rule, (rule,))
    if missing := [name for name in needed if name not in fits]:
        raise ValueError(f"rule {rule!r} needs the fits {', '.join(needed)}; missing: {', '.join(missing)}")
    model, flags = RULES[rule](fits, known) if rule in RULES else _always(fits, rule)
    taken = _take(fits, model)
    if rule == "aicc-average":
        taken |= _average(fits)
    elif rule == "aicc":
        taken |= _with_doubt(fits, taken)
    flags = flags | _flags(fits, model, taken, known)
    return FitChoice(rule=rule, model=model, g=curvature_ratio(fits, model.size), flags=flags, **taken)


def curvature_ratio(fits: Mapping[str, Fit], size: int) -> Array:
    """Slope of ``hm`` over that of ``linear``, shape (closure,). [1]"""
    if "hm" not in fits or "linear" not in fits:
        return np.full(size, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(fits["hm"].slope / fits["linear"].slope)


def akaike_weights(fits: Mapping[str, Fit], models: tuple[str, ...] = ("linear", "hm")) -> Array:
    """Weights of models by AICc of independent residuals, shape (model, closure). [1]

    References
    ----------
    .. [1] Burnham, K. P., Anderson, D. R., "Model selection and multimodel inference", 2nd ed., Springer,
       2002, sect. 2.9.
    """
    criteria = _criteria(fits, models)
    least = np.min(np.where(np.isnan(criteria), np.inf, criteria), axis=0)
    with np.errstate(invalid="ignore"):
        weights = np.exp(-0.5 * (criteria - least))
    # Where every criterion is infinite there are too few points to compare: the first model has all.
    weights = np.where(np.isnan(weights), 0.0, weights)
    weights[0, np.sum(weights, axis=0) == 0] = 1.0
    return np.asarray(weights / np.sum(weights, axis=0))


def _criteria(fits: Mapping[str, Fit], models: tuple[str, ...]) -> Array:
    # What a line leaves of curvature looks like autocorrelation, so the curve tells how many independent
    # points there are: as many as would give the error that it has.
    curve = fits[models[-1]]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (curve.slope_se_white / curve.slope_se) ** 2
    n_eff = curve.n * np.where(np.isfinite(share), share, 1.0)
    return np.array([aicc_effective(fits[name], n_eff) for name in models])


def _always(fits: Mapping[str, Fit], model: str) -> Picked:
    there = np.isfinite(fits[model].slope)
    return np.where(there, model, "none"), np.zeros(there.size, np.int64)


def _by_criterion(fits: Mapping[str, Fit], limits: ChoiceLimits) -> Picked:
    line, curve = _criteria(fits, ("linear", "hm"))
    return _curve_where(fits, curve < line)


def _by_ssn(fits: Mapping[str, Fit], limits: ChoiceLimits) -> Picked:
    return _curve_where(fits, fits["licor"].rss < fits["linear"].rss, curve="licor")


def _by_kappa_max(fits: Mapping[str, Fit], limits: ChoiceLimits) -> Picked:
    largest = fits["linear"].slope / (np.asarray(limits.detection) * np.asarray(limits.duration))
    if not np.isfinite(largest).any():
        raise ValueError("rule 'gasfluxes-kappa-max' needs limits.detection and limits.duration")
    curve, line = fits["hm"], fits["robust"]
    with np.errstate(invalid="ignore"):
        bent = (curve.shape > 0) & (curve.shape < largest)
    failed = ~np.isfinite(line.slope) | (line.status & lines.NOT_CONVERGED > 0)
    straight = np.where(failed, "linear", "robust")
    return _curve_where(fits, bent, straight=straight)


def _by_profile(fits: Mapping[str, Fit], limits: ChoiceLimits) -> Picked:
    """Line where the best kappa is 0 or below, no flux where it is as large as was searched."""
    curve = fits["hm"]
    none = curve.status & lines.AT_HIGH > 0
    model, flags = _curve_where(fits, curve.shape > 0)
    return model, np.where(none, flags | FLAGS["no_flux_by_rule"], flags)


def _by_goflux(fits: Mapping[str, Fit], limits: ChoiceLimits) -> Picked:
    needed = (limits.precision, limits.duration, limits.flux_term)
    if not all(np.isfinite(np.asarray(value)).any() for value in needed):
        raise ValueError("rule 'goflux' needs limits.precision, limits.duration and limits.flux_term")
    line, curve = fits["linear"], fits["hm"]
    term = np.asarray(limits.flux_term, np.float64)
    bent = best_flux(
        {"MAE": curve.mae, "RMSE": curve.rmse, "SE": curve.slope_se_white * term, "AICc": curve.aicc},
        {"MAE": line.mae, "RMSE": line.rmse, "SE": line.slope_se_white * term, "AICc": line.aicc},
        curve.slope,
        line.slope,
        curve.shape,
        n=line.n,
        precision=np.asarray(limits.precision, np.float64),
        duration=np.asarray(limits.duration, np.float64),
        rounding=np.asarray(limits.rounding, np.float64),
    )
    return _curve_where(fits, bent)


def _curve_where(
    fits: Mapping[str, Fit], bent: npt.NDArray[np.bool_], *, curve: str = "hm",
    straight: Texts | str = "linear",
) -> Picked:  # fmt: skip
    """Names of the curve where it is asked for and there, else of the line where that is there."""
    bent = bent & np.isfinite(fits[curve].slope)
    model = np.where(bent, curve, straight)
    there = np.isfinite(fits["linear"].slope) | bent
    return np.where(there, model, "none"), np.zeros(model.size, np.int64)


#: Rules by name.
RULES: dict[str, Rule] = {
    "aicc": _by_criterion,
    "aicc-average": _by_criterion,
    "goflux": _by_goflux,
    "gasfluxes-kappa-max": _by_kappa_max,
    "hmr": _by_profile,
    "licor": _by_ssn,
}


def _take(fits: Mapping[str, Fit], model: Texts) -> dict[str, Array]:
    names = ("slope", "slope_se", "slope_low", "slope_high", "shape", "c0", "t0", "rmse")
    out = {name: np.full(model.size, np.nan) for name in names}
    for chosen in np.unique(model):
        if chosen == "none":
            continue
        here = model == chosen
        for name in names:
            out[name][here] = getattr(fits[str(chosen)], name)[here]
    return out


def _average(fits: Mapping[str, Fit]) -> dict[str, Array]:
    """Slope and error of both models together (Burnham & Anderson 2002, sect. 4.3)."""
    weights = akaike_weights(fits)
    slopes = np.array([fits["linear"].slope, fits["hm"].slope])
    errors = np.array([fits["linear"].slope_se, fits["hm"].slope_se])
    # A model of weight 0 may be missing altogether.
    slope = np.sum(np.where(weights > 0, weights * slopes, 0.0), axis=0)
    spread = np.sqrt(errors**2 + (slopes - slope) ** 2)
    se = np.sum(np.where(weights > 0, weights * spread, 0.0), axis=0)
    slope = np.where(np.isnan(fits["linear"].slope), np.nan, slope)
    return {"slope": slope, "slope_se": se, "slope_low": slope - 1.96 * se, "slope_high": slope + 1.96 * se}


def _with_doubt(fits: Mapping[str, Fit], taken: Mapping[str, Array]) -> dict[str, Array]:
    """Error and limits of the slope taken, with the doubt about the model in them.

    A line taken because curvature could not be seen may hide as much of it as the curve's limits allow. Three
    points bound neither curvature nor noise: what they are from the line may be all of either. The begin of
    the parabola through them is sqrt(3) standard errors of the line away, and has 3.6 times its error (for
    even distances).
    """
    curve, line = fits["hm"], fits["linear"]
    weights = akaike_weights(fits)
    squares = np.array([fit.slope_se**2 + (fit.slope - taken["slope"]) ** 2 for fit in (line, curve)])
    se = np.sqrt(np.sum(np.where(weights > 0, weights * squares, 0.0), axis=0))
    low, high = np.fmin(taken["slope_low"], curve.slope_low), np.fmax(taken["slope_high"], curve.slope_high)
    three = line.n == 3
    reach = _THREE_REACH * line.slope_se
    return {
        "slope_se": np.where(
            np.isnan(taken["slope_se"]), np.nan, np.where(three, _THREE_SE * line.slope_se, se)
        ),
        "slope_low": np.where(three, line.slope - reach, low),
        "slope_high": np.where(three, line.slope + reach, high),
    }


def _flags(
    fits: Mapping[str, Fit], model: Texts, taken: Mapping[str, Array], limits: ChoiceLimits
) -> Integers:
    size = model.size
    some = fits["linear"] if "linear" in fits else next(iter(fits.values()))
    slope, se = taken["slope"], taken["slope_se"]
    ratio = curvature_ratio(fits, size)
    status, rho, n_eff = (_of(fits, model, name) for name in ("status", "rho", "n_eff"))
    bits = np.where(np.isnan(status), 0, status).astype(np.int64)
    bent = np.isin(model, [name for name, known in MODELS.items() if known.shape == "rate"])
    rise = np.abs(np.asarray(limits.end) - np.asarray(limits.start))
    with np.errstate(invalid="ignore"):
        found = {
            "no_fit": model == "none",
            "few_points": ~(some.n >= FEW_POINTS),
            "below_detection": np.abs(slope) < limits.detection,
            # About the t of 5 % from some tens of independent points on.
            "not_significant": np.abs(slope) < (2 + 2.5 / np.maximum(n_eff - 2, 0.25)) * se,
            "noisy": taken["rmse"] > NOISY * np.asarray(limits.precision),
            "steepening": bent & (taken["shape"] < 0),
            "curvature_at_limit": bent & (bits & (lines.AT_LOW | lines.AT_HIGH) > 0),
            "large_curvature": bent & ((ratio > LARGE_CURVATURE) | (ratio < 1 / LARGE_CURVATURE)),
            "opposite_signs": bent & (ratio < 0),
            "autocorrelated": rho > AUTOCORRELATED,
            "constant": some.status & lines.CONSTANT > 0,
            "intercept_off": np.abs(taken["c0"] - limits.start)
            > 0.1 * rise + 2 * np.asarray(limits.precision),
            "wide_interval": bent & (bits & (lines.OPEN_LOW | lines.OPEN_HIGH) > 0),
        }
    out = np.zeros(size, np.int64)
    for name, where in found.items():
        out |= np.where(where, FLAGS[name], 0)
    return out


def _of(fits: Mapping[str, Fit], model: Texts, name: str) -> Array:
    out = np.full(model.size, np.nan)
    for chosen in np.unique(model):
        if chosen != "none":
            out[model == chosen] = getattr(fits[str(chosen)], name)[model == chosen]
    return out
