"""Figures show the numbers of the pages: one source, two ways of drawing."""

import re

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.page import page as ecosystem_page
from fluxkit.ecosystem.page import relations
from fluxkit.plot import chambers, courses, delays, ensembles, fingerprints, planes, years
from fluxkit.plot.axes import PlotError, local_begins, records
from fluxkit.report import figures, sections, summaries
from fluxkit.report.losses import account_of_losses
from fluxkit.report.svg.marks import Line, Markers
from tests.report.web.script import Script


@pytest.fixture(scope="module")
def script() -> Script:
    return Script()


def as_json(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(v) else float(v) for v in values]


NUMBERS = "Float64Array.from(ARGS[0], v => v === null ? NaN : v)"


def of_the_page(fluxes: xr.Dataset) -> list[sections.Told]:
    """The sections of a tower's page."""
    return sections.over_time(records(fluxes), account_of_losses(fluxes, 30.0), {})


def clock_of(found) -> dict[str, float]:
    start = found.clock.start.astype("datetime64[s]").astype(float)
    return {"start": start, "step": found.clock.step_s, "count": found.clock.count}


def test_courses_of_the_day_are_those_of_the_page(fluxes, script):
    found = records(fluxes)
    values = found.values("NEE")
    mine = courses.courses(found, values)
    theirs = script.call(
        f"core.diurnal({NUMBERS}, ARGS[1]).map(m => [[...m.mean], [...m.sd], [...m.n]])",
        as_json(values), clock_of(found),
    )  # fmt: skip
    mean, sd, n = (np.array([row[k] for row in theirs], dtype=float) for k in range(3))
    np.testing.assert_array_equal(n, mine.n)
    np.testing.assert_allclose(mine.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(mine.sd, sd, rtol=1e-9)
    assert mine.n.any(axis=1).sum() == 2  # June and July


def test_a_drawn_course_is_the_mean_of_its_month(fluxes):
    axes = fk.plot.diurnal(fluxes, "NEE")
    assert [ax.get_title() for ax in axes] == ["Jun", "Jul"]
    found = records(fluxes)
    mean = courses.courses(found, found.values("NEE")).mean
    drawn = axes[0].get_lines()[-1]
    np.testing.assert_array_equal(drawn.get_ydata(), mean[5])


@pytest.mark.parametrize("palette", ["diverging", "sequential"])
def test_colours_and_limits_of_fingerprints_are_those_of_the_page(fluxes, script, palette):
    values = records(fluxes).values("NEE")
    theirs = script.call(f"core.limits({NUMBERS}, ARGS[1])", as_json(values), palette)
    np.testing.assert_allclose(fingerprints.limits(values, palette), theirs, rtol=1e-12)
    assert script.call("core.PALETTES[ARGS[0]]", palette) == list(fingerprints.PALETTES[palette])


def test_a_fingerprint_has_the_days_and_slots_of_the_page(fluxes, script):
    found = records(fluxes)
    values = found.values("NEE")
    days, table = fingerprints.calendar(found, values)
    theirs = script.call("core.calendar(ARGS[0])", clock_of(found))
    assert table.shape == (theirs["slots"], theirs["days"])
    assert days[0].astype("datetime64[D]").astype(int) == theirs["day"]
    np.testing.assert_array_equal(table.T.ravel()[theirs["slot"] :][: values.size], values)
    image = fk.plot.fingerprint(fluxes, "NEE").get_images()[0]
    np.testing.assert_array_equal(np.ma.filled(image.get_array(), np.nan), table)


def test_a_gap_in_time_stays_a_gap(fluxes):
    found = records(fluxes)
    assert found.clock.count == 48 * 40
    assert np.isnan(found.values("NEE")[400:500]).all()
    assert str(local_begins(found)[0]).startswith("2023-06-11T00:00")


def test_series_are_drawn_by_the_classes_of_the_page(fluxes):
    ax = fk.plot.series(fluxes, "NEE")
    found = records(fluxes)
    told = of_the_page(fluxes)
    lines = next(t for t in told if t.section.title == "Fluxes").section.figures[0]
    assert lines.series[0].quality == "NEE_QC"
    best = next(line for line in ax.get_lines() if line.get_label() == "best (0)")
    values, classes = found.values("NEE"), found.values("NEE_QC")
    np.testing.assert_array_equal(best.get_ydata(), values[classes == 0])
    assert ax.get_ylabel() == "NEE (µmol m⁻² s⁻¹)"


def test_schemes_have_the_band_of_the_page(fluxes):
    told = of_the_page(fluxes)
    made = next(t for t in told if t.section.title == "Schemes").made
    paths = fk.plot.schemes(fluxes, "NEE").collections[0].get_paths()
    band = np.concatenate([path.vertices for path in paths])
    for end in ("LOW", "HIGH"):
        values = made[f"NEE_SCHEMES_{end}"].values
        assert np.isin(np.round(values[np.isfinite(values)], 9), np.round(band[:, 1], 9)).all()


def test_the_energy_balance_has_the_numbers_of_the_page(fluxes):
    told = of_the_page(fluxes)
    balance = next(t for t in told if t.section.title == "Energy balance")
    ax = fk.plot.energy_balance(fluxes)
    said = ax.get_legend().get_texts()[1].get_text()
    ratio, slope = re.findall(r"\d\.\d\d", said)
    available, turbulent = (balance.made[name].values for name in ("AVAILABLE", "TURBULENT"))
    both = np.isfinite(available) & np.isfinite(turbulent)
    assert ratio == f"{turbulent[both].sum() / available[both].sum():.2f}"
    assert f"through the origin {slope}" in balance.section.caption
    shown = ax.get_lines()[0]
    assert np.isin(shown.get_xdata(), available).all()
    assert ax.get_xlabel() == "NETRAD − G (W m⁻²)"


def test_lags_are_the_histogram_of_the_page(fluxes):
    drawn = figures.lag_shares_figure(fluxes, ["CO2"])
    line = next(mark for mark in drawn.panels[0].marks if isinstance(mark, Line))
    edges, share = delays.shares(fluxes["CO2_TLAG_USED"].to_numpy())
    np.testing.assert_allclose(line.x, np.repeat(edges, 2)[1:-1])
    np.testing.assert_allclose(line.y, np.repeat(share, 2))
    steps = fk.plot.lags(fluxes, ["CO2"]).patches[0].get_data()
    np.testing.assert_array_equal(steps.values, share)


def test_lags_by_humidity_are_the_means_of_the_page(fluxes):
    drawn = figures.lag_shares_figure(fluxes, ["H2O"])
    theirs = next(mark for mark in drawn.panels[1].marks if isinstance(mark, Markers))
    mine = fk.plot.lags_by_humidity(fluxes, ["H2O"]).get_lines()[0]
    np.testing.assert_array_equal(mine.get_xdata(), theirs.x)
    np.testing.assert_array_equal(mine.get_ydata(), theirs.y)


def test_spectra_are_the_medians_of_the_page(moments, few, site):
    found = fk.spectra(moments, few, site)
    ax = fk.plot.spectra(found, "COSP")
    values = found["COSP_W_CO2"].transpose("time", "frequency").to_numpy()
    filled = np.isfinite(values).any(axis=0) & (found["frequency"].to_numpy() > 0)
    middle = summaries.quartiles(values[:, filled])[1]
    line = next(line for line in ax.get_lines() if line.get_label() == "CO2")
    np.testing.assert_array_equal(line.get_ydata(), np.where(middle > 0, middle, np.nan))


def test_ensembles_stand_beside_their_model(averages):
    ax = fk.plot.cospectra(averages, "T_SONIC")
    drawn = {line.get_label(): line for line in ax.get_lines()}
    label = next(label for label in drawn if label.startswith("-0.1 to 0"))
    x = drawn[label].get_xdata()
    one = averages.sel(stability="-0.1 to 0")
    kept = np.isfinite(one["COSP_W_T_SONIC"].to_numpy()) & (one["COSP_W_T_SONIC"].to_numpy() > 0)
    np.testing.assert_array_equal(drawn[label].get_ydata(), one["COSP_W_T_SONIC"].to_numpy()[kept])
    lines = ax.get_lines()
    dashed = lines[lines.index(drawn[label]) + 1]
    assert dashed.get_linestyle() == "--"
    np.testing.assert_allclose(dashed.get_ydata(), ensembles.model(x, "-0.1 to 0"))
    # Kaimal's peak of a scalar's cospectrum in unstable air lies near 0.1.
    n = np.geomspace(1e-3, 10, 400)
    assert n[ensembles.model(n, "-0.5 to -0.1").argmax()] == pytest.approx(0.1, rel=0.5)


def test_the_wind_rose_shows_all_of_the_time(fluxes):
    ax = fk.plot.wind_rose(fluxes)
    assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(100.0)


def test_the_footprint_has_the_borders_of_the_climatology(few, site):
    found = fk.footprint_climatology(few, site, shares=(0.5, 0.8), extent=300.0, parcels=50_000)
    ax = fk.plot.footprint(found)
    nodes = np.concatenate([patch.get_path().vertices for patch in ax.patches])
    assert np.isin(found["contour_x"].to_numpy(), nodes[:, 0]).all()
    assert len(ax.get_legend().get_texts()) == 2


def test_nights_against_ustar_are_those_of_the_page(year):
    at = HalfHours.of(year)
    dark = relations.night(year, at)
    x, mean, _, _ = figures.classes(year["USTAR"].to_numpy()[dark], year["NEE"].to_numpy()[dark])
    thresholds = xr.Dataset(
        {
            "threshold": ("year", [0.21]),
            "quantiles": (("percentile", "year"), [[0.18], [0.26]]),
        },
        {"year": [2001], "percentile": [5, 95]},
    )
    ax = fk.plot.ustar(year, thresholds)
    line = next(line for line in ax.get_lines() if line.get_linestyle() != "--" and len(line.get_xdata()) > 2)
    np.testing.assert_array_equal(line.get_xdata(), x)
    np.testing.assert_array_equal(line.get_ydata(), mean)
    assert years.threshold_bounds(thresholds) == {2001: (0.21, 0.18, 0.26)}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["2001: 0.21 m s⁻¹"]


def test_sums_are_those_of_the_page_and_their_band_grows(year):
    ax = fk.plot.cumulative(year, "NEE_F")
    column = ecosystem_page._columns(year, HalfHours.of(year))["NEE_F_SUM"].values
    np.testing.assert_array_equal(ax.get_lines()[0].get_ydata(), column)
    lower, upper = years.sum_band(year, "NEE_F", column, HalfHours.of(year))
    # Of n independent errors of 2 umol m-2 s-1: 1.96 * 2 * sqrt(n) half hours.
    assert upper[-1] - lower[-1] == pytest.approx(2 * 1.96 * 2 * np.sqrt(17520) * 12.011e-6 * 1800)


def test_the_band_of_thresholds_is_the_range_of_their_sums(year):
    low, high = year["NEE_F"] - 0.1, year["NEE_F"] + 0.2
    members = xr.concat([low, year["NEE_F"], high], "ustar_percentile")
    ds = year.assign(NEE_F_USTAR=members)
    at = HalfHours.of(ds)
    lower, upper = years.sum_band(ds, "NEE_F", np.zeros(at.start.size), at)
    assert upper[-1] - lower[-1] == pytest.approx(0.3 * 17520 * 12.011e-6 * 1800)


def test_the_map_of_gaps_counts_what_was_measured(year):
    states = fingerprints.state_of(records(year), "NEE")
    assert (states == 0).sum() == int((year["NEE_F_QC"] == 0).sum())
    assert (states == 3).sum() == 100
    said = [text.get_text() for text in fk.plot.gaps(year).get_legend().get_texts()]
    assert said[0].startswith("measured")
    assert "missing" not in " ".join(said)


def test_responses_are_the_means_of_the_page(year):
    at = HalfHours.of(year)
    summer = np.isin(at.month, (6, 7, 8)) & ~relations.night(year, at)
    x, mean, _, _ = figures.classes(year["SW_IN"].to_numpy()[summer], year["NEE"].to_numpy()[summer])
    line = fk.plot.light_response(year).get_lines()[1]
    np.testing.assert_array_equal(line.get_xdata(), x)
    np.testing.assert_array_equal(line.get_ydata(), mean)


def test_a_plane_goes_through_winds_that_lie_in_it(site):
    """Winds on one plane, at one speed: the curve passes through all of them."""
    b0, b1, b2, n = 0.02, 0.03, -0.05, 200
    yaw = np.linspace(0, 2 * np.pi, n, endpoint=False)
    u, v = 3.0 * np.cos(yaw), 3.0 * np.sin(yaw)
    wind = np.stack([u, v, b0 + b1 * u + b2 * v], axis=1)
    time = np.datetime64("2024-07-01", "ns") + np.arange(n) * np.timedelta64(30, "m")
    made = xr.Dataset({"wind_mean": (("time", "wind"), wind)}, {"time": time, "wind": ["u", "v", "w"]})
    ax = fk.plot.planar_fit(made, site)
    points, plane = ax.get_lines()[:2]
    order = np.argsort(points.get_xdata())
    found = np.interp(points.get_xdata()[order], plane.get_xdata(), plane.get_ydata())
    np.testing.assert_allclose(found, points.get_ydata()[order], atol=1e-3)
    assert np.ptp(planes.tilt(wind)) > 5.0


@pytest.mark.slow
@pytest.mark.parametrize("gas", ["co2", "ch4"])
def test_fits_of_a_closure_pass_through_its_readings(campaign, gas):
    ax = fk.plot.closure(campaign.fluxes, campaign.records, "001", gas=gas)
    curves = {line.get_label().split(":")[0]: line for line in ax.get_lines()[2:]}
    readings = ax.get_lines()[1]
    assert set(curves) == {"linear", "robust", "hm"}
    for model, curve in curves.items():
        at = np.interp(readings.get_xdata(), curve.get_xdata(), curve.get_ydata())
        rms = np.sqrt(np.mean((readings.get_ydata() - at) ** 2))
        fit = campaign.fluxes.sel(closure="001", gas=gas, fit=model)
        told = float(fit["fit_rmse"]) * (1e3 if gas == "ch4" else 1.0)
        assert rms == pytest.approx(told, rel=0.05)


@pytest.mark.parametrize("model", sorted(chambers.RISES))
def test_curves_begin_with_their_slope(model):
    fit = xr.Dataset(
        {"fit_slope": 0.1, "fit_kappa": 0.01 if model != "quadratic" else -1e-10, "fit_c0": 400.0,
         "fit_t0": 3.0, "fit_extra": 0.02}
    )  # fmt: skip
    y = chambers.fitted(fit, model, np.array([3.0, 3.0 + 1e-6]))
    assert y[0] == pytest.approx(400.0)
    if model != "ndfe":  # diffusion's own slope there falls with the root of time
        assert (y[1] - y[0]) / 1e-6 == pytest.approx(0.1, rel=1e-3)


def test_every_model_of_the_fits_has_a_curve():
    from fluxkit.chamber.fits.models import MODELS

    assert set(chambers.RISES) == set(MODELS)


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda ds: fk.plot.series(ds, "NOPE"), "no NOPE"),
        (lambda ds: fk.plot.energy_balance(ds[["NEE"]]), "no H, LE, NETRAD"),
        (lambda ds: fk.plot.lags(ds, ["CH4"]), "no delay of CH4.*CO2, H2O"),
        (lambda ds: fk.plot.cospectra(ds), "fk.ensemble_spectra"),
        (lambda ds: fk.plot.spectra(ds), "fk.spectra"),
        (lambda ds: fk.plot.fingerprint(ds, "NEE", palette="jet"), "diverging, sequential"),
        (lambda ds: fk.plot.schemes(ds, "LE"), r"\[schemes\]"),
        (lambda ds: fk.plot.diurnal(ds.isel(time=[0])), "two records"),
    ],
)
def test_what_is_missing_is_said(fluxes, draw, words):
    with pytest.raises(PlotError, match=words):
        draw(fluxes)
