"""From what a sonic writes to wind and temperature, and through the chain to planted fluxes."""

import numpy as np
import pytest

from fluxkit.physics.sonic import CSAT3_PATHS, CSAT3_SHADOW, cross_wind_shares, unboosted
from fluxkit.synthetic import sonic_defects
from fluxkit.tower.chain import condense, decide
from fluxkit.tower.condition import sonic_corrections as c
from tests.tower import mast


def samples(n: int = 500) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    return {
        "u": 3.0 + rng.standard_normal(n),
        "v": rng.standard_normal(n),
        "w": 0.5 * rng.standard_normal(n),
        "t_sonic": 295.0 + 0.3 * rng.standard_normal(n),
    }


def test_axes_turn_counterclockwise_and_speed_stays():
    data = {"u": np.array([1.0, 3.0]), "v": np.array([0.0, 4.0])}
    c.rotate_axes(data, angle=90.0)
    np.testing.assert_allclose([data["u"][0], data["v"][0]], [0.0, 1.0], atol=1e-15)
    assert np.hypot(data["u"][1], data["v"][1]) == pytest.approx(5.0)


@pytest.mark.parametrize(("keep", "u"), [(False, np.nan), (True, 7.0)])
def test_a_lone_component_belongs_to_no_axis(keep, u):
    data = {"u": np.array([1.0, 7.0]), "v": np.array([1.0, np.nan])}
    c.rotate_axes(data, angle=30.0, keep_unpaired=keep)
    np.testing.assert_array_equal(data["u"][1], u)
    assert np.isnan(data["v"][1])
    assert data["u"][0] == pytest.approx(np.cos(np.pi / 6) - 0.5)


def test_a_left_handed_head_is_reflected_then_turned():
    """An R2: u changes its sign, then 30 degrees counterclockwise."""
    data = samples()
    u, v = data["u"].copy(), data["v"].copy()
    c.correct_sonic(data, c.SonicColumns(reflected="u", rotation=30.0))
    cos, sin = np.sqrt(0.75), 0.5
    np.testing.assert_allclose(data["u"], -u * cos - v * sin)
    np.testing.assert_allclose(data["v"], -u * sin + v * cos)


def test_offsets_come_off_before_the_axes_turn():
    data = samples()
    true = {k: x.copy() for k, x in data.items()}
    data["u"] = data["u"] + 0.1
    c.correct_sonic(data, c.SonicColumns(offsets={"u": 0.1, "w": 0.0}))
    np.testing.assert_allclose(data["u"], true["u"])
    assert data["w"] is not None
    np.testing.assert_array_equal(data["w"], true["w"])


def test_speed_of_sound_and_polar_wind():
    true = samples()
    direction = np.mod(180.0 - np.degrees(np.arctan2(true["v"], true["u"])), 360.0)
    data = true | {
        "u": direction,
        "v": np.hypot(true["u"], true["v"]),
        "t_sonic": np.sqrt(403.0 * true["t_sonic"]),
    }
    c.correct_sonic(data, c.SonicColumns(wind="polar", speed_of_sound=True))
    for name, x in true.items():
        np.testing.assert_allclose(data[name], x, atol=1e-10)
    theirs = true | {"u": direction, "v": np.hypot(true["u"], true["v"])}
    c.correct_sonic(theirs, c.SonicColumns(wind="polar"), towards=True)
    np.testing.assert_allclose(theirs["u"], -true["u"], atol=1e-10)  # 180 degrees off


def test_winds_along_paths():
    true = samples()
    along = sonic_defects.three_paths(45.0)[[0, 2, 1]] @ np.stack([true[k] for k in c.WIND])
    data = true | dict(zip(c.WIND, along, strict=True))
    c.correct_sonic(data, c.SonicColumns(wind="axis"))
    for name in c.WIND:
        np.testing.assert_allclose(data[name], true[name], atol=1e-12)


def test_the_callers_arrays_stay():
    data = samples()
    before = {k: x.copy() for k, x in data.items()}
    corrected = dict(data)
    c.correct_head(corrected, c.Head("apply", "nakai-2006", "horst-2015"))
    c.correct_temperature(corrected, cross_wind_shares(45.0))
    for name, x in before.items():
        np.testing.assert_array_equal(data[name], x)
        assert not np.array_equal(corrected[name], x)


def test_nothing_asked_nothing_done():
    data = samples()
    assert c.correct_head(data, c.Head()) == 0
    c.correct_temperature(data, None)
    for name, x in samples().items():
        np.testing.assert_array_equal(data[name], x)


@pytest.mark.parametrize("method", ["nakai-2006", "nakai-shimoyama-2012"])
def test_the_references_angle_is_a_hundredth_of_a_degree_off(method):
    true = samples()
    shown = dict(zip(c.WIND, sonic_defects.attack(*(true[k] for k in c.WIND), method), strict=True))
    ours, theirs = dict(shown), dict(shown)
    c.correct_head(ours, c.Head(angle_of_attack=method))
    c.correct_head(theirs, c.Head(angle_of_attack=method), tolerance=1e-2)
    np.testing.assert_allclose(ours["w"], true["w"], atol=1e-9)
    assert 0 < np.abs(theirs["w"] - true["w"]).max() < 5e-3


# ---- through the chain: what is planted in the air comes out, and does not without the correction ----------


def flux(name: str, data: dict[str, np.ndarray], model: str, sonic: dict, **condition: object) -> float:
    site = mast.make_site(
        instruments=[mast.SONIC | {"model": model} | sonic, mast.OPEN],
        condition={"despiking": "none"} | condition,
        decide=mast.SPECTRA_OFF,
    )
    return float(decide(condense(mast.dataset(data), site), site)[name][0])


@pytest.fixture(scope="module")
def perfect() -> dict[str, np.ndarray]:
    return mast.seen(mast.air(wind_speed=6.0, ustar=0.6))


def test_sensible_heat_without_and_with_cross_wind(perfect):
    true = flux("H", perfect, "csat3", {})
    wind = [perfect[k] for k in c.WIND]
    raw = perfect | {"t_sonic": sonic_defects.blow_across(perfect["t_sonic"], *wind, CSAT3_PATHS)}
    told = {"cross_wind_corrected": False}
    assert abs(flux("H", raw, "csat3", {}) / true - 1.0) > 0.05  # taken as corrected in firmware
    assert abs(flux("H", raw, "csat3", told, cross_wind="none") / true - 1.0) > 0.05
    assert flux("H", raw, "csat3", told) == pytest.approx(true, rel=1e-9)


def test_sensible_heat_through_shadows(perfect):
    true = flux("H", perfect, "csat3", {})
    shaded = sonic_defects.shadow(*(perfect[k] for k in c.WIND), CSAT3_PATHS, CSAT3_SHADOW)
    data = perfect | dict(zip(c.WIND, shaded, strict=True))
    assert 0.02 < 1.0 - flux("H", data, "csat3", {}) / true < 0.08  # the paper: 4 to 5 %
    corrected = flux("H", data, "csat3", {}, transducer_shadow="horst-2015")
    assert corrected == pytest.approx(true, rel=1e-4)


def test_momentum_through_a_faulty_firmware(perfect):
    data = perfect | {"w": unboosted(perfect["w"])}
    true = flux("USTAR", perfect, "windmaster", {"firmware": "2329.701.00"})
    assert flux("USTAR", data, "windmaster", {"firmware": "2329.600.01"}) == pytest.approx(true, rel=1e-9)
    assert flux("USTAR", data, "windmaster", {"firmware": "2329.600.01"}, w_boost=False) < 0.95 * true
    assert flux("USTAR", data, "windmaster", {}) < 0.95 * true  # nobody said which firmware


@pytest.mark.parametrize("firmware", ["2329.600.01", "2329.701.00"])
def test_angle_of_attack_with_either_firmware(perfect, firmware):
    """Nakai & Shimoyama's responses are of the faulty firmware: a sound one's w is first shown as by that."""
    true = flux("USTAR", perfect, "csat3", {})
    shown = dict(
        zip(c.WIND, sonic_defects.attack(*(perfect[k] for k in c.WIND), "nakai-shimoyama-2012"), strict=True)
    )
    if firmware == "2329.701.00":
        shown["w"] = np.where(shown["w"] < 0, 1.289 * shown["w"], 1.166 * shown["w"])
    method = {"angle_of_attack": "automatic"}
    assert flux("USTAR", perfect | shown, "windmaster", {"firmware": firmware}, **method) == pytest.approx(
        true, rel=1e-8
    )
