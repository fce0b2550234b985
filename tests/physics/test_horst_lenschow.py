"""Loss of flux by separation of sensors."""

import numpy as np
import pytest

from fluxkit.physics.horst_lenschow import (
    left_horst_lenschow_2009,
    peak_lateral,
    peak_streamwise,
    peak_vertical,
)

ZETA = np.linspace(-3.0, 3.0, 121)


def test_unstable_limits() -> None:
    """The constants of unstable air, and that stable air takes more."""
    unstable = np.array([-1.0])
    assert peak_streamwise(unstable)[0] == pytest.approx(0.07 / 1.1)
    assert peak_lateral(unstable)[0] == 0.15
    assert peak_vertical(unstable, above=True)[0] == 0.1
    assert peak_vertical(unstable, above=False)[0] == 0.013


@pytest.mark.parametrize(
    "peak",
    [
        peak_streamwise,
        peak_lateral,
        lambda z: peak_vertical(z, above=True),
        lambda z: peak_vertical(z, above=False),
    ],
)
def test_peaks_grow_with_stability_without_a_jump(peak) -> None:  # type: ignore[no-untyped-def]
    fine = np.linspace(-3.0, 3.0, 6001)
    n = peak(fine)
    assert np.all(np.diff(n) >= -2e-3)
    assert np.abs(np.diff(n)).max() < 0.02


def test_literal() -> None:
    """0.15 m across the wind at 4 m above displacement in unstable air: exp(-2 pi 0.15 0.15 / 4)."""
    left = left_horst_lenschow_2009(np.array([-0.5]), streamwise=0.0, lateral=0.15, vertical=0.0, height=4.0)
    assert left[0] == pytest.approx(np.exp(-2.0 * np.pi * 0.15 * 0.15 / 4.0), rel=1e-12)


def test_along_and_across_join_as_an_ellipse() -> None:
    """Neither a product nor a sum: at 45 degrees the loss lies between those along and across."""
    kw = {"vertical": 0.0, "height": 3.0}
    along = left_horst_lenschow_2009(ZETA, streamwise=0.3, lateral=0.0, **kw)
    across = left_horst_lenschow_2009(ZETA, streamwise=0.0, lateral=0.3, **kw)
    askew = left_horst_lenschow_2009(ZETA, streamwise=0.3 / np.sqrt(2), lateral=-0.3 / np.sqrt(2), **kw)
    assert np.all(askew <= np.maximum(along, across))
    assert np.all(askew >= np.minimum(along, across))
    np.testing.assert_allclose(np.log(askew) ** 2, (np.log(along) ** 2 + np.log(across) ** 2) / 2, rtol=1e-12)


def test_below_takes_less_than_above_and_signs_of_horizontal_do_not_matter() -> None:
    kw = {"height": 3.0}
    above = left_horst_lenschow_2009(ZETA, streamwise=0.0, lateral=0.0, vertical=0.2, **kw)
    below = left_horst_lenschow_2009(ZETA, streamwise=0.0, lateral=0.0, vertical=-0.2, **kw)
    assert np.all(below > above)
    one = left_horst_lenschow_2009(ZETA, streamwise=-0.1, lateral=0.2, vertical=0.0, **kw)
    other = left_horst_lenschow_2009(ZETA, streamwise=0.1, lateral=-0.2, vertical=0.0, **kw)
    np.testing.assert_array_equal(one, other)
    unknown = np.array([np.nan])
    assert np.isnan(left_horst_lenschow_2009(unknown, streamwise=0.1, lateral=0.1, vertical=0.1, **kw))
