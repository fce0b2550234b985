"""Linear and exponential fluxes that LI-COR's systems stored, from the same points."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from fluxkit.chamber import fits
from fluxkit.chamber.batch import Batch
from fluxkit.chamber.flux_term import flux_term
from fluxkit.raw.analysers.reading import open_analyser
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
