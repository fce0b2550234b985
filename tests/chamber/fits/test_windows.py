import numpy as np
import pytest

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.closures.gas_readings import GasReadings
from fluxkit.chamber.fits import windows
from fluxkit.chamber.fits.gas_fluxes import slopes_at_closing
from tests.chamber.made_closures import CLOSED, SLOPE, closures, record


def test_fixed_windows():
    begin, end = windows.fixed_windows(
        np.array([np.nan, 30.0]), np.array([100.0, 100.0]), crop_end=10, longest=50
    )
    assert begin.tolist() == [0, 30]
    assert end.tolist() == [50, 80]


def bent(at, *, kappa=0.0, noise=1e-8, number=20):
    """Closures that stay as they are until ``at``."""
    rng = np.random.default_rng(3)
    t = np.arange(200.0)
    rise = np.clip(t - at, 0, None)
    rise = rise if kappa == 0 else (1 - np.exp(-kappa * rise)) / kappa
    series = [4e-4 + SLOPE * rise + noise * rng.standard_normal(t.size) for _ in range(number)]
    return Batch.of([t] * number, series)


def test_the_bend_is_found():
    begin, gain = windows.behind_bend(bent(25.0), np.zeros(20), search=60, shortest=60)
    assert (gain > 0).all()
    assert np.abs(begin - 25).max() <= 2


@pytest.mark.parametrize("kappa", [0.0, 0.002, 0.008])
def test_a_closures_own_curvature_is_no_bend(kappa):
    begin, _ = windows.behind_bend(bent(0.0, kappa=kappa, noise=2e-7), np.zeros(20), search=60, shortest=60)
    assert (begin > 0).sum() <= 2  # of 20


def test_the_dead_band_is_left_out_in_any_case_and_few_points_are_no_bend():
    begin, gain = windows.behind_bend(
        Batch.of([np.arange(5.0), np.empty(0)], [np.ones(5), np.empty(0)]),
        np.array([2.0, 3.0]),
        search=60,
        shortest=60,
    )
    assert begin.tolist() == [2.0, 3.0]
    assert np.isnan(gain).all()


def plateau_of(one, *, model="hm"):
    courses = GasReadings.of("co2", closures(), [one], ["a"])
    return windows.plateau(
        lambda begin, end: slopes_at_closing(courses, begin, end, model),
        np.full(6, float(CLOSED)),
        search=60.0,
        shortest=60.0,
    )


def test_a_campaign_with_mixing_at_the_start_gets_a_later_begin():
    disturbed = plateau_of(record(noise=0.02e-6, kappa=0.002, spin_up=8e-6))
    clean = plateau_of(record(noise=0.02e-6, kappa=0.002))
    assert disturbed.begin >= 30
    assert clean.begin <= 20
    assert disturbed.end - disturbed.begin >= 60
    assert "changes a flux by" in disturbed.sentence()
    print(f"begin {disturbed.begin:g} s disturbed, {clean.begin:g} s clean")


def test_closures_too_short_to_compare_windows():
    assert windows.plateau(lambda begin, _: begin, np.full(3, 65.0), search=60, shortest=60) is None
    assert windows.plateau(lambda begin, _: begin, np.full(3, np.nan), search=60, shortest=60) is None


def test_a_search_looks_at_few_of_many():
    assert windows.sample(4).tolist() == [0, 1, 2, 3]
    assert windows.sample(10_000).size == windows.MOST
