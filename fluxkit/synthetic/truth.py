"""What comes back of what is planted: one experiment for each step of processing, and one with all defects.

``rows()`` runs them through ``condense`` and ``decide``; nothing is compared with another program. The air's
cospectra are those of the spectral corrections, and its quadrature spectrum is zero on the mean: rows
say how exact the corrections are, not how well a model fits a site.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit.synthetic import defects, slow_gases
from fluxkit.synthetic.mast import Mast, Tube
from fluxkit.synthetic.trial import NIGHT, Data, Sections, Trial, run_trial, starts
from fluxkit.synthetic.truth_rows import NO_LOW, Row, compare, row_of, sections, standard_error
from fluxkit.synthetic.turbulence import CospectralShape
from fluxkit.tower.lags.lag_drift import lag_drift

Array = npt.NDArray[np.float64]


def rows(only: Iterable[str] | None = None) -> list[Row]:
    """Run the experiments.

    Parameters
    ----------
    only : iterable of str, optional
        Keys of `STEPS`; all of them if absent, which takes some minutes.

    Returns
    -------
    list of Row
    """
    return [row for name in (STEPS if only is None else only) for row in STEPS[name](name)]


# ---- wind ----


def _tilt(step: str) -> list[Row]:
    trial = Trial(Mast(yaw=37.0, pitch=2.5))
    defect = "sonic leans 2.5 deg into the wind"
    return compare(step, defect, trial, ("H", "USTAR"), sections(), sections(rotation="none"))


def _planar_fit(step: str) -> list[Row]:
    """Lean across the wind shows only in winds from all sides."""
    lean, towards = 3.0, 80.0

    def vary(mast: Mast, k: int, rng: np.random.Generator) -> Mast:
        yaw = 15.0 * k - 180.0
        slope = np.tan(np.radians(lean))
        along, across = np.cos(np.radians(yaw - towards)), np.sin(np.radians(yaw - towards))
        # The plane's slope along the wind is its pitch; what is across is its roll, about the wind.
        pitch = np.degrees(np.arctan(slope * along))
        roll = np.degrees(np.arctan(-slope * across * np.cos(np.radians(pitch))))
        return replace(mast, yaw=yaw, pitch=float(pitch), roll=float(roll))

    trial = Trial(Mast(), minutes=5.0, realisations=24, vary=vary)
    planar = sections(rotation="wilczak-2001", planar_fit={"min_periods": 20})
    return compare(step, "sonic leans 3 deg, winds from all sides", trial, ("H", "USTAR"), planar, sections())


# ---- samples ----


def _spikes(step: str) -> list[Row]:
    def disturb(data: Data, k: int) -> Data:
        places = list(range(450, data["w"].size, 450))
        # Every second spike points down in both: wind and gas spike together, which makes a flux.
        return data | {x: defects.add_spikes(data[x], places, 15.0 * data[x].std()) for x in ("w", "co2")}

    trial = Trial(Mast(quantity="mixing_ratio", analyser="li-7200", tube=_TUBE), realisations=6, also=disturb)
    defect = "39 spikes of 15 standard deviations, in w and CO2 at once"
    # Such a w is beyond the limits as well, which are not what is looked at here.
    despiked = sections({"despiking": "vickers-mahrt-1997", "absolute_limits": False})
    return compare(step, defect, trial, ("FC",), despiked, sections({"absolute_limits": False}))


def _gaps(step: str) -> list[Row]:
    mast = Mast(gaps=60, quantity="mixing_ratio", analyser="li-7200", tube=_TUBE)
    trial = Trial(mast, realisations=24)
    return compare(step, "60 gaps of 1 s in every signal, each its own", trial, ("FC", "H"), sections(), None)


def _noise(step: str) -> list[Row]:
    def disturb(data: Data, k: int) -> Data:
        return data | {"co2": defects.add_noise(data["co2"], 1.0, 1000 + k)}

    mast = Mast(lag=0.4, quantity="mixing_ratio", analyser="li-7200", tube=_TUBE)
    trial = Trial(mast, realisations=24, also=disturb)
    return compare(step, "white noise as large as the signal of CO2", trial, ("FC",), sections(), None)


def _unseen(step: str) -> list[Row]:
    """A flux smaller than its noise, at a lag that only vapour of the same analyser shows."""

    def later(mast: Mast, k: int, rng: np.random.Generator) -> Mast:
        return replace(mast, lag=mast.lag + 0.3)

    mast = Mast(lag=0.4, quantity="mixing_ratio", noise=1.0)
    trial = Trial(mast, state={"cov_co2": -2.5e-10}, realisations=240, vary=later)
    truth, (fluxes, bare) = run_trial(trial, sections(), sections(lag="covariance-maximum"))
    defect = "CO2 of 0.7 times what noise makes, 0.3 s late; without: where the covariance is largest"
    return [row_of(step, defect, "FC", truth["FC"], fluxes["FC"].values, bare["FC"].values)]


def _uncertainty(step: str) -> list[Row]:
    """Scatter of the flux that noise makes, against the error that is said of it."""

    def disturb(data: Data, k: int) -> Data:
        return data | {"co2": defects.add_noise(data["co2"], 0.1, 1000 + k)}

    mast = Mast(quantity="mixing_ratio", analyser="li-7200", tube=_TUBE)
    trial = Trial(mast, minutes=10.0, realisations=60, also=disturb)
    truth, (fluxes,) = run_trial(trial, sections(lag="constant", random_error="lenschow-2000"))
    said = fluxes["FC_RANDUNC_HF"].values
    scatter = (fluxes["FC"].values - truth["FC"]).std(ddof=1)
    row = row_of(step, "white noise, ten times the variance of CO2", "FC_RANDUNC_HF", scatter, said)
    # A standard deviation of n values is itself known to 1 / sqrt(2 (n - 1)).
    return [replace(row, scatter=float(1.0 / np.sqrt(2.0 * (said.size - 1))))]


def _resolution(step: str) -> list[Row]:
    trial = Trial(Mast(rounded=True), realisations=6)
    return compare(step, "signals rounded as a logger writes them", trial, ("FC", "H"), sections(), None)


# ---- time ----


def _lag(step: str) -> list[Row]:
    mast = Mast(lag=0.7, quantity="mixing_ratio", analyser="li-7200", tube=_TUBE)
    truth, (fluxes, bare) = run_trial(Trial(mast), sections(), sections(lag="none"))
    defect = "gas 0.7 s late"
    lag = fluxes["CO2_TLAG_ACTUAL"].values
    return [
        row_of(step, defect, "CO2_TLAG_ACTUAL", np.full(lag.shape, mast.lag), lag),
        row_of(step, defect, "FC", truth["FC"], fluxes["FC"].values, bare["FC"].values),
    ]


def _clock(step: str) -> list[Row]:
    """Analyser's clock loses 86.4 ms a day; five short stretches a day for twenty days."""
    per_day, days, each = 0.0864, 20, 5

    def vary(mast: Mast, k: int, rng: np.random.Generator) -> Mast:
        late = per_day * (k // each - (days - 1) / 2.0) + rng.uniform(-0.03, 0.03)
        return replace(mast, lag=mast.lag + late, drift=per_day / 144.0)

    mast = Mast(smooth=True, lag=0.2, quantity="mixing_ratio", analyser="li-7200", tube=_TUBE)
    trial = Trial(mast, minutes=10.0, realisations=days * each, oversampling=8, vary=vary)
    restored = sections(high_frequency="peltola-2021")  # also what whole samples of lag take
    constant = sections(high_frequency="peltola-2021", lag="constant")
    truth, (fluxes, bare) = run_trial(trial, restored, constant)
    day = np.arange(trial.realisations) // each
    time = np.array(starts(trial)) + day * np.timedelta64(1, "D")
    lag = fluxes["CO2_TLAG_ACTUAL"].values
    found = lag_drift(time, lag, np.isfinite(lag), rate=mast.rate).per_day
    defect = "analyser's clock loses 86.4 ms a day, for twenty days"
    drift = row_of(step, defect, "drift", np.array([per_day]), np.array([found]))
    flux = row_of(step, defect, "FC", truth["FC"], fluxes["FC"].values, bare["FC"].values)
    return [replace(drift, realisations=lag.size), flux]


# ---- attenuation ----

_TUBE = Tube(length=1.0, diameter=0.0053, flow=15.0)
_NARROW = Tube(length=8.0, diameter=0.004, flow=5.0)


def _anywhere(mast: Mast, k: int, rng: np.random.Generator) -> Mast:
    """Wind from anywhere before the mast; the delay falls anywhere between two samples."""
    between = rng.uniform(-0.5, 0.5) / mast.rate
    return replace(mast, yaw=rng.uniform(-60.0, 60.0), pitch=rng.uniform(-3.0, 3.0), lag=mast.lag + between)


def _attenuation(
    step: str, defect: str, mast: Mast, quantities: Iterable[str], method: str = "peltola-2021"
) -> list[Row]:
    trial = Trial(mast, realisations=24, oversampling=8, vary=_anywhere)
    with_ = sections(high_frequency=method)
    return compare(step, defect, trial, quantities, with_, sections())


def _sonic_path(step: str) -> list[Row]:
    defect = "path of 11.5 cm, response of 1/60 s"
    return _attenuation(step, defect, Mast(smooth=True), ("H", "USTAR"))


def _first_order(step: str) -> list[Row]:
    defect = "analyser's response of 0.1 s, path of 12.7 cm, and the sonic's"
    return _attenuation(step, defect, Mast(smooth=True, lag=0.2), ("LE", "FC"))


def _by_other_theory(step: str) -> list[Row]:
    """Methods that know nothing of phases, of the lag of the largest covariance in whole samples."""
    method = step.split(", ")[1]
    defect = "analyser's response of 0.1 s, path of 12.7 cm, and the sonic's"
    return _attenuation(step, defect, Mast(smooth=True, lag=0.2), ("LE", "FC"), method)


def _in_situ(step: str) -> list[Row]:
    """Two sensors in series and noise, of which only spectra tell."""
    trial = slow_gases.second_order((0.1, 0.6), snr=10.0)
    defect = "sensors of 0.1 and 0.6 s in series, noise of a tenth of the variance"
    with_ = sections(high_frequency=step.split(", ")[1])
    return compare(step, defect, trial, ("FC",), with_, sections(high_frequency="peltola-2021"))


def _sorption(step: str) -> list[Row]:
    """Defaults, and what they are without the site's own spectra; class by class of humidity."""
    trial = slow_gases.sorption(second=0.3, snr=10.0)
    without = sections(high_frequency="peltola-2021", sorption="none")
    truth, (fluxes, bare) = run_trial(trial, sections(high_frequency="peltola-2021"), without)
    turn = np.arange(trial.realisations) % len(slow_gases.HUMIDITIES)
    rows_ = []
    for k, (rh, tau) in enumerate(zip(slow_gases.HUMIDITIES, slow_gases.STICKING, strict=True)):
        here = turn == k
        times = f"{tau:g} and {0.3 * tau:.2g} s"
        defect = f"vapour sticks to the tube: {times} at RH {100 * rh:.0f} %, with noise"
        for name in ("LE", "H"):
            found, plain = (x[name].values[here] for x in (fluxes, bare))
            rows_.append(_mean_row(step, defect, name, truth[name][here], found, plain))
    return rows_


def _mean_row(step: str, defect: str, quantity: str, planted: Array, found: Array, bare: Array) -> Row:
    """Return the means of realisations that differ in what is planted."""
    row = row_of(step, defect, quantity, planted, found, bare)
    return replace(row, scatter=standard_error((found - planted) / planted.mean()))


def _apart(step: str) -> list[Row]:
    defect = "the same, analyser 0.3 m north of the sonic"
    return _attenuation(step, defect, Mast(smooth=True, lag=0.2, northward=0.3), ("LE", "FC"))


def _turbulent_tube(step: str) -> list[Row]:
    mast = Mast(smooth=True, lag=0.4, quantity="mixing_ratio", analyser="li-7200", tube=_TUBE)
    defect = "tube of 1 m and 5.3 mm with 15 l/min (turbulent), cell, response of 0.1 s"
    return _attenuation(step, defect, mast, ("LE", "FC"))


def _laminar_tube(step: str) -> list[Row]:
    mast = Mast(smooth=True, lag=1.2, quantity="mixing_ratio", analyser="li-7000", tube=_NARROW)
    defect = "tube of 8 m and 4 mm with 5 l/min (laminar), cell, response of 0.1 s"
    return _attenuation(step, defect, mast, ("LE", "FC"))


#: Row -> what is planted at low frequencies, in words, and its shape.
_LOW: dict[str, tuple[str, CospectralShape | None]] = {
    "averaging period": ("as the model says", None),
    "averaging period, spectral gap": ("with little slower than an hour", slow_gases.gap),
    "averaging period, slow eddies": (
        "1.8 times the model's at half an hour",
        slow_gases.slower,
    ),
}


def _averaging(step: str) -> list[Row]:
    """Long stretches of air, cut into half hours; the mast is tall, so that eddies are slow."""
    words, shape = _LOW[step]
    mast = Mast(rate=1.0, height=30.2, quantity="mixing_ratio", analyser="li-7200", tube=_TUBE)
    trial = Trial(
        mast, state={"ustar": 0.3, "cov_t": 0.02, "cov_h2o": 2e-5}, minutes=16.0 * 60.0, shape=shape
    )
    airs = [trial.air(k) for k in range(12)]
    measured = [trial.measured(k, air) for k, air in enumerate(airs)]
    n = round(1800.0 * mast.rate)

    def cut(_: Data, k: int) -> Data:
        stretch, part = divmod(k, 32)
        return {name: x[part * n : (part + 1) * n] for name, x in measured[stretch].items()}

    halves = Trial(mast, realisations=32 * len(airs), also=cut)
    restored, plain = sections(low_frequency="moncrieff-2004", lag="constant"), sections(lag="constant")
    _, (fluxes, bare) = run_trial(halves, restored, plain)
    planted = np.array([air.truth()["FC"] for air in airs])
    found = fluxes["FC"].values.reshape(len(airs), -1).mean(axis=1)
    defect = f"half hours cut from 16 h, 30 m above the ground, {words}"
    row = row_of(step, defect, "FC", planted, found, bare["FC"].values)
    return [replace(row, realisations=halves.realisations)]


# ---- what instruments take for something else ----


def _density(step: str) -> list[Row]:
    trial = Trial(Mast(), realisations=6)
    return compare(
        step, "open path: heat and vapour change densities", trial, ("FC", "LE"), sections(),
        sections(density="none"),
    )  # fmt: skip


def _cell(step: str) -> list[Row]:
    mast = Mast(quantity="cell", analyser="li-7200", tube=_TUBE)
    trial = Trial(mast, realisations=6)
    defect = "cell: temperature and pressure change densities"
    bare = sections({"mixing_ratio": "none"}, density="none")
    return compare(step, defect, trial, ("FC", "LE"), sections(), bare)


def _humidity(step: str) -> list[Row]:
    trial = Trial(Mast(quantity="mixing_ratio", analyser="li-7200", tube=_TUBE))
    defect = "vapour makes the sonic's temperature too high"
    return compare(step, defect, trial, ("H",), sections(), sections(humidity="none"))


def _cross_wind(step: str) -> list[Row]:
    trial = Trial(Mast(cross_wind=True, yaw=37.0, pitch=2.5))
    defect = "wind across the paths makes the sonic's temperature too low"
    return compare(step, defect, trial, ("H",), sections(), sections({"cross_wind": "none"}))


def _shadow(step: str) -> list[Row]:
    trial = Trial(Mast(shadow=True, yaw=37.0, pitch=2.5))
    defect = "transducers shade their paths, 16 % of wind along a path"
    shaded = sections({"transducer_shadow": "horst-2015"})
    return compare(step, defect, trial, ("H", "W_SIGMA"), shaded, sections())


def _attack(step: str) -> list[Row]:
    trial = Trial(Mast(sonic="windmaster", attack="nakai-shimoyama-2012", yaw=37.0, pitch=2.5))
    defect = "WindMaster's head errs with the angle of attack, and its old firmware"
    corrected = sections({"angle_of_attack": "automatic"})
    return compare(step, defect, trial, ("H", "W_SIGMA"), corrected, sections({"w_boost": False}))


def _boost(step: str) -> list[Row]:
    trial = Trial(Mast(sonic="windmaster", weak_w=True, yaw=37.0))
    defect = "WindMaster's old firmware shows w too small"
    return compare(step, defect, trial, ("H", "W_SIGMA"), sections(), sections({"w_boost": False}))


# ---- all at once ----

_EVERYTHING = Mast(smooth=True, northward=0.15, spikes=20, noise=1.0, rounded=True, gaps=10, cross_wind=True)

OPEN = replace(_EVERYTHING, lag=0.2, shadow=True)
CLOSED = replace(
    _EVERYTHING,
    lag=0.4,
    quantity="cell",
    analyser="li-7200",
    tube=_TUBE,
    sonic="windmaster",
    attack="nakai-shimoyama-2012",
)


def end_to_end(
    mast: Mast, step: str, defect: str, *, night: bool = False, realisations: int = 48
) -> list[Row]:
    """Put a mast with every defect to the test, with the defaults and what its head asks for.

    Parameters
    ----------
    mast : Mast
        `OPEN`, `CLOSED` or one's own.
    step, defect : str
        Words of the rows.
    night : bool, default False
        Stable air with small fluxes instead of a summer noon.
    realisations : int, default 48

    Returns
    -------
    list of Row
        FC, LE, H and USTAR.
    """
    condition = {"transducer_shadow": "horst-2015"} if mast.shadow else {"angle_of_attack": "automatic"}
    trial = Trial(
        mast, state=NIGHT if night else {}, realisations=realisations, oversampling=16, quadrature="random",
        vary=_anywhere,
    )  # fmt: skip
    defaults: Sections = {"condition": condition, "decide": NO_LOW}
    bare = sections(
        {"mixing_ratio": "none", "cross_wind": "none", "w_boost": False},
        lag="none",
        density="none",
        humidity="none",
        rotation="none",
    )
    return compare(step, defect, trial, ("FC", "LE", "H", "USTAR"), defaults, bare)


def _open(step: str) -> list[Row]:
    return end_to_end(OPEN, step, "open path, summer noon")


def _open_at_night(step: str) -> list[Row]:
    return end_to_end(OPEN, step, "open path, calm night", night=True)


def _closed(step: str) -> list[Row]:
    return end_to_end(CLOSED, step, "closed path, summer noon")


STEPS: dict[str, Callable[[str], list[Row]]] = {
    "tilt, double rotation": _tilt,
    "tilt, planar fit": _planar_fit,
    "spikes": _spikes,
    "gaps": _gaps,
    "resolution": _resolution,
    "noise": _noise,
    "flux below detection": _unseen,
    "random error": _uncertainty,
    "time lag": _lag,
    "clock drift": _clock,
    "sonic's path and response": _sonic_path,
    "first-order response": _first_order,
    "first-order response, moncrieff-1997": _by_other_theory,
    "first-order response, massman-2000": _by_other_theory,
    "second-order response, fratini-2012": _in_situ,
    "second-order response, ibrom-2007": _in_situ,
    "second-order response, horst-1997": _in_situ,
    "sorption": _sorption,
    "separation": _apart,
    "turbulent tube": _turbulent_tube,
    "laminar tube": _laminar_tube,
    **dict.fromkeys(_LOW, _averaging),
    "density, open path": _density,
    "density, cell": _cell,
    "humidity in sonic temperature": _humidity,
    "cross-wind in sonic temperature": _cross_wind,
    "transducer shadow": _shadow,
    "angle of attack": _attack,
    "vertical wind of old firmware": _boost,
    "everything, open path": _open,
    "everything, open path at night": _open_at_night,
    "everything, closed path": _closed,
}
