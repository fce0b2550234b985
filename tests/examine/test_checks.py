"""Single checks on arrays whose truth is known."""

import re
from pathlib import Path

import numpy as np
import pytest

from fluxkit.archive.doubts import TOLD
from fluxkit.examine import clocks, heights, levels, sampling, signals, signs
from fluxkit.examine.table import CHECKS
from fluxkit.physics.air import pressure_at
from fluxkit.physics.solar import potential_radiation
from fluxkit.schema.units import to_si

MASS = {"co2": 44.0095e-3, "h2o": 18.015268e-3}
VOLUME = 8.314462618 * 288.15 / 101325.0


def hours(n: int, step_min: int = 30) -> np.ndarray:
    return np.datetime64("2024-06-01T00:00", "ns") + np.arange(n) * np.timedelta64(step_min, "m")


def weather(time: np.ndarray, seed: int = 1) -> np.ndarray:
    """Daily course with a random walk, as of temperature."""
    t = (time - np.datetime64("2024-06-01", "ns")) / np.timedelta64(1, "h")
    walk = np.cumsum(np.random.default_rng(seed).normal(0.0, 0.15, 5000))
    return (
        288.0
        + 5.0 * np.sin(2 * np.pi * (t - 9.0) / 24.0)
        + np.interp(t, np.arange(5000) * 0.25 - 200.0, walk)
    )


@pytest.mark.parametrize("lag_h", [-6.0, -1.0, -0.5, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_lag_of_two_series_is_found(lag_h: float, seed: int) -> None:
    time = hours(96)
    noise = np.random.default_rng(seed).normal(0.0, 0.2, time.size)
    late = time + np.timedelta64(round(60 * lag_h), "m")
    found = clocks.series_lag(late, weather(time, seed), time, weather(time, seed) + noise)
    assert found is not None
    assert found.best == pytest.approx(lag_h, abs=0.13)
    assert found.low < lag_h < found.high
    assert [doubt.check for doubt in clocks.temperature_doubts("biomet", found)] == ["clock_and_sonic"]


@pytest.mark.parametrize("seed", range(5))
def test_series_of_one_clock_raise_no_doubt(seed: int) -> None:
    time = hours(96)
    slow = weather(time, seed) + np.random.default_rng(seed).normal(1.0, 0.4, time.size)
    found = clocks.series_lag(time, slow, time, weather(time, seed))
    assert not list(clocks.temperature_doubts("biomet", found))


def test_series_that_do_not_overlap_or_go_together_tell_nothing() -> None:
    time, rng = hours(96), np.random.default_rng(0)
    assert clocks.series_lag(time + np.timedelta64(90, "D"), weather(time), time, weather(time)) is None
    assert clocks.series_lag(time, rng.normal(size=96), time, rng.normal(size=96)) is None
    assert clocks.series_lag(time, np.full(96, np.nan), time, weather(time)) is None


def test_radiation_tells_nothing_in_polar_night_or_of_few_days() -> None:
    time = hours(480) + np.timedelta64(200, "D")
    assert clocks.sun_lag(time, np.zeros(time.size), 78.9, 11.9) is None
    assert clocks.sun_lag(hours(96), np.ones(96), 47.0, 8.0) is None


#: What a value may be in two units: a mean of either is plausible.
ALIKE = {
    ("h2o", "g m-3", "mmol mol-1"),
    ("h2o", "mmol mol-1", "g m-3"),
}


@pytest.mark.parametrize(
    ("gas", "unit", "written"),
    [
        ("co2", "umol mol-1", 420.0),
        ("co2", "mmol m-3", 17.5),
        ("co2", "mg m-3", 770.0),
        ("h2o", "mmol mol-1", 11.0),
        ("h2o", "mmol m-3", 460.0),
        ("h2o", "g m-3", 8.3),
    ],
)
@pytest.mark.parametrize("given", ["umol mol-1", "mmol mol-1", "mmol m-3", "mg m-3", "g m-3"])
def test_a_gas_in_another_unit_is_named(gas: levels.Gas, unit: str, written: float, given: str) -> None:
    scale, _ = to_si(given, MASS[gas])
    level = levels.Level(f"columns.{gas}", scale * written, given)
    mass, volume = {gas: MASS[gas]}, {gas: VOLUME}
    told = [d.sentence for d in levels.gas_doubts({gas: level}, mass, volume, 288.15, 101325.0, once=True)]
    if given == unit or (gas, unit, given) in ALIKE:
        assert told == []
        return
    assert len(told) == 1
    assert f"'{unit}'" in told[0]
    assert f"instead of '{given}'" in told[0]


@pytest.mark.parametrize("given", ["Pa", "hPa", "kPa"])
@pytest.mark.parametrize("true", ["Pa", "hPa", "kPa"])
@pytest.mark.parametrize("altitude", [0.0, 1500.0, 4500.0])
def test_a_pressure_in_another_unit_is_named(given: str, true: str, altitude: float) -> None:
    value = 0.97 * pressure_at(altitude) / to_si(true)[0] * to_si(given)[0]
    told = [d.sentence for d in levels.pressure_doubts(levels.Level("columns.p_air", value, given), altitude)]
    assert bool(told) == (given != true)
    assert all(f"'{true}'" in sentence or true == "hPa" for sentence in told)


def test_frost_is_dry() -> None:
    level = levels.Level("columns.h2o", 1e-5, "mmol mol-1")
    args = ({"h2o": level}, {"h2o": MASS["h2o"]}, {"h2o": VOLUME})
    assert not list(levels.gas_doubts(*args, 240.0, 9e4, once=False))
    assert list(levels.gas_doubts(*args, 295.0, 9e4, once=False))


def test_no_value_raises_no_doubt() -> None:
    nothing = levels.Level("columns.t_air", np.nan, "degC")
    assert not list(levels.temperature_doubts([nothing]))
    assert not list(levels.pressure_doubts(nothing._replace(unit="kPa"), 0.0))
    assert not list(signs.axes_doubts(np.full(3, np.nan), np.full((3, 3), np.nan)))
    none = np.zeros(0)
    assert not list(signs.sign_doubts(none, none, none, none))
    assert not list(sampling.still_means("columns.p_cell", np.full(99, np.nan), np.arange(99.0)))


@pytest.mark.parametrize("order", ["uvw", "wvu", "uwv"])
def test_the_axis_that_varies_least_is_the_vertical_one(order: str) -> None:
    usual = {"u": 2.4**2, "v": 1.9**2, "w": 1.25**2}  # Panofsky and Dutton
    variance = np.array([[usual[name] for name in order]] * 9) * np.linspace(0.01, 1.0, 9)[:, None]
    told = [doubt.check for doubt in signs.axes_doubts(np.full(9, 2.0), variance)]
    assert told == ([] if order == "uvw" else ["wind_swapped"])


def test_an_inclined_sonic_is_named() -> None:
    variance = np.tile([2.4, 1.9, 1.25], (3, 1)) ** 2
    assert [doubt.check for doubt in signs.axes_doubts(np.full(3, 35.0), variance)] == ["pitch"]


def test_a_pressure_that_stands_still_needs_hours_in_a_cell_and_days_outside() -> None:
    time = np.arange(0.0, 60.0, 0.5)
    still = np.full(time.size, 9e4)
    assert list(sampling.still_means("columns.p_air", still, time))
    assert not list(sampling.still_means("columns.p_air", still[:60], time[:60]))
    assert list(sampling.still_means("columns.p_cell", still[:60], time[:60], cell=True))
    assert not list(sampling.still_means("columns.p_cell", still[:9], time[:9], cell=True))
    assert not list(sampling.still_means("columns.p_cell", still + time, time, cell=True))


@pytest.mark.parametrize(("kPa", "count"), [(96.127, 1), (96.1, 0)])
def test_samples_of_a_cell_stand_still_only_where_their_steps_are_fine(kPa: float, count: int) -> None:
    x = np.full(18000, 1e3 * kPa)
    assert len(list(sampling.still_pressure("columns.p_cell", x))) == count
    assert not list(sampling.still_pressure("columns.p_cell", x + np.arange(x.size)))


@pytest.mark.parametrize(
    ("told", "apart", "count"), [("co2: in 80 %", 0.0, 1), ("co2: in 80 %", 0.2, 0), ("", 0.0, 0)]
)
def test_a_separation_that_is_missing(told: str, apart: float, count: int) -> None:
    assert len(list(heights.separation_doubts(told, ["irga"], [(apart, 0.0, 0.0)]))) == count


def test_heights_that_fit_raise_no_doubt() -> None:
    for height, canopy in ((2.0, 0.1), (3.0, 1.5), (40.0, 30.0), (10.0, 0.0)):
        assert not list(heights.height_doubts(height, canopy, 0.67 * canopy, max(1e-3, 0.15 * canopy)))


def test_every_doubt_is_in_the_table() -> None:
    text = "".join(path.read_text() for path in Path(heights.__file__).parent.glob("*.py"))
    archive = Path(heights.__file__).parents[1] / "archive"
    text += "".join(
        (archive / name).read_text() for name in ("doubts.py", "file_doubts.py", "table_doubts.py")
    )
    for name in CHECKS:
        assert f'"{name}"' in text.replace(f'    "{name}": Check(', "")
    assert set(re.findall(r'Doubt\(\s*"(\w+)"', text)) | set(TOLD) == set(CHECKS)


def turbulence(
    n: int, seed: int, *, deviations: tuple[float, ...] = (1.2, 1.0, 0.5)
) -> tuple[np.ndarray, ...]:
    """Speeds [m s-1] and variances (n, 3) of periods with deviations in proportion to the wind."""
    rng = np.random.default_rng(seed)
    speed = rng.uniform(1.0, 8.0, n)
    scatter = rng.lognormal(0.0, 0.3, (n, 3))
    return speed, (0.2 * speed[:, None] * np.array([1.2, 1.0, 0.5]) * scatter) ** 2


@pytest.mark.parametrize("n", [1, 40])
@pytest.mark.parametrize(
    ("gains", "words"),
    [
        ((1.0, 1.0, 1.0), ""),
        ((2.0, 1.0, 1.0), ""),
        ((1.0, 1.0, 0.01), "columns.w:"),
        ((20.0, 1.0, 1.0), "columns.u, columns.v: u varies"),
        ((1.0, 20.0, 1.0), "columns.v, columns.u: v varies"),
        ((0.001, 0.001, 0.001), "in the calm"),
    ],
)
def test_a_scale_of_one_axis_is_named(gains: tuple[float, ...], words: str, n: int) -> None:
    speed, variance = turbulence(n, 2)
    told = list(signs.scale_doubts(gains[1] * (speed + 2.0), variance * np.array(gains) ** 2))
    assert [doubt.check for doubt in told] == ["wind_scale"] * bool(words)
    assert all(words in doubt.sentence for doubt in told)


def test_a_calm_night_has_scale_enough() -> None:
    assert not list(signs.scale_doubts(np.array([0.15]), np.array([[0.02, 0.02, 0.0001]])))


@pytest.mark.parametrize(("times", "count"), [(1.0, 0), (3.3, 0), (100.0, 1)])
@pytest.mark.parametrize("roughness", [0.002, 0.05, 1.0])
def test_winds_tell_a_height_in_centimetres(times: float, count: int, roughness: float) -> None:
    rng = np.random.default_rng(3)
    speed = rng.uniform(2.5, 8.0, 80)
    ustar = 0.4 * speed / np.log(10.0 / roughness) * rng.lognormal(0.0, 0.1, 80)
    length = rng.choice([-1.0, 1.0], 80) * rng.uniform(20.0, 900.0, 80)
    told = list(heights.profile_doubts(ustar, speed, length, 10.0 * times, 0.0, roughness))
    assert [doubt.check for doubt in told] == ["profile"] * count


@pytest.mark.parametrize(
    ("gas", "unit", "written"),
    [
        ("ch4", "nmol mol-1", 1950.0),
        ("ch4", "mmol m-3", 0.082),
        ("n2o", "nmol mol-1", 336.0),
        ("ch4", "mg m-3", 1.3),
    ],
)
@pytest.mark.parametrize("given", ["nmol mol-1", "umol mol-1", "mmol m-3", "mg m-3", "ug m-3"])
def test_a_scarce_gas_in_another_unit_is_named(gas: str, unit: str, written: float, given: str) -> None:
    mass = {"ch4": 16.0425e-3, "n2o": 44.0128e-3}[gas]
    level = levels.Level(f"columns.{gas}", to_si(given, mass)[0] * written, given)
    told = [doubt.sentence for doubt in levels.trace_doubts(level, gas, mass, VOLUME)]
    alike = (gas, unit, given) == ("ch4", "nmol mol-1", "ug m-3")  # 1950 of either are plausible
    assert len(told) == (given != unit and not alike)
    assert all(f"'{unit}'" in sentence for sentence in told)


def test_a_factor_of_ten_and_fahrenheit_are_named() -> None:
    scale, shift = to_si("degC")
    hot = levels.Level("columns.t_air", scale * 68.0 + shift, "degC")
    (doubt,) = levels.temperature_doubts([hot])
    assert "'degF' or" in doubt.sentence
    level = levels.Level("columns.co2", 4200e-6, "umol mol-1")
    (doubt,) = levels.gas_doubts({"co2": level}, {"co2": MASS["co2"]}, {"co2": VOLUME}, 288.0, 1e5, once=True)
    assert "10 times too large" in doubt.sentence
    cold = levels.Level("columns.h2o", 9e-3, "mmol mol-1")
    args = ({"h2o": cold}, {"h2o": MASS["h2o"]}, {"h2o": VOLUME}, 258.0, 1e5)
    (doubt,) = levels.gas_doubts(*args, once=True, air_from=("columns.t_sonic", "station.altitude"))
    assert doubt.sentence.endswith("; or columns.t_sonic is wrong")


@pytest.mark.parametrize(("code", "count"), [(999.999, 3), (-9999.0, 1), (7.5, 2)])
def test_a_code_for_no_value_is_named(code: float, count: int) -> None:
    x = np.random.default_rng(0).normal(0.0, 1.0, 18000)
    x[:count] = np.float32(code)
    told = list(sampling.code_doubts({"u": x, "v": x, "w": x[count:]}))
    assert len(told) == (abs(code) > 100.0)
    assert all(f"columns.u, columns.v: {count} samples are {code:g}" in doubt.sentence for doubt in told)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x, sun: x, ""),
        (lambda x, sun: 300.0 + 0.02 * sun, "by night"),
        (lambda x, sun: 0.1 * x, "never reaches"),
        (lambda x, sun: 2.0 * x, "above the atmosphere"),
    ],
    ids=["well", "longwave", "gain", "twice"],
)
@pytest.mark.parametrize("latitude", [65.0, 5.0, -40.0])
def test_radiation_is_as_bright_as_the_sun(change, words: str, latitude: float) -> None:
    time = hours(48 * 30)
    sun = potential_radiation(time, latitude, 0.0)
    rng = np.random.default_rng(1)
    x = sun * np.repeat(rng.uniform(0.15, 0.75, 30), 48) * rng.uniform(0.9, 1.1, time.size) - 4.0
    told = list(levels.sunlight_doubts("biomet.columns.sw_in", change(x, sun), sun, 30))
    assert len(told) == bool(words)
    assert all(words in doubt.sentence for doubt in told)


def test_a_latitude_of_the_other_hemisphere_is_named() -> None:
    time = hours(48 * 10)
    x = 0.7 * potential_radiation(time, 60.0, 0.0)
    (doubt,) = levels.sunlight_doubts("k", x, potential_radiation(time, -60.0, 0.0), 10)
    assert "station.latitude" in doubt.sentence


def test_words_of_another_analyser_are_too_large() -> None:
    assert not list(signals.word_doubts("columns.diag_gas", 249.0, 255, "LI-7500"))
    (doubt,) = signals.word_doubts("columns.diag_gas", 8191.0, 255, "LI-7500")
    assert "another instrument's" in doubt.sentence
