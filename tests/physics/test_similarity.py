"""Surface-layer similarity: literal numbers and signs."""

import numpy as np
import pytest

from fluxkit.physics import similarity


def model(zeta: float, ustar: float = 0.3, f_c: float = 1e-4) -> dict[str, float]:
    out = similarity.integral_turbulence_thomas_foken_2002(np.array([zeta]), np.array([ustar]), f_c)
    return {k: float(v[0]) for k, v in out.items()}


def length(ustar: float, heat: float) -> float:
    L = similarity.obukhov_length(np.array([ustar]), np.array([heat]), np.array([300.0]), g=9.81, kappa=0.4)
    return float(L[0])


def test_obukhov_length_by_hand():
    """-300 x 0.027 / (0.4 x 9.81 x 0.1) = -20.642 m."""
    assert length(0.3, 0.1) == pytest.approx(-20.642, abs=1e-3)
    assert length(0.3, -0.1) == -length(0.3, 0.1)


def test_no_heat_no_length():
    assert np.isinf(length(0.3, 0.0))
    assert np.isnan(length(np.nan, 0.1))


def test_coriolis():
    assert similarity.coriolis(45.0) == pytest.approx(1.0313e-4, rel=1e-4)
    assert similarity.coriolis(-45.0) == similarity.coriolis(45.0)
    assert similarity.coriolis(0.0) == 0.0
    # The day of the sun is longer than that of the stars by 1/365.
    ratio = similarity.OMEGA / similarity.OMEGA_SOLAR_DAY
    assert ratio == pytest.approx(1 + 1 / 365.24, rel=1e-4)


def test_neutral_characteristics_by_hand():
    """ln(1e-4 / 0.3) = -8.00637: 0.21 x that + 3.1 = 1.41866; 0.44 x that + 6.3 = 2.77720."""
    assert model(1e-3)["w"] == pytest.approx(1.41866, abs=1e-4)
    assert model(-0.1)["u"] == pytest.approx(2.77720, abs=1e-4)


@pytest.mark.parametrize(
    ("zeta", "expected"),
    [(-8.0, 0.5), (-0.5, 0.5**-0.25), (-0.04, 0.5 * 0.04**-0.5), (0.01, 5.0), (0.1, 1.4 * 0.1**-0.25)],
)
def test_temperature_characteristics_of_the_table(zeta, expected):
    assert model(zeta)["t_sonic"] == pytest.approx(expected)


def test_unstable_wind_characteristics():
    assert model(-1.0)["u"] == pytest.approx(4.15)
    assert model(-0.5)["w"] == pytest.approx(1.3 * 2 ** (1 / 3))


def test_missing_stability_has_no_model():
    out = model(np.nan)
    assert np.isnan(out["t_sonic"])


def test_models_end_where_they_were_made_for():
    """Thomas & Foken (2002): the wind up to z/L = 0.4; Foken (2004): temperature up to 1."""
    zeta = np.array([-5.0, 0.4, 0.41, 1.0, 1.1, np.nan])
    made = similarity.integral_turbulence_thomas_foken_2002(zeta, np.full(6, 0.2), 1e-4)
    assert np.isnan(made["w"]).tolist() == np.isnan(made["u"]).tolist() == [False, False, *[True] * 4]
    assert np.isnan(made["t_sonic"]).tolist() == [*[False] * 4, True, True]
    beyond = similarity.integral_turbulence_thomas_foken_2002(zeta, np.full(6, 0.2), 1e-4, beyond_range=True)
    assert np.isfinite(beyond["w"][:5]).all()
    np.testing.assert_array_equal(beyond["w"][:2], made["w"][:2])
