"""Random error of half hours and of sums."""

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.ecosystem.uncertainty.random_error import effective_n, random_error, random_of_sum
from tests.ecosystem.shared_series import table_of

DAY = 48


def clock(days):
    start = np.datetime64("2021-05-01", "ns") + np.arange(days * DAY) * np.timedelta64(30, "m")
    return fk.ecosystem.HalfHours(start, 1800.0)


def test_noise_that_grows_with_the_flux_comes_back():
    """Laplace noise on a flux that follows light: by day large, by night small."""
    at = clock(60)
    random = np.random.default_rng(1)
    light = np.maximum(0.0, 900.0 * np.sin((at.hour - 6.0) / 12.0 * np.pi)) * np.repeat(
        random.uniform(0.5, 1, 60), DAY
    )
    flux = 2.0 - 0.02 * light
    planted = 0.5 + 0.15 * np.abs(flux)
    values = flux + random.laplace(0.0, planted / np.sqrt(2.0))
    sd, method, count = random_error(values, {"SW_IN": light}, at)
    for chosen in (light > 500.0, light == 0.0):
        assert np.nanmean(sd[chosen] / planted[chosen]) == pytest.approx(1.0, abs=0.1)
    assert set(np.unique(method)) <= {0, 1, 2}
    assert count[method == 1].min() > 5


def test_a_series_shorter_than_the_window_has_what_there_is():
    """One day: neighbours are those within an hour, of which an error is not made."""
    values = np.random.default_rng(0).normal(0.0, 1.0, 3 * DAY)
    assert np.isnan(random_error(values[:DAY], {}, clock(1))[0]).all()
    sd, _, count = random_error(values, {}, clock(3))
    assert count.max() == 15
    assert np.nanmean(sd) == pytest.approx(1.0, abs=0.1)


def test_literal_standard_deviation_of_one_record():
    at = clock(15)
    values = np.full(15 * DAY, np.nan)
    place = 7 * DAY + 24
    measured = {
        place: 1.0,
        place + 2: 2.0,
        place - DAY: 4.0,
        place + DAY - 1: 8.0,
        place + 3 * DAY: 16.0,
        place - 7 * DAY: 32.0,
    }
    for where, value in measured.items():
        values[where] = value
    values[place + 3] = 1000.0  # an hour and a half later
    sd, method, count = random_error(values, {}, at)
    assert sd[place] == pytest.approx(np.std(list(measured.values()), ddof=1))
    assert (method[place], count[place]) == (1, 6)
    assert np.isnan(sd[place + 1])


def test_method_two_takes_the_median_of_like_fluxes():
    at = clock(20)
    values = np.random.default_rng(2).normal(5.0, 1.0, 20 * DAY)
    warm = np.where(np.arange(20 * DAY) == 500, 40.0, 10.0)
    sd, method, _ = random_error(values, {"TA": warm}, at)
    assert method[500] == 2
    near = slice(0, 500 + 14 * DAY + 1)
    like = (np.abs(values[near] - values[500]) <= 2.0) & (method[near] == 1)
    assert sd[500] == pytest.approx(np.median(sd[near][like]))


def test_effective_number_of_an_autoregressive_series_with_gaps():
    """n (1 - phi) / (1 + phi) in the limit; with gaps the pairs that are there count."""
    random = np.random.default_rng(3)
    phi, n = 0.6, 200_000
    x = np.empty(n)
    x[0] = 0.0
    kicks = random.normal(size=n)
    for place in range(1, n):
        x[place] = phi * x[place - 1] + kicks[place]
    assert effective_n(x) == pytest.approx(n * (1 - phi) / (1 + phi), rel=0.1)
    gone = np.where(random.random(n) < 0.5, np.nan, x)
    rho = phi ** np.arange(1, 60)
    assert effective_n(gone) == pytest.approx(0.5 * n / (1.0 + 2.0 * 0.5 * rho.sum()), rel=0.1)


def test_effective_number_of_tharandt(shared):
    """The number of the lognorm package, which REddyProc's users take."""
    theirs = table_of(shared, "DE-Tha_1998_HH", "reddyproc_hh.csv.gz")
    residual = (theirs.NEE_f - theirs.NEE_fall).where(theirs.NEE_fqc == 0).to_numpy()
    assert effective_n(residual) == pytest.approx(3844.41366941, rel=1e-9)


def test_sums_of_noise_scatter_as_told():
    """Autocorrelated noise, summed in 400 realisations."""
    random = np.random.default_rng(4)
    phi, n = 0.5, 4000
    kicks = random.normal(size=(400, n))
    noise = np.empty_like(kicks)
    noise[:, 0] = kicks[:, 0] / np.sqrt(1 - phi**2)
    for place in range(1, n):
        noise[:, place] = phi * noise[:, place - 1] + kicks[:, place]
    sd = np.full(n, 1.0 / np.sqrt(1 - phi**2))
    group = np.arange(n) // 2000
    told = np.mean([random_of_sum(sd, row, group) for row in noise[:50]], axis=0)
    scatter = np.stack([np.bincount(group, row) for row in noise]).std(axis=0)
    np.testing.assert_allclose(told, scatter, rtol=0.12)


def test_a_day_alone_has_too_few_like_records():
    error, method, count = random_error(np.arange(48.0), {}, clock(1))
    assert np.isnan(error).all()
    assert not method.any()
    assert not count.any()
