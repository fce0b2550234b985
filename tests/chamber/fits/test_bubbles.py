"""Bubbles are found, counted and taken from the diffusion between them."""

import numpy as np
import pandas as pd
import pytest

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.fits import fits
from fluxkit.chamber.fits.bubbles import find_bubbles, without_bubbles
from fluxkit.chamber.synthetic.closures import make_closures
from fluxkit.kernels.closure.steps import segments

LAKE = {"slope": 1e-9, "noise": 1e-9, "start": 2e-6, "seed": 4}


def searched(count=150, curved=False, **keywords):
    made = make_closures(count, **LAKE, **keywords)
    batch = Batch(made.t, made.c, made.offsets)
    return batch, find_bubbles(batch, curved=curved), made


@pytest.mark.parametrize(("rho", "share"), [(0.0, 0.01), (0.5, 0.1)])
def test_without_bubbles_hardly_any_is_found(rho, share):
    _, found, made = searched(rho=rho)
    print(
        f"\nrho {rho}: {found.count.mean():.3f} found a closure, diffusive bias "
        f"{np.mean(found.slope / made.slope) - 1:+.2%}"
    )
    assert found.count.mean() <= share
    assert np.mean(found.slope / made.slope) == pytest.approx(1.0, abs=0.002)


@pytest.mark.parametrize(("size", "rho"), [(1e-7, 0.0), (1e-8, 0.0), (1e-7, 0.5)])
def test_bubbles_are_told_from_diffusion(size, rho):
    batch, found, made = searched(bubble_rate=1 / 120, bubble_size=size, rho=rho)
    raw = fits.fit_linear(batch)
    kept = fits.fit_linear(without_bubbles(batch, found))
    share = found.rise.sum() / made.bubbled.sum()
    bias, plain, after = (np.mean(s / made.slope) - 1 for s in (found.slope, raw.slope, kept.slope))
    print(f"\nsize {size}: {share:.3f} of the rise found, diffusive bias {bias:+.2%}, of lines {plain:+.1%}, "
          f"with bubbles taken off {after:+.2%}")  # fmt: skip
    assert share == pytest.approx(1.0, abs=0.05)
    assert abs(bias) < 0.01
    assert abs(after) < 0.02
    assert plain > 0.05


def test_planted_steps_are_found_with_time_and_height():
    """Two bubbles of 20 and 8 times the noise, and a leak's fall that is none."""
    rng = np.random.default_rng(3)
    t = np.arange(300.0)
    rise = 2e-6 + 1e-9 * t + 2e-8 * (t >= 90) + 8e-9 * (t >= 200)
    batch = Batch.of([t, t], [rise, 2e-6 + 1e-9 * t - 2e-8 * (t >= 150)])
    found = find_bubbles(Batch(batch.t, batch.c + 1e-9 * rng.normal(size=600), batch.offsets))
    away = found.height / [2e-8, 8e-9] - 1
    print(f"\ntimes {found.time}, heights off by {away[0]:+.2%} and {away[1]:+.2%}")
    assert found.closure.tolist() == [0, 0]
    assert found.count.tolist() == [2, 0]
    assert found.falls.tolist() == [0, 1]
    assert np.max(np.abs(found.time - [90, 200])) <= 1
    # A level over some 90 points has an error of a tenth of the noise, the slope moves it as much.
    assert np.max(np.abs(found.height - [2e-8, 8e-9])) < 5e-10
    assert np.max(np.abs(found.slope - 1e-9) / found.slope_se) < 3
    assert found.ebullition[0] == pytest.approx(2.8e-8 / 299, rel=0.02)


def test_bubbles_that_mix_slowly():
    _, found, made = searched(bubble_rate=1 / 300, bubble_size=1e-7, mixing=3.0, duration=300.0)
    share = found.rise.sum() / made.bubbled.sum()
    print(
        f"\n{share:.3f} of the rise found, median diffusive bias "
        f"{np.median(found.slope / made.slope) - 1:+.2%}"
    )
    assert share == pytest.approx(1.0, abs=0.1)
    assert np.median(found.slope / made.slope) == pytest.approx(1.0, abs=0.01)


def test_a_curved_rise_is_no_bubble_where_parabolas_are_allowed():
    _, straight, _ = searched(30, feedback=1 / 180)
    _, curved, _ = searched(30, curved=True, feedback=1 / 180)
    assert straight.falls.mean() > 0.5
    assert curved.falls.mean() < 0.1


def test_stretches_are_the_cheapest_of_all():
    """Against every possible cut of a short series."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=12) + np.repeat([0.0, 3.0, 1.0], 4)
    found, cost = segments(z, 2.0, 1e9, 2)

    def cheapest(first):
        if first == z.size:
            return -2.0
        return min(
            np.sum((z[first:last] - z[first:last].mean()) ** 2)
            + 2.0
            + cheapest(last)
            + (2.0 if last == z.size else 0.0)
            for last in range(first + 2, z.size + 1)
            if last == z.size or z.size - last >= 2
        )

    assert cost == pytest.approx(cheapest(0) - 2.0)
    assert found[0, 0] == 0
    assert found[-1, 1] == 12


def test_bad_closures_stop_none():
    t = np.arange(60.0)
    batch = Batch.of([t[:0], t[:3], t, t], [t[:0], t[:3], np.full(60, 2e-6), np.full(60, np.nan)])
    found = find_bubbles(batch)
    assert found.count.tolist() == [0, 0, 0, 0]
    assert np.array_equal(without_bubbles(batch, found).c, batch.c, equal_nan=True)


@pytest.mark.reference
def test_two_pump_cycles_of_a_lake(shared):
    """FluxSeparator finds 37 to 50 ppm of bubbles in the second cycle, as its cutoff is chosen."""
    table = pd.read_csv(
        shared / "data" / "chamber" / "fluxseparator" / "DIY_sensor_data.csv", parse_dates=["datetime"]
    )
    cycles = [cycle for _, cycle in table.groupby("PumpCycle")]
    times = [(c.datetime - c.datetime.iloc[0]).dt.total_seconds().to_numpy() for c in cycles]
    found = find_bubbles(Batch.of(times, [c.pred_CH4.to_numpy(float) for c in cycles]), curved=True)
    halved = find_bubbles(
        Batch.of(times, [c.pred_CH4.to_numpy(float) for c in cycles]), curved=True, weight=8.0
    )
    print(f"\nbubbles {found.rise.round(1)} ppm, with twice the penalty {halved.rise.round(1)} ppm; "
          f"FluxSeparator 0 to 3.2 "
          "and 37.2 to 49.7 ppm")  # fmt: skip
    assert found.rise[0] < 6
    assert 30 < found.rise[1] < 55
    assert halved.rise[1] == pytest.approx(found.rise[1], rel=0.15)
