"""Fluxes as small as their noise (Langford et al., 2015): air of another make than that of the known truth.

Wind and gases are autoregressive series, not sums of waves: nothing here knows a cospectrum.
"""

import numpy as np
import pytest
import scipy.signal
import xarray as xr

import fluxkit as fk
from fluxkit.schema.variables import mask
from fluxkit.tower.lags import lag, lag_lending
from fluxkit.tower.lags.lag_windows import SearchWindow
from fluxkit.tower.settings import make_plan
from fluxkit.tower.station_condenser import Condenser
from tests.tower import mast

N, RATE, DELAY = 9000, mast.RATE, 12
DRY = 39.5  #: air [mol m-3]
SIGMA_W, NOISE = 0.45, 0.3e-9
KEPT = {"period": 15.0}
#: Half of what noise makes of a quarter of an hour: 0.3e-9 x 0.45 / sqrt(9000) x 39.5 mol m-3.
WEAK = 0.03e-9
WINDOW = {"nominal": 1.2, "min": 0.0, "max": 4.0}


def reddened(rng: np.random.Generator, seconds: float) -> np.ndarray:
    """Return noise of unit variance that forgets itself in so many seconds."""
    keep = np.exp(-1.0 / (RATE * seconds))
    white = rng.standard_normal(N + 2200)
    return scipy.signal.lfilter([np.sqrt(1.0 - keep * keep)], [1.0, -keep], white)[2000:]


def period(k: int, *, n2o: float, co2: float = -8e-6, delay: int = DELAY) -> dict[str, np.ndarray]:
    """Return samples with fluxes of so many mol m-2 s-1 on the mean over many, gases late."""
    rng = np.random.default_rng([k, 815])
    w = SIGMA_W * reddened(rng, 0.8)

    def carried(flux: float, sigma: float) -> np.ndarray:
        return flux / DRY / SIGMA_W**2 * w + sigma * reddened(rng, 5.0)

    now, late = slice(100, 100 + N), slice(100 - delay, 100 - delay + N)
    constant = {"t_air": np.full(N, 295.0), "p_air": np.full(N, 98000.0)}
    return constant | {
        "u": 3.5 + reddened(rng, 2.0)[now] - 0.3 * w[now],
        "v": reddened(rng, 2.0)[now],
        "w": w[now],
        "t_sonic": 296.0 + carried(4.0, 0.25)[now],
        "h2o": 0.014 + carried(3e-3, 2e-4)[late],
        "co2": 4.1e-4 + carried(co2, 1e-6)[late] + 1e-7 * rng.standard_normal(N),
        "n2o": 3.3e-7 + carried(n2o, 0.02e-9)[late] + NOISE * rng.standard_normal(N),
    }


def station(*, lonely: bool = False, nominal: float = 1.2, condense: dict | None = None, **decide):
    """Return a site; lonely: nitrous oxide has an analyser and an inlet of its own."""
    own = {"id": "n", "tube_length": 3.0}

    def gas(name: str, instrument: str) -> dict:
        window = WINDOW | {"nominal": nominal}
        kind = {"unit": "mol mol-1", "quantity": "mixing_ratio", "lag": window}
        return {"column": name, "instrument": instrument} | kind

    columns = {"co2": gas("co2", "g"), "h2o": gas("h2o", "g"), "n2o": gas("n2o", "n" if lonely else "g")}
    return mast.make_site(
        path="ratio", columns=columns, instruments=[mast.SONIC, mast.CLOSED, mast.CLOSED | own],
        condense=KEPT | (condense or {}), decide=mast.SPECTRA_OFF | decide,
    )  # fmt: skip


def two_at_one_inlet():
    """Return a site whose nitrous oxide is measured by another analyser behind the same tube."""
    site = station(lonely=True)
    beside = [i.model_copy(update={"tube_length": 1.0}) if i.id == "n" else i for i in site.instruments]
    return site.model_copy(update={"instruments": beside})


def condensed(site, periods) -> xr.Dataset:
    condenser = Condenser(site)
    starts = [mast.START + np.timedelta64(15 * k, "m") for k in range(len(periods))]
    return condenser.dataset(starts, [condenser.condense(p, N) for p in periods])


@pytest.fixture(scope="module")
def weak() -> list[dict[str, np.ndarray]]:
    return [period(k, n2o=WEAK) for k in range(120)]


def bits(out: xr.Dataset, name: str) -> np.ndarray:
    return (out["LOSS_FLAG"].values.astype(int) & mask("LOSS_FLAG", name)) > 0


def shares(out: xr.Dataset, truth: float) -> tuple[float, float]:
    """Return how often one and two standard deviations hold the truth."""
    off = np.abs(out["FN2O"].values - 1e9 * truth) / out["FN2O_RANDUNC_HF"].values
    return float(np.mean(off < 1.0)), float(np.mean(off < 1.96))


def test_a_flux_in_noise_is_neither_doubled_nor_surer_than_it_is(weak):
    """The nominal lag is 0.6 s off: only the carbon dioxide beside it knows better."""
    site = station(nominal=0.6)
    moments = condensed(site, weak)
    out = fk.decide(moments, site)
    standard_error = float(out["FN2O"].std()) / np.sqrt(len(weak))
    assert standard_error < 0.2e9 * WEAK
    assert abs(float(out["FN2O"].mean()) - 1e9 * WEAK) < 2.0 * standard_error
    assert 0.6 < shares(out, WEAK)[0] < 0.76
    assert shares(out, WEAK)[1] > 0.9
    unseen = bits(out, "lag_below_detection")
    assert unseen.mean() > 0.95
    np.testing.assert_array_equal(out["N2O_TLAG_SOURCE"].values[unseen], lag.OTHER_GAS)
    np.testing.assert_allclose(out["N2O_TLAG_USED"].values[unseen], 0.1 * DELAY, atol=0.11)
    np.testing.assert_array_equal(out["CO2_TLAG_SOURCE"], lag.LARGEST)
    said = (
        f"n2o: in {int(unseen.sum())} of 120 periods no covariance in the lag window stands out of the noise"
    )
    assert f"{said}: {int(unseen.sum())} take the lag of another gas" in out.attrs["time_lags"]
    searched = fk.decide(moments, station(nominal=0.6, lag="covariance-maximum"))
    assert shares(searched, WEAK)[0] < 0.3
    assert float(np.abs(searched["FN2O"]).mean()) > 2.0 * float(np.abs(out["FN2O"]).mean())


def test_strong_fluxes_are_searched_as_ever():
    periods = [period(k, n2o=25.0 * WEAK) for k in range(16)]
    site = station(nominal=0.6)
    moments = condensed(site, periods)
    out = fk.decide(moments, site)
    searched = fk.decide(moments, station(nominal=0.6, lag="covariance-maximum"))
    np.testing.assert_array_equal(out["FN2O"], searched["FN2O"])
    assert not bits(out, "lag_below_detection").any()
    assert abs(float(out["FN2O"].mean()) / (25e9 * WEAK) - 1.0) < 0.05


def test_presets_search_as_their_programs_do(weak):
    site = station()
    moments = condensed(site, weak[:8])
    theirs = fk.decide(moments, station(arithmetic="eddypro-6"))
    largest = fk.decide(moments, station(arithmetic="eddypro-6", lag="covariance-maximum"))
    inside = ~bits(theirs, "lag_at_default")
    assert inside.any()
    np.testing.assert_array_equal(theirs["FN2O"].values[inside], largest["FN2O"].values[inside])
    assert not bits(theirs, "lag_below_detection").any()


def test_alone_a_gas_takes_its_lag_by_prewhitening_else_the_nominal_one():
    """A narrow interval, a wide one, none."""
    periods = [period(k, n2o=WEAK) for k in range(3)]
    site = station(lonely=True, condense={"prewhitening": True})
    moments = condensed(site, periods)
    place = moments["scalar"].values.tolist().index("n2o")
    lags = moments["prewhitened_lag"].values.copy()
    lags[:, place] = [[11.0, 10.0, 13.0], [11.0, 2.0, 30.0], [np.nan] * 3]
    told = moments.assign(prewhitened_lag=(moments["prewhitened_lag"].dims, lags))
    out = fk.decide(told, site)
    np.testing.assert_allclose(out["N2O_TLAG_USED"], [1.1, 1.2, 1.2])
    assert out["N2O_TLAG_SOURCE"].values.tolist() == [lag.PREWHITENED, lag.NOMINAL, lag.NOMINAL]
    assert bits(out, "lag_at_default").tolist() == [False, True, True]
    assert "1 take their lag by pre-whitening, 2 take the nominal lag" in out.attrs["time_lags"]


def test_a_flux_that_is_not_seen_is_no_worse_for_its_nominal_lag(weak):
    site = station(lonely=True, policy={"lag_at_default": "remove"})
    out = fk.decide(condensed(site, weak[:8]), site)
    assert bits(out, "lag_at_default").any()
    reason = out["FN2O_QC_REASON"].values.astype(int)
    assert not np.any(reason & mask("FN2O_QC_REASON", "lag_at_default"))


def test_lent_lags_are_the_same_by_the_direct_path(weak):
    site = station(nominal=0.6)
    raw = mast.dataset(*weak[:3])
    a, b = fk.decide(fk.condense(raw, site), site), fk.decide(raw, site, path="direct")
    np.testing.assert_array_equal(a["N2O_TLAG_SOURCE"], b["N2O_TLAG_SOURCE"])
    np.testing.assert_allclose(a["FN2O"], b["FN2O"], rtol=1e-6)


def test_vapour_in_a_tube_neither_lends_nor_borrows():
    """Walls hold it back; in the open it is as good a witness as any."""
    closed = make_plan(station()).lenders
    assert closed == {"co2": ("n2o",), "h2o": (), "n2o": ("co2",)}
    assert make_plan(station(lonely=True)).lenders["n2o"] == ()
    assert make_plan(two_at_one_inlet()).lenders == {"co2": ("n2o",), "h2o": (), "n2o": ("co2",)}
    assert make_plan(mast.make_site()).lenders == {"co2": ("h2o",), "h2o": ("co2",)}


def test_a_lent_lag_is_made_up_for_where_the_lender_s_covariance_is_largest(weak):
    """A gas ten times as slow as its lender loses more at the lender's lag than at its own."""
    site = station(nominal=1.2)
    restored = {"high_frequency": "peltola-2021"}
    moments = condensed(site, weak[:4])
    lent = fk.decide(moments, station(**restored))
    np.testing.assert_array_equal(lent["N2O_TLAG_SOURCE"], lag.OTHER_GAS)
    np.testing.assert_allclose(lent["FN2O_SCF"], lent["FC_SCF"], rtol=1e-3)  # one instrument, one lag
    nominal = fk.decide(moments, station(lag="constant", **restored))
    assert np.all(nominal["FN2O_SCF"].values > lent["FN2O_SCF"].values)


# ---- the choice itself ----


def choice(*places: int, window: SearchWindow, method: str = "covariance-maximum-default") -> lag.LagChoice:
    return lag.choose_lags(np.eye(9)[list(places)], np.arange(9), window, method=method)


def test_a_lag_that_the_moments_do_not_hold_is_not_lent():
    strong, weak = (choice(7, 3, window=SearchWindow(n, 0, 8)) for n in (2, 4))
    found = lag_lending.expected_where_unseen(
        {"a": weak, "b": strong},
        {"a": np.array([0.1, 0.1]), "b": np.array([9.0, 9.0])},
        {"a": np.array([1.0, 1.0]), "b": np.array([1.0, 1.0])},
        lenders={"a": ("b",)},
        prewhitened={},
        kept={"a": (0, 8), "b": (0, 8)},
    )
    assert found["a"].used.tolist() == [4, 5]
    assert found["a"].source.tolist() == [lag.NOMINAL, lag.OTHER_GAS]
    assert found["a"].lender.tolist() == [-1, 0]
    assert found["b"].used.tolist() == [7, 3]


def test_a_lender_must_be_seen_itself_and_away_from_the_edge():
    edge, weak = (choice(8, 3, window=SearchWindow(4, 0, 8)) for _ in range(2))
    found = lag_lending.expected_where_unseen(
        {"a": weak, "b": edge},
        {"a": np.array([0.1, 0.1]), "b": np.array([9.0, 2.0])},
        {"a": np.array([1.0, 1.0]), "b": np.array([1.0, 1.0])},
        lenders={"a": ("b",)},
        prewhitened={},
        kept={"a": (0, 8), "b": (0, 8)},
    )
    assert found["a"].source.tolist() == [lag.NOMINAL, lag.NOMINAL]


def test_the_more_lags_are_searched_the_more_a_covariance_must_stand_out():
    """Sidak (1967): as many false alarms among k independent lags as at 3 sigma for one."""
    count = np.array([1, 10, 60])
    found = lag_lending.deviations_to_be_seen(count)
    np.testing.assert_allclose(found, [3.0, 3.64, 4.08], atol=0.01)
    largest = np.abs(np.random.default_rng(0).standard_normal((200_000, 10))).max(axis=1)
    assert np.mean(largest > found[1]) == pytest.approx(0.0027, abs=0.0004)


def test_noise_stands_in_for_far_lags_that_are_not_there():
    found = lag_lending.noise_of_covariance(
        np.array([0.2, np.nan]),
        sigma_w=np.array([0.5, 0.5]),
        sigma_x=np.array([2.0, 2.0]),
        samples=np.array([100.0, 100.0]),
    )
    assert found.tolist() == [0.2, 0.1]
