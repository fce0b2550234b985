import numpy as np
import pytest

from fluxkit.chamber.seasons.exchange import split
from fluxkit.chamber.seasons.respiration import fit_respiration

HOURS = np.timedelta64(1, "h")
START = np.datetime64("2026-07-01T10:00", "ns")


def table(rows):
    """Rows of (hour, plot, cover, nee, se)."""
    hour, plot, cover, nee, se = zip(*rows, strict=True)
    time = START + (np.array(hour) * 3600).astype("m8[s]")
    return {
        "nee": np.array(nee, float), "se": np.array(se, float), "cover": np.array(cover), "time": time,
        "plot": np.array(plot),
    }  # fmt: skip


def test_uptake_is_what_darkness_adds():
    found = split(
        **table([(0, "a", "clear", -6.0, 0.3), (0.2, "a", "dark", 4.0, 0.4), (0.1, "b", "dark", 99.0, 1.0)])
    )
    assert found.gpp[0] == 10.0
    assert found.gpp_se[0] == pytest.approx(0.5)
    assert found.partner[0] == 1
    np.testing.assert_array_equal(found.reco, [4.0, 4.0, 99.0])
    assert np.isnan(found.gpp[1:]).all()


def test_the_nearest_dark_closure_of_the_plot_is_taken_but_none_too_far():
    found = split(
        **table([(0, "a", "dark", 1.0, 0.1), (2, "a", "clear", -1.0, 0.1), (2.5, "a", "dark", 3.0, 0.1),
                 (9, "a", "shaded", -1.0, 0.1), (2, "b", "clear", -1.0, 0.1)])
    )  # fmt: skip
    np.testing.assert_array_equal(found.partner, [-1, 2, -1, -1, -1])
    assert found.gpp[1] == 4.0
    assert np.isnan(found.gpp[3:]).all()


def test_a_lost_dark_flux_is_nobodys_partner():
    found = split(
        **table([(0, "a", "clear", -1.0, 0.1), (0.1, "a", "dark", np.nan, 0.1), (1, "a", "dark", 3.0, 0.1)])
    )
    assert found.partner[0] == 2


def test_a_curve_moves_respiration_to_the_lit_closures_temperature():
    t_fit = np.linspace(275.0, 300.0, 40)
    curve = fit_respiration(2.0 * 2.0 ** ((t_fit - 283.15) / 10), t_fit, temperature="q10")
    rows = table([(0, "a", "clear", -6.0, 0.0), (0.2, "a", "dark", 4.0, 0.0), (0, "z", "clear", -6.0, 0.1)])
    found = split(**rows, t=np.array([293.15, 283.15, 293.15]), respiration=curve)
    assert found.reco[0] == pytest.approx(8.0)
    assert found.gpp[0] == pytest.approx(14.0)
    # No dark closure of plot z: the curve itself.
    assert found.reco[2] == pytest.approx(4.0)
    with pytest.raises(ValueError, match="temperatures"):
        split(**rows, respiration=curve)
