"""Fluxes of one gas from the readings in the windows of many closures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.chamber import flags
from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.closures.gas_readings import GasReadings, has_long_gap
from fluxkit.chamber.closures.points import FLAGS as POINT_FLAGS
from fluxkit.chamber.closures.points import usable_points
from fluxkit.chamber.fits import choice as choosing
from fluxkit.chamber.fits.bubbles import Bubbles, find_bubbles, without_bubbles
from fluxkit.chamber.fits.choice import ChoiceLimits, FitChoice
from fluxkit.chamber.fits.detection import detection_christiansen, detection_nickerson, detection_of_line
from fluxkit.chamber.fits.fits import Fit, fit_all, starting_concentration
from fluxkit.chamber.fits.models import MODELS
from fluxkit.chamber.fits.uncertainty import FluxError, RelativeErrors, flux_error

Array = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]

#: Steps by which windows are moved to see what a flux owes to them. [s]
NUDGE = 10.0
#: A flux that changes by more than this share, and more than its error, when its window moves is told.
SENSITIVE = 0.1


@dataclass(frozen=True)
class GasFluxes:
    """One gas; arrays of shape (closure,)."""

    gas: str
    begin: Array  #: of the window, since closing [s]
    end: Array  #: of the window, since closing [s]
    fits: Mapping[str, Fit]
    choice: FitChoice
    error: FluxError
    term: Array  #: moles of dry air over the area [mol m-2]
    h2o: Array  #: that the flux term holds [mol mol-1]
    detection: Array  #: least flux that can be told from none [mol m-2 s-1]
    bubbles: Array  #: how many came, NaN where none were looked for
    ebullition: Array  #: what they brought over the window [mol m-2 s-1]
    sensitivity: Array  #: largest change of the flux when the window moves by 10 s [mol m-2 s-1]
    flags: flags.Flags


@dataclass(frozen=True)
class FluxMethod:
    """How slopes are found and chosen."""

    models: Sequence[str]
    rule: str
    detection: str
    extrapolate: bool = False  #: slope at closing instead of the window's begin
    relative: RelativeErrors | None = None
    bubbles: Sequence[str] = ()  #: gases whose bubbles are taken off first


def fluxes_of(
    courses: GasReadings,
    begin: Array,
    end: Array,
    term: Array,
    h2o: Array,
    method: FluxMethod,
    *,
    models: Texts,
) -> GasFluxes:
    """Fit, choose and turn slopes into fluxes.

    Parameters
    ----------
    courses : Courses
        Readings of the gas.
    begin, end : ndarray, shape (closure,)
        Windows, since closing. [s]
    term : ndarray, shape (closure,)
        Moles of dry air over the area. [mol m-2]
    h2o : ndarray, shape (closure,)
        Mole fraction of water vapour that the term holds. [mol mol-1]
    method : Method
        Fits and choice.
    models : ndarray of str, shape (closure,)
        Models that a reviewer wants, "" where the rule shall choose.
    """
    whole = courses.cut(begin, end, shift=not method.extrapolate)
    batch, burst = _diffusing(whole, courses.gas, method)
    fits = _fitted(courses, batch, method.models)
    detection = _detection(batch, courses.precision, method.detection)
    limits = ChoiceLimits(
        precision=courses.precision,
        duration=_duration(batch),
        detection=detection,
        flux_term=term,
        start=_ends(batch, 0),
        end=_ends(batch, -1),
    )
    choice = with_models(choosing.choose_fits(fits, rule=method.rule, limits=limits), fits, models)
    error = flux_error(
        choice.slope,
        choice.slope_se,
        term,
        low=choice.slope_low,
        high=choice.slope_high,
        relative=method.relative,
    )
    moved = _sensitivity(courses, begin, end, choice.model, method) * np.abs(term)
    bits = flags.translated(choice.flags, choosing.FLAGS) | _data_flags(courses, batch, begin, end)
    with np.errstate(invalid="ignore"):
        sensitive = (moved > SENSITIVE * np.abs(error.flux)) & (moved > 2.0 * error.se)
    count = np.full(term.shape, np.nan) if burst is None else burst.count.astype(np.float64)
    bits |= flags.raise_all({"window_sensitive": sensitive, "bubbles": np.nan_to_num(count) > 0})
    return GasFluxes(
        gas=courses.gas,
        begin=begin,
        end=end,
        fits=fits,
        choice=choice,
        error=error,
        term=term,
        h2o=h2o,
        detection=detection * np.abs(term),
        bubbles=count,
        ebullition=count if burst is None else burst.ebullition * term,
        sensitivity=moved,
        flags=bits,
    )


def _diffusing(batch: Batch, gas: str, method: FluxMethod) -> tuple[Batch, Bubbles | None]:
    """Return what diffuses, and the bubbles that were taken off, if this gas has any to look for."""
    if gas not in method.bubbles:
        return batch, None
    # A closure's rise bends: bubbles are steps on a curve.
    found = find_bubbles(batch, curved=True)
    return without_bubbles(batch, found), found


def with_models(choice: FitChoice, fits: Mapping[str, Fit], models: Texts) -> FitChoice:
    """Return a choice with the models that a reviewer wants in place of the rule's.

    Parameters
    ----------
    choice : Choice
        By the rule.
    fits : mapping of str to Fit
        All that were fitted; a model that was not is passed over.
    models : ndarray of str, shape (closure,)
        "" leaves the choice to the rule.
    """
    names = ("slope", "slope_se", "slope_low", "slope_high", "shape", "c0", "t0", "rmse")
    arrays = {name: getattr(choice, name).copy() for name in names}
    model = choice.model.astype(np.dtype("U16"))
    for wanted in np.unique(models[models != ""]):
        if str(wanted) not in fits:
            continue
        here = models == wanted
        model[here] = wanted
        for name in names:
            arrays[name][here] = getattr(fits[str(wanted)], name)[here]
    return FitChoice(rule=choice.rule, model=model, g=choice.g, flags=choice.flags, **arrays)


def slopes_at_closing(courses: GasReadings, begin: Array, end: Array, model: str) -> Array:
    """Slope of one model, carried back to the moment of closing, shape (closure,). [mol mol-1 s-1]"""
    batch = courses.cut(begin, end, shift=False)
    return fit_all(batch, [model])[model].slope


def _fitted(courses: GasReadings, batch: Batch, models: Sequence[str]) -> dict[str, Fit]:
    if not any(MODELS[model].begins for model in models):
        return fit_all(batch, models)
    start, error = starting_concentration(courses.whole)
    return fit_all(batch, models, start=start, start_se=error)


def _detection(batch: Batch, precision: Array, method: str) -> Array:
    """Return the detection limit of the slope. [mol mol-1 s-1]"""
    if method == "line-noise":
        return detection_of_line(batch, precision)
    if method == "christiansen-2015":
        return detection_christiansen(precision, _duration(batch))
    return detection_nickerson(precision, _duration(batch), batch.counts.astype(np.float64))


def _duration(batch: Batch) -> Array:
    """Return the time that points cover, and one more second as goFlux counts it, shape (closure,). [s]"""
    return _ends(batch, -1, times=True) - _ends(batch, 0, times=True) + 1.0


def _ends(batch: Batch, place: int, *, times: bool = False) -> Array:
    """Return the first (0) or last (-1) time or mole fraction of each closure, NaN where there is none."""
    found = np.full(len(batch), np.nan)
    filled = np.flatnonzero(batch.counts)
    rows = batch.offsets[filled] if place == 0 else batch.offsets[filled + 1] - 1
    found[filled] = (batch.t if times else batch.c)[rows]
    return found


def _sensitivity(courses: GasReadings, begin: Array, end: Array, model: Texts, method: FluxMethod) -> Array:
    """Return the largest change of the chosen slope when begin or end move by 10 s. [mol mol-1 s-1]"""
    names = [str(name) for name in np.unique(model) if name != "none"]
    slopes = []
    for first, last in ((0.0, 0.0), (NUDGE, 0.0), (-NUDGE, 0.0), (0.0, -NUDGE)):
        # A slope at the window's begin changes with it where the curve bends: compared at the same instant.
        batch = courses.cut(np.maximum(begin + first, 0.0), end + last, shift=False)
        origin = np.zeros(len(batch)) if method.extrapolate else begin
        moved = Batch(batch.t - np.repeat(origin, batch.counts), batch.c, batch.offsets)
        moved, _ = _diffusing(moved, courses.gas, method)
        slopes.append(
            _picked(_fitted(courses, moved, names), model) if names else np.full(len(batch), np.nan)
        )
    with np.errstate(invalid="ignore"):
        changes = np.abs(np.array(slopes[1:]) - slopes[0])
    known = np.isfinite(changes).any(axis=0)
    found = np.full(model.size, np.nan)
    found[known] = np.nanmax(changes[:, known], axis=0)
    return found


def _picked(fits: Mapping[str, Fit], model: Texts) -> Array:
    found = np.full(model.size, np.nan)
    for name, fit in fits.items():
        found[model == name] = fit.slope[model == name]
    return found


def _data_flags(courses: GasReadings, batch: Batch, begin: Array, end: Array) -> flags.Flags:
    points = usable_points(batch)
    named = {
        "no_data": batch.counts == 0,
        "wet": courses.wet,
        "gap": has_long_gap(batch),
        "lost_values": courses.lost(begin, end),
        "repeated_times": (points.flags & (POINT_FLAGS["repeated_times"] | POINT_FLAGS["unsorted_times"]))
        > 0,
        "quantised": (points.flags & POINT_FLAGS["quantised"]) > 0,
    }
    return flags.raise_all(named)
