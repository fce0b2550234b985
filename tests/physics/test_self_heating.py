"""Heat of the LI-7500's surfaces, against numbers worked out by hand from the paper's tables."""

import numpy as np
import pytest

from fluxkit.physics import self_heating as sh

LINEAR = {
    "bottom": ((0.944, 2.57), (0.883, 2.17)),
    "top": ((1.005, 0.24), (1.008, -0.41)),
    "spar": ((1.01, 0.36), (1.01, -0.17)),
}
MULTIPLE = {
    "bottom": ((2.8, -0.0681, 0.0021, -0.334), (0.5, -0.116, 0.0087, -0.206)),
    "top": ((-0.1, -0.0044, 0.0011, -0.022), (-1.7, -0.016, 0.0051, -0.029)),
    "spar": ((0.3, -0.0007, 0.0006, -0.044), (-2.1, -0.02, 0.007, 0.026)),
}


def heat(t=-20.0, u=3.0, day=True, sw=100.0, lw=230.0, multiple=None):
    x = (np.array([float(v)]) for v in (t + 273.15, u, sw, lw))
    T, U, SW, LW = x
    found, simplified = sh.self_heating_burba_2008(
        T, U, day=np.array([day]), shortwave=SW, longwave=LW, linear=LINEAR, multiple=multiple
    )
    return float(found[0]), bool(simplified[0])


def test_a_cold_day_by_hand():
    """Excess 3.69, 0.14, 0.16 K; layers 4.589, 4.926, 0.2368 mm: 18.50 + 0.80 + 0.15 x 16.27 W m-2."""
    assert heat()[0] == pytest.approx(21.734, abs=2e-3)


def test_a_cold_night_by_hand():
    """Excess 4.51, -0.57, -0.37 K in the same layers."""
    assert heat(day=False)[0] == pytest.approx(22.608 - 3.2443 - 0.15 * 37.621, abs=3e-3)


def test_radiation_and_wind_by_hand():
    """By day 2.8 + 1.362 + 0.21 - 1.002 = 3.37 K below, 0.032 K above, 0.242 K at the spar."""
    by_hand = 0.023003 * (3.37 / 0.0045888 + 0.032 * 247.438 + 0.15 * 0.242 / 0.00022623)
    assert heat(multiple=MULTIPLE)[0] == pytest.approx(by_hand, rel=1e-3)


def test_longwave_counts_by_night_and_shortwave_by_day():
    assert heat(day=False, sw=0.0, multiple=MULTIPLE) == heat(day=False, sw=900.0, multiple=MULTIPLE)
    assert heat(day=True, lw=200.0, multiple=MULTIPLE) == heat(day=True, lw=400.0, multiple=MULTIPLE)


@pytest.mark.parametrize("day", [True, False])
def test_without_the_radiation_that_counts_the_line_stands_in(day):
    missing = {"sw": np.nan} if day else {"lw": np.nan}
    assert heat(day=day, multiple=MULTIPLE, **missing) == (heat(day=day)[0], True)
    other = {"lw": np.nan} if day else {"sw": np.nan}
    assert heat(day=day, multiple=MULTIPLE, **other) == heat(day=day, multiple=MULTIPLE)


def test_wind_thins_the_layers_and_surfaces_like_the_air_give_nothing():
    assert heat(u=8.0)[0] > heat(u=2.0)[0] > 0.0
    assert np.isfinite(heat(u=0.0)[0])
    T, U = np.full(1, 280.0), np.full(1, 2.0)
    assert sh.heat_of_surfaces(T, T, T, T, U)[0] == 0.0
    assert np.isnan(heat(t=np.nan)[0])
