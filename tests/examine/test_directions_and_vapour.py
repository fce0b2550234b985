"""Checks of directions, offsets, vapour, drifts, lags and signals on arrays whose truth is known."""

import numpy as np
import pytest

from fluxkit.examine import columns, directions, lags, levels, signals, signs, vapour
from fluxkit.schema.units import to_si

MASS, VOLUME = 18.015268e-3, 8.314462618 * 288.15 / 101325.0


def winds(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Directions [deg] that turn through all sectors, and speeds [m s-1]."""
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.normal(0.0, 25.0, n)) % 360.0, rng.uniform(0.5, 6.0, n)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("turned", "sign", "checks"),
    [
        (0.0, 1, []),
        (12.0, 1, []),
        (180.0, 1, ["azimuth"]),
        (60.0, 1, ["azimuth"]),
        (40.0, -1, ["left_handed"]),
    ],
)
def test_a_vane_tells_azimuth_and_handedness(turned: float, sign: int, checks: list[str], seed: int) -> None:
    true, speed = winds(200, seed)
    vane = true + np.random.default_rng(seed).normal(0.0, 12.0, true.size)
    told = [d.check for d in directions.direction_doubts((sign * true + turned) % 360.0, speed, vane)]
    assert told == checks


def test_how_far_the_azimuth_is_off_is_told() -> None:
    true, speed = winds(200, 1)
    (doubt,) = directions.direction_doubts((true + 90.0) % 360.0, speed, true)
    assert "+90 degrees off" in doubt.sentence


def test_wind_from_one_side_tells_no_handedness() -> None:
    true = np.random.default_rng(0).normal(90.0, 8.0, 100)
    (doubt,) = directions.direction_doubts(-true % 360.0, np.full(100, 3.0), true)
    assert doubt.check == "azimuth"
    assert "if the sign of v is right" in doubt.sentence


def test_sensors_that_do_not_go_together_tell_nothing() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.uniform(0.0, 360.0, (2, 300))
    assert not list(directions.direction_doubts(one, np.full(300, 3.0), other))


@pytest.mark.parametrize(("wake", "count"), [(1.0, 0), (1.6, 0), (4.0, 1)])
def test_a_sector_in_a_wake_is_named(wake: float, count: int) -> None:
    direction, _ = winds(3000, 2)
    speed = np.random.default_rng(2).uniform(2.6, 6.0, direction.size)
    ratio = np.where((direction > 120.0) & (direction < 150.0), 0.09 * wake, 0.09)
    sigma = ratio * speed * np.random.default_rng(3).lognormal(0.0, 0.2, speed.size)
    told = list(directions.sector_doubts(direction, speed, sigma))
    assert len(told) == count
    assert all("from 120 to 150 degrees" in doubt.sentence for doubt in told)


@pytest.mark.parametrize("offset", [-0.3, 0.0, 0.03, 0.2])
@pytest.mark.parametrize("slope", ["plane", "ridge"])
def test_an_offset_of_w_is_told_from_tilt_and_slopes(offset: float, slope: str) -> None:
    direction, speed = winds(400, 4)
    u, v = speed * np.cos(np.radians(direction)), speed * np.sin(np.radians(direction))
    incline = 0.05 * u - 0.02 * v if slope == "plane" else 0.06 * np.abs(u)
    w = offset + incline + np.random.default_rng(5).normal(0.0, 0.03, u.size)
    told = [doubt.sentence for doubt in signs.offset_doubts(np.stack([u, v, w], axis=1))]
    assert len(told) == (abs(offset) > 0.08)
    assert all(f"{offset:+.1f}" in sentence for sentence in told)


@pytest.mark.parametrize(("w", "count"), [(0.2, 0), (1.0, 1), (-1.0, 1)])
def test_few_periods_do_not_tell_a_slope_from_an_offset(w: float, count: int) -> None:
    mean = np.array([[4.0, 1.0, w]] * 3)
    assert [doubt.check for doubt in signs.offset_doubts(mean)] == ["pitch"] * count


def test_one_period_tells_a_w_that_points_downwards() -> None:
    """Momentum upwards in wind, and heat against the sun: only both together."""
    speed, r = np.array([4.0, 4.0, 4.0, 1.0, 4.0]), np.array([0.3, -0.3, 0.3, 0.3, 0.3])
    heat, sun = np.array([-150.0, -150.0, 150.0, -150.0, 40.0]), np.array([900.0, 900.0, 900.0, 900.0, 0.0])
    assert signs.wrong_way(speed, r, heat, sun).tolist() == [True, False, False, False, True]


@pytest.mark.parametrize(("le", "fc", "checks"), [
    (100.0, -5.0, []), (-100.0, 5.0, ["gases_swapped"]), (-100.0, -5.0, ["vapour_sign"]),
])  # fmt: skip
def test_vapour_goes_upwards_by_day(le: float, fc: float, checks: list[str]) -> None:
    sun = 900.0 * np.sin(np.linspace(0.0, 4.0 * np.pi, 96))
    day = np.clip(sun, 0.0, None) / 900.0
    told = [doubt.check for doubt in signs.gas_sign_doubts(le * day, fc * day, sun)]
    assert told == checks


@pytest.mark.parametrize("true", ["mmol mol-1", "g m-3", "mmol m-3", "umol mol-1", "mg m-3"])
@pytest.mark.parametrize("given", ["mmol mol-1", "g m-3", "mmol m-3"])
def test_a_hygrometer_tells_the_unit_of_vapour(true: str, given: str) -> None:
    sensor = 9e-3 * (1.0 + 0.2 * np.sin(np.arange(48.0)))
    scale = {u: levels.fraction_of(1.0, u, MASS, VOLUME) for u in (true, given)}
    own = sensor / scale[true] * scale[given]
    si = np.median(sensor) / scale[true] * to_si(given, MASS)[0]
    level = levels.Level("columns.h2o", si, given)
    told = [
        doubt.sentence
        for doubt in vapour.vapour_doubts(
            level, own, sensor, molar_mass=MASS, volume=VOLUME, sensor_key="biomet.columns.rh"
        )
    ]
    assert len(told) == (true != given)
    assert all(f"'{true}' instead of '{given}'" in sentence for sentence in told)


def test_vapour_that_is_half_as_much_asks_for_calibration() -> None:
    sensor = np.full(48, 9e-3)
    level = levels.Level("columns.h2o", 0.5 * 9e-3, "mmol mol-1")
    (doubt,) = vapour.vapour_doubts(
        level, 0.5 * sensor, sensor, molar_mass=MASS, volume=VOLUME, sensor_key="biomet.columns.rh"
    )
    assert "50 % of the vapour" in doubt.sentence
    assert "calibrate" in doubt.sentence


@pytest.mark.parametrize(("factor", "count"), [(1.0, 0), (0.1, 1), (1.6, 1)])
def test_nights_are_moist_and_not_beyond_saturation(factor: float, count: int) -> None:
    share = factor * (0.6 + 0.35 * np.sin(np.linspace(0.0, 12.0, 96)))
    level = levels.Level("columns.h2o", 0.01, "g m-3")
    assert len(list(vapour.saturation_doubts(share, level))) == count


@pytest.mark.parametrize(("end", "count"), [(1.0, 0), (1.1, 0), (1.3, 1), (0.75, 1)])
def test_vapour_that_drifts_against_a_hygrometer_is_named(end: float, count: int) -> None:
    time = np.datetime64("2024-04-01", "ns") + np.arange(48 * 60) * np.timedelta64(30, "m")
    sensor = 9e-3 * (1.0 + 0.3 * np.sin(np.arange(time.size) / 500.0))
    own = sensor * np.linspace(1.0, end, time.size)
    told = list(vapour.vapour_drift(time, own, sensor, key="columns.h2o", sensor_key="biomet.columns.rh"))
    assert len(told) == count
    assert not list(vapour.vapour_drift(time[:900], own[:900], sensor[:900], key="", sensor_key=""))


@pytest.mark.parametrize(("drift", "count"), [(0.0, 0), (25.0, 0), (120.0, 1)])
def test_co2_that_drifts_beyond_seasons_is_named(drift: float, count: int) -> None:
    time = np.datetime64("2024-01-01", "ns") + np.arange(48 * 200) * np.timedelta64(30, "m")
    hour = np.arange(time.size) / 2.0 % 24.0
    season = 12.0 * np.cos(2.0 * np.pi * np.arange(time.size) / (48.0 * 365.0))
    night = 80.0 * np.random.default_rng(1).random(time.size) * (np.abs(hour - 12.0) > 6.0)
    co2 = 1e-6 * (410.0 + season + night + np.linspace(0.0, drift, time.size))
    told = list(vapour.co2_drift(time, co2, np.abs(hour - 12.0) < 4.0, key="columns.co2"))
    assert len(told) == count


@pytest.mark.parametrize(("moist", "count"), [(1.0, 0), (1.2, 0), (3.0, 1)])
def test_lags_that_follow_humidity_are_named(moist: float, count: int) -> None:
    rng = np.random.default_rng(7)
    humidity = rng.uniform(30.0, 98.0, 200)
    lag = np.where(humidity > 75.0, moist, 1.0) + rng.normal(0.0, 0.2, 200)
    told = list(lags.humid_lag_doubts(lag, humidity, key="columns.h2o.lag"))
    assert len(told) == count
    assert not list(lags.humid_lag_doubts(np.where(humidity > 60.0, np.nan, lag), humidity, key=""))


@pytest.mark.parametrize(
    ("model", "signal", "count"),
    [
        ("li-7500", 56.0, 0), ("li-7500", 98.0, 1), ("li-7200", 96.0, 0), ("li-7200", 45.0, 1),
        ("irgason", 0.95, 0), ("irgason", 0.4, 1), ("li-7700", 35.0, 0), ("li-7700", 5.0, 1),
        ("li-7500a", 400.0, 1), ("picarro-g2311-f", 3.0, 0),
    ],
)  # fmt: skip
def test_a_weak_signal_is_named(model: str, signal: float, count: int) -> None:
    assert len(list(signals.signal_doubts("columns.signal_co2", signal, model))) == count


def named(variable: str, name: str = "", told: str = "", **more: object) -> columns.Named:
    found = columns.Named(name, told or variable, "", "m s-1", 1.0, 0.0)
    return found._replace(**more)


@pytest.mark.parametrize(
    ("u", "v", "count"),
    [
        (named("u"), named("v"), 0),
        (named("u"), named("v", gain=-1.0), 1),
        (named("u", gain=-1.0), named("v"), 1),
        (named("u", gain=-1.0), named("v", gain=-1.0), 0),  # half a turn
        (named("u", "Uy", "v"), named("v", "Ux", "u"), 1),
        (named("u", "Uy", "v"), named("v", "Ux", "u", gain=-1.0), 0),  # a quarter turn
    ],
)
def test_axes_must_stay_right_handed(u: columns.Named, v: columns.Named, count: int) -> None:
    assert len(list(columns.axes_given({"u": u, "v": v, "w": named("w", gain=-1.0)}))) == count


def test_names_tell_variables_and_units() -> None:
    other = {"co2": columns.Named("H2O_ppt", "h2o", "mmol mol-1", "umol mol-1", 1.0, 0.0)}
    assert ["whose name tells h2o" in doubt.sentence for doubt in columns.name_doubts(other)] == [True]
    unit = columns.Named("H2O_ppt", "h2o", "mmol mol-1", "g m-3", 1.0, 0.0)
    assert ["'mmol mol-1'" in doubt.sentence for doubt in columns.name_doubts({"h2o": unit})] == [True]
    assert not list(columns.name_doubts({"h2o": unit._replace(gain=0.8)}))
    assert not list(columns.name_doubts({"h2o": unit._replace(given="mmol mol-1")}))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("turned", "count"), [(0.0, 0), (10.0, 0), (40.0, 1), (180.0, 1)])
def test_a_sonic_that_was_turned_within_an_archive(turned: float, count: int, seed: int) -> None:
    true, speed = winds(400, seed)
    time = np.datetime64("2024-06-01T00:00", "ns") + np.arange(400) * np.timedelta64(30, "m")
    vane = true + np.random.default_rng(seed).normal(0.0, 12.0, 400) + 8.0 * np.sin(np.radians(true))
    told = list(directions.turn_doubts(time, (true + turned * (np.arange(400) > 150)) % 360.0, speed, vane))
    assert len(told) == count
    assert all("from 2024-06-04" in doubt.sentence for doubt in told)


@pytest.mark.parametrize(("ratio", "count"), [(1.0, 0), (0.6, 0), (2.0, 0), (3.6, 1), (0.01, 1)])
def test_another_wind_speed_tells_the_unit(ratio: float, count: int) -> None:
    _, speed = winds(100, 1)
    other = speed * np.random.default_rng(1).lognormal(0.0, 0.2, 100)
    assert len(list(directions.speed_doubts(ratio * speed, other))) == count


@pytest.mark.parametrize(
    ("co2", "h2o", "sun", "count"),
    [(-0.3, 0.3, 900.0, 0), (0.3, -0.3, 900.0, 1), (0.3, -0.3, 0.0, 0), (np.nan, -0.3, 900.0, 0)],
)
def test_gases_of_one_file_by_day(co2: float, h2o: float, sun: float, count: int) -> None:
    told = list(signs.gases_once(co2, h2o, sun, ("columns.co2", "columns.h2o")))
    assert [doubt.check for doubt in told] == ["gases_swapped"] * count
