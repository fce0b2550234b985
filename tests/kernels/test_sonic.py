"""Responses of sonic heads, and their inversion sample by sample."""

import numpy as np
import pytest

from fluxkit.kernels import sonic
from fluxkit.physics.sonic import CSAT3_PATHS, CSAT3_SHADOW
from fluxkit.synthetic import sonic_defects


def gusts(n: int = 3000, seed: int = 1, steepest: float = 45.0) -> list[np.ndarray]:
    """Winds from all directions at angles of attack up to the steepest."""
    rng = np.random.default_rng(seed)
    speed, direction = rng.uniform(0.2, 12.0, n), rng.uniform(0.0, 2.0 * np.pi, n)
    angle = np.radians(rng.uniform(-steepest, steepest, n))
    return [
        speed * np.cos(angle) * np.cos(direction),
        speed * np.cos(angle) * np.sin(direction),
        speed * np.sin(angle),
    ]


def test_responses_of_the_papers():
    """Literal: polynomials and logistic curves worked out by hand at one angle each."""
    assert sonic.responses_2012(0.0, 77.0) == (1.0, 1.0)
    x = -20.0
    vertical = 1 + 1.67354200080193e-2 * x + 4.85252964763967e-4 * x**2 + 4.16728613218081e-6 * x**3
    vertical += -2.69824417931343e-8 * x**4 - 3.19818998552857e-10 * x**5
    assert sonic.responses_2012(-20.0, 0.0)[0] == pytest.approx(vertical, rel=1e-12)
    assert vertical == pytest.approx(0.8227, abs=1e-4)
    sine, cosine = sonic.responses_2006(0.0, 0.0)
    assert (sine, cosine) == pytest.approx((0.0195, 1.0))
    sine, cosine = sonic.responses_2006(20.0, 30.0)
    share = 0.972080458 - 0.570590482 / (1 + 1610.881585 * np.exp(-0.111150653 * 20))
    assert sine == pytest.approx(share * np.sin(np.radians(20.0)) + 0.0195)
    seen = 1.41546e-6 * 8000 + 8.51092e-4 * 400 + 1.00672 * 20 + 6.28032
    assert cosine == pytest.approx(np.cos(np.radians(seen)))


def test_wind_from_below_is_wind_from_above_mirrored():
    for direction in (0.0, 50.0, 170.0):
        assert sonic.responses_2012(25.0, direction) == pytest.approx(
            sonic.responses_2012(-25.0, direction + 180.0)
        )


def test_the_cosine_response_ends_at_the_full_angle():
    assert sonic.responses_2006(90.0, 10.0)[1] == pytest.approx(0.0, abs=1e-12)
    assert sonic.responses_2006(-90.0, 10.0)[1] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("method", "year", "tolerance", "near"),
    [
        ("nakai-2006", 2006, 1e-9, 1e-8),
        ("nakai-2006", 2006, 1e-2, 6e-3),
        ("nakai-shimoyama-2012", 2012, 1e-9, 1e-8),
        ("nakai-shimoyama-2012", 2012, 1e-2, 6e-3),
    ],
)
def test_angle_of_attack_gives_the_true_wind_back(method, year, tolerance, near):
    true = gusts()
    shown = [np.array(x) for x in sonic_defects.attack(*true, method)]
    assert np.abs(shown[2] - true[2]).max() > 0.3
    assert sonic.angle_of_attack(*shown, year, tolerance, 200) == 0
    for found, x in zip(shown, true, strict=True):
        np.testing.assert_allclose(found, x, rtol=0, atol=near)


@pytest.mark.parametrize("year", [2006, 2012])
def test_a_sample_without_a_component_is_lost_whole(year):
    u, v, w = np.array([3.0, 3.0]), np.array([1.0, np.nan]), np.array([0.5, 0.5])
    sonic.angle_of_attack(u, v, w, year, 1e-9, 200)
    np.testing.assert_array_equal(np.isnan([u, v, w]), [[False, True]] * 3)


def test_calm_air_stays():
    u, v, w = np.zeros(1), np.zeros(1), np.array([0.3])
    assert sonic.angle_of_attack(u, v, w, 2012, 1e-9, 200) == 0
    assert (u[0], w[0]) == (0.0, 0.3)


def test_what_does_not_converge_is_counted_and_lost():
    u, v, w = np.array([3.0]), np.array([1.0]), np.array([1.0])
    assert sonic.angle_of_attack(u, v, w, 2006, 1e-14, 1) == 1
    assert np.isnan(u[0])


def test_shadows_are_taken_out_in_three_rounds():
    """Three rounds leave little of the error; more leave nothing."""
    true = gusts()
    speed = np.sqrt(sum(x**2 for x in true))
    shaded = sonic_defects.shadow(*true, CSAT3_PATHS, CSAT3_SHADOW)
    worst = {}
    for rounds in (3, 40):
        found = [np.array(x) for x in shaded]
        sonic.transducer_shadow(*found, CSAT3_PATHS, np.linalg.inv(CSAT3_PATHS), CSAT3_SHADOW, rounds)
        worst[rounds] = max(np.abs((a - b) / speed).max() for a, b in zip(found, true, strict=True))
    before = max(np.abs((a - b) / speed).max() for a, b in zip(shaded, true, strict=True))
    assert before > 0.05
    assert worst[3] < 2e-4
    assert worst[40] < 1e-12


def test_shadow_of_a_horizontal_wind():
    """Along +u: two paths at 75.5, one at 60 degrees to the wind; w is shown although there is none."""
    u, v, w = sonic_defects.shadow(np.array([5.0]), np.zeros(1), np.zeros(1), CSAT3_PATHS, CSAT3_SHADOW)
    near, far = 0.16 * (1 - np.sqrt(1 - 0.25)), 0.16 * (1 - np.sqrt(1 - 0.0625))
    assert v[0] == pytest.approx(0.0, abs=1e-12)
    assert u[0] == pytest.approx(5.0 * (1 - (2 * near + far) / 3), rel=1e-9)
    assert w[0] == pytest.approx(5.0 * (near - far) / (3 * np.sqrt(3.0)), rel=1e-9)


def test_shadow_with_a_gap_and_in_calm_air():
    u, v, w = np.array([0.0, np.nan]), np.zeros(2), np.zeros(2)
    sonic.transducer_shadow(u, v, w, CSAT3_PATHS, np.linalg.inv(CSAT3_PATHS), CSAT3_SHADOW, 3)
    np.testing.assert_array_equal([u, v, w], [[0.0, np.nan]] * 3)
