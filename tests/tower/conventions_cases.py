"""Small cases in which single conventions make a difference: sites and samples of a few periods."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from tests.tower import mast

PERIOD = 5.0  #: [min]
N = round(PERIOD * 60.0 * mast.RATE)
Samples = dict[str, np.ndarray]

AT_GAP = slice(1000, 1020)
SPIKE = 1020  #: right behind the gap


def untouched(data: Samples, k: int) -> None:
    """Leave the samples as they are."""


@dataclass(frozen=True)
class Case:
    """A site and what happens to the samples of perfect sensors."""

    change: Callable[[Samples, int], None] = untouched  #: of the samples of period k, in place
    path: str = "open"
    sections: Mapping[str, Any] = field(default_factory=dict)
    periods: int = 2
    air: Mapping[str, float] = field(default_factory=dict)  #: of the weather
    slow: Mapping[str, float] = field(default_factory=dict)  #: slow measurements [SI, RH as a share]

    def site(self):
        """Return the site."""
        sections = dict(self.sections)
        condense = {"period": PERIOD, "far_lags": []} | sections.pop("condense", {})
        return mast.make_site(path=self.path, condense=condense, **sections)

    def biomet(self):
        """Return slow measurements as ``open_biomet`` gives them, if any."""
        if not self.slow:
            return None
        step = np.timedelta64(round(PERIOD * 60e9), "ns")
        time = mast.START + step // 2 + np.arange(self.periods) * step
        values = {name: ("time", np.full(self.periods, x)) for name, x in self.slow.items()}
        return xr.Dataset(values, {"time": time}, {"interval_s": 60.0 * PERIOD})

    def raw(self):
        """Return the samples as ``open_raw`` gives them."""
        columns = self.site().columns
        periods = []
        for k in range(self.periods):
            weather = {"wind_speed": 3.5 + 0.2 * k, "t_air": 296.0 + 0.1 * k} | dict(self.air)
            data = mast.seen(mast.air(seed=k, n=N, **weather), path=self.path)
            self.change(data, k)
            periods.append({name: data[name] for name in columns})
        return mast.dataset(*periods)


def instruments(sonic: Mapping[str, Any] | None = None, gas: Mapping[str, Any] | None = None, closed=False):
    """Return the mast's instruments with some changes."""
    analyser = mast.CLOSED if closed else mast.OPEN
    return {"instruments": [mast.SONIC | dict(sonic or {}), analyser | dict(gas or {})]}


def with_gap_and_spike(data: Samples, k: int) -> None:
    for name in ("co2", "w"):
        data[name][SPIKE] += 30.0 * data[name].std()
        data[name][AT_GAP] = np.nan


def with_steps(data: Samples, k: int) -> None:
    """Jumps upward and downward, stays, and a gap: what the tests of samples look at."""
    data["co2"][1500:] += 20.0 * data["co2"].std()
    data["u"][600:1200] = np.round(data["u"][600:1200])
    data["h2o"][200:300] = np.nan


def mostly_equal(data: Samples, k: int) -> None:
    data["co2"] = np.where(np.arange(N) % 8 < 5, 0.0165, data["co2"])


def ends_early(data: Samples, k: int) -> None:
    if k == 1:
        for x in data.values():
            x[-200:] = np.nan


def polar(data: Samples, k: int) -> None:
    direction = np.degrees(np.arctan2(-data["v"], -data["u"])) % 360.0
    data["v"] = np.hypot(data["u"], data["v"])
    data["u"] = 360.0 - direction


def along_paths(data: Samples, k: int) -> None:
    data["u"] = data["u"] + 2.0


def lone_component(data: Samples, k: int) -> None:
    data["v"][100:150] = np.nan


def with_words(data: Samples, k: int) -> None:
    """Words of an LI-7200: synchronisation lost, a thermocouple broken, detector bad, none at all."""
    word = np.full(N, 8191.0)
    word[100:130] -= 16
    word[200:230] -= 1024
    word[300:330] -= 64
    word[400:430] = np.nan
    data["diag_gas"] = word
    rng = np.random.default_rng(k)
    data["t_cell_in"] = 300.0 + 0.1 * rng.standard_normal(N)
    data["t_cell_out"] = 299.0 + 0.1 * rng.standard_normal(N)
    data["t_cell_in"][500:540] = np.nan
    data["p_cell"] = np.full(N, 9.7e4) + rng.standard_normal(N)


def with_sonic_words(data: Samples, k: int) -> None:
    data["diag_sonic"] = np.where(np.arange(N) % 50 == 0, 128.0, 0.0)  # a CSAT3B: 128 is well


def delayed(data: Samples, k: int) -> None:
    data["co2"] = np.roll(data["co2"], 3)


def first_stable(data: Samples, k: int) -> None:
    if k == 0:
        data["t_sonic"] = 2.0 * data["t_sonic"].mean() - data["t_sonic"]


def moister_and_moister(data: Samples, k: int) -> None:
    data["h2o"] *= 1.0 + 0.1 * max(0, k - 2)


def own_gaps(data: Samples, k: int) -> None:
    """Each component of the wind lacks samples of its own, when it is strong."""
    data["u"][np.argsort(data["u"])[-100:]] = np.nan


def no_slow_temperature(data: Samples, k: int) -> None:
    data["t_air"][:] = np.nan


def dripping(data: Samples, k: int) -> None:
    """More vapour than the air can hold."""
    no_slow_temperature(data, k)
    data["h2o"] *= 2.8


def drowned(data: Samples, k: int) -> None:
    """Carbon dioxide in noise that nothing of it is seen in."""
    data["co2"] += 1e-3 * np.random.default_rng(k).standard_normal(data["co2"].size)


CELL = {
    "t_cell_in": mast.column("K", instrument="g"),
    "t_cell_out": mast.column("K", instrument="g"),
    "p_cell": mast.column("Pa", instrument="g"),
    "diag_gas": mast.column("1", instrument="g"),
    "p_air": mast.column("Pa", instrument="g"),
}
FILTER = {"time_constant": 20.0}
TUBE = {"tube_length": 4.0, "tube_diameter": 0.004, "tube_flow": 1.5}
IN_SITU = {
    "frequencies": {"co2": [0.5], "h2o": [0.3]},
    "factor": {"unstable": (0.5, 1.0), "stable": (0.5, 1.0)},
    "unstable": {"h": 0.0, "le": 0.0, "co2": 0.0, "ustar": 0.0},
    "stable": {"h": 0.0, "le": 0.0, "co2": 0.0, "ustar": 0.0},
    "min_spectra": 1,
    "max_instationarity": 0.0,
}


def in_situ(method: str, **cutoff: Any) -> dict[str, Any]:
    return {"decide": {"high_frequency": method, "cutoff": IN_SITU | cutoff}}


def filtered(method: str) -> dict[str, Any]:
    return {"condense": FILTER | {"high_pass": method}, "decide": {"detrending": method}}


NO_WINDOW = {gas: mast.column("mol m-3", instrument="g", quantity="density") for gas in ("co2", "h2o")}

CASES: dict[str, Case] = {
    "plain": Case(),
    "gap and spike": Case(with_gap_and_spike, sections={"condition": {"despiking": "vickers-mahrt-1997"}}),
    "median": Case(with_gap_and_spike, sections={"condition": {"despiking": "mauder-2013"}}),
    "mostly equal": Case(mostly_equal, sections={"condition": {"despiking": "mauder-2013"}}),
    "tests": Case(with_steps),
    "narrow limits": Case(
        sections={"condition": {"despiking": "none", "limits": {"co2": (385.0, 900.0)}}},
    ),
    "automatic windows": Case(delayed, sections={"columns": NO_WINDOW}),
    "expected lag": Case(
        delayed, sections={"columns": {"co2": NO_WINDOW["co2"] | {"lag": mast.LAG | {"nominal": 0.5}}}}
    ),
    "default lag": Case(
        sections={"condition": {"despiking": "none", "vickers_mahrt": {"default_lag": {"co2": 9.0}}}}
    ),
    "ends early": Case(ends_early),
    "polar": Case(
        polar, sections=instruments({"wind_format": "polar"}) | {"columns": {"u": mast.column("deg")}}
    ),
    "axes": Case(along_paths, sections=instruments({"model": "r3-50", "wind_format": "axis"})),
    "turned": Case(lone_component, sections=instruments({"model": "hs-50", "wind_reference": "axis"})),
    "gill": Case(
        sections=instruments({"model": "r3-50", "cross_wind_corrected": False})
        | {"condition": {"despiking": "none", "angle_of_attack": "nakai-2006", "cross_wind": "liu-2001"}}
    ),
    "words": Case(with_words, path="fraction", sections={"columns": CELL}),
    "sonic words": Case(
        with_sonic_words,
        sections=instruments({"model": "csat3b"}) | {"columns": {"diag_sonic": mast.column("1")}},
    ),
    "planes": Case(
        own_gaps,
        sections={"decide": {"rotation": "wilczak-2001", "planar_fit": {"min_periods": 3, "max_speed": 9.0}}},
        periods=6,
    ),
    "slow humidity": Case(
        sections={
            "biomet": {"files": "b.csv", "time_is": "end", "columns": {"rh": {"column": "RH", "unit": "%"}}}
        },
        slow={"rh": 0.4},
    ),
    "no slow temperature": Case(no_slow_temperature),
    "dripping": Case(dripping, sections={"condition": {"despiking": "none", "limits": {"h2o": (0.0, 99.0)}}}),
    "running mean": Case(with_gap_and_spike, sections=filtered("running-mean")),
    "exponential": Case(sections=filtered("exponential")),
    "chunks": Case(with_gap_and_spike, sections=filtered("linear-chunks")),
    "moncrieff": Case(sections={"decide": {"high_frequency": "moncrieff-1997"}}),
    "moncrieff, stable": Case(
        sections={"decide": {"high_frequency": "moncrieff-1997"}}, air={"cov_t": -0.02, "zeta": 0.3}
    ),
    "tube": Case(
        path="ratio",
        sections=instruments(gas=TUBE, closed=True) | {"decide": {"high_frequency": "moncrieff-1997"}},
    ),
    "averaging alone": Case(sections={"decide": {"high_frequency": "none"}}),
    "massman": Case(
        sections=instruments(gas={"vertical_separation": 0.1, "eastward_separation": 0.1})
        | {"decide": {"high_frequency": "massman-2000"}}
    ),
    "massman, tube": Case(
        path="ratio",
        sections=instruments(gas=TUBE, closed=True) | {"decide": {"high_frequency": "massman-2000"}},
    ),
    "massman, chunks": Case(
        sections={
            "condense": FILTER | {"high_pass": "linear-chunks"},
            "decide": {"detrending": "linear-chunks", "high_frequency": "massman-2000"},
        }
    ),
    "horst": Case(sections={"decide": {"high_frequency": "horst-1997"}}),
    "ibrom": Case(sections=in_situ("ibrom-2007")),
    "fratini": Case(sections=in_situ("fratini-2012")),
    "fitted": Case(moister_and_moister, sections=in_situ("ibrom-2007", frequencies={}, factor={}), periods=8),
    "irgason": Case(sections=instruments(gas={"model": "irgason"})),
    "sticky": Case(
        moister_and_moister,
        path="ratio",
        periods=8,
        sections=in_situ("ibrom-2007", frequencies={"co2": [0.7]}, humidity=None),
    ),
    "first stable": Case(
        first_stable, sections=in_situ("ibrom-2007", factor={"unstable": (0.5, 1.0)}), periods=3
    ),
    "stable": Case(
        sections=in_situ("fratini-2012", unstable={"h": 500.0, "le": 500.0, "co2": 500.0, "ustar": 0.0}),
        air={"cov_t": -0.02, "zeta": 0.3},
    ),
    "drowned": Case(drowned),
    "very stable": Case(air={"cov_t": -0.02, "cov_h2o": 2e-6, "ustar": 0.12, "zeta": 0.7}),
    "foken": Case(sections={"decide": {"quality": "foken-2003"}}),
    "raised analyser": Case(sections=instruments(gas={"vertical_separation": 0.5})),
    "hsieh": Case(sections={"decide": {"footprint": "hsieh-2000"}}),
}
