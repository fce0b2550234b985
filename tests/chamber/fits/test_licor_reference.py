"""Linear and exponential fluxes that LI-COR's systems stored, from the same points."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from fluxkit.chamber.analysers.reading import open_analyser
from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.closures.file_closures import closures_from_series
from fluxkit.chamber.fits import fits
from fluxkit.chamber.fits.flux_term import flux_term
from tests.chamber.reference_series import R

pytestmark = pytest.mark.reference

FILES = ("goflux/LI8100/LI8100.81x", "respchamberproc_li8100/Flux2_140929_1700.81x.gz")
WIDE = (-30.0, 100.0)


def observations(path):
    """Window, whole closure, stored fluxes and flux term of each observation of an 81x file."""
    series = open_analyser(path, utc_offset_h=0.0)
    found = []
    for closure in series.closures:
        seconds = (series.time - closure.start) / np.timedelta64(1, "s")
        closed = (seconds >= 0) & (series.time <= closure.end)
        kept = closed & (seconds >= np.nan_to_num(closure.deadband))
        stored = {flux.fit: flux for flux in closure.fluxes}
        term = flux_term(
            closure.volume, closure.area, closure.p_air, closure.t_air, closure.h2o, gas_constant=R
        )
        gas = series.data["co2"]
        found.append(((seconds[kept], gas[kept]), (seconds[closed], gas[closed]), stored, float(term)))
    return found


def numbers(found, fit, name):
    return np.array([getattr(stored[fit], name) for _, _, stored, _ in found])


@pytest.mark.parametrize("name", FILES)
def test_stored_lines_are_met_to_their_digits(shared, name):
    found = observations(shared / "data" / "chamber" / name)
    ours = fits.fit_linear(Batch.of(*zip(*(window for window, *_ in found), strict=True)))
    flux = ours.slope * np.array([term for *_, term in found])
    theirs = numbers(found, "linear", "flux")
    print(f"\n{name}: {flux.size} lines, at most {np.max(np.abs(flux - theirs)) * 1e6:.4f} umol m-2 "
          f"s-1 apart, "
          f"{np.max(np.abs(flux / theirs - 1)):.2%}; two digits behind the point are stored")  # fmt: skip
    assert np.max(np.abs(flux - theirs)) <= 0.005e-6
    assert np.max(np.abs(flux / theirs - 1)) < 0.0075


@pytest.mark.parametrize("name", FILES)
def test_stored_exponentials_are_met_where_the_instrument_took_them(shared, name):
    found = observations(shared / "data" / "chamber" / name)
    start, start_se = fits.starting_concentration(
        Batch.of(*zip(*(whole for _, whole, *_ in found), strict=True))
    )
    batch = Batch.of(*zip(*(window for window, *_ in found), strict=True))
    ours = fits.fit_licor(batch, start=start, start_se=start_se, curvature=WIDE)
    flux = ours.slope * np.array([term for *_, term in found])
    theirs = numbers(found, "exponential", "flux")
    taken = numbers(found, "exponential", "selected")
    deviation = np.abs(flux / theirs - 1)[taken]
    print(
        f"\n{name}: {taken.sum()} exponentials, median {np.median(deviation):.2%}, worst "
        f"{np.max(deviation):.2%}"
    )
    assert np.median(deviation) < 0.005
    assert np.max(deviation) < 0.03


@pytest.fixture(scope="module")
def automatic_day(shared):
    """A day of an LI-8250: CO2 of its windows, and what the system made of them."""
    folder = shared / "data" / "chamber" / "tempestx_li8250"
    summary = pd.read_csv(next(folder.glob("*summary.csv")), header=[0, 1, 2]).droplevel(2, axis=1)
    closing = seconds_of_day(summary["LI-8250", "TIME"])
    times, values = [], []
    for path, closed in zip(sorted((folder / "20210820").glob("*.82z")), closing, strict=True):
        with zipfile.ZipFile(path) as archive:
            table = pd.read_csv(io.BytesIO(archive.read("data.csv")), header=[0, 1, 2]).droplevel(2, axis=1)
        seconds = seconds_of_day(table["LI-8250", "TIME"]) - closed
        # The window is 20 to 120 s after closing; the system's residuals are least for 21 to 119.
        kept = (seconds > 20) & (seconds < 120)
        times.append(seconds[kept])
        values.append(table["LI-7810", "CO2_DRY"].to_numpy(float)[kept])
    return Batch.of(times, values), summary["FLUX_LI-7810"]


def seconds_of_day(stamp):
    whole = stamp.to_numpy(int)
    return (whole // 10000 * 3600 + whole // 100 % 100 * 60 + whole % 100).astype(float)


def test_automatic_exponentials_from_the_stored_start(automatic_day):
    """The system ends after ten rounds at most: its residuals are never smaller than ours."""
    batch, stored = automatic_day
    start = stored["FCO2_C0"].to_numpy()
    ours = fits.fit_licor(batch, start=start, curvature=WIDE)
    a, cx, t0 = (stored[f"FCO2_{name}"].to_numpy() for name in ("A", "Cx", "T0"))
    residual = np.empty(len(batch))
    for k in range(len(batch)):
        t, c = batch.part(k)
        residual[k] = np.sum((c - cx[k] - (start[k] - cx[k]) * np.exp(-a[k] * (t - t0[k]))) ** 2)
    # Cx at an end of what the system allows: the data are a line, or bend the other way.
    curved = (cx > 0) & (cx < 1e6) & (stored["FCO2_N"].to_numpy() == batch.counts)
    deviation = np.abs(ours.slope / stored["FCO2_dCdt"].to_numpy() - 1)[curved]
    errors = (np.abs(ours.slope - stored["FCO2_dCdt"].to_numpy()) / ours.slope_se)[curved]
    print(f"\n{curved.sum()} of {len(batch)} closures: slopes {np.median(deviation):.2%} apart in "
          f"the median, 90 % within "
          f"{np.quantile(deviation, 0.9):.2%}, worst {np.max(deviation):.1%} or "
          f"{np.max(errors):.1f} errors; residual over "
          f"theirs at most {np.max(ours.rss / residual):.7f}")  # fmt: skip
    assert curved.sum() > 140
    assert np.all(ours.rss <= residual * (1 + 1e-6))
    assert np.median(deviation) < 0.005
    assert np.quantile(deviation, 0.9) < 0.03


@pytest.fixture(scope="module")
def smart_chambers(shared):
    """All closures of Smart Chambers: points after the dead band, stored fluxes, flux terms, gases."""
    folder = shared / "data" / "chamber"
    paths = [folder / "goflux" / "LI8200" / "LI8200.json"]
    paths += sorted((folder / "tempestx_smartchamber_li7810").glob("*.json.gz"))
    parts, stored, terms = [], [], []
    for path in paths:
        series = open_analyser(path, utc_offset_h=0.0)
        for closure in series.closures:
            seconds = (series.time - closure.start) / np.timedelta64(1, "s")
            kept = (seconds > closure.deadband) & (series.time <= closure.end)
            term = flux_term(
                closure.volume, closure.area, closure.p_air, closure.t_air, closure.h2o, gas_constant=R
            )
            for flux in closure.fluxes:
                if flux.gas not in series.data:
                    continue
                gas = series.data[flux.gas][kept]
                if np.isfinite(gas).sum() == gas.size == flux.points:
                    parts.append((seconds[kept], gas))
                    stored.append(flux)
                    terms.append(float(term))
    return Batch.of(*zip(*parts, strict=True)), stored, np.array(terms)


def stored_curves(batch, stored):
    """Residual sum of squares of the stored curves on our points, and about the mean."""
    left, whole = np.empty(len(batch)), np.empty(len(batch))
    for k, flux in enumerate(stored):
        t, c = batch.part(k)
        left[k] = np.sum((c - flux.cx - (flux.c0 - flux.cx) * np.exp(-flux.a * (t - flux.t0))) ** 2)
        whole[k] = np.sum((c - c.mean()) ** 2)
    return left, whole


def test_portable_chambers_fluxes_follow_from_their_slopes(smart_chambers):
    batch, stored, terms = smart_chambers
    flux, slope = (np.array([getattr(one, name) for one in stored]) for name in ("flux", "slope"))
    worst = np.max(np.abs(flux / slope / terms - 1))
    print(f"\n{len(batch)} windows with just the points of the chamber; flux over slope {worst:.1e}")
    assert len(batch) > 700
    assert worst < 1e-5


def test_portable_chambers_exponentials_from_the_stored_start(smart_chambers):
    """They stop after two or three rounds, at most ten: our residuals are never larger, the slopes near."""
    batch, stored, _ = smart_chambers
    column = {name: np.array([getattr(one, name) for one in stored]) for name in ("slope", "c0", "cx", "r2")}
    gas = np.array([one.gas for one in stored])
    ours = fits.fit_licor(batch, start=column["c0"], curvature=WIDE)
    line = fits.fit_linear(batch)
    left, whole = stored_curves(batch, stored)
    # Cx at an end of what the chamber allows: a line is what it found.
    curved = (column["cx"] > 0) & (column["cx"] < 1) & (gas == "co2")
    straight = ~curved & (gas == "co2")
    r2 = np.abs(1 - left / whole - column["r2"])[curved]
    good = curved & (column["r2"] > 0.98)
    apart = np.abs(ours.slope / column["slope"] - 1)[good]
    errors = (np.abs(ours.slope - column["slope"]) / ours.slope_se)[good]
    ended = curved & (left < ours.rss * (1 + 1e-4)) & (np.abs(ours.slope) > 5 * ours.slope_se)
    there = np.abs(ours.slope / column["slope"] - 1)[ended]
    lines = np.abs(line.slope / column["slope"] - 1)[straight]
    print(f"\n{curved.sum()} exponentials: r2 on our points {np.median(r2):.1e} (worst {r2.max():.1e}), our "
          f"residual over theirs at most {np.max(ours.rss / left):.9f}; {good.sum()} with r2 > 0.98: "
          f"slopes {np.median(apart):.2%} apart in the median, worst {apart.max():.1%} or "
          f"{errors.max():.2f} errors; {ended.sum()} that ended at the least: worst {there.max():.2%}; "
          f"{straight.sum()} lines: median {np.median(lines):.1e}")  # fmt: skip
    assert curved.sum() > 250
    assert r2.max() < 2e-4
    assert np.all(ours.rss <= left * (1 + 1e-9))
    assert np.median(apart) < 0.01
    assert np.quantile(apart, 0.85) < 0.03
    assert errors.max() < 1.2
    assert there.max() < 0.03
    assert np.median(lines) < 1e-4


def test_the_start_is_a_line_over_ten_seconds():
    """11 readings of one a second; 10 s bends away from the line of the first ten points every 2 s."""
    rng = np.random.default_rng(0)
    for every in (0.5, 1.0, 2.0):
        t = np.arange(0.0, 60.0, every)
        c = 400 + 0.3 * t - 0.004 * t**2 + 0.1 * rng.standard_normal(t.size)
        start, se = fits.starting_concentration(Batch.of([t], [c]))
        first = t <= 10
        (_, level), covariance = np.polyfit(t[first], c[first], 1, cov=True)
        assert start[0] == pytest.approx(level, rel=1e-12)
        assert se[0] == pytest.approx(np.sqrt(covariance[1, 1]), rel=1e-9)
    slow = np.arange(0.0, 200.0, 5.5)
    start, _ = fits.starting_concentration(Batch.of([slow], [400 + 0.3 * slow]))
    assert start[0] == pytest.approx(400.0)


@pytest.mark.parametrize(
    ("name", "counts"),
    [("LI8100/LI8100.81x", True), ("LI8250/LI8250.82z", False), ("LI8200/LI8200.json", False)],
)
def test_the_reading_at_the_end_of_the_dead_band(shared, name, counts):
    """The LI-8100 fits it; the LI-8250 and the Smart Chamber begin one reading later."""
    series = open_analyser(shared / "data" / "chamber" / "goflux" / name, utc_offset_h=0.0)
    gas = series.data[next(gas for gas in series.gases if np.isfinite(series.data[gas]).any())]
    for closure, begin in zip(series.closures, closures_from_series([series]).deadband, strict=True):
        seconds = (series.time - closure.start) / np.timedelta64(1, "s")
        fitted = (seconds >= begin) & (series.time <= closure.end) & np.isfinite(gas)
        late = 0.0 if counts else 1.0
        assert seconds[fitted][0] == pytest.approx(closure.deadband + late, abs=0.5)
        points = [fit.points for fit in closure.fluxes if fit.points]
        print(name, closure.id, closure.deadband, closure.stop, fitted.sum(), points)
