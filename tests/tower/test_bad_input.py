"""Bad input through the public functions: answered in words, and what was used instead is in the data."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.errors import ConfigError, MomentsError
from fluxkit.schema.variables import mask
from fluxkit.site.models import Site
from tests.tower import mast

PERIOD = {"period": 10.0}


def site(condense: dict | None = None, **sections) -> Site:
    return mast.make_site(condense=PERIOD | (condense or {}), **sections)


def gas(low: float, high: float) -> dict:
    lag = {"nominal": 0.0, "min": low, "max": high}
    return {"co2": mast.column("mol m-3", instrument="g", quantity="density", lag=lag)}


@pytest.fixture(scope="module")
def moments() -> xr.Dataset:
    return fk.condense(mast.dataset(*(mast.seen(mast.air(k, n=6000)) for k in range(2))), site())


def flagged(fluxes: xr.Dataset, meaning: str) -> list[bool]:
    return ((fluxes["LOSS_FLAG"].values & mask("LOSS_FLAG", meaning)) > 0).tolist()


def said(caplog) -> str:
    return " ".join(record.getMessage() for record in caplog.records)


# ---- too little to learn from ----


@pytest.mark.parametrize("rotation", ["wilczak-2001", "van-dijk-2004"])
def test_two_half_hours_make_no_plane(moments, rotation):
    """Double rotation stands in, to the last digit, and every period says so."""
    fluxes = fk.decide(moments, site(decide={"rotation": rotation}))
    assert flagged(fluxes, "rotation_fell_back") == [True, True]
    double = fk.decide(moments, site())
    for name in ("FC", "H", "USTAR", "ROT_PITCH"):
        np.testing.assert_array_equal(fluxes[name], double[name], err_msg=name)
    assert flagged(double, "rotation_fell_back") == [False, False]


def test_a_sector_without_wind_costs_no_other_sector():
    """Twelve periods from the east, two from the west: only those two lack a plane."""
    yaws = [*np.linspace(-60.0, 40.0, 12), 160.0, 170.0]
    periods = [mast.seen(mast.air(k, n=3000), yaw=y, pitch=1.0) for k, y in enumerate(yaws)]
    fit = {"sectors": [180.0, 180.0], "min_periods": 5}
    planar = mast.make_site(condense={"period": 5.0}, decide={"rotation": "wilczak-2001", "planar_fit": fit})
    fluxes = fk.decide(fk.condense(mast.dataset(*periods), planar), planar)
    assert flagged(fluxes, "rotation_fell_back") == [False] * 12 + [True] * 2
    assert fluxes["FC"].notnull().all()


def test_a_season_without_lags_keeps_the_configured_window(moments):
    fluxes = fk.decide(moments, site(decide={"lag": "humidity-classes"}))
    assert "h2o: 2 usable lags in the season are too few to learn from" in fluxes.attrs["time_lags"]
    assert "the configured lag window is used" in fluxes.attrs["time_lags"]
    plain = fk.decide(moments, site(decide={"lag": "covariance-maximum-default"}))
    np.testing.assert_array_equal(fluxes["H2O_TLAG_USED"], plain["H2O_TLAG_USED"])


@pytest.mark.parametrize("method", ["ibrom-2007", "fratini-2012", "horst-1997"])
def test_too_few_spectra_leave_the_analytic_correction(moments, caplog, method):
    fluxes = fk.decide(moments, site(decide={"high_frequency": method}))
    assert "co2: no cut-off frequency from its spectra" in said(caplog)
    assert "its analytic correction is used" in said(caplog)
    assert flagged(fluxes, "spectral_correction_missing") == [True, True] or flagged(
        fluxes, "cutoff_missing"
    ) == [True, True]
    assert np.isfinite(fluxes["FC"]).all()
    assert (fluxes["FC_SCF"] > 1.0).all()


# ---- lags ----


def test_lags_beyond_those_kept_are_refused(moments):
    wider = site(columns=gas(-5.0, 5.0))
    with pytest.raises(
        MomentsError, match=r"lags -10 to 15 samples of co2, .* needs -50 to 50: narrow columns"
    ):
        fk.decide(moments, wider)


def test_lags_within_those_kept_need_nothing_new(moments):
    narrow = fk.decide(moments, site(columns=gas(-0.3, 0.3)))
    assert float(abs(narrow["CO2_TLAG_ACTUAL"]).max()) <= 0.3


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (
            {"columns": gas(-400.0, 5.0)},
            "columns.co2.lag: from -400 to 5 s; allowed: up to half the averaging",
        ),
        (
            {"decide": {"time_lag": {"search": {"h2o": (0.0, 301.0)}}}},
            "decide.time_lag.search.h2o: from 0 to 301",
        ),
        (
            {"condense": {"max_correlation_lag": 400.0}},
            "condense.max_correlation_lag: found 400 s; allowed: up to",
        ),
    ],
)
def test_a_lag_needs_samples_on_both_sides(sections, words):
    with pytest.raises(ValueError, match=words):
        site(**sections)


# ---- what was not kept ----


@pytest.mark.parametrize(
    ("condense", "decide", "words"),
    [
        (
            {"prewhitening": True},
            {"lag": "vitale-2024"},
            "set condense.prewhitening = true and condense again",
        ),
        ({"high_pass": "running-mean"}, {"detrending": "running-mean"}, "these moments hold 'none'"),
        ({"partition": ["zahn-2022"]}, {}, "needs sums that these moments do not hold: condense again"),
        ({"period": 30.0}, {}, "moments were made with 10.0 Hz and periods of 600 s"),
    ],
)
def test_moments_that_lack_what_is_asked_of_them(moments, condense, decide, words):
    with pytest.raises(MomentsError, match=words):
        fk.decide(moments, site(condense, decide=decide))


# ---- facts of instruments ----

TOML = """\
preset = "fluxkit"

[station]
id = "XX-Bad"
latitude = 50.0
longitude = 8.0
altitude = 280.0
utc_offset_h = 1.0
canopy_height = 0.3

[[instruments]]
kind = "sonic"
id = "s"
model = "{sonic}"
height = 3.2

[[instruments]]
kind = "gas_analyser"
id = "g"
model = "{analyser}"

[raw]
files = "*.dat"
format = "delimited"
rate = 10.0
file_time = "records"
time_column = "t"

[columns]
u = {{ column = "u", unit = "m s-1" }}
v = {{ column = "v", unit = "m s-1" }}
w = {{ column = "w", unit = "m s-1" }}
t_sonic = {{ column = "T", unit = "degC" }}
h2o = {{ column = "q", unit = "mmol m-3", instrument = "g" }}

[condition]
{condition}
"""


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"analyser": "li-7000"}, ["li-7000 is a closed-path analyser", "tube_length, tube_diameter [m]"]),
        ({"analyser": "li-7600"}, ["unknown model 'li-7600'", "did you mean"]),
        ({"sonic": "generic"}, ["a generic sonic needs path_length, path_horizontal, response_time"]),
        (
            {"sonic": "windmaster", "condition": 'angle_of_attack = "nakai-shimoyama-2012"'},
            ["nakai-shimoyama-2012 holds for w as firmware 2329", "give instruments.s.firmware"],
        ),
        (
            {"sonic": "windmaster", "condition": 'transducer_shadow = "horst-2015"'},
            ["horst-2015 holds for csat3", "the sonic is a windmaster: choose 'none'"],
        ),
    ],
    ids=["tube", "model", "geometry", "firmware", "shadow"],
)  # fmt: skip
def test_methods_that_need_a_fact_of_an_instrument_ask_for_it(tmp_path, facts, words):
    file = tmp_path / "site.toml"
    file.write_text(TOML.format(**{"sonic": "csat3", "analyser": "li-7500", "condition": ""} | facts))
    with pytest.raises(ConfigError) as error:
        fk.load(file)
    for part in words:
        assert part in str(error.value)
    assert "site.toml" in str(error.value)


# ---- slow measurements of another clock ----


def slow(minutes: float, n: int, *, late: str = "0h", t_air: float = 290.0) -> xr.Dataset:
    """As open_biomet gives them: middles of records that begin with the first period."""
    step = np.timedelta64(round(minutes * 60e9), "ns")
    shift = np.timedelta64(int(late[:-1]), late[-1]).astype("timedelta64[ns]")
    time = mast.START + shift + step // 2 + np.arange(n) * step
    return xr.Dataset(
        {"t_air": ("time", t_air + np.arange(n))}, {"time": time}, {"interval_s": 60.0 * minutes}
    )


@pytest.mark.parametrize(
    ("minutes", "n", "expected"),
    [
        (60.0, 1, [290.0, 290.0]),
        (10.0, 2, [290.0, 291.0]),
        (1.0, 20, [294.5, 304.5]),
        (7.0, 3, [290.0, 291.5]),
    ],
)
def test_slow_records_of_any_length_are_brought_to_the_periods(moments, caplog, minutes, n, expected):
    """Shorter ones are averaged (those whose middle lies within), longer ones hold for what is in them."""
    fluxes = fk.decide(moments, site(), biomet=slow(minutes, n))
    np.testing.assert_allclose(fluxes["TA"] + 273.15, expected)
    assert "biomet" not in fluxes.attrs
    assert "biomet" not in said(caplog)


@pytest.mark.parametrize("late", ["400D", "-3h"])
def test_slow_records_of_another_time_are_said_to_be_so(moments, caplog, late):
    fluxes = fk.decide(moments, site(), biomet=slow(30.0, 3, late=late))
    words = fluxes.attrs["biomet"]
    assert words in said(caplog)
    assert "none of its records" in words
    assert "(2024-07-01T10:00 to 2024-07-01T10:20 UTC)" in words
    assert "check biomet.utc_offset_h, time_format and files" in words
    without = fk.decide(moments, site())
    np.testing.assert_array_equal(fluxes["TA"], without["TA"])


def test_a_gap_in_slow_records_is_bridged_by_the_column_beside_the_sonic(moments):
    """The first period has a record, the second none: its own column tells 296 K."""
    fluxes = fk.decide(moments, site(), biomet=slow(10.0, 1))
    np.testing.assert_allclose(fluxes["TA"] + 273.15, [290.0, 296.0], atol=1e-6)
    dry = site(columns={"t_air": mast.column("K")})
    bare = fk.condense(
        mast.dataset(*(mast.seen(mast.air(k, n=6000)) | {"t_air": np.full(6000, np.nan)} for k in range(2))),
        dry,
    )
    assumed = fk.decide(bare, dry, biomet=slow(10.0, 1))
    assert flagged(assumed, "temperature_assumed") == [False, True]
